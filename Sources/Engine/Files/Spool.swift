import CSQLite

/// Records in a row, for one thread: written to the end, read from the start. What is more than fits the given memory goes to an
/// unlinked file in the system's temporary directory.
public final class Spool {
    private let journal: RollbackJournal
    private var position = 0
    private var written = 0
    /// Records that are still to be read.
    public private(set) var count = 0

    /// - Parameter memoryLimit: bytes kept in memory.
    public init(memoryLimit: Int) { journal = RollbackJournal(memoryLimit: memoryLimit) }

    public var isEmpty: Bool { count == 0 }

    /// Adds values as one record.
    ///
    /// - Throws: `BL_DISK_FULL` when the temporary file cannot be written.
    public func append(_ values: [SQLiteValue]) throws(EngineError) {
        let record = RecordEncoder.encode(values)
        let end = journal.size
        let code = withUnsafeBytes(of: UInt64(record.count)) { head in
            head.baseAddress.map { journal.write($0, count: head.count, at: end) } ?? SQLITE_OK
        }
        guard code == SQLITE_OK else { throw Spool.failure(code) }
        let body = record.withUnsafeBytes { bytes in
            bytes.baseAddress.map { journal.write($0, count: bytes.count, at: end + MemoryLayout<UInt64>.size) } ?? SQLITE_OK
        }
        guard body == SQLITE_OK else { throw Spool.failure(body) }
        count += 1
        written += 1
    }

    /// Starts again from the first record.
    public func rewind() {
        position = 0
        count = written
    }

    /// The next record; nil when all are read.
    ///
    /// - Throws: `BL_IO` when the temporary file cannot be read.
    public func next() throws(EngineError) -> [SQLiteValue]? {
        guard count > 0 else { return nil }
        var length: UInt64 = 0
        let code = withUnsafeMutableBytes(of: &length) { head in
            head.baseAddress.map { journal.read(into: $0, count: head.count, at: position) } ?? SQLITE_OK
        }
        guard code == SQLITE_OK, let size = Int(exactly: length) else { throw Spool.failure(code) }
        var record = [UInt8](repeating: 0, count: size)
        let start = position + MemoryLayout<UInt64>.size
        let body = record.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { journal.read(into: $0, count: bytes.count, at: start) } ?? SQLITE_OK
        }
        guard body == SQLITE_OK else { throw Spool.failure(body) }
        position = start + size
        count -= 1
        do throws(BTreeError) {
            return try record.withRecord { (record) throws(BTreeError) in try record.values() }
        } catch {
            throw EngineError(code: EngineErrorCode.io, message: "a record in a temporary file cannot be read")
        }
    }

    private static func failure(_ code: Int32) -> EngineError {
        let isFull = code == SQLITE_FULL
        return EngineError(
            code: isFull ? EngineErrorCode.diskFull : EngineErrorCode.io, sqliteCode: code,
            message: isFull ? "the system's temporary directory is full or cannot be written" : "a temporary file cannot be read")
    }
}
