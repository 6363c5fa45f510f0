/// Nodes by their address in the file: open addressing over bare pointers, because a large store has very many.
struct NodeIndex: ~Copyable {
    private var places: UnsafeMutablePointer<NodeRef?>
    /// 64 minus the logarithm of the number of places.
    private var shift: UInt64
    private(set) var count = 0

    private static let initialBits: UInt64 = 6

    init() {
        shift = 64 - NodeIndex.initialBits
        places = NodeIndex.make(bits: NodeIndex.initialBits)
    }

    deinit { Memory.release(places) }

    private static func make(bits: UInt64) -> UnsafeMutablePointer<NodeRef?> {
        let count = 1 << Int(bits)
        let places = Memory.allocate(count * MemoryLayout<NodeRef?>.stride).bindMemory(to: NodeRef?.self, capacity: count)
        places.initialize(repeating: nil, count: count)
        return places
    }

    private var capacity: Int { 1 << Int(64 - shift) }

    /// Bytes of the table itself.
    var bytes: Int { capacity * MemoryLayout<NodeRef?>.stride }

    private func home(_ address: UInt64) -> Int { Int(truncatingIfNeeded: (address &* 0x9E37_79B9_7F4A_7C15) &>> shift) }

    private func place(of address: UInt64) -> Int {
        let mask = capacity - 1
        var at = home(address)
        while let node = places[at], node.pointee.address != address { at = (at + 1) & mask }
        return at
    }

    subscript(_ address: UInt64) -> NodeRef? { places[place(of: address)] }

    /// Enters a node under its address, which no other has.
    mutating func insert(_ node: NodeRef) {
        if (count + 1) * 4 > capacity * 3 { grow() }
        let at = place(of: node.pointee.address)
        if places[at] == nil { count += 1 }
        places[at] = node
    }

    private mutating func grow() {
        let old = places, oldCapacity = capacity
        shift -= 1
        places = NodeIndex.make(bits: 64 - shift)
        for i in 0 ..< oldCapacity {
            if let node = old[i] { places[place(of: node.pointee.address)] = node }
        }
        Memory.release(old)
    }

    mutating func remove(_ address: UInt64) {
        let mask = capacity - 1
        var hole = place(of: address)
        guard places[hole] != nil else { return }
        count -= 1
        // What follows without a gap moves up where its home lies at or before the hole.
        var at = hole
        while true {
            at = (at + 1) & mask
            guard let node = places[at] else { break }
            if (at - home(node.pointee.address)) & mask >= (at - hole) & mask {
                places[hole] = node
                hole = at
            }
        }
        places[hole] = nil
    }

    /// All nodes, in no order.
    func forEach(_ body: (NodeRef) -> Void) {
        for i in 0 ..< capacity { if let node = places[i] { body(node) } }
    }

    mutating func removeAll() {
        for i in 0 ..< capacity { places[i] = nil }
        count = 0
    }
}
