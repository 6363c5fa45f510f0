import SQLDialect

// On the wire a dialect is its name: "duckdb" or "sqlite".
extension Dialect: Codable {}
