import SQLDialect

/// A statement with its plain literals taken out: texts that differ in them only have one template, and so one plan.
///
/// Clients of the simple query protocol write values into the text; parsing, binding and preparing each anew would cost many
/// times what running it does. Only literals are taken that can be nothing but values: whole numbers and strings beside a
/// comparison, `+` or `-` in WHERE and SET, and the items of VALUES. Anything out of the ordinary (comments, parameters, escapes,
/// several statements) makes no template, which is always right: the text is then taken as it is.
struct StatementTemplate {
    enum Literal: Equatable {
        case integer(Int64)
        case text(String)
    }

    /// The text with `$1`, `$2` … in place of the literals.
    private(set) var text = ""
    private(set) var literals: [Literal] = []

    /// Longer texts are rare and not worth it.
    static let longestText = 4_096
    static let mostLiterals = 64

    /// Nil when there is nothing to take out, or the text is not of the simple kind.
    init?(_ sql: String) {
        var sql = sql
        let template = sql.withUTF8 { bytes -> StatementTemplate? in
            guard bytes.count <= StatementTemplate.longestText else { return nil }
            var scanner = TemplateScanner(bytes)
            guard scanner.scan() else { return nil }
            return StatementTemplate(text: String(decoding: scanner.out, as: UTF8.self), literals: scanner.literals)
        }
        guard let template, !template.literals.isEmpty else { return nil }
        self = template
    }

    private init(text: String, literals: [Literal]) {
        self.text = text
        self.literals = literals
    }

    /// The literals as values of the types that their places have; nil when one is no plain value of its type.
    func values(as types: [DuckType]) -> [TypedValue]? {
        guard types.count == literals.count else { return nil }
        var values: [TypedValue] = []
        values.reserveCapacity(types.count)
        for (literal, type) in zip(literals, types) {
            switch literal {
            case .integer(let number):
                guard let range = type.integerRange, range.contains(number) else { return nil }
                values.append(.integer(number))
            case .text(let text):
                guard type == .varchar else { return nil }
                values.append(.text(text))
            }
        }
        return values
    }
}

/// One pass over a text.
private struct TemplateScanner {
    private enum Region { case head, filter, assignments, rows }
    private enum Previous { case comparison, sum, opening, comma, other }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0
    private var region = Region.head
    private var previous = Previous.other
    private var depth = 0
    private var rowsDepth = 0
    private(set) var out: [UInt8] = []
    private(set) var literals: [StatementTemplate.Literal] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        out.reserveCapacity(bytes.count + 8)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }
    private static func isWord(_ byte: UInt8) -> Bool { (byte | 0x20) &- 97 < 26 || byte == 95 || byte >= 0x80 || isDigit(byte) }

    private func byte(_ at: Int) -> UInt8 { at < bytes.count ? bytes[at] : 0 }

    /// The next byte that is no blank, from `at` on; 0 at the end.
    private func visible(_ at: Int) -> UInt8 {
        var at = at
        while at < bytes.count, TemplateScanner.isSpace(bytes[at]) { at += 1 }
        return byte(at)
    }

    /// False when the text is not of the simple kind.
    mutating func scan() -> Bool {
        while index < bytes.count, TemplateScanner.isSpace(bytes[index]) { index += 1 }
        guard let verb = firstWord(), ["select", "insert", "update", "delete"].contains(verb) else { return false }
        while index < bytes.count {
            let current = bytes[index]
            switch current {
            case UInt8(ascii: "'"): guard string() else { return false }
            case UInt8(ascii: "\""): guard quotedName() else { return false }
            case UInt8(ascii: ";"):
                guard visible(index + 1) == 0 else { return false }
                return true
            case UInt8(ascii: "$"), UInt8(ascii: "?"), UInt8(ascii: "@"), UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "["), UInt8(ascii: "{"), 0:
                return false
            case UInt8(ascii: ":"):
                guard byte(index + 1) == current else { return false }
                copy(2, .other)
            case UInt8(ascii: "-"):
                if byte(index + 1) == current { return false }
                if previous != .other, TemplateScanner.isDigit(byte(index + 1)) { guard number() else { return false } } else { copy(1, .sum) }
            case UInt8(ascii: "/"):
                if byte(index + 1) == UInt8(ascii: "*") { return false }
                copy(1, .other)
            case UInt8(ascii: "+"): copy(1, .sum)
            case UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "!"): comparison()
            case UInt8(ascii: "("):
                depth += 1
                copy(1, .opening)
            case UInt8(ascii: ")"):
                depth -= 1
                copy(1, .other)
            case UInt8(ascii: ","): copy(1, .comma)
            case _ where TemplateScanner.isSpace(current):
                out.append(32)
                index += 1
            case _ where TemplateScanner.isDigit(current): guard number() else { return false }
            case _ where TemplateScanner.isWord(current): guard word() else { return false }
            default: copy(1, .other)
            }
        }
        return true
    }

    private mutating func copy(_ count: Int, _ kind: Previous) {
        for offset in 0..<count { out.append(byte(index + offset)) }
        index += count
        previous = kind
    }

    private mutating func firstWord() -> String? {
        let start = index
        var end = index
        while end < bytes.count, TemplateScanner.isWord(bytes[end]) { end += 1 }
        guard end > start, end - start <= 6 else { return nil }
        return String(decoding: bytes[start..<end].map { $0 | 0x20 }, as: UTF8.self)
    }

    /// `=`, `<=`, `<>`, `!=` and so on; longer operators (`=>`, `<->`) are none of these.
    private mutating func comparison() {
        var end = index
        while end < bytes.count, [UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "!"), UInt8(ascii: "~")].contains(bytes[end]) { end += 1 }
        let length = end - index
        let isComparison = length == 1 ? bytes[index] != UInt8(ascii: "!")
            : length == 2 && (byte(index + 1) == UInt8(ascii: "=") && bytes[index] != UInt8(ascii: "=") || bytes[index] == UInt8(ascii: "<") && byte(index + 1) == UInt8(ascii: ">"))
        copy(length, isComparison ? .comparison : .other)
    }

    private mutating func word() -> Bool {
        let start = index
        while index < bytes.count, TemplateScanner.isWord(bytes[index]) || bytes[index] == UInt8(ascii: "$") { index += 1 }
        // E'…', X'…', U&'…': strings that are read otherwise.
        if byte(index) == UInt8(ascii: "'") || byte(index) == UInt8(ascii: "&") { return false }
        out.append(contentsOf: bytes[start..<index])
        previous = .other
        note(start, index - start)
        return true
    }

    /// Words that say where in the statement we are.
    private mutating func note(_ start: Int, _ length: Int) {
        guard (3...9).contains(length) else { return }
        func matches(_ word: StaticString) -> Bool {
            guard word.utf8CodeUnitCount == length else { return false }
            for offset in 0..<length where bytes[start + offset] | 0x20 != word.utf8Start[offset] { return false }
            return true
        }
        if matches("where") { region = .filter } else if matches("set") { region = .assignments } else if matches("values") {
            region = .rows
            rowsDepth = depth + 1
        } else if matches("select") || matches("from") || matches("order") || matches("group") || matches("limit") || matches("offset") || matches("returning")
            || matches("union") || matches("having") || matches("window") || matches("conflict") || matches("with")
        {
            region = .head
        }
    }

    private mutating func quotedName() -> Bool {
        let start = index
        index += 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") { index += 1 }
        guard index < bytes.count else { return false }
        index += 1
        if byte(index) == UInt8(ascii: "\"") { return false }
        out.append(contentsOf: bytes[start..<index])
        previous = .other
        return true
    }

    /// Whether a literal that ends before `end` stands where only a value can.
    private func isTaken(_ end: Int) -> Bool {
        let next = visible(end)
        if next == UInt8(ascii: ":") || next == UInt8(ascii: "[") || next == UInt8(ascii: ".") || next == UInt8(ascii: "'") { return false }
        switch region {
        case .head: return false
        case .filter, .assignments: return previous == .comparison || previous == .sum
        case .rows:
            return depth == rowsDepth && (previous == .opening || previous == .comma) && (next == UInt8(ascii: ",") || next == UInt8(ascii: ")"))
        }
    }

    private mutating func number() -> Bool {
        let start = index
        let isNegative = bytes[index] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        let digits = index
        while index < bytes.count, TemplateScanner.isDigit(bytes[index]) { index += 1 }
        let next = byte(index)
        let isPlain = next != UInt8(ascii: ".") && !TemplateScanner.isWord(next) && index - digits <= 18
        if isPlain, isTaken(index) {
            var value: Int64 = 0
            for place in digits..<index { value = value * 10 + Int64(bytes[place] - 48) }
            return take(.integer(isNegative ? -value : value))
        }
        // A number of another form, or in another place.
        while index < bytes.count, TemplateScanner.isWord(bytes[index]) || bytes[index] == UInt8(ascii: ".") { index += 1 }
        out.append(contentsOf: bytes[start..<index])
        previous = .other
        return true
    }

    private mutating func string() -> Bool {
        let start = index
        index += 1
        var content: [UInt8] = []
        while true {
            guard index < bytes.count, bytes[index] != 0 else { return false }
            if bytes[index] == UInt8(ascii: "'") {
                guard byte(index + 1) == UInt8(ascii: "'") else { break }
                index += 1
            }
            content.append(bytes[index])
            index += 1
        }
        index += 1
        if isTaken(index) { return take(.text(String(decoding: content, as: UTF8.self))) }
        out.append(contentsOf: bytes[start..<index])
        previous = .other
        return true
    }

    private mutating func take(_ literal: StatementTemplate.Literal) -> Bool {
        guard literals.count < StatementTemplate.mostLiterals else { return false }
        literals.append(literal)
        out.append(UInt8(ascii: "$"))
        if literals.count >= 10 { out.append(UInt8(48 + literals.count / 10)) }
        out.append(UInt8(48 + literals.count % 10))
        previous = .other
        return true
    }
}
