public enum TransactionStatement: Sendable, Equatable {
    public enum Lock: String, Sendable, Hashable { case deferred = "DEFERRED", immediate = "IMMEDIATE", exclusive = "EXCLUSIVE" }
    public enum Isolation: String, Sendable, Hashable, CaseIterable {
        case readUncommitted = "READ UNCOMMITTED", readCommitted = "READ COMMITTED"
        case repeatableRead = "REPEATABLE READ", serializable = "SERIALIZABLE"
    }

    public struct Characteristics: Sendable, Hashable {
        public var isolation: Isolation?
        /// `READ ONLY`: true; `READ WRITE`: false.
        public var isReadOnly: Bool?
        public var isDeferrable: Bool?
    }

    /// BEGIN, START TRANSACTION.
    case begin(lock: Lock?, Characteristics)
    /// COMMIT, END; `chain`: `AND CHAIN`.
    case commit(chain: Bool)
    /// ROLLBACK, ABORT.
    case rollback(chain: Bool)
    case rollbackTo(Identifier)
    case savepoint(Identifier)
    case release(Identifier)
    /// `SET TRANSACTION …`; `session`: `SET SESSION CHARACTERISTICS AS TRANSACTION …`.
    case setCharacteristics(Characteristics, session: Bool)
}

/// The name of a branch as a statement gives it: an identifier, quoted or not, or a string. Unquoted names may have
/// hyphens inside (`test-migration`), written without blanks.
public struct BranchName: Sendable, Hashable {
    public var text: String
    public var range: SourceRange = .none

    public init(_ text: String, range: SourceRange = .none) {
        self.text = text
        self.range = range
    }
}

/// Which kept version of a branch a statement about branches means.
public enum BranchMoment: Sendable, Hashable {
    case version(UInt64)
    /// As written: a text such as `2026-01-31 10:00:00`, in UTC where it names no zone.
    case timestamp(String)
}

/// A branch's head, or one of its versions: `name@version`, `name@'timestamp'`, `name AT (VERSION => n)`.
public struct BranchPoint: Sendable, Hashable {
    public var branch: BranchName
    public var moment: BranchMoment?

    public init(_ branch: BranchName, moment: BranchMoment? = nil) {
        self.branch = branch
        self.moment = moment
    }

    public init(_ branch: BranchName, version: UInt64) { self.init(branch, moment: .version(version)) }
}

public enum BranchStatement: Sendable, Equatable {
    public enum Mode: String, Sendable, Hashable, CaseIterable { case live, snapshot }

    public struct Create: Sendable, Equatable {
        public var ifNotExists = false
        /// nil: a name is made from the id.
        public var name: BranchName?
        public var from: BranchPoint?
        public var mode: Mode?
        /// As written: a text such as `24 hours`, or a number of seconds.
        public var ttl: String?
        public var description: String?
        public var range: SourceRange = .none
    }

    case create(Create)
    /// `USE BRANCH name`, `SET branch = name`.
    case use(BranchName)
    /// `SHOW BRANCHES`
    case list
    /// `SHOW BRANCH`
    case current
    case rename(BranchName, to: BranchName)
    case reset(BranchName, to: BranchPoint?)
    case diff(BranchName, against: BranchPoint?, table: ObjectName?)
    /// The strategy is a word: branch_wins, main_wins, manual, abort.
    case merge(BranchName, into: BranchName?, strategy: Identifier?, dryRun: Bool)
    case drop(BranchName, ifExists: Bool, force: Bool)
    /// `CREATE DATABASE name [TEMPLATE branch]`: a branch as PostgreSQL's clients make one; no rows are answered.
    case createDatabase(Create)
    case dropDatabase(BranchName, ifExists: Bool, force: Bool)
    case undrop(BranchName)
    /// An older version becomes the head again; nil: a discarded branch is taken back.
    case restore(BranchName, to: BranchMoment?)
}

public struct SetStatement: Sendable, Equatable {
    public enum Scope: String, Sendable, Hashable { case session = "SESSION", local = "LOCAL", global = "GLOBAL", variable = "VARIABLE" }

    public var scope: Scope?
    /// `hatidata.agent_id` has two parts. `SET TIME ZONE x` and `SET NAMES x` arrive as `timezone` and `client_encoding`.
    public var name: [Identifier]
    /// Empty: DEFAULT. Bare words arrive as columns.
    public var values: [Expr]
}

public struct ResetStatement: Sendable, Equatable {
    public var scope: SetStatement.Scope?
    /// nil: ALL.
    public var name: [Identifier]?
}

public enum ShowStatement: Sendable, Equatable {
    /// `SHOW TABLES [FROM s]`
    case tables(from: ObjectName?)
    /// `SHOW ALL TABLES`
    case allTables
    case schemas
    case databases
    /// `SHOW ALL`
    case allSettings
    /// `SHOW name`, `SHOW a.b`: a setting or, in DuckDB, a table.
    case name([Identifier])
}

public struct Pragma: Sendable, Equatable {
    public enum Form: Sendable, Hashable {
        /// `PRAGMA x = v`
        case assignment
        /// `PRAGMA x(v)`
        case call
    }

    public var schema: Identifier?
    public var name: Identifier
    /// Bare words arrive as columns; empty with `form == .call` is `PRAGMA x()`.
    public var arguments: [Expr] = []
    /// nil: `PRAGMA x`.
    public var form: Form?
}

public struct Prepare: Sendable, Equatable {
    public var name: Identifier
    public var types: [TypeName]
    public var statement: Statement
}

public struct Execute: Sendable, Equatable {
    public var name: Identifier
    public var arguments: [FunctionArgument]
}

public struct Explain: Sendable, Equatable {
    public enum Mode: Sendable, Hashable {
        /// `EXPLAIN`: SQLite's bytecode, DuckDB's plan.
        case explain
        /// `EXPLAIN QUERY PLAN`
        case queryPlan
        /// `EXPLAIN ANALYZE`
        case analyze
    }

    public var mode: Mode
    /// Options in parentheses, e.g. `FORMAT json`.
    public var options: [CopyOption] = []
    public var statement: Statement
}

/// `DESCRIBE x`, `SUMMARIZE x`.
public struct Describe: Sendable, Equatable {
    public enum Verb: String, Sendable, Hashable { case describe = "DESCRIBE", summarize = "SUMMARIZE" }
    public enum Subject: Sendable, Equatable {
        /// `DESCRIBE` alone.
        case everything
        case table(ObjectName)
        case file(String)
        case query(Select)
    }

    public var verb: Verb
    public var subject: Subject
}

public struct Vacuum: Sendable, Equatable {
    public var schema: Identifier?
    public var into: Expr?
    /// `VACUUM ANALYZE`, `VACUUM FULL`: the words in upper case.
    public var options: [String] = []
}

public struct Attach: Sendable, Equatable {
    public var ifNotExists = false
    public var file: Expr
    /// nil where DuckDB takes the name from the file.
    public var alias: Expr?
    public var options: [CopyOption] = []
}

public struct Detach: Sendable, Equatable {
    public var ifExists = false
    public var name: Expr
}

public struct Copy: Sendable, Equatable {
    public enum Source: Sendable, Equatable {
        case table(ObjectName, columns: [Identifier])
        case query(Select)
    }

    public enum Endpoint: Sendable, Equatable {
        case file(Expr)
        case standardInput
        case standardOutput
    }

    public enum Direction: String, Sendable, Hashable { case to = "TO", from = "FROM" }

    public var source: Source
    public var direction: Direction
    public var endpoint: Endpoint
    public var options: [CopyOption] = []
}

/// An option of COPY, ATTACH or EXPLAIN: a name and any number of values. Bare words arrive as columns, `*` as none.
public struct CopyOption: Sendable, Equatable {
    public var name: Identifier
    public var values: [Expr]
}
