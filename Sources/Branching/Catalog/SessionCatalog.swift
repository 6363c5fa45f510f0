import PageStore
import SQLDialect

/// What the binder asks for names, answered for one statement of one session. It notes which schemas it gave out, so that
/// the lowered statement can be kept for as long as they stand.
final class SessionCatalog: Catalog {
    /// What a kept plan depends on.
    struct Dependencies: Sendable, Hashable {
        var stamps: [BranchID: SchemaStamp] = [:]
        /// What names of branches meant, and what branches were called.
        var lookups: [String: BranchLookup] = [:]
        var names: [BranchID: String] = [:]
        /// A schema was used that belongs to an open transaction or an older version: not to be kept.
        var isTransient = false
    }

    private let context: StoreContext
    let branch: BranchID
    let temporarySchema: BranchSchema?
    let connectionName: String?
    /// The session's branch inside an open transaction that has changed it (or sees an older moment).
    private let localSchema: BranchSchema?
    /// The branch's record with what the open transaction made its own.
    private let record: BranchRecord
    private(set) var dependencies = Dependencies()
    /// Names that were looked up and are no branch.
    private(set) var missedNames: [String] = []
    /// The versions that `AT (…)` turned out to mean, pinned so that the statement reads what it was bound to.
    private(set) var moments: [Attachment: Snapshot] = [:]
    private let evaluator: Evaluator?
    private let settingReader: ((String) -> String?)?
    private var liveStates: [BranchKey: LiveState] = [:]
    private let written: Written?

    /// Another branch that the session is writing in an open transaction, as that one has it.
    struct Written {
        var branch: BranchID
        var record: BranchRecord
        var schema: BranchSchema
    }

    /// Runs an expression of lowered SQL without tables.
    typealias Evaluator = (_ expression: String) throws(BranchLiteError) -> Constant?

    init(
        context: StoreContext, branch: BranchID, record: BranchRecord, localSchema: BranchSchema?, temporarySchema: BranchSchema?,
        connectionName: String?, evaluator: Evaluator? = nil, written: Written? = nil, settingReader: ((String) -> String?)? = nil
    ) {
        self.evaluator = evaluator
        self.settingReader = settingReader
        self.written = written
        self.context = context
        self.branch = branch
        self.record = record
        self.localSchema = localSchema
        self.temporarySchema = temporarySchema
        self.connectionName = connectionName
        dependencies.isTransient = localSchema != nil || written != nil
    }

    var activeBranch: BranchKey { context.key(branch) }

    func displayName(of branch: BranchKey) -> String {
        guard let id = BranchID(hex: branch.hex) else { return branch.hex }
        let name = context.registry.name(of: id)
        dependencies.names[id] = name
        return name
    }

    func branch(named name: String) -> BranchLookup {
        let result = context.lookup(name)
        dependencies.lookups[name] = result
        if result == .none { missedNames.append(name) }
        return result
    }

    var branchNames: [String] { context.registry.livingNames }

    func schema(of key: BranchKey, at moment: ReadMoment?) throws(SQLError) -> BranchSchema {
        do throws(BranchLiteError) {
            let id = try context.id(key)
            if let moment {
                dependencies.isTransient = true
                return try context.schemas.schema(at: try snapshot(key, id, moment))
            }
            if id == branch, let localSchema { return localSchema }
            if let written, id == written.branch { return written.schema }
            let entry = try context.schemas.current(of: id)
            dependencies.stamps[id] = entry.stamp
            return entry.schema
        } catch {
            throw SQLError(code: error.code, message: error.message, hint: error.hint)
        }
    }

    private func snapshot(_ key: BranchKey, _ id: BranchID, _ moment: ReadMoment) throws(BranchLiteError) -> Snapshot {
        let attachment = Attachment(branch: key, moment: moment)
        if let known = moments[attachment] { return known }
        let found = try context.snapshot(of: id, at: moment)
        moments[attachment] = found
        return found
    }

    func evaluate(_ expression: String) throws(SQLError) -> Constant? {
        do throws(BranchLiteError) {
            return try evaluator?(expression)
        } catch {
            throw SQLError(code: error.code, message: error.message, hint: error.hint)
        }
    }

    func setting(_ name: String) -> String? { settingReader?(name.lowercased()) }

    var settingNames: [String] { SessionSettings.names }

    func live(of key: BranchKey) -> LiveState? {
        guard let id = BranchID(hex: key.hex) else { return nil }
        let record = id == branch ? record : id == written?.branch ? written?.record : context.registry.entry(id)?.record
        guard let record, record.mode == .live, let parent = record.parent else { return nil }
        // Ownership changes without SQLite's cookie: a plan over a live branch is bound each time.
        dependencies.isTransient = true
        // Asked for every name of the statement, it is made once.
        if let known = liveStates[key] { return known }
        var state = LiveState(parent: context.key(parent))
        for (name, table) in record.owned {
            if table.kind == .dropped { state.dropped.insert(name) } else { state.owned.insert(name) }
        }
        liveStates[key] = state
        return state
    }
}

extension StoreContext {
    /// What a qualifier means among the branches.
    func lookup(_ name: String) -> BranchLookup {
        let (found, ambiguous) = registry.lookup(qualifier: name)
        if let found { return .found(key(found)) }
        return ambiguous.isEmpty ? .none : .ambiguous(ambiguous)
    }

    /// Whether all names that a statement was bound with still mean the same.
    func stand(_ dependencies: SessionCatalog.Dependencies) -> Bool {
        dependencies.lookups.allSatisfy { lookup($0.key) == $0.value } && dependencies.names.allSatisfy { registry.name(of: $0.key) == $0.value }
    }

    /// The kept version that `AT (…)` means on a branch.
    func snapshot(of id: BranchID, at moment: ReadMoment) throws(BranchLiteError) -> Snapshot {
        let entry = try registry.living(id)
        if entry.record.mode == .live {
            throw BranchLiteError(
                "BL_UNSUPPORTED", "older versions of the live branch '\(entry.record.name)' cannot be read: the tables it reads through have moved on since",
                hint: "read the parent's: main.t AT (…)", details: ["branch": .string(entry.record.name)])
        }
        switch moment {
        case .version(let number): return try snapshot(at: try version(VersionID(rawValue: number), of: entry))
        case .timestamp(let micros): return try snapshot(at: try version(asOf: micros, of: entry))
        }
    }
}
