import Engine

// Both Engine and SQLDialect have a `Statement`; each gets a name of its own here, in files that import only one of them.
typealias PreparedStatement = Statement
