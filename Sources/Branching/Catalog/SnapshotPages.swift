import Engine
import PageStore

/// A snapshot of a branch as the b-tree code reads it.
struct SnapshotPages: PageReader {
    let snapshot: Snapshot
    let pageSize: Int

    init(_ snapshot: Snapshot, pageSize: Int) {
        self.snapshot = snapshot
        self.pageSize = pageSize
    }

    var pageCount: UInt32 { snapshot.pageCount }

    func readPage(_ number: PageNumber, into destination: UnsafeMutableRawPointer) throws(BTreeError) {
        let status = snapshot.read(number, into: destination)
        if status != .ok { throw .unreadable(page: number, detail: "\(status)") }
    }

    /// SQLite's schema cookie (header bytes 40–43); 0 for a database that nothing has been written to.
    func schemaCookie() throws(BranchLiteError) -> UInt32 { try headerNumber(at: SnapshotPages.cookieOffset) }

    private func headerNumber(at offset: Int) throws(BranchLiteError) -> UInt32 {
        guard pageCount > 0 else { return 0 }
        return try withUnsafeTemporaryAllocation(byteCount: pageSize, alignment: 16) { page throws(BranchLiteError) in
            guard let base = page.baseAddress else { return 0 }
            do throws(BTreeError) { try readPage(1, into: base) } catch { throw BranchLiteError(error) }
            return UInt32(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
    }

    /// Pages of the database that hold nothing (header bytes 36–39).
    func freePages() throws(BranchLiteError) -> UInt32 { try headerNumber(at: SnapshotPages.freeOffset) }

    private static let freeOffset = 36
    private static let cookieOffset = 40
}

extension BranchLiteError {
    init(_ error: BTreeError) { self.init(error.code, error.message) }
}

func mapTree<Answer>(_ body: () throws(BTreeError) -> Answer) throws(BranchLiteError) -> Answer {
    do throws(BTreeError) { return try body() } catch { throw BranchLiteError(error) }
}
