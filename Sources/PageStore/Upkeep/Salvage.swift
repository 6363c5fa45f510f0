/// What could be read of a damaged store.
public struct Salvage: Sendable {
    /// The store, read-only. Pages that are damaged say so when they are read; everything else is as it was.
    public let store: Store
    /// What is not as it was last, in words: which state this is and what is missing of it. Empty if nothing but pages can be.
    public let notes: [String]
}

extension Store {
    /// Opens as much as there is of a damaged store, for reading. Nothing is written.
    ///
    /// Takes the newest superblock whose version table verifies; failing all of them it searches the file for version tables.
    /// Then follows the log for as far as it verifies. The free map is not needed. Whether single pages are intact shows when
    /// they are read (`damagedPages`).
    ///
    /// - Throws: `locked` while a process owns the store, `noSuchFile`, `io`, `notAStore` where no version table is found.
    public static func salvage(path: String, io files: (any StoreFileSystem)? = nil) throws(StoreError) -> Salvage {
        let files = files ?? PosixFileSystem()
        var options = StoreOptions()
        options.readOnly = true
        options.backgroundMaintenance = false
        options.mapsFile = false // the file may end anywhere
        let file = try files.open(path: path, readOnly: true, create: false)
        do throws(StoreError) {
            if try file.hasOwner() { throw .locked(pid: 0) }
            var notes: [String] = []
            let opened = try SalvageReader(file: file, options: options).read(&notes)
            return Salvage(store: Store(opened: opened, files: files, path: path, options: options), notes: notes)
        } catch {
            file.close()
            if case .notAStore = error { throw .notAStore(path: path) }
            throw error
        }
    }
}

extension Snapshot {
    /// Pages that there can be: each has a slot of its own, so that a table that states more is damaged.
    public var possiblePageCount: UInt32 { min(pageCount, UInt32(clamping: store.space.counts.slots)) }

    /// The pages that cannot be read, in ascending order. Reads all of them.
    ///
    /// - Parameter progress: called now and then with the pages read so far.
    public func damagedPages(_ progress: (_ pages: UInt32) -> Void = { _ in }) -> [PageNumber] {
        var damaged: [PageNumber] = []
        withUnsafeTemporaryAllocation(byteCount: pageSize, alignment: 16) { buffer in
            let last = possiblePageCount
            if last < pageCount { damaged.append(pageCount) } // stands for all that cannot be there
            guard let base = buffer.baseAddress, last > 0 else { return }
            for page in 1 ... last {
                let status = read(page, into: base)
                if status == .corrupt || status == .failed { damaged.append(page) }
                if page % 1024 == 0 { progress(page) }
            }
        }
        return damaged
    }
}

/// Reads what there is of a store, leaving out what does not verify.
struct SalvageReader {
    let file: any StoreFile
    let options: StoreOptions

    func read(_ notes: inout [String]) throws(StoreError) -> Opened {
        let candidates = try superblocks()
        if candidates.isEmpty { notes.append("no superblock is intact") }
        for (index, superblock) in candidates.enumerated() {
            let recovery = try Recovery(file: file, superblock: superblock, options: options, isShort: true)
            do throws(StoreError) {
                guard let table = try BlobChain.read(superblock.table, io: recovery.io, fileSlots: recovery.fileSlots) else {
                    notes.append("the version table of generation \(superblock.generation) does not verify")
                    continue
                }
                try TableFormat.decode(table.bytes, into: recovery.registry, nodes: recovery.nodes)
            } catch {
                notes.append("the version table of generation \(superblock.generation) cannot be read: \(error.message)")
                continue
            }
            if index > 0 {
                notes.append("this is generation \(superblock.generation) and what its log still has; pages changed since may be lost")
            }
            recovery.registry.published = superblock.lsn
            try followLog(recovery, &notes)
            return opened(recovery)
        }
        return try search(pageSizes: candidates.map(\.pageSize), &notes)
    }

    /// All superblocks that verify, newest first, each generation once.
    private func superblocks() throws(StoreError) -> [Superblock] {
        var bytes = [UInt8](repeating: 0, count: 4 * StoreLimits.maximumPageSize)
        _ = try PageIO.read(file, at: 0, into: &bytes)
        var found: [UInt64: Superblock] = [:]
        for size in SalvageReader.pageSizes {
            for place in 0 ..< 4 {
                guard let superblock = try Superblock.decode(bytes, at: place * size), superblock.pageSize == size else { continue }
                found[superblock.generation] = superblock
            }
        }
        return found.values.sorted { $0.generation > $1.generation }
    }

    private static var pageSizes: [Int] {
        var sizes: [Int] = []
        var size = StoreLimits.minimumPageSize
        while size <= StoreLimits.maximumPageSize {
            sizes.append(size)
            size *= 2
        }
        return sizes
    }

    private func opened(_ recovery: Recovery) -> Opened {
        let state = StoreState(options: options)
        let log = LogWriter(
            io: recovery.io, space: recovery.space, registry: recovery.registry, state: state, nonce: recovery.superblock.nonce,
            position: recovery.superblock.log, lsn: recovery.registry.published, durable: recovery.registry.published, extentLimit: .max
        )
        recovery.isHandedOver = true
        return recovery.opened(log: log, state: state)
    }

    // MARK: log

    /// Applies the groups of the log for as long as they verify and make sense.
    private func followLog(_ recovery: Recovery, _ notes: inout [String]) throws(StoreError) {
        let superblock = recovery.superblock
        var position = superblock.log, lsn = superblock.lsn
        var visited: Set<Slot> = []
        var groups: [LogGroup] = []
        func extent(_ slot: Slot) -> [UInt8]? {
            do throws(StoreError) { return try recovery.extentContent(slot) } catch { return nil }
        }
        func fitting(_ bytes: [UInt8]?, _ offset: Int) throws(StoreError) -> LogGroup? {
            guard let bytes, let group = try LogGroup.decode(bytes, at: offset, nonce: superblock.nonce), group.first == lsn + 1,
                  group.previous == position.previous else { return nil }
            return group
        }
        var content = extent(position.extent)
        while true {
            var found = try fitting(content, position.offset)
            if found == nil, visited.insert(position.next).inserted {
                let following = extent(position.next)
                found = try fitting(following, 0)
                if found != nil {
                    content = following
                    (position.extent, position.offset) = (position.next, 0)
                }
            }
            guard let group = found else { break }
            groups.append(group)
            lsn = group.last
            position.previous = group.checksum
            position.offset += group.paddedLength
            if group.next != position.next { visited.remove(group.next) }
            position.next = group.next
        }
        let last = lastDurable(in: [content, extent(position.next)], nonce: superblock.nonce)
        if last > lsn { notes.append("the log is damaged after record \(lsn): what was written later, at least up to record \(last), is lost") }
        let known = groups.reduce(max(superblock.lsn, last)) { max($0, $1.durable) }
        for group in groups {
            do throws(StoreError) {
                guard let entries = try recovery.decode(group, vouched: group.last <= known) else { return }
                try recovery.apply(entries, moved: [:])
            } catch {
                notes.append("the records from \(recovery.registry.published + 1) on cannot be applied: \(error.message)")
                return
            }
        }
    }

    /// The highest record that any group in these extents calls durable.
    private func lastDurable(in extents: [[UInt8]?], nonce: UInt64) -> LSN {
        var last: LSN = 0
        for case let bytes? in extents {
            for offset in stride(from: 0, to: bytes.count, by: LogGroup.sectorBytes) {
                do throws(StoreError) {
                    if let group = try LogGroup.decode(bytes, at: offset, nonce: nonce) { last = max(last, group.durable) }
                } catch { continue }
            }
        }
        return last
    }

    // MARK: without a superblock

    /// Searches the file for version tables and takes the newest that can be read.
    private func search(pageSizes: [Int], _ notes: inout [String]) throws(StoreError) -> Opened {
        var best: (recovery: Recovery, newest: LSN)?
        for size in pageSizes.isEmpty ? SalvageReader.pageSizes : pageSizes {
            let superblock = Superblock(
                pageSize: size, extentSlots: max(16, Store.defaultExtentBytes / size), arenaExtents: Store.arenaExtents, nonce: 0, storeID: 0
            )
            let slots = Int(try file.size()) / size
            for slot in 4 ..< max(4, slots) {
                let recovery: Recovery
                do throws(StoreError) {
                    guard let bytes = try BlobChain.unvouched(Slot(slot), file: file, pageSize: size, fileSlots: slots) else { continue }
                    recovery = try Recovery(file: file, superblock: superblock, options: options, isShort: true)
                    try TableFormat.decode(bytes, into: recovery.registry, nodes: recovery.nodes)
                } catch { continue }
                guard let newest = recovery.registry.versions.keys.max(), !recovery.registry.branches.isEmpty else { continue }
                if newest > best?.newest ?? 0 || best == nil { best = (recovery, newest) }
            }
            if best != nil { break }
        }
        guard let best else { throw .notAStore(path: "") }
        best.recovery.registry.published = best.newest
        notes.append("a version table was found by searching the file: its newest version is \(best.newest); what was written after that checkpoint is lost")
        return opened(best.recovery)
    }
}
