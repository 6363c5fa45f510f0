/// One SQL value as users see it: typed as DuckDB types it, exact, and independent of how SQLite stores it.
public enum Value: Sendable, Hashable {
    case null
    case boolean(Bool)
    /// Every integer width from TINYINT to BIGINT and the unsigned widths up to UINTEGER.
    case integer(Int64)
    /// HUGEINT and UBIGINT values; held in 64 bits, wider results are an overflow error.
    case hugeint(Int64)
    case double(Double)
    /// `unscaled` / 10^`scale`.
    case decimal(unscaled: Int64, precision: Int, scale: Int)
    case text(String)
    case blob([UInt8])
    /// Days since 1970-01-01.
    case date(days: Int32)
    /// Microseconds since midnight.
    case time(micros: Int64)
    /// Microseconds since 1970-01-01 00:00:00.
    case timestamp(micros: Int64)
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    case timestampTZ(micros: Int64)
    case interval(months: Int32, days: Int32, micros: Int64)
    case json(String)
    /// 36 characters, lower case.
    case uuid(String)
    /// The elements, each with its own value; NULLs among them.
    case list([Value])
}
