import Engine
import SQLDialect

/// What a statement has to say besides its result.
public typealias Notice = SQLDialect.Notice

/// A column of a result: its name and its exact DuckDB type as DuckDB prints it (`DECIMAL(18,2)`).
public struct ResultColumn: Sendable, Codable, Hashable {
    public var name: String
    public var type: String
    public init(name: String, type: String) {
        self.name = name
        self.type = type
    }
}

/// One row with access by position or by column name.
public struct Row: Sendable, Hashable, RandomAccessCollection {
    public let values: [Value]
    let columns: [ResultColumn]

    init(values: [Value], columns: [ResultColumn]) {
        self.values = values
        self.columns = columns
    }

    public var startIndex: Int { values.startIndex }
    public var endIndex: Int { values.endIndex }
    public subscript(position: Int) -> Value { values[position] }
    /// The value of the first column of that name (SQL's case-insensitive comparison); nil when there is none.
    public subscript(name: String) -> Value? {
        let wanted = name.lowercased()
        guard let index = columns.firstIndex(where: { $0.name.lowercased() == wanted }) else { return nil }
        return values[index]
    }
}

/// What one statement answered.
public struct QueryResult: Sendable, Hashable {
    public var columns: [ResultColumn]
    public var values: [[Value]]
    /// More rows than `maxRows` were there.
    public var truncated: Bool
    /// Rows inserted, updated or deleted; 0 for a reading statement.
    public var rowsAffected: Int
    /// Name of the branch the statement ran on.
    public var branch: String
    public var elapsedMS: Double
    /// What ran, as PostgreSQL's command tag words it: `SELECT`, `INSERT`, `CREATE TABLE`, `MERGE BRANCH` …
    public var command: String
    /// What there is to say besides the result: `relation "t" already exists, skipping`.
    public var notices: [Notice] = []
    /// The rows went to a receiver as they were made; `columns` and `values` are empty of meaning.
    var isStreamed = false

    public init(
        columns: [ResultColumn], values: [[Value]], truncated: Bool = false, rowsAffected: Int = 0, branch: String, elapsedMS: Double = 0,
        command: String
    ) {
        self.columns = columns
        self.values = values
        self.truncated = truncated
        self.rowsAffected = rowsAffected
        self.branch = branch
        self.elapsedMS = elapsedMS
        self.command = command
    }

    public var rowCount: Int { values.count }
    public var rows: [Row] { values.map { Row(values: $0, columns: columns) } }
}
