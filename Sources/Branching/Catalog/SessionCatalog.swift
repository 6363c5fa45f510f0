import PageStore
import SQLDialect

/// What the binder asks for names, answered for one statement of one session. It notes which schemas it gave out, so that
/// the lowered statement can be kept for as long as they stand.
final class SessionCatalog: Catalog {
    /// What a kept plan depends on.
    struct Dependencies: Sendable, Hashable {
        var stamps: [BranchID: SchemaStamp] = [:]
        /// Names of branches were looked up.
        var usesNames = false
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

    init(
        context: StoreContext, branch: BranchID, record: BranchRecord, localSchema: BranchSchema?, temporarySchema: BranchSchema?,
        connectionName: String?
    ) {
        self.context = context
        self.branch = branch
        self.record = record
        self.localSchema = localSchema
        self.temporarySchema = temporarySchema
        self.connectionName = connectionName
        dependencies.isTransient = localSchema != nil
    }

    var activeBranch: BranchKey { context.key(branch) }

    func displayName(of branch: BranchKey) -> String {
        guard let id = BranchID(hex: branch.hex) else { return branch.hex }
        dependencies.usesNames = true
        return context.registry.name(of: id)
    }

    func branch(named name: String) -> BranchLookup {
        dependencies.usesNames = true
        let (found, ambiguous) = context.registry.lookup(qualifier: name)
        if let found { return .found(context.key(found)) }
        if !ambiguous.isEmpty { return .ambiguous(ambiguous) }
        missedNames.append(name)
        return .none
    }

    var branchNames: [String] { context.registry.livingNames }

    func schema(of key: BranchKey, at moment: ReadMoment?) throws(SQLError) -> BranchSchema {
        do throws(BranchLiteError) {
            let id = try context.id(key)
            if let moment {
                dependencies.isTransient = true
                return try context.schemas.schema(at: try context.snapshot(of: id, at: moment))
            }
            if id == branch, let localSchema { return localSchema }
            let entry = try context.schemas.current(of: id)
            dependencies.stamps[id] = entry.stamp
            return entry.schema
        } catch {
            throw SQLError(code: error.code, message: error.message, hint: error.hint)
        }
    }

    func live(of key: BranchKey) -> LiveState? {
        guard let id = BranchID(hex: key.hex) else { return nil }
        let record = id == branch ? record : context.registry.entry(id)?.record
        guard let record, record.mode == .live, let parent = record.parent else { return nil }
        // Ownership changes without SQLite's cookie: a plan over a live branch is bound each time.
        dependencies.isTransient = true
        var state = LiveState(parent: context.key(parent))
        for (name, table) in record.owned {
            if table.kind == .dropped { state.dropped.insert(name) } else { state.owned.insert(name) }
        }
        return state
    }
}

extension StoreContext {
    /// The kept version that `AT (…)` means on a branch.
    func snapshot(of id: BranchID, at moment: ReadMoment) throws(BranchLiteError) -> Snapshot {
        let name = registry.name(of: id)
        switch moment {
        case .version(let number):
            return try snapshot(at: try resolve("@\(name)@\(number)").version)
        case .timestamp(let micros):
            guard let version = store.versions(of: id, limit: StoreContext.searchedVersions).first(where: { $0.timeMicros <= micros }) else {
                throw BranchLiteError(
                    "BL_NO_SUCH_VERSION", "branch '\(name)' has no version that old", hint: "older versions are kept for BRANCHLITE_HISTORY")
            }
            return try snapshot(at: version.id)
        }
    }

    /// Versions looked through for a time stamp.
    static let searchedVersions = 100_000
}
