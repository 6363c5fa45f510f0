/// Where a store's bytes live: POSIX files, memory, or a simulation that fails on purpose.
public protocol StoreFileSystem: Sendable {
    /// Opens the file at `path`, creating it where `create` says so. Throws `noSuchFile` where it does not exist.
    func open(path: String, readOnly: Bool, create: Bool) throws(StoreError) -> any StoreFile
    /// Removes the file if it exists.
    func remove(path: String) throws(StoreError)
    /// Gives a file another name, durably and atomically.
    func rename(from: String, to: String) throws(StoreError)
}

/// One open file. All operations may be called from several threads at once.
public protocol StoreFile: AnyObject, Sendable {
    /// Reads into the whole buffer; returns the bytes there were (fewer only at the end of the file).
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int
    /// Writes the whole buffer; the file grows as needed.
    func write(at offset: UInt64, _ buffer: UnsafeRawBufferPointer) throws(StoreError)
    /// Writes the buffers one after another as one piece.
    func write(at offset: UInt64, gathering buffers: [UnsafeRawBufferPointer]) throws(StoreError)
    /// Returns when all that was written before is on stable storage.
    func sync() throws(StoreError)
    /// Makes the file at least `size` bytes long with room on the disk for all of them, zeros where nothing was written.
    func reserve(to size: UInt64) throws(StoreError)
    func truncate(to size: UInt64) throws(StoreError)
    func size() throws(StoreError) -> UInt64
    /// Becomes the store's owner or throws `locked` with the owner's process id. Given up by `close`.
    func lockOwner() throws(StoreError)
    /// Whether some process owns the store.
    func hasOwner() throws(StoreError) -> Bool
    /// Announces a read-only opener of superblock generation `generation`; withdrawn by `unpinGeneration` or `close`.
    func pinGeneration(_ generation: UInt64) throws(StoreError)
    func unpinGeneration(_ generation: UInt64) throws(StoreError)
    /// Whether a read-only opener of a generation below `generation` lives, other than this file's own.
    func hasPins(below generation: UInt64) throws(StoreError) -> Bool
    /// A POSIX descriptor for direct reads, or -1.
    var descriptor: Int32 { get }
    /// Gives up the ownership and all announcements; the handle stays open.
    func unlock()
    /// Unlocks and closes. No operation may follow.
    func close()
}

extension StoreFile {
    public func write(at offset: UInt64, gathering buffers: [UnsafeRawBufferPointer]) throws(StoreError) {
        var position = offset
        for buffer in buffers {
            try write(at: position, buffer)
            position += UInt64(buffer.count)
        }
    }

    public var descriptor: Int32 { -1 }
}

/// Files whose bytes can be read without a system call.
protocol MappableFile: StoreFile {
    /// A mapping of the file as it is and grows, or nil where there is none to be had.
    func makeMapping() -> FileMapping?
}
