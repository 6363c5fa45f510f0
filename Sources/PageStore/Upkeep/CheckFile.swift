/// What a check reads besides maps and images: superblocks, version table, free map and log, as they lie in the file.
extension Check {
    /// Compares the file with what the store knows of it. Checkpoints wait meanwhile; commits go on behind `published`.
    mutating func file(published: LSN) {
        do throws(StoreError) {
            try superblocks()
            try tables()
            try log(upTo: published)
        } catch {
            report.add(error.message)
        }
    }

    /// The newest superblock must be there twice. The places of the older generation hold that or nothing.
    private mutating func superblocks() throws(StoreError) {
        // A living owner may be writing the other generation at this moment.
        if store.options.readOnly, try store.io.file.hasOwner() { return }
        let newest = store.maintenance.superblock
        for place in 0 ..< 4 {
            let bytes = try store.io.slotBytes(Slot(place))
            let isNewest = UInt64(place % 2) == newest.generation % 2
            var found: Superblock?
            do throws(StoreError) { found = try Superblock.decode(bytes, at: 0) } catch { report.add("slot \(place): \(error.message)") }
            if isNewest {
                if found != newest { report.add("slot \(place): a copy of the newest superblock (generation \(newest.generation)) does not verify") }
            } else if let found {
                if found.generation >= newest.generation { report.add("slot \(place): superblock of generation \(found.generation), which should not be there") }
            } else if bytes.contains(where: { $0 != 0 }) {
                report.add("slot \(place): a superblock of the older generation does not verify")
            }
        }
    }

    private mutating func tables() throws(StoreError) {
        let superblock = store.maintenance.superblock, io = store.io
        for (address, what) in [(superblock.table, "the version table"), (superblock.map, "the directory of the free map")] {
            if try BlobChain.read(address, io: io, fileSlots: wanted.count) == nil { report.add("slot \(address.slot): \(what) does not verify") }
        }
        for chunk in store.maintenance.chunks where chunk.slot != 0 {
            if Hash64.hash(try io.slotBytes(chunk.slot)) != chunk.sum { report.add("slot \(chunk.slot): a part of the free map does not verify") }
        }
    }

    /// Follows the log from the checkpoint to the last published record.
    private mutating func log(upTo published: LSN) throws(StoreError) {
        let superblock = store.maintenance.superblock, extentBytes = store.log.extentBytes
        // The log that began with this opening, before the first checkpoint that names it.
        guard superblock.nonce == store.log.nonce || store.options.readOnly else { return }
        var position = superblock.log, lsn = superblock.lsn
        var content: [UInt8] = [], loaded: Slot?
        func group(_ extent: Slot, _ offset: Int) throws(StoreError) -> LogGroup? {
            if loaded != extent {
                content = [UInt8](repeating: 0, count: extentBytes)
                _ = try store.io.read(at: store.io.offset(extent), into: &content)
                loaded = extent
            }
            guard let group = try LogGroup.decode(content, at: offset, nonce: superblock.nonce), group.first == lsn + 1, group.previous == position.previous
            else { return nil }
            return group
        }
        while lsn < published {
            var found = try group(position.extent, position.offset)
            if found == nil {
                found = try group(position.next, 0)
                if found != nil { (position.extent, position.offset) = (position.next, 0) }
            }
            guard let found else {
                report.add("slot \(position.extent): the log is damaged after record \(lsn); records up to \(published) are published")
                return
            }
            try lists(of: found)
            lsn = found.last
            position.previous = found.checksum
            position.offset += found.paddedLength
            position.next = found.next
        }
    }

    /// The page lists that lie outside of their records.
    private mutating func lists(of group: LogGroup) throws(StoreError) {
        var offset = LogGroup.headerBytes
        while offset < group.bytes.count {
            let (record, _, end) = try LogRecord.decode(group.bytes, at: offset, end: group.bytes.count)
            offset = end
            guard case .commit(let commit) = record, let list = commit.list else { continue }
            if try BlobChain.read(list, io: store.io, fileSlots: wanted.count) == nil { report.add("slot \(list.slot): the page list of a commit does not verify") }
        }
    }
}
