/// `pg_namespace`, `pg_class`, `pg_attribute` and the views over them.
extension CatalogRows {
    /// False for relations of other kinds.
    mutating func fillTables(_ shape: RowShape, _ objects: CatalogObjects) throws(SQLError) -> Bool {
        switch shape.relation.name {
        case "pg_namespace":
            for (oid, name) in [(CatalogObjects.catalogNamespace, "pg_catalog"), (CatalogObjects.informationSchemaNamespace, "information_schema")] {
                add(shape.row(["oid": .number(oid), "nspname": .text(name), "nspowner": .number(CatalogObjects.owner)]))
            }
            for namespace in objects.namespaces {
                add(shape.row(["oid": .number(namespace.oid), "nspname": .text(namespace.name), "nspowner": .number(CatalogObjects.owner)]))
            }
        case "pg_class":
            for relation in objects.relations {
                add(classRow(shape, relation))
                for index in relation.indexes { add(indexRow(shape, relation, index)) }
            }
            for sequence in objects.sequences { add(sequenceRow(shape, sequence)) }
        case "pg_attribute":
            for relation in objects.relations {
                for (index, column) in columns(relation.shown).enumerated() {
                    let isIdentity = objects.identity(of: relation.oid, number: index + 1) != nil
                    add(attributeRow(shape, relation.oid, column, number: index + 1, isIdentity: isIdentity))
                }
                for index in relation.indexes { addIndexAttributes(shape, relation, index) }
            }
        case "pg_attrdef":
            for relation in objects.relations where relation.kind == "r" {
                for (index, column) in columns(relation.shown).enumerated() {
                    guard let text = CatalogRows.expression(of: column, in: relation.shown.info) else { continue }
                    add(shape.row([
                        "oid": .number(CatalogRows.derived(relation.oid, index + 1)), "adrelid": .number(relation.oid), "adnum": .number(index + 1),
                        "adbin": .text(text),
                    ]))
                }
            }
        case "pg_tables":
            for relation in objects.relations where relation.kind == "r" {
                add(shape.row([
                    "schemaname": .text(relation.namespace.name), "tablename": .text(relation.name), "tableowner": .text(settings.userName),
                    "hasindexes": .flag(!relation.indexes.isEmpty), "hastriggers": .flag(relation.hasTriggers),
                ]))
            }
        case "pg_views":
            for relation in objects.relations where relation.kind == "v" {
                add(shape.row([
                    "schemaname": .text(relation.namespace.name), "viewname": .text(relation.name), "viewowner": .text(settings.userName),
                    "definition": .text(CatalogRows.viewQuery(relation.shown.info)),
                ]))
            }
        case "pg_indexes":
            for relation in objects.relations {
                for index in relation.indexes {
                    add(shape.row([
                        "schemaname": .text(relation.namespace.name), "tablename": .text(relation.name), "indexname": .text(index.shape.name),
                        "indexdef": .text(index.shape.definition(on: relation.qualifiedName)),
                    ]))
                }
            }
        case "pg_stat_user_tables", "pg_stat_all_tables", "pg_statio_user_tables", "pg_statio_all_tables":
            for relation in objects.relations where relation.kind == "r" {
                add(shape.row([
                    "relid": .number(relation.oid), "schemaname": .text(relation.namespace.name), "relname": .text(relation.name),
                ]))
            }
        case "pg_stat_user_indexes", "pg_stat_all_indexes":
            for relation in objects.relations {
                for index in relation.indexes {
                    add(shape.row([
                        "relid": .number(relation.oid), "indexrelid": .number(index.oid), "schemaname": .text(relation.namespace.name),
                        "relname": .text(relation.name), "indexrelname": .text(index.shape.name),
                    ]))
                }
            }
        default: return false
        }
        return true
    }

    private func classRow(_ shape: RowShape, _ relation: CatalogObjects.Relation) -> [Cell] {
        let isTable = relation.kind == "r"
        return shape.row([
            "oid": .number(relation.oid), "relname": .text(relation.name), "relnamespace": .number(relation.namespace.oid),
            "relowner": .number(CatalogObjects.owner), "relam": .number(isTable ? 2 : 0), "relfilenode": .number(isTable ? relation.oid : 0),
            "reltuples": .number(-1), "relhasindex": .flag(!relation.indexes.isEmpty), "relpersistence": .text("p"), "relkind": .character(relation.kind),
            "relnatts": .number(columns(relation.shown).count),
            "relchecks": .number(relation.constraints.filter { $0.shape.kind == .check }.count), "relhasrules": .flag(!isTable),
            "relhastriggers": .flag(relation.hasTriggers),
            "relispopulated": .flag(true), "relreplident": .text(isTable ? "d" : "n"),
        ])
    }

    private func indexRow(_ shape: RowShape, _ relation: CatalogObjects.Relation, _ index: CatalogObjects.Index) -> [Cell] {
        shape.row([
            "oid": .number(index.oid), "relname": .text(index.shape.name), "relnamespace": .number(relation.namespace.oid),
            "relowner": .number(CatalogObjects.owner), "relam": .number(CatalogRows.btree), "relfilenode": .number(index.oid), "reltuples": .number(-1),
            "relpersistence": .text("p"), "relkind": .text("i"), "relnatts": .number(index.shape.keys.count), "relispopulated": .flag(true),
            "relreplident": .text("n"),
        ])
    }

    private func attributeRow(_ shape: RowShape, _ relation: UInt32, _ column: ColumnInfo, number: Int, isIdentity: Bool = false) -> [Cell] {
        let type = column.postgreSQLType
        return shape.row([
            "attrelid": .number(relation), "attname": .text(column.name), "atttypid": .number(type.oid), "attstattarget": .number(-1),
            "attlen": .number(Int(type.length)), "attnum": .number(number), "attndims": .number(type.isArray ? 1 : 0), "attcacheoff": .number(-1),
            "atttypmod": .number(Int64(column.postgreSQLModifier)), "attbyval": .flag(type.isByValue), "attalign": .character(type.alignment),
            "attstorage": .character(type.storage), "attnotnull": .flag(column.isNotNull || column.isPrimaryKey),
            "atthasdef": .flag(column.defaultText != nil && column.identity == nil || column.generated != .no),
            "attidentity": .text(column.identity == .always ? "a" : (isIdentity || column.identity != nil ? "d" : "")),
            "attgenerated": .text(column.generated == .no ? "" : "s"),
            "attislocal": .flag(true), "attcollation": .number(CatalogRows.collation(of: column, type)),
        ])
    }

    private mutating func addIndexAttributes(_ shape: RowShape, _ relation: CatalogObjects.Relation, _ index: CatalogObjects.Index) {
        let table = relation.shown.info
        for (place, key) in index.shape.keys.enumerated() {
            let column = key.number > 0 ? table.columns[key.number - 1] : ColumnInfo(name: "expr", type: .varchar)
            var cells = ColumnInfo(name: column.name, type: column.type)
            cells.clientType = column.clientType
            add(attributeRow(shape, index.oid, cells, number: place + 1))
        }
    }

    // MARK: - What several relations say

    static let btree: UInt32 = 403

    /// An oid that follows from another one: of a column's default, of a view's rule.
    static func derived(_ oid: UInt32, _ number: Int) -> UInt32 {
        var ids = ObjectIDs()
        return ids.oid("\(oid) \(number)")
    }

    /// What `pg_get_expr` prints for a column: its default, or what it is computed by.
    static func expression(of column: ColumnInfo, in table: TableInfo) -> String? {
        if let text = column.defaultText { return column.identity == nil ? text : nil }
        guard column.generated != .no, case .definition(let definitions, _)? = table.definition?.body,
            let definition = definitions.first(where: { equalIgnoringASCIICase($0.name.text, column.name) })
        else { return nil }
        for constraint in definition.constraints {
            guard case .generated(let expr, _) = constraint.kind else { continue }
            let text = expr.range.text(in: table.sql)
            return text.isEmpty ? Printer.print(expr) : text
        }
        return nil
    }

    /// The query of a view without the CREATE VIEW before it.
    static func viewQuery(_ info: TableInfo) -> String? {
        guard let view = info.view else { return nil }
        guard let statement = try? Parser.parse(view.text, dialect: view.dialect).first, case .createView(let create) = statement.node else { return view.text }
        let text = create.select.range.text(in: view.text)
        return " " + (text.isEmpty ? Printer.print(create.select, target: view.dialect) : text) + ";"
    }

    private static func collation(of column: ColumnInfo, _ type: PostgreSQLType) -> UInt32 {
        guard type.category == "S" || type.element == PostgreSQLType.text.oid else { return 0 }
        switch column.collation.map(foldedASCII) {
        case "nocase": return ownCollations[0].oid
        case "rtrim": return ownCollations[1].oid
        default: return defaultCollation
        }
    }

    static let defaultCollation: UInt32 = 100

    /// SQLite's collations, which PostgreSQL has not.
    static let ownCollations: [(oid: UInt32, name: String)] = ["nocase", "rtrim"].map { name in
        var ids = ObjectIDs()
        return (ids.oid("collation " + name), name)
    }
}
