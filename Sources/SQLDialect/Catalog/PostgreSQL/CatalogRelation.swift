/// A relation of `pg_catalog` or `information_schema`, with the columns that PostgreSQL 15 gives it.
public struct CatalogRelation: Sendable {
    public struct Column: Sendable {
        public let name: String
        public let type: PostgreSQLType
    }

    /// `pg_catalog` or `information_schema`.
    public let schema: String
    public let name: String
    /// PostgreSQL's own oid where it is the same in every database, else a number below those of users' objects.
    public let oid: UInt32
    public let isView: Bool
    /// Its rows have the hidden column `tableoid`.
    var hasTableOID: Bool { !isView }
    public let columns: [Column]

    /// The relation of that name; nil when there is none.
    public static func named(_ name: String, in schema: String) -> CatalogRelation? { all[schema + "." + name] }

    /// By qualified name.
    public static let all: [String: CatalogRelation] = {
        var found: [String: CatalogRelation] = [:]
        var next = firstAssignedOID
        for (schema, lines) in [("pg_catalog", tables), ("pg_catalog", views), ("pg_catalog", statistics), ("information_schema", informationSchema)] {
            for line in lines.split(separator: "\n") {
                guard let relation = CatalogRelation(schema: schema, line: line, orOID: next) else { continue }
                if relation.oid == next { next += 1 }
                found[schema + "." + relation.name] = relation
            }
        }
        return found
    }()

    /// PostgreSQL too gives the views oids from here on when it makes a database.
    private static let firstAssignedOID: UInt32 = 12_000

    /// In the order of their oids.
    static let byOID: [CatalogRelation] = all.values.sorted { $0.oid < $1.oid }

    /// Reads `name oid kind: column type, column type, …`.
    /// - Parameter assigned: its oid where the line has 0.
    private init?(schema: String, line: Substring, orOID assigned: UInt32) {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let head = line[..<colon].split(separator: " ")
        guard head.count == 3, let oid = UInt32(head[1]) else { return nil }
        self.schema = schema
        self.name = String(head[0])
        self.oid = oid == 0 ? assigned : oid
        isView = head[2] == "v"
        columns = line[line.index(after: colon)...].split(separator: ",").compactMap { column in
            let words = column.split(separator: " ")
            guard words.count == 2, let type = PostgreSQLType(name: String(words[1])) else { return nil }
            return Column(name: String(words[0]), type: type)
        }
    }

    /// The type of the dialect that a column's values have.
    static func storedType(_ type: PostgreSQLType) -> DuckType {
        switch type.oid {
        // Oids of functions.
        case PostgreSQLType.regproc.oid: .bigint
        case PostgreSQLType.xid, PostgreSQLType.cid: .bigint
        default: type.duckType() ?? (type.isArray ? .list(.varchar) : .varchar)
        }
    }
}

extension PostgreSQLType {
    static let xid: UInt32 = 28
    static let cid: UInt32 = 29
}
