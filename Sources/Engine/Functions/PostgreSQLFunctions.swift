import CSQLite
import Foundation
import SQLDialect

/// When this process began to serve, near enough: when its functions were first asked for.
private let startMicros = SystemClock.nowMicros()

extension FunctionList {
    /// Functions that PostgreSQL has and DuckDB has not.
    mutating func addPostgreSQL() {
        _ = startMicros
        volatile("bl_clock_timestamp", 0) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(SystemClock.nowMicros())
        }
        volatile("bl_start_time", 0) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(startMicros)
        }
        scalar("bl_hashtext", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(Int64(JenkinsHash.hash(call.text(0))))
        }
        scalar("bl_hashtext", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(JenkinsHash.hash(call.text(0), seed: call.int(1)))
        }
        // Sleeps, in pieces so that an interrupt of the statement and its time limit are heeded.
        volatile("bl_sleep", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let end = SystemClock.nowMicros() + Int64(max(0, min(call.double(0), 86_400)) * 1_000_000)
            let control = sqlite3_context_db_handle(call.context).flatMap { ConnectionControl.of($0) }
            while true {
                let left = end - SystemClock.nowMicros()
                if left <= 0 { break }
                if control?.shouldStop ?? false {
                    sqlite3_result_error_code(call.context, SQLITE_INTERRUPT)
                    return
                }
                usleep(UInt32(min(left, 10_000)))
            }
            call.resultNull()
        }
        scalar("bl_quote_ident", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(text: QuotedText.identifier(call.string(0)))
        }
        scalar("bl_quote_literal", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(text: QuotedText.literal(call.string(0)))
        }
        // format('%I = %L', …)
        scalar("bl_format_sql", -1) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), call.count > 0, !call.isNull(0) else { return }
            formatSQL(call)
        }
        scalar("bl_size_pretty", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(text: prettySize(call.int(0)))
        }
        // The name of a relation as the catalogue writes it: a written name, and the schema that needs no qualifier.
        scalar("bl_relation_name", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(text: QuotedText.relation(call.string(0), in: call.string(1)))
        }
    }
}

/// PostgreSQL's format(): `%s` text, `%I` a name, `%L` a literal, `%%`; `%2$s` takes the second argument.
private func formatSQL(_ call: Call) {
    let pattern = Array(call.string(0).unicodeScalars)
    var out = "", next = 1, i = 0
    while i < pattern.count {
        guard pattern[i] == "%" else { out.unicodeScalars.append(pattern[i]); i += 1; continue }
        i += 1
        if i < pattern.count, pattern[i] == "%" { out += "%"; i += 1; continue }
        var digits = ""
        while i < pattern.count, pattern[i].properties.numericType == .decimal { digits.unicodeScalars.append(pattern[i]); i += 1 }
        var place = next
        if i < pattern.count, pattern[i] == "$", let given = Int(digits), given > 0 { place = given; i += 1 } else if !digits.isEmpty {
            call.fail("BL_UNSUPPORTED: a width in format() is not supported")
            return
        }
        guard i < pattern.count else { call.fail("BL_INVALID_INPUT: unterminated format() type specifier"); return }
        guard place < call.count else { call.fail("BL_INVALID_INPUT: too few arguments for format()"); return }
        next = place + 1
        switch pattern[i] {
        case "s": if !call.isNull(place) { out += call.string(place) }
        case "I":
            guard !call.isNull(place) else { call.fail("BL_INVALID_INPUT: null values cannot be formatted as an SQL identifier"); return }
            out += QuotedText.identifier(call.string(place))
        case "L": out += call.isNull(place) ? "NULL" : QuotedText.literal(call.string(place))
        default:
            call.fail("BL_INVALID_INPUT: unrecognized format() type specifier \"\(pattern[i])\"")
            return
        }
        i += 1
    }
    call.result(text: out)
}

/// As PostgreSQL writes sizes: whole numbers up to 10,239 of a unit, then half rounded up in the next.
private func prettySize(_ bytes: Int64) -> String {
    var value = bytes
    for unit in ["bytes", "kB", "MB", "GB", "TB"] {
        if value.magnitude < 10 * 1024 || unit == "TB" { return "\(value) \(unit)" }
        // Rounded without the sum that the widest numbers have no room for.
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: 1024)
        value = quotient + (rest >= 512 ? 1 : rest <= -512 ? -1 : 0)
    }
    return "\(value) PB"
}
