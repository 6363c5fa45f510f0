import Branching
import Foundation

/// Live branches.
@MainActor
enum LiveRows {
    /// The first write to a table of which main has changed some rows since the fork: the DuckDB variant copies the table.
    static func firstWrite(_ bench: Bench) async throws -> [Figure] {
        let rows = bench.scale.rows
        let changes = min(100, rows / 10)
        let store = try await LibraryStore(bench, rows: rows, indexed: false)
        var times: [Double] = []
        for round in 0 ..< bench.scale.rounds {
            try await store.branch("l\(round)", mode: .live, [])
            let live = try await store.db.openSession(SessionOptions(branch: "l\(round)", dialect: .sqlite))
            // A live branch that owns nothing starts again from main's head; one that owns something takes over what main changed.
            try await store.run(live, "CREATE TABLE own (x INTEGER)")
            for change in 0 ..< changes { try await store.run(store.main, "UPDATE t SET a = a + 1 WHERE id = \(change * (rows / changes) + round + 1)") }
            times.append(try await seconds { try await store.run(live, "UPDATE t SET a = 0 WHERE id = \(rows / 2)") })
            await live.close()
        }
        try await store.close(bench)
        return [
            .atMost("first write on a live branch after \(changes) of \(rows) rows changed on main", median(times) * 1e3, "ms", limit: 20, rounds: times.count)
        ]
    }
}
