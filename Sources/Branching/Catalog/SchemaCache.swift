import Engine
import PageStore
import SQLDialect

/// What tells one state of a branch's schema from another: SQLite's cookie, and the branch's generation because heads can
/// move back to an older cookie.
struct SchemaStamp: Hashable, Sendable {
    var generation: UInt64
    var cookie: UInt32
}

/// The schemas of branches, read once per schema version and shared by all sessions. Thread-safe.
final class SchemaCache: Sendable {
    struct Entry: Sendable {
        /// The head at which `stamp` was last seen.
        var head: VersionID
        var stamp: SchemaStamp
        var schema: BranchSchema
    }

    /// Branches whose schema is kept; beyond it the cache starts anew, for it is quick to fill.
    static let capacity = 4_096
    /// Schemas of older versions that are kept.
    static let pastCapacity = 256

    private struct State {
        var heads: [BranchID: Entry] = [:]
        var past: [VersionID: BranchSchema] = [:]
    }

    private let state = Guarded(State())
    private let engine: Engine
    private let store: Store

    init(engine: Engine, store: Store) {
        self.engine = engine
        self.store = store
    }

    /// The stamp and schema of a branch as it is now.
    func current(of branch: BranchID) throws(BranchLiteError) -> Entry {
        let known = state.withLock { $0.heads[branch] }
        guard let now = store.branch(branch) else { throw Registry.gone(branch.hex, undrop: false) }
        if let known, known.head == now.head, known.stamp.generation == now.generation { return known }
        let snapshot = try mapStore { () throws(StoreError) in try store.snapshot(of: branch) }
        let pages = SnapshotPages(snapshot, pageSize: store.pageSize)
        let stamp = SchemaStamp(generation: snapshot.generation, cookie: try pages.schemaCookie())
        let shared = state.withLock { $0.past[snapshot.version] }
        let schema: BranchSchema = if let known, known.stamp == stamp { known.schema } else if let shared { shared } else { try read(pages) }
        let entry = Entry(head: snapshot.version, stamp: stamp, schema: schema)
        state.withLock { state in
            if state.heads.count >= SchemaCache.capacity { state.heads.removeAll() }
            state.heads[branch] = entry
        }
        return entry
    }

    func schema(of branch: BranchID) throws(BranchLiteError) -> BranchSchema { try current(of: branch).schema }

    /// The schema of a version that is kept.
    func schema(at snapshot: Snapshot) throws(BranchLiteError) -> BranchSchema {
        if let known = state.withLock({ $0.past[snapshot.version] }) { return known }
        let schema = try read(SnapshotPages(snapshot, pageSize: store.pageSize))
        state.withLock { state in
            if state.past.count >= SchemaCache.pastCapacity { state.past.removeAll() }
            state.past[snapshot.version] = schema
        }
        return schema
    }

    /// The schema of a branch if it needs no reading.
    func known(of branch: BranchID) -> BranchSchema? {
        guard let known = state.withLock({ $0.heads[branch] }), let now = store.branch(branch) else { return nil }
        return known.head == now.head && known.stamp.generation == now.generation ? known.schema : nil
    }

    /// A branch just forked has its parent's schema: it is kept by the version, once for all forks of it.
    func adopt(_ version: VersionID, from parent: BranchID) {
        state.withLock { state in
            guard state.past[version] == nil, let known = state.heads[parent], known.head == version else { return }
            if state.past.count >= SchemaCache.pastCapacity { state.past.removeAll() }
            state.past[version] = known.schema
        }
    }

    func forget(_ branch: BranchID) { state.withLock { $0.heads[branch] = nil } }

    private func read(_ pages: SnapshotPages) throws(BranchLiteError) -> BranchSchema {
        let rows = try mapTree { () throws(BTreeError) in
            try DatabaseImage(pages).schema().map { SchemaRow(type: $0.type, name: $0.name, tableName: $0.tableName, sql: $0.sql) }
        }
        let virtual = rows.filter { $0.type == "table" && SchemaCache.isVirtual($0.sql) }
        if virtual.isEmpty { return BranchSchema(rows: rows) }
        return BranchSchema(rows: rows, virtualTableColumns: try columns(of: virtual.map(\.name), in: pages.snapshot))
    }

    private static func isVirtual(_ sql: String?) -> Bool {
        sql?.prefix(24).uppercased().hasPrefix("CREATE VIRTUAL TABLE") ?? false
    }

    /// Only the module of a virtual table knows its columns, so they are asked from SQLite.
    private func columns(of tables: [String], in snapshot: Snapshot) throws(BranchLiteError) -> [String: [String]] {
        let connection = try mapEngine { () throws(EngineError) in try engine.checkout(.pinned(snapshot), readOnly: true) }
        defer { engine.checkin(connection) }
        return try SchemaCache.virtualColumns(of: tables, on: connection)
    }

    static func virtualColumns(of tables: [String], on connection: Connection) throws(BranchLiteError) -> [String: [String]] {
        var columns: [String: [String]] = [:]
        for table in tables {
            // A module that is not there leaves its table without columns; using it gives SQLite's own error.
            guard let rows = try? connection.query("SELECT name FROM pragma_table_info(?1)", [.text(table)]) else { continue }
            columns[foldedASCII(table)] = rows.compactMap { if case .text(let name)? = $0.first { name } else { nil } }
        }
        return columns
    }

    /// The schema as a connection sees it, its own uncommitted changes included.
    static func schema(on connection: Connection, database: String = "main") throws(BranchLiteError) -> BranchSchema {
        let source = database == "temp" ? "sqlite_temp_schema" : "\(quoteIdentifier(database)).sqlite_schema"
        let rows = try mapEngine { () throws(EngineError) in
            try connection.query("SELECT type, name, tbl_name, sql FROM \(source)")
        }.map { row in
            func text(_ index: Int) -> String? { if case .text(let text) = row[index] { text } else { nil } }
            return SchemaRow(type: text(0) ?? "", name: text(1) ?? "", tableName: text(2) ?? "", sql: text(3))
        }
        let virtual = rows.filter { $0.type == "table" && isVirtual($0.sql) }.map(\.name)
        return BranchSchema(rows: rows, virtualTableColumns: virtual.isEmpty ? [:] : try virtualColumns(of: virtual, on: connection))
    }
}
