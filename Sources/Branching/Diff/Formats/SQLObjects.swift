import Engine
import SQLDialect

/// Indexes, views and triggers that a patch drops before it touches the tables, and those that it makes afterwards.
struct KeptObjects {
    let dropped: [SchemaRow]
    let made: [SchemaRow]
    /// Objects that differ, as against those that only have to be out of the way.
    let changes: Int
    private let before: [SchemaRow]

    /// - Parameters:
    ///   - before, after: the objects of both sides in the order of their schemas.
    ///   - touched: folded names of tables whose rows change.
    ///   - gone: tables that are dropped; their indexes and triggers go with them.
    ///   - rebuilt: tables that are made anew.
    init(before: [SchemaRow], after: [SchemaRow], touched: Set<String>, gone: Set<String>, rebuilt: Set<String>) {
        self.before = before
        func objects(_ rows: [SchemaRow], _ type: String) -> [SchemaRow] { rows.filter { $0.type == type } }
        func texts(_ rows: [SchemaRow]) -> [String: String?] {
            Dictionary(rows.map { ("\($0.type) \(foldedASCII($0.name)) \(foldedASCII($0.tableName))", $0.sql) }, uniquingKeysWith: { first, _ in first })
        }
        let (was, now) = (texts(before.filter { $0.type != "table" }), texts(after.filter { $0.type != "table" }))
        func isSame(_ row: SchemaRow) -> Bool {
            let key = "\(row.type) \(foldedASCII(row.name)) \(foldedASCII(row.tableName))"
            guard let a = was[key], let b = now[key] else { return false }
            return a == b
        }
        let changedViews = Set((objects(before, "view") + objects(after, "view")).filter { !isSame($0) }.map { foldedASCII($0.name) })
        // The order in which triggers of one table were made is the order in which they fire: all are made anew or none.
        let triggers = objects(before, "trigger") + objects(after, "trigger")
        let order = { (rows: [SchemaRow], table: String) in rows.filter { $0.type == "trigger" && foldedASCII($0.tableName) == table }.map { foldedASCII($0.name) } }
        var renewed = touched.union(gone).union(changedViews)
        for table in Set(triggers.map { foldedASCII($0.tableName) }) {
            if triggers.contains(where: { foldedASCII($0.tableName) == table && !isSame($0) }) || order(before, table) != order(after, table) { renewed.insert(table) }
        }
        let isRenewed = { (row: SchemaRow) in
            switch row.type {
            case "trigger": renewed.contains(foldedASCII(row.tableName))
            case "view": changedViews.contains(foldedASCII(row.name))
            default: !isSame(row) || rebuilt.contains(foldedASCII(row.tableName)) || gone.contains(foldedASCII(row.tableName))
            }
        }
        dropped = ["trigger", "view", "index"].flatMap { type in objects(before, type).filter(isRenewed) }
        made = ["index", "view", "trigger"].flatMap { type in objects(after, type).filter(isRenewed) }
        changes = Set((before + after).filter { $0.type != "table" && !isSame($0) }.map { "\($0.type) \(foldedASCII($0.name))" }).count
    }

    var drops: String { dropped.map { "DROP \($0.type.uppercased()) \(quoteIdentifier($0.name));\n" }.joined() }
    var makes: String { made.map { ($0.sql ?? "") + ";\n" }.joined() }

    /// The indexes of a table that are there while its rows are patched, by folded name.
    func present(on table: String) -> Set<String> {
        let away = Set(dropped.filter { $0.type == "index" }.map { foldedASCII($0.name) })
        return Set(before.filter { $0.type == "index" && foldedASCII($0.tableName) == table }.map { foldedASCII($0.name) }).subtracting(away)
    }
}
