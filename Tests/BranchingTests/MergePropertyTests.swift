import Testing

@testable import Branching
import Engine

/// Random histories on main and a branch, merged back and forth, against a three-way merge written down here.
@Suite struct MergePropertyTests {
    private typealias Cells = [Int?]
    private typealias Rows = [Int: Cells]

    private struct Shape: Sendable {
        var name: String
        var create: String
        /// The key's value in SQL.
        var key: @Sendable (Int) -> String
        var keyColumn: String
    }

    private static let shapes = [
        Shape(name: "r", create: "CREATE TABLE r(id INTEGER PRIMARY KEY, a, b, c); CREATE INDEX r_a ON r(a, b)", key: { "\($0)" }, keyColumn: "id"),
        Shape(name: "k", create: "CREATE TABLE k(id TEXT PRIMARY KEY, a, b, c)", key: { "'k\($0)'" }, keyColumn: "CAST(substr(id, 2) AS INTEGER)"),
        Shape(name: "w", create: "CREATE TABLE w(a, id TEXT COLLATE NOCASE, b, c, PRIMARY KEY(id)) WITHOUT ROWID", key: { "'k\($0)'" }, keyColumn: "CAST(substr(id, 2) AS INTEGER)"),
    ]

    private func change(_ session: Session, _ shape: Shape, _ rows: inout Rows, _ random: inout SeededGenerator) async throws {
        let key = Int.random(in: 1...12, using: &random)
        func cell() -> Int? { Int.random(in: 0...4, using: &random) == 0 ? nil : Int.random(in: 0...3, using: &random) }
        let sql: String
        if var cells = rows[key] {
            if Int.random(in: 0...3, using: &random) == 0 {
                rows[key] = nil
                sql = "DELETE FROM \(shape.name) WHERE id = \(shape.key(key))"
            } else {
                let column = Int.random(in: 0...2, using: &random)
                cells[column] = cell()
                rows[key] = cells
                sql = "UPDATE \(shape.name) SET \(["a", "b", "c"][column]) = \(cells[column].map(String.init) ?? "NULL") WHERE id = \(shape.key(key))"
            }
        } else {
            let cells = [cell(), cell(), cell()]
            rows[key] = cells
            sql = "INSERT INTO \(shape.name)(id, a, b, c) VALUES (\(shape.key(key)), \(cells.map { $0.map(String.init) ?? "NULL" }.joined(separator: ", ")))"
        }
        try await session.query(sql)
    }

    private func read(_ session: Session, _ shape: Shape) async throws -> Rows {
        var rows: Rows = [:]
        for row in try await session.query("SELECT \(shape.keyColumn), a, b, c FROM \(shape.name)").values {
            rows[Int(row[0].integerValue ?? -1)] = row.dropFirst().map { $0.integerValue.map(Int.init) }
        }
        return rows
    }

    /// The model: what comes out, and the keys in conflict.
    private func merged(_ base: Rows, _ source: Rows, _ target: Rows, branchWins: Bool) -> (Rows, Set<Int>) {
        var result = target
        var conflicts: Set<Int> = []
        for key in Set(base.keys).union(source.keys).union(target.keys) {
            let (was, now, there) = (base[key], source[key], target[key])
            if now == was || now == there { continue }
            if there == was {
                result[key] = now
                continue
            }
            guard let now, let there else {
                conflicts.insert(key)
                if branchWins { result[key] = now }
                continue
            }
            result[key] = now.indices.map { column in
                if now[column] == there[column] { return there[column] }
                if let was, now[column] == was[column] { return there[column] }
                if let was, there[column] == was[column] { return now[column] }
                conflicts.insert(key)
                return branchWins ? now[column] : there[column]
            }
        }
        return (result, conflicts)
    }

    @Test(arguments: 1...24) func historiesMergeAsTheModelSays(number: Int) async throws {
        let seed = UInt64(number) &* 0x9E37_79B9
        var random = SeededGenerator(seed: seed)
        let shape = MergePropertyTests.shapes[number % MergePropertyTests.shapes.count]
        let fixture = try await Fixture(shape.create)
        var main: Rows = [:]
        for _ in 0..<12 { try await change(fixture.session, shape, &main, &random) }
        let session = try await fixture.branch("b")
        var branch = main
        var base = main
        for round in 0..<6 {
            for _ in 0..<Int.random(in: 0...8, using: &random) { try await change(session, shape, &branch, &random) }
            for _ in 0..<Int.random(in: 0...8, using: &random) { try await change(fixture.session, shape, &main, &random) }
            let forth = Bool.random(using: &random)
            let branchWins = Bool.random(using: &random)
            let (from, to) = forth ? ("b", "main") : ("main", "b")
            let (source, target) = forth ? (branch, main) : (main, branch)
            let (expected, conflicts) = merged(base, source, target, branchWins: branchWins)
            let preview = try await fixture.merge(from, into: to, .manual, dryRun: true)
            let found = Set(preview.conflicts.compactMap { conflict -> Int? in
                guard let value = conflict.key["id"] else { return nil }
                return value.integerValue.map(Int.init) ?? value.stringValue.flatMap { Int($0.dropFirst()) }
            })
            #expect(found == conflicts, "seed \(seed), round \(round)")
            let result = try await fixture.merge(from, into: to, branchWins ? .branchWins : .mainWins)
            #expect(result.status == .merged || result.status == .upToDate, "seed \(seed), round \(round)")
            #expect(try await read(forth ? fixture.session : session, shape) == expected, "seed \(seed), round \(round)")
            #expect(try await read(forth ? session : fixture.session, shape) == source, "seed \(seed), round \(round)")
            if forth { main = expected } else { branch = expected }
            // What was merged is the base of the next merge, unless there was nothing to merge.
            if result.status != .upToDate { base = source }
        }
        #expect(try await fixture.isSound())
        #expect(try await fixture.isSound("b"))
        try await fixture.close()
    }

    @Test(arguments: 1...12) func differencesAreThoseOfPlainSQL(number: Int) async throws {
        let seed = UInt64(number) &* 0x1234_5677
        var random = SeededGenerator(seed: seed)
        let shape = MergePropertyTests.shapes[number % MergePropertyTests.shapes.count]
        let fixture = try await Fixture(shape.create)
        var main: Rows = [:]
        for _ in 0..<10 { try await change(fixture.session, shape, &main, &random) }
        // Enough rows for several pages, in an order of their own.
        for key in (1_000..<1_400).shuffled(using: &random) {
            main[key] = [key, nil, 1]
            try await fixture.session.query("INSERT INTO \(shape.name)(id, a, b, c) VALUES (\(shape.key(key)), \(key), NULL, 1)")
        }
        let session = try await fixture.branch("b")
        var branch = main
        for round in 0..<4 {
            for _ in 0..<10 { try await change(session, shape, &branch, &random) }
            for _ in 0..<3 {
                let key = Int.random(in: 1_000..<1_400, using: &random)
                branch[key] = nil
                try await session.query("DELETE FROM \(shape.name) WHERE id = \(shape.key(key))")
            }
            if round == 2 { try await session.query("PRAGMA incremental_vacuum") }
            if round == 3 {
                try await session.query("ALTER TABLE \(shape.name) ADD COLUMN d DEFAULT 5; UPDATE \(shape.name) SET d = 5")
                try await session.query("CREATE INDEX fresh ON \(shape.name)(d)")
            }
            for (from, to) in [("b", "main"), ("main", "b")] {
                let (new, old) = from == "b" ? (branch, main) : (main, branch)
                let diff = try await fixture.diff(from, base: to, against: .head, limit: 10_000)
                var found: [Int: RowChangeKind] = [:]
                for row in diff.table(shape.name)?.rows ?? [] {
                    let value = row.key["id"]
                    found[value?.integerValue.map(Int.init) ?? value?.stringValue.flatMap { Int($0.dropFirst()) } ?? -1] = row.kind
                }
                var expected: [Int: RowChangeKind] = [:]
                for key in Set(new.keys).union(old.keys) {
                    switch (old[key], new[key]) {
                    case (nil, _): expected[key] = .inserted
                    case (_, nil): expected[key] = .deleted
                    case (let a?, let b?): if a != b { expected[key] = .updated }
                    }
                }
                #expect(found == expected, "seed \(seed), round \(round), \(from)")
            }
        }
        try await fixture.close()
    }
}
