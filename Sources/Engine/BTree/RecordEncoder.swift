/// Writes records in SQLite's format: used for keys to seek with and for keys kept beyond a cursor's move.
public enum RecordEncoder {
    /// The record that holds `values`, encoded as SQLite would (shortest integers, constants 0 and 1 without a body).
    public static func encode(_ values: [SQLiteValue]) -> [UInt8] {
        var types: [UInt8] = []
        var body: [UInt8] = []
        for value in values {
            switch value {
            case .null: types.append(0)
            case .integer(let number): appendInteger(number, types: &types, body: &body)
            case .real(let number):
                if number.isNaN {
                    types.append(0)
                } else {
                    types.append(7)
                    withUnsafeBytes(of: number.bitPattern.bigEndian) { body.append(contentsOf: $0) }
                }
            case .text(let text):
                let bytes = text.utf8
                Varint.append(UInt64(bytes.count) * 2 + 13, to: &types)
                body.append(contentsOf: bytes)
            case .malformedText(let bytes):
                Varint.append(UInt64(bytes.count) * 2 + 13, to: &types)
                body.append(contentsOf: bytes)
            case .blob(let bytes):
                Varint.append(UInt64(bytes.count) * 2 + 12, to: &types)
                body.append(contentsOf: bytes)
            }
        }
        return assemble(types: types, body: body)
    }

    /// A record of the first `count` columns of `record`, byte for byte as they are stored.
    ///
    /// - Throws: ``BTreeError/corrupt(page:detail:)`` when the record has fewer columns.
    public static func prefix(of record: RecordView, count: Int) throws(BTreeError) -> [UInt8] {
        var types: [UInt8] = []
        var body: [UInt8] = []
        var columns = record.columns
        for _ in 0 ..< count {
            guard let column = try columns.next() else {
                throw .corrupt(page: record.page, detail: "a record has fewer columns than its key")
            }
            Varint.append(column.serialType, to: &types)
            body.append(contentsOf: column.bytes)
        }
        return assemble(types: types, body: body)
    }

    private static func assemble(types: [UInt8], body: [UInt8]) -> [UInt8] {
        var record: [UInt8] = []
        record.reserveCapacity(types.count + body.count + 2)
        assemble(types: types, body: body, into: &record)
        return record
    }

    /// Replaces `record` by the record with these serial types and bodies.
    static func assemble(types: [UInt8], body: [UInt8], into record: inout [UInt8]) {
        // The header length counts its own varint, which can make that varint one byte longer.
        var headerLength = types.count + 1
        while Varint.length(UInt64(headerLength)) + types.count != headerLength {
            headerLength = Varint.length(UInt64(headerLength)) + types.count
        }
        record.removeAll(keepingCapacity: true)
        Varint.append(UInt64(headerLength), to: &record)
        record.append(contentsOf: types)
        record.append(contentsOf: body)
    }

    static func appendInteger(_ number: Int64, types: inout [UInt8], body: inout [UInt8]) {
        let (serialType, length): (UInt8, Int)
        switch number {
        case 0: (serialType, length) = (8, 0)
        case 1: (serialType, length) = (9, 0)
        case -0x80 ... 0x7F: (serialType, length) = (1, 1)
        case -0x8000 ... 0x7FFF: (serialType, length) = (2, 2)
        case -0x80_0000 ... 0x7F_FFFF: (serialType, length) = (3, 3)
        case -0x8000_0000 ... 0x7FFF_FFFF: (serialType, length) = (4, 4)
        case -0x8000_0000_0000 ... 0x7FFF_FFFF_FFFF: (serialType, length) = (5, 6)
        default: (serialType, length) = (6, 8)
        }
        types.append(serialType)
        for index in stride(from: length - 1, through: 0, by: -1) {
            body.append(UInt8(truncatingIfNeeded: number >> Int64(8 * index)))
        }
    }
}
