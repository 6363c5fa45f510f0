/// Rows of a relation of which only some columns are said: the others have what PostgreSQL has where there is nothing to say.
struct RowShape {
    let relation: CatalogRelation
    private let defaults: [CatalogRows.Cell]
    private let places: [String: Int]

    init(_ relation: CatalogRelation) {
        self.relation = relation
        defaults = relation.columns.map { relation.schema == "information_schema" ? .null : RowShape.nothing($0.type) }
        places = Dictionary(relation.columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    func row(_ values: KeyValuePairs<String, CatalogRows.Cell>) -> [CatalogRows.Cell] {
        var row = defaults
        for (name, cell) in values { if let place = places[name] { row[place] = cell } }
        return row
    }

    private static func nothing(_ type: PostgreSQLType) -> CatalogRows.Cell {
        switch type.oid {
        case PostgreSQLType.bool.oid: .flag(false)
        case PostgreSQLType.char.oid: .text("")
        case PostgreSQLType.int2vector.oid, PostgreSQLType.oidvector.oid: .list([])
        case PostgreSQLType.int2.oid, PostgreSQLType.int4.oid, PostgreSQLType.int8.oid, PostgreSQLType.oid.oid, PostgreSQLType.regproc.oid, PostgreSQLType.xid, PostgreSQLType.float4.oid,
            PostgreSQLType.float8.oid:
            .number(0)
        default: .null
        }
    }
}

extension CatalogRows {
    /// Writes the rows of a relation of `pg_catalog` or `information_schema`; most have none here.
    mutating func fill(_ relation: CatalogRelation, branch: BranchKey?) throws(SQLError) {
        let shape = RowShape(relation)
        let known = try objects(branch)
        if fillSequences(shape, known) { return }
        if relation.schema == "information_schema" {
            try fillInformationSchema(shape, known)
            return
        }
        if try fillTables(shape, known) { return }
        if try fillKeys(shape, known) { return }
        if fillTypes(shape) { return }
        fillServer(shape)
    }
}
