import PageStore

/// Where the pages of one unchanging database image come from: a snapshot of a branch, or a file.
///
/// One call reads a whole page, so that dispatching it dynamically costs nothing against the copy; all work on cells
/// is done on the copied page by concrete code.
public protocol PageReader {
    /// Bytes of a page; at least 512.
    var pageSize: Int { get }
    /// The number of pages. 0 for a database that nothing has been written to.
    var pageCount: UInt32 { get }
    /// Copies page `number` (from 1 to ``pageCount``) to `destination`, which has room for ``pageSize`` bytes.
    func readPage(_ number: PageNumber, into destination: UnsafeMutableRawPointer) throws(BTreeError)
}
