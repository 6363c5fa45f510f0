import Branching
import Engine
import SQLDialect

/// How the values of one result column are written.
struct ColumnEncoder {
    /// Which of the ways below; small and without payload, for it is looked at for every value.
    enum Kind: UInt8 {
        case boolean, int2, int4, int8, oid, float4, float8, decimal, text, blob, other
    }

    let kind: Kind
    /// Digits after the point of a decimal.
    let scale: UInt8
    let format: ValueFormat
    let type: DuckType
    let name: String
    /// PostgreSQL writes its vectors (`pg_index.indkey`) with blanks between the elements, not as arrays.
    let isVector: Bool
    let isOIDArray: Bool
    /// The name of what an oid stands for: PostgreSQL's binary form would be the oid.
    let isReference: Bool

    init(_ column: PortalColumn, _ format: ValueFormat) {
        isOIDArray = column.postgreSQLType?.oid == PostgreSQLType.oid.array
        isReference = column.type == .varchar && column.postgreSQLType.map { $0.length == 4 } ?? false
        isVector = column.postgreSQLType.map { $0 == .int2vector || $0 == .oidvector } ?? false
        type = column.type
        name = column.name
        self.format = format
        if case .decimal(_, let digits) = type { scale = UInt8(clamping: digits) } else { scale = 0 }
        kind =
            switch type {
            case .bigint where ColumnEncoder.isOID(column.postgreSQLType): .oid
            case .boolean: .boolean
            case .tinyint, .utinyint, .smallint: .int2
            case .usmallint, .integer: .int4
            case .uinteger, .bigint: .int8
            case .float: .float4
            case .double: .float8
            case .decimal(_, let scale) where scale <= 18: .decimal
            case .varchar where isReference && format == .binary: .other
            case .varchar, .json: .text
            case .blob: .blob
            default: .other
            }
    }

    /// Types whose values are oids: four bytes without a sign.
    private static func isOID(_ type: PostgreSQLType?) -> Bool { type.map { $0.length == 4 && $0.oid != PostgreSQLType.int4.oid } ?? false }

    /// What a row description says of a column.
    static func field(_ column: PortalColumn, _ format: ValueFormat) -> FieldDescription {
        let type = column.postgreSQLType ?? PostgreSQLType(column.type)
        return FieldDescription(
            name: column.name, table: column.relation, attribute: column.attribute, type: type.oid, length: type.length, modifier: column.modifier,
            format: format)
    }
}

/// Writes rows as DataRow messages into a buffer, straight from SQLite's columns.
struct RowEncoder {
    /// What the loop over a row looks at, without anything that counts references.
    private struct Way {
        let kind: ColumnEncoder.Kind
        let isText: Bool
        let scale: UInt8
    }

    let columns: [ColumnEncoder]
    private let ways: [Way]
    private var scratch: [UInt8] = []

    init(columns: [ColumnEncoder]) {
        self.columns = columns
        ways = columns.map { Way(kind: $0.kind, isText: $0.format == .text, scale: $0.scale) }
    }

    /// One row of a running statement.
    /// - Throws: `BL_CONVERSION` for a value that has no binary form of the column's type.
    mutating func append(_ statement: PreparedStatement, to out: OutputBuffer) throws(EngineError) {
        let message = out.beginMessage(UInt8(ascii: "D"))
        out.append(bigEndian: UInt16(truncatingIfNeeded: ways.count))
        var index = 0
        while index < ways.count {
            if !ways.withUnsafeBufferPointer({ RowEncoder.append(statement.cell(index), $0[index], to: out) }) {
                try appendSlowly(Value(stored: statement.value(index), type: columns[index].type), index, to: out)
            }
            index &+= 1
        }
        out.endMessage(message)
    }

    /// - Returns: false, with nothing written, for a value that is not of its column's usual storage class.
    @inline(__always)
    private static func append(_ cell: ColumnCell, _ way: Way, to out: OutputBuffer) -> Bool {
        let storage = cell.storageClass
        if storage == StorageClass.null {
            out.append(int32: -1)
            return true
        }
        switch way.kind {
        case .int2, .int4, .int8, .oid:
            guard storage == StorageClass.integer else { return false }
            let value = cell.integer
            if way.isText {
                out.appendNumber { PostgreSQLNumber.write(value, to: $0) }
                return true
            }
            if way.kind == .int8 {
                out.append(int32: 8)
                out.append(int64: value)
                return true
            }
            if way.kind == .oid, let narrow = UInt32(exactly: value) {
                out.append(int32: 4)
                out.append(bigEndian: narrow)
                return true
            }
            if way.kind == .int4, let narrow = Int32(exactly: value) {
                out.append(int32: 4)
                out.append(int32: narrow)
                return true
            }
            if way.kind == .int2, let narrow = Int16(exactly: value) {
                out.append(int32: 2)
                out.append(int16: narrow)
                return true
            }
            return false
        case .boolean:
            guard storage == StorageClass.integer else { return false }
            let flag = cell.integer != 0
            out.append(int32: 1)
            out.append(way.isText ? UInt8(ascii: flag ? "t" : "f") : (flag ? 1 : 0))
            return true
        case .text:
            guard storage == StorageClass.text else { return false }
            let bytes = cell.textBytes
            out.append(int32: Int32(truncatingIfNeeded: bytes.count))
            out.append(bytes)
            return true
        case .float8, .float4:
            guard storage == StorageClass.real else { return false }
            let value = cell.real
            if way.isText {
                let isFloat = way.kind == .float4
                out.appendNumber { PostgreSQLNumber.write(value, isFloat: isFloat, to: $0) }
                return true
            }
            if way.kind == .float4 {
                out.append(int32: 4)
                out.append(bigEndian: Float(value).bitPattern)
            } else {
                out.append(int32: 8)
                out.append(bigEndian: value.bitPattern)
            }
            return true
        case .decimal:
            guard way.isText, storage == StorageClass.integer else { return false }
            let value = cell.integer
            out.appendNumber { PostgreSQLNumber.write(unscaled: value, scale: Int(way.scale), to: $0) }
            return true
        case .blob, .other: return false
        }
    }

    /// A row that was made in memory.
    mutating func append(_ row: [Value], to out: OutputBuffer) throws(EngineError) {
        let message = out.beginMessage(UInt8(ascii: "D"))
        out.append(bigEndian: UInt16(truncatingIfNeeded: columns.count))
        for (index, value) in row.enumerated() where index < columns.count { try appendSlowly(value, index, to: out) }
        for _ in row.count..<max(row.count, columns.count) { out.append(int32: -1) }
        out.endMessage(message)
    }

    private mutating func appendSlowly(_ value: Value, _ index: Int, to out: OutputBuffer) throws(EngineError) {
        if value.isNull {
            out.append(int32: -1)
            return
        }
        if columns[index].isReference, columns[index].format == .binary {
            throw EngineError(
                code: "BL_UNSUPPORTED", message: "column '\(columns[index].name)' is a reference to the catalogue, which is not sent in binary",
                hint: "read the column as text, or cast it to oid or text", column: columns[index].name)
        }
        scratch.removeAll(keepingCapacity: true)
        if columns[index].format == .text, columns[index].isVector, case .list(let items) = value {
            scratch += items.map(\.text).joined(separator: " ").utf8
        } else if columns[index].format == .text {
            TextFormat.append(value, as: columns[index].type, to: &scratch)
        } else if columns[index].isOIDArray, case .list(let items) = value, ArrayFormat.appendOIDs(items, to: &scratch) {
            // Written.
        } else if !BinaryFormat.append(value, as: columns[index].type, to: &scratch) {
            throw EngineError(
                code: "BL_CONVERSION", message: "the value '\(value.text)' of column '\(columns[index].name)' is no \(columns[index].type.name) and cannot be sent in binary",
                hint: "read the column as text, or cast it", column: columns[index].name)
        }
        out.append(int32: Int32(truncatingIfNeeded: scratch.count))
        out.append(scratch)
    }
}
