/// Where a column of a result comes from, and what PostgreSQL's clients are told of it.
struct ColumnOrigin: Sendable {
    /// The table or view it is a plain column of, as the statement sees it; nil when it is of none.
    var table: TableReference?
    var column: String
    /// The oid of that table in `pg_class`, 0 when it has none there.
    var relation: UInt32 = 0
    /// The number of the column in it, from 1.
    var attribute = 0
    /// Its type, where the dialect's type alone does not tell.
    var client: ClientType?

    /// A column of the table that its relation is.
    static func column(_ name: String, number: Int, client: ClientType? = nil) -> ColumnOrigin {
        ColumnOrigin(table: nil, column: name, attribute: number, client: client)
    }

    /// What has a type and is no column.
    static func value(_ client: ClientType) -> ColumnOrigin { ColumnOrigin(table: nil, column: "", client: client) }
}

extension Binder {
    /// The oid under which `pg_class` shows a table or view in this session; 0 where it does not.
    func relationOID(_ name: String, in branch: BranchKey, moment: ReadMoment?) -> UInt32 {
        guard moment == nil, branch == catalog.activeBranch || branch == .main else { return 0 }
        let (schema, plain) = SchemaNaming.decode(name)
        // A schema inside main has no name of its own for a session on another branch.
        guard schema == nil || branch == catalog.activeBranch else { return 0 }
        return ObjectIDs.oid(ofRelation: plain, in: schema ?? branch.schemaName, of: branch)
    }
}

extension ResultColumn {
    init(_ column: QueryColumn) {
        self.init(name: column.name, type: column.type, table: column.origin?.table, column: column.origin?.column, isNullable: column.isNullable)
        guard let origin = column.origin else { return }
        if origin.table == nil { self.column = nil }
        relation = origin.relation
        attribute = origin.relation == 0 ? 0 : Int16(truncatingIfNeeded: origin.attribute)
        client = origin.client
    }

    /// The type under which PostgreSQL's clients see the column: in a relation of the catalogue the one that PostgreSQL gives it
    /// (`oid`, `name`, `"char"`), a text with a declared length `varchar` or `bpchar`, else what stands for the column's type.
    public var postgreSQLType: PostgreSQLType { client?.type ?? PostgreSQLType(type) }

    /// PostgreSQL's type modifier.
    public var modifier: Int32 { client?.modifier ?? PostgreSQLType.modifier(of: type) }
}
