/// What the binder asks for names. A session implements it; it is used on the session's own thread only.
public protocol Catalog {
    /// The session's branch.
    var activeBranch: BranchKey { get }
    /// The session's temporary tables (rows of `sqlite_temp_schema`); nil when there are none.
    var temporarySchema: BranchSchema? { get }
    /// A branch's name as users gave it.
    func displayName(of branch: BranchKey) -> String
    /// The branch that a name means: its name, its schema name (`branch_<id>`, main's is `main`), its id, or its name with
    /// hyphens written as underscores.
    func branch(named name: String) -> BranchLookup
    /// The names of all living branches, for messages.
    var branchNames: [String] { get }
    /// The database name the session connected by: a catalog qualifier that means the session's branch.
    var connectionName: String? { get }
    /// The schema of a branch as the statement will see it (for the session's own branch: of its open transaction).
    /// - Throws: `BL_BRANCH_GONE`, `BL_NO_SUCH_VERSION` and the like.
    func schema(of branch: BranchKey, at moment: ReadMoment?) throws(SQLError) -> BranchSchema
    /// How a live branch reads through; nil for a snapshot branch.
    func live(of branch: BranchKey) -> LiveState?
    /// The value, in storage form, of an expression of lowered SQL that names no table, with the statement's parameters as `?n`:
    /// what `AT (…)` says has to be known before its table can be looked up. Nil where nothing can be run.
    func evaluate(_ expression: String) throws(SQLError) -> Constant?
    /// What SHOW would say of a setting of the session; nil when there is none of that name.
    func setting(_ name: String) -> String?
    /// The names of the settings, in lower case.
    var settingNames: [String] { get }
}

extension Catalog {
    public func evaluate(_ expression: String) throws(SQLError) -> Constant? { nil }
    public func setting(_ name: String) -> String? { nil }
    public var settingNames: [String] { [] }
}

/// What a name means among the branches.
public enum BranchLookup: Sendable, Hashable {
    case found(BranchKey)
    /// More than one branch would answer to it (hyphens and underscores): their names.
    case ambiguous([String])
    case none
}

/// The state of a live branch: which tables are its own; all others are its parent's.
public struct LiveState: Sendable, Hashable {
    /// The branch it reads through to.
    public var parent: BranchKey
    /// Names (ASCII-lower-case, SQLite's form) of tables and views that are the branch's own.
    public var owned: Set<String>
    /// Names of what was dropped on the branch: these do not fall through.
    public var dropped: Set<String>

    public init(parent: BranchKey, owned: Set<String> = [], dropped: Set<String> = []) {
        self.parent = parent
        self.owned = owned
        self.dropped = dropped
    }
}

extension BranchKey {
    /// The name of the schema that stands for the branch in `information_schema`: `main` or `branch_<id>`.
    public var schemaName: String { self == .main ? "main" : "branch_" + hex }
}
