public struct CreateTable: Sendable, Equatable {
    public enum Body: Sendable, Equatable {
        case definition([ColumnDefinition], [TableConstraint])
        /// CREATE TABLE … AS; `withData` is false for `WITH NO DATA`.
        case query(columns: [Identifier], Select, withData: Bool)
    }

    public var isTemporary = false
    public var orReplace = false
    public var ifNotExists = false
    public var name: ObjectName
    public var body: Body
    public var withoutRowid = false
    public var isStrict = false
    /// `LIKE t INCLUDING …`, with its place among the columns.
    public var likes: [TableLike] = []
    /// `ON COMMIT …` of a temporary table; nil: its rows are preserved.
    public var onCommit: OnCommit?

    /// What a commit does to a temporary table.
    public enum OnCommit: String, Sendable, Equatable { case deleteRows = "DELETE ROWS", drop = "DROP" }
}

/// `LIKE t [INCLUDING what] [EXCLUDING what]` among the columns of CREATE TABLE.
public struct TableLike: Sendable, Equatable {
    public var table: ObjectName
    /// How many columns stand before it.
    public var position: Int
    /// `DEFAULTS`, `CONSTRAINTS`, `INDEXES`, `GENERATED`, `IDENTITY`, `COMMENTS`, …: what is copied besides names, types and NOT NULL.
    public var including: Set<String>
}

public struct ColumnDefinition: Sendable, Equatable {
    public var name: Identifier
    public var type: TypeName?
    public var constraints: [ColumnConstraint]
}

public struct ColumnConstraint: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case primaryKey(direction: OrderTerm.Direction?, conflict: ConflictResolution?, autoincrement: Bool)
        case notNull(conflict: ConflictResolution?)
        /// An explicit `NULL`.
        case null
        case unique(conflict: ConflictResolution?)
        case check(Expr)
        case defaultValue(Expr)
        case collate(Identifier)
        case references(ForeignKey)
        case generated(Expr, storage: GeneratedStorage?)
        /// `GENERATED { ALWAYS | BY DEFAULT } AS IDENTITY (…)`.
        case identity(always: Bool, [CreateSequence.Option])
    }

    public var name: Identifier?
    public var kind: Kind

    public init(_ kind: Kind, name: Identifier? = nil) {
        self.kind = kind
        self.name = name
    }
}

public enum GeneratedStorage: String, Sendable, Hashable { case virtual = "VIRTUAL", stored = "STORED" }

public struct TableConstraint: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case primaryKey([IndexedColumn], conflict: ConflictResolution?, autoincrement: Bool)
        case unique([IndexedColumn], conflict: ConflictResolution?)
        case check(Expr, conflict: ConflictResolution?)
        case foreignKey([Identifier], ForeignKey)
    }

    public var name: Identifier?
    public var kind: Kind
}

public struct ForeignKey: Sendable, Equatable {
    public enum Action: String, Sendable, Hashable, CaseIterable {
        case setNull = "SET NULL", setDefault = "SET DEFAULT", cascade = "CASCADE", restrict = "RESTRICT", noAction = "NO ACTION"
    }

    public struct Deferral: Sendable, Hashable {
        /// False: `NOT DEFERRABLE`.
        public var isDeferrable: Bool
        /// `INITIALLY DEFERRED`: true, `INITIALLY IMMEDIATE`: false.
        public var initiallyDeferred: Bool?
    }

    public var table: ObjectName
    /// Empty: the table's primary key.
    public var columns: [Identifier]
    public var onDelete: Action?
    public var onUpdate: Action?
    public var match: Identifier?
    public var deferral: Deferral?
}

/// A column or expression of an index, a key or a conflict target. A `COLLATE` is part of the expression.
public struct IndexedColumn: Sendable, Equatable {
    public var expr: Expr
    public var direction: OrderTerm.Direction?
    public var nulls: OrderTerm.Nulls?

    public init(_ expr: Expr, direction: OrderTerm.Direction? = nil, nulls: OrderTerm.Nulls? = nil) {
        self.expr = expr
        self.direction = direction
        self.nulls = nulls
    }

    /// The column's name, if it is one, collation aside.
    public var columnName: Identifier? {
        if case .collate(let inner, _) = expr.node { return IndexedColumn(inner).columnName }
        guard let reference = expr.columnReference, reference.path.count == 1 else { return nil }
        return reference.name
    }
}

public struct CreateIndex: Sendable, Equatable {
    public var isUnique = false
    public var ifNotExists = false
    /// PostgreSQL lets an index go without a name.
    public var name: ObjectName?
    public var table: ObjectName
    /// `USING method`.
    public var method: Identifier?
    public var columns: [IndexedColumn]
    public var filter: Expr?
}

public struct CreateView: Sendable, Equatable {
    public var isTemporary = false
    public var orReplace = false
    public var ifNotExists = false
    public var name: ObjectName
    public var columns: [Identifier]
    public var select: Select
}

public struct CreateTrigger: Sendable, Equatable {
    public enum Timing: String, Sendable, Hashable { case before = "BEFORE", after = "AFTER", insteadOf = "INSTEAD OF" }
    public enum Event: Sendable, Equatable {
        case delete
        case insert
        /// Empty: any column.
        case update(of: [Identifier])
    }

    public var isTemporary = false
    public var ifNotExists = false
    public var name: ObjectName
    public var timing: Timing?
    public var event: Event
    public var table: ObjectName
    public var forEachRow = false
    public var condition: Expr?
    /// INSERT, UPDATE, DELETE and SELECT statements.
    public var body: [Statement]
}

public struct CreateVirtualTable: Sendable, Equatable {
    public var ifNotExists = false
    public var name: ObjectName
    public var module: Identifier
    /// The raw texts between the commas; nil when there are no parentheses.
    public var arguments: [String]?
}

public struct CreateSchema: Sendable, Equatable {
    public var orReplace = false
    public var ifNotExists = false
    /// The schema's name is `name.name`.
    public var name: ObjectName
}

public struct CreateSequence: Sendable, Equatable {
    public enum Option: Sendable, Equatable {
        case increment(Int64)
        /// nil: `NO MINVALUE`.
        case minValue(Int64?)
        case maxValue(Int64?)
        case start(Int64)
        case cycle(Bool)
        case cache(Int64)
        /// `AS type`.
        case type(TypeName)
        /// nil: `OWNED BY NONE`.
        case ownedBy(ColumnReference?)
        /// `RESTART [WITH n]`, of ALTER SEQUENCE.
        case restart(Int64?)
        /// `SEQUENCE NAME s`, of an identity column.
        case sequenceName(ObjectName)
    }

    public var isTemporary = false
    public var orReplace = false
    public var ifNotExists = false
    public var name: ObjectName
    public var options: [Option]
}

public struct CreateType: Sendable, Equatable {
    public enum Definition: Sendable, Equatable {
        case enumeration([String])
        case alias(TypeName)
    }

    public var ifNotExists = false
    public var name: ObjectName
    public var definition: Definition
}

public struct Drop: Sendable, Equatable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case table = "TABLE", view = "VIEW", index = "INDEX", trigger = "TRIGGER", schema = "SCHEMA", sequence = "SEQUENCE"
        case type = "TYPE", function = "FUNCTION", macro = "MACRO", macroTable = "MACRO TABLE"
    }

    public enum Behaviour: String, Sendable, Hashable { case cascade = "CASCADE", restrict = "RESTRICT" }

    public var kind: Kind
    public var ifExists: Bool
    /// At least one; SQLite takes only one.
    public var names: [ObjectName]
    public var behaviour: Behaviour?
}

public struct AlterTable: Sendable, Equatable {
    public enum Kind: String, Sendable, Hashable { case table = "TABLE", view = "VIEW", index = "INDEX", sequence = "SEQUENCE" }

    public enum Action: Sendable, Equatable {
        case renameTable(Identifier)
        case renameColumn(Identifier, to: Identifier)
        case addColumn(ColumnDefinition, ifNotExists: Bool)
        case dropColumn(Identifier, ifExists: Bool, behaviour: Drop.Behaviour?)
        case setType(Identifier, TypeName?, using: Expr?)
        case setDefault(Identifier, Expr)
        case dropDefault(Identifier)
        case setNotNull(Identifier)
        case dropNotNull(Identifier)
        case addConstraint(TableConstraint)
        case dropConstraint(Identifier, ifExists: Bool, behaviour: Drop.Behaviour?)
        case renameConstraint(Identifier, to: Identifier)
        case setSchema(Identifier)
        case addIdentity(Identifier, always: Bool, [CreateSequence.Option])
        /// `SET GENERATED { ALWAYS | BY DEFAULT }`.
        case setIdentity(Identifier, always: Bool)
        case dropIdentity(Identifier, ifExists: Bool)
        /// The options of ALTER SEQUENCE, or of ALTER COLUMN for an identity column (`SET INCREMENT BY 2`, `RESTART`).
        case sequence([CreateSequence.Option])
        case validateConstraint(Identifier)
        /// What PostgreSQL writes and has no meaning here (`OWNER TO`, `SET STATISTICS`), in upper case: accepted with a notice.
        case accepted(String)
    }

    public var kind: Kind
    public var ifExists: Bool
    public var name: ObjectName
    /// At least one; more than one only where the dialect takes PostgreSQL's comma.
    public var actions: [Action]
}

public struct Comment: Sendable, Equatable {
    public enum Subject: Sendable, Equatable {
        /// The kind in upper case (TABLE, VIEW, SCHEMA, …) and the name.
        case object(kind: String, ObjectName)
        case column(ColumnReference)
    }

    public var subject: Subject
    /// nil: the comment is taken away.
    public var text: String?
}
