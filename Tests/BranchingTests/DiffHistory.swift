@testable import Branching
import Engine

/// A table of a random history: what the test itself knows of it.
struct HistoryTable: Equatable {
    struct Column: Equatable {
        var name: String
        /// Type and constraints.
        var declaration = ""
        /// The default's text; nil: NULL.
        var initial: String?
        /// `VIRTUAL` or `STORED`, and the expression.
        var generated: (kind: String, text: String)?
        /// Of a column of the key.
        var collation = "BINARY"

        var isStored: Bool { generated?.kind != "VIRTUAL" }

        static func == (a: Column, b: Column) -> Bool { a.text == b.text }

        var text: String {
            var text = "\(name) \(declaration)"
            if collation != "BINARY" { text += " COLLATE \(collation)" }
            if let initial { text += " DEFAULT \(initial)" }
            if let generated { text += " AS (\(generated.text)) \(generated.kind)" }
            return text
        }
    }

    var name: String
    var columns: [Column]
    /// Names, in the key's order, with DESC where it descends; a lone INTEGER is the rowid.
    var key: [(name: String, isDescending: Bool)] = []
    var isWithoutRowid = false

    static func == (a: HistoryTable, b: HistoryTable) -> Bool { a.sql(a.name) == b.sql(b.name) }

    /// The column that is the rowid.
    var alias: String? {
        guard key.count == 1, !isWithoutRowid, let only = key.first, !only.isDescending else { return nil }
        return columns.first { $0.name == only.name && $0.declaration == "INTEGER" }?.name
    }

    func sql(_ name: String) -> String {
        var parts = columns.map(\.text)
        if !key.isEmpty { parts.append("PRIMARY KEY(" + key.map { $0.isDescending ? "\($0.name) DESC" : $0.name }.joined(separator: ", ") + ")") }
        return "CREATE TABLE \(name)(\(parts.joined(separator: ", ")))" + (isWithoutRowid ? " WITHOUT ROWID" : "")
    }

    /// Columns that can be written.
    var plain: [String] { columns.filter { $0.generated == nil }.map(\.name) }
    var beside: [String] { plain.filter { name in !key.contains { $0.name == name } } }
}

/// Makes random tables and random changes to them.
struct HistoryWriter {
    var random: SeededGenerator
    /// How often values are long enough for overflow pages, of 100.
    var long = 3

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<max(1, limit), using: &random) }
    mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
    mutating func pick<T>(_ choices: [T]) -> T { choices[below(choices.count)] }

    mutating func literal() -> String {
        switch below(15) {
        case 0: return "NULL"
        case 1: return "\(Int64.random(in: .min ... .max, using: &random) >> Int64(below(64)))"
        case 2: return "\(below(3))"
        case 3: return pick(["1.0", "1", "'1'", "x'31'", "2.0", "1e15", "-3"])
        case 4: return pick(["0.0", "(0.0 * -1)", "9e999", "-9e999", "(9e999 - 9e999)", "0"])
        case 5: return "\(Double(below(100_000)) / 64)"
        case 6: return pick(["CAST(x'ff' AS TEXT)", "CAST(x'fe' AS TEXT)", "CAST(x'61c328' AS TEXT)", "CAST(x'efbfbd' AS TEXT)", "CAST(x'6100' AS TEXT)"])
        // "café" in two spellings.
        case 7: return pick(["CAST(x'636166c3a9' AS TEXT)", "CAST(x'63616665cc81' AS TEXT)"])
        case 8: return "x'\(pick(["", "00", "ff00", "7c"]))'"
        default:
            let count = chance(long) ? below(9_000) : below(12)
            return "'" + String(repeating: pick(["ab", "Z", "é", "q "]), count: count) + "\(below(5))'"
        }
    }

    mutating func key() -> String {
        switch below(8) {
        case 0: return "\(below(30)).0"
        case 1: return "\(below(30)).5"
        case 2, 3: return "\(below(30))"
        case 4: return pick(["CAST(x'ff' AS TEXT)", "CAST(x'fe' AS TEXT)", "x'61'", "''"])
        default: return "'" + pick(["a", "A", "b", "key", "KEY"]) + "\(below(12))" + pick(["", "", " ", "  "]) + "'"
        }
    }

    private mutating func column(_ name: String) -> HistoryTable.Column {
        var column = HistoryTable.Column(name: name, declaration: pick(["", "TEXT", "REAL", "INT", "NUMERIC", "BLOB"]))
        if chance(25) { column.initial = pick(["7", "'d'", "1.5", "'12'", "x'00'", "-1"]) }
        return column
    }

    mutating func table(_ name: String) -> HistoryTable {
        var table = HistoryTable(name: name, columns: (0..<1 + below(4)).map { HistoryTable.Column(name: "c\($0)") })
        for index in table.columns.indices { table.columns[index] = column(table.columns[index].name) }
        if chance(20), let first = table.columns.first?.name {
            table.columns.append(HistoryTable.Column(name: "g", generated: (pick(["VIRTUAL", "STORED"]), "coalesce(\(first), 1) || 'g'")))
        }
        rekey(&table)
        if chance(30) { table.columns.shuffle(using: &random) }
        return table
    }

    /// Gives the table another primary key.
    private mutating func rekey(_ table: inout HistoryTable) {
        table.columns.removeAll { $0.name.hasPrefix("k") }
        table.isWithoutRowid = false
        switch below(6) {
        case 0: table.key = []
        case 1:
            table.columns.insert(HistoryTable.Column(name: "k", declaration: "INTEGER"), at: 0)
            table.key = [("k", false)]
        default:
            let names = ["k", "k2", "k3"].prefix(1 + below(3))
            for (index, name) in names.enumerated() {
                table.columns.insert(
                    HistoryTable.Column(name: name, declaration: pick(["TEXT", "", "INT", "REAL"]), collation: pick(["BINARY", "NOCASE", "RTRIM"])), at: index)
            }
            table.key = names.shuffled(using: &random).map { ($0, chance(30)) }
            table.isWithoutRowid = chance(40)
        }
    }

    mutating func rows(_ table: HistoryTable, _ count: Int) -> [String] {
        (0..<count).map { _ in
            let values = table.plain.map { name in
                if name == table.alias { return chance(20) ? "NULL" : "\(below(60) - 5)" }
                return table.key.contains { $0.name == name } ? (!table.isWithoutRowid && chance(8) ? "NULL" : key()) : literal()
            }
            return "INSERT OR \(pick(["IGNORE", "REPLACE"])) INTO \(table.name)(\(table.plain.joined(separator: ", "))) VALUES (\(values.joined(separator: ", ")))"
        }
    }

    /// One step: SQL, and what it makes of the table (nil: dropped).
    mutating func step(_ table: HistoryTable) -> (sql: [String], table: HistoryTable) {
        let name = table.name
        let some = pick(["rowid", "length(\(pick(table.plain)))"])
        let condition = table.isWithoutRowid || some != "rowid" ? "abs(unicode(\(pick(table.plain)))) % \(1 + below(6)) = 0" : "rowid % \(1 + below(7)) = \(below(4))"
        switch below(24) {
        case 0..<6: return (rows(table, 1 + below(5)), table)
        case 6, 7: return (["DELETE FROM \(name) WHERE \(condition)"], table)
        case 8...11:
            guard let column = table.beside.randomElement(using: &random) else { return ([], table) }
            return (["UPDATE OR IGNORE \(name) SET \(column) = \(literal()) WHERE \(condition)"], table)
        case 12:
            guard let column = table.key.randomElement(using: &random)?.name, column != table.alias else { return ([], table) }
            let value = pick(["upper(\(column))", "\(column) || ' '", key(), "trim(\(column))", table.isWithoutRowid ? key() : "NULL"])
            return (["UPDATE OR IGNORE \(name) SET \(column) = \(value) WHERE \(condition)"], table)
        case 13:
            if table.isWithoutRowid { return ([], table) }
            return (["UPDATE OR IGNORE \(name) SET rowid = rowid + \(1 + below(40)) WHERE \(condition)"], table)
        case 14:
            guard let column = table.beside.randomElement(using: &random) else { return ([], table) }
            return (["UPDATE \(name) SET \(column) = substr(\(column), 1, length(\(column)) - 1) || \(below(10)) WHERE typeof(\(column)) = 'text' AND length(\(column)) > 900"], table)
        case 15:
            let filler = table.plain.map { name in name == table.alias ? "NULL" : table.key.contains { $0.name == name } ? "'bulk' || i" : "i" }
            return (["WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < \(100 + below(200))) INSERT OR IGNORE INTO \(name)(\(table.plain.joined(separator: ", "))) SELECT \(filler.joined(separator: ", ")) FROM n"], table)
        case 16: return (["PRAGMA incremental_vacuum(\(below(20)))"], table)
        case 17:
            let made = "n\(below(4))"
            guard !table.columns.contains(where: { $0.name == made }) else { return ([], table) }
            let wider = widen(table, made)
            return ([wider.sql], wider.table)
        case 18:
            guard table.beside.count > 1, let column = table.beside.randomElement(using: &random), table.columns.allSatisfy({ $0.generated?.text.contains(column) != true })
            else { return ([], table) }
            var narrower = table
            narrower.columns.removeAll { $0.name == column }
            return (["ALTER TABLE \(name) DROP COLUMN \(column)"], narrower)
        case 19: return (["DELETE FROM \(name)"] + rows(table, below(6)), table)
        case 20:
            // Dropped and made again, perhaps as another table.
            let made = chance(50) ? table : self.table(name)
            return (["DROP TABLE \(name)", made.sql(name)] + rows(made, below(30)), made)
        case 21, 22: return rebuild(table)
        default:
            // Another table comes and goes: roots and pages move.
            let other = "spare\(below(3))"
            return ([chance(50) ? "CREATE TABLE IF NOT EXISTS \(other) AS SELECT * FROM \(name)" : "DROP TABLE IF EXISTS \(other)"], table)
        }
    }

    /// A column more.
    mutating func widen(_ table: HistoryTable, _ name: String) -> (sql: String, table: HistoryTable) {
        var wider = table
        let made = column(name)
        wider.columns.append(made)
        return ("ALTER TABLE \(table.name) ADD COLUMN \(made.text)", wider)
    }

    /// A table rebuilt the way ALTER cannot: columns in another order, of other types, another key.
    private mutating func rebuild(_ table: HistoryTable) -> (sql: [String], table: HistoryTable) {
        var made = table
        if chance(50) { made.columns.shuffle(using: &random) }
        if chance(40), let index = made.columns.indices.randomElement(using: &random), made.columns[index].generated == nil, made.columns[index].name != table.alias {
            made.columns[index].declaration = pick(["", "TEXT", "REAL", "INT"])
        }
        if chance(30), let index = made.columns.indices.randomElement(using: &random), made.columns[index].generated == nil { made.columns[index].initial = "3" }
        if chance(30), table.alias == nil, !table.key.isEmpty { made.isWithoutRowid.toggle() }
        if chance(20) { made.key.shuffle(using: &random) }
        if chance(20), let key = made.key.first?.name, let index = made.columns.firstIndex(where: { $0.name == key }), table.alias == nil {
            made.columns[index].collation = pick(["BINARY", "NOCASE", "RTRIM"])
        }
        if chance(15) { rekey(&made) }
        // Not every value can be a rowid.
        let shared = made.plain.filter { table.plain.contains($0) && ($0 != made.alias || $0 == table.alias) }
        let list = shared.joined(separator: ", ")
        let copy = shared.isEmpty ? [] : ["INSERT OR IGNORE INTO fresh(\(list)) SELECT \(list) FROM \(table.name)"]
        return (["DROP TABLE IF EXISTS fresh", made.sql("fresh")] + copy + ["DROP TABLE \(table.name)", "ALTER TABLE fresh RENAME TO \(table.name)"], made)
    }
}
