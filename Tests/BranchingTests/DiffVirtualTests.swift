import Testing

@testable import Branching
import Engine

/// Virtual tables in a diff: as the module gives their rows, whatever way they are compared.
@Suite struct DiffVirtualTests {
    private static let tables = [
        "own": "CREATE VIRTUAL TABLE own USING fts5(title, body UNINDEXED, tokenize = 'porter')",
        "four": "CREATE VIRTUAL TABLE four USING fts4(title, body, notindexed=body)",
        "lean": "CREATE VIRTUAL TABLE lean USING fts5(title, content = '')",
        "over": "CREATE VIRTUAL TABLE over USING fts5(title, content = 'texts', content_rowid = 'id')",
        "boxes": "CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1, y0, y1, +label)",
        "whole": "CREATE VIRTUAL TABLE whole USING rtree_i32(id, x0, x1)",
    ]

    private static func insert(_ table: String, _ id: Int, _ random: inout SeededGenerator) -> String {
        let (a, b) = (Int.random(in: 0..<500, using: &random), Int.random(in: 0..<3, using: &random))
        return switch table {
        case "own": "INSERT INTO own(rowid, title, body) VALUES (\(id), 'title \(a)', \(b == 0 ? "NULL" : b == 1 ? "\(a)" : "'body \(a)'"))"
        case "four": "INSERT INTO four(rowid, title, body) VALUES (\(id), 'title \(a)', 'body \(b)')"
        case "lean": "INSERT INTO lean(rowid, title) VALUES (\(id), 'title \(a)')"
        case "over": "INSERT INTO texts VALUES (\(id), 'title \(a)'); INSERT INTO over(rowid, title) VALUES (\(id), 'title \(a)')"
        case "boxes": "INSERT INTO boxes VALUES (\(id), \(a), \(a + 1).5, \(b), \(b), 'label \(b)')"
        default: "INSERT INTO whole VALUES (\(id), \(a), \(a + b))"
        }
    }

    private static func change(_ table: String, _ part: Int, _ random: inout SeededGenerator) -> String {
        let value = Int.random(in: 0..<500, using: &random)
        let condition = "\(table == "boxes" || table == "whole" ? "id" : "rowid") % 11 = \(part % 11)"
        let deletes = Bool.random(using: &random)
        return switch table {
        // The module of a table without content cannot change rows, and one over another table follows it.
        case "lean", "over": insert(table, 1_000 + part, &random)
        case _ where deletes: "DELETE FROM \(table) WHERE \(condition)"
        case "boxes": "UPDATE boxes SET \(value % 2 == 0 ? "label = 'new \(value)'" : "x1 = x0 + \(value)") WHERE \(condition)"
        case "whole": "UPDATE whole SET x1 = x0 + \(value) WHERE \(condition)"
        default: "UPDATE \(table) SET title = 'changed \(value)' WHERE \(condition)"
        }
    }

    private func rows(_ side: VersionSide, _ table: String) throws -> [Int64: [String: JSONValue]] {
        let rows = try VirtualRows(side, table)
        return rows.rows.mapValues { VirtualRows.json(rows.columns, $0) }
    }

    @Test(arguments: 1...6)
    func diffAgreesWithTheModule(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let fixture = try await Fixture("CREATE TABLE texts(id INTEGER PRIMARY KEY, title TEXT);" + Self.tables.values.sorted().joined(separator: ";"))
        for table in Self.tables.keys.sorted() {
            for id in 1...60 { try await fixture.session.query(Self.insert(table, id, &random)) }
        }
        let branch = try await fixture.branch("b")
        for (index, table) in Self.tables.keys.sorted().enumerated() {
            for step in 0..<3 {
                let session = Bool.random(using: &random) ? branch : fixture.session
                try await session.query(Self.change(table, index * 3 + step, &random))
            }
            try await branch.query(Self.insert(table, 2_000, &random))
        }
        for (name, base) in [("b", "main"), ("main", "b")] {
            let diff = try await fixture.diff(name, base: base, against: .head)
            let sides = SideCache(fixture.db.context)
            let (old, new) = (
                try sides.side(fixture.db.context.resolve(base).version), try sides.side(fixture.db.context.resolve(name).version))
            for table in Self.tables.keys.sorted() {
                let (before, after) = (try rows(old, table), try rows(new, table))
                let found = diff.table(table)?.rows ?? []
                #expect(found.map { $0.key["rowid"]?.integerValue ?? 0 } == Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted(), "seed \(seed) \(table)")
                for row in found {
                    let rowid = try #require(row.key["rowid"]?.integerValue)
                    #expect(row.before == before[rowid] && row.after == after[rowid], "seed \(seed) \(table) \(rowid)")
                    let changed = row.kind == .updated ? Set((before[rowid] ?? [:]).filter { after[rowid]?[$0.key] != $0.value }.keys) : []
                    #expect(Set(row.changedColumns) == changed, "seed \(seed) \(table) \(rowid)")
                }
            }
            // Texts that the tables keep themselves are compared by the pages they lie on.
            let pages = try sides.difference(from: old, to: new)
            for table in ["own", "four"] {
                #expect(try VirtualTableDiff(old: old, new: new, name: table, oldName: table, pages).changes() is FullTextChanges)
            }
            for table in ["lean", "over", "boxes"] {
                #expect(try VirtualTableDiff(old: old, new: new, name: table, oldName: table, pages).changes() is VirtualScan)
            }
            sides.close()
        }
        try await fixture.close()
    }

    @Test func tablesMadeAnewWithOtherColumns() async throws {
        let fixture = try await Fixture("""
            CREATE VIRTUAL TABLE d USING fts5(a, b); INSERT INTO d(rowid, a, b) VALUES (1, 'x', 'y'), (2, 'x', NULL), (3, 'q', 'r');
            CREATE VIRTUAL TABLE r USING rtree(id, x0, x1); INSERT INTO r VALUES (1, 1, 2);
            CREATE TABLE plain(a); INSERT INTO plain VALUES (1);
            """)
        let branch = try await fixture.branch("b")
        try await branch.query("""
            DROP TABLE d; CREATE VIRTUAL TABLE d USING fts5(c, a); INSERT INTO d(rowid, c, a) VALUES (1, NULL, 'x'), (2, 'new', 'x'), (3, NULL, 'changed');
            DROP TABLE r; CREATE VIRTUAL TABLE r USING rtree(id, y0, y1); INSERT INTO r VALUES (1, 1, 2), (2, 1, 2);
            DROP TABLE plain; CREATE VIRTUAL TABLE plain USING fts5(a); INSERT INTO plain(rowid, a) VALUES (1, 1);
            """)
        let diff = try await fixture.diff("b")
        #expect(diff.counts == ["d": "0/2/0", "r": "1/1/0", "plain": "1/0/0"])
        #expect(diff.table("d")?.rows?.map(\.changedColumns) == [["c"], ["a"]])
        #expect(diff.table("r")?.rows?.first?.changedColumns == ["y0", "y1"] || diff.table("r")?.rows?.first?.changedColumns == ["id", "y0", "y1"])
        try await fixture.close()
    }
}
