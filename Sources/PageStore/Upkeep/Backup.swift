extension Store {
    /// Suffix of a backup that is being written.
    static let partialSuffix = ".partial"
    /// Bytes copied at once.
    private static let copyBytes = 1 << 20

    /// Writes a consistent copy of the store, with all its branches and versions as of one moment, to a new file. Readers and
    /// writers go on meanwhile. Free slots are not copied (the file is sparse there). The file appears under its name when
    /// it is complete, durable and, unless `verify` is false, verified.
    ///
    /// - Parameter files: where to write; nil: where the store is, and for a store in memory the operating system's files.
    /// - Throws: `invalidArgument` if the file exists, `diskFull`, `io`, `corrupt` if the copy does not verify.
    public func backup(to path: String, files target: (any StoreFileSystem)? = nil, verify: Bool = true) throws(StoreError) {
        let target = target ?? (files is MemoryFileSystem ? PosixFileSystem() : files)
        if Store.exists(path, in: target) { throw .invalidArgument("\(path) exists already") }
        let (source, slots) = try holdCheckpoint()
        defer { endHold(source.generation) }
        let partial = path + Store.partialSuffix
        try target.remove(path: partial)
        let file = try target.open(path: partial, readOnly: false, create: true)
        do throws(StoreError) {
            try copy(source, slots, to: file)
            file.close()
            if verify { try Store.verify(partial, in: target, options: options) }
            try target.rename(from: partial, to: path)
        } catch {
            file.close()
            _ = try? target.remove(path: partial)
            throw error
        }
    }

    private static func exists(_ path: String, in files: any StoreFileSystem) -> Bool {
        do throws(StoreError) {
            try files.open(path: path, readOnly: true, create: false).close()
            return true
        } catch {
            if case .noSuchFile = error { return false }
            return true
        }
    }

    private static func verify(_ path: String, in files: any StoreFileSystem, options: StoreOptions) throws(StoreError) {
        var readOnly = options
        readOnly.readOnly = true
        let copy = try open(io: files, path: path, options: readOnly)
        let report = try copy.check()
        try copy.close()
        if let problem = report.problems.first { throw .corrupt(branch: nil, page: nil, slot: nil, detail: "the copy does not verify: \(problem)") }
    }

    /// Makes a checkpoint and keeps all its slots from being written until `endHold`.
    private func holdCheckpoint() throws(StoreError) -> (Superblock, [Slot]) {
        maintenance.lock.lock()
        defer { maintenance.lock.unlock() }
        try maintenance.checkpointLocked()
        let superblock = maintenance.superblock
        var slots = maintenance.tableSlots
        for (index, chunk) in maintenance.chunks.enumerated() where chunk.slot != 0 {
            slots.append(chunk.slot)
            for (i, value) in try io.slotBytes(chunk.slot).enumerated() where value != 0 { slots.append(Slot(index * space.chunkSlots + i)) }
        }
        maintenance.holds.append(superblock.generation)
        return (superblock, slots.sorted())
    }

    private func endHold(_ generation: UInt64) {
        maintenance.lock.withLock {
            if let at = maintenance.holds.firstIndex(of: generation) { maintenance.holds.remove(at: at) }
        }
    }

    private func copy(_ source: Superblock, _ slots: [Slot], to file: any StoreFile) throws(StoreError) {
        var random = SystemRandomNumberGenerator()
        var superblock = source
        superblock.nonce = random.next()
        superblock.storeID = random.next()
        superblock.log = LogPosition(
            extent: Slot(space.arena.lowerBound), offset: 0, previous: 0, next: Slot(space.arena.lowerBound + space.extentSlots)
        )
        let end = max(slots.last.map { Int($0) + 1 } ?? 0, space.arena.upperBound)
        superblock.slots = UInt64(end)
        try file.truncate(to: 0)
        try file.truncate(to: io.offset(Slot(end)))
        let output = PageIO(file: file, pageSize: pageSize)
        let longest = max(1, Store.copyBytes / pageSize)
        var i = 0
        while i < slots.count {
            var j = i + 1
            while j < slots.count, j - i < longest, slots[j] == slots[i] + Slot(j - i) { j += 1 }
            var bytes = [UInt8](repeating: 0, count: (j - i) * pageSize)
            guard try io.read(at: io.offset(slots[i]), into: &bytes) == bytes.count else {
                throw .corrupt(branch: nil, page: nil, slot: UInt64(slots[i]), detail: "the file ends before this slot")
            }
            try output.write(at: output.offset(slots[i]), bytes)
            i = j
        }
        try file.sync()
        try superblock.write(to: output, oneByOne: true)
    }
}
