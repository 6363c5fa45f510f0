import CSQLite
import PageStore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The SQLite VFS that shows branches of page stores as database files.
///
/// Database names are `branchlite:<ticket>`; a ticket is good for one open and stands for a `BranchFile`. Temporary
/// databases and sorter files go to the operating system's VFS and never reach a store. There are no journal or
/// WAL files beside the store: the VFS itself makes a transaction atomic, and SQLite's rollback journal is a
/// `RollbackJournal`.
enum BranchVFS {
    static let name = "branchlite"

    /// Registers the VFS with SQLite, once per process.
    static let registration: Result<Void, EngineError> = register()

    private struct Pending: @unchecked Sendable { // handed over once, under the lock of `pending`
        var file: BranchFile
    }

    private struct Tickets: Sendable {
        var next: UInt64 = 1
        var files: [UInt64: Pending] = [:]
    }

    private static let pending = Mutex(Tickets())

    /// A name under which SQLite can open `file`, once.
    static func ticket(for file: BranchFile) -> String {
        let pendingFile = Pending(file: file)
        let number = pending.withLock { tickets in
            let number = tickets.next
            tickets.next += 1
            tickets.files[number] = pendingFile
            return number
        }
        return "\(name):\(number)"
    }

    /// Withdraws a ticket that was not used.
    static func withdraw(_ ticket: String) { _ = redeem(ticket) }

    fileprivate static func redeem(_ ticket: String) -> BranchFile? {
        guard ticket.hasPrefix("\(name):"), let number = UInt64(ticket.dropFirst(name.utf8.count + 1)) else { return nil }
        return pending.withLock { $0.files.removeValue(forKey: number) }?.file
    }

    private static func register() -> Result<Void, EngineError> {
        // Before sqlite3_initialize; SQLite answers MISUSE, without harm, where the embedding program was earlier.
        _ = csqlite_config_multithread()
        _ = csqlite_config_memstatus(0)
        guard sqlite3_initialize() == SQLITE_OK, let system = sqlite3_vfs_find(nil) else {
            return .failure(EngineError(code: EngineErrorCode.internalError, message: "SQLite could not be initialised"))
        }
        let vfs = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1) // lives as long as the process
        vfs.initialize(to: system.pointee) // clock, randomness, sleep and dynamic loading stay the system's
        vfs.pointee.pNext = nil
        vfs.pointee.zName = UnsafePointer(strdup(name))
        vfs.pointee.pAppData = UnsafeMutableRawPointer(system)
        vfs.pointee.szOsFile = max(
            system.pointee.szOsFile, Int32(MemoryLayout<BranchFileHandle>.size), Int32(MemoryLayout<RollbackJournalHandle>.size))
        vfs.pointee.mxPathname = 512
        vfs.pointee.xOpen = openFile
        vfs.pointee.xDelete = { _, _, _ in SQLITE_OK }
        vfs.pointee.xAccess = { _, _, _, result in
            result?.pointee = 0
            return SQLITE_OK
        }
        vfs.pointee.xFullPathname = { _, path, size, out in
            guard let path, let out else { return SQLITE_CANTOPEN }
            let length = strlen(path)
            guard length < Int(size) else { return SQLITE_CANTOPEN }
            memcpy(out, path, length + 1)
            return SQLITE_OK
        }
        guard sqlite3_vfs_register(vfs, 0) == SQLITE_OK else {
            return .failure(EngineError(code: EngineErrorCode.internalError, message: "SQLite refused the branchlite VFS"))
        }
        return .success(())
    }

    /// I/O methods version 3 without shared memory (so no WAL mode): pages are handed out where the store has them mapped.
    fileprivate static nonisolated(unsafe) let methods: UnsafePointer<sqlite3_io_methods> = {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1) // lives as long as the process
        var table = sqlite3_io_methods()
        table.iVersion = 3
        table.xClose = closeFile
        table.xRead = readFile
        table.xWrite = writeFile
        table.xTruncate = truncateFile
        table.xSync = { _, _ in SQLITE_OK } // the store syncs when it commits
        table.xFileSize = fileSize
        table.xLock = lockFile
        table.xUnlock = unlockFile
        table.xCheckReservedLock = { _, result in
            result?.pointee = 0
            return SQLITE_OK
        }
        table.xFileControl = fileControl
        table.xSectorSize = { _ in 4096 }
        table.xDeviceCharacteristics = { _ in
            SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_SAFE_APPEND | SQLITE_IOCAP_SEQUENTIAL
                | SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN
        }
        table.xFetch = fetchPage
        table.xUnfetch = { _, _, _ in SQLITE_OK } // the snapshot's pin keeps the slot as it is
        methods.initialize(to: table)
        return UnsafePointer(methods)
    }()
}

@inline(__always)
private func state(of file: UnsafeMutablePointer<sqlite3_file>?) -> UnsafeMutablePointer<BranchFileState>? {
    UnsafeMutableRawPointer(file)?.assumingMemoryBound(to: BranchFileHandle.self).pointee.state
}

extension ConnectionControl {
    /// The control of the connection that a handle of SQLite's belongs to: for functions, which know no more than the handle.
    static func of(_ database: OpaquePointer) -> ConnectionControl? {
        var file: UnsafeMutablePointer<sqlite3_file>?
        guard sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK, file?.pointee.pMethods == BranchVFS.methods else { return nil }
        return state(of: file)?.pointee.file.takeUnretainedValue().control
    }
}

private func openFile(
    _ vfs: UnsafeMutablePointer<sqlite3_vfs>?, _ path: UnsafePointer<CChar>?,
    _ handle: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32, _ outFlags: UnsafeMutablePointer<Int32>?
) -> Int32 {
    guard let handle else { return SQLITE_CANTOPEN }
    if let path, flags & SQLITE_OPEN_MAIN_JOURNAL != 0 {
        guard let branchFile = state(of: sqlite3_database_file_object(path))?.pointee.file.takeUnretainedValue() else {
            return SQLITE_CANTOPEN
        }
        let journal = RollbackJournal(memoryLimit: branchFile.journalMemory)
        branchFile.journal = journal
        RollbackJournalHandle.open(handle, journal)
        outFlags?.pointee = flags
        return SQLITE_OK
    }
    guard let path, flags & SQLITE_OPEN_MAIN_DB != 0 else {
        // Temporary files. Any other named file would be a WAL or a super-journal: there are none.
        guard path == nil, let system = vfs?.pointee.pAppData?.assumingMemoryBound(to: sqlite3_vfs.self),
            let open = system.pointee.xOpen
        else { return SQLITE_CANTOPEN }
        return open(system, nil, handle, flags, outFlags)
    }
    let file = UnsafeMutableRawPointer(handle).assumingMemoryBound(to: BranchFileHandle.self)
    file.pointee.methods = nil
    guard let branchFile = BranchVFS.redeem(String(cString: path)) else { return SQLITE_CANTOPEN }
    file.pointee.state = branchFile.state
    file.pointee.methods = BranchVFS.methods
    // A file opened for writing can be refused writes later (READ ONLY transactions), never the other way round.
    outFlags?.pointee = flags & SQLITE_OPEN_READONLY != 0 || branchFile.opensReadOnly ? SQLITE_OPEN_READONLY : flags
    return SQLITE_OK
}

private func closeFile(_ file: UnsafeMutablePointer<sqlite3_file>?) -> Int32 {
    if let state = state(of: file) {
        state.pointee.file.takeUnretainedValue().unlock(to: SQLITE_LOCK_NONE)
    }
    return SQLITE_OK
}

private func readFile(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ buffer: UnsafeMutableRawPointer?, _ amount: Int32, _ offset: Int64
) -> Int32 {
    guard let state = state(of: file), let buffer else { return SQLITE_IOERR }
    let pageSize = state.pointee.pageSize
    let count = Int(amount)
    let position = Int(offset)
    let page = position / pageSize
    let start = position - page * pageSize
    if count == pageSize, start == 0 {
        return readPage(state, PageNumber(truncatingIfNeeded: page + 1), buffer)
    }
    return readPart(state, PageNumber(truncatingIfNeeded: page + 1), start, count, buffer)
}

@inline(__always)
private func readPage(
    _ state: UnsafeMutablePointer<BranchFileState>, _ page: PageNumber, _ buffer: UnsafeMutableRawPointer
) -> Int32 {
    let status: ReadStatus
    if let transaction = state.pointee.transaction {
        status = transaction._withUnsafeGuaranteedRef { $0.read(page, into: buffer) }
    } else if let snapshot = state.pointee.snapshot {
        status = snapshot._withUnsafeGuaranteedRef { $0.read(page, into: buffer) }
    } else {
        return readUnlocked(state, page, buffer)
    }
    return finish(status, state, page)
}

/// Hands out a page where the store has it mapped, so that SQLite need not copy it (`PRAGMA mmap_size` asks for this).
///
/// No address means that SQLite reads the page in the ordinary way: pages of a database that fits into the page cache, page 1,
/// pages an open transaction has changed, pages kept as a difference, and what does not verify, which reading then reports.
private func fetchPage(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ offset: Int64, _ amount: Int32, _ result: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> Int32 {
    guard let result else { return SQLITE_IOERR }
    result.pointee = nil
    guard let state = state(of: file), Int(amount) == state.pointee.pageSize else { return SQLITE_OK }
    let page = PageNumber(truncatingIfNeeded: Int(offset) / state.pointee.pageSize + 1)
    let address: UnsafeRawPointer?
    if let transaction = state.pointee.transaction {
        address = transaction._withUnsafeGuaranteedRef { $0.pageCount > state.pointee.cachePages ? $0.address(of: page) : nil }
    } else if let snapshot = state.pointee.snapshot {
        address = snapshot._withUnsafeGuaranteedRef { $0.pageCount > state.pointee.cachePages ? $0.address(of: page) : nil }
    } else {
        return SQLITE_OK
    }
    result.pointee = UnsafeMutableRawPointer(mutating: address)
    return SQLITE_OK
}

/// SQLite reads the header of a file it has just opened without a lock, to learn the page size.
private func readUnlocked(
    _ state: UnsafeMutablePointer<BranchFileState>, _ page: PageNumber, _ buffer: UnsafeMutableRawPointer
) -> Int32 {
    let file = state.pointee.file.takeUnretainedValue()
    guard let snapshot = file.currentSnapshot() else { return SQLITE_IOERR | (1 << 8) }
    return finish(snapshot.read(page, into: buffer), state, page)
}

@inline(__always)
private func finish(_ status: ReadStatus, _ state: UnsafeMutablePointer<BranchFileState>, _ page: PageNumber) -> Int32 {
    if status == .ok { return SQLITE_OK }
    return state.pointee.file.takeUnretainedValue().explain(status, page: page)
}

/// Where SQLite looks for other connections' commits: change counter, size, and free list in the file header.
private let changeFieldsStart = 24
private let changeFieldsSize = 16

/// Reads within one page: the file header, or the 16 bytes by which SQLite notices other connections' commits.
private func readPart(
    _ state: UnsafeMutablePointer<BranchFileState>, _ page: PageNumber, _ start: Int, _ count: Int,
    _ buffer: UnsafeMutableRawPointer
) -> Int32 {
    let isChangeFields = page == 1 && start == changeFieldsStart && count == changeFieldsSize
    if isChangeFields, state.pointee.transaction == nil, let snapshot = state.pointee.snapshot {
        let (version, counter) = snapshot._withUnsafeGuaranteedRef { ($0.version.rawValue, $0.changeCounter) }
        if state.pointee.headerVersion != version {
            let code = readPage(state, page, state.pointee.scratch)
            guard code == SQLITE_OK else { return code }
            state.pointee.header = state.pointee.scratch.loadUnaligned(
                fromByteOffset: changeFieldsStart, as: (UInt64, UInt64).self)
            state.pointee.headerVersion = version
        }
        buffer.storeBytes(of: state.pointee.header, as: (UInt64, UInt64).self)
        buffer.storeBytes(of: counter.bigEndian, as: UInt32.self) // the version's, whatever was written
        return SQLITE_OK
    }
    guard start + count <= state.pointee.pageSize else { return SQLITE_IOERR | (1 << 8) }
    let code = readPage(state, page, state.pointee.scratch)
    if code == SQLITE_OK || code == SQLITE_IOERR | (2 << 8) {
        memcpy(buffer, state.pointee.scratch + start, count)
    }
    return code
}

private func writeFile(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ buffer: UnsafeRawPointer?, _ amount: Int32, _ offset: Int64
) -> Int32 {
    guard let state = state(of: file), let buffer, let transaction = state.pointee.transaction else {
        return SQLITE_IOERR | (3 << 8) // SQLITE_IOERR_WRITE
    }
    let pageSize = state.pointee.pageSize
    let position = Int(offset)
    guard Int(amount) == pageSize, position % pageSize == 0 else { return SQLITE_IOERR | (3 << 8) }
    let page = PageNumber(truncatingIfNeeded: position / pageSize + 1)
    state.pointee.isDirty = true
    if page == 1 {
        state.pointee.writtenHeader = buffer.loadUnaligned(fromByteOffset: changeFieldsStart, as: (UInt64, UInt64).self)
    }
    do throws(StoreError) {
        try transaction.takeUnretainedValue().write(page, from: buffer)
        return SQLITE_OK
    } catch {
        return state.pointee.file.takeUnretainedValue().explain(error, otherwise: SQLITE_IOERR | (3 << 8))
    }
}

private func truncateFile(_ file: UnsafeMutablePointer<sqlite3_file>?, _ size: Int64) -> Int32 {
    guard let state = state(of: file), let transaction = state.pointee.transaction else {
        return SQLITE_IOERR | (6 << 8) // SQLITE_IOERR_TRUNCATE
    }
    let pages = (Int(size) + state.pointee.pageSize - 1) / state.pointee.pageSize
    state.pointee.isDirty = true
    transaction.takeUnretainedValue().truncate(toPageCount: UInt32(truncatingIfNeeded: pages))
    return SQLITE_OK
}

private func fileSize(_ file: UnsafeMutablePointer<sqlite3_file>?, _ result: UnsafeMutablePointer<Int64>?) -> Int32 {
    guard let state = state(of: file) else { return SQLITE_IOERR }
    let pages: UInt32
    if let transaction = state.pointee.transaction {
        pages = transaction._withUnsafeGuaranteedRef { $0.pageCount }
    } else if let snapshot = state.pointee.snapshot {
        pages = snapshot._withUnsafeGuaranteedRef { $0.pageCount }
    } else {
        pages = state.pointee.file.takeUnretainedValue().currentSnapshot()?.pageCount ?? 0
    }
    result?.pointee = Int64(pages) * Int64(state.pointee.pageSize)
    return SQLITE_OK
}

private func lockFile(_ file: UnsafeMutablePointer<sqlite3_file>?, _ level: Int32) -> Int32 {
    guard let state = state(of: file) else { return SQLITE_IOERR }
    if level <= state.pointee.lock { return SQLITE_OK }
    switch level {
    case SQLITE_LOCK_SHARED:
        return state.pointee.file._withUnsafeGuaranteedRef { $0.pin() }
    case SQLITE_LOCK_RESERVED:
        return state.pointee.file._withUnsafeGuaranteedRef { $0.beginWrite() }
    default:
        // PENDING and EXCLUSIVE: a transaction's pages are its own, there is nobody to exclude.
        guard state.pointee.transaction != nil else { return SQLITE_BUSY }
        state.pointee.lock = level
        return SQLITE_OK
    }
}

private func unlockFile(_ file: UnsafeMutablePointer<sqlite3_file>?, _ level: Int32) -> Int32 {
    guard let state = state(of: file) else { return SQLITE_IOERR }
    if level < state.pointee.lock {
        state.pointee.file._withUnsafeGuaranteedRef { $0.unlock(to: level) }
    }
    return SQLITE_OK
}

private func fileControl(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ operation: Int32, _ argument: UnsafeMutableRawPointer?
) -> Int32 {
    // SQLite syncs after a rollback too; only PHASETWO means commit.
    guard operation == SQLITE_FCNTL_COMMIT_PHASETWO else { return SQLITE_NOTFOUND }
    guard let state = state(of: file) else { return SQLITE_IOERR }
    return state.pointee.file._withUnsafeGuaranteedRef { $0.commit() }
}
