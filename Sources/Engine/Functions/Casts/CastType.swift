/// The type words in the names of the cast functions: which storage form a value has, and how DuckDB's errors call it.
enum CastType: UInt8, CaseIterable {
    case bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, hugeint
    case float, double, decimal, varchar, blob
    case date, time, timestamp, timestamptz, interval
    case json, uuid, dynamic

    /// As it stands in `bl_cast_<from>_<to>`.
    var word: String { "\(self)" }

    /// As DuckDB's conversion errors write it.
    var errorName: String {
        switch self {
        case .timestamptz: "TIMESTAMP WITH TIME ZONE"
        case .dynamic: "ANY"
        default: word.uppercased()
        }
    }

    var isInteger: Bool { (CastType.int8.rawValue...CastType.hugeint.rawValue).contains(rawValue) }

    /// Values of an integer type; UBIGINT and HUGEINT are held in 64 signed bits.
    @inline(__always)
    var range: ClosedRange<Int64> {
        switch self {
        case .int8: -128...127
        case .int16: -32_768...32_767
        case .int32: -2_147_483_648...2_147_483_647
        case .uint8: 0...255
        case .uint16: 0...65_535
        case .uint32: 0...4_294_967_295
        case .uint64: 0...Int64.max
        default: Int64.min...Int64.max
        }
    }

    /// The casts DuckDB has between scalar types.
    static func isAllowed(_ from: CastType, _ to: CastType) -> Bool {
        if from == to { return from == .decimal }
        if from == .dynamic || to == .dynamic || to == .varchar || from == .varchar || to == .json { return true }
        let isNumber: (CastType) -> Bool = { $0 == .bool || $0.isInteger || $0 == .float || $0 == .double || $0 == .decimal }
        if isNumber(from) { return isNumber(to) }
        switch (from, to) {
        case (.date, .timestamp), (.date, .timestamptz): return true
        case (.timestamp, .date), (.timestamp, .time), (.timestamp, .timestamptz): return true
        case (.timestamptz, .date), (.timestamptz, .time), (.timestamptz, .timestamp): return true
        case (.time, .interval), (.interval, .time): return true
        case (.uuid, .blob), (.blob, .uuid): return true
        case (.json, .blob): return false
        case (.json, _): return true
        default: return false
        }
    }
}
