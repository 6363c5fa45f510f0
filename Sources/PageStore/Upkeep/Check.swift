/// What `Store.check` found.
public struct CheckReport: Sendable, Equatable {
    public var branches = 0
    public var versions = 0
    /// Page images that versions reach, each counted once.
    public var images = 0
    /// Map nodes that versions reach, each counted once.
    public var nodes = 0
    public var fileSlots = 0
    /// What is wrong, in words that name branch, page and slot. Empty for a sound store.
    public var problems: [String] = []
    /// Problems beyond those listed.
    public var furtherProblems = 0

    public var isSound: Bool { problems.isEmpty }

    static let problemLimit = 1000

    mutating func add(_ problem: String) {
        if problems.count < CheckReport.problemLimit { problems.append(problem) } else { furtherProblems += 1 }
    }
}

extension Store {
    /// Verifies everything: recomputes from all versions what each slot is used for and compares, reads all images and
    /// nodes and compares their checksums, and reads superblocks, tables, free map and log as they lie in the file. Readers and writers go on; checkpoints and reclaim wait.
    ///
    /// - Parameter progress: called now and then with the images read so far; returns false to stop (throws `closed`).
    public func check(_ progress: ((_ images: Int) -> Bool)? = nil) throws(StoreError) -> CheckReport {
        try state.checkOpen()
        maintenance.lock.lock()
        defer { maintenance.lock.unlock() }
        var check = Check(store: self)
        return try check.run(progress)
    }
}

/// A check under way.
struct Check {
    let store: Store
    var report = CheckReport()
    var wanted: [UInt8] = []
    var seen: Set<NodeRef> = []
    /// Slots marked as images, and those among them whose checksum was compared (the base of a difference may have none).
    var marked: Set<Slot> = []
    var verified: Set<Slot> = []
    var stopped = false

    init(store: Store) { self.store = store }

    private mutating func mark(_ slot: Slot, as value: UInt8, _ what: @autoclosure () -> String) {
        let slot = Int(slot)
        guard slot < wanted.count else { return report.add("slot \(slot) (\(what())) lies beyond the end of the file") }
        if value <= SlotState.maximumNodes {
            if wanted[slot] < SlotState.maximumNodes { wanted[slot] += value } else { report.add("slot \(slot) (\(what())) is used twice") }
        } else if wanted[slot] == 0 {
            wanted[slot] = value
        } else {
            report.add("slot \(slot) (\(what())) is used twice")
        }
    }

    mutating func run(_ progress: ((Int) -> Bool)?) throws(StoreError) -> CheckReport {
        let registry = store.registry, space = store.space, maintenance = store.maintenance
        registry.lock.lock()
        space.lock.lock()
        let states = space.statesLocked
        let quarantined = states.indices.filter { space.isQuarantinedLocked($0) }
        let versions = registry.versions.values.sorted { $0.id < $1.id }
        let system = registry.extents.flatMap { Array($0 ..< $0 + Slot(space.extentSlots)) } + registry.lists.flatMap(\.slots)
        report.branches = registry.branches.count
        let published = registry.published
        space.lock.unlock()
        registry.lock.unlock()
        report.versions = versions.count
        report.fileSlots = states.count
        wanted = [UInt8](repeating: 0, count: states.count)
        let own: [Slot] = [0, 1, 2, 3] + system + maintenance.tableSlots + maintenance.chunks.map(\.slot).filter { $0 != 0 }
        for slot in own { mark(slot, as: SlotState.system, "log, table or free map") }
        file(published: published)
        for version in versions {
            guard let root = version.root else { continue }
            do throws(StoreError) {
                try walk(root, base: 0, version, progress)
            } catch {
                report.add("version \(version.id): \(error.message)")
            }
            if stopped { throw .closed }
        }
        for slot in states.indices where states[slot] != wanted[slot] {
            if wanted[slot] == 0 {
                report.add("slot \(slot) is marked used (\(states[slot])) but nothing reaches it")
            } else if states[slot] == 0 {
                report.add("slot \(slot) is marked free but is in use (\(wanted[slot]))")
            } else {
                report.add("slot \(slot) is marked \(states[slot]) but should be \(wanted[slot])")
            }
        }
        for slot in quarantined where wanted[slot] != 0 { report.add("slot \(slot) waits to be released but is in use") }
        report.nodes = seen.count
        return report
    }

    private mutating func walk(_ node: NodeRef, base: UInt32, _ version: Version, _ progress: ((Int) -> Bool)?) throws(StoreError) {
        if stopped || !seen.insert(node).inserted { return }
        let level = Int(node.pointee.level)
        let address = node.pointee.address
        if address != 0 {
            let slot = NodeAddress.slot(address)
            mark(slot, as: 1, "map node")
            if Int(slot) < wanted.count {
                let bytes = try store.io.slotBytes(slot)
                if NodeTable.nodeBytes(level: level, address: address, sum: node.pointee.sum, slotBytes: bytes) == nil {
                    report.add("slot \(slot): the checksum of a map node (branch \(version.branch.hex), pages from \(base)) does not fit")
                }
            }
        }
        let body = try store.nodes.body(node)
        if node.pointee.isOverlay { return try walk(Overlay(raw: body), version, progress) }
        for i in 0 ..< Node.fanout {
            let first = base + UInt32(i) << UInt32(Node.fanoutBits * level)
            if level > 0 {
                if let child = body.children[i] { try walk(child, base: first, version, progress) }
                continue
            }
            if !body.entries[i].isNone { image(body.entries[i], page: first, version, progress) }
        }
    }

    private mutating func walk(_ overlay: Overlay, _ version: Version, _ progress: ((Int) -> Bool)?) throws(StoreError) {
        if let tree = overlay.tree { try walk(tree, base: 0, version, progress) }
        for i in 0 ..< overlay.count {
            let entry = overlay.entries[i], page = overlay.pages[i]
            if entry.isDelta {
                difference(entry, overlay.delta(i), page: page, version)
            } else {
                image(entry, page: page, version, progress)
            }
        }
    }

    private func place(_ entry: MapEntry, _ page: PageNumber, _ version: Version) -> String {
        "branch \(version.branch.hex), version \(version.id), page \(page), slot \(entry.slot)"
    }

    /// Marks a slot as holding an image, once: maps of neighbouring versions share images.
    private mutating func claim(_ entry: MapEntry, page: PageNumber, _ version: Version) {
        guard marked.insert(entry.slot).inserted else { return }
        mark(entry.slot, as: SlotState.image, "page \(page) of branch \(version.branch.hex)")
        report.images += 1
    }

    private mutating func image(_ entry: MapEntry, page: PageNumber, _ version: Version, _ progress: ((Int) -> Bool)?) {
        claim(entry, page: page, version)
        if !verified.insert(entry.slot).inserted { return }
        do throws(StoreError) {
            if Hash64.hash(try store.io.slotBytes(entry.slot)) != entry.sum { report.add("\(place(entry, page, version)): the checksum does not fit") }
        } catch {
            report.add("\(place(entry, page, version)): \(error.message)")
        }
        if report.images % 1024 == 0, let progress, !progress(report.images) { stopped = true }
    }

    private mutating func difference(_ entry: MapEntry, _ delta: UnsafeRawBufferPointer, page: PageNumber, _ version: Version) {
        claim(entry, page: page, version)
        do throws(StoreError) {
            var bytes = try store.io.slotBytes(entry.slot)
            let fits = bytes.withUnsafeMutableBytes { buffer in
                guard let target = buffer.baseAddress, let runs = delta.baseAddress else { return false }
                return PageDelta.apply(runs, count: delta.count, to: target, pageSize: buffer.count) && Hash64.hash(target, count: buffer.count) == entry.sum
            }
            if !fits { report.add("\(place(entry, page, version)): the checksum of a difference does not fit") }
        } catch {
            report.add("\(place(entry, page, version)): \(error.message)")
        }
    }
}
