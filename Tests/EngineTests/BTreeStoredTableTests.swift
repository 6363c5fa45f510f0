import PageStore
import Testing

@testable import Engine

/// Tables made through the Engine on a branch, read below SQL: every stored column as SQL reads it.
@Suite struct BTreeStoredTableTests {
    private let tables = [
        "plain(a, b TEXT)",
        "aliased(v REAL, id INTEGER PRIMARY KEY, \"w w\" DUCKDB DOUBLE)",
        "marked(\"id\" INTEGER CONSTRAINT \"duckdb:BIGINT\" PRIMARY KEY, n DUCKDB TIMESTAMP)",
        "descending(id INTEGER PRIMARY KEY DESC, v)",
        "texts(k TEXT PRIMARY KEY, v)",
        "generated(a INT, twice INT AS (a * 2) VIRTUAL, b, thrice INT AS (a * 3) STORED)",
        "keyed(v, n INT, k TEXT COLLATE NOCASE, w REAL, PRIMARY KEY(k, n DESC)) WITHOUT ROWID",
        "trimmed(v REAL, g AS (k || v) VIRTUAL, k TEXT PRIMARY KEY COLLATE RTRIM) WITHOUT ROWID",
    ]

    @Test func everyKindOfTableReadsAsSQLReadsIt() throws {
        let fixture = try Fixture()
        let connection = try fixture.connect()
        for table in tables {
            try connection.execute("CREATE TABLE \(table)")
        }
        for index in 0 ..< 40 {
            try connection.execute("""
                INSERT INTO plain VALUES(\(index) * 1.5, 't\(index)');
                INSERT INTO aliased VALUES(\(index), \(index * 3), \(index) / 2.0);
                INSERT INTO marked VALUES(\(index), \(index) * 86400000000);
                INSERT INTO descending VALUES(\(index), 'v');
                INSERT INTO texts VALUES('k' || \(index), x'00ff');
                INSERT INTO generated(a, b) VALUES(\(index), NULL);
                INSERT INTO keyed VALUES(zeroblob(\(index)), \(index % 5), 'Key' || \(index / 5), \(index));
                INSERT INTO trimmed(v, k) VALUES(\(index), 'k\(index)' || '  ');
                """)
        }
        for (added, type) in [("text_five", "TEXT DEFAULT 5"), ("real_two", "REAL DEFAULT 2"), ("int_seven", "INT DEFAULT '7'"),
                              ("none", "BLOB"), ("words", "NUMERIC DEFAULT 'x'"), ("minus", "DUCKDB BIGINT DEFAULT (-3)")] {
            for table in ["plain", "keyed"] { try connection.execute("ALTER TABLE \(table) ADD COLUMN \(added) \(type)") }
        }
        let image = try DatabaseImage(fixture.store.snapshot(of: .main))
        for name in tables.map({ String($0.prefix { $0 != "(" }) }) {
            let table = try connection.storedTable(name)
            #expect(table.isWithoutRowid == (table.layout.kind != .rowid))
            let root = try #require(try image.rootPage(ofTable: name))
            let list = table.columns.map { quoteIdentifier($0.name) }.joined(separator: ",")
            let order = switch name {
            case "keyed": "k, n DESC"
            case "trimmed": "k"
            default: "rowid"
            }
            let expected = try connection.query("SELECT \(list) FROM \(name) ORDER BY \(order)")
            let cursor = TreeCursor(image, root: root, kind: table.layout.kind)
            var found: [[SQLiteValue]] = []
            while try cursor.next() {
                let view = RowView(rowid: cursor.rowid, record: try cursor.record(), layout: table.layout)
                found.append(try view.values(count: table.columns.count))
            }
            #expect(found == expected, "\(name)")
            #expect(found.count == 40)
        }
        #expect(try connection.storedTable("aliased").layout.rowidColumn == 1)
        #expect(try connection.storedTable("marked").layout.rowidColumn == 0)
        #expect(try connection.storedTable("descending").layout.rowidColumn == nil)
        #expect(try connection.storedTable("keyed").columns.map(\.name).prefix(4) == ["k", "n", "v", "w"])
        #expect(try connection.storedTable("generated").columns.map(\.name) == ["a", "b", "thrice"])
        #expect(code { _ = try connection.storedTable("absent") } == "BL_NO_SUCH_TABLE")
    }

    @Test func aDroppedColumnIsPairedByName() throws {
        let fixture = try Fixture()
        let connection = try fixture.connect()
        try connection.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES(1, 2, 3), (4, 5, 6)")
        let before = try fixture.store.snapshot(of: .main)
        let oldTable = try connection.storedTable("t")
        try connection.execute("ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD COLUMN c DEFAULT 1; UPDATE t SET b = 60 WHERE id = 4")
        let newTable = try connection.storedTable("t")
        let diff = try DatabaseDiff(from: before, to: fixture.store.snapshot(of: .main))
        let rows = try diff.rows(
            old: TableSide(root: try #require(try diff.old.rootPage(ofTable: "t")), layout: oldTable.layout),
            new: TableSide(root: try #require(try diff.new.rootPage(ofTable: "t")), layout: newTable.layout),
            comparing: StoredTable.pairsByName(old: oldTable, new: newTable)
        )
        let change = try #require(try rows.next())
        #expect(change.kind == .updated && change.rowid == 4)
        #expect(try change.after?.values(count: 3) == [.integer(4), .integer(60), .integer(1)])
        let end = try rows.next()
        #expect(end == nil)
    }
}
