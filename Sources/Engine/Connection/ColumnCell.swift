import CSQLite

/// A column of the current row, looked up once for all that is asked of it. Good until the statement steps.
///
/// SQLite's `sqlite3_value` functions neither look the column up nor take the connection's mutex again. They may be used on such a value
/// because connections run in multi-thread mode (https://www.sqlite.org/c3ref/value.html: there protected and unprotected values are the same).
public struct ColumnCell {
    @usableFromInline
    let value: OpaquePointer?

    @inline(__always)
    init(_ value: OpaquePointer?) { self.value = value }

    /// SQLITE_INTEGER, _FLOAT, _TEXT, _BLOB or _NULL.
    @inlinable @inline(__always)
    public var storageClass: Int32 { sqlite3_value_type(value) }
    /// As SQLite converts it.
    @inlinable @inline(__always)
    public var integer: Int64 { sqlite3_value_int64(value) }
    /// As SQLite converts it.
    @inlinable @inline(__always)
    public var real: Double { sqlite3_value_double(value) }
    /// The UTF-8 bytes of a text; good until another form of the value is asked for.
    @inlinable @inline(__always)
    public var textBytes: UnsafeBufferPointer<UInt8> {
        let start = sqlite3_value_text(value)
        return UnsafeBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_value_bytes(value)))
    }
}

extension Statement {
    /// A column of the current row.
    @inline(__always)
    public func cell(_ index: Int) -> ColumnCell { ColumnCell(sqlite3_column_value(handle, Int32(truncatingIfNeeded: index))) }
}
