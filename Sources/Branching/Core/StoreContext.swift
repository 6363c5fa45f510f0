import Engine
import PageStore
import SQLDialect
import Synchronization

/// What everything in this room works on: the store, the engine over it, the registry and the shared caches. Diff, merge and
/// shadow queries plug in here: they are functions of a context that run on the calling (engine) thread. Thread-safe.
final class StoreContext: Sendable {
    let store: Store
    let engine: Engine
    let registry: Registry
    let configuration: Configuration
    let schemas: SchemaCache
    let shapes = TableShapeCache()
    let audit: AuditTrail
    let ids: GlobalIDs
    let sequences: SequenceValues
    let locks = AdvisoryLocks()
    /// The number of the next transaction that asks for one. It begins with the time, so that it never goes back.
    let transactionNumbers: Atomic<Int64>
    let sessionNumbers = Atomic<UInt64>(0)
    let retention: RetentionPolicy
    let sessions = SessionTable()
    let rowCounts = RowCounts()
    let budgetWatch = BudgetWatch()
    private let closed = Atomic<Bool>(false)
    /// Wall clock microseconds until which a full disk keeps older versions from being kept.
    let pressureUntil = Atomic<Int64>(0)

    var clock: WallClock { configuration.clock }

    init(store: Store, engine: Engine, registry: Registry, configuration: Configuration, retention: RetentionPolicy, ids: GlobalIDs, sequences: SequenceValues) {
        self.store = store
        self.engine = engine
        self.registry = registry
        self.configuration = configuration
        self.retention = retention
        for id in registry.ids { retention.add(branch: id) }
        schemas = SchemaCache(engine: engine, store: store)
        audit = AuditTrail(store: store)
        self.ids = ids
        self.sequences = sequences
        transactionNumbers = Atomic(configuration.clock.now())
    }

    var isClosed: Bool { closed.load(ordering: .acquiring) }

    /// True for the first caller.
    func markClosed() -> Bool { !closed.exchange(true, ordering: .acquiringAndReleasing) }

    func requireOpen() throws(BranchLiteError) {
        if isClosed { throw BranchLiteError("BL_CLOSED", "the store is closed") }
    }

    func requireBranching() throws(BranchLiteError) {
        try requireOpen()
        if !configuration.branchingEnabled {
            throw BranchLiteError(
                "BL_BRANCHING_DISABLED", "branches are switched off", hint: "set BRANCH_ISOLATION_ENABLED=true",
                details: ["setting": "BRANCH_ISOLATION_ENABLED"])
        }
    }

    func requireShadow() throws(BranchLiteError) {
        try requireBranching()
        if !configuration.shadowEnabled {
            throw BranchLiteError(
                "BL_SHADOW_DISABLED", "shadow queries are switched off", hint: "set HATIDATA_SHADOW_MODE_ENABLED=true",
                details: ["setting": "HATIDATA_SHADOW_MODE_ENABLED"])
        }
    }

    // MARK: - References

    /// A living branch and the version meant: the given one, or its head.
    struct Point: Sendable {
        let entry: Registry.Entry
        let version: VersionID
        /// The version was named, so it is not "whatever the head is".
        let isFixed: Bool
        var id: BranchID { entry.id }
        var name: String { entry.record.name }
    }

    /// Resolves `name`, `@name`, an id or a schema name, with or without `@version` or `@timestamp`.
    /// - Throws: `BL_NO_SUCH_BRANCH`, `BL_BRANCH_GONE`, `BL_NO_SUCH_VERSION`.
    func resolve(_ reference: String) throws(BranchLiteError) -> Point {
        let parts = BranchReference(reference)
        let entry = try registry.resolve(parts.name)
        switch parts.moment {
        case .head: return Point(entry: entry, version: try head(of: entry.id), isFixed: false)
        case .version(let version): return Point(entry: entry, version: try self.version(version, of: entry), isFixed: true)
        case .timestamp(let micros): return Point(entry: entry, version: try version(asOf: micros, of: entry), isFixed: true)
        case .unreadable(let text):
            throw BranchLiteError(
                "BL_BAD_ARGUMENT", "'\(text)' in '\(reference)' is neither a version nor a timestamp",
                hint: "write \(parts.name)@42 or \(parts.name)@2026-01-31T10:00:00Z")
        }
    }

    /// The newest version of a branch that the store has.
    func head(of id: BranchID) throws(BranchLiteError) -> VersionID {
        guard let branch = store.branch(id) else { throw Registry.gone(registry.name(of: id), undrop: false) }
        return branch.head
    }

    func snapshot(of id: BranchID) throws(BranchLiteError) -> Snapshot {
        try mapStore { () throws(StoreError) in try store.snapshot(of: id) }
    }

    func snapshot(at version: VersionID) throws(BranchLiteError) -> Snapshot {
        try mapStore { () throws(StoreError) in try store.snapshot(at: version) }
    }

    func key(_ id: BranchID) -> BranchKey { BranchKey(hex: id.hex) }

    func id(_ key: BranchKey) throws(BranchLiteError) -> BranchID {
        guard let id = BranchID(hex: key.hex) else { throw BranchLiteError("BL_INTERNAL", "'\(key.hex)' is no branch id") }
        return id
    }

    /// Who and what made a version, for its origin bytes.
    func origin(_ who: String, _ what: String) -> [UInt8] { VersionOrigin(who: who, what: what).encoded() }
}

/// What a version records about where it comes from: who, and what ran (a command tag or a digest of the statement).
struct VersionOrigin: Sendable, Hashable {
    static let textLimit = 200
    var who: String
    var what: String

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.put(1 as UInt8)
        writer.put(VersionOrigin.cut(who))
        writer.put(VersionOrigin.cut(what))
        return writer.bytes
    }

    init(who: String, what: String) {
        self.who = who
        self.what = what
    }

    /// Nil for bytes of another kind.
    init?(decoding bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard (try? reader.byte()) == 1, let who = try? reader.text(), let what = try? reader.text() else { return nil }
        self.init(who: who, what: what)
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= textLimit ? text : String(decoding: text.utf8.prefix(textLimit), as: UTF8.self)
    }
}
