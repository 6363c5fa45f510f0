import Engine
import SQLDialect

/// A column of a result with its type, and where it comes from when it is a plain column of a table.
public struct PortalColumn: Sendable, Hashable {
    public var name: String
    public var type: DuckType
    /// What PostgreSQL's clients see it as, where that is not what the type alone says: a column of the catalogue is an `oid` or a
    /// `name`.
    public var postgreSQLType: PostgreSQLType?
    /// PostgreSQL's type modifier: a decimal's shape, a text's declared length, -1 for others.
    public var modifier: Int32
    /// The branch, SQLite's table name and the column, when it is one.
    public var table: TableReference?
    public var column: String?
    /// The oid of that table in `pg_class` and the number of the column in it; 0 where there is none.
    public var relation: UInt32 = 0
    public var attribute: Int16 = 0

    public init(_ bound: SQLDialect.ResultColumn) {
        name = bound.name
        type = bound.type
        table = bound.table
        column = bound.column
        postgreSQLType = bound.postgreSQLType
        modifier = bound.modifier
        relation = bound.relation
        attribute = bound.attribute
    }

    /// The columns of a statement's result.
    static func all(_ bound: [SQLDialect.ResultColumn], of lowered: LoweredStatement) -> [PortalColumn] {
        let readsCatalogue = lowered.readsCatalogue
        return bound.map { result in
            var column = PortalColumn(result)
            // Lists of whole numbers that are made of the catalogue's rows are of oids: clients that look types up expect that type, and
            // would look up any other in turn.
            if readsCatalogue, column.type == .list(.bigint), column.table == nil { column.postgreSQLType = PostgreSQLType(oid: PostgreSQLType.oid.array) }
            return column
        }
    }

    public init(name: String, type: DuckType, table: TableReference? = nil, column: String? = nil) {
        self.name = name
        self.type = type
        modifier = PostgreSQLType.modifier(of: type)
        self.table = table
        self.column = column
    }
}

/// Takes the rows of a statement as they are made.
///
/// `begin` comes once, then the rows in one or more calls. The loop over the rows is the receiver's, so that taking a row
/// costs neither a call through a protocol nor a value per cell.
public protocol RowReceiver: AnyObject {
    /// The result's columns, before its first row.
    /// - Throws: when these are not the columns that the receiver was made for.
    func begin(_ columns: [PortalColumn]) throws(EngineError)
    /// Takes rows of a running statement until there are none, or until the receiver has what it wants.
    /// - Parameter hasRow: whether the statement stands on a row already.
    /// - Returns: true when the statement is at its end.
    func take(_ statement: PreparedStatement, hasRow: Bool) throws(EngineError) -> Bool
    /// Takes a row that was made in memory.
    func take(_ row: [TypedValue]) throws(EngineError)
}

extension LoweredStatement {
    /// A relation of the catalogue is among what it reads.
    var readsCatalogue: Bool { systemParameters.contains { if case .catalog = $0.source { true } else { false } } }
}
