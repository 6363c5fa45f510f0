import Foundation
import Testing

@testable import Branching
import Engine

@Suite struct DiffFormsTests {
    private let users = """
        CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT, age INTEGER, photo BLOB);
        INSERT INTO users VALUES (1, 'Ann', 36, NULL), (2, 'Bob', 41, x'0102'), (30, 'Cyd', NULL, NULL);
        """

    @Test func textIsAlignedAndMarksWhatChanged() async throws {
        let fixture = try await Fixture(users)
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 42, name = 'NULL' WHERE id = 2; DELETE FROM users WHERE id = 1; INSERT INTO users VALUES (4, '', 7, x'00ff'); ALTER TABLE users ADD COLUMN mail TEXT; CREATE INDEX i ON users(name)")
        let text = try await fixture.db.text("b", .text)
        let version = try await fixture.db.diff(DiffRequest(branch: "b"))
        #expect(text == """
            diff main@\(version.baseVersion) → b@\(version.branchVersion)
            ~ table users
                + mail TEXT
            + index i
            table users: 1 inserted, 1 updated, 1 deleted
                id  name              age  photo    mail
              -  1  Ann                36  NULL
              ~  2  Bob → 'NULL'  41 → 42  x'0102'  NULL
              +  4  ''                  7  x'00FF'  NULL

            """, "\(text)")
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("  ") }
        #expect(rows.contains { $0.contains("Bob → 'NULL'") && $0.contains("41 → 42") })
        #expect(rows.contains { $0.hasPrefix("  + ") && $0.contains(" '' ") && $0.contains("x'00FF'") && $0.contains("NULL") })
        // The ages end in the same cell.
        let ends = rows.filter { $0.hasPrefix("  - ") || $0.hasPrefix("  ~ ") || $0.hasPrefix("  + ") }.compactMap { line -> Int? in
            ["36 ", "41 → 42 ", " 7 "].compactMap { mark in line.range(of: mark).map { line.distance(from: line.startIndex, to: $0.upperBound) } }.first
        }
        #expect(ends.count == 3 && Set(ends).count == 1, "\(text)")
        try await fixture.close()
    }

    @Test func textTakesColoursAndAWidth() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT, b TEXT, same TEXT); INSERT INTO t VALUES (1, 'x', 'y', 'z')")
        let branch = try await fixture.branch("b")
        let long = String(repeating: "lorem ipsum ", count: 30)
        try await branch.query("UPDATE t SET a = '\(long)' || char(27) || 'end', b = '日本語' WHERE id = 1")
        let plain = try await fixture.db.text("b", .text)
        #expect(!plain.contains("\u{1B}") && plain.contains("x → lorem") && plain.contains("…"))
        // Columns that are the same in every row say nothing about an update.
        #expect(!plain.contains("same"))
        let coloured = try await fixture.db.text("b", .text, style: DiffTextStyle(colour: true, width: 40))
        #expect(coloured.contains("\u{1B}[31mx\u{1B}[0m") && coloured.contains("\u{1B}[32m"))
        let bare = coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "")
        #expect(bare.split(separator: "\n").dropFirst().allSatisfy { TerminalText.width(String($0)) <= 40 }, "\(bare)")
        // Long texts are shown from where they begin to differ.
        try await branch.query("UPDATE t SET a = a || 'X'")
        let cursorVersion = try await fixture.db.history("b").dropFirst().first?.version ?? 0
        let tail = try await fixture.db.text("b", base: "b@\(cursorVersion)", against: .head, .text)
        #expect(tail.contains("…") && tail.contains("endX"), "\(tail)")
        try await fixture.close()
    }

    @Test func csvHasALinePerCell() async throws {
        let fixture = try await Fixture(users + "CREATE TABLE \"a,b\"(k TEXT, n INTEGER, v, PRIMARY KEY(k, n)); INSERT INTO \"a,b\" VALUES ('x', 1, 'old')")
        let branch = try await fixture.branch("b")
        try await branch.query("""
            UPDATE users SET age = 42, photo = NULL WHERE id = 2; DELETE FROM users WHERE id = 30;
            UPDATE "a,b" SET v = 'say "hi",' || char(10) || 'you'; INSERT INTO "a,b" VALUES ('y', 2, ''), ('z', 3, 'q' || char(0));
            """)
        let text = try await fixture.db.text("b", .csv)
        let key = "{\"\"id\"\":2}"
        #expect(text == """
            table,change,kind,key,column,before_type,before,after_type,after\r
            "a,b",1,updated,"{""k"":""x"",""n"":1}",v,text,old,text,"say ""hi"",\nyou"\r
            "a,b",2,inserted,"{""k"":""y"",""n"":2}",k,,,text,y\r
            "a,b",2,inserted,"{""k"":""y"",""n"":2}",n,,,integer,2\r
            "a,b",2,inserted,"{""k"":""y"",""n"":2}",v,,,text,""\r
            "a,b",3,inserted,"{""k"":""z"",""n"":3}",k,,,text,z\r
            "a,b",3,inserted,"{""k"":""z"",""n"":3}",n,,,integer,3\r
            "a,b",3,inserted,"{""k"":""z"",""n"":3}",v,,,text_hex,7100\r
            users,4,updated,"\(key)",age,integer,41,integer,42\r
            users,4,updated,"\(key)",photo,blob,0102,null,\r
            users,5,deleted,"{""id"":30}",id,integer,30,,\r
            users,5,deleted,"{""id"":30}",name,text,Cyd,,\r
            users,5,deleted,"{""id"":30}",age,null,,,\r
            users,5,deleted,"{""id"":30}",photo,null,,,\r

            """)
        try await fixture.close()
    }

    @Test func typedColumnsReadAsTheirTypes() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, day DATE, price DECIMAL(10,2)); INSERT INTO t VALUES (1, DATE '2024-01-01', 9.99)", dialect: .duckdb)
        let branch = try await fixture.db.createBranch(BranchCreateRequest(name: "b"))
        let session = try await fixture.on(branch.name, dialect: .duckdb)
        try await session.query("UPDATE t SET day = DATE '2024-02-29', price = 10.5")
        await session.close()
        let csv = try await fixture.db.text("b", .csv)
        #expect(csv.contains("day,date,2024-01-01,date,2024-02-29\r\n") && csv.contains("price,\"decimal(10,2)\",9.99,\"decimal(10,2)\",10.50\r\n"), "\(csv)")
        let text = try await fixture.db.text("b", .text)
        #expect(text.contains("2024-01-01 → 2024-02-29") && text.contains("9.99 → 10.50"), "\(text)")
        try await fixture.close()
    }

    @Test func jsonIsWhatDiffAnswers() async throws {
        let fixture = try await Fixture(users + "CREATE VIRTUAL TABLE docs USING fts5(body); INSERT INTO docs VALUES ('one'); CREATE TABLE plain(a)")
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE users SET age = 1; UPDATE docs SET body = 'two'; INSERT INTO plain VALUES (1); DROP TABLE plain; CREATE TABLE p2(a); INSERT INTO p2 VALUES (1.5)")
        let read = try JSONDecoder().decode(DiffResult.self, from: Data(try await fixture.db.written("b", .json)))
        #expect(read == (try await fixture.diff("b")))
        try await fixture.close()
    }

    @Test func partsHoldWhileBranchesGoOn() async throws {
        let fixture = try await Fixture("CREATE TABLE a(id INTEGER PRIMARY KEY, v); CREATE TABLE z(v)")
        let branch = try await fixture.branch("b")
        try await branch.query("INSERT INTO a SELECT value, 'x' FROM json_each('[1,2,3,4,5,6,7,8,9]'); INSERT INTO z VALUES (1), (2)")
        let whole = try await fixture.db.text("b", .sql)
        var (text, cursor): (String, String?) = ("", nil)
        repeat {
            let part = try await fixture.db.diffChunk(DiffRequest(branch: "b", limit: 2, cursor: cursor), format: .sql)
            text += part.text ?? ""
            cursor = part.nextCursor
            try await branch.query("DELETE FROM a WHERE id = (SELECT min(id) FROM a); INSERT INTO z VALUES (3)")
            if let cursor {
                // A cursor is good for the call that it came from.
                #expect(await code { _ = try await fixture.db.diffChunk(DiffRequest(branch: "b", cursor: cursor), format: .csv) } == "BL_BAD_ARGUMENT")
            }
        } while cursor != nil
        #expect(text == whole)
        #expect(await code { _ = try await fixture.db.diffChunk(DiffRequest(branch: "b", cursor: "f1.x"), format: .sql) } == "BL_BAD_ARGUMENT")
        #expect(await code { _ = try await fixture.db.diffChunk(DiffRequest(branch: "b", limit: 0), format: .sql) } == "BL_BAD_ARGUMENT")
        #expect(await code { _ = try await fixture.db.diffChunk(DiffRequest(branch: "b", table: "nowhere"), format: .text) } == "BL_NO_SUCH_TABLE")
        // A sink that fails ends the diff with its error.
        let request = DiffRequest(branch: "b")
        #expect(await code { try await fixture.db.writeDiff(request, format: .csv) { _ throws(BranchLiteError) in throw BranchLiteError("BL_IO", "full") } } == "BL_IO")
        let one = try await fixture.db.text("b", table: "Z", .sql)
        #expect(one.contains("\"z\"") && !one.contains("\"a\""))
        try await fixture.close()
    }
}
