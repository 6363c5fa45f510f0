import Engine

extension SQLiteValue {
    /// Whether two values are the same bytes of the same class. Swift's own comparison holds texts equal that are written with
    /// different Unicode scalars ("é" in one or in two), which SQLite does not, and 0.0 and -0.0.
    func isIdentical(to other: SQLiteValue) -> Bool {
        switch (self, other) {
        case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
        case (.real(let a), .real(let b)): a.bitPattern == b.bitPattern
        default: self == other
        }
    }

    /// Appends bytes that are equal exactly for values which a key of that collation holds equal.
    func appendKey(_ collation: String?, to bytes: inout [UInt8]) {
        func put(_ number: UInt64) { withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) } }
        switch self {
        case .null: bytes.append(0)
        case .integer(let number):
            bytes.append(1)
            put(UInt64(bitPattern: number))
        case .real(let number):
            // A key holds 1 and 1.0 equal.
            if let whole = Int64(exactly: number) { return SQLiteValue.integer(whole).appendKey(nil, to: &bytes) }
            bytes.append(2)
            put(number.bitPattern)
        case .text, .malformedText:
            var content = if case .malformedText(let bytes) = self { bytes } else { Array((repairedText ?? "").utf8) }
            switch collation?.uppercased() {
            case "NOCASE":
                for index in content.indices where (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(content[index]) { content[index] |= 0x20 }
            case "RTRIM": while content.last == UInt8(ascii: " ") { content.removeLast() }
            default: break
            }
            bytes.append(3)
            put(UInt64(content.count))
            bytes.append(contentsOf: content)
        case .blob(let content):
            bytes.append(4)
            put(UInt64(content.count))
            bytes.append(contentsOf: content)
        }
    }
}
