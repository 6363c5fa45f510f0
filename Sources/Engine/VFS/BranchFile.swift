import CSQLite
import PageStore

/// What SQLite's callbacks touch for every page: plain memory behind a pointer, no references to count.
///
/// Confined to the thread that uses the connection. The two `Unmanaged` fields own a retain while they are set.
struct BranchFileState {
    /// SQLite's lock level (SQLITE_LOCK_NONE … SQLITE_LOCK_EXCLUSIVE).
    var lock: Int32 = SQLITE_LOCK_NONE
    /// Bytes per page, as the store's.
    var pageSize: Int = 0
    /// Pages that SQLite's page cache of this file holds. A database no larger than that is read into the cache: found there,
    /// a page costs less than it does to be handed out anew.
    var cachePages: UInt32 = 0
    /// SQLite asks for mapped pages.
    var mapsPages = true
    /// It does not, but the database has grown beyond the cache meanwhile.
    var hasOutgrownCache = false
    /// The version this file shows while a lock is held.
    var snapshot: Unmanaged<Snapshot>?
    /// The open write transaction; reads go through it while it is set.
    var transaction: Unmanaged<WriteTransaction>?
    /// True once the transaction has a change that a commit must publish.
    var isDirty = false
    /// The owner, for everything that is not done per page.
    var file: Unmanaged<BranchFile>
    /// One page of scratch memory for reads of a part of a page (the file header).
    var scratch: UnsafeMutableRawPointer
    /// Version whose header bytes 24…39 are in `header`; 0 when there is none. SQLite asks for exactly these
    /// bytes at every SHARED lock.
    var headerVersion: UInt64 = 0
    var header: (UInt64, UInt64) = (0, 0)
    /// The same bytes of the page 1 last written in the open transaction, where it was.
    var writtenHeader: (UInt64, UInt64)?
}

/// What SQLite allocates for an open file: its own header, then our pointer.
struct BranchFileHandle {
    var methods: UnsafePointer<sqlite3_io_methods>?
    var state: UnsafeMutablePointer<BranchFileState>?
}

/// What a commit says besides its pages.
struct CommitNote {
    var origin: [UInt8] = []
    var mergedFrom: VersionID?
    var metadata: [UInt8]?

    /// There is something to record even where no page has changed.
    var isEmpty: Bool { mergedFrom == nil && metadata == nil }
}

/// One branch as one connection's database file.
///
/// Confined to the connection that made it. SQLite reaches it through `state`; the connection reaches it directly.
final class BranchFile {
    let store: Store
    private(set) var branch: BranchID
    let state: UnsafeMutablePointer<BranchFileState>
    let control: ConnectionControl

    /// A version this file shows whatever the branch's head is (a pinned target). Such a file cannot be written.
    private(set) var fixed: Snapshot?
    /// The store moment a statement or transaction has chosen for this file; nil = the head when the lock is taken.
    @exclusivity(unchecked) var moment: Snapshot?
    /// Refuses writes below SQL.
    var isReadOnly: Bool
    /// SQLite is told at open that the file cannot be written (attached branches).
    let opensReadOnly: Bool
    /// The branch's generation that the page cache and the parsed schema belong to; nil before the first lock.
    @exclusivity(unchecked) private(set) var generation: UInt64?
    /// Set when a lock found the branch under another generation: caches must go before the next try.
    @exclusivity(unchecked) var generationMoved = false
    /// Set when a write was asked for on a version that is no longer the head.
    @exclusivity(unchecked) var snapshotIsStale = false
    /// The last failure of the store, kept until the connection makes an error of it.
    var storeError: StoreError?

    /// The branch's writer slot while this connection holds it.
    @exclusivity(unchecked) private(set) var slot: WriterSlot?
    /// The slot was taken on behalf of the connection and outlives SQLite's transactions.
    @exclusivity(unchecked) private(set) var holdsSlotAcrossTransactions = false
    /// Transactions begin without the writer slot: seen by nobody, and committed only after `claimWriter()`.
    @exclusivity(unchecked) var writesPrivately = false
    /// SQLite's rollback journal of this file, once it has opened one.
    @exclusivity(unchecked) var journal: RollbackJournal?
    /// Bytes of rollback journal kept in memory; nil = all of it.
    var journalMemory: Int?
    /// How long to wait for the writer slot.
    var busyTimeout: Duration
    @exclusivity(unchecked) var note = CommitNote()
    /// The version the last successful commit made.
    @exclusivity(unchecked) private(set) var lastCommit: VersionID?

    init(
        store: Store, branch: BranchID, fixed: Snapshot?, isReadOnly: Bool, opensReadOnly: Bool,
        busyTimeout: Duration, control: ConnectionControl
    ) {
        self.store = store
        self.branch = branch
        self.fixed = fixed
        self.isReadOnly = isReadOnly || opensReadOnly || fixed != nil
        self.opensReadOnly = opensReadOnly
        self.busyTimeout = busyTimeout
        self.control = control
        state = UnsafeMutablePointer<BranchFileState>.allocate(capacity: 1)
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: store.pageSize, alignment: 16)
        state.initialize(to: BranchFileState(file: Unmanaged.passUnretained(self), scratch: scratch))
        state.pointee.pageSize = store.pageSize
    }

    deinit {
        dropTransaction()
        dropSnapshot()
        state.pointee.scratch.deallocate()
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Points an idle file at another branch or version. The caller clears SQLite's caches.
    func rebind(branch: BranchID, fixed: Snapshot?, isReadOnly: Bool) {
        dropTransaction()
        dropSnapshot()
        releaseWriter()
        self.branch = branch
        self.fixed = fixed
        self.isReadOnly = isReadOnly || fixed != nil
        moment = nil
        forgetGeneration()
        note = CommitNote()
        storeError = nil
        snapshotIsStale = false
    }

    /// Forgets which generation the caches belong to; the caller has cleared them.
    func forgetGeneration() {
        generation = nil
        generationMoved = false
        state.pointee.headerVersion = 0
    }

    /// The version a reader would see now, for the little SQLite reads without a lock.
    func currentSnapshot() -> Snapshot? {
        if let fixed = fixed ?? moment { return fixed }
        do throws(StoreError) {
            return try store.snapshot(of: branch)
        } catch {
            storeError = error
            return nil
        }
    }

    // MARK: Locks

    /// SHARED: pins the version to read.
    func pin() -> Int32 {
        let snapshot: Snapshot
        if let fixed {
            snapshot = fixed
        } else if let moment {
            snapshot = moment
        } else {
            do throws(StoreError) {
                snapshot = try store.snapshot(of: branch)
            } catch {
                storeError = error
                return SQLITE_IOERR | (15 << 8) // SQLITE_IOERR_LOCK
            }
        }
        if let known = generation {
            if known != snapshot.generation {
                generationMoved = true
                return SQLITE_BUSY
            }
        } else {
            generation = snapshot.generation
        }
        state.pointee.snapshot = Unmanaged.passRetained(snapshot)
        state.pointee.lock = SQLITE_LOCK_SHARED
        if !state.pointee.mapsPages, snapshot.pageCount > state.pointee.cachePages { state.pointee.hasOutgrownCache = true }
        return SQLITE_OK
    }

    /// RESERVED: takes the writer slot if the connection does not hold it, and begins the store's transaction.
    func beginWrite() -> Int32 {
        // A version that cannot be written can still be changed where nobody sees it.
        guard !isReadOnly || writesPrivately, let snapshot = state.pointee.snapshot?.takeUnretainedValue() else { return SQLITE_READONLY }
        do throws(StoreError) {
            let transaction: WriteTransaction
            if writesPrivately, slot == nil {
                transaction = try store.beginPrivately(on: snapshot)
            } else {
                if slot == nil {
                    slot = try store.acquireWriter(
                        of: branch, timeout: control.remaining(atMost: busyTimeout), cancelled: { control.shouldStop })
                }
                guard let slot else { return SQLITE_BUSY }
                transaction = try store.begin(slot, on: snapshot)
            }
            state.pointee.transaction = Unmanaged.passRetained(transaction)
            state.pointee.isDirty = false
            state.pointee.writtenHeader = nil
            state.pointee.lock = SQLITE_LOCK_RESERVED
            snapshotIsStale = false
            return SQLITE_OK
        } catch {
            if case .staleHead = error {
                // The slot is kept: SQLite asks the busy handler, which lets it try again on the newest version
                // when it has read nothing yet. Otherwise the connection gives the slot back with the error.
                snapshotIsStale = true
                return SQLITE_BUSY
            }
            storeError = error
            switch error {
            case .writerBusy: return SQLITE_BUSY
            case .readOnly: return SQLITE_READONLY
            case .diskFull: return SQLITE_FULL
            default: return SQLITE_IOERR | (15 << 8)
            }
        }
    }

    /// SQLite's busy handler: true when another try can succeed, because we hold the writer slot by now and
    /// only the version read was old.
    func shouldRetry(attempt: Int32) -> Bool {
        let maximumAttempts: Int32 = 8
        return snapshotIsStale && slot != nil && moment == nil && attempt < maximumAttempts
    }

    /// The SQLite code for a read or write that did not go well; keeps the store's error.
    func explain(_ status: ReadStatus, page: PageNumber) -> Int32 {
        let shortRead = SQLITE_IOERR | (2 << 8)
        let failure: StoreError?
        if let transaction = state.pointee.transaction {
            let transaction = transaction.takeUnretainedValue()
            // A page inside the database that was never written reads as zeros; beyond its end SQLite is told so.
            if status == .absent { return page <= transaction.pageCount ? SQLITE_OK : shortRead }
            failure = transaction.snapshot.failure(reading: page)
        } else {
            let snapshot = state.pointee.snapshot?.takeUnretainedValue() ?? currentSnapshot()
            if status == .absent { return page <= snapshot?.pageCount ?? 0 ? SQLITE_OK : shortRead }
            failure = snapshot?.failure(reading: page)
        }
        return explain(
            failure ?? .corrupt(branch: branch, page: page, slot: nil, detail: "the page could not be read"),
            otherwise: SQLITE_IOERR | (1 << 8)) // SQLITE_IOERR_READ
    }

    /// The SQLite code for an error of the store, which is kept for the connection.
    func explain(_ error: StoreError, otherwise code: Int32) -> Int32 {
        storeError = error
        switch error {
        case .corrupt: return SQLITE_CORRUPT
        case .diskFull: return SQLITE_FULL
        default: return code
        }
    }

    func unlock(to level: Int32) {
        if level <= SQLITE_LOCK_SHARED, state.pointee.transaction != nil {
            let committed = state.pointee.isDirty == false && committedSincePin
            dropTransaction()
            if committed {
                committedSincePin = false
                if level == SQLITE_LOCK_SHARED { followOwnCommit() }
            }
            if !holdsSlotAcrossTransactions { giveSlotBack() }
        }
        if level == SQLITE_LOCK_NONE {
            dropSnapshot()
            // After an I/O error SQLite leaves its journal as it is, to roll back from when the file is next locked.
            // Here the pages it would restore are gone with the transaction.
            if let journal, journal.size > 0 { journal.truncate(to: 0) }
        }
        state.pointee.lock = level
    }

    @exclusivity(unchecked) private var committedSincePin = false

    /// Other statements of this connection may go on reading after its commit: they see what was committed.
    private func followOwnCommit() {
        do throws(StoreError) {
            let snapshot = try store.snapshot(of: branch)
            dropSnapshot()
            state.pointee.snapshot = Unmanaged.passRetained(snapshot)
        } catch {
            storeError = error
        }
    }

    /// Publishes the transaction. A failure is an I/O error to SQLite, which then rolls back; the file's pages
    /// are dropped with the lock, so nothing half applied is left.
    func commit() -> Int32 {
        guard let transaction = state.pointee.transaction, state.pointee.isDirty || !note.isEmpty else { return SQLITE_OK }
        do throws(StoreError) {
            lastCommit = try transaction.takeUnretainedValue().commit(
                origin: note.origin, mergedFrom: note.mergedFrom, metadata: note.metadata)
            note.mergedFrom = nil
            note.metadata = nil
            if let header = state.pointee.writtenHeader, let version = lastCommit {
                state.pointee.header = header
                state.pointee.headerVersion = version.rawValue
            }
            state.pointee.isDirty = false
            committedSincePin = true
            return SQLITE_OK
        } catch {
            storeError = error
            if case .diskFull = error { return SQLITE_FULL }
            return SQLITE_IOERR | (4 << 8) // SQLITE_IOERR_FSYNC
        }
    }

    private func dropTransaction() {
        guard let transaction = state.pointee.transaction else { return }
        state.pointee.transaction = nil
        if !committedSincePin { transaction.takeUnretainedValue().rollback() }
        transaction.release()
        state.pointee.isDirty = false
    }

    private func dropSnapshot() {
        guard let snapshot = state.pointee.snapshot else { return }
        state.pointee.snapshot = nil
        snapshot.release()
    }

    // MARK: The writer slot, held by the connection

    /// Takes the branch's writer slot and keeps it until `releaseWriter()`.
    func acquireWriter() throws(StoreError) {
        if slot == nil {
            slot = try store.acquireWriter(
                of: branch, timeout: control.remaining(atMost: busyTimeout), cancelled: { control.shouldStop })
        }
        holdsSlotAcrossTransactions = true
    }

    /// Takes the writer slot for a transaction that began without it.
    ///
    /// - Throws: `staleHead` when the branch has moved since; the slot is kept until the transaction is rolled back.
    func claimWriter() throws(StoreError) {
        try acquireWriter()
        guard let slot, let transaction = state.pointee.transaction else { return }
        try transaction.takeUnretainedValue().claim(slot)
    }

    /// The version that reads see now; nil while nothing is locked.
    var pinnedVersion: VersionID? { state.pointee.snapshot?.takeUnretainedValue().version }

    /// Gives the slot back, unless SQLite's transaction still needs it: then with that transaction's end.
    func releaseWriter() {
        holdsSlotAcrossTransactions = false
        if state.pointee.transaction == nil { giveSlotBack() }
    }

    /// After a failed statement: a slot taken for a try that did not come about is given back.
    func releaseUnusedWriter() {
        snapshotIsStale = false
        if !holdsSlotAcrossTransactions, state.pointee.transaction == nil { giveSlotBack() }
    }

    private func giveSlotBack() {
        slot?.release()
        slot = nil
    }
}
