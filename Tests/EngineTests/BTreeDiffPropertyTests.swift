import Foundation
import PageStore
import Testing

@testable import Engine

/// Random histories on a stock SQLite file: the page-level diff of two moments against the rows that SQL sees.
@Suite struct BTreeDiffPropertyTests {
    struct Change: Hashable {
        let kind: RowChange.Kind
        let key: [SQLiteValue]
        let before: [SQLiteValue]?
        let after: [SQLiteValue]?
    }

    static let tables: [BTreeTestTable] = [
        BTreeTestTable(
            name: "aliased", columns: ["k", "a", "b", "c"],
            layout: TableLayout(kind: .rowid, rowidColumn: 0, realColumns: [3]), keyCount: 1, orderBy: "k"
        ),
        BTreeTestTable(
            name: "loose", columns: ["a", "b", "c"], layout: TableLayout(kind: .rowid), keyCount: 1, orderBy: "rowid"
        ),
        BTreeTestTable(
            name: "composite", columns: ["x", "y", "z", "w"],
            layout: TableLayout(kind: .keyed(KeyOrder(columns: [
                KeyColumn(collation: .nocase), KeyColumn(descending: true),
            ]))),
            keyCount: 2, orderBy: "x, y DESC"
        ),
        BTreeTestTable(
            name: "trimmed", columns: ["k", "v", "w"],
            layout: TableLayout(kind: .keyed(KeyOrder(columns: [KeyColumn(collation: .rtrim)]))),
            keyCount: 1, orderBy: "k"
        ),
    ]

    static let schema = [
        "aliased": "CREATE TABLE aliased(k INTEGER PRIMARY KEY, a TEXT, b, c REAL)",
        "loose": "CREATE TABLE loose(a, b, c)",
        "composite": """
            CREATE TABLE composite(z BLOB, y NOT NULL, x TEXT COLLATE NOCASE NOT NULL, w,
                PRIMARY KEY(x, y DESC)) WITHOUT ROWID
            """,
        "trimmed": "CREATE TABLE trimmed(k TEXT COLLATE RTRIM PRIMARY KEY, v, w) WITHOUT ROWID",
    ]

    /// A random history of one database.
    struct History {
        var random: BTreeRandom
        let database: BTreeTestDatabase
        var widened: Set<String> = []

        mutating func literal(large: Int) -> String {
            switch random.below(8) {
            case 0: return "NULL"
            case 1: return "\(Int64(bitPattern: random.next()) >> Int64(random.below(64)))"
            case 2: return "\(random.below(3))"
            case 3: return "\(Double(random.below(1_000_000)) / 64)"
            case 4: return "x'" + String(repeating: "\(random.pick(["0a", "ff", "7c"]))", count: random.below(60)) + "'"
            default:
                let length = random.chance(large) ? random.below(5000) : random.below(50)
                return "'" + String(repeating: random.pick(["ab", "Z", "é", "q "]), count: length) + "'"
            }
        }

        mutating func textKey() -> String {
            let length = random.chance(4) ? 300 + random.below(1500) : random.below(4)
            let pad = String(repeating: " ", count: random.below(3))
            return "'" + random.pick(["a", "A", "b", "Key", "KEY", "z"]) + String(repeating: "m", count: length)
                + "\(random.below(400))" + pad + "'"
        }

        mutating func key(_ table: String) -> String {
            switch table {
            case "composite": "\(random.pick(["\(random.below(50))", "\(random.below(50)).5", textKey()]))"
            case "trimmed": textKey()
            default: "\(random.below(1500))"
            }
        }

        mutating func insert(_ table: String, count: Int, large: Int) throws {
            for _ in 0 ..< count {
                let (a, b) = (literal(large: large), literal(large: large))
                switch table {
                case "aliased":
                    let real = random.pick(["1.0", "2", "0.5", "NULL", "1e15"])
                    try database.execute("INSERT OR REPLACE INTO aliased(k,a,b,c) VALUES(\(key(table)),\(a),\(b),\(real))")
                case "loose": try database.execute("INSERT INTO loose(a,b,c) VALUES(\(a),\(b),NULL)")
                case "composite":
                    try database.execute(
                        "INSERT OR REPLACE INTO composite(x,y,z,w) VALUES(\(textKey()),\(key(table)),\(a),\(b))"
                    )
                default: try database.execute("INSERT OR REPLACE INTO trimmed(k,v,w) VALUES(\(textKey()),\(a),\(b))")
                }
            }
        }

        mutating func step(large: Int) throws {
            let table = random.pick(["aliased", "loose", "composite", "trimmed"])
            let keyColumn = ["aliased": "k", "loose": "rowid", "composite": "x", "trimmed": "k"][table] ?? "k"
            let column = ["aliased": "b", "loose": "a", "composite": "z", "trimmed": "v"][table] ?? "v"
            let part = "(abs(random_of(\(keyColumn))) % \(1 + random.below(20))) = 0"
                .replacingOccurrences(of: "random_of(\(keyColumn))", with: "length(\(keyColumn)) * 7 + unicode(\(keyColumn))")
            switch random.below(16) {
            case 0 ..< 4: try insert(table, count: 1 + random.below(12), large: large)
            case 4: try insert(table, count: 120 + random.below(150), large: large)
            case 5, 6: try database.execute("UPDATE \(table) SET \(column) = \(literal(large: large)) WHERE \(part)")
            case 7: try database.execute("DELETE FROM \(table) WHERE \(part)")
            case 8:
                let low = random.below(1000)
                if table == "aliased" || table == "loose" {
                    try database.execute("DELETE FROM \(table) WHERE rowid BETWEEN \(low) AND \(low + random.below(400))")
                }
            case 9:
                // Keys change.
                if table == "aliased" {
                    try database.execute("UPDATE OR IGNORE aliased SET k = k + 2000 WHERE \(part)")
                } else if table == "composite" {
                    try database.execute("UPDATE OR IGNORE composite SET x = upper(x), y = 'moved' WHERE \(part)")
                } else if table == "trimmed" {
                    try database.execute("UPDATE OR IGNORE trimmed SET k = k || '  ' WHERE \(part)")
                }
            case 10: try database.execute("PRAGMA incremental_vacuum(\(random.below(30)))")
            case 11:
                if random.chance(25) { try database.execute("DELETE FROM \(table)") }
            case 12:
                // Dropped and made again, filled again: roots move.
                if random.chance(30), let sql = BTreeDiffPropertyTests.schema[table], !widened.contains(table) {
                    try database.execute("CREATE TABLE IF NOT EXISTS keep AS SELECT * FROM \(table) LIMIT 40")
                    try database.execute("DROP TABLE \(table)")
                    try database.execute(sql)
                    if random.chance(50) {
                        try insert(table, count: 20 + random.below(60), large: large)
                    }
                }
            case 13:
                try database.execute("UPDATE \(table) SET \(column) = \(column) WHERE \(part)")
            case 14:
                // One byte inside large values: SQLite overwrites overflow pages in place.
                try database.execute(
                    "UPDATE \(table) SET \(column) = substr(\(column),1,length(\(column))-1) || '\(random.below(10))' "
                        + "WHERE length(\(column)) > 900 AND typeof(\(column)) = 'text'"
                )
            default:
                if random.chance(40), widened.insert(table).inserted {
                    try database.execute("ALTER TABLE \(table) ADD COLUMN extra DEFAULT 'dflt'")
                }
            }
        }
    }

    static func expected(
        _ table: BTreeTestTable, _ old: [(key: [SQLiteValue], values: [SQLiteValue])],
        _ new: [(key: [SQLiteValue], values: [SQLiteValue])]
    ) -> Set<Change> {
        let before = Dictionary(uniqueKeysWithValues: old.map { ($0.key, $0.values) })
        let after = Dictionary(uniqueKeysWithValues: new.map { ($0.key, $0.values) })
        var changes: Set<Change> = []
        for (key, values) in before where after[key] != values {
            changes.insert(Change(
                kind: after[key] == nil ? .deleted : .updated, key: key, before: values, after: after[key]
            ))
        }
        for (key, values) in after where before[key] == nil {
            changes.insert(Change(kind: .inserted, key: key, before: nil, after: values))
        }
        return changes
    }

    static func collect(_ diff: RowDiff, _ table: BTreeTestTable, limit: Int = .max) throws -> [(Change, RowKey)] {
        var changes: [(Change, RowKey)] = []
        var last: StoredRow?
        while changes.count < limit, let change = try diff.next() {
            let count = table.columns.count
            let key = try change.key()
            changes.append((
                Change(
                    kind: change.kind, key: table.canonical(try key.values()),
                    before: try change.before?.values(count: count), after: try change.after?.values(count: count)
                ), key
            ))
            if let last {
                let order = try last.withView(table.layout) { (view) throws(BTreeError) in
                    try view.compareKey(to: change.keyRow)
                }
                #expect(order < 0, "changes come in key order")
            }
            last = change.keyRow.copy()
        }
        return changes
    }

    /// More histories than the usual few: set BRANCHLITE_PROPERTY_ROUNDS.
    static let rounds = ProcessInfo.processInfo.environment["BRANCHLITE_PROPERTY_ROUNDS"].flatMap { Int($0) } ?? 12

    @Test(arguments: 0 ..< rounds)
    func diffAgreesWithSQL(round: Int) throws {
        let seed = UInt64(round) + 1
        var setUp = BTreeRandom(seed: seed)
        let pageSize = setUp.pick([512, 1024, 4096])
        let autoVacuum = setUp.chance(85) ? "INCREMENTAL" : setUp.pick(["NONE", "FULL"])
        let database = try BTreeTestDatabase(pageSize: pageSize, autoVacuum: autoVacuum)
        for table in Self.tables { try database.execute(Self.schema[table.name] ?? "") }
        try database.execute("CREATE INDEX aliased_a ON aliased(a)")
        var history = History(random: setUp, database: database)
        let large = setUp.pick([0, 3, 25])

        try database.execute("BEGIN")
        for table in Self.tables { try history.insert(table.name, count: 150, large: large) }
        for _ in 0 ..< 15 { try history.step(large: large) }
        try database.execute("COMMIT")

        for turn in 0 ..< 3 {
            let oldPages = try database.pages()
            let oldWidened = history.widened
            var oldRows: [String: [(key: [SQLiteValue], values: [SQLiteValue])]] = [:]
            for var table in Self.tables {
                if oldWidened.contains(table.name) { table.columns.append("extra") }
                oldRows[table.name] = try table.rows(database)
            }
            try database.execute("BEGIN")
            for _ in 0 ..< 1 + setUp.below(turn == 2 ? 25 : 4) { try history.step(large: large) }
            try database.execute("COMMIT")
            let newPages = try database.pages()

            for reversed in [false, true] {
                let from = try DatabaseImage(reversed ? newPages : oldPages)
                let to = try DatabaseImage(reversed ? oldPages : newPages)
                let diff = try DatabaseDiff(old: from, new: to, changedPages: FilePages.changed(oldPages, newPages))
                for var table in Self.tables {
                    var before = oldRows[table.name] ?? []
                    if history.widened.contains(table.name) {
                        if !oldWidened.contains(table.name) {
                            before = before.map { ($0.key, $0.values + [.text("dflt")]) }
                        }
                        table.layout.defaults = table.columns.map { _ in .null } + [.text("dflt")]
                        table.columns.append("extra")
                    }
                    let after = try table.rows(database)
                    let expected = reversed ? Self.expected(table, after, before) : Self.expected(table, before, after)
                    let where_ = "seed \(seed) turn \(turn) \(table.name) reversed \(reversed) page size \(pageSize)"
                    guard let oldRoot = try from.rootPage(ofTable: table.name),
                          let newRoot = try to.rootPage(ofTable: table.name)
                    else {
                        Issue.record("no root: \(where_)")
                        continue
                    }
                    let (a, b) = (TableSide(root: oldRoot, layout: table.layout), TableSide(root: newRoot, layout: table.layout))
                    let rowDiff = try diff.rows(old: a, new: b)
                    #expect(rowDiff.isPageLevel == (autoVacuum != "NONE"))
                    let found = try Self.collect(rowDiff, table)
                    #expect(found.count == expected.count, "\(where_)")
                    #expect(Set(found.map(\.0)) == expected, "\(where_)")
                    let scanned = try Self.collect(diff.rows(old: a, new: b, method: .orderedScan), table)
                    #expect(scanned.map(\.0) == found.map(\.0), "\(where_)")

                    // Paging: resumed behind the last key, a page at a time.
                    var paged: [Change] = []
                    var resumed: RowKey?
                    let limit = max(2, expected.count / 5)
                    while true {
                        let page = try diff.rows(old: a, new: b)
                        if let resumed { try page.seek(after: resumed) }
                        let changes = try Self.collect(page, table, limit: limit)
                        paged += changes.map(\.0)
                        guard let last = changes.last else { break }
                        resumed = last.1
                    }
                    #expect(paged == found.map(\.0), "\(where_)")

                    if !reversed { try Self.checkScan(to, newRoot, table, after, where_) }
                }
            }
        }
    }

    /// A cursor over the whole table gives what SQL gives, in the same order, and finds each key.
    static func checkScan(
        _ image: DatabaseImage, _ root: PageNumber, _ table: BTreeTestTable,
        _ rows: [(key: [SQLiteValue], values: [SQLiteValue])], _ where_: String
    ) throws {
        let cursor = TreeCursor(image, root: root, kind: table.layout.kind)
        let finder = TreeCursor(image, root: root, kind: table.layout.kind)
        var index = 0
        while try cursor.next() {
            guard index < rows.count else { break }
            let view = RowView(rowid: cursor.rowid, record: try cursor.record(), layout: table.layout)
            let values = try view.values(count: table.columns.count)
            if values != rows[index].values {
                Issue.record("row \(index) differs: \(where_)")
                return
            }
            if index % 7 == 0 {
                let found = switch table.layout.kind {
                case .rowid: try finder.find(rowid: cursor.rowid)
                case .keyed: try finder.find(key: view.record)
                }
                #expect(found && finder.cell?.length == cursor.cell?.length, "\(where_)")
            }
            index += 1
        }
        #expect(index == rows.count, "\(where_)")
    }
}
