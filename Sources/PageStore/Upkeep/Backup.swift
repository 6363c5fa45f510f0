/// What a backup copied.
public struct BackupReport: Sendable, Equatable {
    /// Slots in use at the moment of the backup: all are in the copy.
    public var slots = 0
    /// Slots read from the store.
    public var copied = 0
    /// Slots taken from the earlier backup, because the store has not changed them since.
    public var reused = 0
    public init() {}
}

extension Store {
    /// Suffix of a backup that is being written.
    static let partialSuffix = ".partial"
    /// Bytes copied at once.
    private static let copyBytes = 1 << 20

    /// Writes a consistent copy of the store, with all its branches and versions as of one moment, to a new file. Readers and
    /// writers go on meanwhile. Free slots are not copied (the file is sparse there). The file appears under its name when
    /// it is complete, durable and, unless `verify` is false, verified.
    ///
    /// - Parameters:
    ///   - earlier: an earlier backup of this store: page images that have not changed since are taken from it and not read from
    ///     the store. A slot is not written again while something reaches it, so that an image in the same slot with the same
    ///     checksum is the same. The new copy is whole all the same and does not need the earlier one.
    ///   - files: where to write; nil: where the store is, and for a store in memory the operating system's files.
    /// - Throws: `invalidArgument` if the file exists or `earlier` is no backup of such a store, `diskFull`, `io`, `corrupt` if the
    ///   copy does not verify.
    @discardableResult
    public func backup(
        to path: String, since earlier: String? = nil, files target: (any StoreFileSystem)? = nil, verify: Bool = true
    ) throws(StoreError) -> BackupReport {
        let target = target ?? (files is MemoryFileSystem ? PosixFileSystem() : files)
        if Store.exists(path, in: target) { throw .invalidArgument("\(path) exists already") }
        let base = try earlier.map { (earlier) throws(StoreError) in try openEarlier(earlier, in: target) }
        defer { if let base { _ = try? base.close() } }
        let (source, slots) = try holdCheckpoint()
        defer { endHold(source.generation) }
        let partial = path + Store.partialSuffix
        try target.remove(path: partial)
        let file = try target.open(path: partial, readOnly: false, create: true)
        do throws(StoreError) {
            let superblock = try prepare(file, source, slots)
            var report = BackupReport()
            report.slots = slots.count
            if let base {
                let unchanged = try copyAround(base, slots, superblock, to: file, at: partial, in: target)
                try transfer(unchanged, from: base.io.file, to: file)
                report.reused = unchanged.count
            } else {
                try transfer(slots.map(\.slot), from: io.file, to: file)
            }
            report.copied = report.slots - report.reused
            try file.sync()
            try superblock.write(to: PageIO(file: file, pageSize: pageSize), oneByOne: true)
            file.close()
            if verify { try Store.verify(partial, in: target, options: options) }
            try target.rename(from: partial, to: path)
            return report
        } catch {
            file.close()
            _ = try? target.remove(path: partial)
            throw error
        }
    }

    private func openEarlier(_ path: String, in files: any StoreFileSystem) throws(StoreError) -> Store {
        var readOnly = options
        readOnly.readOnly = true
        let base = try Store.open(io: files, path: path, options: readOnly)
        guard base.pageSize == pageSize else {
            _ = try? base.close()
            throw .invalidArgument("\(path) has pages of \(base.pageSize) bytes and is no backup of this store")
        }
        return base
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

    private typealias UsedSlot = (slot: Slot, isImage: Bool)

    /// Makes a checkpoint and keeps all its slots from being written until `endHold`.
    private func holdCheckpoint() throws(StoreError) -> (Superblock, [UsedSlot]) {
        maintenance.lock.lock()
        defer { maintenance.lock.unlock() }
        try maintenance.checkpointLocked()
        let superblock = maintenance.superblock
        var slots: [UsedSlot] = maintenance.tableSlots.map { ($0, false) }
        for (index, chunk) in maintenance.chunks.enumerated() where chunk.slot != 0 {
            slots.append((chunk.slot, false))
            for (i, value) in try io.slotBytes(chunk.slot).enumerated() where value != 0 {
                slots.append((Slot(index * space.chunkSlots + i), value == SlotState.image))
            }
        }
        maintenance.holds.append(superblock.generation)
        slots.sort { $0.slot < $1.slot }
        return (superblock, slots)
    }

    private func endHold(_ generation: UInt64) {
        maintenance.lock.withLock {
            if let at = maintenance.holds.firstIndex(of: generation) { maintenance.holds.remove(at: at) }
        }
    }

    /// Gives the new file its size; returns its superblock, with a log of its own that is empty.
    private func prepare(_ file: any StoreFile, _ source: Superblock, _ slots: [UsedSlot]) throws(StoreError) -> Superblock {
        var random = SystemRandomNumberGenerator()
        var superblock = source
        superblock.nonce = random.next()
        superblock.storeID = random.next()
        superblock.log = LogPosition(
            extent: Slot(space.arena.lowerBound), offset: 0, previous: 0, next: Slot(space.arena.lowerBound + space.extentSlots)
        )
        let end = max(slots.last.map { Int($0.slot) + 1 } ?? 0, space.arena.upperBound)
        superblock.slots = UInt64(end)
        try file.truncate(to: 0)
        try file.truncate(to: io.offset(Slot(end)))
        return superblock
    }

    /// Copies from the store all that the earlier backup does not have; returns the slots that it has, not copied yet.
    private func copyAround(
        _ base: Store, _ slots: [UsedSlot], _ superblock: Superblock, to file: any StoreFile, at partial: String, in files: any StoreFileSystem
    ) throws(StoreError) -> [Slot] {
        let known = try base.imageSums()
        func isCandidate(_ used: UsedSlot) -> Bool { used.isImage && Int(used.slot) < known.count && known[Int(used.slot)] != 0 }
        try transfer(slots.filter { !isCandidate($0) }.map(\.slot), from: io.file, to: file)
        // With its table and map nodes the copy can be opened, and says itself which images it wants.
        try superblock.write(to: PageIO(file: file, pageSize: pageSize))
        var readOnly = options
        readOnly.readOnly = true
        let copy = try Store.open(io: files, path: partial, options: readOnly)
        let wanted: [UInt64]
        do throws(StoreError) {
            wanted = try copy.imageSums()
            try copy.close()
        } catch {
            _ = try? copy.close()
            throw error
        }
        var unchanged: [Slot] = []
        var changed: [Slot] = []
        for used in slots where isCandidate(used) {
            let slot = Int(used.slot)
            if slot < wanted.count, wanted[slot] == known[slot] { unchanged.append(used.slot) } else { changed.append(used.slot) }
        }
        try transfer(changed, from: io.file, to: file)
        return unchanged
    }

    /// The checksums of whole page images by slot; 0 where there is none, or none that the maps tell. Nobody drops versions
    /// meanwhile: for stores opened to be read.
    private func imageSums() throws(StoreError) -> [UInt64] {
        // Nodes that are looked at must not be given up meanwhile.
        maintenance.lock.lock()
        defer { maintenance.lock.unlock() }
        var sums = [UInt64](repeating: 0, count: space.slotCount)
        let versions = registry.lock.withLock { registry.versions.values.sorted { $0.id < $1.id } }
        for version in versions {
            let parent = registry.lock.withLock { registry.versions[version.parent]?.root }
            try maps.forEachOwn(
                of: version.root, notIn: parent, nil,
                image: { _, entry in
                    // A difference's checksum is that of its result, not of the slot.
                    if !entry.isDelta, Int(entry.slot) < sums.count { sums[Int(entry.slot)] = entry.sum }
                }, node: { _ in }
            )
        }
        return sums
    }

    /// Copies slots (ascending) in runs, inside the operating system where both are its files: there it shares the blocks on file
    /// systems that can.
    private func transfer(_ slots: [Slot], from source: any StoreFile, to file: any StoreFile) throws(StoreError) {
        let longest = max(1, Store.copyBytes / pageSize)
        var i = 0
        while i < slots.count {
            var j = i + 1
            while j < slots.count, j - i < longest, slots[j] == slots[i] + Slot(j - i) { j += 1 }
            try FileCopy.copy(from: source, to: file, at: io.offset(slots[i]), count: (j - i) * pageSize)
            i = j
        }
    }
}
