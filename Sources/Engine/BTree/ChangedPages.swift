import PageStore

/// The pages that differ between two images, each climbed to the b-tree that owns it.
///
/// Only one image's pointer map is climbed (the *base* side; see ``DiffPlan`` for why that is enough). Every page on
/// the way from a changed page to its root is *marked* with that root. Climbing stops at the first page that is marked
/// already, so all changed pages together cost one step per page of the union of their paths.
///
/// Memory: 16 to 32 bytes for each changed page and each page above one.
final class ChangedPages {
    /// Marked page → root of the tree that owns it.
    private let owners: PageMap
    /// Pages of the base side whose content differs.
    private let changed: PageMap
    /// Root → number of changed pages in its tree, overflow pages included.
    private(set) var byTree: [PageNumber: Int] = [:]

    /// - Parameters:
    ///   - pages: Pages whose content differs or that exist on one side only, in any order.
    ///   - base: The image whose pointer map is climbed; it must have one.
    /// - Throws: ``BTreeError/corrupt(page:detail:)`` when the pointer map is corrupt.
    init(_ pages: [PageNumber], base: DatabaseImage) throws(BTreeError) {
        owners = PageMap(minimumCapacity: pages.count * 2)
        changed = PageMap(minimumCapacity: pages.count)
        var path: [PageNumber] = []
        for page in pages where page >= 1 && page <= base.pageCount {
            guard changed.set(page) else { continue }
            let root = try climb(from: page, base: base, path: &path)
            if root != 0 { byTree[root, default: 0] += 1 }
        }
    }

    /// Marks the path from `start` to its root and returns the root; 0 for a page of no tree.
    private func climb(
        from start: PageNumber, base: DatabaseImage, path: inout [PageNumber]
    ) throws(BTreeError) -> PageNumber {
        path.removeAll(keepingCapacity: true)
        var page = start
        // A page met when the path had a power of two of pages: meeting it again proves a circle (Brent).
        var checkpoint: PageNumber = 0
        var root: PageNumber = 0
        climbing: while true {
            let known = owners.value(page)
            if known != 0 {
                root = known
                break
            }
            guard page != checkpoint else {
                throw .corrupt(page: page, detail: "the pointer map runs in a circle")
            }
            path.append(page)
            if path.count & (path.count - 1) == 0 { checkpoint = page }
            switch try base.use(of: page) {
            case .root:
                root = page
                break climbing
            case .free, .administrative:
                guard path.count == 1 else {
                    throw .corrupt(page: page, detail: "a page in use has this unused page as its parent")
                }
                return 0
            case .firstOverflow(let parent), .overflow(let parent), .child(let parent):
                page = parent
            }
        }
        for marked in path { owners.set(marked, root) }
        return root
    }

    /// Whether the page itself differs (false for pages that the base side does not have).
    @inline(__always)
    func isChanged(_ page: PageNumber) -> Bool { changed.contains(page) }

    /// Whether the page, or any page below it (overflow pages included), differs.
    @inline(__always)
    func isMarked(_ page: PageNumber) -> Bool { owners.contains(page) }

    /// The marked pages, for loops over many pages.
    var marked: PageMap.View { owners.view }
}
