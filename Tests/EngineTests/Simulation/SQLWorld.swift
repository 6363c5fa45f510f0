import PageStore

@testable import Engine

/// Random SQL on several branches and connections of a store on a simulated disk, beside the same SQL in stock SQLite.
final class SQLWorld {
    /// What a version holds.
    struct Content {
        var image: [UInt8]
        var dump: String
    }

    /// A connection that was opened once and sleeps between the steps that use it.
    private struct Sleeper {
        var connection: Connection
        var branch: BranchID
        /// In an open transaction: what it saw when it began.
        var sees: String?
        /// Whether the transaction goes on seeing that.
        var isFixed = false
    }

    let disk: SimulatedDisk
    private let options: StoreOptions
    private var store: Store
    private var engine: Engine
    private var sleepers: [Sleeper] = []
    private var random = SeededGenerator(seed: 0)
    private var nextBranch: UInt64 = 1
    private var nextValue: Int64 = 1
    private(set) var trace: [String] = []
    private(set) var counts: [String: Int] = [:]

    // The model: heads at each log position, contents of versions.
    private var moments: [UInt64: [BranchID: UInt64]] = [:]
    private var contents: [UInt64: Content] = [:]
    private var issued: UInt64 = 0
    private var durable: UInt64 = 0
    private(set) var points = 0
    private var probeFailure: (any Error)?
    /// The empty database that the engine made.
    private let firstVersion: UInt64

    init(seed: UInt64, rate: Double) throws {
        disk = SimulatedDisk(capacity: 24 << 20, seed: seed)
        var options = StoreOptions()
        options.backgroundMaintenance = false
        options.pageSize = 1024
        options.checkpointLogBytes = 64 << 10
        options.sync = seed % 3 == 2 ? .normal : .full
        options.transactionCacheBytes = 64 << 10
        self.options = options
        store = try Store.open(io: disk, path: "x", options: options)
        engine = try Engine(store: store)
        try require(store.branch(.main) != nil, "no main branch")
        issued = store.statistics().lastLSN
        durable = store.statistics().durableLSN
        firstVersion = store.branch(.main)?.head.rawValue ?? 0
        // Creating the database made versions of an empty one.
        for lsn in 0 ... issued {
            moments[lsn] = [.main: lsn]
            contents[lsn] = Content(image: [], dump: "")
        }
        if let head = store.branch(.main)?.head.rawValue { moments[issued] = [.main: head] }
        var lots = SeededGenerator(seed: seed &+ 77)
        disk.setProbe { [unowned self] operation in
            guard probeFailure == nil, Double.random(in: 0 ..< 1, using: &lots) < rate else { return }
            do { try look(operation, &lots) } catch { probeFailure = error }
        }
    }

    deinit { disk.setProbe(nil) }

    private func int(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }
    private func chance(_ p: Double) -> Bool { Double.random(in: 0 ..< 1, using: &random) < p }
    private func count(_ what: String) { counts[what, default: 0] += 1 }
    private func note(_ text: String) { trace.append(text) }

    // MARK: crashes

    private func look(_ operation: SimulatedDisk.Operation, _ lots: inout SeededGenerator) throws {
        let sectors = operation.sectors > 0 ? Int.random(in: 0 ... operation.sectors, using: &lots) : 0
        let outcome: SimulatedDisk.Outcome
        switch Int.random(in: 0 ..< 6, using: &lots) {
        case 0: outcome = .kill(sectors: sectors)
        case 1: outcome = .lost(sectors: sectors)
        case 2: outcome = .kept(sectors: sectors)
        default: outcome = .mixed(sectors: sectors, seed: lots.next())
        }
        points += 1
        try SQLWorld.verify(disk.crashed(outcome, during: operation), options, "\(outcome) during \(operation.call) at \(operation.offset)") { lsn in
            try require(durable <= lsn && lsn <= issued, "recovered LSN \(lsn), durable \(durable), issued \(issued)")
            return (moments[lsn] ?? [:]).mapValues { contents[$0]?.dump ?? "" }
        }
    }

    /// Opens a disk after a crash: each branch has what the model says of the log position, and is sound.
    private static func verify(
        _ disk: SimulatedDisk, _ options: StoreOptions, _ what: String, expected: (UInt64) throws -> [BranchID: String]
    ) throws {
        do {
            let store = try Store.open(io: disk, path: "x", options: options)
            let engine = try Engine(store: store)
            let expected = try expected(store.statistics().lastLSN)
            try require(Set(expected.keys) == Set(store.branches().map(\.id)), "branches \(store.branches().map(\.id)), expected \(expected.keys)")
            for (branch, dump) in expected {
                let connection = try engine.checkout(.head(branch))
                let found = try contentDump { try connection.query($0) }
                try require(found == dump, "branch \(branch.hex):\n\(found)\nexpected:\n\(dump)")
                try require(try connection.query("PRAGMA integrity_check") == [["ok"]], "branch \(branch.hex): integrity_check")
                engine.checkin(connection)
            }
            engine.close()
            let report = try store.check()
            try require(report.isSound, "\(report.problems.prefix(3))")
        } catch {
            throw Violation("\(what): \(error)")
        }
    }

    private func reopen(power: Bool) throws {
        for sleeper in sleepers { sleeper.connection.close() }
        sleepers = []
        engine.close()
        if power { disk.losePower() } else { disk.restart() }
        let least = power ? durable : issued
        store = try Store.open(io: disk, path: "x", options: options)
        engine = try Engine(store: store)
        let lsn = store.statistics().lastLSN
        try require(least <= lsn && lsn <= issued, "recovered LSN \(lsn), \(least) must be there, issued \(issued)")
        if lsn < issued { for k in lsn + 1 ... issued { (moments[k], contents[k]) = (nil, nil) } }
        issued = lsn
        durable = lsn
        count(power ? "power loss" : "kill")
    }

    // MARK: running

    func run(_ steps: [SQLStep]) throws {
        try commit(["CREATE TABLE t(k INTEGER PRIMARY KEY, v, w TEXT)"], explicit: false)
        for (index, step) in steps.enumerated() {
            random = SeededGenerator(seed: step.salt)
            note("\(index): \(step)")
            count(step.kind.rawValue)
            do {
                try perform(step.kind)
            } catch let error as EngineError {
                throw Violation("unexpected: \(error)")
            } catch let error as StoreError {
                throw Violation("unexpected: \(error)")
            }
            if let probeFailure { throw probeFailure }
            durable = max(durable, min(issued, store.statistics().durableLSN))
        }
        for index in sleepers.indices { try wake(index) }
    }

    private var heads: [BranchID: UInt64] { moments[issued] ?? [:] }
    private func randomBranch() -> BranchID { heads.keys.sorted().randomElement(using: &random) ?? .main }

    /// A record that the next operation writes.
    private func expect(_ change: (inout [BranchID: UInt64], UInt64) -> Void) {
        var next = heads
        change(&next, issued + 1)
        issued += 1
        moments[issued] = next
    }

    private func confirm() throws {
        let lsn = store.statistics().lastLSN
        try require(lsn == issued, "LSN \(lsn), expected \(issued)")
    }

    private func perform(_ kind: SQLStep.Kind) throws {
        switch kind {
        case .write, .schema, .bulk: try commit([statement(kind)], explicit: false)
        case .transaction: try commit((0 ..< int(2 ..< 6)).map { _ in statement(.write) }, explicit: true)
        case .rollback: try rollBack()
        case .read: try read()
        case .fork:
            guard heads.count < 6 else { return }
            let source = randomBranch(), branch = BranchID(rawValue: nextBranch)
            nextBranch += 1
            note("  fork \(branch.rawValue) from \(source.rawValue)")
            expect { heads, _ in heads[branch] = heads[source] }
            try store.forkHead(of: source, as: branch)
            try confirm()
        case .discard:
            let branch = randomBranch()
            if branch == .main { return }
            note("  discard \(branch.rawValue)")
            for sleeper in sleepers where sleeper.branch == branch { sleeper.connection.close() }
            sleepers.removeAll { $0.branch == branch }
            expect { heads, _ in heads[branch] = nil }
            try store.discard(branch)
            engine.evict(branch)
            try confirm()
        case .restore: try restore()
        case .reclaim: try store.reclaim()
        case .checkpoint: try store.checkpoint()
        case .vacuum: try vacuum()
        case .connect:
            guard sleepers.count < 8 else { return }
            let branch = randomBranch()
            let connection = try engine.checkout(.head(branch))
            sleepers.append(Sleeper(connection: connection, branch: branch))
            try wake(sleepers.count - 1) // it has pages and a schema to be wrong about
        case .disconnect:
            guard !sleepers.isEmpty else { return }
            let sleeper = sleepers.remove(at: int(0 ..< sleepers.count))
            engine.checkin(sleeper.connection)
        case .sleepInTransaction:
            guard let index = sleepers.indices.filter({ sleepers[$0].sees == nil }).randomElement(using: &random) else { return }
            let connection = sleepers[index].connection
            let isolation = [TransactionIsolation.readCommitted, .repeatableRead, .sqliteDeferred].randomElement(using: &random) ?? .readCommitted
            note("  \(isolation) on \(sleepers[index].branch.rawValue)")
            try connection.transaction.begin(isolation)
            let seen = try contentDump { try connection.query($0) }
            try require(seen == dump(of: sleepers[index].branch), "a transaction begins with\n\(seen)\nexpected:\n\(dump(of: sleepers[index].branch))")
            sleepers[index].sees = seen
            sleepers[index].isFixed = isolation != .readCommitted
        case .wake:
            guard !sleepers.isEmpty else { return }
            try wake(int(0 ..< sleepers.count))
        case .kill: try reopen(power: false)
        case .losePower: try reopen(power: true)
        }
    }

    private func dump(of branch: BranchID) -> String { heads[branch].flatMap { contents[$0]?.dump } ?? "" }

    /// A connection that slept sees its branch as it is now, pages and schema, whatever happened to it meanwhile.
    private func wake(_ index: Int) throws {
        let sleeper = sleepers[index], connection = sleeper.connection
        if let seen = sleeper.sees {
            sleepers[index].sees = nil
            let found = try contentDump { try connection.query($0) }
            let expected = sleeper.isFixed ? seen : dump(of: sleeper.branch)
            try require(found == expected, "an open transaction sees\n\(found)\nexpected:\n\(expected)")
            try connection.execute("ROLLBACK")
        }
        let found = try contentDump { try connection.query($0) }
        try require(found == dump(of: sleeper.branch), "a connection that slept sees\n\(found)\nexpected:\n\(dump(of: sleeper.branch))")
        if chance(0.3) { try require(try connection.query("PRAGMA integrity_check") == [["ok"]], "integrity_check of a connection that slept") }
    }

    private func read() throws {
        let branch = randomBranch(), connection = try engine.checkout(.head(branch))
        defer { engine.checkin(connection) }
        let found = try contentDump { try connection.query($0) }
        try require(found == dump(of: branch), "branch \(branch.hex):\n\(found)\nexpected:\n\(dump(of: branch))")
    }

    // MARK: writes

    private func statement(_ kind: SQLStep.Kind) -> String {
        nextValue += 1
        let key = int(1 ..< 60), table = chance(0.8) ? "t" : "u"
        switch kind {
        case .schema:
            return [
                "CREATE TABLE IF NOT EXISTS u(k INTEGER PRIMARY KEY, v, w TEXT)", "DROP TABLE IF EXISTS u", "CREATE INDEX IF NOT EXISTS i ON t(v)",
                "DROP INDEX IF EXISTS i", "ALTER TABLE t ADD COLUMN c\(nextValue) INTEGER DEFAULT \(nextValue)",
                "CREATE TABLE x\(nextValue)(a INTEGER PRIMARY KEY, b)", "CREATE VIEW y\(nextValue) AS SELECT k FROM t",
            ][int(0 ..< 7)]
        case .bulk:
            return "INSERT OR REPLACE INTO t(k, v, w) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(int(50 ..< 200))) "
                + "SELECT i + 100, \(nextValue), hex(zeroblob(150)) FROM n"
        default:
            switch int(0 ..< 10) {
            case 0, 1: return "DELETE FROM \(table) WHERE k BETWEEN \(key) AND \(key + 5)"
            case 2: return "DELETE FROM t WHERE k > 100"
            case 3, 4: return "UPDATE \(table) SET v = \(nextValue) WHERE k % 7 = \(key % 7)"
            default: return "INSERT OR REPLACE INTO \(table)(k, v, w) VALUES(\(key), \(nextValue), hex(zeroblob(\(int(1 ..< 1200)))))"
            }
        }
    }

    private func commit(_ statements: [String], explicit: Bool) throws {
        let branch = randomBranch()
        let plain = try StockDatabase(heads[branch].flatMap { contents[$0]?.image } ?? [])
        var accepted: [String] = []
        if explicit { _ = plain.execute("BEGIN") }
        for text in statements where plain.execute(text) { accepted.append(text) }
        if explicit { _ = plain.execute("COMMIT") }
        if accepted.isEmpty { return }
        note("  on \(branch.rawValue): \(accepted)")
        let connection = try writer(of: branch)
        let before = issued
        expect { heads, lsn in heads[branch] = lsn }
        contents[issued] = Content(image: plain.image(), dump: try plain.dump())
        let dump = contents[issued]?.dump
        if explicit { try connection.connection.execute("BEGIN") }
        for text in accepted { try connection.connection.execute(text) }
        if explicit { try connection.connection.execute("COMMIT") }
        if store.statistics().lastLSN == before { // nothing has changed
            (moments[issued], contents[issued]) = (nil, nil)
            issued = before
            try require(dump == self.dump(of: branch), "a change was not committed")
        }
        try confirm()
        if options.sync == .full, issued > before { try require(store.statistics().durableLSN >= issued, "acknowledged before it was durable") }
        if !connection.isSleeper { engine.checkin(connection.connection) }
    }

    /// A sleeping connection of the branch that is free, or one of the pool.
    private func writer(of branch: BranchID) throws -> (connection: Connection, isSleeper: Bool) {
        let free = sleepers.filter { $0.branch == branch && $0.sees == nil }
        if let sleeper = free.randomElement(using: &random), chance(0.6) { return (sleeper.connection, true) }
        return (try engine.checkout(.head(branch)), false)
    }

    private func rollBack() throws {
        let branch = randomBranch(), connection = try writer(of: branch)
        let statements = [statement(.write), statement(.bulk), statement(.schema)]
        note("  roll back on \(branch.rawValue): \(statements)")
        try connection.connection.execute("BEGIN")
        for text in statements { do { try connection.connection.execute(text) } catch { note("  refused: \(error)") } }
        try connection.connection.execute("ROLLBACK")
        let found = try contentDump { try connection.connection.query($0) }
        try require(found == dump(of: branch), "after ROLLBACK:\n\(found)\nexpected:\n\(dump(of: branch))")
        try confirm()
        if !connection.isSleeper { engine.checkin(connection.connection) }
    }

    /// The head jumps to another version, of the same branch or of another one: restore, reset, fast-forward.
    private func restore() throws {
        let branch = randomBranch()
        // The versions before main's database was made are not for SQLite.
        let kept = contents.keys.filter { $0 >= firstVersion && store.version(VersionID(rawValue: $0)) != nil }.sorted()
        guard let target = (chance(0.5) ? heads[randomBranch()] : kept.randomElement(using: &random)) else { return }
        note("  move \(branch.rawValue) to version \(target)")
        expect { heads, lsn in heads[branch] = lsn }
        contents[issued] = contents[target]
        try store.moveHead(of: branch, to: VersionID(rawValue: target))
        try confirm()
    }

    private func vacuum() throws {
        let branch = randomBranch()
        let before = issued
        expect { heads, lsn in heads[branch] = lsn }
        contents[issued] = heads[branch].flatMap { _ in moments[before]?[branch].flatMap { contents[$0] } }
        try engine.vacuum(branch)
        if store.statistics().lastLSN == before {
            (moments[issued], contents[issued]) = (nil, nil)
            issued = before
        }
        try confirm()
    }
}
