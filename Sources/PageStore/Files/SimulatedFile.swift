/// A handle on the file of a simulated disk.
final class SimulatedFile: StoreFile {
    private let disk: SimulatedDisk

    init(_ disk: SimulatedDisk) { self.disk = disk }

    deinit { close() }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(StoreError) -> Int { try disk.read(offset, buffer) }
    func write(at offset: UInt64, _ buffer: UnsafeRawBufferPointer) throws(StoreError) { try disk.write(Int(offset), buffer) }
    func sync() throws(StoreError) { try disk.sync() }

    func reserve(to size: UInt64) throws(StoreError) {
        let old = disk.length
        if Int(size) <= old { return }
        let zeros = [UInt8](repeating: 0, count: Int(size) - old)
        var failure: StoreError?
        zeros.withUnsafeBytes { buffer in
            do throws(StoreError) { try disk.write(old, buffer, as: .reserve) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    func truncate(to size: UInt64) throws(StoreError) { try disk.truncate(Int(size)) }
    func size() throws(StoreError) -> UInt64 { UInt64(disk.length) }

    func lockOwner() throws(StoreError) {
        disk.lock.lock()
        defer { disk.lock.unlock() }
        if let owner = disk.owner, owner != ObjectIdentifier(self) { throw .locked(pid: 0) }
        disk.owner = ObjectIdentifier(self)
    }

    func hasOwner() throws(StoreError) -> Bool { disk.lock.withLock { disk.owner != nil && disk.owner != ObjectIdentifier(self) } }

    func pinGeneration(_ generation: UInt64) throws(StoreError) {
        disk.announcing()
        disk.lock.withLock { disk.pins.append((ObjectIdentifier(self), generation)) }
    }

    func unpinGeneration(_ generation: UInt64) throws(StoreError) {
        disk.lock.withLock {
            if let i = disk.pins.firstIndex(where: { $0.handle == ObjectIdentifier(self) && $0.generation == generation }) { disk.pins.remove(at: i) }
        }
    }

    func hasPins(below generation: UInt64) throws(StoreError) -> Bool {
        disk.lock.withLock { disk.pins.contains { $0.generation < generation && $0.handle != ObjectIdentifier(self) } }
    }

    func close() { unlock() }

    func unlock() {
        disk.lock.withLock {
            if disk.owner == ObjectIdentifier(self) { disk.owner = nil }
            disk.pins.removeAll { $0.handle == ObjectIdentifier(self) }
        }
    }
}
