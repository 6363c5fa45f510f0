import Testing
@testable import SQLDialect

@Suite struct SyntaxPrintingTests {
    @Test(arguments: Dialect.allCases)
    func printedStatementsReadBackEqual(dialect: Dialect) throws {
        for sql in SyntaxCorpus.statements(dialect) {
            let parsed = try Parser.parse(sql, dialect: dialect)
            let printed = parsed.map { Printer.print($0, target: dialect) }.joined(separator: ";\n")
            do {
                let again = try Parser.parse(printed, dialect: dialect)
                if again != parsed { Issue.record("\(dialect): \(sql)\nprinted: \(printed)") }
            } catch {
                Issue.record("\(dialect): \(sql)\nprinted: \(printed)\n  \(error)")
            }
        }
    }
}
