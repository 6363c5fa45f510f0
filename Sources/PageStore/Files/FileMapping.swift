import Glibc
import Synchronization

/// A range of addresses at whose start the bytes of a file lie, for reading only.
///
/// The range is reserved far beyond the end of the file, so that it never moves while the file grows. Touching what the
/// file does not have (it was cut by another program, or the disk failed) would end the process with SIGBUS: `BusGuard`
/// puts zeros there instead and sets `damage`. Whoever read through the mapping looks at `damage` afterwards and, if
/// it is set, believes nothing of what was read and reads again by system calls, which tell the error.
final class FileMapping: @unchecked Sendable { // all fields are immutable; the flag behind `damage` is atomic
    let start: UnsafeMutableRawPointer
    /// Bytes of the range.
    let capacity: Int
    private let guarded: BusGuard.Range?
    private let ownsRange: Bool
    /// Whether something that was read through the mapping was not there.
    let damage: UnsafeMutablePointer<Atomic<Bool>>

    /// Address space set aside for a file, at least, and how much more than the file has.
    private static let minimumCapacity = 64 << 30
    private static let headroom = 4
    private static let smallestUseful = 1 << 30

    /// Maps a file of `size` bytes; nil where the system has no room for it.
    init?(descriptor: Int32, size: UInt64) {
        var capacity = FileMapping.minimumCapacity
        while UInt64(capacity) < size, capacity < 1 << 45 { capacity *= 2 }
        if UInt64(capacity / FileMapping.headroom) < size { capacity *= FileMapping.headroom }
        var found: UnsafeMutableRawPointer?
        while capacity >= FileMapping.smallestUseful { // a process with a limit on addresses gets less
            let address = mmap(nil, capacity, PROT_READ, MAP_SHARED | Int32(MAP_NORESERVE), descriptor, 0)
            if let address, address != MAP_FAILED {
                found = address
                break
            }
            capacity /= 4
        }
        guard let found else { return nil }
        let flag = FileMapping.makeFlag()
        guard let range = BusGuard.add(start: found, capacity: capacity, damage: flag) else {
            munmap(found, capacity)
            flag.deallocate()
            return nil
        }
        start = found
        self.capacity = capacity
        guarded = range
        ownsRange = true
        damage = flag
    }

    /// Memory that somebody else keeps for as long as this object lives.
    init(memory start: UnsafeMutableRawPointer, capacity: Int) {
        self.start = start
        self.capacity = capacity
        guarded = nil
        ownsRange = false
        damage = FileMapping.makeFlag()
    }

    deinit {
        if ownsRange { munmap(start, capacity) }
        if let guarded { BusGuard.remove(guarded) }
        damage.deinitialize(count: 1)
        damage.deallocate()
    }

    private static func makeFlag() -> UnsafeMutablePointer<Atomic<Bool>> {
        let flag = UnsafeMutablePointer<Atomic<Bool>>.allocate(capacity: 1)
        flag.initialize(to: Atomic(false))
        return flag
    }
}

/// Turns SIGBUS within known ranges of addresses into pages of zeros and a flag; any other SIGBUS goes where it went before.
///
/// What the handler touches is plain memory that is never freed, and atomics: it takes no lock and allocates nothing.
enum BusGuard {
    struct Range: Sendable { fileprivate let index: Int }

    fileprivate struct Entry: ~Copyable {
        let start = Atomic<UInt>(0)
        let end = Atomic<UInt>(0)
        let damage = Atomic<UInt>(0)
    }

    /// Files that can be mapped at one time; more are read by system calls.
    private static let capacity = 512
    private static let lock = Lock()
    private static let systemPage: UInt = 4096
    // Set once, before the handler is installed, and never changed.
    private nonisolated(unsafe) static var entries: UnsafeMutablePointer<Entry>?
    private nonisolated(unsafe) static var former = sigaction()

    fileprivate static func add(
        start: UnsafeMutableRawPointer, capacity bytes: Int, damage: UnsafeMutablePointer<Atomic<Bool>>
    ) -> Range? {
        lock.lock()
        defer { lock.unlock() }
        if entries == nil, !install() { return nil }
        guard let entries else { return nil }
        for i in 0 ..< capacity where entries[i].end.load(ordering: .relaxed) == 0 {
            entries[i].damage.store(UInt(bitPattern: damage), ordering: .relaxed)
            entries[i].start.store(UInt(bitPattern: start), ordering: .relaxed)
            entries[i].end.store(UInt(bitPattern: start) + UInt(bytes), ordering: .releasing)
            return Range(index: i)
        }
        return nil
    }

    fileprivate static func remove(_ range: Range) {
        lock.withLock { entries?[range.index].end.store(0, ordering: .releasing) }
    }

    private static func install() -> Bool {
        let table = UnsafeMutablePointer<Entry>.allocate(capacity: capacity) // lives as long as the process
        for i in 0 ..< capacity { (table + i).initialize(to: Entry()) }
        entries = table
        guard systemPage > 0 else { return false } // read here, so that its initialisation is over before a signal comes
        var action = sigaction()
        action.sa_flags = SA_SIGINFO | SA_NODEFER | Int32(SA_ONSTACK)
        action.__sigaction_handler.sa_sigaction = { number, info, context in BusGuard.handle(number, info, context) }
        return sigaction(SIGBUS, &action, &former) == 0
    }

    private static func handle(_ number: Int32, _ info: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?) {
        if let info, let entries {
            let address = UInt(bitPattern: info.pointee._sifields._sigfault.si_addr)
            for i in 0 ..< capacity {
                let end = entries[i].end.load(ordering: .acquiring)
                guard address < end, address >= entries[i].start.load(ordering: .relaxed) else { continue }
                let page = UnsafeMutableRawPointer(bitPattern: address & ~(systemPage - 1))
                let zeros = mmap(page, Int(systemPage), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
                guard zeros != MAP_FAILED else { break }
                let flag = UnsafeMutablePointer<Atomic<Bool>>(bitPattern: entries[i].damage.load(ordering: .relaxed))
                flag?.pointee.store(true, ordering: .releasing)
                return
            }
        }
        // Not ours: as if we were not here. The instruction runs again and meets the former action.
        sigaction(SIGBUS, &former, nil)
    }
}
