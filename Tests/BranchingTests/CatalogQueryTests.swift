import Foundation
import Testing

@testable import Branching
import SQLDialect

/// What PostgreSQL's clients ask of the catalogue, word for word, with the number of rows that it has for the shop of `CatalogTests`.
@Suite struct CatalogQueryTests {
    struct Query: Codable, Sendable {
        var client: String
        /// `{{name}}` stands for the oid of a relation.
        var sql: String
        var rows: Int
    }

    static let queries: [Query] = {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("e2e/resources/postgresql/catalogue-queries.jsonl")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Query.self, from: Data($0.utf8)) }
    }()

    @Test(arguments: ["main", "work"]) func clientsGetTheirRows(branch: String) async throws {
        #expect(Self.queries.count > 100)
        let fixture = try await CatalogTests.fixture()
        try await fixture.db.createBranch(BranchCreateRequest(name: "work"))
        let session = try await fixture.on(branch, dialect: .duckdb)
        var oids: [String: String] = [:]
        for row in try await session.query("SELECT relname, oid FROM pg_class WHERE pg_table_is_visible(oid)").values { oids[row[0].text] = row[1].text }
        for query in Self.queries {
            var sql = query.sql
            for (name, oid) in oids { sql = sql.replacing("{{\(name)}}", with: oid) }
            do {
                let rows = try await session.query(sql).values.count
                // A branch shows main's beside its own.
                if branch == "main" { #expect(rows == query.rows, "\(query.client)") } else { #expect(rows >= min(query.rows, 1), "\(query.client)") }
            } catch {
                Issue.record("\(query.client): \(error)")
            }
        }
        await session.close()
        try await fixture.close()
    }
}
