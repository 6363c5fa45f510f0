import Foundation
import PageStore
import Testing

@testable import Engine

@Suite struct FaultTests {
    @Test func fullDiskFailsTheStatementAndNothingElse() throws {
        var storeOptions = StoreOptions()
        storeOptions.sync = .off
        storeOptions.maxFileBytes = 6 << 20
        storeOptions.transactionCacheBytes = 64 << 10
        let store = try Store.open(path: ":memory:", options: storeOptions)
        let engine = try Engine(store: store)
        let main = try engine.checkout(.head(.main))
        try main.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB); INSERT INTO t VALUES(1, 'kept')")
        let flood = "INSERT INTO t(b) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 5000) SELECT randomblob(3000) FROM n"
        #expect(code { try main.execute(flood) } == "BL_DISK_FULL")
        #expect(try main.query("SELECT a, b FROM t") == [[1, "kept"]])
        try main.execute("INSERT INTO t VALUES(2, 'small')")

        // In a transaction the statement's failure takes the transaction with it, and says so until ROLLBACK.
        try main.execute("BEGIN; INSERT INTO t VALUES(3, 'lost')")
        #expect(code { try main.execute(flood) } == "BL_DISK_FULL")
        if main.transaction.isAborted {
            #expect(code { try main.execute("INSERT INTO t VALUES(4, 'x')") } == "BL_TRANSACTION_ABORTED")
        }
        try main.execute("ROLLBACK")
        #expect(try main.count("SELECT count(*) FROM t") == 2)
        #expect(try main.query("PRAGMA integrity_check") == [["ok"]])
        try main.execute("DELETE FROM t WHERE a = 2")
        #expect(try engine.checkout(.head(.main)).count("SELECT count(*) FROM t") == 1)
    }

    @Test func failedSyncFailsTheCommit() throws {
        let disk = SimulatedDisk(capacity: 32 << 20, seed: 5)
        var options = StoreOptions()
        options.backgroundMaintenance = false
        let store = try Store.open(io: disk, path: "disk", options: options)
        let engine = try Engine(store: store)
        let main = try engine.checkout(.head(.main))
        try main.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b); INSERT INTO t VALUES(1, 'kept')")
        try main.execute("BEGIN; INSERT INTO t VALUES(2, 'lost')")
        disk.failNextSync()
        let failure = code { try main.execute("COMMIT") }
        #expect(failure == "BL_IO" || failure == "BL_POISONED")
        #expect(!main.transaction.isOpen)
        #expect(code { try main.execute("INSERT INTO t VALUES(3, 'late')") } != nil)
        main.close()
        disk.losePower()
        let again = try Engine(store: Store.open(io: disk, path: "disk", options: options)).checkout(.head(.main))
        #expect(try again.query("PRAGMA integrity_check") == [["ok"]])
        #expect(try again.query("SELECT b FROM t WHERE a = 1") == [["kept"]])
        try again.execute("INSERT OR REPLACE INTO t VALUES(2, 'again')")
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func acknowledgedCommitsSurvivePowerLoss(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let disk = SimulatedDisk(capacity: 48 << 20, seed: seed)
        var options = StoreOptions()
        options.backgroundMaintenance = false
        options.checkpointLogBytes = 64 << 10
        var store = try Store.open(io: disk, path: "disk", options: options)
        var engine = try Engine(store: store)
        let branches = [BranchID.main, BranchID(rawValue: 1), BranchID(rawValue: 2)]
        do {
            let main = try engine.checkout(.head(.main))
            try main.execute("CREATE TABLE t(k INTEGER PRIMARY KEY, v INT, pad BLOB); CREATE INDEX i ON t(v)")
            for branch in branches.dropFirst() { _ = try store.forkHead(of: .main, as: branch, metadata: [], durable: true) }
        }
        var acknowledged: [BranchID: [Int64: Int64]] = [:]
        for _ in 0..<3 {
            var inDoubt: (branch: BranchID, key: Int64, value: Int64)?
            disk.cutPower(after: Int.random(in: 5...120, using: &random))
            let end = failure {
                let connections = try branches.map { try engine.checkout(.head($0)) }
                for _ in 0..<200 {
                    let which = Int.random(in: 0..<3, using: &random)
                    let key = Int64.random(in: 1...40, using: &random)
                    let value = Int64.random(in: 0...1_000_000, using: &random)
                    inDoubt = (branches[which], key, value)
                    try connections[which].execute(
                        "INSERT OR REPLACE INTO t VALUES(?1, ?2, randomblob(2500))", [.integer(key), .integer(value)])
                    acknowledged[branches[which], default: [:]][key] = value
                    inDoubt = nil
                }
                connections.forEach { $0.close() }
            }
            if let end { #expect(end.code == "BL_IO" || end.code == "BL_POISONED", "seed \(seed): \(end)") }
            engine.close()
            disk.losePower()
            disk.cutPower(after: nil)
            store = try Store.open(io: disk, path: "disk", options: options)
            engine = try Engine(store: store)
            for branch in branches {
                let connection = try engine.checkout(.head(branch))
                try #require(try connection.query("PRAGMA integrity_check") == [["ok"]], "seed \(seed)")
                var found: [Int64: Int64] = [:]
                for row in try connection.query("SELECT k, v FROM t") {
                    if case .integer(let key) = row[0], case .integer(let value) = row[1] { found[key] = value }
                }
                var expected = acknowledged[branch] ?? [:]
                if let inDoubt, inDoubt.branch == branch, found[inDoubt.key] == inDoubt.value {
                    expected[inDoubt.key] = inDoubt.value
                    acknowledged[branch, default: [:]][inDoubt.key] = inDoubt.value
                }
                #expect(found == expected, "seed \(seed), branch \(branch.hex)")
                engine.checkin(connection)
            }
        }
    }

    @Test func flippedBitsAreNamedNeverReturned() throws {
        let path = NSTemporaryDirectory() + "branchlite-flip-\(UInt64.random(in: 0 ... .max)).db"
        defer { try? FileManager.default.removeItem(atPath: path) }
        do {
            let fixture = try Fixture(path: path)
            let main = try fixture.connect()
            try main.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)")
            for i in 0..<300 { try main.execute("INSERT INTO t VALUES(?1, 'MARKER-' || ?1 || hex(zeroblob(200)))", [.integer(Int64(i))]) }
            main.close()
            try fixture.store.close()
        }
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        var search = bytes.startIndex
        while let range = bytes.range(of: Data("MARKER-250".utf8), in: search..<bytes.endIndex) {
            bytes[range.lowerBound] ^= 1
            search = range.upperBound
        }
        try bytes.write(to: URL(fileURLWithPath: path))
        let fixture = try Fixture(path: path)
        let main = try fixture.connect()
        #expect(try main.count("SELECT a FROM t WHERE a = 1") == 1)
        let error = failure { _ = try main.query("SELECT b FROM t WHERE a = 250") }
        #expect(error?.code == "BL_CORRUPT")
        #expect(error.map { $0.message.contains("page") && $0.message.contains("slot") } == true)
        #expect(try main.count("SELECT a FROM t WHERE a = 1") == 1)
        main.close()
        try fixture.store.close()
    }
}

/// SQLite reads pages where the store has them mapped.
@Suite struct MappedPagesTests {
    @Test func aFileCutUnderARunningStatementFailsTheStatement() throws {
        let path = "/tmp/branchlite-cut-\(getpid())-\(UInt64.random(in: 0 ... .max)).bl"
        defer { unlink(path) }
        let fixture = try Fixture(path: path)
        let writer = try fixture.connect()
        try writer.execute("CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT)")
        try writer.execute(
            "WITH RECURSIVE s(v) AS (SELECT 1 UNION ALL SELECT v+1 FROM s WHERE v<20000) INSERT INTO t SELECT v, printf('%0200d', v) FROM s")
        let reader = try fixture.connect()
        let statement = try reader.prepare("SELECT id, x FROM t")
        for _ in 0 ..< 10 { #expect(try statement.step()) }
        truncate(path, 256 * 1024)
        var rows: Int64 = 10
        let error = failure {
            while try statement.step() {
                rows += 1
                // What was given out before the error must be right.
                if statement.integer(0) != rows || statement.text(1).count != 200 { Issue.record("row \(rows) is wrong") }
            }
        }
        #expect(error != nil)
        #expect(rows < 20000)
        #expect(code { _ = try reader.query("SELECT count(*) FROM t") } == "BL_POISONED")
        #expect(code { try writer.execute("INSERT INTO t VALUES (0, 'x')") } == "BL_POISONED")
    }
}
