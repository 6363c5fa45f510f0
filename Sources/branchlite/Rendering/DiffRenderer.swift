import Branching

/// The counts of a diff, as `git diff --stat` gives them.
struct DiffRenderer {
    var paint: Paint

    /// A line for each table and each change of the schema, and the last line of `git diff --stat`, for tables.
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
}
