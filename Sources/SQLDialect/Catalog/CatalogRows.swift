/// A table or view as the catalog shows it.
struct ShownTable: Sendable {
    var branch: BranchKey
    /// The schema users would write: `main`, `branch_<id>`, or a schema of the branch.
    var schema: String
    var name: String
    var info: TableInfo
    /// A live branch reads it through.
    var isReadThrough: Bool
    var holder: BranchKey
}

/// The rows of one table, being made.
struct CatalogRows {
    let catalog: any Catalog
    let settings: LoweringSettings
    private(set) var rows: [[SystemRows.Value]] = []
    /// Branches that the statement asks for by its WHERE.
    private var others: [BranchKey] = []
    /// Whether the tables of those are left out.
    private(set) var omitsTablesOfOthers = false

    init(catalog: any Catalog, settings: LoweringSettings) {
        self.catalog = catalog
        self.settings = settings
    }

    /// The objects with their oids; made when first asked for.
    private var knownObjects: CatalogObjects?

    enum Cell {
        case null
        case text(String)
        case number(Int64)
        case flag(Bool)
        case list([Cell])

        static func number(_ value: UInt32) -> Cell { .number(Int64(value)) }
        static func number(_ value: Int) -> Cell { .number(Int64(value)) }
        static func character(_ value: Character) -> Cell { .text(String(value)) }
        static func text(_ value: String?) -> Cell { value.map { .text($0) } ?? .null }
    }

    mutating func add(_ cells: [Cell]) { rows.append(cells.map(CatalogRows.value)) }

    static func value(_ cell: Cell) -> SystemRows.Value {
        switch cell {
        case .null: return .null
        case .text(let text): return .text(text)
        case .number(let number): return .number(number)
        case .flag(let flag): return .number(flag ? 1 : 0)
        case .list(let items):
            var json = ""
            write(items, into: &json)
            return .text(json)
        }
    }

    /// A list as lists are stored: JSON.
    private static func write(_ cells: [Cell], into json: inout String) {
        json += "["
        for (index, cell) in cells.enumerated() {
            if index > 0 { json += "," }
            switch cell {
            case .null: json += "null"
            case .text(let text): ListText.appendString(text, to: &json)
            case .number(let number): json += String(number)
            case .flag(let flag): json += flag ? "1" : "0"
            case .list(let items): write(items, into: &json)
            }
        }
        json += "]"
    }

    /// Whether no schema is found without a qualifier: `search_path` is empty, as pg_dump has it.
    var isPathEmpty: Bool { CatalogRows.isPathEmpty(catalog) }

    static func isPathEmpty(_ catalog: any Catalog) -> Bool { catalog.setting("search_path").map { $0.allSatisfy { $0 == " " || $0 == "\"" || $0 == "'" } } ?? false }

    var database: String { catalog.connectionName ?? settings.databaseName }

    /// The branches whose rows are shown: the session's own, main and those that WHERE asks for, or the one that is named.
    func branches(_ table: SystemTable) -> [BranchKey] {
        if let branch = table.branch { return [branch] }
        return (catalog.activeBranch == .main ? [.main] : [catalog.activeBranch, .main]) + others
    }

    /// Whether only a branch's default schema is shown: the name of one inside it means nothing, or something else, in the session.
    func showsDefaultSchemaOnly(_ branch: BranchKey) -> Bool { others.contains(branch) }

    func tables(of branch: BranchKey) throws(SQLError) -> [ShownTable] {
        var result: [ShownTable] = []
        for entry in try Visibility.tables(of: branch, in: catalog) {
            guard let info = try catalog.schema(of: entry.holder, at: nil).table(entry.name) else { continue }
            let decoded = SchemaNaming.decode(entry.name)
            result.append(ShownTable(
                branch: branch, schema: decoded.schema ?? branch.schemaName, name: decoded.name, info: info, isReadThrough: entry.holder != branch,
                holder: entry.holder))
        }
        return result
    }

    func schemas(of branch: BranchKey) throws(SQLError) -> [String] {
        var names = try catalog.schema(of: branch, at: nil).schemaNames
        if let live = catalog.live(of: branch) { for name in try catalog.schema(of: live.parent, at: nil).schemaNames where !names.contains(name) { names.append(name) } }
        return [branch.schemaName] + names
    }

    func columns(_ table: ShownTable) -> [ColumnInfo] {
        guard table.info.kind == .view else { return table.info.columns.filter { !$0.isHidden } }
        let binder = Binder(catalog: catalog, settings: settings, statement: Statement(.checkpoint(nil)), source: "")
        let resolved = ResolvedTable(kind: .view(table.info, context: table.branch), branch: table.holder, addressed: table.branch, moment: nil)
        // A view that has come to be broken has no columns to show.
        guard let query = try? binder.bindView(table.info, resolved: resolved, context: table.branch, range: .none) else { return [] }
        return query.columns.map { column in
            var info = ColumnInfo(name: column.name, type: column.type)
            info.clientType = column.origin?.client
            return info
        }
    }

    /// The schema's rows, a live branch's as it shows them.
    func visibleRows(of branch: BranchKey) throws(SQLError) -> [SchemaRow] {
        let rows = try catalog.schema(of: branch, at: nil).rows
        guard let live = catalog.live(of: branch) else { return rows }
        let through = try visibleRows(of: live.parent).filter {
            let key = foldedASCII($0.tableName)
            return !live.owned.contains(key) && !live.dropped.contains(key)
        }
        return rows.filter { live.owned.contains(foldedASCII($0.tableName)) } + through
    }

    private func viewText(_ info: TableInfo) -> Cell { .text(info.view?.text) }

    /// What there is to show, with oids.
    mutating func objects(_ branch: BranchKey?) throws(SQLError) -> CatalogObjects {
        if let knownObjects { return knownObjects }
        let made = try CatalogObjects(self, branch: branch)
        knownObjects = made
        return made
    }

    /// What a table shows, with oids.
    mutating func objects(shownBy table: SystemTable) throws(SQLError) -> CatalogObjects {
        ask(table)
        return try objects(table.branch)
    }

    var madeObjects: CatalogObjects? { knownObjects }

    mutating func use(_ objects: CatalogObjects) { knownObjects = objects }

    private mutating func ask(_ table: SystemTable) {
        guard !table.asked.isEmpty else { return }
        var seen: Set<BranchKey> = [catalog.activeBranch, .main]
        others = table.asked.flatMap { $0.branches(in: catalog) }.filter { seen.insert($0).inserted }
        omitsTablesOfOthers = table.showsSchemasOnly
    }

    mutating func fill(_ table: SystemTable) throws(SQLError) {
        ask(table)
        switch table.name {
        case .relation(let name):
            guard let relation = CatalogRelation.all[name] else { break }
            try fill(relation, branch: table.branch)
            // The hidden column `tableoid`.
            if relation.hasTableOID { for place in rows.indices { rows[place].append(.number(Int64(relation.oid))) } }
        case .lookup(let lookup): try fill(lookup, branch: table.branch)
        case .duckdbSchemas:
            for branch in branches(table) {
                for schema in showsDefaultSchemaOnly(branch) ? [branch.schemaName] : try schemas(of: branch) { add([.text(database), .text(schema), .flag(false)]) }
            }
        case .duckdbTables:
            for relation in try objects(table.branch).relations where relation.kind == "r" {
                let info = relation.shown.info
                add([
                    .text(database), .text(relation.namespace.name), .number(relation.namespace.oid), .text(relation.name), .number(relation.oid), .flag(false),
                    .flag(false), .flag(!info.primaryKey.isEmpty), .null, .number(columns(relation.shown).count), .number(relation.indexes.count),
                    .number(relation.constraints.count { $0.shape.kind == .check }), .text(info.sql),
                ])
            }
        case .sqliteSchema:
            let branch = table.branch ?? catalog.activeBranch
            for row in try visibleRows(of: branch) where !foldedASCII(row.name).hasPrefix("_bl_") || SchemaNaming.decode(row.name).schema != nil {
                add([.text(row.type), .text(row.name), .text(row.tableName), .number(0), .text(row.sql)])
            }
        case .tableInfo, .describe:
            let branch = table.branch ?? catalog.activeBranch
            guard let subject = table.subject, let shown = try tables(of: branch).first(where: { equalIgnoringASCIICase($0.info.name, subject) }) else { break }
            for (index, column) in columns(shown).enumerated() {
                add([
                    .number(Int64(index)), .text(column.name), .text(column.type.name), .flag(column.isNotNull || column.isPrimaryKey),
                    .text(column.defaultText), .flag(column.isPrimaryKey),
                ])
            }
        case .showTables:
            let branch = table.branch ?? catalog.activeBranch
            let names = try tables(of: branch).filter { shown in
                table.subject == nil ? true : SchemaNaming.decode(shown.info.name).schema.map { equalIgnoringASCIICase($0, table.subject ?? "") } ?? false
            }.map(\.name).sorted()
            for name in names { add([.text(name)]) }
        default:
            for branch in branches(table) {
                let isOther = showsDefaultSchemaOnly(branch)
                for shown in try tables(of: branch) where !isOther || shown.schema == branch.schemaName { try fill(table.name, shown) }
            }
        }
    }

    private mutating func fill(_ name: SystemTable.Name, _ shown: ShownTable) throws(SQLError) {
        let info = shown.info
        let isView = info.kind == .view
        switch name {
        case .duckdbViews:
            if isView { add([.text(database), .text(shown.schema), .text(shown.name), .flag(false), .number(Int64(columns(shown).count)), viewText(info)]) }
        case .duckdbColumns:
            for (index, column) in columns(shown).enumerated() {
                add([
                    .text(database), .text(shown.schema), .text(shown.name), .text(column.name), .number(Int64(index + 1)), .text(column.defaultText),
                    .flag(!(column.isNotNull || column.isPrimaryKey)), .text(column.type.name),
                ])
            }
        case .duckdbIndexes:
            for row in try catalog.schema(of: shown.holder, at: nil).indexes(of: info.name) {
                add([
                    .text(database), .text(shown.schema), .text(SchemaNaming.decode(row.name).name), .text(shown.name),
                    .flag(row.sql?.uppercased().hasPrefix("CREATE UNIQUE") ?? false), .flag(false), .text(row.sql),
                ])
            }
        default: break
        }
    }
}
