/// What a commit changes, as its record says it.
struct CommitRecord: Equatable {
    var branch: BranchID
    var parent: LSN
    /// Pages above this were removed before the entries were set.
    var cut: UInt32?
    var pageCount: UInt32
    var changeCounter: UInt32
    var timeMicros: Int64
    var mergedFrom: LSN?
    /// Images (and the list of them) were durable before the record was written: recovery need not read them.
    var presynced: Bool
    var origin: [UInt8]
    /// Replaces the branch's metadata.
    var metadata: [UInt8]?
    /// The changed pages in ascending order.
    var entries: [PageMap.Change]
    /// Where the entries lie if they are too many for the record, and how many.
    var list: BlobAddress?
    /// The entries are laid over the parent's map rather than merged into its tree.
    var isOverlay = false
    /// The differences of the entries that are one, in order, each with its length (2 bytes) before it. Overlays only.
    var deltas: [UInt8] = []

    /// Page images that the commit wrote.
    var images: LazyFilterSequence<[PageMap.Change]> { entries.lazy.filter { !$0.entry.isNone && !$0.entry.isDelta } }

    /// Whether there is a difference for each entry that is one and no other, and neither a cut nor a removal in an overlay.
    var isConsistent: Bool {
        let wanted = entries.reduce(0) { $0 + ($1.entry.isDelta ? 1 : 0) }
        if !isOverlay { return wanted == 0 && deltas.isEmpty }
        if cut != nil || entries.contains(where: { $0.entry.isNone }) { return false }
        var found = 0, at = 0
        while at < deltas.count {
            guard at + 2 <= deltas.count else { return false }
            let length = Int(deltas[at]) | Int(deltas[at + 1]) << 8
            if length == 0 { return false }
            found += 1
            at += 2 + length
        }
        return found == wanted && at == deltas.count
    }

    static func == (a: CommitRecord, b: CommitRecord) -> Bool { a.encodedForComparison == b.encodedForComparison }
    private var encodedForComparison: [UInt8] { LogRecord.commit(self).encoded() }
}

struct MoveRecord: Equatable {
    var branch: BranchID
    var target: LSN
    var mergedFrom: LSN?
    var changeCounter: UInt32
    var generation: UInt64
    var timeMicros: Int64
    var metadata: [UInt8]?
}

/// One change of the store. Each has a log sequence number of its own, which for commits and moves is the new version.
enum LogRecord: Equatable {
    case commit(CommitRecord)
    case fork(branch: BranchID, version: LSN, metadata: [UInt8])
    case discard(BranchID)
    case move(MoveRecord)
    case metadata(BranchID, [UInt8])
    case value(key: String, [UInt8]?)

    static let headerBytes = 8
    static let entryBytes = 20
    fileprivate static let absent = UInt64.max
    private static let absentLength = UInt32.max

    fileprivate enum Kind: UInt8 { case commit = 1, fork, discard, move, metadata, value }
    fileprivate enum CommitFlag { static let presynced: UInt8 = 1, external: UInt8 = 2, cut: UInt8 = 4, overlay: UInt8 = 8 }

    func encoded() -> [UInt8] {
        var w = ByteWriter()
        encode(into: &w)
        return w.bytes
    }

    /// Appends the record.
    func encode(into w: inout ByteWriter) {
        let start = w.count
        if case .commit = self {} else { w.put(UInt32(0)) } // its length, filled in at the end
        switch self {
        case .commit(let commit):
            return commit.encode(into: &w)
        case .fork(let branch, let version, let metadata):
            LogRecord.head(&w, .fork)
            w.put(branch.rawValue)
            w.put(version)
            LogRecord.put(&w, metadata)
        case .discard(let branch):
            LogRecord.head(&w, .discard)
            w.put(branch.rawValue)
        case .move(let m):
            LogRecord.head(&w, .move)
            w.put(m.branch.rawValue)
            w.put(m.target)
            w.put(m.mergedFrom ?? LogRecord.absent)
            w.put(m.changeCounter)
            w.put(UInt32(0))
            w.put(m.generation)
            w.put(m.timeMicros)
            LogRecord.put(&w, m.metadata)
        case .metadata(let branch, let bytes):
            LogRecord.head(&w, .metadata)
            w.put(branch.rawValue)
            LogRecord.put(&w, bytes)
        case .value(let key, let bytes):
            LogRecord.head(&w, .value)
            LogRecord.put(&w, Array(key.utf8))
            LogRecord.put(&w, bytes)
        }
        w.patch(UInt32(w.count - start), at: start)
    }

    private static func head(_ w: inout ByteWriter, _ kind: Kind) {
        w.put(kind.rawValue)
        w.put(UInt8(0))
        w.put(UInt16(0))
    }

    /// Length and bytes; nil has a length of its own.
    static func put(_ w: inout ByteWriter, _ bytes: [UInt8]?) {
        w.put(bytes.map { UInt32($0.count) } ?? absentLength)
        if let bytes { w.put(bytes) }
    }

    static func getOptional(_ r: inout ByteReader) throws(StoreError) -> [UInt8]? {
        let length: UInt32 = try r.get()
        return length == absentLength ? nil : try r.get(count: Int(length))
    }

    static func get(_ r: inout ByteReader) throws(StoreError) -> [UInt8] {
        guard let bytes = try getOptional(&r) else { throw ByteReader.short() }
        return bytes
    }

    static func encode(entries: [PageMap.Change]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: entries.count * entryBytes)
        bytes.withUnsafeMutableBytes { buffer in
            for (i, change) in entries.enumerated() {
                buffer.storeBytes(of: change.page.littleEndian, toByteOffset: i * entryBytes, as: UInt32.self)
                buffer.storeBytes(of: change.entry.place.littleEndian, toByteOffset: i * entryBytes + 4, as: UInt64.self)
                buffer.storeBytes(of: change.entry.sum.littleEndian, toByteOffset: i * entryBytes + 12, as: UInt64.self)
            }
        }
        return bytes
    }

    static func decode(entries count: Int, _ r: inout ByteReader) throws(StoreError) -> [PageMap.Change] {
        guard r.remaining / entryBytes >= count else { throw ByteReader.short() }
        var entries: [PageMap.Change] = []
        entries.reserveCapacity(count)
        var last: UInt32 = 0
        for _ in 0 ..< count {
            let page: UInt32 = try r.get(), place: UInt64 = try r.get(), sum: UInt64 = try r.get()
            let entry = MapEntry(place: place, sum: sum)
            guard page > last, entry.isNone || entry.isPossible else {
                throw .corrupt(branch: nil, page: page, slot: place, detail: "impossible entry of a commit")
            }
            last = page
            entries.append((page, entry))
        }
        return entries
    }

    /// Reads one record; the external list of a commit is left to the caller (`entries` is empty, `listCount` says how many).
    static func decode(_ bytes: [UInt8], at offset: Int, end: Int) throws(StoreError) -> (record: LogRecord, listCount: Int, end: Int) {
        var r = ByteReader(bytes, from: offset, to: end)
        let length: UInt32 = try r.get()
        guard Int(length) >= headerBytes, Int(length) <= end - offset else { throw ByteReader.short() }
        let stop = offset + Int(length)
        r = ByteReader(bytes, from: offset + 4, to: stop)
        let kind: UInt8 = try r.get(), flags: UInt8 = try r.get()
        _ = try r.get(UInt16.self)
        func version(_ raw: UInt64) -> LSN? { raw == absent ? nil : raw }
        var listCount = 0
        let record: LogRecord
        switch Kind(rawValue: kind) {
        case .commit:
            let branch: UInt64 = try r.get(), parent: UInt64 = try r.get(), cut: UInt32 = try r.get(), pages: UInt32 = try r.get()
            let counter: UInt32 = try r.get(), count: UInt32 = try r.get(), time: Int64 = try r.get(), merged: UInt64 = try r.get()
            let slot: UInt64 = try r.get(), sum: UInt64 = try r.get(), size: UInt64 = try r.get()
            let origin = try get(&r)
            let metadata = try getOptional(&r)
            var commit = CommitRecord(
                branch: BranchID(rawValue: branch), parent: parent, cut: flags & CommitFlag.cut != 0 ? cut : nil, pageCount: pages,
                changeCounter: counter, timeMicros: time, mergedFrom: version(merged), presynced: flags & CommitFlag.presynced != 0,
                origin: origin, metadata: metadata, entries: [], list: nil
            )
            if flags & CommitFlag.external != 0 {
                commit.list = BlobAddress(slot: Slot(truncatingIfNeeded: slot), sum: sum, length: size)
                listCount = Int(count)
            } else {
                commit.entries = try decode(entries: Int(count), &r)
                commit.isOverlay = flags & CommitFlag.overlay != 0
                if commit.isOverlay { commit.deltas = try r.get(count: r.remaining) }
            }
            guard commit.isConsistent else {
                throw .corrupt(branch: commit.branch, page: nil, slot: nil, detail: "a commit's differences do not fit its entries")
            }
            record = .commit(commit)
        case .fork:
            let branch: UInt64 = try r.get(), from: UInt64 = try r.get()
            record = .fork(branch: BranchID(rawValue: branch), version: from, metadata: try get(&r))
        case .discard:
            record = .discard(BranchID(rawValue: try r.get()))
        case .move:
            let branch: UInt64 = try r.get(), target: UInt64 = try r.get(), merged: UInt64 = try r.get(), counter: UInt32 = try r.get()
            _ = try r.get(UInt32.self)
            let generation: UInt64 = try r.get(), time: Int64 = try r.get()
            record = .move(MoveRecord(
                branch: BranchID(rawValue: branch), target: target, mergedFrom: version(merged), changeCounter: counter,
                generation: generation, timeMicros: time, metadata: try getOptional(&r)
            ))
        case .metadata:
            let branch: UInt64 = try r.get()
            record = .metadata(BranchID(rawValue: branch), try get(&r))
        case .value:
            let key = String(decoding: try get(&r), as: UTF8.self)
            record = .value(key: key, try getOptional(&r))
        case nil:
            throw .corrupt(branch: nil, page: nil, slot: nil, detail: "log record of unknown kind \(kind)")
        }
        return (record, listCount, stop)
    }

    static func == (a: LogRecord, b: LogRecord) -> Bool { a.encoded() == b.encoded() }
}

extension CommitRecord {
    /// Appends the record.
    func encode(into w: inout ByteWriter) {
        let start = w.count
        w.put(UInt32(0))
        w.put(LogRecord.Kind.commit.rawValue)
        w.put((presynced ? LogRecord.CommitFlag.presynced : 0) | (list != nil ? LogRecord.CommitFlag.external : 0)
            | (cut != nil ? LogRecord.CommitFlag.cut : 0) | (isOverlay ? LogRecord.CommitFlag.overlay : 0))
        w.put(UInt16(0))
        w.put(branch.rawValue)
        w.put(parent)
        w.put(cut ?? 0)
        w.put(pageCount)
        w.put(changeCounter)
        w.put(UInt32(entries.count))
        w.put(timeMicros)
        w.put(mergedFrom ?? LogRecord.absent)
        w.put(UInt64(list?.slot ?? 0))
        w.put(list?.sum ?? 0)
        w.put(list?.length ?? 0)
        LogRecord.put(&w, origin)
        LogRecord.put(&w, metadata)
        if list == nil {
            for change in entries {
                w.put(change.page)
                w.put(change.entry.place)
                w.put(change.entry.sum)
            }
        }
        w.put(deltas)
        w.patch(UInt32(w.count - start), at: start)
    }
}
