import CSQLite
import PageStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Engine {
    /// Makes a SQLite file the whole content of a branch, in one commit: tables, indexes, views, triggers, data,
    /// `user_version` and `application_id`.
    ///
    /// The file is first rewritten beside it in the temporary directory with the store's page size and incremental
    /// auto-vacuum (SQLite's `VACUUM INTO`, which also reads all of it); its pages then go into the branch. What the
    /// branch held before is replaced, and its older versions keep it.
    ///
    /// - Parameters:
    ///   - temporaryDirectory: for the rewritten copy, which needs as much room as the file.
    ///   - progress: is told how many pages are in, and of how many.
    /// - Returns: the version the import made.
    ///
    /// Throws `BL_NOT_A_DATABASE`, `BL_NO_SUCH_FILE`, `BL_CORRUPT`, `BL_DISK_FULL`, `BL_BUSY`.
    @discardableResult
    public func importSQLiteFile(
        _ path: String, into branch: BranchID, origin: [UInt8] = [], metadata: [UInt8]? = nil,
        temporaryDirectory: String? = nil, progress: (Int, Int) -> Void = { _, _ in }
    ) throws(EngineError) -> VersionID {
        try BranchVFS.registration.get()
        let directory = temporaryDirectory ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let copy = try Engine.temporaryName(in: directory)
        defer { unlink(copy) }
        try Engine.rewrite(path, to: copy, pageSize: store.pageSize)
        return try installPages(of: copy, into: branch, origin: origin, metadata: metadata, progress: progress)
    }

    private static func temporaryName(in directory: String) throws(EngineError) -> String {
        var template = Array("\(directory)/branchlite-import-XXXXXX".utf8CString)
        let file = template.withUnsafeMutableBufferPointer { buffer -> Int32 in
            guard let name = buffer.baseAddress else { return -1 }
            return mkstemp(name)
        }
        guard file >= 0 else { throw systemError("make a file in \(directory)") }
        closeDescriptor(file) // VACUUM INTO takes an empty file
        return template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    /// Writes a copy of a database with this page size, incremental auto-vacuum and UTF-8.
    private static func rewrite(_ source: String, to copy: String, pageSize: Int) throws(EngineError) {
        guard access(source, R_OK) == 0 else {
            let error = systemError("read \(source)")
            throw EngineError(code: "BL_NO_SUCH_FILE", message: error.message)
        }
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(
            source, &handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        defer { sqlite3_close_v2(handle) }
        guard code == SQLITE_OK, let handle else { throw EngineError(result: code, database: handle) }
        sqlite3_busy_timeout(handle, 5000)
        // A malicious file must not run anything, and its schema's functions may be ours, unknown here.
        _ = csqlite_db_config_flag(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
        try text(handle, "PRAGMA encoding") { encoding in
            guard encoding == "UTF-8" else {
                return EngineError(
                    code: EngineErrorCode.unsupported, message: "\(source) is a \(encoding) database; only UTF-8 ones can be imported",
                    hint: "dump it with the sqlite3 shell (.dump) into a new database first")
            }
            return nil
        }
        // On a file that is only read, setting auto_vacuum answers READONLY; VACUUM INTO follows the setting all the same.
        try run(handle, "PRAGMA page_size=\(pageSize)")
        try run(handle, "PRAGMA auto_vacuum=INCREMENTAL", ignoring: SQLITE_READONLY)
        try run(handle, "VACUUM INTO ?1", copy)
    }

    private static func run(
        _ handle: OpaquePointer, _ sql: String, _ parameter: String? = nil, ignoring ignored: Int32 = SQLITE_DONE
    ) throws(EngineError) {
        var statement: OpaquePointer?
        let prepared = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        guard prepared == SQLITE_OK else { throw EngineError(result: prepared, database: handle) }
        defer { sqlite3_finalize(statement) }
        if let parameter { sqlite3_bind_text(statement, 1, parameter, -1, csqlite_transient()) }
        var stepped = sqlite3_step(statement)
        while stepped == SQLITE_ROW { stepped = sqlite3_step(statement) }
        guard stepped == SQLITE_DONE || stepped & 0xff == ignored else { throw EngineError(result: stepped, database: handle) }
    }

    private static func text(
        _ handle: OpaquePointer, _ sql: String, check: (String) -> EngineError?
    ) throws(EngineError) {
        var statement: OpaquePointer?
        let prepared = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        guard prepared == SQLITE_OK else { throw EngineError(result: prepared, database: handle) }
        defer { sqlite3_finalize(statement) }
        let stepped = sqlite3_step(statement)
        guard stepped == SQLITE_ROW, let value = sqlite3_column_text(statement, 0) else {
            throw EngineError(result: stepped, database: handle)
        }
        if let error = check(String(cString: value)) { throw error }
    }

    /// Puts the pages of a SQLite file into a branch as one version.
    private func installPages(
        of path: String, into branch: BranchID, origin: [UInt8], metadata: [UInt8]?, progress: (Int, Int) -> Void
    ) throws(EngineError) -> VersionID {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Engine.systemError("open \(path)") }
        defer { closeDescriptor(file) }
        var information = stat()
        guard fstat(file, &information) == 0 else { throw Engine.systemError("examine \(path)") }
        let pageSize = store.pageSize
        let count = Int(information.st_size) / pageSize
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: pageSize, alignment: 4096)
        defer { buffer.deallocate() }
        do throws(StoreError) {
            let slot = try store.acquireWriter(of: branch, timeout: options.busyTimeout, cancelled: { false })
            defer { slot.release() }
            let head = try store.snapshot(of: branch)
            let transaction = try store.begin(slot, on: head)
            var isCommitted = false
            defer {
                if !isCommitted { transaction.rollback() }
            }
            var cookie = Engine.schemaCookie(of: head, scratch: buffer)
            for index in 0..<count {
                guard Engine.readFully(file, buffer, pageSize, at: index * pageSize) else {
                    throw StoreError.io(errno: errno, operation: "read \(path)")
                }
                let page = PageNumber(index + 1)
                if index == 0 {
                    // Sleeping connections must see another schema: its cookie grows over both histories.
                    cookie = max(cookie, Engine.load32(buffer, Engine.cookieOffset)) &+ 1
                    Engine.store32(buffer, Engine.cookieOffset, cookie)
                }
                try transaction.write(page, from: buffer)
                if index % 256 == 255 { progress(index + 1, count) }
            }
            transaction.truncate(toPageCount: UInt32(count))
            let version = try transaction.commit(origin: origin, mergedFrom: nil, metadata: metadata)
            isCommitted = true
            progress(count, count)
            return version
        } catch {
            throw EngineError(error)
        }
    }

    /// Where the schema cookie stands in the file header (SQLite's file format, section 1.3).
    private static let cookieOffset = 40

    private static func schemaCookie(of snapshot: Snapshot, scratch: UnsafeMutableRawPointer) -> UInt32 {
        guard snapshot.pageCount > 0, snapshot.read(1, into: scratch) == .ok else { return 0 }
        return load32(scratch, cookieOffset)
    }

    private static func load32(_ page: UnsafeMutableRawPointer, _ offset: Int) -> UInt32 {
        UInt32(bigEndian: page.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    private static func store32(_ page: UnsafeMutableRawPointer, _ offset: Int, _ value: UInt32) {
        page.storeBytes(of: value.bigEndian, toByteOffset: offset, as: UInt32.self)
    }

    private static func readFully(_ file: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int, at position: Int) -> Bool {
        var done = 0
        while done < count {
            let result = pread(file, buffer + done, count - done, off_t(position + done))
            if result < 0, errno == EINTR { continue }
            guard result > 0 else { return false }
            done += result
        }
        return true
    }
}
