import Testing

@testable import Branching
import Engine

@Suite struct MergeConcurrencyTests {
    /// Merges into one target at the same time as writers of it: each lands whole, none loses what another brought.
    @Test func mergesAndWritersOfOneTarget() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, who TEXT UNIQUE); CREATE INDEX t_who ON t(who, id)") { $0.busyTimeout = .seconds(20) }
        let branches = 6
        for number in 1...branches {
            let session = try await fixture.branch("b\(number)")
            for row in 0..<20 { try await session.query("INSERT INTO t VALUES (?, ?)", number * 100 + row, "b\(number)-\(row)") }
            await session.close()
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...branches {
                group.addTask {
                    let result = try await fixture.merge("b\(number)", .abort)
                    #expect(result.status == .merged && result.counts == ["t": "20/0/0"], "b\(number): \(result.status)")
                }
            }
            group.addTask {
                let writer = try await fixture.on("main")
                for row in 0..<40 { try await writer.query("INSERT INTO t VALUES (?, ?)", 10_000 + row, "main-\(row)") }
                await writer.close()
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.session.number("SELECT count(*) FROM t") == Int64(branches * 20 + 40))
        #expect(try await fixture.isSound())
        for number in 1...branches { #expect(try await fixture.merge("b\(number)").status == .upToDate) }
        try await fixture.close()
    }

    /// Of merges that meet, the second sees what the first brought.
    @Test func mergesOfTheSameCell() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 0)") { $0.busyTimeout = .seconds(20) }
        for round in 1...6 {
            for name in ["x", "y"] {
                let session = try await fixture.branch("\(name)\(round)")
                try await session.query("UPDATE t SET v = ? WHERE id = 1", "\(name)\(round)")
                await session.close()
            }
            let statuses = try await withThrowingTaskGroup(of: MergeStatus.self) { group in
                for name in ["x", "y"] { group.addTask { try await fixture.merge("\(name)\(round)").status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(statuses) == [.merged, .conflicts], "round \(round)")
        }
        try await fixture.close()
    }

    /// Writers of the target go on while a merge is planned and made: it takes the slot for its commit, and begins anew where they
    /// were faster.
    @Test func writersDoNotWaitForADryRun() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, v)") { $0.busyTimeout = .zero }
        try await fixture.session.query("WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 5000) INSERT INTO t SELECT i, 0 FROM s")
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE t SET v = 1 WHERE id % 2 = 0")
        try await fixture.session.query("UPDATE t SET v = 2 WHERE id % 2 = 1")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<5 {
                    let preview = try await fixture.merge("b", dryRun: true)
                    #expect(preview.counts == ["t": "0/2500/0"])
                }
            }
            group.addTask {
                // With no time to wait at all, any slot that the dry run took would be an error here.
                let writer = try await fixture.on("main")
                for row in 0..<60 { try await writer.query("INSERT INTO t VALUES (?, 3)", 10_000 + row) }
                await writer.close()
            }
            try await group.waitForAll()
        }
        #expect(try await fixture.session.number("SELECT count(*) FROM t WHERE v = 3") == 60)
        #expect(try await fixture.merge("b").status == .merged)
        #expect(try await fixture.isSound())
        try await fixture.close()
    }

    /// A reader of the target sees the state before a merge or the one after it, never a half.
    @Test func readersSeeAllOrNothing() async throws {
        let fixture = try await Fixture("CREATE TABLE a(id INTEGER PRIMARY KEY); CREATE TABLE b(id INTEGER PRIMARY KEY)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let branch = try await fixture.branch("x")
                for round in 1...15 {
                    try await branch.query("INSERT INTO a VALUES (?)", round)
                    try await branch.query("INSERT INTO b VALUES (?)", round)
                    try await fixture.session.query("INSERT INTO a VALUES (?)", -round)
                    try await fixture.session.query("DELETE FROM a WHERE id = ?", -round)
                    #expect(try await fixture.merge("x").status == .merged)
                }
                await branch.close()
            }
            group.addTask {
                let reader = try await fixture.on("main")
                for _ in 0..<150 {
                    let counts = try await reader.texts("SELECT (SELECT count(*) FROM a WHERE id > 0), (SELECT count(*) FROM b)")
                    let parts = counts[0].split(separator: "|")
                    #expect(parts.first == parts.last, "\(counts)")
                }
                await reader.close()
            }
            try await group.waitForAll()
        }
        try await fixture.close()
    }

    /// More changes than are kept between plan and apply: the rows are gone through again.
    @Test func moreThanFitsInMemoryAtOnce() async throws {
        let fixture = try await Fixture("CREATE TABLE big(id INTEGER PRIMARY KEY, v BLOB)")
        let branch = try await fixture.branch("x")
        try await branch.query("WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 52) INSERT INTO big SELECT i, zeroblob(1000000) FROM s")
        try await fixture.session.query("INSERT INTO big VALUES (100, x'01')")
        #expect(try await fixture.merge("x").counts == ["big": "52/0/0"])
        #expect(try await fixture.session.texts("SELECT count(*), sum(length(v)) FROM big") == ["53|52000001"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }
}
