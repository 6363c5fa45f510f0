import Foundation
import PageStore
import Testing

@testable import Engine

/// The diff on versions of a store: branches of one database, compared both ways.
@Suite struct BTreeSnapshotTests {
    /// Commits the pages of `file` that differ from what `branch` has.
    private func commit(_ file: FilePages, to branch: BranchID, of store: Store) throws {
        let slot = try store.acquireWriter(of: branch, timeout: .seconds(1))
        defer { slot.release() }
        let snapshot = try store.snapshot(of: branch)
        let transaction = try store.begin(slot, on: snapshot)
        var held = [UInt8](repeating: 0, count: store.pageSize)
        for number in 1 ... file.pageCount {
            let start = (Int(number) - 1) * store.pageSize
            let page = Array(file.bytes[start ..< start + store.pageSize])
            let status = held.withUnsafeMutableBytes { buffer in
                buffer.baseAddress.map { snapshot.read(number, into: $0) } ?? .failed
            }
            if status == .ok, held == page { continue }
            try page.withUnsafeBytes { if let base = $0.baseAddress { try transaction.write(number, from: base) } }
        }
        if file.pageCount < snapshot.pageCount { transaction.truncate(toPageCount: file.pageCount) }
        _ = try transaction.commit()
    }

    @Test func branchesAreComparedPageByPage() throws {
        let store = try Store.open(path: ":memory:", options: StoreOptions())
        defer { try? store.close() }
        let database = try BTreeTestDatabase()
        try database.execute("""
            CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT, n REAL);
            CREATE TABLE quiet(a);
            WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 20000)
            INSERT INTO t SELECT i, hex(i * 7919), i FROM s;
            INSERT INTO quiet SELECT v FROM t LIMIT 500;
            """)
        let empty = try store.snapshot(of: .main)
        try commit(database.pages(), to: .main, of: store)
        let branch = try #require(BranchID(hex: "0000000000a1"))
        _ = try store.forkHead(of: .main, as: branch, metadata: [], durable: false)
        try database.execute("""
            UPDATE t SET v = 'changed', n = 7 WHERE id IN (3, 19999);
            DELETE FROM t WHERE id = 10000;
            INSERT INTO t VALUES (20001, 'new', 0.5);
            """)
        try commit(database.pages(), to: branch, of: store)

        let main = try store.snapshot(of: .main)
        let changed = try store.snapshot(of: branch)
        let diff = try DatabaseDiff(from: main, to: changed)
        #expect(diff.isPageLevel)
        let root = try #require(try diff.old.rootPage(ofTable: "t"))
        let quiet = try #require(try diff.old.rootPage(ofTable: "quiet"))
        #expect(diff.isUntouched(oldRoot: quiet, newRoot: quiet))
        #expect((diff.changedPagesByTree[root] ?? 0) <= 4)

        let side = TableSide(root: root, layout: TableLayout(kind: .rowid, rowidColumn: 0, realColumns: [2]))
        let rows = try diff.rows(old: side, new: side)
        var seen: [StoredRowChange] = []
        while let change = try rows.next() { seen.append(try change.copy()) }
        #expect(seen.map(\.kind) == [.updated, .deleted, .updated, .inserted])
        #expect(seen.map(\.key) == [.rowid(3), .rowid(10000), .rowid(19999), .rowid(20001)])
        #expect(try seen[0].after?.values(side.layout, count: 3) == [.integer(3), .text("changed"), .real(7)])
        #expect(try seen[3].after?.values(side.layout, count: 3) == [.integer(20001), .text("new"), .real(0.5)])

        let back = try DatabaseDiff(from: changed, to: main).rows(old: side, new: side).counts()
        #expect(back == RowDiffCounts(inserted: 1, deleted: 1, updated: 2))

        // Against a database that nothing has been written to, all rows are new.
        let whole = try DatabaseDiff(from: empty, to: main)
        #expect(!whole.isPageLevel)
        #expect(try whole.old.schema().isEmpty)
        #expect(try whole.rows(old: nil, new: side).counts() == RowDiffCounts(inserted: 20000))
    }
}
