import Branching
import CSQLite
import Engine
import Foundation
import PageStore

/// The figures that the main job promises.
struct MainJobSuite {
    let folder: String
    /// A quick run on small data, to see that the suite works.
    let small: Bool
    /// Interleaved rounds of which the median counts.
    static let rounds = 7

    func run() async throws -> [Figure] {
        var figures: [Figure] = []
        figures += try await forks()
        figures += try await firstWrites()
        figures += try await depthReads()
        figures += try await storagePerBranch()
        return figures
    }

    private func open(_ name: String, maxBranches: Int = 1_000_000) async throws -> BranchLite {
        let path = "\(folder)/\(name)"
        try? FileManager.default.removeItem(atPath: path)
        var configuration = Configuration()
        configuration.maxBranches = maxBranches
        configuration.trash = .zero
        return try await BranchLite.open(path, configuration: configuration)
    }

    private func fill(_ service: BranchLite, rows: Int) async throws {
        let session = try await service.openSession(SessionOptions(dialect: .sqlite))
        _ = try await session.query(QueryRequest(BenchTable.create))
        let batch = 1_000_000
        for first in stride(from: 1, through: rows, by: batch) {
            _ = try await session.query(QueryRequest(BenchTable.fill(first: first, count: min(batch, rows - first + 1)), timeoutMS: 600_000))
        }
        await session.close()
    }

    /// Fork of a branch in the library by size of the data and number of branches.
    private func forks() async throws -> [Figure] {
        var figures: [Figure] = []
        let sizes: [(String, Int)] = small ? [("1 MB", 1 << 20)] : [("1 MB", 1 << 20), ("100 MB", 100 << 20), ("1 GB", 1 << 30)]
        let counts = small ? [1, 100] : [1, 100, 10_000]
        for (label, bytes) in sizes {
            note("fork: \(label)")
            let service = try await open("fork.db")
            try await fill(service, rows: bytes / BenchTable.bytesPerRow)
            var made = 0
            for count in counts {
                while made < count {
                    _ = try await service.createBranch(BranchCreateRequest(name: "b\(made)", ttlSeconds: 0))
                    made += 1
                }
                var times: [Double] = []
                for round in 0 ..< 200 {
                    let name = "f\(count)-\(round)"
                    times.append(try await seconds { _ = try await service.createBranch(BranchCreateRequest(name: name, ttlSeconds: 0)) } * 1e6)
                    _ = try await service.discardBranch(name, force: false, purge: true)
                }
                let value = median(times)
                figures.append(Figure(
                    name: "fork, \(label), \(count) branches", value: value, unit: "µs", peer: nil, peerValue: nil, ratio: 100 / value,
                    target: "< 100 µs", met: value < 100))
            }
            try await service.close()
        }
        return figures
    }

    private func timeWrite(_ session: any BranchSession, _ id: Int) async throws -> Double {
        try await seconds { _ = try await session.query(QueryRequest("UPDATE t SET a = a + 1 WHERE id = \(id)")) } * 1e6
    }

    /// First write to a large table on a new branch against the second; the same in live mode after main changed.
    private func firstWrites() async throws -> [Figure] {
        note("first write")
        let rows = small ? 20_000 : 1_000_000
        let service = try await open("write.db")
        try await fill(service, rows: rows)
        let main = try await service.openSession(SessionOptions(dialect: .sqlite))
        var first: [Double] = []
        var second: [Double] = []
        var liveFirst: [Double] = []
        var liveSecond: [Double] = []
        for round in 0 ..< Self.rounds {
            _ = try await service.createBranch(BranchCreateRequest(name: "s\(round)", mode: .snapshot, ttlSeconds: 0))
            let session = try await service.openSession(SessionOptions(branch: "s\(round)", dialect: .sqlite))
            _ = try await session.query(QueryRequest("SELECT a FROM t WHERE id = 1"))
            first.append(try await timeWrite(session, rows / 3 + round))
            second.append(try await timeWrite(session, rows / 2 + round))
            await session.close()

            _ = try await service.createBranch(BranchCreateRequest(name: "l\(round)", mode: .live, ttlSeconds: 0))
            for k in 0 ..< 10 { _ = try await main.query(QueryRequest("UPDATE t SET a = a + 1 WHERE id = \((rows / 11) * (k + 1))")) }
            let live = try await service.openSession(SessionOptions(branch: "l\(round)", dialect: .duckdb))
            _ = try await live.query(QueryRequest("SELECT a FROM t WHERE id = 1"))
            // A live branch that owns nothing moves its root; one that owns another table applies the page diff.
            _ = try await live.query(QueryRequest("CREATE TABLE own (x INTEGER)"))
            for k in 0 ..< 10 { _ = try await main.query(QueryRequest("UPDATE t SET a = a + 1 WHERE id = \((rows / 11) * (k + 1) + 5)")) }
            liveFirst.append(try await timeWrite(live, rows / 3 + round))
            liveSecond.append(try await timeWrite(live, rows / 2 + round))
            await live.close()
        }
        await main.close()
        try await service.close()
        let rowsText = small ? "20,000 rows" : "1,000,000 rows"
        return [
            comparison("first write on a branch, \(rowsText)", first, second),
            comparison("first write on a live branch after 10 rows changed on main, \(rowsText)", liveFirst, liveSecond),
        ]
    }

    private func comparison(_ name: String, _ first: [Double], _ second: [Double]) -> Figure {
        let (a, b) = (median(first), median(second))
        return Figure(name: name, value: a, unit: "µs", peer: "second write", peerValue: b, ratio: b / a, target: "within 3× of the second write", met: a <= 3 * b)
    }

    /// Warm autocommit point SELECT at fork depth 1,000 against stock SQLite in WAL mode, C API on both sides.
    private func depthReads() async throws -> [Figure] {
        note("point reads at depth")
        let rows = small ? 20_000 : 1_000_000
        let depth = small ? 20 : 1_000
        let peerPath = "\(folder)/peer.sqlite"
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: peerPath + suffix) }
        let peer = try StockSQLite(path: peerPath)
        try peer.execute(BenchTable.create)
        try peer.execute(BenchTable.fill(first: 1, count: rows))
        try peer.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        let path = "\(folder)/depth.db"
        try? FileManager.default.removeItem(atPath: path)
        var options = StoreOptions()
        options.sync = .off
        let store = try Store.open(path: path, options: options)
        let engine = try Engine(store: store)
        let loader = try engine.checkout(.head(.main))
        try loader.execute(BenchTable.create)
        try loader.execute(BenchTable.fill(first: 1, count: rows))
        engine.checkin(loader)
        var parent = BranchID.main
        for level in 1...depth {
            let child = BranchID(rawValue: UInt64(level))
            try store.forkHead(of: parent, as: child)
            if level % 10 == 0 {
                let connection = try engine.checkout(.head(child))
                try connection.execute("UPDATE t SET a = a + 1 WHERE id = \(level * 7 % rows + 1)")
                engine.checkin(connection)
            }
            parent = child
        }
        let ours = try engine.checkout(.head(parent))
        let main = try engine.checkout(.head(.main))
        let sql = "SELECT a, c FROM t WHERE id = ?1"
        let ourStatement = try ours.prepare(sql)
        let mainStatement = try main.prepare(sql)
        let peerStatement = try peer.prepare(sql)
        defer { sqlite3_finalize(peerStatement) }
        let lookups = small ? 2_000 : 50_000
        func key(_ i: Int) -> Int64 { Int64(i &* 2_654_435_761 % rows) + 1 }
        func oursOnce(_ statement: Statement) throws -> Double {
            try seconds {
                for i in 0 ..< lookups {
                    try statement.bind(key(i), at: 1)
                    _ = try statement.step()
                    statement.reset()
                }
            } * 1e6 / Double(lookups)
        }
        func peerOnce() -> Double {
            seconds {
                for i in 0 ..< lookups {
                    sqlite3_bind_int64(peerStatement, 1, key(i))
                    sqlite3_step(peerStatement)
                    sqlite3_reset(peerStatement)
                }
            } * 1e6 / Double(lookups)
        }
        _ = try (oursOnce(ourStatement), oursOnce(mainStatement), peerOnce())
        var deep: [Double] = []
        var shallow: [Double] = []
        var stock: [Double] = []
        for _ in 0 ..< Self.rounds {
            deep.append(try oursOnce(ourStatement))
            stock.append(peerOnce())
            shallow.append(try oursOnce(mainStatement))
        }
        let (a, b, m) = (median(deep), median(stock), median(shallow))
        ourStatement.finish()
        mainStatement.finish()
        engine.checkin(ours)
        engine.checkin(main)
        engine.close()
        try store.close()
        return [
            Figure(name: "point SELECT at fork depth \(depth), autocommit", value: a, unit: "µs", peer: "SQLite WAL", peerValue: b, ratio: b / a, target: "≥ 1.0×", met: b / a >= 1),
            Figure(name: "point SELECT on main, autocommit", value: m, unit: "µs", peer: "SQLite WAL", peerValue: b, ratio: b / m, target: "reported", met: nil),
        ]
    }

    /// Bytes the store file grows by when a branch changes one row.
    private func storagePerBranch() async throws -> [Figure] {
        note("storage per branch")
        let bytes = small ? 10 << 20 : 1 << 30
        let service = try await open("storage.db")
        try await fill(service, rows: bytes / BenchTable.bytesPerRow)
        let session = try await service.openSession(SessionOptions(dialect: .sqlite))
        var added: [Double] = []
        for round in 0 ..< Self.rounds {
            _ = try await service.createBranch(BranchCreateRequest(name: "b\(round)", ttlSeconds: 0))
            _ = try await session.switchBranch("b\(round)")
            _ = try await session.query(QueryRequest("UPDATE t SET a = -1 WHERE id = \(1000 * (round + 1))"))
            added.append(Double(try await service.branch("b\(round)").uniqueBytes))
        }
        await session.close()
        try await service.close()
        let value = median(added)
        return [Figure(name: "storage of a branch with one changed row, \(small ? "10 MB" : "1 GB")", value: value, unit: "bytes", peer: nil, peerValue: nil, ratio: 30_000 / value, target: "< 30 KB", met: value < 30_000)]
    }
}
