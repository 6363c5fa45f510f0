import Engine
import SQLDialect

/// Indexes, triggers and views of hidden tables. SQLite has one name space for all of a database, and ALTER TABLE looks at every
/// view and trigger in it; so what is hidden gives way to what is the branch's own, and is made again when its table is.
extension LiveTables {
    private struct Part: Hashable {
        var type: String
        var name: String
        var table: String
        var sql: String

        var drop: String { "DROP \(type == "index" ? "INDEX" : "TRIGGER") IF EXISTS main.\(quoteIdentifier(name))" }
    }

    private func physicalParts() throws(BranchLiteError) -> [Part] {
        try mapEngine { () throws(EngineError) in
            try connection.query("SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE type IN ('index', 'trigger') AND sql IS NOT NULL")
        }.compactMap { row in
            guard case .text(let type) = row[0], case .text(let name) = row[1], case .text(let table) = row[2], case .text(let sql) = row[3] else { return nil }
            return Part(type: type, name: name, table: table, sql: sql)
        }
    }

    private func wantedParts(of entry: SchemaEntry) -> [Part] {
        objects.compactMap { object in
            guard object.type == "index" || object.type == "trigger", let sql = object.sql, equalIgnoringASCIICase(object.tableName, entry.name) else {
                return nil
            }
            return Part(type: object.type, name: object.name, table: object.tableName, sql: sql)
        }
    }

    private func run(_ sql: String) throws(BranchLiteError) {
        try mapEngine { () throws(EngineError) in
            try connection.withoutEnforcement { () throws(EngineError) in try connection.execute(sql) }
        }
    }

    /// Drops the indexes and triggers of a hidden table that the parent's table does not have: before its rows come, since a
    /// unique index might refuse them.
    func dropParts(of entry: SchemaEntry) throws(BranchLiteError) {
        let wanted = Set(wantedParts(of: entry))
        for part in try physicalParts() where equalIgnoringASCIICase(part.table, entry.name) && !wanted.contains(part) { try run(part.drop) }
    }

    /// Makes the indexes and triggers of the parent's table that the branch's does not have.
    func makeParts(of entry: SchemaEntry, owned: [String: OwnedTable]) throws(BranchLiteError) {
        let wanted = wantedParts(of: entry)
        if wanted.isEmpty { return }
        let there = Set(try physicalParts())
        for part in wanted where !there.contains(part) { try make(part, owned: owned) }
    }

    private func make(_ part: Part, owned: [String: OwnedTable]) throws(BranchLiteError) {
        let taken = try physicalParts().first { $0.type == part.type && equalIgnoringASCIICase($0.name, part.name) }
        guard let taken else {
            if part.type == "index", try isRelation(part.name) { return try makeRenamed(part) }
            return try run(part.sql)
        }
        if owned[foldedASCII(taken.table)].map({ $0.kind != .dropped }) ?? false { return try makeRenamed(part) }
        try run(taken.drop)
        try run(part.sql)
    }

    private func isRelation(_ name: String) throws(BranchLiteError) -> Bool {
        try !mapEngine { () throws(EngineError) in
            try connection.query("SELECT 1 FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE AND type IN ('table', 'view')", [.text(name)])
        }.isEmpty
    }

    /// The branch has given the name to something of its own: the parent's index or trigger gets another one.
    private func makeRenamed(_ part: Part) throws(BranchLiteError) {
        guard var statement = try mapSQL({ () throws(SQLError) in try Parser.parse(part.sql, dialect: .sqlite) }).first else { return }
        let names = try mapEngine { () throws(EngineError) in try connection.query("SELECT name FROM main.sqlite_schema") }
        let taken = Set(names.compactMap { if case .text(let name)? = $0.first { foldedASCII(name) } else { nil } })
        var number = 2
        while taken.contains(foldedASCII("\(part.name)_\(number)")) { number += 1 }
        let name = ObjectName(schema: "main", name: Identifier("\(part.name)_\(number)"))
        switch statement.node {
        case .createIndex(var index):
            index.name = name
            statement.node = .createIndex(index)
        case .createTrigger(var trigger):
            trigger.name = name
            statement.node = .createTrigger(trigger)
        default: return
        }
        try run(Printer.print(statement))
    }

    // MARK: - What is in the way

    /// Before a definition: drops tables that are neither the branch's own nor (any more) its parent's, for their names are
    /// free again; and hidden views and triggers, which SQLite would look into though nobody sees them.
    /// - Parameter name: what the statement is going to make an index or trigger of.
    func clear(owned: [String: OwnedTable], making name: String?) throws(BranchLiteError) {
        let isOwn = { (table: String) in owned[foldedASCII(table)].map { $0.kind != .dropped } ?? false }
        try clearViewsAndTriggers(owned: owned)
        if let name {
            for part in try physicalParts() where equalIgnoringASCIICase(part.name, name) && !isOwn(part.table) { try run(part.drop) }
        }
        let shadows = try LiveTables.shadowTables(on: connection)
        for name in try physicalNames("table") {
            let key = foldedASCII(name)
            // What the branch keeps about its tables is nobody's table.
            if key.hasPrefix("sqlite_") || IdentityTable.isOurs(name) { continue }
            if isOwn(name) || shadows[key] != nil || (owned[key]?.kind != .dropped && has(name)) { continue }
            try run("DROP TABLE IF EXISTS main.\(quoteIdentifier(name))")
        }
    }

    /// Drops hidden views and triggers: they may speak of what is not there any more.
    func clearViewsAndTriggers(owned: [String: OwnedTable]) throws(BranchLiteError) {
        let isOwn = { (table: String) in owned[foldedASCII(table)].map { $0.kind != .dropped } ?? false }
        for part in try physicalParts() where part.type == "trigger" && !isOwn(part.table) { try run(part.drop) }
        for name in try physicalNames("view") where !isOwn(name) { try run("DROP VIEW IF EXISTS main.\(quoteIdentifier(name))") }
    }

    private func physicalNames(_ type: String) throws(BranchLiteError) -> [String] {
        try mapEngine { () throws(EngineError) in try connection.query("SELECT name FROM main.sqlite_schema WHERE type = ?1", [.text(type)]) }
            .compactMap { if case .text(let name)? = $0.first { name } else { nil } }
    }
}
