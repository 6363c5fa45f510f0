/// A whole query: WITH, one or more SELECTs or VALUES put together, ORDER BY, LIMIT.
public struct Select: Sendable, Equatable {
    public var with: With?
    public var body: SelectBody
    public var orderBy: OrderBy?
    public var limit: Expr?
    /// `LIMIT n%` or `LIMIT n PERCENT`.
    public var limitIsPercent = false
    public var offset: Expr?
    public var range: SourceRange = .none

    public init(_ body: SelectBody) { self.body = body }
    public init(_ core: SelectCore) { body = .core(core) }

    /// The single SELECT of the query, unless it is a compound, VALUES or the like.
    public var core: SelectCore? {
        if case .core(let core) = body { core } else { nil }
    }
}

public indirect enum SelectBody: Sendable, Equatable {
    case core(SelectCore)
    case values([[Expr]])
    /// Applied from left to right. In the sqlite dialect all operators bind alike; in the duckdb dialect INTERSECT binds
    /// tighter and then stands as a compound of its own in here.
    case compound(SelectBody, [CompoundTerm])
    /// A query in parentheses as a part of a compound; the sqlite dialect has none.
    case nested(Select)
    /// `TABLE t`.
    case table(ObjectName)
    /// `DESCRIBE …`, `SHOW …`, `SUMMARIZE …` as a query in FROM.
    case statement(Statement)
}

public struct CompoundTerm: Sendable, Equatable {
    public enum Operator: String, Sendable, Hashable, CaseIterable {
        case union = "UNION", unionAll = "UNION ALL", intersect = "INTERSECT", intersectAll = "INTERSECT ALL"
        case except = "EXCEPT", exceptAll = "EXCEPT ALL"
        case unionByName = "UNION BY NAME", unionAllByName = "UNION ALL BY NAME"
    }

    public var op: Operator
    public var body: SelectBody
}

/// One SELECT without ORDER BY and LIMIT.
public struct SelectCore: Sendable, Equatable {
    public var distinct: Distinct?
    public var items: [SelectItem]
    /// The items of FROM between commas, as written. In the sqlite dialect a join's left side is all before it,
    /// commas included; in the duckdb dialect a comma binds looser than JOIN.
    public var from: [TableRef] = []
    public var filter: Expr?
    public var groupBy: GroupBy?
    public var having: Expr?
    public var windows: [NamedWindow] = []
    public var qualify: Expr?
    /// `USING SAMPLE …` after the whole SELECT.
    public var sample: Sample?
    public var range: SourceRange = .none

    public init(items: [SelectItem], from: [TableRef] = []) {
        self.items = items
        self.from = from
    }
}

public enum Distinct: Sendable, Equatable {
    /// An explicit `ALL`.
    case all
    case distinct
    case on([Expr])
}

public enum SelectItem: Sendable, Equatable {
    case expr(Expr, alias: Identifier?)
    case star(Star)
}

/// `*`, `t.*`, with DuckDB's changes to it.
public struct Star: Sendable, Equatable {
    /// The table's name with its qualifiers; empty for a bare `*`.
    public var qualifier: [Identifier] = []
    public var exclude: [ColumnReference] = []
    public var replace: [StarReplacement] = []
    public var rename: [StarRenaming] = []
    /// `* LIKE 'x%'` and relatives: the operator and the pattern.
    public var pattern: StarPattern?
    public var range: SourceRange = .none
}

public struct StarReplacement: Sendable, Equatable {
    public var expr: Expr
    public var column: Identifier
}

public struct StarRenaming: Sendable, Equatable {
    public var column: ColumnReference
    public var newName: Identifier
}

public struct StarPattern: Sendable, Equatable {
    public var op: Like.Operator
    public var negated: Bool
    public var pattern: Expr
}

public enum GroupBy: Sendable, Equatable {
    /// `GROUP BY ALL`
    case all
    case elements([GroupingElement])
}

public enum GroupingElement: Sendable, Equatable {
    case expr(Expr)
    /// Each entry is one expression or, in parentheses, several.
    case rollup([[Expr]])
    case cube([[Expr]])
    case sets([GroupingElement])
    /// `()` inside GROUPING SETS, or a list `(a, b)`.
    case list([Expr])
}

public enum OrderBy: Sendable, Equatable {
    case terms([OrderTerm])
    /// `ORDER BY ALL`
    case all(direction: OrderTerm.Direction?, nulls: OrderTerm.Nulls?)
}

public struct NamedWindow: Sendable, Equatable {
    public var name: Identifier
    public var definition: WindowDefinition
}

/// `TABLESAMPLE` or `USING SAMPLE`.
public struct Sample: Sendable, Equatable {
    public var size: Expr
    /// Per cent if true, else rows.
    public var isPercent: Bool
    /// `reservoir`, `bernoulli`, `system`.
    public var method: Identifier?
    public var seed: Int64?
    public var range: SourceRange = .none
}

public struct With: Sendable, Equatable {
    public var isRecursive: Bool
    public var tables: [CommonTable]
}

/// One common table expression.
public struct CommonTable: Sendable, Equatable {
    public var name: Identifier
    public var columns: [Identifier]
    /// `MATERIALIZED`: true; `NOT MATERIALIZED`: false.
    public var isMaterialized: Bool?
    /// A SELECT in SQLite; DuckDB and PostgreSQL let it be a writing statement too, which is refused by the parser.
    public var select: Select
}

// MARK: - FROM

/// Something in FROM and its place in the text.
public struct TableRef: Sendable, Equatable {
    public var node: TableNode
    public var range: SourceRange

    public init(_ node: TableNode, range: SourceRange = .none) {
        self.node = node
        self.range = range
    }
}

public indirect enum TableNode: Sendable, Equatable {
    case table(TableSource)
    case function(FunctionSource)
    case subquery(Select, alias: TableAlias?, lateral: Bool, sample: Sample?)
    /// `FROM 'file.csv'`.
    case file(String, alias: TableAlias?)
    case join(Join)
    /// `(a JOIN b …)`, `(a, b)`: an item of FROM in parentheses.
    case nested([TableRef], alias: TableAlias?)
}

public struct TableAlias: Sendable, Equatable {
    public var name: Identifier
    public var columns: [Identifier] = []

    public init(_ name: Identifier, columns: [Identifier] = []) {
        self.name = name
        self.columns = columns
    }
}

/// A table, view or common table by name.
public struct TableSource: Sendable, Equatable {
    public var name: ObjectName
    public var alias: TableAlias?
    public var indexHint: IndexHint?
    /// `AT (VERSION => n)`, `AT (TIMESTAMP => e)`.
    public var moment: Moment?
    public var sample: Sample?

    public init(_ name: ObjectName, alias: TableAlias? = nil) {
        self.name = name
        self.alias = alias
    }
}

/// Which kept version of a branch a table is read at.
public enum Moment: Sendable, Equatable {
    case version(Expr)
    case timestamp(Expr)
}

public enum IndexHint: Sendable, Equatable {
    case indexed(by: Identifier)
    case notIndexed
}

/// A table function: `range(10)`, `json_each(x)`, `branches()`.
public struct FunctionSource: Sendable, Equatable {
    public var call: FunctionCall
    public var alias: TableAlias?
    public var lateral = false
    public var withOrdinality = false
    public var sample: Sample?

    public init(_ call: FunctionCall, alias: TableAlias? = nil) {
        self.call = call
        self.alias = alias
    }
}

public struct Join: Sendable, Equatable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// `JOIN`, `INNER JOIN`
        case inner = "JOIN"
        /// `CROSS JOIN`
        case cross = "CROSS JOIN"
        case left = "LEFT JOIN"
        case right = "RIGHT JOIN"
        case full = "FULL JOIN"
        case semi = "SEMI JOIN"
        case anti = "ANTI JOIN"
        case asof = "ASOF JOIN"
        case asofLeft = "ASOF LEFT JOIN"
        case positional = "POSITIONAL JOIN"
    }

    public var kind: Kind
    public var isNatural: Bool
    public var left: TableRef
    public var right: TableRef
    public var condition: JoinCondition?
}

public enum JoinCondition: Sendable, Equatable {
    case on(Expr)
    case using([Identifier])
}
