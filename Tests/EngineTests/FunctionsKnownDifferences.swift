/// Expressions of the fixture where our answer differs from DuckDB's on purpose; docs/dialect.md says why.
enum FunctionsKnownDifferences {
    static let expressions: [String] = []
}
