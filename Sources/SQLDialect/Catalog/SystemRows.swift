import Synchronization

/// The rows of a table that shows the catalog. Statements read them through the table-valued function `bl_rows(number)`, which
/// finds rows by what a column holds. The number is good for as long as somebody keeps the rows; it is random, so that nobody
/// comes upon another session's.
public final class SystemRows: Sendable {
    public enum Value: Sendable, Hashable {
        case null
        case text(String)
        case number(Int64)
    }

    /// The most columns that the rows of a table can have: `information_schema.routines` has 82.
    public static let maximumColumns = 96

    public let number: Int64
    public let rows: [[Value]]
    private let index: RowIndex
    /// The last rows, which all sessions have alike.
    private let fixed: FixedRows?

    private struct Lent: Sendable {
        weak var rows: SystemRows?
    }

    private static let lent = Mutex<[Int64: Lent]>([:])

    public convenience init(_ rows: [[Value]]) { self.init(rows, followedBy: nil) }

    init(_ rows: [[Value]], followedBy fixed: FixedRows?) {
        index = RowIndex(rows)
        self.fixed = fixed
        self.rows = fixed.map { rows + $0.rows } ?? rows
        number = Int64.random(in: 1 ... Int64.max)
        SystemRows.lent.withLock { $0[number] = Lent(rows: self) }
    }

    deinit {
        _ = SystemRows.lent.withLock { $0.removeValue(forKey: number) }
    }

    /// The rows that have the number, while somebody keeps them.
    public static func numbered(_ number: Int64) -> SystemRows? {
        lent.withLock { $0[number]?.rows }
    }

    /// The places of the rows whose column holds the value; NULL is equal to nothing.
    public func places(of value: Value, in column: Int) -> [Int] {
        let own = index.places(of: value, in: column)
        guard let fixed else { return own }
        let first = index.rows.count
        return own + fixed.index.places(of: value, in: column).map { first + $0 }
    }
}

/// Rows with the places where they hold a value.
final class RowIndex: Sendable {
    let rows: [[SystemRows.Value]]
    /// For each column that was searched: the places of the rows by what they hold.
    private let indexes = Mutex<[Int: [SystemRows.Value: [Int]]]>([:])

    init(_ rows: [[SystemRows.Value]]) { self.rows = rows }

    /// The places of the rows whose column holds the value; NULL is equal to nothing.
    func places(of value: SystemRows.Value, in column: Int) -> [Int] {
        if value == .null { return [] }
        return indexes.withLock { indexes in
            if let known = indexes[column] { return known[value] ?? [] }
            var made: [SystemRows.Value: [Int]] = [:]
            for (place, row) in rows.enumerated() where column < row.count { made[row[column], default: []].append(place) }
            indexes[column] = made
            return made[value] ?? []
        }
    }
}
