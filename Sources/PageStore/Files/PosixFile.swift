import Glibc

/// Files of the operating system.
public struct PosixFileSystem: StoreFileSystem {
    public init() {}

    public func open(path: String, readOnly: Bool, create: Bool) throws(StoreError) -> any StoreFile {
        let flags = (readOnly ? O_RDONLY : O_RDWR) | (create && !readOnly ? O_CREAT : 0) | O_CLOEXEC
        let descriptor = retrying { Glibc.open(path, flags, PosixFile.creationMode) }
        if descriptor < 0 {
            if errno == ENOENT { throw .noSuchFile(path: path) }
            throw .io(errno: errno, operation: "open \(path)")
        }
        var status = stat()
        if fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
            Glibc.close(descriptor)
            throw .notAStore(path: path)
        }
        return PosixFile(descriptor: descriptor, path: path)
    }

    public func remove(path: String) throws(StoreError) {
        if unlink(path) != 0, errno != ENOENT { throw .io(errno: errno, operation: "remove \(path)") }
    }

    public func rename(from: String, to: String) throws(StoreError) {
        if Glibc.rename(from, to) != 0 { throw .io(errno: errno, operation: "rename \(from) to \(to)") }
        var directory = "."
        if let cut = to.lastIndex(of: "/") { directory = cut == to.startIndex ? "/" : String(to[..<cut]) }
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor >= 0 {
            fsync(descriptor)
            Glibc.close(descriptor)
        }
    }
}

/// Calls again while a signal interrupts.
@inline(__always) private func retrying<T: FixedWidthInteger>(_ call: () -> T) -> T {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}

/// A regular file with open-file-description locks: they belong to this opening, not to the process, so two handles of
/// one process exclude each other too, and they vanish when the process dies.
final class PosixFile: MappableFile, @unchecked Sendable { // the descriptor never changes; `pinned` and `closed` under `lock`
    let descriptor: Int32
    private let path: String
    private let lock = Lock()
    private var closed = false

    static let creationMode: mode_t = 0o644
    /// Lock bytes lie far beyond any byte of the file: the owner's, then one per superblock generation.
    private static let ownerByte: off_t = 1 << 61
    private static let generationBytes: off_t = 1 << 62
    /// Buffers handed to one pwritev.
    private static let gatherLimit = 512

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close() }

    func makeMapping() -> FileMapping? {
        do throws(StoreError) { return FileMapping(descriptor: descriptor, size: try size()) } catch { return nil }
    }

    private func failure(_ operation: String) -> StoreError {
        errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? .diskFull : .io(errno: errno, operation: "\(operation) \(path)")
    }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
        var done = 0
        guard let base = buffer.baseAddress else { return 0 }
        while done < buffer.count {
            let n = retrying { pread(descriptor, base + done, buffer.count - done, off_t(offset) + off_t(done)) }
            if n < 0 { throw failure("read") }
            if n == 0 { break }
            done += n
        }
        return done
    }

    func write(at offset: UInt64, _ buffer: UnsafeRawBufferPointer) throws(StoreError) {
        var done = 0
        guard let base = buffer.baseAddress else { return }
        while done < buffer.count {
            let n = retrying { pwrite(descriptor, base + done, buffer.count - done, off_t(offset) + off_t(done)) }
            if n < 0 { throw failure("write") }
            done += n
        }
    }

    func write(at offset: UInt64, gathering buffers: [UnsafeRawBufferPointer]) throws(StoreError) {
        if buffers.count == 1 { return try write(at: offset, buffers[0]) }
        var position = offset
        var index = 0
        while index < buffers.count {
            let part = buffers[index ..< min(buffers.count, index + PosixFile.gatherLimit)]
            let total = part.reduce(0) { $0 + $1.count }
            let n = withUnsafeTemporaryAllocation(of: iovec.self, capacity: part.count) { vector in
                for (i, buffer) in part.enumerated() {
                    vector[i] = iovec(iov_base: UnsafeMutableRawPointer(mutating: buffer.baseAddress), iov_len: buffer.count)
                }
                return retrying { pwritev(descriptor, vector.baseAddress, Int32(part.count), off_t(position)) }
            }
            if n < 0 { throw failure("write") }
            if n < total { // rare: finish piece by piece
                var at = position
                for buffer in part {
                    try write(at: at, buffer)
                    at += UInt64(buffer.count)
                }
            }
            position += UInt64(total)
            index += part.count
        }
    }

    func sync() throws(StoreError) {
        if retrying({ fdatasync(descriptor) }) != 0 { throw .io(errno: errno, operation: "sync \(path)") }
    }

    func reserve(to size: UInt64) throws(StoreError) {
        let old = try self.size()
        if size <= old { return }
        while true { // where the file system cannot reserve, the C library writes to each block
            let status = posix_fallocate(descriptor, off_t(old), off_t(size - old))
            if status == 0 { return }
            if status == EINTR { continue }
            errno = status
            throw failure("reserve")
        }
    }

    func truncate(to size: UInt64) throws(StoreError) {
        if retrying({ ftruncate(descriptor, off_t(size)) }) != 0 { throw failure("truncate") }
    }

    func size() throws(StoreError) -> UInt64 {
        var status = stat()
        if fstat(descriptor, &status) != 0 { throw failure("stat") }
        return UInt64(max(0, status.st_size))
    }

    // MARK: locks

    // Open-file-description locks (fcntl(2)); the macros are behind _GNU_SOURCE and not imported.
    private static let getLock: Int32 = 36
    private static let setLock: Int32 = 37

    private func request(_ type: Int32, from: off_t, length: off_t) -> flock {
        var lock = flock()
        lock.l_type = Int16(type)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = from
        lock.l_len = length
        return lock
    }

    /// The owner's process id is kept beside the lock byte's meaning: OFD locks do not carry one, so it is read from
    /// /proc/locks where that is possible.
    func lockOwner() throws(StoreError) {
        var lock = request(F_WRLCK, from: PosixFile.ownerByte, length: 1)
        if fcntl(descriptor, PosixFile.setLock, &lock) != 0 {
            if errno == EAGAIN || errno == EACCES { throw .locked(pid: ownerProcess()) }
            throw failure("lock")
        }
        // A traditional flock as well: it shows the owner's process id to others (in /proc/locks) and to lsof.
        _ = flock(descriptor, LOCK_EX | LOCK_NB)
    }

    func hasOwner() throws(StoreError) -> Bool {
        var lock = request(F_WRLCK, from: PosixFile.ownerByte, length: 1)
        if fcntl(descriptor, PosixFile.getLock, &lock) != 0 { throw failure("lock") }
        return lock.l_type != Int16(F_UNLCK)
    }

    func pinGeneration(_ generation: UInt64) throws(StoreError) {
        var lock = request(F_RDLCK, from: PosixFile.generationBytes + off_t(generation), length: 1)
        if fcntl(descriptor, PosixFile.setLock, &lock) != 0 { throw failure("lock") }
    }

    func unpinGeneration(_ generation: UInt64) throws(StoreError) {
        var lock = request(F_UNLCK, from: PosixFile.generationBytes + off_t(generation), length: 1)
        if fcntl(descriptor, PosixFile.setLock, &lock) != 0 { throw failure("unlock") }
    }

    func hasPins(below generation: UInt64) throws(StoreError) -> Bool {
        guard generation > 0 else { return false }
        var lock = request(F_WRLCK, from: PosixFile.generationBytes, length: off_t(generation))
        if fcntl(descriptor, PosixFile.getLock, &lock) != 0 { throw failure("lock") }
        return lock.l_type != Int16(F_UNLCK)
    }

    /// The process that holds the flock on this file, from /proc/locks; 0 if it cannot be told.
    private func ownerProcess() -> Int32 {
        var status = stat()
        guard fstat(descriptor, &status) == 0, let file = fopen("/proc/locks", "r") else { return 0 }
        defer { fclose(file) }
        let inode = ":\(status.st_ino) "
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.contains("FLOCK"), text.contains(inode) else { continue }
            let words = text.split(separator: " ")
            if let at = words.firstIndex(of: "WRITE"), at + 1 < words.count, let pid = Int32(words[at + 1]) { return pid }
        }
        return 0
    }

    func unlock() {
        lock.lock()
        defer { lock.unlock() }
        if closed { return }
        var request = request(F_UNLCK, from: PosixFile.ownerByte, length: 0)
        _ = fcntl(descriptor, PosixFile.setLock, &request)
        _ = flock(descriptor, LOCK_UN)
    }

    func close() {
        lock.lock()
        defer { lock.unlock() }
        if closed { return }
        closed = true
        Glibc.close(descriptor)
    }
}
