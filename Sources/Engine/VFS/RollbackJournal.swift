import CSQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// SQLite's rollback journal of one connection, which here serves ROLLBACK and savepoints only, never recovery.
///
/// It lies in memory in blocks; when a transaction journals more than the limit, full blocks go to an unlinked file in
/// the system's temporary directory, so that a large UPDATE does not hold all its old pages in memory. SQLite
/// truncates it at the end of each transaction.
///
/// Confined to the connection's thread.
final class RollbackJournal {
    static let blockSize = 64 << 10

    private var blocks: [UnsafeMutableRawPointer?] = []
    private(set) var size = 0
    private var residentBlocks = 0
    private let residentLimit: Int
    /// Blocks before this one have been looked at for writing out.
    private var spillCursor = 0
    private var descriptor: Int32 = -1

    /// - Parameter memoryLimit: bytes kept in memory; nil keeps everything there.
    init(memoryLimit: Int?) {
        residentLimit = memoryLimit.map { max(2, $0 / RollbackJournal.blockSize) } ?? .max
    }

    deinit {
        truncate(to: 0)
        if descriptor >= 0 { closeDescriptor(descriptor) }
        for block in blocks { block?.deallocate() }
    }

    /// Copies bytes out; false when they reach beyond the end (the rest is then zeros) or cannot be read back.
    func read(into buffer: UnsafeMutableRawPointer, count: Int, at offset: Int) -> Int32 {
        var done = 0
        let available = max(0, min(count, size - offset))
        while done < available {
            let (index, start) = (offset + done).quotientAndRemainder(dividingBy: RollbackJournal.blockSize)
            let part = min(available - done, RollbackJournal.blockSize - start)
            if let block = blocks[index] {
                memcpy(buffer + done, block + start, part)
            } else if !transfer(part, { pread(descriptor, buffer + done + $0, part - $0, off_t(offset + done + $0)) }) {
                return SQLITE_IOERR | (1 << 8) // SQLITE_IOERR_READ
            }
            done += part
        }
        if available < count {
            memset(buffer + available, 0, count - available)
            return SQLITE_IOERR | (2 << 8) // SQLITE_IOERR_SHORT_READ
        }
        return SQLITE_OK
    }

    func write(_ buffer: UnsafeRawPointer, count: Int, at offset: Int) -> Int32 {
        var done = 0
        while done < count {
            let (index, start) = (offset + done).quotientAndRemainder(dividingBy: RollbackJournal.blockSize)
            let part = min(count - done, RollbackJournal.blockSize - start)
            while index >= blocks.count {
                guard makeRoom() else { return SQLITE_FULL }
                // Zeroed once: a gap that SQLite leaves reads as zeros.
                let block = UnsafeMutableRawPointer.allocate(byteCount: RollbackJournal.blockSize, alignment: 16)
                memset(block, 0, RollbackJournal.blockSize)
                blocks.append(block)
                residentBlocks += 1
            }
            if let block = blocks[index] {
                memcpy(block + start, buffer + done, part)
            } else if !transfer(part, { pwrite(descriptor, buffer + done + $0, part - $0, off_t(offset + done + $0)) }) {
                return SQLITE_FULL
            }
            done += part
        }
        size = max(size, offset + count)
        return SQLITE_OK
    }

    /// Blocks kept for the next transaction.
    private static let keptBlocks = 4

    func truncate(to newSize: Int) {
        guard newSize < size else { return }
        size = newSize
        let needed = max(RollbackJournal.keptBlocks, (newSize + RollbackJournal.blockSize - 1) / RollbackJournal.blockSize)
        while blocks.count > needed, let last = blocks.popLast() {
            guard let last else { continue }
            last.deallocate()
            residentBlocks -= 1
        }
        if newSize == 0 {
            // Blocks that went to the file are not blocks to keep.
            blocks.removeAll { $0 == nil }
            spillCursor = 0
            if descriptor >= 0 {
                closeDescriptor(descriptor)
                descriptor = -1
            }
        }
    }

    /// Writes the oldest full block out when memory is at its limit.
    private func makeRoom() -> Bool {
        guard residentBlocks >= residentLimit else { return true }
        if descriptor < 0 {
            descriptor = RollbackJournal.openTemporaryFile()
            guard descriptor >= 0 else { return false }
        }
        while spillCursor < blocks.count {
            let index = spillCursor
            spillCursor += 1
            guard let block = blocks[index] else { continue }
            let position = index * RollbackJournal.blockSize
            let count = RollbackJournal.blockSize
            guard transfer(count, { pwrite(descriptor, block + $0, count - $0, off_t(position + $0)) }) else { return false }
            block.deallocate()
            blocks[index] = nil
            residentBlocks -= 1
            return true
        }
        return true
    }

    /// Repeats a partial read or write until all is done.
    private func transfer(_ count: Int, _ call: (_ done: Int) -> Int) -> Bool {
        var done = 0
        while done < count {
            let result = call(done)
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { return false }
            done += result
        }
        return true
    }

    private static func openTemporaryFile() -> Int32 {
        let directory = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(directory)/branchlite-journal-XXXXXX".utf8CString)
        return template.withUnsafeMutableBufferPointer { buffer -> Int32 in
            guard let name = buffer.baseAddress else { return -1 }
            let descriptor = mkstemp(name)
            if descriptor >= 0 { unlink(name) } // gone with its descriptor, also after a crash
            return descriptor
        }
    }
}

/// What SQLite allocates for an open journal.
struct RollbackJournalHandle {
    var methods: UnsafePointer<sqlite3_io_methods>?
    var journal: Unmanaged<RollbackJournal>?

    /// Opens a journal in the memory SQLite has for it.
    static func open(_ file: UnsafeMutablePointer<sqlite3_file>, _ journal: RollbackJournal) {
        let handle = UnsafeMutableRawPointer(file).assumingMemoryBound(to: RollbackJournalHandle.self)
        handle.pointee.journal = Unmanaged.passRetained(journal)
        handle.pointee.methods = journalMethods
    }
}

@inline(__always)
private func journal(of file: UnsafeMutablePointer<sqlite3_file>?) -> Unmanaged<RollbackJournal>? {
    UnsafeMutableRawPointer(file)?.assumingMemoryBound(to: RollbackJournalHandle.self).pointee.journal
}

private nonisolated(unsafe) let journalMethods: UnsafePointer<sqlite3_io_methods> = {
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1) // lives as long as the process
    var table = sqlite3_io_methods()
    table.iVersion = 1
    table.xClose = { file in
        let handle = UnsafeMutableRawPointer(file)?.assumingMemoryBound(to: RollbackJournalHandle.self)
        handle?.pointee.journal?.release()
        handle?.pointee.journal = nil
        return SQLITE_OK
    }
    table.xRead = { file, buffer, count, offset in
        guard let journal = journal(of: file), let buffer else { return SQLITE_IOERR }
        return journal._withUnsafeGuaranteedRef { $0.read(into: buffer, count: Int(count), at: Int(offset)) }
    }
    table.xWrite = { file, buffer, count, offset in
        guard let journal = journal(of: file), let buffer else { return SQLITE_IOERR }
        return journal._withUnsafeGuaranteedRef { $0.write(buffer, count: Int(count), at: Int(offset)) }
    }
    table.xTruncate = { file, size in
        journal(of: file)?._withUnsafeGuaranteedRef { $0.truncate(to: Int(size)) }
        return SQLITE_OK
    }
    table.xSync = { _, _ in SQLITE_OK }
    table.xFileSize = { file, result in
        result?.pointee = journal(of: file)?._withUnsafeGuaranteedRef { Int64($0.size) } ?? 0
        return SQLITE_OK
    }
    table.xLock = { _, _ in SQLITE_OK }
    table.xUnlock = { _, _ in SQLITE_OK }
    table.xCheckReservedLock = { _, result in
        result?.pointee = 0
        return SQLITE_OK
    }
    table.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
    table.xSectorSize = { _ in 512 }
    table.xDeviceCharacteristics = { _ in 0 }
    methods.initialize(to: table)
    return UnsafePointer(methods)
}()
