import Branching

/// Writes a diff the way `git diff --word-diff` does, one block per table, one line per row.
///
/// Without colour, values that went are `[-old-]` and values that came `{+new+}`, as git marks them.
struct DiffRenderer {
    var paint: Paint

    func render(_ diff: DiffResult) -> String {
        var out = ""
        if diff.schema.isEmpty && diff.tables.allSatisfy({ $0.inserted == 0 && $0.updated == 0 && $0.deleted == 0 }) { return "" }
        out += paint(.bold, "diff \(diff.base)@\(diff.baseVersion) \(diff.branch)@\(diff.branchVersion)") + "\n"
        for change in diff.schema { out += schemaBlock(change) }
        for table in diff.tables where table.inserted + table.updated + table.deleted > 0 { out += tableBlock(table) }
        return out
    }

    /// The last line of `git diff --stat`, for tables.
    func statistics(_ diff: DiffResult) -> String {
        let changed = diff.tables.filter { $0.inserted + $0.updated + $0.deleted > 0 }
        guard !changed.isEmpty || !diff.schema.isEmpty else { return "" }
        var out = ""
        let nameWidth = changed.map { displayWidth($0.table) }.max() ?? 0
        for table in changed {
            out += " " + fitted(table.table, to: nameWidth, alignRight: false) + " | "
            out += paint(.green, "+\(table.inserted)") + " " + paint(.yellow, "~\(table.updated)") + " " + paint(.red, "-\(table.deleted)") + "\n"
        }
        for change in diff.schema { out += " \(change.change.rawValue) \(change.type.rawValue) \(change.name)\n" }
        let rows = changed.reduce(0) { $0 + $1.inserted + $1.updated + $1.deleted }
        out += " \(plural(changed.count, "table")) changed, \(plural(rows, "row")), \(plural(diff.schema.count, "schema change"))\n"
        return out
    }

    private func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private func removed(_ text: String) -> String { paint.enabled ? paint(.red, text) : "[-\(text)-]" }
    private func added(_ text: String) -> String { paint.enabled ? paint(.green, text) : "{+\(text)+}" }

    private func schemaBlock(_ change: SchemaChange) -> String {
        let title = "\(change.type.rawValue) \(change.name)"
        var out = ""
        switch change.change {
        case .added: out += added("new \(title)") + "\n"
        case .dropped: out += removed("deleted \(title)") + "\n"
        case .altered: out += paint(.bold, "altered \(title)") + "\n"
        }
        for column in change.columns {
            switch column.kind {
            case .added: out += "  " + added("\(column.name) \(column.after ?? "")") + "\n"
            case .dropped: out += "  " + removed("\(column.name) \(column.before ?? "")") + "\n"
            case .renamed: out += "  " + removed(column.before ?? "") + added(column.after ?? column.name) + "\n"
            case .retyped, .altered: out += "  \(column.name) " + removed(column.before ?? "") + added(column.after ?? "") + "\n"
            }
        }
        return out
    }

    private func tableBlock(_ table: TableDifference) -> String {
        var out = paint(.cyan, "@@ \(table.table): \(table.inserted) inserted, \(table.updated) updated, \(table.deleted) deleted @@") + "\n"
        guard let rows = table.rows else { return out }
        let order = table.columns
        for row in rows {
            switch row.kind {
            case .inserted: out += added("+ " + line(row.after ?? [:], order: order)) + "\n"
            case .deleted: out += removed("- " + line(row.before ?? [:], order: order)) + "\n"
            case .updated:
                let changed = Set(row.changedColumns)
                let keyText = table.keyColumns.compactMap { key in row.key[key].map { "\(key)=\(text($0))" } }.joined(separator: " ")
                let cells = ordered(row.after ?? [:], order: order).filter { changed.contains($0.0) }.map { name, value in
                    "\(name): " + removed(text(row.before?[name] ?? .null)) + added(text(value))
                }
                out += "~ \(keyText)  " + cells.joined(separator: "  ") + "\n"
            }
        }
        if rows.count < table.inserted + table.updated + table.deleted {
            out += paint(.dim, "  … \(table.inserted + table.updated + table.deleted - rows.count) more rows (--limit)") + "\n"
        }
        return out
    }

    private func line(_ values: [String: JSONValue], order: [String]) -> String {
        ordered(values, order: order).map { "\($0)=\(text($1))" }.joined(separator: " ")
    }

    private func ordered(_ values: [String: JSONValue], order: [String]) -> [(String, JSONValue)] {
        let known = order.compactMap { name in values[name].map { (name, $0) } }
        let rest = values.keys.filter { !order.contains($0) }.sorted().compactMap { name in values[name].map { (name, $0) } }
        return known + rest
    }

    private func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "NULL"
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .double(let number): "\(number)"
        case .string(let text): printable(text)
        case .array, .object: printable(value.jsonText)
        }
    }
}
