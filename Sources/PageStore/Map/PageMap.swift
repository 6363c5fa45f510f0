/// Operations on page maps: persistent radix trees from page number to `MapEntry`, with or without an `Overlay` on top.
/// A map is its root (nil: empty).
///
/// The height follows the largest page number: a node of level L covers pages below 32^(L+1).
struct PageMap {
    let table: NodeTable

    @inline(__always) static func covers(_ level: Int, _ page: UInt32) -> Bool {
        let shift = Node.fanoutBits * (level + 1)
        return shift >= 32 || page >> UInt32(shift) == 0
    }

    @inline(__always) static func index(_ page: UInt32, _ level: Int) -> Int {
        Int(page >> UInt32(Node.fanoutBits * level)) & (Node.fanout - 1)
    }

    static func level(for page: UInt32) -> Int {
        var level = 0
        while !covers(level, page) { level += 1 }
        return level
    }

    /// The entry of a page, or nil if a node on the way is not in memory. No allocation, no reference counting.
    @inline(__always) static func find(_ root: NodeRef?, _ page: UInt32) -> MapEntry? {
        guard var node = root else { return MapEntry.none }
        if node.pointee.isOverlay {
            guard let body = node.pointee.body.load(ordering: .acquiring) else { return nil }
            node.pointee.touch()
            let overlay = Overlay(raw: body)
            if let index = overlay.index(of: page) { return overlay.entries[index] }
            guard let tree = overlay.tree else { return MapEntry.none }
            node = tree
        }
        var level = Int(node.pointee.level)
        guard covers(level, page) else { return MapEntry.none }
        while level > 0 {
            guard let body = node.pointee.body.load(ordering: .acquiring) else { return nil }
            guard let child = body.children[index(page, level)] else { return MapEntry.none }
            node = child
            level &-= 1
        }
        guard let body = node.pointee.body.load(ordering: .acquiring) else { return nil }
        node.pointee.touch()
        return body.entries[index(page, 0)]
    }

    /// The entry of a page; reads nodes as needed.
    func entry(_ root: NodeRef?, _ page: UInt32) throws(StoreError) -> MapEntry {
        if let overlay = try overlay(root), let index = overlay.index(of: page) { return overlay.entries[index] }
        return try treeEntry(try tree(root), page)
    }

    private func treeEntry(_ tree: NodeRef?, _ page: UInt32) throws(StoreError) -> MapEntry {
        guard var node = tree, PageMap.covers(Int(node.pointee.level), page) else { return .none }
        var level = Int(node.pointee.level)
        while level > 0 {
            guard let child = try table.body(node).children[PageMap.index(page, level)] else { return .none }
            node = child
            level -= 1
        }
        return try table.body(node).entries[PageMap.index(page, 0)]
    }

    /// The overlay on top of a map, if there is one.
    func overlay(_ root: NodeRef?) throws(StoreError) -> Overlay? {
        guard let root, root.pointee.isOverlay else { return nil }
        return Overlay(raw: try table.body(root))
    }

    /// The map without its overlay.
    func tree(_ root: NodeRef?) throws(StoreError) -> NodeRef? {
        guard let root, root.pointee.isOverlay else { return root }
        return Overlay(raw: try table.body(root)).tree
    }

    /// The difference that makes a page whose entry is one; it lives as long as the map.
    func delta(_ root: NodeRef?, _ page: UInt32) throws(StoreError) -> UnsafeRawBufferPointer? {
        guard let overlay = try overlay(root), let index = overlay.index(of: page) else { return nil }
        return overlay.delta(index)
    }

    // MARK: change

    /// One changed page: its new entry, `.none` to remove it.
    typealias Change = (page: UInt32, entry: MapEntry)

    /// The map with `changes` (in ascending order of pages, none of them a removal) laid over it; `deltas` are the differences
    /// of those changes that are one, each with its length (2 bytes) before it. The result must fit (`Overlay.fits`).
    func overlaid(_ root: NodeRef?, changes: [Change], deltas: [UInt8]) throws(StoreError) -> NodeRef? {
        if changes.isEmpty { return root }
        let below = try overlay(root)
        // Two ascending lists: first how much there will be, then what.
        var count = 0, bytes = 0
        OverlayMerge.forEach(below, changes, deltas) { run in
            count += run.count
            bytes += run.deltas.count
        }
        let result = Overlay.allocate(tree: below.map(\.tree) ?? root, count: count, deltaBytes: bytes)
        let pages = result.pages, entries = result.entries, offsets = result.offsets, target = result.deltas
        var at = 0, offset = 0
        OverlayMerge.forEach(below, changes, deltas) { run in
            (pages + at).update(from: run.pages, count: run.count)
            (entries + at).update(from: run.entries, count: run.count)
            if let source = run.offsets {
                let shift = UInt32(offset) &- source[0]
                for i in 0 ..< run.count { offsets[at &+ i] = source[i] &+ shift }
            } else {
                offsets[at] = UInt32(offset)
            }
            if let base = run.deltas.baseAddress, run.deltas.count > 0 { (target + offset).copyMemory(from: base, byteCount: run.deltas.count) }
            offset += run.deltas.count
            at += run.count
        }
        offsets[count] = UInt32(offset)
        return table.make(result)
    }

    /// The map without an overlay, with all pages above `cut` removed and then `changes` (in ascending order of pages, no
    /// differences among them) made. Pages that the overlay has as differences must be among the changes or cut.
    func updated(_ root: NodeRef?, cut: UInt32?, changes: [Change]) throws(StoreError) -> NodeRef? {
        guard let overlay = try overlay(root) else { return try updatedTree(root, cut: cut, changes: changes) }
        var all: [Change] = []
        all.reserveCapacity(overlay.count + changes.count)
        var isImpossible = false
        OverlayMerge.forEach(overlay, changes, []) { run in
            for i in 0 ..< run.count {
                if let cut, run.isBelow, run.pages[i] > cut { continue }
                if run.entries[i].isDelta { isImpossible = true }
                all.append((run.pages[i], run.entries[i]))
            }
        }
        if isImpossible { throw .corrupt(branch: nil, page: nil, slot: nil, detail: "a difference where a page image must be") }
        return try updatedTree(overlay.tree, cut: cut, changes: all)
    }

    private func updatedTree(_ root: NodeRef?, cut: UInt32?, changes: [Change]) throws(StoreError) -> NodeRef? {
        var builder = Builder(table: table)
        do throws(StoreError) {
            var result = root
            if let cut, let node = result { result = try builder.cut(node, above: cut, base: 0) }
            if let last = changes.last(where: { !$0.entry.isNone }) {
                let needed = PageMap.level(for: last.page)
                if result == nil { result = builder.fresh(level: needed) }
                while let node = result, Int(node.pointee.level) < needed {
                    let above = builder.fresh(level: Int(node.pointee.level) + 1)
                    try table.body(above).children[0] = node
                    result = above
                }
            }
            if let node = result, !changes.isEmpty {
                // Removals of pages beyond the map, which come last, change nothing.
                let end = changes.firstIndex { !PageMap.covers(Int(node.pointee.level), $0.page) } ?? changes.count
                if end > 0 { result = try builder.set(node, changes, from: 0, to: end) }
            }
            while let node = result, node.pointee.level > 0 { // a root with nothing but a first child is one level too high
                let children = try table.body(node).children
                guard (1 ..< Node.fanout).allSatisfy({ children[$0] == nil }), let only = children[0] else { break }
                if node.pointee.build == .building { builder.discard(node) }
                result = only
            }
            builder.finish()
            return result
        } catch {
            builder.abandon()
            throw error
        }
    }

    /// Copies nodes on their way to change, once each.
    private struct Builder {
        let table: NodeTable
        var made: [NodeRef] = []

        init(table: NodeTable) { self.table = table }

        mutating func fresh(level: Int) -> NodeRef {
            let node = table.make(level: level)
            node.pointee.build = .building
            made.append(node)
            return node
        }

        /// The node itself if this builder made it, else a copy.
        mutating func own(_ node: NodeRef) throws(StoreError) -> NodeRef {
            if node.pointee.build == .building { return node }
            let body = try table.body(node)
            let copy = fresh(level: Int(node.pointee.level))
            let size = node.pointee.level == 0 ? Node.leafBytes : Node.innerBytes
            try table.body(copy).copyMemory(from: body, byteCount: size)
            return copy
        }

        func discard(_ node: NodeRef) { node.pointee.build = .dead }

        mutating func set(_ node: NodeRef, _ changes: [Change], from start: Int, to end: Int) throws(StoreError) -> NodeRef? {
            let level = Int(node.pointee.level)
            let mine = try own(node)
            let body = try table.body(mine)
            if level == 0 {
                for i in start ..< end { body.entries[PageMap.index(changes[i].page, 0)] = changes[i].entry }
                for i in 0 ..< Node.fanout where !body.entries[i].isNone { return mine }
                discard(mine)
                return nil
            }
            var i = start
            while i < end {
                let index = PageMap.index(changes[i].page, level)
                var j = i + 1
                while j < end, PageMap.index(changes[j].page, level) == index { j += 1 }
                if let child = body.children[index] {
                    body.children[index] = try set(child, changes, from: i, to: j)
                } else if changes[i ..< j].contains(where: { !$0.entry.isNone }) {
                    body.children[index] = try set(fresh(level: level - 1), changes, from: i, to: j)
                }
                i = j
            }
            for i in 0 ..< Node.fanout where body.children[i] != nil { return mine }
            discard(mine)
            return nil
        }

        mutating func cut(_ node: NodeRef, above last: UInt32, base: UInt64) throws(StoreError) -> NodeRef? {
            let level = Int(node.pointee.level)
            let step = UInt64(1) << UInt64(Node.fanoutBits * level)
            if base > UInt64(last) { return nil }
            if base + step * UInt64(Node.fanout) - 1 <= UInt64(last) { return node }
            let mine = try own(node)
            let body = try table.body(mine)
            var kept = false
            for i in 0 ..< Node.fanout {
                let first = base + UInt64(i) * step
                if level == 0 {
                    if first > UInt64(last) { body.entries[i] = .none }
                    kept = kept || !body.entries[i].isNone
                } else {
                    if let child = body.children[i] { body.children[i] = try cut(child, above: last, base: first) }
                    kept = kept || body.children[i] != nil
                }
            }
            if kept { return mine }
            discard(mine)
            return nil
        }

        func finish() {
            for node in made {
                if node.pointee.build == .dead { table.free(node) } else { node.pointee.build = .shared }
            }
        }

        func abandon() { for node in made { table.free(node) } }
    }

    // MARK: comparison

    /// The child of `node` at `index` on `level`; a node of a lower level stands in for its missing ancestors.
    private func child(_ node: NodeRef?, _ index: Int, level: Int) throws(StoreError) -> NodeRef? {
        guard let node else { return nil }
        if Int(node.pointee.level) < level { return index == 0 ? node : nil }
        return try table.body(node).children[index]
    }

    /// Goes down first children until the node's level is at most `level`.
    private func lowered(_ node: NodeRef?, to level: Int) throws(StoreError) -> NodeRef? {
        var node = node
        while let upper = node, Int(upper.pointee.level) > level { node = try table.body(upper).children[0] }
        return node
    }

    /// Calls `body` for every page whose entry differs, in ascending order, skipping shared subtrees; it returns false to stop.
    func forEachDifference(_ a: NodeRef?, _ b: NodeRef?, _ body: (UInt32, MapEntry, MapEntry) -> Bool) throws(StoreError) {
        if a == b { return }
        let left = try overlay(a), right = try overlay(b)
        if left == nil, right == nil { return try forEachTreeDifference(a, b, body) }
        // Pages of either overlay are compared by what the whole maps say, all others by the trees.
        let pages = Set((left?.pageList ?? []) + (right?.pageList ?? [])).sorted()
        var next = 0
        var failure: StoreError?
        func overlaid(before page: UInt32?) -> Bool {
            while next < pages.count, page.map({ pages[next] < $0 }) ?? true {
                do throws(StoreError) {
                    let x = try entry(a, pages[next]), y = try entry(b, pages[next])
                    if try !isSame(x, y, a, b, pages[next]), !body(pages[next], x, y) { return false }
                } catch {
                    failure = error
                    return false
                }
                next += 1
            }
            return true
        }
        var stopped = false
        try forEachTreeDifference(left.map(\.tree) ?? a, right.map(\.tree) ?? b) { page, x, y in
            if overlaid(before: page), next < pages.count && pages[next] == page || body(page, x, y) { return true }
            stopped = true
            return false
        }
        if !stopped { _ = overlaid(before: nil) }
        if let failure { throw failure }
    }

    private func isSame(_ x: MapEntry, _ y: MapEntry, _ a: NodeRef?, _ b: NodeRef?, _ page: UInt32) throws(StoreError) -> Bool {
        guard x == y, x.isDelta else { return x == y }
        guard let one = try delta(a, page), let other = try delta(b, page) else { return false }
        return one.elementsEqual(other)
    }

    private func forEachTreeDifference(_ a: NodeRef?, _ b: NodeRef?, _ body: (UInt32, MapEntry, MapEntry) -> Bool) throws(StoreError) {
        let level = max(a.map { Int($0.pointee.level) } ?? 0, b.map { Int($0.pointee.level) } ?? 0)
        _ = try differ(a, b, level: level, base: 0, body)
    }

    private func differ(
        _ a: NodeRef?, _ b: NodeRef?, level: Int, base: UInt32, _ body: (UInt32, MapEntry, MapEntry) -> Bool
    ) throws(StoreError) -> Bool {
        if a == b { return true }
        if level == 0 {
            let left = try a.map { (node) throws(StoreError) in try table.body(node).entries }
            let right = try b.map { (node) throws(StoreError) in try table.body(node).entries }
            for i in 0 ..< Node.fanout {
                let x = left?[i] ?? .none, y = right?[i] ?? .none
                if x != y, !body(base + UInt32(i), x, y) { return false }
            }
            return true
        }
        for i in 0 ..< Node.fanout {
            let x = try child(a, i, level: level), y = try child(b, i, level: level)
            if x == y { continue }
            let first = base + UInt32(i) << UInt32(Node.fanoutBits * level)
            if try !differ(x, y, level: level - 1, base: first, body) { return false }
        }
        return true
    }

    /// Calls `image` and `node` for all that the map `root` reaches and neither `other` does: nodes, and slots by an entry
    /// that keeps them. A node is reported after what it holds, so that it may be freed then.
    func forEachOwn(
        of root: NodeRef?, notIn a: NodeRef?, _ b: NodeRef?, image: (UInt32, MapEntry) -> Void, node: (NodeRef) -> Void
    ) throws(StoreError) {
        guard let root, root != a, root != b else { return }
        let left = try overlay(a), right = try overlay(b)
        func isInOverlays(_ page: UInt32, _ entry: MapEntry) -> Bool { left?.keeps(page, entry.slot) ?? false || right?.keeps(page, entry.slot) ?? false }
        let leftTree = try tree(a), rightTree = try tree(b)
        let mine = try overlay(root)
        let tree = try tree(root)
        if let mine {
            // Neighbouring versions share nearly all entries: one walk through the three lists finds those.
            let pages = mine.pages, entries = mine.entries
            var inLeft = Overlay.Walk(left), inRight = Overlay.Walk(right)
            for i in 0 ..< mine.count {
                let page = pages[i], entry = entries[i]
                if inLeft.keeps(page, entry.slot) || inRight.keeps(page, entry.slot) { continue }
                // What the tree below has at the page is the tree's to report.
                if try treeEntry(tree, page).slot == entry.slot { continue }
                let others = (try treeEntry(leftTree, page).slot, try treeEntry(rightTree, page).slot)
                if others.0 == entry.slot || others.1 == entry.slot { continue }
                image(page, entry)
            }
        }
        if let tree {
            if left == nil, right == nil {
                try own(tree, leftTree, rightTree, base: 0, image, node)
            } else {
                try own(tree, leftTree, rightTree, base: 0, { if !isInOverlays($0, $1) { image($0, $1) } }, node)
            }
        }
        if mine != nil { node(root) }
    }

    private func own(
        _ n: NodeRef, _ a: NodeRef?, _ b: NodeRef?, base: UInt32, _ image: (UInt32, MapEntry) -> Void, _ visit: (NodeRef) -> Void
    ) throws(StoreError) {
        let level = Int(n.pointee.level)
        let a = try lowered(a, to: level), b = try lowered(b, to: level)
        if n == a || n == b { return }
        let body = try table.body(n)
        if level == 0 {
            let left = try a.map { (node) throws(StoreError) in try table.body(node).entries }
            let right = try b.map { (node) throws(StoreError) in try table.body(node).entries }
            for i in 0 ..< Node.fanout {
                let entry = body.entries[i]
                if entry.isNone || entry.place == left?[i].place || entry.place == right?[i].place { continue }
                image(base + UInt32(i), entry)
            }
        } else {
            for i in 0 ..< Node.fanout {
                guard let next = body.children[i] else { continue }
                let first = base + UInt32(i) << UInt32(Node.fanoutBits * level)
                try own(next, child(a, i, level: level), child(b, i, level: level), base: first, image, visit)
            }
        }
        visit(n)
    }
}
