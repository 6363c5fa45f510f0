import Foundation
import PageStore
import Testing

@testable import Engine

/// The decoder piece by piece, and the cases of the diff that random histories seldom meet.
@Suite struct BTreeTests {
    @Test func varintsComeBack() throws {
        var values: [UInt64] = [0, 1, 127, 128, 16383, 16384, .max, .max - 1, UInt64(Int64.max)]
        for shift in 0 ..< 64 { values += [1 << UInt64(shift), (1 << UInt64(shift)) &- 1] }
        for value in values {
            var bytes: [UInt8] = []
            Varint.append(value, to: &bytes)
            #expect(bytes.count == Varint.length(value))
            bytes.withUnsafeBytes { raw in
                guard let base = raw.baseAddress else { return }
                var offset = 0
                #expect(Varint.read(base, &offset, end: bytes.count) == value)
                #expect(offset == bytes.count)
                offset = 0
                #expect(Varint.read(base, &offset, end: bytes.count - 1) == nil)
            }
        }
    }

    @Test func recordsAreEncodedAsSQLiteDoes() throws {
        let values: [SQLiteValue] = [
            .null, .integer(0), .integer(1), .integer(-1), .integer(127), .integer(128), .integer(-32769),
            .integer(8_388_608), .integer(-8_388_608), .integer(2_147_483_648), .integer(140_737_488_355_328),
            .integer(.min), .integer(.max), .real(1.5), .real(-0.0), .text(""), .text("é"), .blob([]), .blob([0, 255]),
            .text(String(repeating: "x", count: 200)),
        ]
        let encoded = RecordEncoder.encode(values)
        #expect(try encoded.withRecord { (record) throws(BTreeError) in try record.values() } == values)

        let database = try BTreeTestDatabase()
        let literals = values.map { value in
            switch value {
            case .null: "NULL"
            case .integer(.min): "(-9223372036854775807 - 1)"
            case .integer(let number): "\(number)"
            case .real(let number): "\(number)"
            case .text(let text): "'\(text)'"
            case .malformedText(let bytes): "CAST(x'" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "' AS TEXT)"
            case .blob(let bytes): "x'" + bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "'"
            }
        }
        let columns = (0 ..< values.count).map { "c\($0)" }.joined(separator: ",")
        try database.execute("CREATE TABLE t(\(columns)); INSERT INTO t VALUES(\(literals.joined(separator: ",")))")
        let image = try DatabaseImage(database.pages())
        let cursor = TreeCursor(image, root: try #require(try image.rootPage(ofTable: "T")), kind: .rowid)
        #expect(try cursor.next())
        #expect(try [UInt8](cursor.record().bytes) == encoded)
    }

    @Test func collationsOrderAsSQLite() throws {
        let database = try BTreeTestDatabase()
        var random = BTreeRandom(seed: 4)
        let texts = (0 ..< 60).map { _ in
            String((0 ..< random.below(5)).map { _ in random.pick(["a", "A", "b", " ", "Z", "é", "_", "["]) })
        }
        for (collation, name) in [(Collation.binary, "BINARY"), (.nocase, "NOCASE"), (.rtrim, "RTRIM")] {
            #expect(Collation(name: name.lowercased()) == collation)
            for _ in 0 ..< 150 {
                let (a, b) = (random.pick(texts), random.pick(texts))
                let row = try database.rows("SELECT '\(a)' < '\(b)' COLLATE \(name), '\(a)' = '\(b)' COLLATE \(name)")[0]
                let order = KeyOrder(columns: [KeyColumn(collation: collation)])
                let (left, right) = (RecordEncoder.encode([.text(a)]), RecordEncoder.encode([.text(b)]))
                let result = try left.withRecord { (l) throws(BTreeError) in
                    try right.withRecord { (r) throws(BTreeError) in try order.compare(l, r) }
                }
                #expect(row == [.integer(result < 0 ? 1 : 0), .integer(result == 0 ? 1 : 0)], "\(a)|\(b)|\(name)")
            }
        }
        #expect(Collation(name: "german") == nil)
    }

    @Test func integersAndRealsCompareExactly() throws {
        let order = KeyOrder.binary(count: 1)
        let ascending: [SQLiteValue] = [
            .null, .real(-.infinity), .integer(.min), .real(-1.5), .integer(-1), .integer(0), .real(0.5), .integer(1),
            .integer(9_007_199_254_740_992), .integer(9_007_199_254_740_993), .real(9_007_199_254_740_994),
            .integer(.max), .real(0x1p63), .real(.infinity), .text(""), .text("a"), .blob([]), .blob([0]),
        ]
        for (i, a) in ascending.enumerated() {
            for (j, b) in ascending.enumerated() {
                let result = try RecordEncoder.encode([a]).withRecord { (l) throws(BTreeError) in
                    try RecordEncoder.encode([b]).withRecord { (r) throws(BTreeError) in try order.compare(l, r) }
                }
                #expect(result.signum() == (i - j).signum(), "\(a) and \(b)")
            }
        }
    }

    @Test func otherEncodingsAndOtherFilesAreNamed() throws {
        for (encoding, name) in [("UTF-16le", "UTF-16le"), ("UTF-16be", "UTF-16be")] {
            let database = try BTreeTestDatabase(pragmas: "PRAGMA encoding='\(encoding)'")
            try database.execute("CREATE TABLE t(a)")
            let pages = try database.pages()
            #expect(throws: BTreeError.unsupportedTextEncoding(name)) { try DatabaseImage(pages) }
        }
        #expect(throws: BTreeError.corrupt(page: 1, detail: "this is not a SQLite database")) {
            try DatabaseImage(FilePages(Array(repeating: 7, count: 8192), pageSize: 4096))
        }
        let empty = try DatabaseImage(FilePages([], pageSize: 4096))
        #expect(try empty.schema().isEmpty)
    }

    @Test func pointerMapAndFreelistAreRead() throws {
        let database = try BTreeTestDatabase(pageSize: 512)
        try database.execute("""
            CREATE TABLE t(a); CREATE TABLE u(a);
            WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 3000)
            INSERT INTO t SELECT hex(i * 1234567) FROM s;
            INSERT INTO u SELECT zeroblob(1700) FROM t LIMIT 60;
            DELETE FROM t WHERE rowid > 1500;
            """)
        let image = try DatabaseImage(database.pages())
        #expect(image.pageCount > 2 * 103, "there is more than one pointer-map page")
        var free: Set<PageNumber> = []
        try image.forEachFreePage { free.insert($0) }
        #expect(free.count == Int(image.header?.freelistCount ?? 0))
        #expect(try database.rows("PRAGMA freelist_count") == [[.integer(Int64(free.count))]])
        var overflow = 0
        for page in 1 ... image.pageCount {
            switch try image.use(of: page) {
            case .free: #expect(free.contains(page))
            case .firstOverflow: overflow += 1
            default: #expect(!free.contains(page))
            }
        }
        #expect(overflow == 60)
        let root = try #require(try image.rootPage(ofTable: "u"))
        let all = try ChangedPages(Array(1 ... image.pageCount), base: image)
        #expect((all.byTree[root] ?? 0) >= 60 * 3)
        #expect(all.byTree.values.reduce(0, +) + free.count + (1 ... image.pageCount).filter {
            (try? image.use(of: $0)) == .administrative
        }.count == Int(image.pageCount))
    }

    /// Runs `change` between two moments and returns the diff of the table `t`.
    private func diff(
        _ setUp: String, _ change: String, layout: TableLayout = TableLayout(kind: .rowid), table: String = "t",
        pageSize: Int = 1024
    ) throws -> (RowDiffCounts, DatabaseDiff) {
        let database = try BTreeTestDatabase(pageSize: pageSize)
        try database.execute(setUp)
        let before = try database.pages()
        try database.execute(change)
        let after = try database.pages()
        let (old, new) = (try DatabaseImage(before), try DatabaseImage(after))
        let diff = try DatabaseDiff(old: old, new: new, changedPages: FilePages.changed(before, after))
        let oldSide = try old.rootPage(ofTable: table).map { TableSide(root: $0, layout: layout) }
        let newSide = try new.rootPage(ofTable: table).map { TableSide(root: $0, layout: layout) }
        return (try diff.rows(old: oldSide, new: newSide).counts(), diff)
    }

    static let numbers = "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 2000)"

    @Test func overflowPageOverwrittenInPlace() throws {
        // The new value has the same length, so SQLite writes only the overflow page that differs.
        let (counts, diff) = try diff(
            "CREATE TABLE t(a); \(Self.numbers) INSERT INTO t SELECT replace(hex(zeroblob(2500)), '0', 'a') FROM s LIMIT 3",
            "UPDATE t SET a = substr(a, 1, 4999) || 'b' WHERE rowid = 2"
        )
        #expect(counts == RowDiffCounts(inserted: 0, deleted: 0, updated: 1))
        let root = try #require(try diff.old.rootPage(ofTable: "t"))
        #expect(diff.changedPagesByTree[root] == 1, "one overflow page and no leaf")
    }

    @Test func freedPagesKeepTheirBytes() throws {
        let (counts, diff) = try diff(
            "CREATE TABLE t(a); \(Self.numbers) INSERT INTO t SELECT hex(i) FROM s", "DELETE FROM t"
        )
        #expect(counts == RowDiffCounts(inserted: 0, deleted: 2000, updated: 0))
        #expect(diff.isPageLevel)
    }

    @Test func droppedTableLeavesOnlyItsOldRows() throws {
        let (counts, _) = try diff(
            "CREATE TABLE u(a); CREATE TABLE t(a); \(Self.numbers) INSERT INTO t SELECT hex(i) FROM s", "DROP TABLE t"
        )
        #expect(counts == RowDiffCounts(inserted: 0, deleted: 2000, updated: 0))
    }

    @Test func rootsThatMoveAreTheSameTable() throws {
        // Dropping u moves t's root, which is the last one, into u's place.
        let (counts, _) = try diff(
            "CREATE TABLE u(a); CREATE TABLE t(a); \(Self.numbers) INSERT INTO t SELECT hex(i) FROM s",
            "DROP TABLE u; UPDATE t SET a = 'new' WHERE rowid IN (5, 1500)"
        )
        #expect(counts == RowDiffCounts(inserted: 0, deleted: 0, updated: 2))
    }

    @Test func tablesThatExchangeTheirNames() throws {
        let (counts, _) = try diff(
            """
            CREATE TABLE t(a); CREATE TABLE u(a);
            \(Self.numbers) INSERT INTO t SELECT hex(i) FROM s;
            INSERT INTO u SELECT CASE WHEN rowid = 77 THEN 'other' ELSE a END FROM t WHERE rowid <> 1000;
            """,
            "ALTER TABLE t RENAME TO x; ALTER TABLE u RENAME TO t; ALTER TABLE x RENAME TO u"
        )
        #expect(counts.deleted == 1)
        // Row 77, and the rows from 1000 on, which hold the text of the row behind them.
        #expect(counts.updated == 1001)
    }

    @Test func untouchedTablesCostNothing() throws {
        let database = try BTreeTestDatabase()
        try database.execute("CREATE TABLE t(a); CREATE TABLE u(a); \(Self.numbers) INSERT INTO t SELECT i FROM s")
        let before = try database.pages()
        try database.execute("INSERT INTO u VALUES (1)")
        let after = try database.pages()
        let (old, new) = (try DatabaseImage(before), try DatabaseImage(after))
        let diff = try DatabaseDiff(old: old, new: new, changedPages: FilePages.changed(before, after))
        let t = try #require(try old.rootPage(ofTable: "t"))
        let u = try #require(try old.rootPage(ofTable: "u"))
        #expect(diff.isUntouched(oldRoot: t, newRoot: t))
        #expect(!diff.isUntouched(oldRoot: u, newRoot: u))
        #expect(diff.changedPagesByTree[u] == 1)
        #expect(diff.changedPagesByTree[t] == nil)
    }

    @Test func columnsThatMovedAreComparedByMeaning() throws {
        let database = try BTreeTestDatabase()
        try database.execute("CREATE TABLE t(a, b, c); INSERT INTO t VALUES (1,2,3), (4,5,6), (7,7,7)")
        let before = try database.pages()
        try database.execute("ALTER TABLE t DROP COLUMN b; UPDATE t SET c = 60 WHERE a = 4")
        let after = try database.pages()
        let diff = try DatabaseDiff(
            old: DatabaseImage(before), new: DatabaseImage(after), changedPages: FilePages.changed(before, after)
        )
        let root = try #require(try diff.old.rootPage(ofTable: "t"))
        let side = TableSide(root: root, layout: TableLayout(kind: .rowid))
        let pairs = [ColumnPair(old: 0, new: 0), ColumnPair(old: 2, new: 1)]
        let rows = try diff.rows(old: side, new: side, comparing: pairs)
        let change = try #require(try rows.next())
        #expect(change.kind == .updated && change.rowid == 2)
        #expect(try change.before?.value(at: 2) == .integer(6))
        #expect(try change.after?.value(at: 1) == .integer(60))
        let end = try rows.next()
        #expect(end == nil)
        // Equal bytes, other meaning: the columns exchanged.
        let swapped = try diff.rows(old: side, new: side, comparing: [ColumnPair(old: 0, new: 1)])
        #expect(try swapped.counts().updated == 2)
    }

    @Test func differentKeysAreRefused() throws {
        let database = try BTreeTestDatabase()
        try database.execute("CREATE TABLE t(a PRIMARY KEY) WITHOUT ROWID")
        let image = try DatabaseImage(database.pages())
        let diff = try DatabaseDiff(old: image, new: image, changedPages: [])
        let root = try #require(try image.rootPage(ofTable: "t"))
        let keyed = TableSide(root: root, layout: TableLayout(kind: .keyed(.binary(count: 1))))
        let rowid = TableSide(root: root, layout: TableLayout(kind: .rowid))
        #expect(throws: BTreeError.self) { _ = try diff.rows(old: keyed, new: rowid) }
        #expect(try diff.rows(old: keyed, new: keyed).counts().total == 0)
    }
}
