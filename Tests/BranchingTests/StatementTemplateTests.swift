import Foundation
import Engine
import SQLDialect
import Testing

@testable import Branching

/// Literals taken out of a text, and that a text means the same with and without.
@Suite struct StatementTemplateTests {
    @Test(arguments: [
        ("SELECT a FROM t WHERE id = 12;", "SELECT a FROM t WHERE id = $1", ["12"]),
        ("UPDATE t SET a = a + -7, n = 'x''y' WHERE id <= 3", "UPDATE t SET a = a + $1, n = $2 WHERE id <= $3", ["-7", "x'y", "3"]),
        ("INSERT INTO t (a, b) VALUES (1, 'z'), (-2, NULL)", "INSERT INTO t (a, b) VALUES ($1, $2), ($3, NULL)", ["1", "z", "-2"]),
        ("delete from t where a<>5 and b > 6", "delete from t where a<>$1 and b > $2", ["5", "6"]),
        // Places that are not values stay as they are.
        ("SELECT 1, round(x, 2) FROM t WHERE id = 4 ORDER BY 2 LIMIT 10", "SELECT 1, round(x, 2) FROM t WHERE id = $1 ORDER BY 2 LIMIT 10", ["4"]),
        ("SELECT a FROM t WHERE f(x, 3) = 4 AND d = DATE '2024-01-01'", "SELECT a FROM t WHERE f(x, 3) = $1 AND d = DATE '2024-01-01'", ["4"]),
        ("SELECT a FROM t WHERE x = 1.5 AND y = 2", "SELECT a FROM t WHERE x = 1.5 AND y = $1", ["2"]),
    ])
    func takesLiteralsOut(sql: String, text: String, literals: [String]) throws {
        let template = try #require(StatementTemplate(sql))
        #expect(template.text == text)
        let found = template.literals.map { literal in
            switch literal {
            case .integer(let number): String(number)
            case .text(let text): text
            }
        }
        #expect(found == literals)
    }

    @Test(arguments: [
        "SELECT a FROM t", "SELECT a FROM t WHERE id = $1", "SELECT a FROM t WHERE id = ?", "SELECT 1; SELECT a FROM t WHERE id = 2", "BEGIN",
        "SELECT a FROM t WHERE id = 1 -- why", "SELECT a FROM t WHERE id = 1 /* why */", "SELECT a FROM t WHERE id = E'x'", "SELECT a FROM t WHERE id = 'open",
        "SELECT a FROM t WHERE x = $tag$ 1 $tag$", "CREATE TABLE t (a INT DEFAULT 1)", "SELECT a FROM t WHERE id = 1::text", "SELECT a FROM t WHERE id = x'00'",
    ])
    func leavesOthersAlone(sql: String) {
        #expect(StatementTemplate(sql) == nil)
    }

    /// Each statement through its template and as it stands, on twins of one table.
    @Test func meansTheSame() async throws {
        let db = try await BranchLite.open(":memory:")
        try await ThreadedSession.run(db) { session in
            for table in ["a", "b"] {
                _ = try session.execute(
                    "CREATE TABLE \(table) (id INTEGER PRIMARY KEY, small TINYINT, big BIGINT, name VARCHAR, price DECIMAL(8,2), day DATE, f DOUBLE, ok BOOLEAN, j JSON)")
            }
            let statements = [
                "INSERT INTO T (id, small, big, name, price, day, f, ok) VALUES (1, 2, 3, 'x', 4, '2024-01-02', 5, true)",
                "INSERT INTO T (id, small, big, name, price, day, f, ok) VALUES (2, -2, 9000000000, 'it''s', 4, '2024-01-03', 5, false)",
                "INSERT INTO T (id, small) VALUES (3, 300)", "INSERT INTO T (id, name) VALUES (4, 7)", "INSERT INTO T (id, j) VALUES (5, '{\"a\": 1}')",
                "UPDATE T SET big = big + 10 WHERE small = -2", "UPDATE T SET price = price + 1 WHERE id = 1", "UPDATE T SET name = 'é' WHERE name = 'x'",
                "UPDATE T SET small = small + 200 WHERE id = 1", "UPDATE T SET f = f - 1 WHERE f > 4", "DELETE FROM T WHERE day = '2024-01-03'",
                "INSERT INTO T (id, name) VALUES (1, 'again')", "UPDATE T SET day = day + 1 WHERE id = 1", "UPDATE T SET name = 5 WHERE id = 1",
                "DELETE FROM T WHERE price = 5",
            ]
            for statement in statements {
                let plain = Result { try session.execute(statement.replacing(" T ", with: " a ")) }
                let quick = Result { try session.executeQuickly(statement.replacing(" T ", with: " b ")) }
                switch (plain, quick) {
                case (.success(let left), .success(let right)): #expect(left == right, "\(statement)")
                case (.failure(let left as BranchLiteError), .failure(let right as BranchLiteError)): #expect(left.code == right.code, "\(statement)")
                default: Issue.record("\(statement): \(plain) and \(quick)")
                }
                let rows = try ["a", "b"].map { try session.rows("SELECT * FROM \($0) ORDER BY id") }
                #expect(rows[0] == rows[1], "\(statement)")
            }
        }
        try await db.close()
    }
}

extension StatementSession {
    fileprivate func executeQuickly(_ sql: String) throws -> Int {
        guard let quick = template(sql) else { return try execute(sql) }
        return try run(quick.text, values: quick.values, types: quick.types, into: KeptRows()).rowsAffected
    }
}
