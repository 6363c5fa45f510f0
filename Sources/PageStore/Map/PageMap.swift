/// Operations on page maps: persistent radix trees from page number to `MapEntry`. A map is its root (nil: empty).
///
/// The height follows the largest page number: a root of level L covers pages below 32^(L+1).
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
        var level = Int(node.pointee.level)
        guard covers(level, page) else { return MapEntry.none }
        while level > 0 {
            guard let body = node.pointee.body.load(ordering: .acquiring) else { return nil }
            guard let child = body.children[index(page, level)] else { return MapEntry.none }
            node = child
            level &-= 1
        }
        guard let body = node.pointee.body.load(ordering: .acquiring) else { return nil }
        return body.entries[index(page, 0)]
    }

    /// The entry of a page; reads nodes as needed.
    func entry(_ root: NodeRef?, _ page: UInt32) throws(StoreError) -> MapEntry {
        guard var node = root, PageMap.covers(Int(node.pointee.level), page) else { return .none }
        var level = Int(node.pointee.level)
        while level > 0 {
            guard let child = try table.body(node).children[PageMap.index(page, level)] else { return .none }
            node = child
            level -= 1
        }
        return try table.body(node).entries[PageMap.index(page, 0)]
    }

    // MARK: change

    /// One changed page: its new entry, `.none` to remove it.
    typealias Change = (page: UInt32, entry: MapEntry)

    /// The map with all pages above `cut` removed and then `changes` (in ascending order of pages) made.
    func updated(_ root: NodeRef?, cut: UInt32?, changes: [Change]) throws(StoreError) -> NodeRef? {
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

    /// Calls `image` and `node` for all that the map `root` reaches and neither `other` does. A node is reported after
    /// what it holds, so that it may be freed then.
    func forEachOwn(
        of root: NodeRef?, notIn a: NodeRef?, _ b: NodeRef?, image: (UInt32, MapEntry) -> Void, node: (NodeRef) -> Void
    ) throws(StoreError) {
        guard let root else { return }
        try own(root, a, b, base: 0, image, node)
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
