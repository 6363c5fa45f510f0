import Foundation
import PageStore
import Testing

@testable import Engine

/// Bytes of a good database changed at random: every reader ends, with rows or with a typed error.
@Suite struct BTreeFuzzTests {
    static func sample(_ pageSize: Int) throws -> FilePages {
        let database = try BTreeTestDatabase(pageSize: pageSize)
        try database.execute("""
            CREATE TABLE a(k INTEGER PRIMARY KEY, v TEXT, w);
            CREATE TABLE b(k TEXT COLLATE NOCASE, n INT, v, PRIMARY KEY(k, n DESC)) WITHOUT ROWID;
            CREATE TABLE c(v);
            WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 400)
            INSERT INTO a SELECT i, hex(i * 7919), i * 0.5 FROM s;
            INSERT INTO a VALUES (1000, replace(hex(zeroblob(3000)), '0', 'x'), 1);
            INSERT INTO b SELECT v || k, k % 9, w FROM a WHERE k % 3 = 0;
            INSERT INTO b VALUES (replace(hex(zeroblob(900)), '0', 'y'), 1, zeroblob(2500));
            INSERT INTO c SELECT v FROM a;
            DELETE FROM c WHERE rowid % 4 <> 1 AND rowid > 50;
            CREATE TABLE d(k TEXT PRIMARY KEY, v);
            INSERT INTO d SELECT v || k, k FROM a WHERE k % 2 = 0;
            """)
        return try database.pages()
    }

    /// Reads everything there is; returns the errors met.
    static func readAll(_ pages: FilePages, against good: FilePages, roots: [PageNumber]) -> [BTreeError] {
        var errors: [BTreeError] = []
        func attempt(_ body: () throws(BTreeError) -> Void) {
            do throws(BTreeError) { try body() } catch { errors.append(error) }
        }
        func drain(_ diff: any RowChangeSource) throws(BTreeError) {
            while let change = try diff.next() {
                _ = try change.before?.values(count: 4)
                _ = try change.after?.values(count: 4)
                _ = try change.key().values()
                _ = try diff.position()
            }
        }
        let objects = (try? DatabaseImage(good).schema()) ?? []
        let (table, index) = (objects.first { $0.name == "d" }?.rootPage ?? 0, objects.first { $0.name == "sqlite_autoindex_d_1" }?.rootPage ?? 0)
        let side = TableSide(root: table, layout: TableLayout(kind: .rowid))
        func keyed(_ image: DatabaseImage) -> KeyedTable {
            KeyedTable(image: image, side: side, indexRoot: index, order: .binary(count: 1), columns: [0])
        }
        let pairs = [ColumnPair(old: 0, new: 0), ColumnPair(old: 1, new: 1)]
        attempt { () throws(BTreeError) in
            let image = try DatabaseImage(pages)
            let intact = try DatabaseImage(good)
            attempt { () throws(BTreeError) in _ = try image.schema() }
            attempt { () throws(BTreeError) in try image.forEachFreePage { _ in } }
            let kinds: [TreeKind] = [.rowid, .keyed(KeyOrder(columns: [
                KeyColumn(collation: .nocase), KeyColumn(descending: true),
            ]))]
            let key = RecordEncoder.encode([.text("5E"), .integer(3)])
            for root in roots {
                for kind in kinds {
                    attempt { () throws(BTreeError) in
                        let cursor = TreeCursor(image, root: root, kind: kind)
                        if kind == .rowid {
                            _ = try cursor.find(rowid: 77)
                        } else {
                            _ = try key.withRecord { (record) throws(BTreeError) in try cursor.find(key: record) }
                        }
                        cursor.rewind()
                        while try cursor.next() { _ = try cursor.record().values() }
                    }
                }
            }
            let changed = FilePages.changed(pages, good)
            for (old, new) in [(intact, image), (image, intact)] {
                attempt { () throws(BTreeError) in
                    let diff = try DatabaseDiff(old: old, new: new, changedPages: changed)
                    let match = KeyMatch(old: keyed(old), new: keyed(new), pairs: pairs)
                    attempt { () throws(BTreeError) in
                        try drain(diff.rows(old: side, new: side, matching: match, comparing: pairs, added: []))
                    }
                    // Every row is looked up on the other side.
                    attempt { () throws(BTreeError) in
                        let (gone, came) = (try diff.rows(old: side, new: nil), try diff.rows(old: nil, new: side))
                        try drain(SweepDiff(old: gone, new: came, match, RowComparison(old: side.layout, new: side.layout, pairs: pairs, added: [])))
                    }
                    for root in roots {
                        for kind in kinds {
                            let side = TableSide(root: root, layout: TableLayout(kind: kind))
                            attempt { () throws(BTreeError) in try drain(diff.rows(old: side, new: side)) }
                        }
                    }
                }
            }
        }
        return errors
    }

    @Test(arguments: [512, 1024])
    func anyBytesGiveRowsOrAnError(pageSize: Int) throws {
        let good = try Self.sample(pageSize)
        let roots = try DatabaseImage(good).schema().map(\.rootPage).filter { $0 != 0 } + [1]
        let clean = Self.readAll(good, against: good, roots: roots)
        // Each root is read as both kinds; the wrong kind is an error and nothing else is.
        #expect(clean.count == roots.count, "\(clean)")
        var random = BTreeRandom(seed: UInt64(pageSize))
        var damaged = 0
        let rounds = ProcessInfo.processInfo.environment["BRANCHLITE_FUZZ_ROUNDS"].flatMap { Int($0) } ?? 120
        for round in 0 ..< rounds {
            let pages = FilePages(good.bytes, pageSize: pageSize)
            for _ in 0 ..< 1 + random.below(8) {
                let page = random.below(Int(good.pageCount)) * pageSize
                // Headers, cell pointers and pointer-map entries lie at the start of pages.
                let offset = random.chance(60) ? random.below(24) : random.below(pageSize)
                if page + offset < 16, round % 10 != 0 { continue }
                pages.bytes[page + offset] = random.pick([
                    0, 0xFF, 0x80, 2, 5, 10, 13, UInt8(truncatingIfNeeded: random.next()),
                ])
            }
            if random.chance(10) {
                // Whole pages swapped or wiped.
                let (a, b) = (random.below(Int(good.pageCount)) * pageSize, random.below(Int(good.pageCount)) * pageSize)
                let moved = Array(pages.bytes[b ..< b + pageSize])
                pages.bytes.replaceSubrange(a ..< a + pageSize, with: moved)
            }
            if random.chance(5) { pages.bytes.removeLast(pageSize * (1 + random.below(Int(good.pageCount) - 1))) }
            if Self.readAll(pages, against: good, roots: roots).count > clean.count { damaged += 1 }
        }
        #expect(damaged > rounds / 5, "the mutator reaches the decoder: \(damaged) rounds met an error")
    }

    @Test func randomRecordsNeverRunOut() {
        var random = BTreeRandom(seed: 9)
        var decoded = 0
        for _ in 0 ..< 20_000 {
            let bytes = (0 ..< random.below(40)).map { _ in
                random.chance(50) ? UInt8(random.below(16)) : UInt8(truncatingIfNeeded: random.next())
            }
            if let values = try? bytes.withRecord({ (record) throws(BTreeError) in try record.values() }) {
                decoded += 1
                #expect(values.count < bytes.count)
            }
        }
        #expect(decoded > 0)
    }
}
