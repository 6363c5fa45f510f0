import PageStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Engine {
    /// Writes a version as an ordinary SQLite file, page by page, as SQLite holds them.
    ///
    /// The file appears under its name only when it is complete and synced: until then it is `path` with the
    /// suffix `.part`.
    ///
    /// - Parameters:
    ///   - finish: is called with the path of the complete file before it gets its name, to change it there (values
    ///     of DuckDB columns are made readable this way).
    ///   - progress: is told how many pages are done, and of how many.
    ///
    /// Throws `BL_FILE_EXISTS` unless `overwrite`, `BL_IO`, `BL_DISK_FULL`, `BL_CORRUPT`.
    public static func exportSQLiteFile(
        _ snapshot: Snapshot, pageSize: Int, to path: String, overwrite: Bool = false,
        finish: (String) throws(EngineError) -> Void = { (_: String) throws(EngineError) in },
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws(EngineError) {
        if !overwrite, access(path, F_OK) == 0 {
            throw EngineError(code: "BL_FILE_EXISTS", message: "\(path) exists", hint: "choose another name, or allow overwriting")
        }
        let partial = path + ".part"
        let file = open(partial, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw systemError("create \(partial)") }
        var isComplete = false
        defer {
            if !isComplete { unlink(partial) }
        }
        do {
            defer { closeDescriptor(file) }
            try writePages(of: snapshot, pageSize: pageSize, to: file, path: partial, progress: progress)
            guard fsync(file) == 0 else { throw systemError("sync \(partial)") }
        }
        try finish(partial)
        guard rename(partial, path) == 0 else { throw systemError("rename \(partial) to \(path)") }
        isComplete = true
    }

    private static func writePages(
        of snapshot: Snapshot, pageSize: Int, to file: Int32, path: String, progress: (Int, Int) -> Void
    ) throws(EngineError) {
        let pagesPerWrite = 64
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: pageSize * pagesPerWrite, alignment: 4096)
        defer { buffer.deallocate() }
        let count = Int(snapshot.pageCount)
        var first = 1
        while first <= count {
            let pages = min(pagesPerWrite, count - first + 1)
            for index in 0..<pages {
                let page = PageNumber(first + index)
                let status = snapshot.read(page, into: buffer + index * pageSize)
                guard status == .ok || status == .absent else { throw unreadable(page, snapshot.failure(reading: page)) }
            }
            var written = 0
            while written < pages * pageSize {
                let result = pwrite(
                    file, buffer + written, pages * pageSize - written, off_t((first - 1) * pageSize + written))
                if result < 0, errno == EINTR { continue }
                guard result > 0 else { throw systemError("write \(path)") }
                written += result
            }
            first += pages
            progress(first - 1, count)
        }
    }

    static func unreadable(_ page: PageNumber, _ failure: StoreError?) -> EngineError {
        EngineError(failure ?? .corrupt(branch: nil, page: page, slot: nil, detail: "the page could not be read or written"))
    }

    static func systemError(_ operation: String) -> EngineError {
        let number = errno
        let reason = strerror(number).map { String(cString: $0) } ?? "error \(number)"
        return EngineError(
            code: number == ENOSPC ? EngineErrorCode.diskFull : EngineErrorCode.io, message: "could not \(operation): \(reason)")
    }
}
