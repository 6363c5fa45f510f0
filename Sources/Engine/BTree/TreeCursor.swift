import PageStore

/// What a b-tree holds and how it is ordered.
public enum TreeKind: Sendable, Hashable {
    /// A table with rowids: ordered by rowid.
    case rowid
    /// A WITHOUT ROWID table or an index: ordered by the first columns of its records.
    case keyed(KeyOrder)
}

/// A cursor over one b-tree, in key order, from its root page.
///
/// It keeps one page in memory for each level of the tree (at most ``maximumDepth``) and the overflow pages of one row
/// while they are needed. What it hands out is borrowed and valid until it moves.
public final class TreeCursor {
    /// SQLite's own limit on the depth of a b-tree.
    static let maximumDepth = 20

    /// The tree's kind.
    public let kind: TreeKind
    private let isTable: Bool
    /// The tree's root page.
    public let root: PageNumber
    let image: DatabaseImage
    /// If given, only these children are entered; the others count as empty.
    private let entering: EnteredPages?
    /// Keep interior pages in memory (as many as the image allows): for cursors that seek often.
    var keepsInteriorPages = false

    /// `position` is the next thing to do on a page. Leaf: the index of a cell. Interior page: `2i` is child i and
    /// `2i + 1` is cell i, so that a keyed tree's interior rows come in order; a rowid tree has no rows there.
    private struct Frame {
        var buffer: PageBuffer
        var page: BTreePage?
        var position = 0
        /// With `entering`: the next of the page's children to enter, in the list that `EnteredPages.end` closes.
        var entries: UnsafePointer<Int32>?
    }

    // The cursor belongs to one thread and calls nothing that could come back to it, so the run-time checks for
    // overlapping access would only cost time here: they took a third of a scan.
    @exclusivity(unchecked) private var frames: [Frame] = []
    @exclusivity(unchecked) private var depth = -1
    /// Pages entered since the last seek. A sound tree enters each page at most once, so more than the database has
    /// is a circle.
    private var entered: UInt32 = 0
    @exclusivity(unchecked) private var lastRowid: Int64?
    @exclusivity(unchecked) private(set) var cell: BTreeCell?
    private var assembled: PageBuffer?
    @exclusivity(unchecked) private var assembledIsCurrent = false
    private var comparison: PageBuffer?
    private var scratch: PageBuffer?

    /// A cursor before the first row of the tree at `root`.
    public convenience init(_ image: DatabaseImage, root: PageNumber, kind: TreeKind) {
        self.init(image, root: root, kind: kind, entering: nil)
    }

    init(_ image: DatabaseImage, root: PageNumber, kind: TreeKind, entering: EnteredPages?) {
        self.image = image
        self.root = root
        self.kind = kind
        isTable = kind == .rowid
        self.entering = entering
    }

    // MARK: Moving

    /// Moves to the next row in key order; the first call, or the first after a seek, moves to the first row or to the
    /// row sought. Returns false after the last row.
    ///
    /// - Throws: ``BTreeError`` when a page is corrupt or unreadable.
    public func next() throws(BTreeError) -> Bool {
        if entered == 0 { try push(root, from: root) }
        assembledIsCurrent = false
        while depth >= 0 {
            guard let page = frames[depth].page else { break }
            let position = frames[depth].position
            if page.isLeaf {
                if position < page.cellCount {
                    frames[depth].position = position + 1
                    let next = try page.cell(position)
                    if page.isTable {
                        if let lastRowid, next.rowid <= lastRowid {
                            throw .corrupt(page: page.number, detail: "rowid \(next.rowid) is out of order")
                        }
                        lastRowid = next.rowid
                    }
                    cell = next
                    return true
                }
                depth -= 1
            } else if position & 1 == 1, !page.isTable, position < 2 * page.cellCount {
                frames[depth].position = position + 1
                cell = try page.cell(position >> 1)
                return true
            } else {
                try enterChild(of: page, from: (position + 1) >> 1)
            }
        }
        cell = nil
        return false
    }

    /// Moves two cursors that are about to move on over the rows that follow on their leaves, as long as those have
    /// the same bytes on both: the bulk of a diff's work, done without touching the cursors in between.
    ///
    /// - Parameter changed: Overflow chains are known to be the same only with it.
    static func passEqualRows(_ old: TreeCursor, _ new: TreeCursor, _ changed: ChangedPages?) throws(BTreeError) {
        guard old.depth >= 0, new.depth >= 0, let oldPage = old.frames[old.depth].page,
              let newPage = new.frames[new.depth].page, oldPage.isLeaf, newPage.isLeaf
        else { return }
        let start = old.frames[old.depth].position
        var oldIndex = start
        var newIndex = new.frames[new.depth].position
        var lastRowid = old.lastRowid
        while oldIndex < oldPage.cellCount, newIndex < newPage.cellCount {
            let a = try oldPage.cell(oldIndex)
            let b = try newPage.cell(newIndex)
            guard a.rowid == b.rowid, a.hasSameLocalBytes(as: b) else { break }
            if a.length != a.localLength {
                guard a.overflow == b.overflow, let changed, !changed.isMarked(a.overflow) else { break }
            }
            if oldPage.isTable {
                if let lastRowid, a.rowid <= lastRowid { break }
                lastRowid = a.rowid
            }
            oldIndex += 1
            newIndex += 1
        }
        guard oldIndex > start else { return }
        old.frames[old.depth].position = oldIndex
        new.frames[new.depth].position = newIndex
        old.lastRowid = lastRowid
        new.lastRowid = lastRowid
    }

    /// Enters child `first` of the interior page on top, or for a rowid tree the first after it that may be entered;
    /// leaves the page when there is none.
    @inline(__always)
    private func enterChild(of page: BTreePage, from first: Int) throws(BTreeError) {
        var index = first
        if entering != nil {
            let next = frames[depth].entries?.pointee ?? EnteredPages.end
            if next != EnteredPages.end, page.isTable || Int(next) == first {
                index = Int(next)
                frames[depth].entries? += 1
            } else if !page.isTable, first < page.cellCount {
                frames[depth].position = 2 * first + 1
                return
            } else {
                depth -= 1
                return
            }
        }
        guard index <= page.cellCount else {
            depth -= 1
            return
        }
        frames[depth].position = 2 * index + 1
        try push(page.child(index), from: page.number)
    }

    /// With `entering`: passes over the children of the page on top before `index`.
    private func skipEntries(before index: Int) {
        guard var entries = frames[depth].entries else { return }
        while entries.pointee != EnteredPages.end, entries.pointee < index { entries += 1 }
        frames[depth].entries = entries
    }

    private func push(_ number: PageNumber, from referrer: PageNumber) throws(BTreeError) {
        guard depth + 1 < Self.maximumDepth, entered < image.pageCount else {
            throw .corrupt(page: referrer, detail: "the b-tree is too deep or runs in a circle")
        }
        entered += 1
        depth += 1
        if depth == frames.count { frames.append(Frame(buffer: PageBuffer(capacity: image.pageSize))) }
        frames[depth].position = 0
        frames[depth].entries = entering?.children(of: number)
        if let held = frames[depth].page, held.number == number { return }
        frames[depth].page = nil
        do throws(BTreeError) {
            let buffer = image.keptPage(number) ?? frames[depth].buffer
            if buffer === frames[depth].buffer { try image.readPage(number, into: buffer, from: referrer) }
            let page = try BTreePage(UnsafeRawPointer(buffer.base), number: number, usable: image.usableSize)
            guard page.isTable == isTable else {
                throw .corrupt(page: number, detail: "it belongs to a b-tree of the other kind")
            }
            frames[depth].page = page
            // The buffer is the image's from now on; the frame gets one of its own with the next page.
            if keepsInteriorPages, !page.isLeaf, buffer === frames[depth].buffer, image.keep(number, buffer) {
                frames[depth].buffer = PageBuffer(capacity: image.pageSize)
            }
        } catch {
            depth -= 1
            throw error
        }
    }

    /// Moves before the first row again.
    public func rewind() {
        depth = -1
        entered = 0
        lastRowid = nil
        cell = nil
        assembledIsCurrent = false
    }

    /// Places a rowid tree's cursor so that ``next()`` moves to the first row whose rowid is at least `rowid`
    /// (greater than it if `after`).
    public func seek(rowid: Int64, after: Bool = false) throws(BTreeError) {
        rewind()
        guard isTable else { throw .incomparable(detail: "a rowid was sought in a tree without rowids") }
        try push(root, from: root)
        while let page = frames[depth].page {
            // An interior cell holds the largest rowid of the child left of it.
            var low = 0
            var high = page.cellCount
            while low < high {
                let middle = (low + high) / 2
                let found = try page.rowid(middle)
                if found < rowid || (found == rowid && after) { low = middle + 1 } else { high = middle }
            }
            guard try !descend(page, to: low) else { continue }
            return
        }
    }

    /// Places a keyed tree's cursor so that ``next()`` moves to the first row whose key is at least that of `key`
    /// (greater than it if `after`). `key` holds the key columns first; what follows them is not looked at.
    public func seek(key: RecordView, after: Bool = false) throws(BTreeError) {
        rewind()
        guard case .keyed(let order) = kind else {
            throw .incomparable(detail: "a key was sought in a tree that is ordered by rowid")
        }
        try push(root, from: root)
        while let page = frames[depth].page {
            var low = 0
            var high = page.cellCount
            while low < high {
                let middle = (low + high) / 2
                let found = try order.compare(record(of: try page.cell(middle)), key)
                if found == 0, !page.isLeaf {
                    // The row is on this interior page; behind it comes the child to its right.
                    frames[depth].position = after ? 2 * middle + 2 : 2 * middle + 1
                    skipEntries(before: middle + 1)
                    return
                }
                if found < 0 || (found == 0 && after) { low = middle + 1 } else { high = middle }
            }
            guard try !descend(page, to: low) else { continue }
            return
        }
    }

    /// Returns whether a child was entered; else the position is settled.
    private func descend(_ page: BTreePage, to index: Int) throws(BTreeError) -> Bool {
        guard !page.isLeaf else {
            frames[depth].position = index
            return false
        }
        frames[depth].position = 2 * index + 1
        if entering != nil {
            skipEntries(before: index)
            guard let next = frames[depth].entries?.pointee, Int(next) == index else { return false }
            frames[depth].entries? += 1
        }
        try push(page.child(index), from: page.number)
        return true
    }

    /// Moves to the row with `rowid`. Returns false when there is none.
    public func find(rowid: Int64) throws(BTreeError) -> Bool {
        try seek(rowid: rowid)
        return try next() && self.rowid == rowid
    }

    /// Moves to the row whose key equals that of `key`. Returns false when there is none.
    public func find(key: RecordView) throws(BTreeError) -> Bool {
        try seek(key: key)
        guard case .keyed(let order) = kind, try next() else { return false }
        return try order.compare(record(), key) == 0
    }

    // MARK: The current row

    /// The current row's rowid; 0 in a tree without rowids or when there is no current row.
    public var rowid: Int64 { cell?.rowid ?? 0 }

    /// The current row's record, its overflow pages included.
    ///
    /// - Throws: ``BTreeError`` when it is corrupt, or when there is no current row.
    public func record() throws(BTreeError) -> RecordView {
        guard let cell else { throw .incomparable(detail: "the cursor is on no row") }
        if cell.length == cell.localLength { return try RecordView(cell.localBytes, page: cell.page) }
        let buffer = assembled ?? PageBuffer(capacity: image.pageSize)
        assembled = buffer
        if !assembledIsCurrent {
            try image.assemble(cell, into: buffer, scratch: scratchPage())
            assembledIsCurrent = true
        }
        return try RecordView(UnsafeRawBufferPointer(start: buffer.base, count: cell.length), page: cell.page)
    }

    /// The record of any cell, for the comparisons of a seek.
    private func record(of cell: BTreeCell) throws(BTreeError) -> RecordView {
        if cell.length == cell.localLength { return try RecordView(cell.localBytes, page: cell.page) }
        let buffer = comparison ?? PageBuffer(capacity: image.pageSize)
        comparison = buffer
        try image.assemble(cell, into: buffer, scratch: scratchPage())
        return try RecordView(UnsafeRawBufferPointer(start: buffer.base, count: cell.length), page: cell.page)
    }

    private func scratchPage() -> PageBuffer {
        if let scratch { return scratch }
        let made = PageBuffer(capacity: image.pageSize)
        scratch = made
        return made
    }
}
