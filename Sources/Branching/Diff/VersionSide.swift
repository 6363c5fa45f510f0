import Engine
import PageStore
import SQLDialect

/// One side of a comparison: a pinned version with its pages, its schema and, where one is needed, a read-only connection to
/// ask SQLite. Belongs to one thread; give it back with `close()`.
final class VersionSide {
    let context: StoreContext
    let snapshot: Snapshot
    let image: DatabaseImage
    let objects: [SchemaEntry]
    let schema: BranchSchema
    private var opened: Connection?
    private var shapes: [String: TableShape] = [:]
    let identityMemo: IdentityMemo
    private var isOpen = true

    init(_ context: StoreContext, _ snapshot: Snapshot) throws(BranchLiteError) {
        self.context = context
        self.snapshot = snapshot
        let pages = SnapshotPages(snapshot, pageSize: context.store.pageSize)
        let image = try mapTree { () throws(BTreeError) in try DatabaseImage(pages) }
        self.image = image
        objects = try mapTree { () throws(BTreeError) in try image.schema() }
        identityMemo = IdentityMemo()
        schema = try context.schemas.schema(at: snapshot)
    }

    /// A read-only connection to the version, opened when it is first asked for.
    var connection: Connection {
        get throws(BranchLiteError) {
            if let opened { return opened }
            let made = try mapEngine { () throws(EngineError) in try context.engine.checkout(.pinned(snapshot), readOnly: true) }
            opened = made
            return made
        }
    }

    /// The same version with some of its tables and columns called otherwise: in a transaction that nobody sees and that is rolled
    /// back with `close()`. Its rows lie where they lay.
    init(_ side: VersionSide, renamed script: MergeNames.Script) throws(BranchLiteError) {
        context = side.context
        snapshot = side.snapshot
        image = side.image
        identityMemo = IdentityMemo(script)
        let (context, snapshot) = (side.context, side.snapshot)
        let connection = try mapEngine { () throws(EngineError) in try context.engine.checkout(.pinned(snapshot)) }
        do throws(BranchLiteError) {
            objects = try VersionSide.rename(script, on: connection)
            schema = try SchemaCache.schema(on: connection)
        } catch {
            context.engine.checkin(connection)
            throw error
        }
        opened = connection
    }

    private static func rename(_ script: MergeNames.Script, on connection: Connection) throws(BranchLiteError) -> [SchemaEntry] {
        try mapEngine { () throws(EngineError) in
            try connection.transaction.begin(.readCommitted)
            _ = try connection.transaction.prepareToWritePrivately()
        }
        try connection.rename(script)
        let rows = try mapEngine { () throws(EngineError) in
            try connection.query("SELECT type, name, tbl_name, rootpage, sql FROM main.sqlite_schema")
        }
        return rows.compactMap { row in
            guard case .text(let type) = row[0], case .text(let name) = row[1], case .text(let table) = row[2] else { return nil }
            var root: PageNumber = 0
            if case .integer(let page) = row[3] { root = PageNumber(truncatingIfNeeded: page) }
            let sql: String? = if case .text(let text) = row[4] { text } else { nil }
            return SchemaEntry(type: type, name: name, tableName: table, rootPage: root, sql: sql)
        }
    }

    var version: VersionID { snapshot.version }

    /// Tables with rows of their own that a user sees, by folded name: no views, no virtual tables, nor the tables those keep
    /// their data in.
    private(set) lazy var tables: [String: SchemaEntry] = {
        var found: [String: SchemaEntry] = [:]
        for entry in objects where entry.type == "table" && entry.rootPage != 0 && !BranchSchema.isInternal(entry.name) {
            let key = foldedASCII(entry.name)
            if shadowTables[key] == nil { found[key] = entry }
        }
        return found
    }()

    /// Virtual tables, with the objects they keep their data in (FTS5's and R-tree's shadow tables).
    private(set) lazy var virtualTables: [String: (entry: SchemaEntry, shadows: [SchemaEntry])] = {
        var found: [String: (entry: SchemaEntry, shadows: [SchemaEntry])] = [:]
        for entry in objects where entry.type == "table" && entry.rootPage == 0 {
            let key = foldedASCII(entry.name)
            found[key] = (entry, objects.filter { $0.rootPage != 0 && shadowTables[foldedASCII($0.tableName)] == key })
        }
        return found
    }()

    /// The tables that virtual tables keep their data in, by folded name, and whose they are. SQLite knows them by the module's
    /// own suffixes, so a table of the user's that only begins alike is not among them.
    private(set) lazy var shadowTables: [String: String] = {
        let virtual = objects.filter { $0.type == "table" && $0.rootPage == 0 }.map { foldedASCII($0.name) }
        guard !virtual.isEmpty else { return [:] }
        // They follow from the names of the tables and from which modules the virtual ones have.
        let definitions = objects.filter { $0.type == "table" }.map { $0.rootPage == 0 ? $0.sql ?? $0.name : $0.name }
        if let known = context.shapes.shadows(of: definitions) { return known }
        // A module that is not there names no shadow tables; its data then shows as tables.
        guard let rows = try? connection.query("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'") else { return [:] }
        var found: [String: String] = [:]
        for row in rows {
            guard case .text(let name)? = row.first else { continue }
            let key = foldedASCII(name)
            found[key] = virtual.filter { key.hasPrefix($0 + "_") }.max { $0.utf8.count < $1.utf8.count }
        }
        context.shapes.keep(shadows: found, of: definitions)
        return found
    }()

    /// Whether nothing of a table or virtual table differs from another version of it, by its pages alone (false: perhaps).
    func isUntouched(_ key: String, since old: VersionSide, _ pages: DatabaseDiff) -> Bool {
        if let was = old.tables[key], let now = tables[key] {
            return was.sql == now.sql && pages.isUntouched(oldRoot: was.rootPage, newRoot: now.rootPage)
        }
        guard let was = old.virtualTables[key], let now = virtualTables[key] else { return false }
        return was.entry.sql == now.entry.sql && now.shadows.allSatisfy { shadow in
            guard let before = was.shadows.first(where: { $0.type == shadow.type && $0.name == shadow.name }) else { return false }
            return pages.isUntouched(oldRoot: before.rootPage, newRoot: shadow.rootPage)
        }
    }

    /// How a table's rows are stored and told apart; nil when there is no such table.
    func shape(_ name: String) throws(BranchLiteError) -> TableShape? {
        let key = foldedASCII(name)
        if let known = shapes[key] { return known }
        guard let entry = tables[key] else { return nil }
        let shape = try shape(of: entry)
        shapes[key] = shape
        return shape
    }

    /// The shape of any table with rows of its own, those that virtual tables keep their data in included.
    func shape(of entry: SchemaEntry) throws(BranchLiteError) -> TableShape? {
        let form: TableShape
        if let known = context.shapes[entry] {
            form = known
        } else {
            guard let info = schema.table(entry.name) else { return nil }
            let connection = try connection
            let stored = try mapEngine { () throws(EngineError) in try connection.storedTable(entry.name) }
            form = TableShape(root: entry.rootPage, stored: stored, info: info)
            context.shapes[entry] = form
        }
        let index = form.stored.primaryKey?.indexName
        return form.at(entry.rootPage, keyRoot: index.flatMap { name in objects.first { $0.type == "index" && $0.name == name }?.rootPage })
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        if let opened { context.engine.checkin(opened) }
        opened = nil
    }

    deinit { close() }
}
