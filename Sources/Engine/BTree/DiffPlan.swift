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
    /// Pages of the old tree to enter.
    let old = PageMap()
    /// Pages of the new tree to enter.
    let new = PageMap()

    private struct Side {
        let image: DatabaseImage
        let isTable: Bool
        let entered: PageMap
        /// For pages that are not kept.
        var buffer: PageBuffer
        var level: [PageNumber] = []

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

        /// The children of the pages in `level` that are to be candidates one level down.
        mutating func children(
            _ marked: ChangedPages, sharedUnchanged: PageMap, twin: DatabaseImage?
        ) throws(BTreeError) -> [PageNumber] {
            var below: [PageNumber] = []
            for number in level {
                guard entered.set(number), entered.count <= Int(image.pageCount) else {
                    throw .corrupt(page: number, detail: "two pages of a b-tree have it as their child")
                }
                let onlyMarked = sharedUnchanged.contains(number)
                let page = try page(number, leaf: false, twin: onlyMarked ? twin : nil)
                for index in 0 ... page.cellCount {
                    let child = try page.child(index)
                    if !onlyMarked || marked.isMarked(child) { below.append(child) }
                }
            }
            return below
        }
    }

    init(
        old oldImage: DatabaseImage, oldRoot: PageNumber, new newImage: DatabaseImage, newRoot: PageNumber,
        kind: TreeKind, changed: ChangedPages
    ) throws(BTreeError) {
        let isTable = kind == .rowid
        var before = Side(
            image: oldImage, isTable: isTable, entered: old, buffer: PageBuffer(capacity: oldImage.pageSize)
        )
        var after = Side(
            image: newImage, isTable: isTable, entered: new, buffer: PageBuffer(capacity: newImage.pageSize)
        )
        let oldHeight = try before.height(of: oldRoot)
        let newHeight = try after.height(of: newRoot)
        var height = max(oldHeight, newHeight)
        while true {
            if height == oldHeight { before.level.append(oldRoot) }
            if height == newHeight { after.level.append(newRoot) }
            let sharedUnchanged = Self.cancel(&before.level, &after.level, changed)
            if height == 0 { break }
            let oldBelow = try before.children(changed, sharedUnchanged: sharedUnchanged, twin: nil)
            let newBelow = try after.children(changed, sharedUnchanged: sharedUnchanged, twin: oldImage)
            before.level = oldBelow
            after.level = newBelow
            height -= 1
        }
        for page in before.level { old.set(page) }
        for page in after.level { new.set(page) }
    }

    /// Removes the subtrees that both sides have, and returns the pages that both have, that are unchanged themselves,
    /// and that have something changed below them.
    private static func cancel(
        _ old: inout [PageNumber], _ new: inout [PageNumber], _ changed: ChangedPages
    ) -> PageMap {
        let sharedUnchanged = PageMap()
        guard !old.isEmpty, !new.isEmpty else { return sharedUnchanged }
        let inOld = PageMap(minimumCapacity: old.count)
        for page in old { inOld.set(page) }
        let cancelled = PageMap()
        var kept: [PageNumber] = []
        for page in new {
            if inOld.contains(page) {
                if !changed.isMarked(page) {
                    cancelled.set(page)
                    continue
                }
                if !changed.isChanged(page) { sharedUnchanged.set(page) }
            }
            kept.append(page)
        }
        new = kept
        if cancelled.count > 0 { old.removeAll { cancelled.contains($0) } }
        return sharedUnchanged
    }
}
