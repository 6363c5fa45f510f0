/// An expression and its place in the text. `node` says what it is.
public struct Expr: Sendable, Equatable {
    public var node: ExprNode
    public var range: SourceRange

    public init(_ node: ExprNode, range: SourceRange = .none) {
        self.node = node
        self.range = range
    }
}

/// What an expression is. Parentheses are not kept; the printer puts them where precedence needs them.
public indirect enum ExprNode: Sendable, Equatable {
    case literal(Literal)
    case parameter(Parameter)
    case column(ColumnReference)
    case unary(UnaryOperator, Expr)
    case binary(BinaryOperator, Expr, Expr)
    /// `a AND b AND c` in one node: at least two operands, none of them of the same operator.
    case logical(LogicalOperator, [Expr])
    /// `x IS NULL`, `x ISNULL`; negated: `IS NOT NULL`, `NOTNULL`, `NOT NULL`.
    case isNull(Expr, negated: Bool)
    /// `x IS [NOT] TRUE | FALSE | UNKNOWN`; nil is UNKNOWN.
    case isTruth(Expr, Bool?, negated: Bool)
    case like(Like)
    case between(Expr, low: Expr, high: Expr, negated: Bool, symmetric: Bool)
    case membership(Expr, InSource, negated: Bool)
    /// `x = ANY (…)`, `x > ALL (…)`.
    case quantified(Expr, BinaryOperator, Quantifier, InSource)
    case exists(Select)
    case subquery(Select)
    /// A row value of at least two columns (or, written `ROW(x)`, of one).
    case row([Expr])
    case caseWhen(operand: Expr?, branches: [WhenBranch], otherwise: Expr?)
    /// `CAST(x AS t)`, `x::t`; `isTry`: `TRY_CAST`.
    case cast(Expr, TypeName, isTry: Bool)
    case collate(Expr, Identifier)
    case call(FunctionCall)
    /// `RAISE(…)` in a trigger; the message is nil for IGNORE only.
    case raise(RaiseAction, String?)
    /// `INTERVAL '1 day'` (no unit), `INTERVAL 3 DAY`, `INTERVAL (x) HOUR`.
    case interval(Expr, IntervalUnit?)
    /// A typed literal: `DATE '2024-01-01'`.
    case typedLiteral(TypeName, String)
    /// `CURRENT_DATE`, `CURRENT_TIME`, `CURRENT_TIMESTAMP` and their local forms, without parentheses.
    case currentTime(CurrentTime)
    /// `[a, b]`, `ARRAY[a, b]`.
    case list([Expr])
    /// `ARRAY(SELECT …)`.
    case arraySubquery(Select)
    /// `{'a': 1}`.
    case structure([StructField])
    /// `MAP {k: v}`.
    case map([MapEntry])
    /// `x -> …`, `(x, y) -> …`, `lambda x: …`. In the duckdb dialect `a -> b` with a plain name or a list of names on
    /// the left is read as `.binary(.jsonExtract, …)` unless it is an argument of a function call.
    case lambda([Identifier], Expr)
    /// `x[i]`.
    case element(Expr, Expr)
    /// `x[a:b:c]`, each part optional.
    case slice(Expr, lower: Expr?, upper: Expr?, step: Expr?)
    /// `(x).field`: a field of something that is not a plain name.
    case field(Expr, Identifier)
    /// `COLUMNS(…)`.
    case columns(ColumnsSelector)
    /// `#1`: the first column of FROM.
    case positional(Int)
    /// `DEFAULT` as a value of INSERT or UPDATE.
    case defaultValue
}

/// A constant as written.
public enum Literal: Sendable, Hashable {
    case null
    case boolean(Bool)
    /// A whole number within 64 bits, hexadecimal ones included.
    case integer(Int64)
    /// A whole number beyond 64 bits: its digits.
    case bigInteger(String)
    /// Digits with a decimal point and without exponent, e.g. `1.50`: exact in the duckdb dialect.
    case decimal(String)
    /// A number with an exponent.
    case double(String)
    case string(String)
    case blob([UInt8])
}

/// A parameter of a statement.
public enum Parameter: Sendable, Hashable {
    /// `?`
    case anonymous
    /// `?1`; `$1` in the duckdb dialect.
    case numbered(Int)
    /// `:a`, `@a`, `$a`: with its first character.
    case named(String)
}

public enum UnaryOperator: String, Sendable, Hashable, CaseIterable {
    case negate = "-"
    case plus = "+"
    case bitwiseNot = "~"
    case not = "NOT"
    /// PostgreSQL's absolute value, `@ x`.
    case absolute = "@"
}

public enum LogicalOperator: String, Sendable, Hashable, CaseIterable {
    case and = "AND"
    case or = "OR"
}

/// A binary operator; the raw value is how the printer writes it.
public enum BinaryOperator: String, Sendable, Hashable, CaseIterable {
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    /// SQLite's `IS`; with NULL, TRUE or FALSE on the right it is `isNull` or `isTruth` instead.
    case `is` = "IS"
    case isNot = "IS NOT"
    case isDistinctFrom = "IS DISTINCT FROM"
    case isNotDistinctFrom = "IS NOT DISTINCT FROM"
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case integerDivide = "//"
    case modulo = "%"
    case power = "**"
    case concat = "||"
    case bitwiseAnd = "&"
    case bitwiseOr = "|"
    case shiftLeft = "<<"
    case shiftRight = ">>"
    /// `->`
    case jsonExtract = "->"
    /// `->>`
    case jsonExtractText = "->>"
    /// PostgreSQL's, with a path as a list of texts.
    case jsonPath = "#>"
    case jsonPathText = "#>>"
    /// `~` between two operands.
    case regexMatch = "~"
    case regexMatchIgnoringCase = "~*"
    case notRegexMatch = "!~"
    case notRegexMatchIgnoringCase = "!~*"
    case startsWith = "^@"
    /// `@>`
    case contains = "@>"
    /// `<@`
    case containedBy = "<@"
    /// `&&`
    case overlaps = "&&"

    /// Whether it compares and so yields a truth value.
    public var isComparison: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .is, .isNot, .isDistinctFrom, .isNotDistinctFrom: true
        default: false
        }
    }
}

/// `value [NOT] LIKE pattern [ESCAPE e]` and its relatives.
public struct Like: Sendable, Equatable {
    public enum Operator: String, Sendable, Hashable, CaseIterable {
        case like = "LIKE"
        case ilike = "ILIKE"
        case glob = "GLOB"
        case regexp = "REGEXP"
        case match = "MATCH"
        case similarTo = "SIMILAR TO"
    }

    public var op: Operator
    public var negated: Bool
    public var value: Expr
    public var pattern: Expr
    public var escape: Expr?
}

/// What stands to the right of `IN`, `ANY` or `ALL`.
public enum InSource: Sendable, Equatable {
    case list([Expr])
    case subquery(Select)
    /// SQLite's `x IN t`.
    case table(ObjectName)
    /// SQLite's `x IN f(…)`.
    case tableFunction(ObjectName, [Expr])
    /// DuckDB's `x IN list_value`; `ANY(list_value)`.
    case expression(Expr)
}

public enum Quantifier: String, Sendable, Hashable { case any = "ANY", all = "ALL" }

public struct WhenBranch: Sendable, Equatable {
    public var condition: Expr
    public var result: Expr
}

public enum RaiseAction: String, Sendable, Hashable { case ignore = "IGNORE", rollback = "ROLLBACK", abort = "ABORT", fail = "FAIL" }

public enum IntervalUnit: String, Sendable, Hashable, CaseIterable {
    case microsecond = "MICROSECOND", millisecond = "MILLISECOND", second = "SECOND", minute = "MINUTE", hour = "HOUR"
    case day = "DAY", week = "WEEK", month = "MONTH", quarter = "QUARTER", year = "YEAR"
    case decade = "DECADE", century = "CENTURY", millennium = "MILLENNIUM"
}

public enum CurrentTime: String, Sendable, Hashable, CaseIterable {
    case date = "CURRENT_DATE", time = "CURRENT_TIME", timestamp = "CURRENT_TIMESTAMP"
    case localTime = "LOCALTIME", localTimestamp = "LOCALTIMESTAMP"
}

public struct StructField: Sendable, Equatable {
    public var name: Identifier
    public var value: Expr
}

public struct MapEntry: Sendable, Equatable {
    public var key: Expr
    public var value: Expr
}

/// What `COLUMNS(…)` chooses by.
public enum ColumnsSelector: Sendable, Equatable {
    /// `COLUMNS(*)`, `COLUMNS(t.* EXCLUDE (a))`.
    case star(Star)
    /// A regular expression as a string, a list of names, or a lambda over the name.
    case expression(Expr)
}

/// A call of a scalar, aggregate, window or table function.
///
/// `EXTRACT(f FROM x)`, `POSITION(a IN b)`, `SUBSTRING(x FROM a FOR b)`, `TRIM(BOTH c FROM x)`, `OVERLAY(…)` and
/// `x AT TIME ZONE z` arrive as calls of `date_part('f', x)`, `position(a, b)` (needle first), `substring`,
/// `trim`/`ltrim`/`rtrim`, `overlay` and `timezone(z, x)`.
public struct FunctionCall: Sendable, Equatable {
    public var name: ObjectName
    public var arguments: [FunctionArgument]
    /// `count(*)`: then there are no arguments.
    public var isStar = false
    public var isDistinct = false
    /// ORDER BY inside the parentheses.
    public var orderBy: [OrderTerm] = []
    /// `WITHIN GROUP (ORDER BY …)`.
    public var withinGroup: [OrderTerm] = []
    public var nullTreatment: NullTreatment?
    public var filter: Expr?
    public var over: WindowReference?
    /// False for what PostgreSQL spells without parentheses: `CURRENT_USER`, `CURRENT_SCHEMA`, `SESSION_USER`.
    public var hasParentheses = true

    public init(_ name: ObjectName, _ arguments: [FunctionArgument]) {
        self.name = name
        self.arguments = arguments
    }

    /// A plain call with positional arguments.
    public init(_ name: String, _ arguments: [Expr]) {
        self.init(ObjectName(Identifier(name)), arguments.map { FunctionArgument(name: nil, value: $0) })
    }

    /// The values of the arguments, names dropped.
    public var values: [Expr] { arguments.map(\.value) }
}

public enum NullTreatment: String, Sendable, Hashable { case ignore = "IGNORE NULLS", respect = "RESPECT NULLS" }

/// An argument of a call, named (`delim := ','`, `delim => ','`) or not.
public struct FunctionArgument: Sendable, Equatable {
    public var name: Identifier?
    public var value: Expr
}

/// What follows `OVER`.
public enum WindowReference: Sendable, Equatable {
    case named(Identifier)
    case definition(WindowDefinition)
}

public struct WindowDefinition: Sendable, Equatable {
    /// The window this one builds on.
    public var base: Identifier?
    public var partitionBy: [Expr] = []
    public var orderBy: [OrderTerm] = []
    public var frame: WindowFrame?
}

public struct WindowFrame: Sendable, Equatable {
    public enum Unit: String, Sendable, Hashable { case rows = "ROWS", range = "RANGE", groups = "GROUPS" }
    public enum Exclusion: String, Sendable, Hashable { case noOthers = "NO OTHERS", currentRow = "CURRENT ROW", group = "GROUP", ties = "TIES" }
    public enum Bound: Sendable, Equatable {
        case unboundedPreceding
        case preceding(Expr)
        case currentRow
        case following(Expr)
        case unboundedFollowing
    }

    public var unit: Unit
    public var start: Bound
    /// nil when BETWEEN was not used.
    public var end: Bound?
    public var exclusion: Exclusion?
}

/// One term of ORDER BY.
public struct OrderTerm: Sendable, Equatable {
    public enum Direction: String, Sendable, Hashable { case ascending = "ASC", descending = "DESC" }
    public enum Nulls: String, Sendable, Hashable { case first = "FIRST", last = "LAST" }

    public var expr: Expr
    public var direction: Direction?
    public var nulls: Nulls?

    public init(_ expr: Expr, direction: Direction? = nil, nulls: Nulls? = nil) {
        self.expr = expr
        self.direction = direction
        self.nulls = nulls
    }
}
