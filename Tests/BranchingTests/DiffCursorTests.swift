import Testing

@testable import Branching
import Engine
import PageStore

@Suite struct DiffCursorTests {
    /// All rows of a diff, a page at a time, with the counts that the pages gave.
    private func listed(
        _ fixture: Fixture, _ branch: String, base: String = "main", against: DiffAgainst = .mergeBase, limit: Int,
        between: (Int) async throws -> Void = { _ in }
    ) async throws -> (rows: [String], counts: Set<String>, pages: Int) {
        var (rows, counts, pages, cursor): ([String], Set<String>, Int, String?) = ([], [], 0, nil)
        repeat {
            let page = try await fixture.diff(branch, base: base, against: against, limit: limit, cursor: cursor)
            for table in page.tables {
                counts.insert("\(table.table) \(table.inserted)/\(table.updated)/\(table.deleted)")
                for row in table.rows ?? [] {
                    rows.append("\(table.table) \(row.kind) \(JSONValue.object(row.key).compactText) \(JSONValue.object(row.after ?? [:]).compactText)")
                }
            }
            #expect(page.tables.reduce(0) { $0 + ($1.rows ?? []).count } <= limit)
            cursor = page.nextCursor
            pages += 1
            try await between(pages)
        } while cursor != nil && pages < 1_000
        return (rows, counts, pages)
    }

    private let tables = """
        CREATE TABLE a(id INTEGER PRIMARY KEY, v); CREATE TABLE k(code TEXT COLLATE NOCASE PRIMARY KEY, v);
        CREATE TABLE w(x TEXT, y INTEGER, v, PRIMARY KEY(y DESC, x)) WITHOUT ROWID; CREATE TABLE plain(v);
        CREATE TABLE turned(x TEXT, y INTEGER, v, PRIMARY KEY(x, y)); CREATE TABLE other(x, y, PRIMARY KEY(x));
        CREATE VIRTUAL TABLE docs USING fts5(title, body); CREATE VIRTUAL TABLE boxes USING rtree(id, x0, x1);
        WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO a SELECT i, 'v' || i FROM n;
        INSERT INTO k SELECT 'Code' || id, v FROM a; INSERT INTO k VALUES (NULL, 1), (NULL, 2);
        INSERT INTO w SELECT 'x' || (id % 3), id, v FROM a; INSERT INTO plain SELECT v FROM a;
        INSERT INTO turned SELECT 'x' || (id % 7), id, v FROM a; INSERT INTO other SELECT id, -id FROM a WHERE id < 9;
        INSERT INTO docs(rowid, title, body) SELECT id, 't' || id, v FROM a; INSERT INTO boxes SELECT id, id, id + 1 FROM a;
        """

    private let changes = """
        UPDATE a SET v = 'new' WHERE id % 3 = 0; DELETE FROM a WHERE id % 5 = 0; INSERT INTO a VALUES (100, 'x'), (-5, 'y');
        UPDATE k SET code = upper(code) WHERE v IN ('v1', 'v2'); UPDATE k SET rowid = rowid + 100 WHERE v = 'v3'; DELETE FROM k WHERE v = 'v4';
        UPDATE k SET code = 'swap' WHERE v = 'v5'; UPDATE k SET code = 'Code5' WHERE v = 'v6'; UPDATE k SET code = 'Code6' WHERE code = 'swap';
        UPDATE k SET code = 'fresh' WHERE v = 'v7'; UPDATE k SET v = 9 WHERE v = 2; INSERT INTO k VALUES ('last', 0);
        UPDATE w SET v = NULL WHERE y % 4 = 0; DELETE FROM w WHERE y > 35; INSERT INTO w VALUES ('z', 99, 1);
        DELETE FROM plain WHERE rowid < 4; INSERT INTO plain VALUES ('more');
        CREATE TABLE t2(x TEXT, y INTEGER, v, PRIMARY KEY(y, x DESC)) WITHOUT ROWID; INSERT INTO t2 SELECT * FROM turned WHERE y > 3;
        DROP TABLE turned; ALTER TABLE t2 RENAME TO turned; UPDATE turned SET v = 'other' WHERE y = 20; INSERT INTO turned VALUES ('new', 1, 1);
        CREATE TABLE o2(x, y, PRIMARY KEY(y)); INSERT INTO o2 SELECT * FROM other; DROP TABLE other; ALTER TABLE o2 RENAME TO other;
        UPDATE docs SET body = 'changed' WHERE rowid % 6 = 0; DELETE FROM docs WHERE rowid = 1; INSERT INTO docs(rowid, title, body) VALUES (50, 'a', 'b');
        UPDATE boxes SET x1 = x1 + 1 WHERE id % 8 = 0; DELETE FROM boxes WHERE id = 3; INSERT INTO boxes VALUES (70, 1, 2);
        """

    @Test func pagesOfAnySizeGiveTheSameListing() async throws {
        let fixture = try await Fixture(tables)
        let branch = try await fixture.branch("b")
        try await branch.query(changes)
        let whole = try await listed(fixture, "b", limit: 1_000)
        #expect(whole.pages == 1)
        #expect(whole.counts == [
            "a 2/11/8", "k 2/5/2", "w 1/8/5", "plain 1/0/3", "turned 1/1/3", "other 8/0/8", "docs 1/6/1", "boxes 1/5/1",
        ])
        for limit in [1, 2, 3, 7] {
            let paged = try await listed(fixture, "b", limit: limit)
            #expect(paged.rows == whole.rows && paged.counts == whole.counts)
        }
        let back = try await listed(fixture, "main", base: "b", against: .head, limit: 1_000)
        #expect(try await listed(fixture, "main", base: "b", against: .head, limit: 4).rows == back.rows)
        try await fixture.close()
    }

    @Test func aListingOfALiveBranchHoldsWhileBothSidesGoOn() async throws {
        for against in [DiffAgainst.mergeBase, .head] {
            let fixture = try await Fixture("CREATE TABLE a(id INTEGER PRIMARY KEY, v); CREATE TABLE z(id INTEGER PRIMARY KEY, v); INSERT INTO z VALUES (1, 1)")
            let live = try await fixture.branch("live", mode: .live)
            for id in 1...6 { try await live.query("INSERT INTO a VALUES (?, 'x')", id) }
            try await fixture.session.query("INSERT INTO z VALUES (2, 2)")
            let whole = try await listed(fixture, "live", against: against, limit: 100)
            #expect(whole.rows.count == 6)
            let paged = try await listed(fixture, "live", against: against, limit: 2) { page in
                try await live.query("INSERT INTO z VALUES (?, 'live')", 100 + page)
                try await live.query("DELETE FROM a WHERE id = ?", page * 2 + 1)
                try await fixture.session.query("INSERT INTO z VALUES (?, 'main')", 10 + page)
            }
            #expect(paged.rows == whole.rows && paged.pages == 3)
            try await fixture.close()
        }
    }

    @Test func cursorsThatCannotGoOnSaySo() async throws {
        let fixture = try await Fixture("CREATE TABLE a(id INTEGER PRIMARY KEY, v)") { $0.history = .zero }
        let branch = try await fixture.branch("b")
        _ = try await fixture.branch("c")
        for id in 1...5 { try await branch.query("INSERT INTO a VALUES (?, 1)", id) }
        let cursor = try #require(try await fixture.diff("b", limit: 2).nextCursor)
        #expect(await code { _ = try await fixture.diff("b", limit: 2, cursor: cursor) } == nil)
        for wrong in ["", "nonsense", "1.2.3.616263", String(cursor.dropLast()), cursor + "A", String(cursor.reversed())] {
            #expect(await code { _ = try await fixture.diff("b", limit: 2, cursor: wrong) } == "BL_BAD_ARGUMENT")
        }
        // A position of another kind of table is refused, not followed.
        var other = try DiffCursor(cursor)
        other.position = RowChangePosition(key: .record([2, 1, 1]))
        let forged = other.text
        #expect(await code { _ = try await fixture.diff("b", limit: 2, cursor: forged) } == "BL_BAD_ARGUMENT")
        #expect(await code { _ = try await fixture.diff("c", limit: 2, cursor: cursor) } == "BL_BAD_ARGUMENT")
        try await branch.query("INSERT INTO a VALUES (9, 9)")
        try fixture.db.context.store.reclaim()
        #expect(await code { _ = try await fixture.diff("b", limit: 2, cursor: cursor) } == "BL_NO_SUCH_VERSION")
        try await fixture.close()
    }

    @Test func cursorsAreReadAsTheyWereWritten() throws {
        let live = FixedView.Live(parent: VersionID(rawValue: 7), own: ["é": OwnedTable(kind: .dropped, name: "É", base: VersionID(rawValue: 3))])
        var cursor = DiffCursor(
            branch: BranchID(rawValue: 5), base: .main, new: FixedView(VersionID(rawValue: 9), live: live), old: FixedView(VersionID(rawValue: .max)),
            isByTable: true, table: "a table")
        for key in [RowKey.rowid(.min), .rowid(.max), .record([]), .record([2, 0, 255])] {
            cursor.position = RowChangePosition(phase: 1, key: key)
            #expect(try DiffCursor(cursor.text) == cursor)
            cursor.counts = RowDiffCounts(inserted: 1, deleted: 2, updated: 300)
            #expect(try DiffCursor(cursor.text) == cursor)
        }
        cursor.position = nil
        #expect(try DiffCursor(cursor.text).position == nil)
    }
}
