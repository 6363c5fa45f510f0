import Testing

@testable import Branching
import Engine
import SQLDialect

/// Random definitions and rows on a branch, random rows and definitions that do not stand in their way on main: the merge must come out
/// as if the branch's statements had been run on main after main's own.
@Suite struct MergeReplayTests {
    /// A table as the branch has it while its statements are made.
    private struct Table {
        var name: String
        /// What main calls it.
        let mainName: String
        var key: String
        /// The column that main writes, as the branch calls it.
        var shared: String
        /// Columns that only the branch writes.
        var own: [String]
        let isNew: Bool
        let isRowsOnly: Bool
    }

    private struct Maker {
        var random: SeededGenerator
        /// A live branch's renamed table is one dropped and one made.
        let isLive: Bool
        var tables: [Table]
        var number = 100
        var indexes = [(name: "r_b", table: "r", column: "b")]
        var views: [String] = []

        mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
        mutating func fresh(_ prefix: String) -> String {
            number += 1
            return "\(prefix)\(number)"
        }
        mutating func value() -> String { ["NULL", "'x\(pick(50))'", "\(pick(1_000))", "\(pick(100)).5"][pick(4)] }

        private mutating func rename(_ old: String, _ new: String, _ table: Table) {
            for index in indexes.indices where indexes[index].table == table.mainName && indexes[index].column == old { indexes[index].column = new }
        }

        /// One of the branch's statements; rows up to 20 are those of the base.
        mutating func branchStatement() -> String? {
            let index = pick(tables.count)
            let table = tables[index]
            switch pick(table.isRowsOnly ? 4 : 14) {
            case 0: return "INSERT INTO \(table.name)(\(table.key), \(table.shared)) VALUES (\(1_000 + number * 2 + 1), \(value()))".also { number += 1 }
            case 1: return "DELETE FROM \(table.name) WHERE \(table.key) = \(pick(10) * 2 + 1)"
            case 2, 3:
                guard let column = table.own.randomElement(using: &random) else { return nil }
                return "UPDATE \(table.name) SET \(column) = \(value()) WHERE \(table.key) <= 20 AND \(table.key) % \(1 + pick(4)) = 0"
            case 4:
                let column = fresh("c")
                tables[index].own.append(column)
                return "ALTER TABLE \(table.name) ADD COLUMN \(column) TEXT DEFAULT 'd\(pick(9))'"
            case 5:
                guard table.own.count > 1, let column = table.own.randomElement(using: &random) else { return nil }
                // Not one that an index or view is made on.
                guard !indexes.contains(where: { $0.table == table.mainName && $0.column == column }) else { return nil }
                tables[index].own.removeAll { $0 == column }
                return "ALTER TABLE \(table.name) DROP COLUMN \(column)"
            case 6:
                guard let place = table.own.indices.randomElement(using: &random) else { return nil }
                let name = fresh("r")
                let old = table.own[place]
                tables[index].own[place] = name
                rename(old, name, table)
                return "ALTER TABLE \(table.name) RENAME COLUMN \(old) TO \(name)"
            case 7:
                let name = fresh("s")
                rename(table.shared, name, table)
                tables[index].shared = name
                return "ALTER TABLE \(table.name) RENAME COLUMN \(table.shared) TO \(name)"
            case 8:
                if isLive { return nil }
                let name = fresh("t")
                tables[index].name = name
                return "ALTER TABLE \(table.name) RENAME TO \(name)"
            case 9:
                guard let column = (table.own + [table.shared]).randomElement(using: &random) else { return nil }
                let name = fresh("i")
                indexes.append((name, table.mainName, column))
                return "CREATE INDEX \(name) ON \(table.name)(\(column))"
            case 10:
                guard let place = indexes.indices.randomElement(using: &random) else { return nil }
                return "DROP INDEX IF EXISTS \(indexes.remove(at: place).name)"
            case 11:
                let name = fresh("v")
                views.append(name)
                return "CREATE VIEW \(name) AS SELECT \(table.key) AS id, \(table.shared) AS what FROM \(table.name)"
            case 12:
                let name = fresh("n")
                tables.append(Table(name: name, mainName: name, key: "id", shared: "a", own: ["b", "c"], isNew: true, isRowsOnly: false))
                return "CREATE TABLE \(name)(id INTEGER PRIMARY KEY, a, b, c)"
            default:
                guard !table.isNew, pick(4) == 0 else { return nil }
                // A column with a constraint, which needs the table made anew.
                let column = fresh("k")
                tables[index].own.append(column)
                return "ALTER TABLE \(table.name) ADD COLUMN \(column) INTEGER CHECK (\(column) IS NULL OR \(column) >= 0 OR \(column) < 0 OR 1)"
            }
        }

        /// One of main's, by the names that the base had.
        mutating func mainStatement() -> String {
            let base = tables.filter { !$0.isNew }
            let table = base[pick(base.count)]
            switch pick(7) {
            case 0, 1: return "INSERT INTO \(table.mainName)(id, a) VALUES (\(1_000 + number * 2), \(value()))".also { number += 1 }
            case 2: return "DELETE FROM \(table.mainName) WHERE id = \(pick(5) * 2 + 22)"
            case 3: return "ALTER TABLE \(table.mainName) ADD COLUMN \(fresh("m")) INTEGER DEFAULT \(pick(5))"
            case 4: return "CREATE INDEX \(fresh("mi")) ON \(table.mainName)(a)"
            case 5: return "CREATE TABLE \(fresh("mt"))(x, y)"
            default: return "UPDATE \(table.mainName) SET a = \(value()) WHERE id % 2 = 0 AND id <= 20"
            }
        }
    }

    private static let base = """
        CREATE TABLE r(id INTEGER PRIMARY KEY, a, b, c); CREATE INDEX r_b ON r(b);
        CREATE TABLE w(a, id INTEGER PRIMARY KEY, b TEXT, c) WITHOUT ROWID;
        CREATE TABLE k(id INT PRIMARY KEY, a, b REAL, c, UNIQUE(id, a));
        CREATE VIEW seen AS SELECT r.id, w.b FROM r JOIN w ON w.id = r.id;
        CREATE TABLE child(id INTEGER PRIMARY KEY, a, b, c, parent INTEGER REFERENCES r(id) ON DELETE SET NULL);
        """

    /// Columns by name and rows of all tables, and the texts of everything else.
    private func contents(_ session: Session) async throws -> (rows: [String: [String]], texts: [String: String]) {
        var rows: [String: [String]] = [:]
        var texts: [String: String] = [:]
        for object in try await session.query("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL").values {
            let (type, name, sql) = (object[0].text, object[1].text, object[2].text)
            if BranchSchema.isInternal(name) { continue }
            texts[type + " " + name] = sql
            guard type == "table" else { continue }
            let columns = try await session.texts("SELECT name FROM pragma_table_info('\(name)') ORDER BY name")
            let list = columns.map { "'\($0)=' || typeof(\($0)) || ' ' || ifnull(\($0), '')" }.joined(separator: ", ")
            rows[name] = try await session.texts("SELECT \(list) FROM \(name)").sorted()
        }
        return (rows, texts)
    }

    @Test(arguments: 1...40) func theMergeComesOutAsTheReplay(number: Int) async throws {
        let seed = UInt64(number) &* 0x5851_F42D_4C95_7F2D
        var random = SeededGenerator(seed: seed)
        var setup = MergeReplayTests.base
        for table in ["r", "w", "k", "child"] {
            setup += "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO \(table)(id, a, b, c) SELECT i, i * 7 % 11, i, 'c' || i FROM n;"
        }
        let shapes = ["r", "w", "k", "child"].map { Table(name: $0, mainName: $0, key: "id", shared: "a", own: ["b", "c"], isNew: false, isRowsOnly: $0 == "w") }
        let isLive = number % 3 == 0
        var maker = Maker(random: random, isLive: isLive, tables: shapes)
        let mine = (0..<Int.random(in: 2...14, using: &random)).compactMap { _ in maker.branchStatement() }
        let theirs = (0..<Int.random(in: 0...8, using: &random)).map { _ in maker.mainStatement() }

        let fixture = try await Fixture(setup)
        let branch = try await fixture.branch("b", mode: isLive ? .live : .snapshot)
        for sql in mine { try await branch.query(sql) }
        for sql in theirs { try await fixture.session.query(sql) }
        let replay = try await Fixture(setup)
        for sql in theirs + mine { try await replay.session.query(sql) }

        let story = "seed \(seed)\nbranch: \(mine.joined(separator: "; "))\nmain: \(theirs.joined(separator: "; "))"
        let preview = try await fixture.merge("b", dryRun: true)
        #expect(preview.conflicts.isEmpty && preview.violations.isEmpty, "\(story)")
        let result = try await fixture.merge("b")
        #expect(result.status == .merged || result.status == .upToDate, "\(story)")
        let (got, wanted) = (try await contents(fixture.session), try await contents(replay.session))
        #expect(Set(got.texts.keys) == Set(wanted.texts.keys), "\(story)")
        for (name, rows) in wanted.rows where got.rows[name] != rows { Issue.record("\(story)\n\(name): \(got.rows[name] ?? []) and not \(rows)") }
        for (name, text) in wanted.texts where !name.hasPrefix("table ") && !SQLText.isSame(got.texts[name], text) {
            Issue.record("\(story)\n\(name): \(got.texts[name] ?? "-") and not \(text)")
        }
        #expect(try await fixture.isSound())
        // What was merged is there: the next merge brings nothing, catching up brings main's to the branch.
        #expect(try await fixture.merge("b").status == .upToDate, "\(story)")
        #expect(try await fixture.merge("main", into: "b").conflicts.isEmpty, "\(story)")
        // What a live branch's pages hold is not all that it shows.
        if !isLive {
            let caught = try await contents(branch)
            #expect(caught.rows == got.rows, "\(story)")
        }
        try await replay.close()
        try await fixture.close()
    }
}

extension String {
    /// The text itself, after something else was done.
    fileprivate func also(_ body: () -> Void) -> String {
        body()
        return self
    }
}
