/// Rows about the catalogue's own relations: the same for every session and branch, made once.
final class FixedRows: Sendable {
    let index: RowIndex
    var rows: [[SystemRows.Value]] { index.rows }

    private init(_ rows: [[SystemRows.Value]]) { index = RowIndex(rows) }

    /// What a table of the catalogue has beside the rows about the branch; nil when that is nothing.
    static func about(_ table: SystemTable.Name) -> FixedRows? {
        switch table {
        case .relation("pg_catalog.pg_class"): classes
        case .relation("pg_catalog.pg_attribute"): attributes
        case .lookup(.relation): names
        default: nil
        }
    }

    private static let classes = rows(of: "pg_class") { shape in
        CatalogRelation.byOID.map { relation in
            shape.row([
                "oid": .number(relation.oid), "relname": .text(relation.name), "relnamespace": .number(relation.namespace),
                "relowner": .number(CatalogObjects.owner), "relam": .number(relation.isView ? 0 : 2),
                "relfilenode": .number(relation.isView ? 0 : relation.oid), "reltuples": .number(-1), "relpersistence": .text("p"),
                "relkind": .text(relation.isView ? "v" : "r"), "relnatts": .number(relation.columns.count), "relhasrules": .flag(relation.isView),
                "relispopulated": .flag(true), "relreplident": .text("n"),
            ])
        }
    }

    private static let attributes = rows(of: "pg_attribute") { shape in
        CatalogRelation.byOID.flatMap { relation in
            relation.columns.enumerated().map { index, column in
                let type = column.type
                return shape.row([
                    "attrelid": .number(relation.oid), "attname": .text(column.name), "atttypid": .number(type.oid), "attstattarget": .number(-1),
                    "attlen": .number(Int(type.length)), "attnum": .number(index + 1), "attndims": .number(type.isArray ? 1 : 0),
                    "attcacheoff": .number(-1), "atttypmod": .number(-1), "attbyval": .flag(type.isByValue), "attalign": .character(type.alignment),
                    "attstorage": .character(type.storage), "attislocal": .flag(true),
                    "attcollation": .number(type.category == "S" ? CatalogRows.catalogCollation : 0),
                ])
            }
        }
    }

    /// In `CatalogLookup.relation`: the oid, the name as SQL needs it, whether it needs no qualifier.
    private static let names = FixedRows(CatalogRelation.byOID.map { relation in
        let isVisible = relation.namespace == CatalogObjects.catalogNamespace
        return [.number(Int64(relation.oid)), .text(isVisible ? relation.name : relation.schema + "." + relation.name), .number(isVisible ? 1 : 0)]
    })

    private static func rows(of name: String, _ make: (RowShape) -> [[CatalogRows.Cell]]) -> FixedRows {
        guard let relation = CatalogRelation.named(name, in: "pg_catalog") else { return FixedRows([]) }
        return FixedRows(make(RowShape(relation)).map { $0.map(CatalogRows.value) + [.number(Int64(relation.oid))] })
    }
}

extension CatalogRelation {
    /// The oid of its schema.
    var namespace: UInt32 { schema == "pg_catalog" ? CatalogObjects.catalogNamespace : CatalogObjects.informationSchemaNamespace }
}

extension CatalogRows {
    /// The collation `C`, which PostgreSQL's names have.
    static let catalogCollation: UInt32 = 950
}
