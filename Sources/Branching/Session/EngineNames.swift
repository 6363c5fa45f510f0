import Engine

// Both Engine and SQLDialect have a `Statement`; each gets a name of its own here, in files that import only one of them.
public typealias PreparedStatement = Statement

/// Inside an extension of `JSONValue`, `Value` is the element of its dictionary literals; which of the two a whole-module build
/// takes is not to be relied on.
public typealias TypedValue = Value
