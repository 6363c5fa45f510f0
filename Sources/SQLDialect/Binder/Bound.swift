/// An expression that has been bound: what SQLite is to compute, and the DuckDB type of the result.
struct Bound {
    /// What a value may still become without an explicit cast.
    enum Flexibility: Equatable {
        case none
        /// An integer literal: takes the other side's numeric type where it fits.
        case integerLiteral
        /// A string literal: takes any type.
        case stringLiteral
        case null
        /// A parameter whose type the caller did not say; its ordinal.
        case parameter(Int)
        /// A parameter that was given as text: casts like a string literal, but at run time.
        case textParameter
        /// A value of an unmarked SQLite column: any class of value, brought into form by the casts from `dynamic`.
        case loose
    }

    /// The SQLite expression, whose value is in the storage form of `type`.
    var expr: Expr
    var type: DuckType
    var flexibility = Flexibility.none
    /// The value where it is known, in storage form.
    var constant: Constant?
    var isNullable = true
    /// The column it is, when it is a plain column of something in FROM.
    var origin: ColumnOrigin?
    /// One of PostgreSQL's vectors (`pg_index.indkey`): a list whose places count from 0.
    var isVector = false

    init(_ expr: Expr, _ type: DuckType, nullable: Bool = true) {
        self.expr = expr
        self.type = type
        isNullable = nullable
    }

    init(constant: Constant, _ type: DuckType, range: SourceRange, flexibility: Flexibility = .none) {
        expr = constant.expression
        expr.range = range
        self.type = type
        self.constant = constant
        self.flexibility = flexibility
        isNullable = constant == .null
    }

    var range: SourceRange { expr.range }

    /// Whether a cast to another type may happen without being asked for.
    var adapts: Bool {
        switch flexibility {
        case .none, .integerLiteral: false
        default: true
        }
    }
}

/// A column of something in FROM.
struct RelationColumn: Sendable {
    /// As users write and see it.
    var name: String
    let key: String
    /// As the lowered SQL has it.
    var lowered: Identifier
    var type: DuckType
    var isLoose: Bool
    var isNullable: Bool
    var isHidden: Bool
    var collation: String?
    /// What is computed in its place, where the lowered SQL has no column of that name.
    var computed: Expr?
    /// A list whose places count from 0.
    var isVector = false
    /// What it is a column of, when it is a plain one.
    var origin: ColumnOrigin?

    /// - Parameter number: its place in its table, from 1.
    init(_ column: ColumnInfo, number: Int = 0) {
        name = column.name
        key = column.key
        lowered = Identifier(column.name)
        type = column.type
        isLoose = column.isLoose
        isNullable = !column.isNotNull
        isHidden = column.isHidden
        collation = column.collation
        origin = .column(column.name, number: number, client: column.clientType)
    }

    /// The columns of a table as relations hand them out, numbered as the catalogue numbers them.
    static func numbered(_ columns: [ColumnInfo]) -> [RelationColumn] {
        var number = 0
        return columns.map { column in
            if column.isHidden { return RelationColumn(column) }
            number += 1
            return RelationColumn(column, number: number)
        }
    }

    init(name: String, lowered: Identifier, type: DuckType, isLoose: Bool = false, isNullable: Bool = true) {
        self.name = name
        key = foldedASCII(name)
        self.lowered = lowered
        self.type = type
        self.isLoose = isLoose
        self.isNullable = isNullable
        isHidden = false
        collation = nil
    }
}

/// Something in FROM under its name.
struct Relation {
    /// The name users refer to it by; nil for an unnamed subquery.
    var alias: String?
    var key: String
    /// The qualifiers that may stand before the name: schema, catalog; empty when an alias hides them.
    var qualifiers: [String] = []
    /// The name in the lowered SQL; unique in its FROM. nil: columns go without a qualifier (RETURNING).
    var lowered: Identifier?
    var columns: [RelationColumn]
    /// Whether an outer join may fill it with NULLs.
    var isNullable = false
    /// The table or view it is.
    var table: TableReference?
    /// Its oid in `pg_class`.
    var oid: UInt32 = 0
    /// The table has SQLite's rowid.
    var hasRowid = false
    /// Columns that USING or NATURAL merged into another relation's: not found without a qualifier, not in `*`.
    var mergedAway: Set<Int> = []
    /// What an unqualified name means for a column that USING merged, where it is not simply this column.
    var mergedValue: [Int: Bound] = [:]
    /// A virtual table: full-text search knows it as a column of its own.
    var isVirtual = false
    /// Only a qualified name finds it: `excluded` in an upsert, `old`/`new` in triggers.
    var qualifiedOnly = false

    func index(of key: String) -> Int? {
        for index in columns.indices where columns[index].key == key { return index }
        return nil
    }

    /// The column as an expression.
    func bound(_ index: Int, range: SourceRange) -> Bound {
        let column = columns[index]
        let path = lowered.map { [$0, column.lowered] } ?? [column.lowered]
        let expr = column.computed.map { Expr($0.node, range: range) } ?? Expr(.column(ColumnReference(path: path)), range: range)
        var bound = Bound(expr, column.type, nullable: column.isNullable || isNullable)
        if column.isLoose { bound.flexibility = .loose }
        bound.isVector = column.isVector
        bound.origin = column.origin
        if let table {
            bound.origin?.table = table
            bound.origin?.relation = oid
        }
        return bound
    }
}

/// The names that an expression can see.
final class Scope {
    let parent: Scope?
    var relations: [Relation] = []
    /// Aliases of the SELECT list, for use in other clauses: expression and place in the list.
    var aliases: [String: Expr] = [:]
    /// Aliases being bound now, so that one that names itself does not go round for ever.
    var openAliases: Set<String> = []
    var windows: [String: WindowDefinition] = [:]
    /// How many aggregates have been bound in this scope.
    var aggregateCount = 0
    var windowCount = 0
    /// What may stand in the clause being bound.
    var clause = Clause.select

    init(parent: Scope?) { self.parent = parent }

    enum Clause {
        case select, filter, join, groupBy, having, qualify, orderBy, aggregateArgument, windowArgument, values, limit, other

        var allowsAggregates: Bool {
            switch self {
            case .select, .having, .qualify, .orderBy, .windowArgument: true
            default: false
            }
        }

        var allowsWindows: Bool { self == .select || self == .qualify || self == .orderBy }

        var name: String {
            switch self {
            case .select: "the SELECT list"
            case .filter: "WHERE"
            case .join: "a join condition"
            case .groupBy: "GROUP BY"
            case .having: "HAVING"
            case .qualify: "QUALIFY"
            case .orderBy: "ORDER BY"
            case .aggregateArgument: "an argument of an aggregate"
            case .windowArgument: "an argument of a window function"
            case .values: "VALUES"
            case .limit: "LIMIT"
            case .other: "this place"
            }
        }
    }
}
