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
