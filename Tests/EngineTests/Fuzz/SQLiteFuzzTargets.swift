import PageStore

#if !FUZZ_ALONE // the fuzzers compile this and the readers into one module
@testable import Engine
#endif

/// Any bytes read as pages and records of SQLite. Errors are fine; a crash, a hang or memory without bound is not. Also built for
/// libFuzzer (`Fuzz/`), so nothing here depends on the tests.
enum SQLiteFuzzTargets {
    static let all: [(name: String, run: @Sendable ([UInt8]) -> Void)] = [("pages", pages), ("record", record)]

    static let pageSize = 512

    /// Pages out of an array.
    private struct Pages: PageReader {
        let bytes: [UInt8]
        var pageSize: Int { SQLiteFuzzTargets.pageSize }
        var pageCount: UInt32 { UInt32(bytes.count / pageSize) }

        func readPage(_ number: PageNumber, into destination: UnsafeMutableRawPointer) throws(BTreeError) {
            guard number >= 1, number <= pageCount else { throw .unreadable(page: number, detail: "no such page") }
            bytes.withUnsafeBytes { source in
                if let base = source.baseAddress { destination.copyMemory(from: base + Int(number - 1) * pageSize, byteCount: pageSize) }
            }
        }
    }

    /// Rows read of one tree at most.
    private static let rowLimit = 500

    private static let header: [UInt8] = {
        var header = Array("SQLite format 3\0".utf8) + [UInt8](repeating: 0, count: 84)
        header[16] = 2 // 512 bytes a page
        (header[18], header[19], header[21], header[22], header[23]) = (1, 1, 64, 32, 32)
        header[47] = 4 // schema format
        header[59] = 1 // UTF-8
        return header
    }()

    /// The bytes as a database: its first 100 are put right but for what says where auto-vacuum and the freelist are.
    @Sendable static func pages(_ input: [UInt8]) {
        var bytes = input
        while bytes.count < 2 * pageSize || bytes.count % pageSize != 0 { bytes.append(0) }
        for (i, byte) in header.enumerated() where !(32 ..< 40).contains(i) && !(52 ..< 56).contains(i) { bytes[i] = byte }
        bytes[31] = UInt8(truncatingIfNeeded: bytes.count / pageSize)
        bytes[30] = UInt8(truncatingIfNeeded: bytes.count / pageSize >> 8)
        do throws(BTreeError) {
            let image = try DatabaseImage(Pages(bytes: bytes))
            walk(image)
            // Against itself with some pages said to have changed, and against one that has fewer.
            let half = Array(bytes.prefix(max(2, bytes.count / pageSize / 2) * pageSize))
            compare(image, try DatabaseImage(Pages(bytes: bytes)), changed: (1 ... image.pageCount).filter { $0 % 3 == 1 })
            compare(image, try DatabaseImage(Pages(bytes: half)), changed: nil)
        } catch {}
    }

    private static let orders: [TreeKind] = [
        .rowid, .keyed(KeyOrder(columns: [KeyColumn(collation: .nocase), KeyColumn(descending: true)])), .keyed(.binary(count: 1)),
    ]

    private static func walk(_ image: DatabaseImage) {
        do throws(BTreeError) { _ = try image.schema() } catch {}
        do throws(BTreeError) {
            var free = 0
            try image.forEachFreePage { _ in free += 1 }
        } catch {}
        for page in 1 ... image.pageCount {
            do throws(BTreeError) { _ = try image.use(of: page) } catch {}
            for kind in orders { walk(image, root: page, kind) }
        }
    }

    private static func walk(_ image: DatabaseImage, root: PageNumber, _ kind: TreeKind) {
        let cursor = TreeCursor(image, root: root, kind: kind)
        do throws(BTreeError) {
            var rows = 0
            while rows < rowLimit, try cursor.next() {
                rows += 1
                _ = try cursor.record().values()
            }
            cursor.rewind()
            if kind == .rowid {
                _ = try cursor.find(rowid: 7)
            } else {
                _ = try [2, 1, 9].withRecord { (key) throws(BTreeError) in try cursor.find(key: key) }
            }
        } catch {}
    }

    private static func compare(_ old: DatabaseImage, _ new: DatabaseImage, changed: [PageNumber]?) {
        do throws(BTreeError) {
            let diff = try DatabaseDiff(old: old, new: new, changedPages: changed)
            for page in 1 ... min(old.pageCount, 6) {
                for kind in orders {
                    let side = TableSide(root: page, layout: TableLayout(kind: kind))
                    do throws(BTreeError) {
                        let rows = try diff.rows(old: side, new: side)
                        var count = 0
                        while count < rowLimit, try rows.next() != nil { count += 1 }
                    } catch {}
                }
            }
        } catch {}
    }

    /// The bytes as two records.
    @Sendable static func record(_ input: [UInt8]) {
        let middle = input.count / 2
        let left = Array(input.prefix(middle)), right = Array(input.dropFirst(middle))
        do throws(BTreeError) {
            try left.withRecord { (a) throws(BTreeError) in
                _ = try a.values()
                _ = try a.columnCount()
                _ = try a.column(at: 3)
                try right.withRecord { (b) throws(BTreeError) in
                    for case .keyed(let order) in orders { _ = try order.compare(a, b) }
                }
            }
        } catch {}
        do throws(BTreeError) { _ = try input.withRecord { (record) throws(BTreeError) in try record.values() } } catch {}
    }
}
