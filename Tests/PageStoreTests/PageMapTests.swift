import Testing
@testable import PageStore

@Suite struct HashTests {
    @Test func vectorsOfTheSpecification() {
        #expect(Hash64.hash([]) == 0xEF46_DB37_51D8_E999)
        #expect(Hash64.hash(Array("abc".utf8)) == 0x44BC_2CF5_AD77_0999)
        #expect(Hash64.hash(Array("Nobody inspects the spammish repetition".utf8)) == 0xFBCE_A83C_8A37_8BF1)
    }
}

@Suite struct BranchIDTests {
    @Test func hexadecimalRoundTrip() {
        let id = BranchID(rawValue: 0x0123_4567_89AB)
        #expect(id.hex == "0123456789ab")
        #expect(BranchID(hex: id.hex) == id)
        #expect(BranchID(hex: "0123456789AB") == nil)
        #expect(BranchID(hex: "123") == nil)
        #expect(BranchID(rawValue: .max).hex == "ffffffffffff")
    }
}

@Suite struct NodeIndexTests {
    @Test func headsFitIntoTheirRoom() {
        #expect(MemoryLayout<Node>.size <= Node.headerBytes)
        #expect(Node.headerBytes % 16 == 0)
    }

    @Test(arguments: 0 ..< 5) func behavesLikeADictionary(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var index = NodeIndex()
        var model: [UInt64: NodeRef] = [:]
        for _ in 0 ..< 4000 {
            let address = UInt64.random(in: 1 ..< 1500, using: &random) << 16 // crowded, and low bits alike
            if let known = model[address], Bool.random(using: &random) {
                index.remove(address)
                model[address] = nil
                Node.destroy(known)
            } else if model[address] == nil {
                let node = Node.makeUnloaded(level: 0, address: address, sum: 0)
                index.insert(node)
                model[address] = node
            }
            #expect(index.count == model.count)
            let probe = UInt64.random(in: 1 ..< 1500, using: &random) << 16
            #expect(index[probe] == model[probe], "seed \(seed)")
        }
        var all = 0
        index.forEach { all += model[$0.pointee.address] == $0 ? 1 : -100_000 }
        #expect(all == model.count)
        for node in model.values { Node.destroy(node) }
    }
}

/// Maps against dictionaries; nodes live in a memory file that is never read.
@Suite struct PageMapTests {
    private func makeMap() throws -> PageMap {
        let file = try MemoryFileSystem().open(path: "x", readOnly: false, create: true)
        return PageMap(table: NodeTable(io: PageIO(file: file, pageSize: 4096)))
    }

    private func content(_ map: PageMap, _ root: NodeRef?) throws -> [UInt32: UInt64] {
        var found: [UInt32: UInt64] = [:]
        try map.forEachDifference(nil, root) { page, _, entry in found[page] = entry.place; return true }
        return found
    }

    @Test(arguments: 0 ..< 20) func behavesLikeADictionary(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let map = try makeMap()
        var versions: [(root: NodeRef?, model: [UInt32: UInt64])] = [(nil, [:])]
        var place: UInt64 = 4
        for _ in 0 ..< 60 {
            let base = versions[Int.random(in: max(0, versions.count - 3) ..< versions.count, using: &random)]
            var model = base.model
            var cut: UInt32?
            if Int.random(in: 0 ..< 5, using: &random) == 0 {
                let c = UInt32.random(in: 0 ..< 3000, using: &random)
                cut = c
                model = model.filter { $0.key <= c }
            }
            var changes: [UInt32: MapEntry] = [:]
            for _ in 0 ..< Int.random(in: 0 ..< 40, using: &random) {
                let near = UInt32.random(in: 1 ..< 200, using: &random)
                let page = Int.random(in: 0 ..< 3, using: &random) == 0 ? UInt32.random(in: 1 ... 0xFFFF_FFFF, using: &random) >> UInt32.random(in: 0 ..< 32, using: &random) : near
                guard page > 0 else { continue }
                place += 1
                let removal = Int.random(in: 0 ..< 4, using: &random) == 0
                changes[page] = removal ? MapEntry.none : MapEntry(place: place, sum: place)
                model[page] = removal ? nil : place
            }
            let sorted = changes.sorted { $0.key < $1.key }.map { (page: $0.key, entry: $0.value) }
            let root = try map.updated(base.root, cut: cut, changes: sorted)
            #expect(try content(map, root) == model, "seed \(seed)")
            for page in model.keys { #expect(PageMap.find(root, page)?.place == model[page], "seed \(seed) page \(page)") }
            #expect(PageMap.find(root, 77777)?.place == model[77777] ?? 0)
            // Differences in both directions are the pages whose entries differ.
            let expected = Set(model.keys).union(base.model.keys).filter { model[$0] != base.model[$0] }.sorted()
            var found: [UInt32] = []
            try map.forEachDifference(root, base.root) { page, _, _ in found.append(page); return true }
            #expect(found == expected, "seed \(seed)")
            // What only the new map has.
            var own: Set<UInt64> = []
            try map.forEachOwn(of: root, notIn: base.root, nil, image: { own.insert($1.place) }, node: { _ in })
            #expect(own == Set(model.values).subtracting(base.model.values), "seed \(seed)")
            versions.append((root, model))
        }
        // Every version still has its content.
        for version in versions { #expect(try content(map, version.root) == version.model, "seed \(seed)") }
        // Freeing all but the last leaves nothing behind: nodes are freed once, and all of them.
        let last = versions.removeLast()
        var all: Set<NodeRef> = []
        for version in versions + [last] { try map.forEachOwn(of: version.root, notIn: nil, nil, image: { _, _ in }, node: { all.insert($0) }) }
        #expect(map.table.inMemory.load(ordering: .relaxed) == all.count, "seed \(seed): leaked nodes")
        for node in all { map.table.free(node) }
    }
}

@Suite struct PageDeltaTests {
    /// What `encode` says, applied to the base, gives the target; its length is within the limit.
    @Test(arguments: 0 ..< 40) func appliedToTheBaseItGivesTheTarget(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pageSize = [1024, 4096, 65536].randomElement(using: &random) ?? 4096
        let limit = PageDelta.limit(pageSize: pageSize)
        for _ in 0 ..< 50 {
            let base = (0 ..< pageSize).map { _ in UInt8.random(in: 0 ..< 4, using: &random) }
            var target = base
            for _ in 0 ..< Int.random(in: 0 ..< 12, using: &random) {
                let start = Int.random(in: 0 ..< pageSize, using: &random)
                let length = Int.random(in: 1 ..< 40, using: &random)
                for i in start ..< min(pageSize, start + length) { target[i] = UInt8.random(in: 0 ..< 4, using: &random) }
            }
            var delta = [UInt8](repeating: 0, count: limit)
            let length = delta.withUnsafeMutableBytes { PageDelta.encode(base, target, pageSize: pageSize, limit: limit, into: $0.baseAddress!) }
            guard let length else {
                let changed = zip(base, target).reduce(0) { $0 + ($1.0 != $1.1 ? 1 : 0) }
                #expect(changed * 9 > limit / 2, "seed \(seed): refused a difference of \(changed) bytes")
                continue
            }
            #expect(length <= limit)
            #expect((length == 0) == (base == target), "seed \(seed)")
            var result = base
            let applied = result.withUnsafeMutableBytes { PageDelta.apply(delta, count: length, to: $0.baseAddress!, pageSize: pageSize) }
            #expect(applied && result == target, "seed \(seed)")
        }
    }

    @Test func impossibleRunsAreRefused() {
        var page = [UInt8](repeating: 7, count: 1024)
        func applies(_ delta: [UInt8]) -> Bool {
            page.withUnsafeMutableBytes { PageDelta.apply(delta, count: delta.count, to: $0.baseAddress!, pageSize: 1024) }
        }
        #expect(applies([0, 0, 2, 0, 1, 2]))
        #expect(!applies([0, 0, 0, 0])) // empty run
        #expect(!applies([255, 3, 2, 0, 1, 2])) // beyond the page
        #expect(!applies([0, 0, 9, 0, 1, 2])) // longer than the bytes there are
        #expect(!applies([0, 0, 1])) // half a header
    }
}

/// Maps with overlays against dictionaries.
@Suite struct OverlayTests {
    struct Model: Equatable {
        /// Of each page: slot, sum and difference (empty for an image).
        var pages: [UInt32: Content] = [:]
        struct Content: Hashable { var slot: UInt32; var sum: UInt64; var delta: [UInt8] }
    }

    @Test(arguments: 0 ..< 10) func behavesLikeADictionary(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func int(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }
        let file = try MemoryFileSystem().open(path: "x", readOnly: false, create: true)
        let map = PageMap(table: NodeTable(io: PageIO(file: file, pageSize: 4096)))
        var versions: [(root: NodeRef?, model: Model, parent: Int)] = [(nil, Model(), -1)]
        var slot: UInt32 = 4
        for _ in 0 ..< 50 {
            let parent = int(max(0, versions.count - 4) ..< versions.count)
            let base = versions[parent]
            var model = base.model
            let below = try map.overlay(base.root)
            var changes: [UInt32: MapEntry] = [:]
            var deltas: [UInt32: [UInt8]] = [:]
            let overlays = int(0 ..< 4) > 0
            for _ in 0 ..< int(1 ..< 9) {
                let page = UInt32(int(0 ..< 6) == 0 ? int(1 ..< 5000) : int(1 ..< 40))
                slot += 1
                deltas[page] = nil
                if overlays, int(0 ..< 2) == 0, let old = base.model.pages[page] {
                    let bytes = (0 ..< int(1 ..< 20)).map { _ in UInt8(int(0 ..< 256)) }
                    changes[page] = MapEntry(deltaTo: old.slot, sum: UInt64(slot))
                    deltas[page] = bytes
                    model.pages[page] = .init(slot: old.slot, sum: UInt64(slot), delta: bytes)
                } else {
                    changes[page] = MapEntry(slot: slot, sum: UInt64(slot))
                    model.pages[page] = .init(slot: slot, sum: UInt64(slot), delta: [])
                }
            }
            let sorted: [PageMap.Change]
            let root: NodeRef?
            var deltaBytes = 0
            if overlays {
                sorted = changes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
                deltaBytes = model.pages.filter { page, _ in changes[page] != nil || below?.index(of: page) != nil }.reduce(0) { $0 + $1.value.delta.count }
                let count = Set(changes.keys).union(below?.pageList ?? []).count
                guard Overlay.fits(count: count, deltaBytes: deltaBytes, pageSize: 4096) else { continue }
                let blob = sorted.flatMap { change -> [UInt8] in
                    guard let delta = deltas[change.page] else { return [] }
                    return [UInt8(delta.count), 0] + delta
                }
                root = try map.overlaid(base.root, changes: sorted, deltas: blob)
            } else {
                var cut: UInt32?
                if int(0 ..< 3) == 0 {
                    cut = UInt32(int(0 ..< 60))
                    model.pages = model.pages.filter { $0.key <= cut ?? 0 || changes[$0.key] != nil }
                }
                for (page, content) in model.pages where !content.delta.isEmpty { // must become images
                    slot += 1
                    changes[page] = MapEntry(slot: slot, sum: UInt64(slot))
                    model.pages[page] = .init(slot: slot, sum: UInt64(slot), delta: [])
                }
                sorted = changes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
                root = try map.updated(base.root, cut: cut, changes: sorted)
            }
            for (page, content) in model.pages {
                let entry = try map.entry(root, page)
                #expect(entry.slot == content.slot && entry.sum == content.sum && entry.isDelta == !content.delta.isEmpty, "seed \(seed) page \(page)")
                #expect(PageMap.find(root, page) == entry)
                if entry.isDelta { #expect(try map.delta(root, page).map(Array.init) == content.delta) }
            }
            #expect(try map.entry(root, 4999).isNone == (model.pages[4999] == nil))
            for other in versions.suffix(5) {
                var found: [UInt32] = []
                try map.forEachDifference(other.root, root) { page, _, _ in found.append(page); return true }
                let expected = Set(model.pages.keys).union(other.model.pages.keys).filter { model.pages[$0] != other.model.pages[$0] }.sorted()
                #expect(found == expected, "seed \(seed)")
            }
            // In the file and back.
            if let overlay = try map.overlay(root) {
                let bytes = overlay.encoded()
                #expect(bytes.count == Overlay.fileBytes(count: overlay.count, deltaBytes: overlay.deltaBytes))
                var reader = ByteReader(bytes, from: NodeTable.headerBytes)
                let decoded = try Overlay.decode(&reader, count: overlay.count) { (_, _, _) throws(StoreError) in throw .closed }
                guard let again = decoded else { Issue.record("seed \(seed): refused"); continue }
                #expect(again.pageList == overlay.pageList)
                for i in 0 ..< overlay.count {
                    #expect(again.entries[i] == overlay.entries[i])
                    #expect(again.delta(i).elementsEqual(overlay.delta(i)))
                }
                Memory.release(again.raw)
            }
            versions.append((root, model, parent))
        }
        try freeAll(versions, map, seed)
    }

    /// Drops versions one after another as the store does, in random order: each slot and node must be reported free once,
    /// exactly when the last map that keeps it goes.
    private func freeAll(_ all: [(root: NodeRef?, model: Model, parent: Int)], _ map: PageMap, _ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed + 1000)
        var parents = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($0.offset, $0.element.parent) })
        func slots(_ root: NodeRef?) throws -> Set<UInt32> {
            var found: Set<UInt32> = []
            try map.forEachOwn(of: root, notIn: nil, nil, image: { found.insert($1.slot) }, node: { _ in })
            return found
        }
        while let version = parents.keys.sorted().filter({ v in parents.values.filter { $0 == v }.count <= 1 }).randomElement(using: &random) {
            let parent = parents[version] ?? -1
            let child = parents.first { $0.value == version }?.key
            var freed: [UInt32] = []
            var nodes: [NodeRef] = []
            let mine = try slots(all[version].root)
            try map.forEachOwn(
                of: all[version].root, notIn: parent >= 0 ? all[parent].root : nil, child.flatMap { all[$0].root },
                image: { freed.append($1.slot) }, node: { nodes.append($0) })
            parents[version] = nil
            if let child { parents[child] = parent }
            var kept: Set<UInt32> = []
            for other in parents.keys { kept.formUnion(try slots(all[other].root)) }
            #expect(Set(freed) == mine.subtracting(kept), "seed \(seed)")
            #expect(Set(freed).count == freed.count, "seed \(seed): a slot freed twice")
            for node in nodes { map.table.free(node) }
        }
        #expect(parents.isEmpty)
        #expect(map.table.inMemory.load(ordering: .relaxed) == 0, "seed \(seed): leaked nodes")
        #expect(map.table.unpersistedBytes.load(ordering: .relaxed) == 0)
    }
}
