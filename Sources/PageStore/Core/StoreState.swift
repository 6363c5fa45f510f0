import Synchronization

/// Whether the store may be written, and what was counted.
final class StoreState: @unchecked Sendable { // `poisonDetail` under `lock`; the rest atomic or immutable
    let options: StoreOptions
    private let lock = Lock()
    private var poisonDetail: String?
    private let isPoisoned = Atomic<Bool>(false)
    private let isClosed = Atomic<Bool>(false)
    let isReadOnly: Bool
    let syncs = Atomic<UInt64>(0)

    init(options: StoreOptions) {
        self.options = options
        isReadOnly = options.readOnly
    }

    func checkOpen() throws(StoreError) {
        if isClosed.load(ordering: .acquiring) { throw .closed }
    }

    func checkWritable() throws(StoreError) {
        try checkOpen()
        if isReadOnly { throw .readOnly }
        if isPoisoned.load(ordering: .acquiring) { throw .poisoned(detail: lock.withLock { poisonDetail ?? "" }) }
    }

    var poisoned: Bool { isPoisoned.load(ordering: .acquiring) }

    /// After a write or sync that must not fail: no retry, since the cache may call clean what is not on the disk.
    func poison(_ error: StoreError) -> StoreError {
        lock.withLock { if poisonDetail == nil { poisonDetail = error.message } }
        isPoisoned.store(true, ordering: .releasing)
        return .poisoned(detail: error.message)
    }

    /// True the first time.
    func close() -> Bool { isClosed.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged }

    /// Held while a sync runs: the system reports a failure to one caller only, so no other sync may succeed before the
    /// store is known to be poisoned.
    private let syncLock = Lock()

    /// Makes all that was written durable, or poisons the store.
    func sync(_ file: any StoreFile) throws(StoreError) {
        syncLock.lock()
        defer { syncLock.unlock() }
        if poisoned { throw .poisoned(detail: lock.withLock { poisonDetail ?? "" }) }
        do throws(StoreError) {
            try file.sync()
        } catch {
            if !options.rules.isOff(.poison) { throw poison(error) }
            try file.sync()
        }
        syncs.add(1, ordering: .relaxed)
    }
}
