import Branching
import Engine
import SQLDialect

/// How the values of one result column are written.
struct ColumnEncoder {
    /// Which of the ways below; small and without payload, for it is looked at for every value.
    enum Kind: UInt8 {
        case boolean, int2, int4, int8, oid, float4, float8, text, blob, other
    }

    let kind: Kind
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
        kind =
            switch type {
            case .bigint where ColumnEncoder.isOID(column.postgreSQLType): .oid
            case .boolean: .boolean
            case .tinyint, .utinyint, .smallint: .int2
            case .usmallint, .integer: .int4
            case .uinteger, .bigint: .int8
            case .float: .float4
            case .double: .float8
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
    let columns: [ColumnEncoder]
    private var scratch: [UInt8] = []

    init(columns: [ColumnEncoder]) { self.columns = columns }

    /// One row of a running statement.
    /// - Throws: `BL_CONVERSION` for a value that has no binary form of the column's type.
    mutating func append(_ statement: PreparedStatement, to out: OutputBuffer) throws(EngineError) {
        let message = out.beginMessage(UInt8(ascii: "D"))
        out.append(bigEndian: UInt16(truncatingIfNeeded: columns.count))
        for index in columns.indices {
            try append(statement, index, to: out)
        }
        out.endMessage(message)
    }

    @inline(__always)
    private mutating func append(_ statement: PreparedStatement, _ index: Int, to out: OutputBuffer) throws(EngineError) {
        let storage = statement.storageClass(index)
        if storage == StorageClass.null {
            out.append(int32: -1)
            return
        }
        let kind = columns[index].kind
        let isText = columns[index].format == .text
        switch kind {
        case .int2, .int4, .int8, .oid:
            guard storage == StorageClass.integer else { break }
            let value = statement.integer(index)
            if isText {
                let length = out.count
                out.append(int32: 0)
                out.append(decimal: value)
                out.set(int32: Int32(truncatingIfNeeded: out.count - length - 4), at: length)
                return
            }
            if kind == .int8 {
                out.append(int32: 8)
                out.append(int64: value)
                return
            }
            if kind == .oid, let narrow = UInt32(exactly: value) {
                out.append(int32: 4)
                out.append(bigEndian: narrow)
                return
            }
            if kind == .int4, let narrow = Int32(exactly: value) {
                out.append(int32: 4)
                out.append(int32: narrow)
                return
            }
            if kind == .int2, let narrow = Int16(exactly: value) {
                out.append(int32: 2)
                out.append(int16: narrow)
                return
            }
        case .boolean:
            guard storage == StorageClass.integer else { break }
            let flag = statement.integer(index) != 0
            out.append(int32: 1)
            out.append(isText ? UInt8(ascii: flag ? "t" : "f") : (flag ? 1 : 0))
            return
        case .text:
            guard storage == StorageClass.text else { break }
            statement.withTextBytes(index) { bytes in
                out.append(int32: Int32(truncatingIfNeeded: bytes.count))
                out.append(bytes)
            }
            return
        case .float8:
            guard !isText, storage == StorageClass.real else { break }
            out.append(int32: 8)
            out.append(bigEndian: statement.real(index).bitPattern)
            return
        default: break
        }
        try appendSlowly(Value(stored: statement.value(index), type: columns[index].type), index, to: out)
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
