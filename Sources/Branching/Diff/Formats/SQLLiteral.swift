import Engine

/// Values as SQL that any SQLite reads back as exactly the same value.
enum SQLLiteral {
    /// Appends a value.
    ///
    /// Texts that the sqlite3 shell or SQLite's parser would not keep (a NUL, control characters, line ends with a CR, bytes that are
    /// not UTF-8) are written as a cast of their bytes.
    static func append(_ exact: SQLiteValue, to out: inout [UInt8]) {
        switch exact {
        case .null: out.append(contentsOf: "NULL".utf8)
        case .integer(let number): out.append(contentsOf: String(number).utf8)
        case .real(let number): out.append(contentsOf: real(number).utf8)
        case .blob(let bytes): appendHex(bytes, to: &out)
        case .malformedText(let bytes): appendCast(bytes, to: &out)
        case .text(let text):
            let bytes = Array(text.utf8)
            if bytes.contains(where: { $0 < 0x20 && $0 != 0x0A && $0 != 0x09 }) { return appendCast(bytes, to: &out) }
            out.append(UInt8(ascii: "'"))
            for byte in bytes {
                if byte == UInt8(ascii: "'") { out.append(byte) }
                out.append(byte)
            }
            out.append(UInt8(ascii: "'"))
        }
    }

    private static func appendCast(_ bytes: [UInt8], to out: inout [UInt8]) {
        out.append(contentsOf: "CAST(".utf8)
        appendHex(bytes, to: &out)
        out.append(contentsOf: " AS TEXT)".utf8)
    }

    private static func appendHex(_ bytes: [UInt8], to out: inout [UInt8]) {
        let digits = Array("0123456789ABCDEF".utf8)
        out.append(contentsOf: "x'".utf8)
        out.reserveCapacity(out.count + bytes.count * 2 + 1)
        for byte in bytes {
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
        out.append(UInt8(ascii: "'"))
    }

    // MARK: - Reals

    /// Decimal exponents within which SQLite's own conversion rounds once, in more than a double's precision.
    private static let plainExponents = -290...290
    /// 2^53: below it every integer is a double.
    private static let wholeNumbers = 9_007_199_254_740_992.0

    /// A real as SQL.
    ///
    /// SQLite's conversion of decimals is not always rounded correctly, and not the same in all its versions. So the shortest text is
    /// used only where it lies well inside the decimals that mean the number; else (one number in a hundred that takes all 17
    /// digits, and the very small and very large ones) a product with powers of two is, which is exact.
    static func real(_ number: Double) -> String {
        if number.isNaN { return "NULL" }
        if number.isInfinite { return number < 0 ? "-9e999" : "9e999" }
        if number == 0 { return number.sign == .minus ? "-0.0" : "0.0" }
        if number.magnitude < wholeNumbers, number == number.rounded(.towardZero) { return "\(Int64(number)).0" }
        if let decimal = Decimal("\(number.magnitude)"), plainExponents.contains(decimal.exponent), decimal.isSafe(for: number.magnitude) {
            return (number < 0 ? "-" : "") + decimal.literal
        }
        return product(number)
    }

    /// The number's 53 bits as an integer, multiplied or divided by powers of two: every step is exact, since the result is a double
    /// and what comes before it has the same bits at a greater exponent (or a smaller one, where it is multiplied).
    private static func product(_ number: Double) -> String {
        let bits = number.magnitude.bitPattern
        let field = Int(bits >> 52)
        let mantissa = bits & (1 << 52 - 1) | (field == 0 ? 0 : 1 << 52)
        var exponent = max(field, 1) - 1075
        var text = "(\(number < 0 ? "-" : "")\(mantissa)"
        while exponent != 0 {
            let step = min(exponent.magnitude, 40)
            text += "\(exponent < 0 ? "/" : "*")\(1 << step).0"
            exponent += exponent < 0 ? Int(step) : -Int(step)
        }
        return text + ")"
    }

    /// A positive decimal in scientific form.
    private struct Decimal {
        /// Digits without a point; the first is not 0.
        let digits: String
        /// Of the first digit.
        let exponent: Int

        init?(_ text: String) {
            let parts = text.split(separator: "e", omittingEmptySubsequences: false)
            guard let number = parts.first, let shift = parts.count == 2 ? Int(parts[1]) : 0 else { return nil }
            let halves = number.split(separator: ".", omittingEmptySubsequences: false)
            guard let whole = halves.first, halves.count <= 2 else { return nil }
            let all = whole + (halves.count == 2 ? halves[1] : "")
            let leading = all.prefix { $0 == "0" }.count
            var digits = all.dropFirst(leading)
            while digits.count > 1, digits.last == "0" { digits.removeLast() }
            if digits.isEmpty { return nil }
            self.digits = String(digits)
            exponent = whole.count - 1 - leading + shift
        }

        /// A unit of the 19th digit is a hundredth of the least distance between doubles, or less.
        private static let marginDigits = 19

        /// Whether the decimal may be off by a unit of the 19th digit, either way, and still means the number.
        func isSafe(for number: Double) -> Bool {
            guard digits.utf8.count < Decimal.marginDigits,
                let value = UInt64(digits + String(repeating: "0", count: Decimal.marginDigits - digits.utf8.count))
            else { return false }
            return [value - 1, value + 1].allSatisfy { Double("\($0)e\(exponent - Decimal.marginDigits + 1)") == number }
        }

        var literal: String {
            guard (-5...15).contains(exponent) else {
                let rest = digits.dropFirst()
                return "\(digits.prefix(1)).\(rest.isEmpty ? "0" : rest)e\(exponent)"
            }
            if exponent < 0 { return "0." + String(repeating: "0", count: -exponent - 1) + digits }
            let whole = exponent + 1
            if digits.utf8.count <= whole { return digits + String(repeating: "0", count: whole - digits.utf8.count) + ".0" }
            return digits.prefix(whole) + "." + digits.dropFirst(whole)
        }
    }
}
