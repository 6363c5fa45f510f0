import Glibc

/// A disk that fails on purpose, the same way for the same seed: for tests of recovery.
///
/// It holds one file. Writes go to a cache; `sync` makes them durable. After a power loss each sector written since the last
/// sync holds its old bytes, any of those written to it, or garbage, and a file that was cut may have its old length. A
/// failed sync behaves as disks do: some sectors get through, the rest is forgotten although the cache still shows it.
public final class SimulatedDisk: StoreFileSystem, @unchecked Sendable { // all mutable fields under `lock`
    static let sectorBytes = 512

    /// A kind of call that may be made to fail.
    public enum Call: Int, CaseIterable, Sendable { case read, write, sync, truncate, reserve }

    /// A call that is about to change the disk.
    public struct Operation: Sendable {
        public let call: Call
        /// Where it writes or to where it cuts.
        public let offset: Int
        /// Bytes it writes, or 0.
        public let length: Int
        fileprivate let bytes: [UInt8]

        /// Sectors that it writes.
        public var sectors: Int {
            length == 0 ? 0 : (offset + length - 1) / SimulatedDisk.sectorBytes - offset / SimulatedDisk.sectorBytes + 1
        }
    }

    /// What is left of the writes since the last sync, and of the one under way, of which some sectors come first.
    public enum Outcome: Sendable, Equatable {
        /// The process dies and the machine lives on: the cache stays.
        case kill(sectors: Int)
        /// The power goes; everything written came through.
        case kept(sectors: Int)
        /// The power goes; of what was written before nothing came through.
        case lost(sectors: Int)
        /// The power goes; all sectors in doubt are garbage.
        case garbled(sectors: Int)
        /// The power goes; each sector by chance.
        case mixed(sectors: Int, seed: UInt64)

        var sectors: Int {
            switch self {
            case .kill(let n), .kept(let n), .lost(let n), .garbled(let n), .mixed(let n, _): return n
            }
        }
    }

    private struct Fault {
        var call: Call
        var left: Int
        var error: StoreError
        var lasts: Bool
    }

    let lock = Lock()
    private let capacity: Int
    private(set) var cache: UnsafeMutableRawPointer
    private var durable: UnsafeMutableRawPointer
    private(set) var cacheLength = 0
    private var durableLength = 0
    /// Sectors written since the last sync, with all the bytes they had.
    private var pending: [Int: [[UInt8]]] = [:]
    /// The smallest length the file was cut to since the last sync.
    private var pendingCut: Int?
    private var exists = false
    private var random: UInt64
    var owner: ObjectIdentifier?
    var pins: [(handle: ObjectIdentifier, generation: UInt64)] = []

    private var isDown = false
    private var left = Int.max
    private var failSync = false
    private var faults: [Fault] = []
    private var faultsFired = 0
    private var faultable = [Int](repeating: 0, count: Call.allCases.count)
    private var suspended = false
    private var calls = [Int](repeating: 0, count: Call.allCases.count)
    private var insideHook = false
    private var hook: (() -> Void)?
    private var probe: ((Operation) -> Void)?
    private var pinHook: (() -> Void)?

    /// The error of an operation after the power went.
    public static let powerLoss = StoreError.io(errno: EIO, operation: "simulated power loss")
    /// The error of a sync that failed.
    public static let syncFailure = StoreError.io(errno: EIO, operation: "simulated sync failure")

    /// A disk of `capacity` bytes.
    public init(capacity: Int, seed: UInt64) {
        self.capacity = capacity
        random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        // calloc: what is not touched costs neither time nor memory.
        guard let cache = calloc(capacity, 1), let durable = calloc(capacity, 1) else { preconditionFailure("out of memory") }
        self.cache = cache
        self.durable = durable
    }

    deinit {
        free(cache)
        free(durable)
    }

    // MARK: faults

    /// Writes, syncs, truncations and reservations so far.
    public var operations: Int { lock.withLock { calls.reduce(0, +) - calls[Call.read.rawValue] } }

    /// Calls of a kind so far.
    public func count(of call: Call) -> Int { lock.withLock { calls[call.rawValue] } }

    /// Whether the power is gone.
    public var isPowerOff: Bool { lock.withLock { isDown } }

    /// The power goes at the `count`-th operation from now; nil: it stays.
    public func cutPower(after count: Int?) { lock.withLock { left = count ?? Int.max } }

    /// The next sync fails.
    public func failNextSync(_ fails: Bool = true) { lock.withLock { failSync = fails } }

    /// Lets the `index`-th call of a kind from now (0: the next) fail with `error`, and all after it if it `lasts`. A write
    /// that fails gets half of its bytes to the file.
    public func fail(_ call: Call, at index: Int, with error: StoreError, lasts: Bool = false) {
        lock.withLock { faults.append(Fault(call: call, left: index, error: error, lasts: lasts)) }
    }

    /// Calls of a kind so far that an ordered fault could have hit.
    public func faultableCount(of call: Call) -> Int { lock.withLock { faultable[call.rawValue] } }

    /// How many of the faults that `fail` ordered have come.
    public var firedFaults: Int { lock.withLock { faultsFired } }

    /// Runs `body` while no ordered fault comes and no call counts for one.
    public func undisturbed<Result>(_ body: () throws -> Result) rethrows -> Result {
        lock.withLock { suspended = true }
        defer { lock.withLock { suspended = false } }
        return try body()
    }

    /// Forgets the faults that `fail` and `failNextSync` ordered and that have not come yet.
    public func heal() {
        lock.withLock {
            faults = []
            failSync = false
        }
    }

    /// Called before each operation but syncs and those that change the file's length (the store holds locks then), not within itself.
    public func setHook(_ hook: (() -> Void)?) { lock.withLock { self.hook = hook } }

    /// Called before each operation whatever locks the store holds: it may look at this disk, not at the store.
    public func setProbe(_ probe: ((Operation) -> Void)?) { lock.withLock { self.probe = probe } }

    /// Called before a read-only opener announces its generation.
    public func setPinHook(_ hook: (() -> Void)?) { lock.withLock { pinHook = hook } }

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
            settle { mixedLocked() }
            restartLocked()
        }
    }

    /// Applies what a power loss leaves of the pending sectors, then forgets the cache.
    private func settle(_ body: () -> Void) {
        body()
        pending = [:]
        pendingCut = nil
        memset(cache, 0, cacheLength)
        memcpy(cache, durable, durableLength)
        cacheLength = durableLength
    }

    private func mixedLocked() {
        let mode = chance()
        if pendingCut != nil, chance() < 0.5 { cutDurable() }
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
                put(sector, garbage())
            }
        }
    }

    private func garbage() -> [UInt8] { (0 ..< SimulatedDisk.sectorBytes).map { _ in UInt8(truncatingIfNeeded: next() >> 32) } }

    private func cutDurable() {
        if let pendingCut, pendingCut < durableLength {
            memset(durable + pendingCut, 0, durableLength - pendingCut)
            durableLength = pendingCut
        }
        pendingCut = nil
    }

    /// This disk as a crash at this moment leaves it, while `operation` is under way: another disk, this one goes on.
    public func crashed(_ outcome: Outcome, during operation: Operation?) -> SimulatedDisk {
        lock.lock()
        defer { lock.unlock() }
        let copy = SimulatedDisk(capacity: capacity, seed: 0)
        memcpy(copy.cache, cache, cacheLength)
        memcpy(copy.durable, durable, durableLength)
        copy.cacheLength = cacheLength
        copy.durableLength = durableLength
        copy.pending = pending
        copy.pendingCut = pendingCut
        copy.exists = exists
        if case .lost = outcome { copy.pending = [:] }
        if case .mixed(_, let seed) = outcome { copy.random = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
        let size = SimulatedDisk.sectorBytes
        if let operation, outcome.sectors > 0, operation.length > 0 {
            // Up to a sector boundary of the file.
            let end = min(operation.length, (operation.offset / size + outcome.sectors) * size - operation.offset)
            operation.bytes.withUnsafeBytes { copy.putCache(operation.offset, UnsafeRawBufferPointer(rebasing: $0[0 ..< end])) }
        }
        switch outcome {
        case .kill: break
        case .kept, .lost:
            copy.settle {
                copy.cutDurable()
                for (sector, written) in copy.pending { if let last = written.last { copy.put(sector, last) } }
            }
        case .garbled:
            copy.settle { for sector in copy.pending.keys.sorted() { copy.put(sector, copy.garbage()) } }
        case .mixed:
            copy.settle { copy.mixedLocked() }
        }
        return copy
    }

    /// The process died but not the machine: the cache stays.
    public func restart() { lock.withLock { restartLocked() } }

    private func restartLocked() {
        pins = []
        restartOwnerLocked()
    }

    private func restartOwnerLocked() {
        isDown = false
        left = Int.max
        owner = nil
    }

    /// Like `restart`, but handles of other processes keep their pins.
    public func restartOwner() { lock.withLock { restartOwnerLocked() } }

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

    /// The file's bytes as the cache has them.
    public var bytes: [UInt8] { lock.withLock { Array(UnsafeRawBufferPointer(start: cache, count: cacheLength)) } }

    /// Whether anything was written since the last sync.
    public var hasUnsyncedWrites: Bool { lock.withLock { !pending.isEmpty || pendingCut != nil } }

    private func put(_ sector: Int, _ bytes: [UInt8]) {
        let end = min(capacity, (sector + 1) * SimulatedDisk.sectorBytes)
        bytes.withUnsafeBytes { source in
            if let base = source.baseAddress { memcpy(durable + sector * SimulatedDisk.sectorBytes, base, end - sector * SimulatedDisk.sectorBytes) }
        }
        durableLength = max(durableLength, end)
    }

    private func putCache(_ offset: Int, _ buffer: UnsafeRawBufferPointer) {
        guard let source = buffer.baseAddress, !buffer.isEmpty else { return }
        memcpy(cache + offset, source, buffer.count)
        cacheLength = max(cacheLength, offset + buffer.count)
        let size = SimulatedDisk.sectorBytes
        for sector in offset / size ..< (offset + buffer.count + size - 1) / size {
            let bytes = [UInt8](unsafeUninitializedCapacity: size) { target, count in
                if let base = target.baseAddress {
                    let there = min(size, capacity - sector * size)
                    memcpy(base, cache + sector * size, there)
                    if there < size { memset(base + there, 0, size - there) }
                }
                count = size
            }
            pending[sector, default: []].append(bytes)
        }
    }

    // MARK: operations

    /// Counts a call; fails it if that was ordered or the power is gone.
    private func tick(_ call: Call, offset: Int = 0, _ buffer: UnsafeRawBufferPointer? = nil, quiet: Bool = false) throws(StoreError) {
        lock.lock()
        calls[call.rawValue] += 1
        let probe = isDown ? nil : probe
        let run = insideHook || quiet ? nil : hook
        if run != nil { insideHook = true }
        lock.unlock()
        if let probe { probe(Operation(call: call, offset: offset, length: buffer?.count ?? 0, bytes: buffer.map { Array($0) } ?? [])) }
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

    /// The error that was ordered for this call, if any.
    private func fault(_ call: Call) -> StoreError? {
        if suspended { return nil }
        faultable[call.rawValue] += 1
        var found: StoreError?
        for i in faults.indices where faults[i].call == call {
            faults[i].left -= 1
            if faults[i].left == -1 || faults[i].lasts && faults[i].left < 0 { found = faults[i].error }
        }
        if found != nil { faultsFired += 1 }
        return found
    }

    func write(_ offset: Int, _ buffer: UnsafeRawBufferPointer, as call: Call = .write) throws(StoreError) {
        try tick(call, offset: offset, buffer, quiet: offset + buffer.count > length)
        lock.lock()
        defer { lock.unlock() }
        if let error = fault(call) {
            let half = min(buffer.count / 2, max(0, capacity - offset))
            if half > 0 { putCache(offset, UnsafeRawBufferPointer(rebasing: buffer[0 ..< half])) }
            throw error
        }
        if offset + buffer.count > capacity { throw .diskFull }
        putCache(offset, buffer)
    }

    func read(_ offset: UInt64, _ buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
        lock.lock()
        defer { lock.unlock() }
        if isDown { throw SimulatedDisk.powerLoss }
        calls[Call.read.rawValue] += 1
        if let error = fault(.read) { throw error }
        guard offset < UInt64(cacheLength), let target = buffer.baseAddress else { return 0 }
        let n = min(buffer.count, cacheLength - Int(offset))
        memcpy(target, cache + Int(offset), n)
        return n
    }

    func sync() throws(StoreError) {
        try tick(.sync, quiet: true)
        lock.lock()
        defer { lock.unlock() }
        let error = fault(.sync) ?? (failSync ? SimulatedDisk.syncFailure : nil)
        failSync = false
        if error == nil || chance() < 0.5 { cutDurable() }
        for sector in pending.keys.sorted() {
            guard let last = pending[sector]?.last else { continue }
            if error != nil, chance() < 0.5 { continue }
            put(sector, last)
        }
        pending = [:]
        pendingCut = nil
        if let error { throw error }
        durableLength = max(durableLength, cacheLength)
    }

    func truncate(_ length: Int) throws(StoreError) {
        try tick(.truncate, offset: length, quiet: true)
        lock.lock()
        defer { lock.unlock() }
        if let error = fault(.truncate) { throw error }
        if length > capacity { throw .diskFull }
        if length < cacheLength {
            memset(cache + length, 0, cacheLength - length)
            pendingCut = min(pendingCut ?? .max, length)
            pending = pending.filter { $0.key * SimulatedDisk.sectorBytes < length }
        }
        cacheLength = length
    }

    func announcing() { lock.withLock { pinHook }?() }

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
