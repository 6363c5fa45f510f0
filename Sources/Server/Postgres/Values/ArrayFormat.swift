import Engine
import SQLDialect

/// Lists as PostgreSQL's arrays (https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO). Lists in lists are further dimensions.
enum ArrayFormat {
    // MARK: - Text

    /// `{1,2,NULL}`, with elements in quotes where they would not be read back otherwise.
    static func appendText(_ items: [Value], element: DuckType, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "{"))
        for (index, item) in items.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            switch item {
            case .null: out.append(contentsOf: "NULL".utf8)
            case .list(let inner): appendText(inner, element: element.element ?? element, to: &out)
            default:
                var text: [UInt8] = []
                TextFormat.append(item, as: element, to: &text)
                appendElement(text, to: &out)
            }
        }
        out.append(UInt8(ascii: "}"))
    }

    private static func appendElement(_ text: [UInt8], to out: inout [UInt8]) {
        let isNull = text.count == 4 && text.map { $0 | 0x20 } == Array("null".utf8)
        let needsQuotes = text.isEmpty || isNull || text.contains { byte in
            byte == 32 || (9...13).contains(byte) || "{},\"\\".utf8.contains(byte)
        }
        guard needsQuotes else {
            out.append(contentsOf: text)
            return
        }
        out.append(UInt8(ascii: "\""))
        for byte in text {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { out.append(UInt8(ascii: "\\")) }
            out.append(byte)
        }
        out.append(UInt8(ascii: "\""))
    }

    // MARK: - Binary

    /// Dimensions, whether there are NULLs, the element's oid, the bounds, and the elements. False when the lists inside are not
    /// of one length, which an array cannot be, or an element is no value of its type.
    static func appendBinary(_ items: [Value], element: DuckType, to out: inout [UInt8]) -> Bool {
        var lengths: [Int] = []
        var innermost = element
        var level: [Value] = items
        if !items.isEmpty {
            lengths.append(items.count)
            while let inner = innermost.element {
                innermost = inner
                var next: [Value] = []
                var length: Int?
                for item in level {
                    guard case .list(let values) = item, length == nil || length == values.count else { return false }
                    length = values.count
                    next += values
                }
                guard let length, length > 0 else { return false }
                lengths.append(length)
                level = next
            }
        } else {
            while let inner = innermost.element { innermost = inner }
        }
        BinaryFormat.append(Int32(lengths.count), to: &out)
        BinaryFormat.append(Int32(level.contains(.null) ? 1 : 0), to: &out)
        BinaryFormat.append(PostgreSQLType(innermost).oid, to: &out)
        for length in lengths {
            BinaryFormat.append(Int32(length), to: &out)
            BinaryFormat.append(Int32(1), to: &out)
        }
        for item in level {
            if item.isNull {
                BinaryFormat.append(Int32(-1), to: &out)
                continue
            }
            var bytes: [UInt8] = []
            guard BinaryFormat.append(item, as: innermost, to: &bytes) else { return false }
            BinaryFormat.append(Int32(bytes.count), to: &out)
            out.append(contentsOf: bytes)
        }
        return true
    }

    /// A list of whole numbers as an array of oids. False, with nothing appended, when it is none.
    static func appendOIDs(_ items: [Value], to out: inout [UInt8]) -> Bool {
        var oids: [UInt32?] = []
        for item in items {
            if item.isNull {
                oids.append(nil)
            } else {
                guard case .integer(let number) = item, let oid = UInt32(exactly: number) else { return false }
                oids.append(oid)
            }
        }
        BinaryFormat.append(Int32(oids.isEmpty ? 0 : 1), to: &out)
        BinaryFormat.append(Int32(oids.contains(nil) ? 1 : 0), to: &out)
        BinaryFormat.append(PostgreSQLType.oid.oid, to: &out)
        if oids.isEmpty { return true }
        BinaryFormat.append(Int32(oids.count), to: &out)
        BinaryFormat.append(Int32(1), to: &out)
        for oid in oids {
            guard let oid else {
                BinaryFormat.append(Int32(-1), to: &out)
                continue
            }
            BinaryFormat.append(Int32(4), to: &out)
            BinaryFormat.append(oid, to: &out)
        }
        return true
    }

    /// Reads PostgreSQL's binary array; nil when it is malformed or holds no values of the element type.
    static func binary(_ bytes: UnsafeBufferPointer<UInt8>, element: DuckType) -> Value? {
        guard bytes.count >= 12 else { return nil }
        let dimensions = Int(ParameterDecoder.integer(bytes, at: 0) as Int32)
        guard (0...6).contains(dimensions), bytes.count >= 12 + dimensions * 8 else { return nil }
        if dimensions == 0 { return .list([]) }
        var lengths: [Int] = []
        for dimension in 0..<dimensions {
            let length = Int(ParameterDecoder.integer(bytes, at: 12 + dimension * 8) as Int32)
            // Each element takes four bytes at least.
            guard length >= 0, length <= bytes.count / 4 else { return nil }
            lengths.append(length)
        }
        let areOIDs = ParameterDecoder.integer(bytes, at: 8) as UInt32 == PostgreSQLType.oid.oid
        var innermost = element
        for _ in 1..<dimensions { innermost = innermost.element ?? innermost }
        var index = 12 + dimensions * 8
        func read(_ dimension: Int) -> Value? {
            var items: [Value] = []
            for _ in 0..<lengths[dimension] {
                if dimension + 1 < lengths.count {
                    guard let inner = read(dimension + 1) else { return nil }
                    items.append(inner)
                    continue
                }
                guard bytes.count - index >= 4 else { return nil }
                let length = Int(ParameterDecoder.integer(bytes, at: index) as Int32)
                index += 4
                if length == -1 {
                    items.append(.null)
                    continue
                }
                if areOIDs, length == 4, bytes.count - index >= 4 {
                    items.append(.integer(Int64(ParameterDecoder.integer(bytes, at: index) as UInt32)))
                    index += 4
                    continue
                }
                guard length >= 0, bytes.count - index >= length,
                    let value = ParameterDecoder.binary(UnsafeBufferPointer(rebasing: bytes[index..<index + length]), as: innermost)
                else { return nil }
                items.append(value)
                index += length
            }
            return .list(items)
        }
        guard let list = read(0), index == bytes.count else { return nil }
        return list
    }

    // MARK: - Reading text

    /// Reads `{…}`; a text of another form is read as the cast to a list reads it.
    static func text(_ bytes: UnsafeBufferPointer<UInt8>, element: DuckType) -> Value? {
        var reader = Reader(bytes: bytes)
        reader.skipSpaces()
        guard reader.current == UInt8(ascii: "{"), let list = reader.list(element) else { return nil }
        reader.skipSpaces()
        return reader.isAtEnd ? list : nil
    }

    private struct Reader {
        let bytes: UnsafeBufferPointer<UInt8>
        var index = 0

        var isAtEnd: Bool { index >= bytes.count }
        var current: UInt8? { index < bytes.count ? bytes[index] : nil }

        mutating func skipSpaces() { while let byte = current, byte == 32 || (9...13).contains(byte) { index += 1 } }

        mutating func list(_ element: DuckType) -> Value? {
            index += 1
            var items: [Value] = []
            skipSpaces()
            if current == UInt8(ascii: "}") {
                index += 1
                return .list([])
            }
            while true {
                skipSpaces()
                guard let item = item(element) else { return nil }
                items.append(item)
                skipSpaces()
                guard let byte = current else { return nil }
                index += 1
                if byte == UInt8(ascii: "}") { return .list(items) }
                guard byte == UInt8(ascii: ",") else { return nil }
            }
        }

        private mutating func item(_ element: DuckType) -> Value? {
            if current == UInt8(ascii: "{") { return list(element.element ?? element) }
            var text: [UInt8] = []
            let isQuoted = current == UInt8(ascii: "\"")
            if isQuoted { index += 1 }
            while let byte = current {
                if byte == UInt8(ascii: "\\") {
                    index += 1
                    guard let next = current else { return nil }
                    text.append(next)
                    index += 1
                    continue
                }
                if isQuoted {
                    index += 1
                    if byte == UInt8(ascii: "\"") { return ParameterDecoder.text(text, as: element) }
                    text.append(byte)
                    continue
                }
                if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") { break }
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "{") { return nil }
                text.append(byte)
                index += 1
            }
            guard !isQuoted else { return nil }
            while let last = text.last, last == 32 || (9...13).contains(last) { text.removeLast() }
            if text.isEmpty { return nil }
            if text.map({ $0 | 0x20 }) == Array("null".utf8) { return .null }
            return ParameterDecoder.text(text, as: element)
        }
    }
}
