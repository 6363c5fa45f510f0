import Engine
import PageStore
import SQLDialect

/// Makes tables of a live branch agree with its parent: the first write to a table makes it the branch's own.
///
/// A live branch is a fork whose tables are hidden until they are its own. What a hidden table holds is known by the parent's
/// version it is as of (`BranchRecord.versionOfHidden`); the difference of the parent between that version and now is applied
/// to it, page-level where the table's definition is the same. Its indexes and triggers are then made those of the parent.
/// Confined to the session that holds the branch's writer slot.
struct LiveTables {
    let context: StoreContext
    let connection: Connection
    /// The parent as of the moment all tables of one statement are taken from.
    let parent: Snapshot
    /// The parent's schema.
    let objects: [SchemaEntry]
    /// The name under which the parent is attached.
    let alias: String
    private let now: DatabaseImage

    /// An older version of the parent with its schema.
    struct Past {
        let snapshot: Snapshot
        let image: DatabaseImage
        let objects: [SchemaEntry]

        func table(_ name: String) -> SchemaEntry? { objects.first { $0.type == "table" && equalIgnoringASCIICase($0.name, name) } }
    }

    init(context: StoreContext, connection: Connection, parent: BranchID) throws(BranchLiteError) {
        self.context = context
        self.connection = connection
        // A transaction that reads one moment of the store takes its tables from that moment too.
        self.parent = try connection.transaction.pinsMoment
            ? mapEngine { () throws(EngineError) in try connection.transaction.snapshotAtMoment(of: parent) } : context.snapshot(of: parent)
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

    /// Tables and views of the parent that a user sees.
    var names: [String] {
        objects.filter { ($0.type == "table" || $0.type == "view") && !BranchSchema.isInternal($0.name) }.map(\.name)
    }

    func entry(_ name: String) -> SchemaEntry? {
        objects.first { ($0.type == "table" || $0.type == "view") && equalIgnoringASCIICase($0.name, name) }
    }

    /// Brings the branch's hidden copy of `name` to what the parent has now.
    /// - Parameters:
    ///   - known: the parent's version the hidden copy is as of.
    ///   - owned: the tables that are the branch's own.
    func bringUp(_ name: String, from known: VersionID, owned: [String: OwnedTable]) throws(BranchLiteError) {
        guard let entry = entry(name) else {
            throw BranchLiteError("BL_NO_SUCH_TABLE", "there is no table '\(name)' any more", details: ["table": .string(name)])
        }
        let isThere = try physicalDefinition(entry) == entry.sql
        if entry.type == "view" {
            if !isThere { try recreate(entry) }
        } else if LiveTables.isVirtual(entry) {
            try bringUpVirtual(entry, from: known, isThere: isThere)
            return
        } else {
            try dropParts(of: entry)
            if !isThere {
                try recreate(entry)
                try clearViewsAndTriggers(owned: owned)
            } else if known != parent.version {
                try bringUpRows(entry, from: known)
            }
            try copySequence(entry.name)
            try copyIdentities(entry.name)
        }
        try makeParts(of: entry, owned: owned)
    }

    private func bringUpRows(_ entry: SchemaEntry, from known: VersionID) throws(BranchLiteError) {
        guard let before = try past(known), let was = before.table(entry.name), was.sql == entry.sql, was.rootPage != 0 else {
            return try recreate(entry)
        }
        try apply(entry, was, before)
    }

    /// The text of the branch's hidden table or view; nil where it has none of that name and kind.
    private func physicalDefinition(_ entry: SchemaEntry) throws(BranchLiteError) -> String? {
        let rows = try mapEngine { () throws(EngineError) in
            try connection.query("SELECT sql FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type = ?2", [.text(entry.name), .text(entry.type)])
        }
        if case .text(let sql)? = rows.first?.first { return sql }
        return nil
    }

    /// An older version of the parent; nil when it is not kept any more.
    func past(_ version: VersionID) throws(BranchLiteError) -> Past? {
        guard let snapshot = try? context.store.snapshot(at: version) else { return nil }
        let pages = SnapshotPages(snapshot, pageSize: context.store.pageSize)
        return try mapTree { () throws(BTreeError) in
            let image = try DatabaseImage(pages)
            return Past(snapshot: snapshot, image: image, objects: try image.schema())
        }
    }

    static func isVirtual(_ entry: SchemaEntry) -> Bool { entry.rootPage == 0 && entry.type == "table" }

    func difference(_ before: Past) throws(BranchLiteError) -> DatabaseDiff {
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

    /// Drops what the branch has under the name and makes the table or view anew from the parent, with its rows.
    func recreate(_ entry: SchemaEntry) throws(BranchLiteError) {
        guard let sql = entry.sql else { throw BranchLiteError("BL_CORRUPT", "'\(entry.name)' has no definition") }
        let copy: String?
        if entry.type == "view" {
            copy = nil
        } else {
            let info = try mapSQL { () throws(SQLError) in try TableInfo(parsing: sql) }
            let columns = LiveTables.columnList(info, rowid: LiveTables.rowidName(info))
            let table = quoteIdentifier(entry.name)
            copy = "INSERT INTO main.\(table) (\(columns)) SELECT \(columns) FROM \(quoteIdentifier(alias)).\(table)"
        }
        try mapEngine { () throws(EngineError) in
            try connection.withoutEnforcement { () throws(EngineError) in
                try dropRelation(entry.name)
                try connection.execute(sql)
                if let copy { try connection.execute(copy, []) }
            }
        }
    }

    func dropRelation(_ name: String) throws(EngineError) {
        let found = try connection.query(
            "SELECT type FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')", [.text(name)])
        guard case .text(let type)? = found.first?.first else { return }
        try connection.execute("DROP \(type == "view" ? "VIEW" : "TABLE") main.\(quoteIdentifier(name))")
    }

    /// What the table and its columns were made as is what the parent's were: a merge tells renames by it.
    private func copyIdentities(_ table: String) throws(BranchLiteError) {
        let isInParent = objects.contains { $0.name == IdentityTable.name }
        try mapEngine { () throws(EngineError) in
            let isHere = try !connection.query("SELECT 1 FROM main.sqlite_schema WHERE name = ?1", [.text(IdentityTable.name)]).isEmpty
            if !isInParent, !isHere { return }
            let (name, key) = (quoteIdentifier(IdentityTable.name), foldedASCII(table))
            let (condition, values) = ("WHERE scope = ?1 OR (scope = ?2 AND name = ?3)", [SQLiteValue.text(IdentityTable.columns(of: key)), .text(IdentityTable.tables), .text(key)])
            if isHere { try connection.execute("DELETE FROM main.\(name) \(condition)", values) }
            guard isInParent, try !connection.query("SELECT 1 FROM \(quoteIdentifier(alias)).\(name) \(condition) LIMIT 1", values).isEmpty else { return }
            try connection.execute(IdentityTable.definition)
            try connection.execute("INSERT INTO main.\(name) SELECT * FROM \(quoteIdentifier(alias)).\(name) \(condition)", values)
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
}
