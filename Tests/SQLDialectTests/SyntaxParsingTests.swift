import Testing
@testable import SQLDialect

@Suite struct SyntaxParsingTests {
    @Test(arguments: Dialect.allCases)
    func realStatementsParse(dialect: Dialect) {
        for sql in SyntaxCorpus.statements(dialect) {
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
