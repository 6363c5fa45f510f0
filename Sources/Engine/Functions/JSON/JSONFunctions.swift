import CSQLite

extension FunctionList {
    /// json_extract and its kin, with DuckDB's paths and results.
    mutating func addJSON() {
        scalar("bl_json_valid", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(JSONText.firstError(call.text(0)) == nil)
        }
        for (name, asString) in [("bl_json_extract", 0), ("bl_json_extract_string", 1)] {
            scalar(name, 2, tag: asString) { context, count, arguments in
                guard let call = Call(context, count, arguments), let found = extract(call) else { return }
                if call.tag == 1 {
                    if found.first == UInt8(ascii: "n") { return }
                    if found.first == UInt8(ascii: "\""), let content = JSONText.unquoted(found) {
                        call.result(text: content)
                        return
                    }
                }
                call.result(text: JSONPath.compact(found))
            }
        }
        scalar("bl_json_exists", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            // False first: an error that the search reports then stands in its place.
            call.result(false)
            if extract(call) != nil { call.result(true) }
        }
        for arity in [Int32(1), 2] {
            scalar("bl_json_type", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments), let found = extract(call) else { return }
                let type = switch found.first {
                case UInt8(ascii: "{"): "OBJECT"
                case UInt8(ascii: "["): "ARRAY"
                case UInt8(ascii: "\""): "VARCHAR"
                case UInt8(ascii: "t"), UInt8(ascii: "f"): "BOOLEAN"
                case UInt8(ascii: "n"): "NULL"
                default:
                    found.contains { $0 == UInt8(ascii: ".") || $0 | 0x20 == UInt8(ascii: "e") } ? "DOUBLE"
                        : found.first == UInt8(ascii: "-") ? "BIGINT" : "UBIGINT"
                }
                call.result(text: type)
            }
            scalar("bl_json_array_length", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments), let found = extract(call) else { return }
                guard found.first == UInt8(ascii: "[") else { call.result(0); return }
                var cursor = JSONText.Cursor(found)
                var length = 0
                JSONPath.forEachElement(&cursor) { _ in
                    length += 1
                    return true
                }
                call.result(length)
            }
        }
    }
}

private func malformed(_ call: Call) {
    call.fail("BL_INVALID_INPUT: Malformed JSON: \(String(decoding: call.text(0).prefix(CastCall.quotedTextLimit), as: UTF8.self))")
}

/// The value the path in argument 1 leads to (the whole document without one); `nil` when there is none or an error was
/// reported.
private func extract(_ call: Call) -> Bytes? {
    let document = call.text(0)
    guard JSONText.firstError(document) == nil else { malformed(call); return nil }
    var cursor = JSONText.Cursor(document)
    cursor.skipSpaces()
    guard call.count > 1 else { return JSONPath.value(&cursor) }
    if call.type(1) == SQLITE_INTEGER {
        return JSONPath.follow(.index(call.small(1)), &cursor) ? JSONPath.value(&cursor) : nil
    }
    guard let steps = JSONPath.parse(call.text(1)) else {
        call.fail("BL_INVALID_INPUT: JSON path error: cannot read the path '\(call.string(1))'")
        return nil
    }
    for step in steps where !JSONPath.follow(step, &cursor) { return nil }
    return JSONPath.value(&cursor)
}

/// Paths into JSON text: `$.a.b[0]`, `$."a b"`, `[#-1]`, `/a/b/0`, or a bare key.
enum JSONPath {
    enum Step {
        case key([UInt8])
        case index(Int)
        /// A part of a pointer: a key of an object or an index of an array.
        case either([UInt8])
    }

    static func parse(_ path: Bytes) -> [Step]? {
        guard let first = path.first else { return nil }
        if first == UInt8(ascii: "/") {
            return path[1...].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { part in
                var key: [UInt8] = []
                var index = part.startIndex
                while index < part.endIndex {
                    // ~0 is ~, ~1 is /.
                    if part[index] == UInt8(ascii: "~"), index + 1 < part.endIndex, part[index + 1] == 48 || part[index + 1] == 49 {
                        key.append(part[index + 1] == 48 ? UInt8(ascii: "~") : UInt8(ascii: "/"))
                        index += 2
                    } else {
                        key.append(part[index])
                        index += 1
                    }
                }
                return .either(key)
            }
        }
        guard first == UInt8(ascii: "$") else { return [.key([UInt8](path))] }
        var steps: [Step] = []
        var index = 1
        while index < path.count {
            switch path[index] {
            case UInt8(ascii: "."):
                index += 1
                var key: [UInt8] = []
                if index < path.count, path[index] == UInt8(ascii: "\"") {
                    index += 1
                    while index < path.count, path[index] != UInt8(ascii: "\"") {
                        if path[index] == UInt8(ascii: "\\"), index + 1 < path.count { index += 1 }
                        key.append(path[index])
                        index += 1
                    }
                    guard index < path.count else { return nil }
                    index += 1
                } else {
                    while index < path.count, path[index] != UInt8(ascii: "."), path[index] != UInt8(ascii: "[") {
                        key.append(path[index])
                        index += 1
                    }
                    guard !key.isEmpty, key != [UInt8(ascii: "*")] else { return nil }
                }
                steps.append(.key(key))
            case UInt8(ascii: "["):
                guard let end = path[index...].firstIndex(of: UInt8(ascii: "]")) else { return nil }
                var digits = path[(index + 1)..<end]
                // [#-1] and [-1] count from the end.
                if digits.first == UInt8(ascii: "#") { digits = digits.dropFirst() }
                guard let text = String(validating: digits, as: UTF8.self), let number = Int(text) else { return nil }
                steps.append(.index(number))
                index = end + 1
            default: return nil
            }
        }
        return steps
    }

    /// The value at the cursor.
    static func value(_ cursor: inout JSONText.Cursor) -> Bytes? {
        cursor.skipSpaces()
        let start = cursor.index
        guard cursor.skipValue(depth: 0) else { return nil }
        return Bytes(rebasing: cursor.text[start..<cursor.index])
    }

    /// Moves the cursor from a container to one of its values.
    static func follow(_ step: Step, _ cursor: inout JSONText.Cursor) -> Bool {
        cursor.skipSpaces()
        switch (step, cursor.current) {
        case (.key(let key), UInt8(ascii: "{")), (.either(let key), UInt8(ascii: "{")): return member(key, &cursor)
        case (.index(let index), UInt8(ascii: "[")): return element(index, &cursor)
        case (.either(let key), UInt8(ascii: "[")):
            guard let index = Int(String(decoding: key, as: UTF8.self)), index >= 0 else { return false }
            return element(index, &cursor)
        default: return false
        }
    }

    private static func member(_ key: [UInt8], _ cursor: inout JSONText.Cursor) -> Bool {
        cursor.index += 1
        while true {
            cursor.skipSpaces()
            guard cursor.current == UInt8(ascii: "\"") else { return false }
            let start = cursor.index
            guard cursor.skipString() else { return false }
            let name = JSONText.unquoted(Bytes(rebasing: cursor.text[start..<cursor.index]))
            cursor.skipSpaces()
            cursor.index += 1
            cursor.skipSpaces()
            if name == key { return true }
            guard cursor.skipValue(depth: 0) else { return false }
            cursor.skipSpaces()
            guard cursor.current == UInt8(ascii: ",") else { return false }
            cursor.index += 1
        }
    }

    private static func element(_ index: Int, _ cursor: inout JSONText.Cursor) -> Bool {
        var starts: [Int] = []
        var scan = cursor
        forEachElement(&scan) { start in
            starts.append(start)
            return index < 0 || starts.count <= index
        }
        let wanted = index < 0 ? starts.count + index : index
        guard starts.indices.contains(wanted) else { return false }
        cursor.index = starts[wanted]
        return true
    }

    /// Calls the body with the offset of each element of the array at the cursor, until it returns false.
    static func forEachElement(_ cursor: inout JSONText.Cursor, _ body: (Int) -> Bool) {
        cursor.index += 1
        cursor.skipSpaces()
        if cursor.current == UInt8(ascii: "]") { return }
        while true {
            cursor.skipSpaces()
            guard body(cursor.index), cursor.skipValue(depth: 0) else { return }
            cursor.skipSpaces()
            guard cursor.current == UInt8(ascii: ",") else { return }
            cursor.index += 1
        }
    }

    /// Without the spaces between tokens.
    static func compact(_ text: Bytes) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var inString = false
        var escaped = false
        for byte in text {
            if inString {
                if escaped { escaped = false } else if byte == UInt8(ascii: "\\") { escaped = true } else if byte == UInt8(ascii: "\"") { inString = false }
            } else if byte == UInt8(ascii: "\"") {
                inString = true
            } else if byte == 32 || byte == 9 || byte == 10 || byte == 13 {
                continue
            }
            out.append(byte)
        }
        return out
    }
}
