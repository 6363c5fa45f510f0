import Glibc

/// A disk that fails on purpose, the same way for the same seed: for tests of recovery.
///
/// It holds one file. Writes go to a cache; `sync` makes them durable. After `losePower` each sector written since the
/// last sync holds its old bytes, any of those written to it, or garbage. `failNextSync` makes a sync fail as disks do:
/// some sectors get through, the rest is forgotten although the cache still shows it. `operationsLeft` cuts the power at
/// a given operation: that one and all that follow fail until `losePower` or `restart`.
public final class SimulatedDisk: StoreFileSystem, @unchecked Sendable { // all mutable fields under `lock`
    static let sectorBytes = 512

    fileprivate let lock = Lock()
    private let capacity: Int
    fileprivate var cache: UnsafeMutableRawPointer
    private var durable: UnsafeMutableRawPointer
    fileprivate var cacheLength = 0
    private var durableLength = 0
    /// Sectors written since the last sync, with all the bytes they had.
    private var pending: [Int: [[UInt8]]] = [:]
    private var exists = false
    private var random: UInt64
    fileprivate var owner: ObjectIdentifier?
    fileprivate var pins: [(handle: ObjectIdentifier, generation: UInt64)] = []

    private var isDown = false
    private var left = Int.max
    private var failSync = false
    private var operationCount = 0
    private var insideHook = false
    private var hook: (() -> Void)?

    /// The error of an operation after the power went.
    public static let powerLoss = StoreError.io(errno: EIO, operation: "simulated power loss")
    /// The error of a sync that failed.
    public static let syncFailure = StoreError.io(errno: EIO, operation: "simulated sync failure")

    /// A disk of `capacity` bytes.
    public init(capacity: Int, seed: UInt64) {
        self.capacity = capacity
        random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        cache = .allocate(byteCount: capacity, alignment: 4096)
        durable = .allocate(byteCount: capacity, alignment: 4096)
        memset(cache, 0, capacity)
        memset(durable, 0, capacity)
    }

    deinit {
        cache.deallocate()
        durable.deallocate()
    }

    // MARK: faults

    /// Operations (writes, syncs, truncations) so far.
    public var operations: Int { lock.withLock { operationCount } }

    /// Whether the power is gone.
    public var isPowerOff: Bool { lock.withLock { isDown } }

    /// The power goes at the `count`-th operation from now; nil: it stays.
    public func cutPower(after count: Int?) { lock.withLock { left = count ?? Int.max } }

    /// The next sync fails.
    public func failNextSync(_ fails: Bool = true) { lock.withLock { failSync = fails } }

    /// Called before each operation but syncs and those that change the file's length (the store holds locks then), not within itself.
    public func setHook(_ hook: (() -> Void)?) { lock.withLock { self.hook = hook } }

    private func next() -> UInt64 {
        random ^= random >> 12
        random ^= random << 25
        random ^= random >> 27
        return random &* 0x2545_F491_4F6C_DD1D
    }

    private func chance() -> Double { Double(next() >> 11) / Double(UInt64(1) << 53) }

    /// Power loss and restart of the machine: the cache is gone, all handles are dead.
    public func losePower() {
        lock.withLock {
            let mode = chance()
            for sector in pending.keys.sorted() {
                guard let written = pending[sector], let last = written.last else { continue }
                var r = chance()
                if mode < 0.15 { r = chance() < 0.9 ? 1 : r } // nearly everything lost
                else if mode < 0.45 { r = chance() < 0.93 ? 0 : r } // nearly everything kept
                if r < 0.45 {
                    put(sector, last)
                } else if r < 0.6 {
                    put(sector, written[Int(next() % UInt64(written.count))])
                } else if r < (mode > 0.85 ? 0.9 : 0.65) {
                    put(sector, (0 ..< SimulatedDisk.sectorBytes).map { _ in UInt8(truncatingIfNeeded: next() >> 32) })
                }
            }
            pending = [:]
            memcpy(cache, durable, max(durableLength, 1))
            if cacheLength > durableLength { memset(cache + durableLength, 0, cacheLength - durableLength) }
            cacheLength = durableLength
            restartLocked()
        }
    }

    /// The process died but not the machine: the cache stays.
    public func restart() { lock.withLock { restartLocked() } }

    private func restartLocked() {
        isDown = false
        left = Int.max
        owner = nil
        pins = []
    }

    /// Like `restart`, but handles of other processes keep their pins.
    public func restartOwner() {
        lock.withLock {
            isDown = false
            left = Int.max
            owner = nil
        }
    }

    /// Flips one bit, in the cache and on the disk.
    public func flipBit(at offset: Int, bit: Int) {
        lock.withLock {
            guard offset < capacity else { return }
            for memory in [cache, durable] {
                let byte = memory.load(fromByteOffset: offset, as: UInt8.self) ^ (1 << UInt8(bit & 7))
                memory.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
            }
        }
    }

    /// Cuts the file, in the cache and on the disk.
    public func cut(to length: Int) {
        lock.withLock {
            memset(cache + min(length, cacheLength), 0, max(0, cacheLength - length))
            memset(durable + min(length, durableLength), 0, max(0, durableLength - length))
            cacheLength = min(length, cacheLength)
            durableLength = min(length, durableLength)
        }
    }

    /// Bytes of the file.
    public var length: Int { lock.withLock { cacheLength } }

    private func put(_ sector: Int, _ bytes: [UInt8]) {
        let end = min(capacity, (sector + 1) * SimulatedDisk.sectorBytes)
        bytes.withUnsafeBytes { source in
            if let base = source.baseAddress { memcpy(durable + sector * SimulatedDisk.sectorBytes, base, end - sector * SimulatedDisk.sectorBytes) }
        }
        durableLength = max(durableLength, end)
    }

    // MARK: operations

    /// Counts an operation and fails it if the power is gone.
    fileprivate func tick(quiet: Bool = false) throws(StoreError) {
        lock.lock()
        operationCount += 1
        let run = insideHook || quiet ? nil : hook
        if run != nil { insideHook = true }
        lock.unlock()
        if let run {
            run()
            lock.withLock { insideHook = false }
        }
        lock.lock()
        defer { lock.unlock() }
        if isDown { throw SimulatedDisk.powerLoss }
        left -= 1
        if left <= 0 {
            isDown = true
            throw SimulatedDisk.powerLoss
        }
    }

    fileprivate var down: Bool { lock.withLock { isDown } }

    fileprivate func write(_ offset: Int, _ buffer: UnsafeRawBufferPointer) throws(StoreError) {
        try tick(quiet: offset + buffer.count > length)
        lock.lock()
        defer { lock.unlock() }
        guard let source = buffer.baseAddress else { return }
        if offset + buffer.count > capacity { throw .diskFull }
        memcpy(cache + offset, source, buffer.count)
        cacheLength = max(cacheLength, offset + buffer.count)
        let size = SimulatedDisk.sectorBytes
        for sector in offset / size ..< (offset + buffer.count + size - 1) / size {
            let bytes = [UInt8](unsafeUninitializedCapacity: size) { target, count in
                if let base = target.baseAddress { memcpy(base, cache + sector * size, min(size, capacity - sector * size)) }
                count = size
            }
            pending[sector, default: []].append(bytes)
        }
    }

    fileprivate func sync() throws(StoreError) {
        try tick(quiet: true)
        lock.lock()
        defer { lock.unlock() }
        let fails = failSync
        failSync = false
        for sector in pending.keys.sorted() {
            guard let last = pending[sector]?.last else { continue }
            if fails, chance() < 0.5 { continue }
            put(sector, last)
        }
        pending = [:]
        if !fails { durableLength = max(durableLength, cacheLength) }
        if fails { throw SimulatedDisk.syncFailure }
    }

    fileprivate func truncate(_ length: Int) throws(StoreError) {
        try tick(quiet: true)
        lock.lock()
        defer { lock.unlock() }
        if length > capacity { throw .diskFull }
        if length < cacheLength { memset(cache + length, 0, cacheLength - length) }
        if length < durableLength {
            memset(durable + length, 0, durableLength - length)
            durableLength = length
        }
        cacheLength = length
        pending = pending.filter { $0.key * SimulatedDisk.sectorBytes < length }
    }

    public func open(path: String, readOnly: Bool, create: Bool) throws(StoreError) -> any StoreFile {
        lock.lock()
        defer { lock.unlock() }
        if !exists, !create || readOnly { throw .noSuchFile(path: path) }
        exists = true
        return SimulatedFile(self)
    }

    public func remove(path: String) throws(StoreError) { throw .readOnly }
    public func rename(from: String, to: String) throws(StoreError) { throw .readOnly }
}

/// A handle on the file of a simulated disk.
final class SimulatedFile: StoreFile {
    private let disk: SimulatedDisk

    init(_ disk: SimulatedDisk) { self.disk = disk }

    deinit { close() }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
        if disk.down { throw SimulatedDisk.powerLoss }
        return disk.lock.withLock {
            guard offset < UInt64(disk.cacheLength), let target = buffer.baseAddress else { return 0 }
            let n = min(buffer.count, disk.cacheLength - Int(offset))
            memcpy(target, disk.cache + Int(offset), n)
            return n
        }
    }

    func write(at offset: UInt64, _ buffer: UnsafeRawBufferPointer) throws(StoreError) { try disk.write(Int(offset), buffer) }
    func sync() throws(StoreError) { try disk.sync() }
    func reserve(to size: UInt64) throws(StoreError) {
        let old = disk.length
        if Int(size) <= old { return }
        let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: Int(size) - old, alignment: 16)
        defer { zeros.deallocate() }
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
        try disk.write(old, UnsafeRawBufferPointer(zeros))
    }

    func truncate(to size: UInt64) throws(StoreError) { try disk.truncate(Int(size)) }
    func size() throws(StoreError) -> UInt64 { UInt64(disk.length) }

    func lockOwner() throws(StoreError) {
        disk.lock.lock()
        defer { disk.lock.unlock() }
        if let owner = disk.owner, owner != ObjectIdentifier(self) { throw .locked(pid: 0) }
        disk.owner = ObjectIdentifier(self)
    }

    func hasOwner() throws(StoreError) -> Bool { disk.lock.withLock { disk.owner != nil && disk.owner != ObjectIdentifier(self) } }

    func pinGeneration(_ generation: UInt64) throws(StoreError) {
        disk.lock.withLock { disk.pins.append((ObjectIdentifier(self), generation)) }
    }

    func unpinGeneration(_ generation: UInt64) throws(StoreError) {
        disk.lock.withLock {
            if let i = disk.pins.firstIndex(where: { $0.handle == ObjectIdentifier(self) && $0.generation == generation }) { disk.pins.remove(at: i) }
        }
    }

    func hasPins(below generation: UInt64) throws(StoreError) -> Bool {
        disk.lock.withLock { disk.pins.contains { $0.generation < generation && $0.handle != ObjectIdentifier(self) } }
    }

    func close() { unlock() }

    func unlock() {
        disk.lock.withLock {
            if disk.owner == ObjectIdentifier(self) { disk.owner = nil }
            disk.pins.removeAll { $0.handle == ObjectIdentifier(self) }
        }
    }
}
