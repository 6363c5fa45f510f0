import Testing

@testable import Branching
import Engine

/// Branches forked from each other, changed, merged in any direction and restored, at random, against a model that knows versions as
/// a graph with the rows of each.
@Suite struct MergeGraphTests {
    private typealias Cells = [Int?]
    private typealias Rows = [Int: Cells]

    private struct Shape: Sendable {
        var create: String
        /// The key's value in SQL.
        var key: @Sendable (Int) -> String
        /// The key as a number again.
        var number: String
        var index: String
    }

    private static let shapes = [
        Shape(create: "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c); CREATE INDEX t_a ON t(a, b)", key: { "\($0)" }, number: "id", index: "t_a"),
        Shape(
            create: "CREATE TABLE t(a, id TEXT COLLATE NOCASE PRIMARY KEY, b, c); CREATE INDEX t_b ON t(b)", key: { "'k\($0)'" },
            number: "CAST(substr(id, 2) AS INTEGER)", index: "t_b"),
        Shape(
            create: "CREATE TABLE t(a, id TEXT, b, c, PRIMARY KEY(id DESC)) WITHOUT ROWID; CREATE INDEX t_c ON t(c)", key: { "'k\($0)'" },
            number: "CAST(substr(id, 2) AS INTEGER)", index: "t_c"),
    ]

    // MARK: - The model

    private struct Version {
        var parents: [Int]
        var rows: Rows
    }

    /// What is known of a row: nil, or whether it is there and its cells as far as they are known.
    private enum Known: Equatable {
        case unknown
        case absent
        case cells([Int??])
    }

    private struct Model {
        var versions: [Version] = []

        mutating func add(_ rows: Rows, _ parents: [Int]) -> Int {
            versions.append(Version(parents: parents, rows: rows))
            return versions.count - 1
        }

        func ancestors(_ version: Int) -> Set<Int> {
            var found: Set<Int> = [version]
            var waiting = [version]
            while let next = waiting.popLast() {
                for parent in versions[next].parents where found.insert(parent).inserted { waiting.append(parent) }
            }
            return found
        }

        /// The best common ancestors of a version and any of others, newest first.
        func bases(_ some: [Int], _ other: Int) -> [Int] {
            var common: Set<Int> = []
            for one in some {
                let shared = ancestors(one).intersection(ancestors(other))
                common.formUnion(shared.filter { candidate in !shared.contains { $0 != candidate && ancestors($0).contains(candidate) } })
            }
            return common.filter { candidate in !common.contains { $0 != candidate && ancestors($0).contains(candidate) } }.sorted(by: >)
        }

        /// A row in the version that the ancestors make when they are merged with each other.
        func known(_ key: Int, _ bases: [Int]) -> Known {
            guard let first = bases.first else { return .unknown }
            var result = real(key, first)
            for index in bases.indices.dropFirst() {
                let base = known(key, self.bases(Array(bases[..<index]), bases[index]))
                result = merge(base, result, real(key, bases[index]))
            }
            return result
        }

        private func real(_ key: Int, _ version: Int) -> Known { versions[version].rows[key].map { .cells($0.map { .some($0) }) } ?? .absent }

        private func merge(_ base: Known, _ a: Known, _ b: Known) -> Known {
            if isWhole(a), a == b { return a }
            if isWhole(base), a == base { return b }
            if isWhole(base), b == base { return a }
            guard case .cells(let mine) = a, case .cells(let theirs) = b else { return .unknown }
            var was: [Int??]?
            if case .cells(let cells) = base { was = cells }
            return .cells(mine.indices.map { index -> Int?? in
                guard let x = mine[index], let y = theirs[index] else {
                    // One of the two is unknown: the other counts if only it changed.
                    guard let old = was?[index] else { return nil }
                    if let x = mine[index], x == old { return theirs[index] }
                    if let y = theirs[index], y == old { return mine[index] }
                    return nil
                }
                if x == y { return .some(x) }
                guard let old = was?[index] else { return nil }
                if x == old { return .some(y) }
                return y == old ? .some(x) : nil
            })
        }

        private func isWhole(_ known: Known) -> Bool {
            switch known {
            case .unknown: false
            case .absent: true
            case .cells(let cells): cells.allSatisfy { $0 != nil }
            }
        }

        /// What comes out of a merge, and the keys in conflict.
        func merged(_ source: Int, _ target: Int, branchWins: Bool) -> (Rows, Set<Int>) {
            let bases = bases([source], target)
            let (now, there) = (versions[source].rows, versions[target].rows)
            var result = there
            var conflicts: Set<Int> = []
            for key in Set(now.keys).union(there.keys).union(bases.flatMap { versions[$0].rows.keys }) {
                let was = known(key, bases)
                switch (now[key], there[key]) {
                case (nil, nil): continue
                case (let mine?, nil):
                    if was == .absent {
                        result[key] = mine
                    } else if was != .cells(mine.map { .some($0) }) {
                        conflicts.insert(key)
                        if branchWins { result[key] = mine }
                    }
                case (nil, let theirs?):
                    if was == .absent { continue }
                    if was == .cells(theirs.map { .some($0) }) {
                        result[key] = nil
                    } else {
                        conflicts.insert(key)
                        if branchWins { result[key] = nil }
                    }
                case (let mine?, let theirs?):
                    var old: [Int??] = mine.map { _ in nil }
                    if case .cells(let cells) = was { old = cells }
                    result[key] = mine.indices.map { index in
                        if mine[index] == theirs[index] { return mine[index] }
                        if let was = old[index], was == mine[index] { return theirs[index] }
                        if let was = old[index], was == theirs[index] { return mine[index] }
                        conflicts.insert(key)
                        return branchWins ? mine[index] : theirs[index]
                    }
                }
            }
            return (result, conflicts)
        }
    }

    // MARK: - The store

    private func read(_ session: Session, _ shape: Shape) async throws -> Rows {
        var rows: Rows = [:]
        for row in try await session.query("SELECT \(shape.number), a, b, c FROM t").values {
            rows[Int(row[0].integerValue ?? -1)] = row.dropFirst().map { $0.integerValue.map(Int.init) }
        }
        return rows
    }

    /// One change, in SQL and in the model. Cells get values that no other write gets, so that none is mistaken for another.
    private func change(_ rows: inout Rows, _ shape: Shape, _ stamp: inout Int, _ random: inout SeededGenerator) -> String {
        let key = Int.random(in: 1...10, using: &random)
        func cell() -> Int? {
            stamp += 1
            return Int.random(in: 0...5, using: &random) == 0 ? nil : Int.random(in: 0...3, using: &random) == 0 ? 7 : stamp
        }
        func text(_ cell: Int?) -> String { cell.map(String.init) ?? "NULL" }
        guard var cells = rows[key] else {
            let cells = [cell(), cell(), cell()]
            rows[key] = cells
            return "INSERT INTO t(id, a, b, c) VALUES (\(shape.key(key)), \(cells.map(text).joined(separator: ", ")))"
        }
        if Int.random(in: 0...3, using: &random) == 0 {
            rows[key] = nil
            return "DELETE FROM t WHERE id = \(shape.key(key))"
        }
        let column = Int.random(in: 0...2, using: &random)
        cells[column] = cell()
        rows[key] = cells
        return "UPDATE t SET \(["a", "b", "c"][column]) = \(text(cells[column])) WHERE id = \(shape.key(key))"
    }

    private func key(_ conflict: MergeConflict) -> Int {
        let value = conflict.key["id"]
        return value?.integerValue.map(Int.init) ?? value?.stringValue.flatMap { Int($0.dropFirst()) } ?? -1
    }

    @Test(arguments: 1...40) func anyGraphMergesAsTheModelSays(number: Int) async throws {
        let seed = UInt64(number) &* 0x51_7CC1_B727
        var random = SeededGenerator(seed: seed)
        let shape = MergeGraphTests.shapes[number % MergeGraphTests.shapes.count]
        let fixture = try await Fixture(shape.create)
        var model = Model()
        var stamp = 100
        var heads: [String: Int] = ["main": model.add([:], [])]
        var sessions = ["main": fixture.session]
        /// Versions of each branch that can be restored, by the store's number.
        var past: [String: [(UInt64, Int)]] = [:]
        func check(_ name: String, _ step: Int) async throws {
            let (session, head) = (try #require(sessions[name]), try #require(heads[name]))
            #expect(try await read(session, shape) == model.versions[head].rows, "seed \(seed), step \(step), \(name)")
            #expect(try await session.texts("PRAGMA integrity_check") == ["ok"], "seed \(seed), step \(step), \(name)")
            #expect(try await session.texts("PRAGMA foreign_key_check").isEmpty, "seed \(seed), step \(step), \(name)")
            let byIndex = try await session.texts("SELECT id, a, b, c FROM t INDEXED BY \(shape.index) WHERE \(shape.index.suffix(1)) IS NOT NULL ORDER BY id")
            let byTable = try await session.texts("SELECT id, a, b, c FROM t NOT INDEXED WHERE \(shape.index.suffix(1)) IS NOT NULL ORDER BY id")
            #expect(byIndex == byTable, "seed \(seed), step \(step), \(name)")
        }
        for step in 0..<45 {
            let names = heads.keys.sorted()
            guard let name = names.randomElement(using: &random), let head = heads[name], let session = sessions[name] else { continue }
            switch Int.random(in: 0..<10, using: &random) {
            case 0 where names.count < 5:
                let fork = "b\(step)"
                sessions[fork] = try await fixture.branch(fork, from: name)
                heads[fork] = head
            case 1:
                // Back to an older version: the undo of a merge, among others.
                guard let (version, old) = past[name]?.randomElement(using: &random) else { continue }
                try await fixture.db.restore(name, version: version)
                heads[name] = model.add(model.versions[old].rows, [old])
                try await check(name, step)
            case 2...5:
                var rows = model.versions[head].rows
                var statements: [String] = []
                for _ in 0..<Int.random(in: 1...5, using: &random) { statements.append(change(&rows, shape, &stamp, &random)) }
                let before = try await fixture.db.branch(name).version
                try await session.query("BEGIN; \(statements.joined(separator: "; ")); COMMIT")
                // Statements that changed nothing after all make no version.
                if try await fixture.db.branch(name).version == before { continue }
                past[name, default: []].append((before, head))
                heads[name] = model.add(rows, [head])
            default:
                guard let other = names.filter({ $0 != name }).randomElement(using: &random), let source = heads[other] else { continue }
                let branchWins = Bool.random(using: &random)
                let (expected, conflicts) = model.merged(source, head, branchWins: branchWins)
                let isUpToDate = model.ancestors(head).contains(source)
                let preview = try await fixture.merge(other, into: name, .manual, dryRun: true)
                #expect(Set(preview.conflicts.map(key)) == (isUpToDate ? [] : conflicts), "seed \(seed), step \(step), \(other) into \(name)")
                let before = try await fixture.db.branch(name).version
                #expect(preview.version == before)
                let result = try await fixture.merge(other, into: name, branchWins ? .branchWins : .mainWins)
                #expect(result.status == (isUpToDate ? .upToDate : .merged), "seed \(seed), step \(step), \(other) into \(name)")
                if isUpToDate { continue }
                past[name, default: []].append((before, head))
                heads[name] = model.add(expected, [head, source])
                // Whatever the rules: nothing that both sides had is lost, and nothing comes back that neither has.
                let (now, there) = (model.versions[source].rows, model.versions[head].rows)
                let found = try await read(session, shape)
                for key in 1...10 where now[key] == there[key] { #expect(found[key] == now[key], "seed \(seed), step \(step), row \(key)") }
                try await check(name, step)
                try await check(other, step)
            }
        }
        for session in sessions.values where session !== fixture.session { await session.close() }
        try await fixture.close()
    }

    // MARK: - By hand

    /// A criss-cross after which only one side went on: the ancestors disagree, and their own ancestor tells why.
    @Test func aCrissCrossLooksAtHistory() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 0), (2, 0), (3, 0), (4, 0)")
        let branch = try await fixture.branch("b")
        let keeper = try await fixture.branch("keep-main")
        let other = try await fixture.branch("keep-b")
        try await branch.query("UPDATE t SET v = 1 WHERE id = 1; DELETE FROM t WHERE id = 3")
        try await fixture.session.query("UPDATE t SET v = 2 WHERE id = 2; INSERT INTO t VALUES (5, 5)")
        // Each takes the other as it was before.
        #expect(try await fixture.merge("b", into: "keep-b").status == .merged)
        #expect(try await fixture.merge("main", into: "keep-main").status == .merged)
        #expect(try await fixture.merge("keep-b", into: "main").status == .merged)
        #expect(try await fixture.merge("keep-main", into: "b").status == .merged)
        #expect(fixture.db.context.store.mergeBases(
            try fixture.db.context.resolve("main").version, try fixture.db.context.resolve("b").version).count == 2)
        // Only the branch changes what the other side had changed before, and makes anew what it had deleted.
        try await branch.query("UPDATE t SET v = 20 WHERE id = 2; INSERT INTO t VALUES (3, 30); DELETE FROM t WHERE id = 5")
        try await fixture.session.query("UPDATE t SET v = 10 WHERE id = 1")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged && result.conflictCount == 0)
        #expect(try await fixture.session.texts("SELECT * FROM t ORDER BY id") == ["1|10", "2|20", "3|30", "4|0"])
        #expect(try await fixture.isSound())
        await keeper.close()
        await other.close()
        try await fixture.close()
    }

    @Test func aMergeIsSeenUndoneAndMadeAgain() async throws {
        let fixture = try await Fixture("CREATE TABLE t(id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 0), (2, 0), (3, 0)")
        let branch = try await fixture.branch("b")
        try await branch.query("UPDATE t SET v = 1 WHERE id = 1; DELETE FROM t WHERE id = 3; INSERT INTO t VALUES (4, 4)")
        try await fixture.session.query("UPDATE t SET v = 2 WHERE id = 2")
        let before = try await fixture.db.branch("main").version
        let merged = try await fixture.merge("b")
        #expect(merged.counts == ["t": "1/1/1"] && merged.targetVersion == before)
        let seen = try await fixture.diff("main@\(merged.version)", base: "main@\(before)", against: .head)
        #expect(seen.counts == merged.counts && seen.table("t")?.rows?.map { $0.key["id"] } == [1, 3, 4])
        try await fixture.db.restore("main", version: before)
        #expect(try await fixture.session.texts("SELECT * FROM t ORDER BY id") == ["1|0", "2|2", "3|0"])
        #expect(try await fixture.isSound())
        // Merged again it is all there again: the undone merge is no part of main's history.
        let again = try await fixture.merge("b")
        #expect(again.status == .merged && again.counts == merged.counts)
        #expect(try await fixture.session.texts("SELECT * FROM t ORDER BY id") == ["1|1", "2|2", "4|4"])
        #expect(try await fixture.isSound())
        try await fixture.close()
    }
}
