import PageStore

/// Which pages of a table's old and new b-tree a diff has to read.
///
/// Both trees are walked from the top, level by level, and a subtree that both have is left out. What remains, read in
/// key order on both sides and matched by key, is the diff. Why this is exact:
///
/// 1. A page is *marked* if it or any page below it (children, overflow chains) is among the changed pages. Marks come
///    from climbing one side's pointer map; call that side the base.
/// 2. Let page p be in both trees and unmarked. Its content is the same on both sides, hence its children and overflow
///    chains have the same page numbers on both sides; none of those is changed either (else the climb would have
///    passed p), and so on down. So the subtree at p holds the same rows on both sides.
/// 3. If the same set of such subtrees is left out on both sides, then rows(old) = read(old) + S and
///    rows(new) = read(new) + S with the same S. A key occurs once in a b-tree, so no key of S is among the rows read
///    on either side, and diff(old, new) = diff(read(old), read(new)). No key ever has to be looked up in the other
///    tree: if a row moved between pages, both its pages are read, because neither is the same subtree on both sides.
/// 4. Pages that are freed keep their bytes, and are then not among the changed pages although their rows are gone.
///    They are in the old tree only, so they are read. The same holds for trees whose root moved (auto-vacuum moves
///    roots when a table is dropped), for tables that were dropped and made again, and for tables that exchanged their
///    roots: nothing but "same page in both trees" is ever left out.
/// 5. Subtrees are compared among pages of the same height above the leaves. (All leaves of a b-tree are equally deep,
///    so a common subtree is at the same height on both sides.)
///
/// Cost: a page on both sides that is itself unchanged contributes only its marked children; a changed interior page
/// contributes all its children as candidates. So the cost is that of the changed pages, not of the table.
struct DiffPlan {
    /// What to enter of the old tree.
    let old = EnteredPages()
    /// What to enter of the new tree.
    let new = EnteredPages()
    /// Whether there is anything to read at all: not where the root itself is a page that both trees have (in one of them as
    /// another page than the root) and that nothing has changed below.
    private(set) var readsOld = true
    private(set) var readsNew = true

    /// A page that may have to be read.
    private struct Candidate {
        var page: PageNumber
        /// Which child of its parent it is.
        var index: Int32
    }

    private struct Side {
        let image: DatabaseImage
        let isTable: Bool
        let entered: EnteredPages
        /// For pages that are not kept.
        var buffer: PageBuffer
        /// The pages to read of one level, in key order, by parent.
        var level: [Candidate] = []
        /// The parents, and how many of the level's pages each had before any was left out.
        var parents: [(page: PageNumber, children: Int)] = []
        private let seen = PageMap()
        private(set) var readsRoot = true

        init(image: DatabaseImage, isTable: Bool, entered: EnteredPages) {
            self.image = image
            self.isTable = isTable
            self.entered = entered
            buffer = PageBuffer(capacity: image.pageSize)
        }

        /// - Parameter twin: The other image, if the page is the same there.
        mutating func page(
            _ number: PageNumber, leaf: Bool?, twin: DatabaseImage? = nil
        ) throws(BTreeError) -> BTreePage {
            let base: UnsafeRawPointer
            if let kept = image.keptPage(number) {
                base = UnsafeRawPointer(kept.base)
            } else if let kept = twin?.keptPage(number), image.keep(number, kept) {
                base = UnsafeRawPointer(kept.base)
            } else {
                try image.readPage(number, into: buffer, from: number)
                base = UnsafeRawPointer(buffer.base)
                if image.keep(number, buffer) { buffer = PageBuffer(capacity: image.pageSize) }
            }
            let page = try BTreePage(base, number: number, usable: image.usableSize)
            guard page.isTable == isTable else {
                throw .corrupt(page: number, detail: "it belongs to a b-tree of the other kind")
            }
            if let leaf, page.isLeaf != leaf {
                throw .corrupt(page: number, detail: "the leaves of its b-tree are not equally deep")
            }
            return page
        }

        mutating func height(of root: PageNumber) throws(BTreeError) -> Int {
            var number = root
            for height in 0 ..< TreeCursor.maximumDepth {
                let page = try page(number, leaf: nil)
                if page.isLeaf { return height }
                number = try page.child(0)
            }
            throw .corrupt(page: root, detail: "the b-tree is too deep or runs in a circle")
        }

        /// Notes what is entered of the parents of this level: those of its pages that `cancelled` does not have.
        mutating func settle(_ cancelled: PageMap) throws(BTreeError) {
            var kept: [Candidate] = []
            var position = 0
            for parent in parents {
                entered.begin(parent.page)
                for candidate in level[position ..< position + parent.children] where !cancelled.contains(candidate.page) {
                    entered.append(candidate.index)
                    kept.append(candidate)
                }
                entered.append(EnteredPages.end)
                position += parent.children
            }
            // The root has no parent.
            for candidate in level[position...] {
                if cancelled.contains(candidate.page) { readsRoot = false } else { kept.append(candidate) }
            }
            level = kept
        }

        /// Goes one level down: the children of the level's pages that may have to be read.
        ///
        /// - Parameter shared: Pages that both sides have alike, with those of their children that have something changed
        ///   below them; what is not known yet is added.
        mutating func descend(
            _ marked: PageMap.View, sharedUnchanged: PageMap, shared: inout [PageNumber: [Candidate]], twin: DatabaseImage?
        ) throws(BTreeError) {
            var below: [Candidate] = []
            parents.removeAll(keepingCapacity: true)
            for candidate in level {
                let number = candidate.page
                let start = below.count
                guard seen.set(number) else {
                    throw .corrupt(page: number, detail: "two pages of a b-tree have it as their child")
                }
                if !sharedUnchanged.contains(number) {
                    let page = try page(number, leaf: false)
                    for index in 0 ... page.cellCount {
                        below.append(Candidate(page: try page.child(index), index: Int32(truncatingIfNeeded: index)))
                    }
                } else if let known = shared[number] {
                    // Read it all the same: the cursor of this side will find it in memory.
                    _ = try page(number, leaf: false, twin: twin)
                    below += known
                } else {
                    let page = try page(number, leaf: false)
                    for index in 0 ... page.cellCount {
                        let child = try page.child(index)
                        if marked.contains(child) { below.append(Candidate(page: child, index: Int32(truncatingIfNeeded: index))) }
                    }
                    shared[number] = Array(below[start...])
                }
                parents.append((number, below.count - start))
            }
            level = below
        }
    }

    init(
        old oldImage: DatabaseImage, oldRoot: PageNumber, new newImage: DatabaseImage, newRoot: PageNumber,
        kind: TreeKind, changed: ChangedPages
    ) throws(BTreeError) {
        let isTable = kind == .rowid
        var before = Side(image: oldImage, isTable: isTable, entered: old)
        var after = Side(image: newImage, isTable: isTable, entered: new)
        let oldHeight = try before.height(of: oldRoot)
        let newHeight = try after.height(of: newRoot)
        var height = max(oldHeight, newHeight)
        while true {
            if height == oldHeight { before.level.append(Candidate(page: oldRoot, index: 0)) }
            if height == newHeight { after.level.append(Candidate(page: newRoot, index: 0)) }
            let (cancelled, sharedUnchanged) = Self.compare(before.level, after.level, changed)
            try before.settle(cancelled)
            try after.settle(cancelled)
            if height == 0 { break }
            var shared: [PageNumber: [Candidate]] = [:]
            let marked = changed.marked
            try before.descend(marked, sharedUnchanged: sharedUnchanged, shared: &shared, twin: nil)
            try after.descend(marked, sharedUnchanged: sharedUnchanged, shared: &shared, twin: oldImage)
            height -= 1
        }
        withExtendedLifetime(changed) {}
        readsOld = before.readsRoot
        readsNew = after.readsRoot
    }

    /// The subtrees that both sides have, and the pages that both have, that are unchanged themselves, and that have
    /// something changed below them.
    private static func compare(
        _ old: [Candidate], _ new: [Candidate], _ changed: ChangedPages
    ) -> (cancelled: PageMap, sharedUnchanged: PageMap) {
        let cancelled = PageMap()
        let sharedUnchanged = PageMap()
        guard !old.isEmpty, !new.isEmpty else { return (cancelled, sharedUnchanged) }
        let inOld = PageMap(minimumCapacity: old.count)
        for candidate in old { inOld.set(candidate.page) }
        let there = inOld.view
        let marked = changed.marked
        for candidate in new where there.contains(candidate.page) {
            if !marked.contains(candidate.page) {
                cancelled.set(candidate.page)
            } else if !changed.isChanged(candidate.page) {
                sharedUnchanged.set(candidate.page)
            }
        }
        withExtendedLifetime(inOld) {}
        return (cancelled, sharedUnchanged)
    }
}
