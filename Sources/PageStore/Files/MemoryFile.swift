import Glibc

/// Files in memory, by name; gone with the value. For `:memory:` stores and tests.
public final class MemoryFileSystem: StoreFileSystem, @unchecked Sendable { // `files` under `lock`
    private let lock = Lock()
    private var files: [String: MemoryFile.Content] = [:]

    public init() {}

    public func open(path: String, readOnly: Bool, create: Bool) throws(StoreError) -> any StoreFile {
        lock.lock()
        defer { lock.unlock() }
        if let content = files[path] { return MemoryFile(content) }
        guard create, !readOnly else { throw .noSuchFile(path: path) }
        guard let content = MemoryFile.Content() else { throw .io(errno: ENOMEM, operation: "reserve memory") }
        files[path] = content
        return MemoryFile(content)
    }

    public func remove(path: String) throws(StoreError) { lock.withLock { _ = files.removeValue(forKey: path) } }

    public func rename(from: String, to: String) throws(StoreError) {
        lock.lock()
        defer { lock.unlock() }
        guard let content = files.removeValue(forKey: from) else { throw .noSuchFile(path: from) }
        files[to] = content
    }
}

/// A handle on a file in memory.
final class MemoryFile: MappableFile, @unchecked Sendable { // all mutable fields under `content.lock`
    /// The bytes: a range of addresses reserved once, so that they never move; memory is used only where it was written.
    final class Content: @unchecked Sendable { // mutable fields under `lock`; the bytes themselves are ordered by the store
        static let reservedBytes = 64 << 30
        let lock = Lock()
        let base: UnsafeMutableRawPointer
        let capacity: Int
        var length = 0
        var owner: ObjectIdentifier?
        var pins: [(handle: ObjectIdentifier, generation: UInt64)] = []

        init?() {
            var size = Content.reservedBytes
            while size >= 64 << 20 { // a process with a limit on addresses gets less
                let address = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | Int32(MAP_NORESERVE), -1, 0)
                if let address, address != MAP_FAILED {
                    base = address
                    capacity = size
                    return
                }
                size /= 4
            }
            return nil
        }

        deinit { munmap(base, capacity) }
    }

    private let content: Content

    init(_ content: Content) { self.content = content }

    deinit { close() }

    func makeMapping() -> FileMapping? { FileMapping(memory: content.base, capacity: content.capacity) }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int {
        let length = content.lock.withLock { content.length }
        guard offset < UInt64(length), let target = buffer.baseAddress else { return 0 }
        let n = min(buffer.count, length - Int(offset))
        memcpy(target, content.base + Int(offset), n)
        return n
    }

    func write(at offset: UInt64, _ buffer: UnsafeRawBufferPointer) throws(StoreError) {
        guard let source = buffer.baseAddress else { return }
        let (end, overflow) = offset.addingReportingOverflow(UInt64(buffer.count))
        if overflow || end > UInt64(content.capacity) { throw .diskFull }
        memcpy(content.base + Int(offset), source, buffer.count)
        content.lock.withLock { content.length = max(content.length, Int(end)) }
    }

    func sync() throws(StoreError) {}

    func reserve(to size: UInt64) throws(StoreError) {
        if size > UInt64(content.capacity) { throw .diskFull }
        content.lock.withLock { content.length = max(content.length, Int(size)) }
    }

    func truncate(to size: UInt64) throws(StoreError) {
        if size > UInt64(content.capacity) { throw .diskFull }
        content.lock.lock()
        defer { content.lock.unlock() }
        let page = 4096
        let from = (Int(size) + page - 1) / page * page
        if from < content.length { madvise(content.base + from, content.length - from, MADV_DONTNEED) }
        if Int(size) < min(from, content.length) { memset(content.base + Int(size), 0, min(from, content.length) - Int(size)) }
        content.length = Int(size)
    }

    func size() throws(StoreError) -> UInt64 { UInt64(content.lock.withLock { content.length }) }

    func lockOwner() throws(StoreError) {
        content.lock.lock()
        defer { content.lock.unlock() }
        if let owner = content.owner, owner != ObjectIdentifier(self) { throw .locked(pid: getpid()) }
        content.owner = ObjectIdentifier(self)
    }

    func hasOwner() throws(StoreError) -> Bool {
        content.lock.withLock { content.owner != nil && content.owner != ObjectIdentifier(self) }
    }

    func pinGeneration(_ generation: UInt64) throws(StoreError) {
        content.lock.withLock { content.pins.append((ObjectIdentifier(self), generation)) }
    }

    func unpinGeneration(_ generation: UInt64) throws(StoreError) {
        content.lock.withLock {
            if let i = content.pins.firstIndex(where: { $0.handle == ObjectIdentifier(self) && $0.generation == generation }) {
                content.pins.remove(at: i)
            }
        }
    }

    func hasPins(below generation: UInt64) throws(StoreError) -> Bool {
        content.lock.withLock { content.pins.contains { $0.generation < generation && $0.handle != ObjectIdentifier(self) } }
    }

    func close() { unlock() }

    func unlock() {
        content.lock.withLock {
            if content.owner == ObjectIdentifier(self) { content.owner = nil }
            content.pins.removeAll { $0.handle == ObjectIdentifier(self) }
        }
    }
}
