import Foundation
import Testing

@testable import Branching
import Engine

/// Random histories of two branches: the diff of both directions against a plain comparison of what SQL reads on each side.
@Suite struct DiffPropertyTests {
    /// A row as SQL gives it: what tells it from others, and its cells by column, written so that equal texts are equal values
    /// of the same class, byte by byte.
    private struct ModelRow {
        var identity: String
        var cells: [String: String]
    }

    private struct Change: Hashable, CustomStringConvertible {
        var kind: String
        var identity: String
        var before: [String: String]?
        var after: [String: String]?
        var changed: [String]
        var description: String { "\(kind) \(identity) \(changed)" }
    }

    /// More histories than the usual few: set BRANCHLITE_PROPERTY_ROUNDS. One alone: BRANCHLITE_PROPERTY_SEED.
    private static let rounds = ProcessInfo.processInfo.environment["BRANCHLITE_PROPERTY_ROUNDS"].flatMap { Int($0) } ?? 1_000
    private static let only = ProcessInfo.processInfo.environment["BRANCHLITE_PROPERTY_SEED"].flatMap { UInt64($0) }

    @Test(arguments: 0..<4)
    func diffAgreesWithSQL(share: Int) async throws {
        let fixture = try await Fixture { $0.maxBranches = 100_000 }
        for round in 0..<Self.rounds where round % 4 == share {
            let seed = UInt64(round) &+ 1
            if let only = Self.only, only != seed { continue }
            do {
                try await history(fixture, seed)
            } catch { Issue.record("seed \(seed): \(error)") }
        }
        try await fixture.close()
    }

    private func history(_ fixture: Fixture, _ seed: UInt64) async throws {
        var writer = HistoryWriter(random: SeededGenerator(seed: seed))
        writer.long = writer.pick([0, 3, 20])
        let (one, two) = ("a\(seed)", "b\(seed)")
        let first = try await fixture.branch(one)
        var mine = writer.table("t")
        try await first.query(mine.sql("t"))
        for sql in writer.rows(mine, writer.pick([0, 5, 40, 200])) { try await first.query(sql) }
        for _ in 0..<writer.below(4) { try await step(&writer, &mine, first) }
        let second = try await fixture.branch(two, from: one)
        var theirs = mine
        // Both make a column of one name, perhaps with another type and default.
        if writer.chance(20), !mine.columns.contains(where: { $0.name == "n0" }) {
            for (table, session) in [(mine, first), (theirs, second)] {
                let wider = writer.widen(table, "n0")
                try await session.query(wider.sql)
                if session === first { mine = wider.table } else { theirs = wider.table }
            }
        }
        let steps = writer.pick([0, 1, 2, 4, 12])
        for _ in 0..<steps {
            if writer.chance(70) { try await step(&writer, &theirs, second) } else { try await step(&writer, &mine, first) }
        }
        try await compare(fixture, one, two, mine, theirs, seed)
        try await compare(fixture, two, one, theirs, mine, seed)
        await first.close()
        await second.close()
        for name in [two, one] { try await fixture.db.discardBranch(name, purge: true) }
    }

    private func step(_ writer: inout HistoryWriter, _ table: inout HistoryTable, _ session: Session) async throws {
        let step = writer.step(table)
        for sql in step.sql {
            do {
                try await session.query(sql)
            } catch let error as BranchLiteError {
                throw BranchLiteError(error.code, "\(error.message) in \(sql)")
            }
        }
        table = step.table
    }

    // MARK: - Comparing

    private func compare(_ fixture: Fixture, _ base: String, _ branch: String, _ was: HistoryTable, _ now: HistoryTable, _ seed: UInt64) async throws {
        let place = "seed \(seed), \(base) to \(branch): \(was.sql("t")) to \(now.sql("t"))"
        let context = fixture.db.context
        let (old, new) = (try context.head(of: context.resolve(base).id), try context.head(of: context.resolve(branch).id))
        let sides = SideCache(context)
        let (oldSide, newSide) = (try sides.side(old), try sides.side(new))
        let pages = try sides.difference(from: oldSide, to: newSide)
        let renames = try newSide.renames(of: "t", since: oldSide)
        let changes = try RowChanges(pages, old: oldSide.shape("t"), new: newSide.shape("t"), renames: renames)
        let names = Dictionary(uniqueKeysWithValues: was.columns.map { ($0.name, renames[$0.name] ?? $0.name) })
        let match = Match(was, now, names)
        let expected = try expected(oldSide, newSide, was, now, names, match)
        var found: [Change] = []
        var (moved, counts) = (0, RowDiffCounts())
        while let change = try changes.nextInPlace() {
            counts.add(change.kind)
            let view = try #require(change.after ?? change.before)
            let shape = try #require(change.after == nil ? changes.old : changes.new)
            let cells = try self.cells(view, shape)
            found.append(Change(
                kind: "\(change.kind)",
                identity: match.identity(change.after == nil ? was : now, cells: cells, rowid: view.rowid, isOld: change.after == nil),
                before: try change.before.map { try self.cells($0, changes.old) }, after: try change.after.map { try self.cells($0, changes.new) },
                changed: try changes.changedColumns(in: change).sorted()))
            moved += 1
        }
        let surplus = Set(found).subtracting(expected), missing = expected.subtracting(found)
        #expect(surplus.isEmpty && missing.isEmpty && found.count == expected.count, "\(place)\nsurplus \(surplus.prefix(4)) missing \(missing.prefix(4))")
        #expect(try DiffListing(sides, TablePair(key: "t", old: (oldSide, "t"), new: (newSide, "t")))?.counts() ?? RowDiffCounts() == counts, "\(place)")
        sides.close()
        // The same through the door, whole and by pages.
        let whole = try await fixture.diff(branch, base: base, against: .head, table: "t", limit: 100_000)
        let rows = whole.table("t")?.rows ?? []
        #expect(rows.count == counts.total, "\(place)")
        let limit = max(1, rows.count / 3)
        var (paged, cursor): ([RowDifference], String?) = ([], nil)
        repeat {
            let page = try await fixture.diff(branch, base: base, against: .head, table: "t", limit: limit, cursor: cursor)
            if let table = page.table("t") {
                paged += table.rows ?? []
                #expect(table.inserted == counts.inserted && table.updated == counts.updated && table.deleted == counts.deleted, "\(place)")
            }
            cursor = page.nextCursor
        } while cursor != nil
        #expect(paged == rows, "\(place)")
    }

    /// How rows of both sides are told to be the same: the rule of docs/merge.md, from what the test knows of the tables.
    private struct Match {
        enum Way { case rowid, key([String: String]), nothing }
        var way: Way
        let names: [String: String]

        init(_ was: HistoryTable, _ now: HistoryTable, _ names: [String: String]) {
            self.names = names
            let collation = { (table: HistoryTable, name: String) in table.columns.first { $0.name == name }?.collation ?? "BINARY" }
            if was.key.isEmpty, now.key.isEmpty {
                way = .rowid
            } else if let a = was.alias, let b = now.alias {
                way = names[a] == b ? .rowid : .nothing
            } else if was.alias == nil, now.alias == nil, !was.key.isEmpty, Set(was.key.map { names[$0.name] }) == Set(now.key.map(\.name)) {
                var collations: [String: String] = [:]
                for column in was.key {
                    let name = names[column.name] ?? column.name
                    let (a, b) = (collation(was, column.name), collation(now, name))
                    collations[name] = a == b ? a : "BINARY"
                }
                way = .key(collations)
            } else {
                way = .nothing
            }
        }

        /// The key as a text that is equal for the same rows; of a table without rowids `rowid` means nothing.
        func identity(_ table: HistoryTable, cells: [String: String], rowid: Int64, isOld: Bool) -> String {
            if table.key.isEmpty || table.alias != nil { return "rowid \(rowid)" }
            var collations: [String: String] = [:]
            if case .key(let known) = way { collations = known }
            var parts: [String] = []
            for column in table.key.map(\.name).sorted(by: { (isOld ? names[$0] ?? $0 : $0) < (isOld ? names[$1] ?? $1 : $1) }) {
                let name = isOld ? names[column] ?? column : column
                let cell = cells[column] ?? "n"
                if cell == "n" { return "rowid \(rowid)" }
                parts.append(Self.canonical(cell, collations[name] ?? "BINARY"))
            }
            return parts.joined(separator: ",")
        }

        private static func canonical(_ cell: String, _ collation: String) -> String {
            if cell.hasPrefix("r"), let bits = UInt64(cell.dropFirst(), radix: 16), let whole = Int64(exactly: Double(bitPattern: bits)) { return "i\(whole)" }
            guard cell.hasPrefix("t"), collation != "BINARY" else { return cell }
            var bytes: [UInt8] = []
            var rest = cell.dropFirst()
            while let byte = UInt8(rest.prefix(2), radix: 16) {
                bytes.append(byte)
                rest = rest.dropFirst(2)
            }
            if collation == "NOCASE" {
                bytes = bytes.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
            } else {
                while bytes.last == 0x20 { bytes.removeLast() }
            }
            return "t" + DiffPropertyTests.hex(bytes)
        }
    }

    private func expected(
        _ oldSide: VersionSide, _ newSide: VersionSide, _ was: HistoryTable, _ now: HistoryTable, _ names: [String: String], _ match: Match
    ) throws -> Set<Change> {
        let (before, after) = (try model(oldSide, was, match, isOld: true), try model(newSide, now, match, isOld: false))
        var changes: Set<Change> = []
        if case .nothing = match.way {
            for row in before { changes.insert(Change(kind: "deleted", identity: row.identity, before: row.cells, changed: [])) }
            for row in after { changes.insert(Change(kind: "inserted", identity: row.identity, after: row.cells, changed: [])) }
            return changes
        }
        // A row of a rowid table whose key has a NULL is told by its rowid, which a table without rowids does not have.
        let hasRowids = was.isWithoutRowid == now.isWithoutRowid
        let isBySweep = !hasRowids || was.isWithoutRowid
        let there = Dictionary(uniqueKeysWithValues: after.map { ($0.identity, $0) })
        let here = Dictionary(uniqueKeysWithValues: before.map { ($0.identity, $0) })
        let stored = now.columns.filter(\.isStored).map(\.name)
        let oldStored = Set(was.columns.filter(\.isStored).map { names[$0.name] ?? $0.name })
        let back = Dictionary(names.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        for row in before {
            guard let other = there[row.identity], !(isBySweep && row.identity.hasPrefix("rowid")) else {
                changes.insert(Change(kind: "deleted", identity: row.identity, before: row.cells, changed: []))
                continue
            }
            let changed = stored.filter { name in
                guard oldStored.contains(name) else {
                    let column = now.columns.first { $0.name == name }
                    return column?.generated == nil && other.cells[name] != (initial(column, newSide) ?? "n")
                }
                return row.cells[back[name] ?? name] != other.cells[name]
            }
            if changed.isEmpty { continue }
            changes.insert(Change(kind: "updated", identity: row.identity, before: row.cells, after: other.cells, changed: changed.sorted()))
        }
        for row in after where here[row.identity] == nil || isBySweep && row.identity.hasPrefix("rowid") {
            changes.insert(Change(kind: "inserted", identity: row.identity, after: row.cells, changed: []))
        }
        return changes
    }

    /// The default as a row older than the column reads it: SQLite itself is asked, of a table of one such row.
    private func initial(_ column: HistoryTable.Column?, _ side: VersionSide) -> String? {
        guard let column, let text = column.initial else { return nil }
        let affinity = column.declaration
        // Affinity by the column's type, as for any value stored in it.
        switch (affinity, text) {
        case ("TEXT", "7"): return "t37"
        case ("TEXT", "3"): return "t33"
        case ("TEXT", "1.5"): return "t312e35"
        case ("TEXT", "-1"): return "t2d31"
        case ("REAL", "7"), ("REAL", "-1"), ("REAL", "3"): return "r" + String(Double(text)!.bitPattern, radix: 16)
        case ("REAL", "'12'"): return "r" + String(12.0.bitPattern, radix: 16)
        case ("INT", "'12'"), ("NUMERIC", "'12'"): return "i12"
        case (_, "'12'"): return "t3132"
        case (_, "'d'"): return "t64"
        case (_, "x'00'"): return "b00"
        case (_, "1.5"): return "r" + String(1.5.bitPattern, radix: 16)
        default: return "i\(text)"
        }
    }

    private func model(_ side: VersionSide, _ table: HistoryTable, _ match: Match, isOld: Bool) throws -> [ModelRow] {
        let columns = table.columns.filter(\.isStored).map(\.name)
        let list = ([table.isWithoutRowid ? "0" : "rowid"] + columns.flatMap { [$0, "CASE typeof(\($0)) WHEN 'text' THEN hex(CAST(\($0) AS BLOB)) END"] }).joined(separator: ", ")
        return try side.connection.query("SELECT \(list) FROM t").map { row in
            var cells: [String: String] = [:]
            for (index, name) in columns.enumerated() {
                if case .text(let hex) = row[2 + 2 * index] { cells[name] = "t" + hex.lowercased() } else { cells[name] = Self.cell(row[1 + 2 * index]) }
            }
            guard case .integer(let rowid) = row[0] else { throw BranchLiteError("BL_INTERNAL", "no rowid") }
            return ModelRow(identity: match.identity(table, cells: cells, rowid: rowid, isOld: isOld), cells: cells)
        }
    }

    /// The stored cells of a row as they lie in its page.
    private func cells(_ view: RowView, _ shape: TableShape?) throws -> [String: String] {
        var cells: [String: String] = [:]
        for (index, column) in (shape?.stored.columns ?? []).enumerated() {
            if index != view.layout.rowidColumn, let stored = try view.record.column(at: index), stored.storageClass == .text {
                cells[column.name] = "t" + Self.hex(Array(stored.bytes))
            } else {
                cells[column.name] = Self.cell(try view.value(at: index))
            }
        }
        return cells
    }

    private static func cell(_ value: SQLiteValue) -> String {
        switch value {
        case .null: "n"
        case .integer(let number): "i\(number)"
        case .real(let number): "r" + String(number.bitPattern, radix: 16)
        case .text(let text): "t" + hex(Array(text.utf8))
        case .malformedText(let bytes): "t" + hex(bytes)
        case .blob(let bytes): "b" + hex(bytes)
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
