import SQLDialect

typealias ParsedStatement = Statement
