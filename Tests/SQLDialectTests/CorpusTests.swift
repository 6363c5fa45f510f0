import Foundation
import Testing

@testable import SQLDialect

@Suite struct CorpusTests {
    /// Every statement binds, and what it lowers to is SQL again.
    @Test func everyStatementBinds() throws {
        let catalog = try FakeCatalog.shop()
        let statements = try Parser.parse(StatementCorpus.text, dialect: .duckdb)
        #expect(statements.count > 180)
        var dump = (catalog.branches[.main]?.rows ?? []).map { ($0.sql ?? "") + ";\n" }.joined()
        for statement in statements {
            let sql = statement.range.text(in: StatementCorpus.text)
            do {
                let lowered = try Lowering.lower(statement, source: StatementCorpus.text, catalog: catalog, settings: catalog.settings)
                for step in lowered.steps where !step.sql.hasPrefix("EXPLAIN") {
                    #expect(throws: Never.self, "\(step.sql)") { try Parser.parse(step.sql, dialect: .sqlite) }
                }
                dump += "-- \(sql)\n" + lowered.steps.map { $0.sql + ";\n" }.joined()
                if let columns = lowered.columns { dump += "--   => " + columns.map { "\($0.name): \($0.type)" }.joined(separator: " | ") + "\n" }
            } catch {
                Issue.record("\(sql): \(error)")
            }
        }
        if let path = ProcessInfo.processInfo.environment["BRANCHLITE_DUMP_LOWERED"] { try dump.write(toFile: path, atomically: true, encoding: .utf8) }
    }
}
