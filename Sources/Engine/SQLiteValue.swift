/// A value as SQLite stores it: one of SQLite's five storage classes.
///
/// This is the storage form. What a column of the `duckdb` dialect means (a date, a decimal, a boolean) is told by its
/// declared type, not by the storage class.
public enum SQLiteValue: Sendable, Hashable {
    /// SQL NULL.
    case null
    /// A signed 64-bit integer.
    case integer(Int64)
    /// An IEEE 754 double. Never a NaN: SQLite stores NaN as NULL.
    case real(Double)
    /// UTF-8 text.
    case text(String)
    /// Bytes without an encoding.
    case blob([UInt8])
}
