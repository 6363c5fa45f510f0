/// The version table: versions, branches and store values as one sequence of bytes.
enum TableFormat {
    private static let none = UInt64.max

    static func encode(versions: [Version], branches: [BranchImage], values: [String: [UInt8]]) -> [UInt8] {
        var w = ByteWriter(capacity: 64 + versions.count * Registry.versionBytes + branches.count * Registry.branchBytes)
        w.put(UInt64(versions.count))
        for v in versions {
            w.put(v.id)
            w.put(v.branch.rawValue)
            w.put(v.parent)
            w.put(v.root?.pointee.address ?? 0)
            w.put(v.root?.pointee.sum ?? 0)
            w.put(UInt32(v.root?.pointee.level ?? 0))
            w.put(v.pageCount)
            w.put(v.changeCounter)
            w.put(UInt32(v.merged.count))
            w.put(v.timeMicros)
            for id in v.merged { w.put(id) }
            LogRecord.put(&w, v.origin)
        }
        w.put(UInt64(branches.count))
        for branch in branches {
            w.put(branch.id.rawValue)
            w.put(branch.head)
            w.put(branch.generation)
            LogRecord.put(&w, branch.metadata)
        }
        w.put(UInt64(values.count))
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            LogRecord.put(&w, Array(key.utf8))
            LogRecord.put(&w, value)
        }
        return w.bytes
    }

    private static func damage(_ detail: String) -> StoreError { .corrupt(branch: nil, page: nil, slot: nil, detail: "version table: \(detail)") }

    /// Fills an empty registry.
    static func decode(_ bytes: [UInt8], into registry: Registry, nodes: NodeTable) throws(StoreError) {
        var r = ByteReader(bytes)
        var all: [Version] = []
        let count: UInt64 = try r.get()
        for _ in 0 ..< count {
            let id: UInt64 = try r.get(), branch: UInt64 = try r.get(), parent: UInt64 = try r.get()
            let address: UInt64 = try r.get(), sum: UInt64 = try r.get(), level: UInt32 = try r.get()
            let pages: UInt32 = try r.get(), counter: UInt32 = try r.get(), mergedCount: UInt32 = try r.get(), time: Int64 = try r.get()
            guard level <= UInt32(Node.maximumLevel) || level == UInt32(Node.overlayLevel), parent == none || parent < id else { throw damage("impossible version \(id)") }
            guard r.remaining / 8 >= Int(mergedCount) else { throw ByteReader.short() }
            var merged: [LSN] = []
            for _ in 0 ..< mergedCount { merged.append(try r.get()) }
            let root = address == 0 ? nil : try nodes.reference(level: Int(level), address: address, sum: sum)
            let version = Version(
                id: id, branch: BranchID(rawValue: branch), root: root, pageCount: pages, changeCounter: counter, timeMicros: time,
                origin: try LogRecord.get(&r), parent: parent, merged: merged
            )
            guard registry.versions.updateValue(version, forKey: id) == nil else { throw damage("version \(id) twice") }
            all.append(version)
        }
        for version in all {
            guard version.parent == none || registry.versions[version.parent] != nil,
                  version.merged.allSatisfy({ $0 < version.id && registry.versions[$0] != nil }) else { throw damage("parents of version \(version.id)") }
            registry.insert(version)
        }
        let branchCount: UInt64 = try r.get()
        for _ in 0 ..< branchCount {
            let id: UInt64 = try r.get(), head: UInt64 = try r.get(), generation: UInt64 = try r.get()
            guard let version = registry.versions[head], registry.branches[BranchID(rawValue: id)] == nil else { throw damage("head of branch \(id)") }
            registry.addBranch(BranchID(rawValue: id), head: version, generation: generation, metadata: try LogRecord.get(&r), created: 0)
        }
        let valueCount: UInt64 = try r.get()
        for _ in 0 ..< valueCount {
            let key = String(decoding: try LogRecord.get(&r), as: UTF8.self)
            registry.values[key] = try LogRecord.get(&r)
        }
    }
}
