import Glibc
import Synchronization

/// All nodes that lie in the file and are known in memory, by address; reads nodes on demand.
///
/// One address has one `Node`, so that two maps can be compared by pointer.
final class NodeTable: @unchecked Sendable { // `byAddress` under `lock`; counters atomic
    let io: PageIO
    var rules = RuleSwitches()
    private let lock = Lock()
    private var byAddress = NodeIndex()
    private var cache: MapCache
    /// Called, without a lock, after a node was read while the cache is beyond its bound.
    private let pressure = Mutex(Relief())

    /// A closure read out of a generic value comes back wrapped once more each time; in a type of its own it does not.
    private struct Relief: Sendable { var action: (@Sendable () -> Void)? }
    /// Bytes of the nodes in memory only, at most: what the next checkpoint may have to write.
    let unpersistedBytes = Atomic<Int>(0)
    let inMemory = Atomic<Int>(0)

    /// level, count, unused, bitmap; then 16 bytes for each bit set.
    static let headerBytes = 8
    static let entryBytes = 16
    static let maximumNodeBytes = headerBytes + Node.fanout * entryBytes

    /// - Parameter cacheBytes: as `StoreOptions.mapCacheBytes`.
    init(io: PageIO, cacheBytes: Int = 64 << 20) {
        self.io = io
        cache = MapCache(limit: cacheBytes)
    }

    func onPressure(_ action: @escaping @Sendable () -> Void) { pressure.withLock { $0.action = action } }

    /// Bytes of the bodies that can be taken away, and of those taken away that old snapshots keep.
    var cachedBytes: (held: Int, limbo: Int) { lock.withLock { (cache.bytes, cache.limboBytes) } }

    /// Takes bodies away where they are more than the bound; true if it did. The caller holds the maintenance lock and begins
    /// a new epoch after `epoch`.
    func trim(epoch: UInt64) -> Bool { lock.withLock { cache.trim(epoch: epoch, besides: headBytes) } }

    /// Bytes of what stays of nodes whose bodies are taken away. The caller holds `lock`.
    private var headBytes: Int { byAddress.count * Node.allocatedHeaderBytes + byAddress.bytes }

    /// Frees bodies taken away before the oldest epoch of which there are snapshots.
    func release(before epoch: UInt64) { lock.withLock { cache.release(before: epoch) } }

    /// Frees all nodes known by address; those in memory only must have been freed by their versions.
    func freeAll() {
        lock.withLock {
            cache.releaseAll()
            byAddress.forEach { Node.destroy($0) }
            byAddress.removeAll()
        }
    }

    func make(level: Int) -> NodeRef {
        unpersistedBytes.add(NodeTable.maximumNodeBytes, ordering: .relaxed)
        inMemory.add(1, ordering: .relaxed)
        return Node.make(level: level)
    }

    func make(_ overlay: Overlay) -> NodeRef {
        let node = Node.makeOverlay(overlay)
        unpersistedBytes.add(NodeTable.fileBytes(node), ordering: .relaxed)
        inMemory.add(1, ordering: .relaxed)
        return node
    }

    /// Bytes of a node in the file, at most. The body must be there.
    static func fileBytes(_ node: NodeRef) -> Int {
        guard node.pointee.isOverlay, let body = node.pointee.body.load(ordering: .acquiring) else { return maximumNodeBytes }
        let overlay = Overlay(raw: body)
        return Overlay.fileBytes(count: overlay.count, deltaBytes: overlay.deltaBytes)
    }

    /// The node at an address, without reading it.
    func reference(level: Int, address: UInt64, sum: UInt64) throws(StoreError) -> NodeRef {
        lock.lock()
        defer { lock.unlock() }
        return try referenceLocked(level: level, address: address, sum: sum)
    }

    private func referenceLocked(level: Int, address: UInt64, sum: UInt64) throws(StoreError) -> NodeRef {
        if let known = byAddress[address] {
            guard known.pointee.level == UInt8(level), known.pointee.sum == sum else { throw damage(address, "two maps disagree about a node") }
            return known
        }
        guard NodeAddress.isValid(address) else { throw damage(address, "impossible node address") }
        let node = Node.makeUnloaded(level: level, address: address, sum: sum)
        inMemory.add(1, ordering: .relaxed)
        byAddress.insert(node)
        return node
    }

    /// Notes where the checkpoint put a node.
    func persisted(_ node: NodeRef, address: UInt64, sum: UInt64) {
        lock.withLock {
            if node.pointee.address != 0 { byAddress.remove(node.pointee.address) }
            node.pointee.address = address
            node.pointee.sum = sum
            byAddress.insert(node)
            cache.enter(node)
        }
        unpersistedBytes.subtract(NodeTable.fileBytes(node), ordering: .relaxed)
    }

    func free(_ node: NodeRef) {
        inMemory.subtract(1, ordering: .relaxed)
        if node.pointee.address == 0 {
            unpersistedBytes.subtract(NodeTable.fileBytes(node), ordering: .relaxed)
        } else {
            lock.withLock {
                byAddress.remove(node.pointee.address)
                cache.leave(node)
            }
        }
        if rules.keepsFreedNodes { return }
        Node.destroy(node)
    }

    private func damage(_ address: UInt64, _ detail: String) -> StoreError {
        .corrupt(branch: nil, page: nil, slot: UInt64(NodeAddress.slot(address)), detail: detail)
    }

    /// The node's body, read if need be.
    @inline(__always) func body(_ node: NodeRef) throws(StoreError) -> UnsafeMutableRawPointer {
        node.pointee.touch()
        if let body = node.pointee.body.load(ordering: .acquiring) { return body }
        let body = try load(node)
        if lock.withLock({ cache.isFull(besides: headBytes) }), let relieve = pressure.withLock({ $0 }).action { relieve() }
        return body
    }

    /// The bytes of a node as they lie in a slot, verified.
    static func nodeBytes(level: Int, address: UInt64, sum: UInt64, slotBytes: [UInt8]) -> ArraySlice<UInt8>? {
        let offset = NodeAddress.offset(address)
        guard offset + headerBytes <= slotBytes.count, Int(slotBytes[offset]) == level else { return nil }
        let count = Int(slotBytes[offset + 1])
        let length: Int
        if level == Int(Node.overlayLevel) {
            guard let stated = Overlay.statedLength(slotBytes, at: offset) else { return nil }
            length = stated
        } else {
            length = headerBytes + count * entryBytes
            guard count > 0, count <= Node.fanout, offset + length <= slotBytes.count else { return nil }
        }
        let hash = slotBytes.withUnsafeBytes { buffer in
            buffer.baseAddress.map { Hash64.hash($0 + offset, count: length) }
        }
        return hash == sum ? slotBytes[offset ..< offset + length] : nil
    }

    @inline(never) private func load(_ node: NodeRef) throws(StoreError) -> UnsafeMutableRawPointer {
        let address = node.pointee.address
        let level = Int(node.pointee.level)
        let slotBytes = try io.slotBytes(NodeAddress.slot(address))
        guard let bytes = NodeTable.nodeBytes(level: level, address: address, sum: node.pointee.sum, slotBytes: slotBytes) else {
            throw damage(address, "checksum of a map node")
        }
        if node.pointee.isOverlay { return try loadOverlay(node, bytes, slotBytes) }
        var reader = ByteReader(slotBytes, from: bytes.startIndex + 4, to: bytes.endIndex)
        let bitmap: UInt32 = try reader.get()
        guard bitmap.nonzeroBitCount * NodeTable.entryBytes == reader.remaining else { throw damage(address, "shape of a map node") }
        let size = level == 0 ? Node.leafBytes : Node.innerBytes
        let body = Memory.allocate(size)
        body.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        lock.lock()
        defer { lock.unlock() }
        if let other = node.pointee.body.load(ordering: .acquiring) { // another reader was faster
            Memory.release(body)
            return other
        }
        do throws(StoreError) {
            for i in 0 ..< Node.fanout where bitmap >> UInt32(i) & 1 != 0 {
                let place: UInt64 = try reader.get()
                let sum: UInt64 = try reader.get()
                if level == 0 {
                    guard place >> 32 == 0, place > 3 else { throw damage(address, "map entry of an unknown kind") }
                    body.entries[i] = MapEntry(place: place, sum: sum)
                } else {
                    body.children[i] = try referenceLocked(level: level - 1, address: place, sum: sum)
                }
            }
        } catch {
            Memory.release(body)
            throw error
        }
        node.pointee.body.store(body, ordering: .releasing)
        cache.enter(node)
        return body
    }

    private func loadOverlay(_ node: NodeRef, _ bytes: ArraySlice<UInt8>, _ slotBytes: [UInt8]) throws(StoreError) -> UnsafeMutableRawPointer {
        let address = node.pointee.address
        var reader = ByteReader(slotBytes, from: bytes.startIndex + NodeTable.headerBytes, to: bytes.endIndex)
        lock.lock()
        defer { lock.unlock() }
        if let other = node.pointee.body.load(ordering: .acquiring) { return other }
        let decoded = try Overlay.decode(&reader, count: Int(slotBytes[bytes.startIndex + 1])) { (level, address, sum) throws(StoreError) in
            try referenceLocked(level: level, address: address, sum: sum)
        }
        guard let overlay = decoded else { throw damage(address, "shape of an overlay") }
        node.pointee.body.store(overlay.raw, ordering: .releasing)
        cache.enter(node)
        return overlay.raw
    }

    /// The bytes of a node whose children all lie in the file.
    static func encode(_ node: NodeRef, body: UnsafeMutableRawPointer) -> [UInt8] {
        if node.pointee.isOverlay { return Overlay(raw: body).encoded() }
        var writer = ByteWriter(capacity: maximumNodeBytes)
        writer.put(node.pointee.level)
        writer.put(UInt8(0))
        writer.put(UInt16(0))
        writer.put(UInt32(0))
        var bitmap: UInt32 = 0
        for i in 0 ..< Node.fanout {
            if node.pointee.level == 0 {
                let entry = body.entries[i]
                if entry.isNone { continue }
                writer.put(entry.place)
                writer.put(entry.sum)
            } else {
                guard let child = body.children[i] else { continue }
                writer.put(child.pointee.address)
                writer.put(child.pointee.sum)
            }
            bitmap |= 1 << UInt32(i)
        }
        writer.patch(UInt8(bitmap.nonzeroBitCount), at: 1)
        writer.patch(bitmap, at: 4)
        return writer.bytes
    }
}
