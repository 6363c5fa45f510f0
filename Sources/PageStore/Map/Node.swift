import Synchronization

/// Where an image lies and what its bytes hash to. All zero: no image.
struct MapEntry: Equatable {
    /// The slot in the low 32 bits, the kind of image in the high ones.
    var place: UInt64
    var sum: UInt64

    static let none = MapEntry(place: 0, sum: 0)

    init(place: UInt64, sum: UInt64) {
        self.place = place
        self.sum = sum
    }

    init(slot: Slot, sum: UInt64) { self.init(place: UInt64(slot), sum: sum) }

    /// The image is a difference to what the slot holds; `sum` is that of the result. In overlays only.
    private static let deltaKind: UInt64 = 1

    /// An image kept as a difference to the one in `base`.
    init(deltaTo base: Slot, sum: UInt64) { self.init(place: MapEntry.deltaKind << 32 | UInt64(base), sum: sum) }

    /// The slot that the entry keeps from being freed: the image's, or that of the image it is a difference to.
    @inline(__always) var slot: Slot { Slot(truncatingIfNeeded: place) }
    @inline(__always) var isDelta: Bool { place >> 32 == MapEntry.deltaKind }
    /// Whether a store can hold such an entry; slots 0 to 3 are the superblocks'.
    var isPossible: Bool { place >> 32 <= MapEntry.deltaKind && slot > 3 }
    /// The same entry with what it keeps in another slot.
    func moved(to slot: Slot) -> MapEntry { MapEntry(place: place & ~0xFFFF_FFFF | UInt64(slot), sum: sum) }
    @inline(__always) var isNone: Bool { place == 0 }
}

typealias NodeRef = UnsafeMutablePointer<Node>

/// The head of a node of a page map, in raw memory with a lifetime managed by hand.
///
/// Nodes have no reference count. A node belongs to all versions whose maps reach it; these are neighbours in the tree
/// of versions, so that a version being dropped frees what neither its parent nor its child has. Readers reach nodes
/// only through a version they pinned, and a pinned version is not dropped.
///
/// A node that has not been read from the file yet has no body. The map cache takes the bodies of leaves and overlays away
/// again (`MapCache`); those of inner nodes stay.
struct Node: ~Copyable {
    /// 2^5 children or entries: small enough to copy at each commit.
    static let fanoutBits = 5
    static let fanout = 1 << fanoutBits
    /// 32 bits of page number need at most 7 levels.
    static let maximumLevel = 6
    /// The "level" of an overlay, which can only be a root.
    static let overlayLevel: UInt8 = 0xFF
    static let headerBytes = 32
    /// What the allocator takes for a head on its own.
    static let allocatedHeaderBytes = 48
    static let leafBytes = fanout * MemoryLayout<MapEntry>.stride
    static let innerBytes = fanout * MemoryLayout<NodeRef?>.stride

    enum BuildState: UInt8 {
        case shared, building, dead
    }

    /// The entries (level 0), the children (above) or an `Overlay`.
    let body: Atomic<UnsafeMutableRawPointer?>
    /// Where the node lies in the file (see `NodeAddress`); 0 while it is in memory only.
    var address: UInt64
    /// Hash of the node's bytes in the file.
    var sum: UInt64
    /// The node's place in the map cache's round, -1 for none.
    var cachePlace: Int32 = -1
    /// Whether a reader came by since the map cache last looked for bodies to give up (leaves and overlays).
    let isUsed: Atomic<Bool>
    let level: UInt8
    /// Whether the body is part of this allocation.
    let inline: Bool
    var build: BuildState

    private init(body: UnsafeMutableRawPointer?, address: UInt64 = 0, sum: UInt64 = 0, level: UInt8, inline: Bool) {
        self.body = Atomic(body)
        isUsed = Atomic(true)
        self.address = address
        self.sum = sum
        self.level = level
        self.inline = inline
        build = .shared
    }

    /// A node with an empty body of its own.
    static func make(level: Int) -> NodeRef {
        if level == 0 {
            let raw = Memory.allocate(headerBytes)
            let body = Memory.allocate(leafBytes)
            body.initializeMemory(as: UInt8.self, repeating: 0, count: leafBytes)
            let node = raw.bindMemory(to: Node.self, capacity: 1)
            node.initialize(to: Node(body: body, level: 0, inline: false))
            return node
        }
        let bodyBytes = innerBytes
        let raw = Memory.allocate(headerBytes + bodyBytes)
        let node = raw.bindMemory(to: Node.self, capacity: 1)
        let body = raw + headerBytes
        body.initializeMemory(as: UInt8.self, repeating: 0, count: bodyBytes)
        node.initialize(to: Node(body: body, level: UInt8(level), inline: true))
        return node
    }

    /// A node with a body made before, which it takes over.
    static func makeOverlay(_ overlay: Overlay) -> NodeRef {
        let raw = Memory.allocate(headerBytes)
        let node = raw.bindMemory(to: Node.self, capacity: 1)
        node.initialize(to: Node(body: overlay.raw, level: overlayLevel, inline: false))
        return node
    }

    @inline(__always) var isOverlay: Bool { level == Node.overlayLevel }

    /// Notes that a reader came by.
    @inline(__always) func touch() {
        if !isUsed.load(ordering: .relaxed) { isUsed.store(true, ordering: .relaxed) }
    }

    /// Bytes in memory of a body that can be taken away; 0 of an inner node or where there is none.
    var cacheableBytes: Int {
        guard let body = body.load(ordering: .acquiring), isOverlay || level == 0 else { return 0 }
        return isOverlay ? Overlay(raw: body).bytes : Node.leafBytes
    }

    /// A node that lies in the file and is read when it is needed.
    static func makeUnloaded(level: Int, address: UInt64, sum: UInt64) -> NodeRef {
        let raw = Memory.allocate(headerBytes)
        let node = raw.bindMemory(to: Node.self, capacity: 1)
        node.initialize(to: Node(body: nil, address: address, sum: sum, level: UInt8(level), inline: false))
        return node
    }

    static func destroy(_ node: NodeRef) {
        if !node.pointee.inline, let body = node.pointee.body.load(ordering: .relaxed) { Memory.release(body) }
        node.deinitialize(count: 1)
        Memory.release(UnsafeMutableRawPointer(node))
    }
}

extension UnsafeMutableRawPointer {
    /// The body of a leaf.
    @inline(__always) var entries: UnsafeMutablePointer<MapEntry> { assumingMemoryBound(to: MapEntry.self) }
    /// The body of an inner node.
    @inline(__always) var children: UnsafeMutablePointer<NodeRef?> { assumingMemoryBound(to: NodeRef?.self) }
}

/// Packs a slot and a place within it: nodes begin at multiples of 8 bytes.
enum NodeAddress {
    static let alignment = 8

    static func pack(slot: Slot, offset: Int) -> UInt64 { UInt64(slot) << 16 | UInt64(offset / alignment) }
    static func slot(_ address: UInt64) -> Slot { Slot(truncatingIfNeeded: address >> 16) }
    static func offset(_ address: UInt64) -> Int { Int(address & 0xFFFF) * alignment }
    /// Bits above 48 are not used.
    static func isValid(_ address: UInt64) -> Bool { address >> 48 == 0 && slot(address) > 3 }
}
