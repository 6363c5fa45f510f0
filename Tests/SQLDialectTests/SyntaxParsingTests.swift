import Testing
@testable import SQLDialect

@Suite struct SyntaxParsingTests {
    @Test(arguments: [(Dialect.sqlite, SyntaxCorpus.common + SyntaxCorpus.sqlite), (.duckdb, SyntaxCorpus.common + SyntaxCorpus.duckdb)])
    func realStatementsParse(dialect: Dialect, statements: [String]) {
        for sql in statements {
            do {
                let parsed = try Parser.parse(sql, dialect: dialect)
                #expect(parsed.count == 1, "\(dialect): \(sql)")
                #expect(parsed.first?.range.text(in: sql).isEmpty == false)
            } catch {
                Issue.record("\(dialect): \(sql)\n  \(error)")
            }
        }
    }
}
