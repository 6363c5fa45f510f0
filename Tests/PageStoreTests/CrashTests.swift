import Glibc
import Testing
@testable import PageStore

/// A random workload on a simulated disk, against a model, with power losses, kills, failed syncs and full disks.
final class CrashWorld {
    static let pageSize = 1024

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// The registry as of one log sequence number.
    struct Moment {
        var heads: [BranchID: UInt64] = [.main: 0]
        var metadata: [BranchID: [UInt8]] = [.main: []]
        var values: [String: [UInt8]] = [:]
    }

    var random: SeededGenerator
    let disk: SimulatedDisk
    var options: StoreOptions
    var store: Store?
    /// The model: registry at each LSN, content of each version (page to tag).
    var moments: [UInt64: Moment] = [0: Moment()]
    var contents: [UInt64: [PageNumber: UInt64]] = [0: [:]]
    var issued: UInt64 = 0
    var durable: UInt64 = 0
    var nextBranch: UInt64 = 1
    var nextTag: UInt64 = 1
    var pins: [Snapshot] = []
    var readers: [(store: Store, lsn: UInt64)] = []
    var counts: [String: Int] = [:]
    let nested: Bool

    init(seed: UInt64, nested: Bool = false) throws {
        random = SeededGenerator(seed: seed)
        self.nested = nested
        let slots = nested ? 4000 : [200, 240, 300, 400, 2000].randomElement(using: &random) ?? 400
        disk = SimulatedDisk(capacity: slots * CrashWorld.pageSize, seed: seed)
        options = quietOptions(pageSize: CrashWorld.pageSize)
        options.logExtentSlots = 8
        options.maxFileBytes = UInt64(slots * CrashWorld.pageSize)
        options.transactionCacheBytes = 12 * CrashWorld.pageSize
        options.checkpointLogBytes = nested ? 1 << 30 : 24 << 10
        options.checkpointQuarantinedSlots = nested ? 1 << 30 : 60
        options.sync = Bool.random(using: &random) ? .full : .normal
        let clock = Counter()
        options.clock = { clock.next() }
        store = try Store.open(io: disk, path: "x", options: options)
    }

    final class Counter: @unchecked Sendable { // tests are single-threaded
        private var value: Int64 = 0
        func next() -> Int64 { value += 1; return value }
    }

    func int(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }
    func chance(_ p: Double) -> Bool { Double.random(in: 0 ..< 1, using: &random) < p }
    func count(_ what: String) { counts[what, default: 0] += 1 }
    func require(_ condition: Bool, _ text: @autoclosure () -> String) throws { if !condition { throw Failure(description: text()) } }

    static func page(_ tag: UInt64) -> [UInt8] {
        // Pages of near tags differ a little only, so that some are kept as differences.
        var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: tag / 64), count: pageSize)
        bytes.withUnsafeMutableBytes { buffer in
            buffer.storeBytes(of: tag, toByteOffset: 200, as: UInt64.self)
            buffer.storeBytes(of: tag, toByteOffset: 1000, as: UInt64.self)
        }
        return bytes
    }

    func verify(_ snapshot: Snapshot, _ version: UInt64, _ what: String) throws {
        guard let content = contents[version] else { throw Failure(description: "\(what): version \(version) was never made") }
        var bytes = [UInt8](repeating: 0, count: CrashWorld.pageSize)
        let pages = max(snapshot.pageCount, content.keys.max() ?? 0)
        if pages == 0 { return }
        for page in 1 ... pages {
            let status = bytes.withUnsafeMutableBytes { buffer in buffer.baseAddress.map { snapshot.read(page, into: $0) } }
            guard status == .ok || status == .absent else {
                throw Failure(description: "\(what): version \(version) page \(page): \(String(describing: snapshot.failure(reading: page)))")
            }
            let (a, b) = bytes.withUnsafeBytes { ($0.loadUnaligned(fromByteOffset: 200, as: UInt64.self), $0.loadUnaligned(fromByteOffset: 1000, as: UInt64.self)) }
            let expected = content[page] ?? 0
            try require(a == expected && b == expected, "\(what): version \(version) page \(page): tag \(a), expected \(expected)")
        }
    }

    func verifyAll(_ store: Store, lsn: UInt64, _ what: String) throws {
        guard let moment = moments[lsn] else { throw Failure(description: "\(what): LSN \(lsn) was never issued") }
        let heads = Dictionary(uniqueKeysWithValues: store.branches().map { ($0.id, $0.head.rawValue) })
        try require(heads == moment.heads, "\(what): heads at LSN \(lsn): \(heads), expected \(moment.heads)")
        for branch in store.branches() { try require(branch.metadata == moment.metadata[branch.id], "\(what): metadata of \(branch.id.hex)") }
        for key in ["a", "b"] { try require(store.storeValue(key) == moment.values[key], "\(what): store value \(key)") }
        for id in store.registry.versions.keys { try verify(try store.snapshot(at: VersionID(rawValue: id)), id, what) }
    }

    func soundness(_ store: Store, _ what: String) throws {
        let report = try store.check()
        try require(report.isSound, "\(what): \(report.problems.prefix(5))")
    }

    // MARK: operations

    /// Enters the record that the next operation writes, then runs it; the record may be durable even if it fails.
    func record(_ store: Store, _ change: (inout Moment) -> Void, _ body: () throws -> Void) throws {
        let lsn = store.registry.published + 1
        var moment = moments[lsn - 1] ?? Moment()
        change(&moment)
        moments[lsn] = moment
        issued = lsn
        do {
            try body()
        } catch let error as StoreError {
            if !isFatal(error) { // refused: no record
                moments[lsn] = nil
                contents[lsn] = nil
                issued = lsn - 1
            }
            throw error
        }
        try require(store.registry.published == lsn, "LSN \(store.registry.published) after a record, expected \(lsn)")
        durable = max(durable, store.log.durable.load(ordering: .relaxed))
    }

    func isFatal(_ error: StoreError) -> Bool {
        switch error {
        case .poisoned, .io: return true
        default: return false
        }
    }

    func randomHead(_ store: Store) -> BranchID { store.branches().map(\.id).sorted().randomElement(using: &random) ?? .main }
    func randomVersion(_ store: Store) -> UInt64 { store.registry.versions.keys.sorted().randomElement(using: &random) ?? 0 }

    func commit(_ store: Store) throws {
        let branch = randomHead(store)
        let slot = try store.acquireWriter(of: branch, timeout: .zero)
        defer { slot.release() }
        let base = try store.snapshot(of: branch)
        var content = contents[base.version.rawValue] ?? [:]
        let transaction = try store.begin(slot, on: base)
        let big = chance(0.1)
        let near = PageNumber(int(1 ..< 60))
        if chance(0.1) {
            let pages = PageNumber(int(0 ..< 40))
            transaction.truncate(toPageCount: pages)
            content = content.filter { $0.key <= pages }
        }
        for _ in 0 ..< (big ? int(8 ..< 30) : int(1 ..< 6)) {
            let page = chance(0.6) ? near + PageNumber(int(0 ..< 6)) : PageNumber(int(1 ..< 70))
            let tag = chance(0.2) ? UInt64(int(1 ..< 3)) : nextTag
            nextTag += 1
            content[page] = tag
            try transaction.write(page, from: CrashWorld.page(tag))
        }
        if chance(0.08) { return transaction.rollback() }
        let metadata: [UInt8]? = chance(0.1) ? [UInt8(int(0 ..< 256))] : nil
        let merged: VersionID? = chance(0.1) ? VersionID(rawValue: randomVersion(store)) : nil
        let lsn = store.registry.published + 1
        contents[lsn] = content
        try record(store, { m in
            m.heads[branch] = lsn
            if let metadata { m.metadata[branch] = metadata }
        }, {
            let version = try transaction.commit(mergedFrom: merged, metadata: metadata)
            try require(version.rawValue == lsn, "version \(version), expected \(lsn)")
        })
        if options.sync == .full { try require(durable >= lsn, "acknowledged before it was durable") }
        if let overlay = try store.maps.overlay(store.registry.versions[lsn]?.root) {
            count("overlay")
            if (0 ..< overlay.count).contains(where: { overlay.entries[$0].isDelta }) { count("difference") }
        }
        count("commit")
    }

    func fork(_ store: Store) throws {
        guard store.branchCount < 8 else { return }
        let branch = BranchID(rawValue: nextBranch)
        nextBranch += 1
        if chance(0.5) {
            let source = randomHead(store)
            let head = store.branch(source)?.head.rawValue
            try record(store, { $0.heads[branch] = head; $0.metadata[branch] = [1] }, {
                _ = try store.forkHead(of: source, as: branch, metadata: [1], durable: chance(0.3))
            })
        } else {
            let version = randomVersion(store)
            try record(store, { $0.heads[branch] = version; $0.metadata[branch] = [2] }, {
                try store.fork(from: VersionID(rawValue: version), as: branch, metadata: [2])
            })
        }
        count("fork")
    }

    func move(_ store: Store) throws {
        let branch = randomHead(store), target = randomVersion(store)
        let lsn = store.registry.published + 1
        contents[lsn] = contents[target]
        try record(store, { $0.heads[branch] = lsn }, { _ = try store.moveHead(of: branch, to: VersionID(rawValue: target)) })
        count("move")
    }

    func discard(_ store: Store) throws {
        let branch = randomHead(store)
        if branch == .main { return }
        try record(store, { $0.heads[branch] = nil; $0.metadata[branch] = nil }, { try store.discard(branch, durable: chance(0.3)) })
        count("discard")
    }

    func discardError(_ store: Store, _ branch: BranchID) -> StoreError? {
        do {
            try record(store, { $0.heads[branch] = nil; $0.metadata[branch] = nil }, { try store.discard(branch) })
            return nil
        } catch {
            return error as? StoreError
        }
    }

    func values(_ store: Store) throws {
        let key = chance(0.5) ? "a" : "b"
        let value: [UInt8]? = chance(0.3) ? nil : [UInt8(int(0 ..< 256))]
        try record(store, { $0.values[key] = value }, { try store.setStoreValue(key, value) })
    }

    func write(_ store: Store) throws {
        switch int(0 ..< 10) {
        case 0: try fork(store)
        case 1: try discard(store)
        case 2: try move(store)
        case 3: try values(store)
        default: try commit(store)
        }
    }

    func step() throws {
        guard let store else { throw Failure(description: "no store") }
        let r = Double.random(in: 0 ..< 1, using: &random)
        if r < 0.62 {
            if nested, chance(0.3) {
                // A checkpoint or reclaim at some operation within the commit.
                var left = int(1 ..< 5)
                disk.setHook { [self] in
                    left -= 1
                    if left == 0 { if chance(0.7) { try? store.checkpoint() } else { _ = try? store.reclaim() } }
                }
                defer { disk.setHook(nil) }
                try write(store)
            } else {
                try write(store)
            }
        } else if r < 0.70 {
            if nested {
                var left = int(1 ..< 8)
                var failure: (any Error)?
                disk.setHook { [self] in
                    left -= 1
                    if left > 0 || failure != nil || left < -3 { return }
                    do { try write(store) } catch { failure = error }
                }
                defer { disk.setHook(nil) }
                try store.checkpoint()
                if let failure { throw failure }
            } else {
                try store.checkpoint()
            }
            durable = max(durable, store.log.durable.load(ordering: .relaxed))
            count("checkpoint")
        } else if r < 0.78 {
            _ = try store.reclaim()
        } else if r < 0.82 {
            if pins.count < 4 { pins.append(try store.snapshot(at: VersionID(rawValue: randomVersion(store)))) }
        } else if r < 0.85, let pin = pins.popLast() {
            try verify(pin, pin.version.rawValue, "pinned")
        } else if r < 0.87 {
            try openReader()
        } else if r < 0.90, let at = readers.indices.randomElement(using: &random) {
            try verifyAll(readers[at].store, lsn: readers[at].lsn, "read-only opener")
            count("read-only read")
            if chance(0.5) { readers.remove(at: at) }
        } else if r < 0.905 {
            disk.failNextSync()
        } else if r < 0.93 {
            disk.cutPower(after: int(1 ..< 30))
        } else if r < 0.94 {
            try reopen(power: false)
        } else if r < 0.945 {
            pins = []
            try? store.close() // may find the disk full while readers hold old slots
            try reopen(power: chance(0.5))
        } else {
            try soundness(store, "running")
        }
    }

    func openReader() throws {
        guard readers.count < 2 else { return }
        var readOnly = options
        readOnly.readOnly = true
        let reader = try Store.open(io: disk, path: "x", options: readOnly)
        let lsn = reader.registry.published
        try require(lsn >= (options.sync == .full ? 0 : 0) && lsn <= issued, "read-only opener sees LSN \(lsn) of \(issued)")
        try verifyAll(reader, lsn: lsn, "read-only opener at once")
        readers.append((reader, lsn))
    }

    func openAgain() -> StoreError? {
        do throws(StoreError) {
            store = try Store.open(io: disk, path: "x", options: options)
            return nil
        } catch {
            return error
        }
    }

    /// Restart after a power loss or a kill; recovery itself may be interrupted.
    func reopen(power: Bool) throws {
        var power = power
        disk.setHook(nil)
        while true {
            count(power ? "power loss" : "restart")
            pins = []
            store = nil
            if power {
                readers = []
                disk.losePower()
            } else {
                disk.restartOwner()
            }
            disk.failNextSync(chance(0.05))
            disk.cutPower(after: chance(0.3) ? int(1 ..< 40) : nil)
            guard let error = openAgain() else { break }
            switch error {
            case .io, .poisoned:
                count("crash in recovery")
                power = error == SimulatedDisk.powerLoss ? chance(0.7) : chance(0.3)
            case .diskFull:
                try require(!readers.isEmpty, "no room to recover")
                count("recovery waits for readers")
                readers = []
                power = false
            default:
                throw Failure(description: "recovery refused: \(error)")
            }
        }
        disk.cutPower(after: nil)
        disk.failNextSync(false)
        guard let store else { return }
        let lsn = store.registry.published
        try require(durable <= lsn && lsn <= issued, "recovered LSN \(lsn), acknowledged \(durable), issued \(issued)")
        try verifyAll(store, lsn: lsn, "after recovery")
        try soundness(store, "after recovery")
        let counts = store.space.counts
        try require(counts.inFlight == 0 && (counts.quarantined == 0 || !readers.isEmpty), "leak after recovery: \(counts)")
        if lsn < issued {
            for k in lsn + 1 ... issued {
                moments[k] = nil
                contents[k] = nil
            }
        }
        issued = lsn
        durable = lsn
    }

    func run(steps: Int) throws {
        for _ in 0 ..< steps {
            do {
                try step()
            } catch let error as StoreError {
                switch error {
                case .io, .poisoned:
                    count("fault")
                    try reopen(power: error == SimulatedDisk.syncFailure ? chance(0.3) : chance(0.8))
                case .diskFull:
                    count("disk full")
                    if readers.isEmpty == false, chance(0.5) { readers.removeFirst() }
                    if let store, chance(0.3) {
                        for branch in store.branches() where branch.id != .main && chance(0.7) {
                            guard let error = discardError(store, branch.id) else { continue }
                            if isFatal(error) {
                                try reopen(power: true)
                                break
                            }
                        }
                    }
                case .writerBusy, .staleHead, .noSuchVersion, .noSuchBranch:
                    count("refused")
                default:
                    throw Failure(description: "unexpected: \(error)")
                }
            } catch let failure as Failure {
                // What went wrong without power (in upkeep after a commit, whose errors are kept) is no finding.
                if !disk.isPowerOff { throw failure }
                try reopen(power: true)
            }
        }
        disk.failNextSync(false)
        disk.cutPower(after: nil)
        try reopen(power: true)
    }
}

@Suite struct CrashTests {
    /// BRANCHLITE_CRASH_SEEDS runs more (or other) seeds: COUNT or FIRST-COUNT.
    static func seeds(from first: UInt64, _ count: UInt64) -> Range<UInt64> {
        guard let text = getenv("BRANCHLITE_CRASH_SEEDS").map({ String(cString: $0) }) else { return first ..< first + count }
        let parts = text.split(separator: "-").compactMap { UInt64($0) }
        if parts.count == 2 { return first + parts[0] ..< first + parts[0] + parts[1] }
        return first ..< first + (parts.first ?? count)
    }

    @Test func recoversFromAnyCrash() throws {
        var total: [String: Int] = [:]
        for seed in CrashTests.seeds(from: 0, 16) {
            let world = try CrashWorld(seed: seed)
            do { try world.run(steps: 120) } catch { Issue.record("seed \(seed): \(error)") }
            total.merge(world.counts) { $0 + $1 }
        }
        print("crash simulation: \(total.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
        #expect(total["power loss", default: 0] > 30)
    }

    @Test func recoversFromCrashesWithinConcurrentCheckpoints() throws {
        var total: [String: Int] = [:]
        for seed in CrashTests.seeds(from: 100_000, 12) {
            let world = try CrashWorld(seed: seed, nested: true)
            do { try world.run(steps: 120) } catch { Issue.record("seed \(seed): \(error)") }
            total.merge(world.counts) { $0 + $1 }
        }
        print("nested crash simulation: \(total.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
        #expect(total["power loss", default: 0] > 30)
    }
}
