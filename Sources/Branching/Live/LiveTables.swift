import Engine
import PageStore
import SQLDialect

/// Makes tables of a live branch agree with its parent: the first write to a table makes it the branch's own.
///
/// A live branch is a fork whose tables are hidden until they are its own. What a hidden table holds is known by the parent's
/// version it is as of (`BranchRecord.versionOfHidden`); the difference of the parent between that version and now is applied
/// to it, page-level where the schema is the same. Confined to the session that holds the branch's writer slot.
struct LiveTables {
    let context: StoreContext
    let connection: Connection
    /// The parent as of the moment all tables of one statement are taken from.
    let parent: Snapshot
    private let alias: String
    private let now: DatabaseImage
    private let objects: [SchemaEntry]

    init(context: StoreContext, connection: Connection, parent: BranchID) throws(BranchLiteError) {
        self.context = context
        self.connection = connection
        self.parent = try context.snapshot(of: parent)
        let pages = SnapshotPages(self.parent, pageSize: context.store.pageSize)
        let image = try mapTree { () throws(BTreeError) in try DatabaseImage(pages) }
        now = image
        objects = try mapTree { () throws(BTreeError) in try image.schema() }
        alias = "_bl_parent_v\(self.parent.version.rawValue)"
        let target = BranchTarget.pinned(self.parent)
        let name = alias
        try mapEngine { () throws(EngineError) in try connection.ensureAttached([(name, target)]) }
    }

    /// Whether the parent has a table or view of that name.
    func has(_ name: String) -> Bool { entry(name) != nil }

    func isView(_ name: String) -> Bool { entry(name)?.type == "view" }

    private func entry(_ name: String) -> SchemaEntry? {
        objects.first { ($0.type == "table" || $0.type == "view") && equalIgnoringASCIICase($0.name, name) }
    }

    /// Brings the branch's hidden copy of `name` to what the parent has now.
    /// - Parameter known: the parent's version the hidden copy is as of.
    func bringUp(_ name: String, from known: VersionID) throws(BranchLiteError) {
        guard let entry = entry(name) else {
            throw BranchLiteError("BL_NO_SUCH_TABLE", "there is no table '\(name)' any more", details: ["table": .string(name)])
        }
        if known == parent.version { return }
        let before = try past(known)
        let unchangedSchema = before.map { definition(of: name, in: $0.objects) == definition(of: name, in: objects) } ?? false
        if entry.type == "view" {
            if !unchangedSchema { try recreate(entry) }
            return
        }
        if LiveTables.isVirtual(entry) {
            guard unchangedSchema, let before, try isUntouched(virtual: name, before) else {
                throw BranchLiteError(
                    "BL_UNSUPPORTED", "the virtual table '\(name)' has changed on the parent since the branch was made; a live branch cannot take it over",
                    hint: "RESET BRANCH, or use a snapshot branch", details: ["table": .string(name)])
            }
            return
        }
        if unchangedSchema, let before, let was = before.objects.first(where: { $0.type == "table" && equalIgnoringASCIICase($0.name, name) }) {
            try apply(entry, was, before)
        } else {
            try recreate(entry)
        }
        try copySequence(entry.name)
    }

    /// An older version of the parent with its schema; nil when it is not kept any more.
    private func past(_ version: VersionID) throws(BranchLiteError) -> (snapshot: Snapshot, image: DatabaseImage, objects: [SchemaEntry])? {
        guard let snapshot = try? context.store.snapshot(at: version) else { return nil }
        let pages = SnapshotPages(snapshot, pageSize: context.store.pageSize)
        return try mapTree { () throws(BTreeError) in
            let image = try DatabaseImage(pages)
            return (snapshot, image, try image.schema())
        }
    }

    /// What makes up a table: its own row of the schema and those of its indexes and triggers.
    private func definition(of name: String, in objects: [SchemaEntry]) -> Set<[String]> {
        Set(objects.filter { equalIgnoringASCIICase($0.tableName, name) }.map { [$0.type, $0.name, $0.sql ?? ""] })
    }

    private static func isVirtual(_ entry: SchemaEntry) -> Bool { entry.rootPage == 0 && entry.type == "table" }

    private func isUntouched(
        virtual name: String, _ before: (snapshot: Snapshot, image: DatabaseImage, objects: [SchemaEntry])
    ) throws(BranchLiteError) -> Bool {
        let diff = try difference(before)
        let prefix = foldedASCII(name) + "_"
        for entry in objects where entry.rootPage > 0 && foldedASCII(entry.tableName).hasPrefix(prefix) {
            guard let was = before.objects.first(where: { $0.type == entry.type && $0.name == entry.name }),
                diff.isUntouched(oldRoot: was.rootPage, newRoot: entry.rootPage)
            else { return false }
        }
        return true
    }

    private func difference(
        _ before: (snapshot: Snapshot, image: DatabaseImage, objects: [SchemaEntry])
    ) throws(BranchLiteError) -> DatabaseDiff {
        var changed: [PageNumber] = []
        do {
            try parent.forEachChangedPage(since: before.snapshot) { page in
                changed.append(page)
                return true
            }
        } catch { throw BranchLiteError(any: error) }
        let pages = changed
        return try mapTree { () throws(BTreeError) in try DatabaseDiff(old: before.image, new: now, changedPages: pages) }
    }

    // MARK: - Rows

    /// Applies the parent's changes to the hidden copy: only rows that differ are touched.
    private func apply(
        _ entry: SchemaEntry, _ was: SchemaEntry, _ before: (snapshot: Snapshot, image: DatabaseImage, objects: [SchemaEntry])
    ) throws(BranchLiteError) {
        let diff = try difference(before)
        if diff.isUntouched(oldRoot: was.rootPage, newRoot: entry.rootPage) { return }
        guard let info = try? TableInfo(parsing: entry.sql ?? ""), let key = LiveTables.keyColumns(info) else { return try recreate(entry) }
        let stored = try mapEngine { () throws(EngineError) in try connection.storedTable(entry.name, in: alias) }
        let keys = try mapTree { () throws(BTreeError) -> (gone: [[SQLiteValue]], came: [[SQLiteValue]]) in
            let changes = try diff.rows(
                old: TableSide(root: was.rootPage, layout: stored.layout), new: TableSide(root: entry.rootPage, layout: stored.layout))
            var gone: [[SQLiteValue]] = []
            var came: [[SQLiteValue]] = []
            while let change = try changes.next() {
                let values = try change.key().values()
                if change.kind != .inserted { gone.append(values) }
                if change.kind != .deleted { came.append(values) }
            }
            return (gone, came)
        }
        let table = quoteIdentifier(entry.name)
        let columns = LiveTables.columnList(info, rowid: LiveTables.rowidName(info))
        let condition = key.enumerated().map { "\($1) IS ?\($0 + 1)" }.joined(separator: " AND ")
        let (delete, insert) = (
            "DELETE FROM main.\(table) WHERE \(condition)",
            "INSERT INTO main.\(table) (\(columns)) SELECT \(columns) FROM \(quoteIdentifier(alias)).\(table) WHERE \(condition)"
        )
        // All removals first: an updated row may take a unique value that another gave up.
        try mapEngine { () throws(EngineError) in
            try connection.withoutEnforcement { () throws(EngineError) in
                for row in keys.gone { try connection.execute(delete, row) }
                for row in keys.came { try connection.execute(insert, row) }
            }
        }
    }

    /// What identifies a row in SQL: the rowid, or the primary key of a WITHOUT ROWID table in key order.
    private static func keyColumns(_ info: TableInfo) -> [String]? {
        if info.isWithoutRowid { return info.primaryKey.map { quoteIdentifier(info.columns[$0].name) } }
        return rowidName(info).map { [$0] }
    }

    /// A name of the rowid that no column hides.
    private static func rowidName(_ info: TableInfo) -> String? {
        ["rowid", "_rowid_", "oid"].first { name in !info.columns.contains { $0.key == name } }
    }

    /// Columns that an INSERT can name, the rowid first unless a column is it.
    private static func columnList(_ info: TableInfo, rowid: String?) -> String {
        var names = info.columns.filter { $0.generated == .no && !$0.isHidden }.map { quoteIdentifier($0.name) }
        if let rowid, info.rowidAlias == nil, !info.isWithoutRowid { names.insert(rowid, at: 0) }
        return names.joined(separator: ", ")
    }

    /// Drops the hidden copy and makes it anew from the parent: table, rows, indexes, triggers.
    private func recreate(_ entry: SchemaEntry) throws(BranchLiteError) {
        let isView = entry.type == "view"
        guard let sql = entry.sql else { throw BranchLiteError("BL_CORRUPT", "'\(entry.name)' has no definition") }
        let rest = objects.filter { $0.sql != nil && ($0.type == "index" || $0.type == "trigger") && equalIgnoringASCIICase($0.tableName, entry.name) }
        let copy: String?
        if isView {
            copy = nil
        } else {
            let info = try mapSQL { () throws(SQLError) in try TableInfo(parsing: sql) }
            let columns = LiveTables.columnList(info, rowid: LiveTables.rowidName(info))
            let table = quoteIdentifier(entry.name)
            copy = "INSERT INTO main.\(table) (\(columns)) SELECT \(columns) FROM \(quoteIdentifier(alias)).\(table)"
        }
        try mapEngine { () throws(EngineError) in
            try connection.withoutEnforcement { () throws(EngineError) in
                for found in try connection.query("SELECT type FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')", [.text(entry.name)]) {
                    guard case .text(let type)? = found.first else { continue }
                    try connection.execute("DROP \(type == "view" ? "VIEW" : "TABLE") main.\(quoteIdentifier(entry.name))")
                }
                for object in rest {
                    try connection.execute("DROP \(object.type == "index" ? "INDEX" : "TRIGGER") IF EXISTS main.\(quoteIdentifier(object.name))")
                }
                try connection.execute(sql)
                if let copy { try connection.execute(copy, []) }
                for object in rest where object.type == "index" { if let sql = object.sql { try connection.execute(sql) } }
                for object in rest where object.type == "trigger" { if let sql = object.sql { try connection.execute(sql) } }
            }
        }
    }

    /// AUTOINCREMENT goes on where the parent's stands.
    private func copySequence(_ table: String) throws(BranchLiteError) {
        guard objects.contains(where: { $0.name == "sqlite_sequence" }) else { return }
        try mapEngine { () throws(EngineError) in
            guard try !connection.query("SELECT 1 FROM main.sqlite_schema WHERE name = 'sqlite_sequence'").isEmpty else { return }
            let source = "\(quoteIdentifier(alias)).sqlite_sequence"
            guard try !connection.query("SELECT 1 FROM \(source) WHERE name = ?1", [.text(table)]).isEmpty else { return }
            try connection.execute("DELETE FROM main.sqlite_sequence WHERE name = ?1", [.text(table)])
            try connection.execute("INSERT INTO main.sqlite_sequence SELECT * FROM \(source) WHERE name = ?1", [.text(table)])
        }
    }

    /// Drops tables and views that are neither the branch's own nor (any more) its parent's: their names are free again.
    func dropLeftovers(owned: [String: OwnedTable]) throws(BranchLiteError) {
        let physical = try mapEngine { () throws(EngineError) in
            try connection.query("SELECT name, type FROM main.sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
        }
        for row in physical {
            guard case .text(let name)? = row.first, case .text(let type)? = row.last else { continue }
            let key = foldedASCII(name)
            if let own = owned[key], own.kind != .dropped { continue }
            if owned[key]?.kind != .dropped, has(name) { continue }
            try mapEngine { () throws(EngineError) in
                try connection.withoutEnforcement { () throws(EngineError) in
                    try connection.execute("DROP \(type == "view" ? "VIEW" : "TABLE") IF EXISTS main.\(quoteIdentifier(name))")
                }
            }
        }
    }

    /// Tables and views of the parent that a user sees.
    var names: [String] {
        objects.filter { ($0.type == "table" || $0.type == "view") && !BranchSchema.isInternal($0.name) }.map(\.name)
    }
}
