import Engine
import SQLDialect

/// The form `json`: one document with the members that `diff_branch` answers, a row to a line.
enum JSONForm {
    static func steps(_ comparison: Comparison, _ detail: DiffDetail) throws(BranchLiteError) -> [any DiffStep] {
        let schema = try comparison.schemaChanges()
        let head = [
            "\"base\":\(JSONValue.string(comparison.base.name).compactText)", "\"base_version\":\(comparison.baseVersion.rawValue)",
            "\"branch\":\(JSONValue.string(comparison.branch.name).compactText)", "\"branch_version\":\(comparison.branchVersion.rawValue)",
            "\"schema\":[" + schema.map { "\n" + JSONForm.json($0).compactText }.joined(separator: ",") + "]", "\"tables\":[",
        ]
        var steps: [any DiffStep] = [TextStep("{" + head.joined(separator: ","), differences: schema.count)]
        for table in try comparison.candidates() { steps.append(JSONTable(table, detail)) }
        return steps + [TextStep("]}\n")]
    }

    private static func json(_ change: SchemaChange) -> JSONValue {
        var members: [String: JSONValue] = [
            "type": .string(change.type.rawValue), "name": .string(change.name), "change": .string(change.change.rawValue),
        ]
        members["columns"] = .array(change.columns.map { column in
            var members: [String: JSONValue] = ["kind": .string(column.kind.rawValue), "name": .string(column.name)]
            if let before = column.before { members["before"] = .string(before) }
            if let after = column.after { members["after"] = .string(after) }
            return .object(members)
        })
        if let name = change.renamedFrom { members["renamed_from"] = .string(name) }
        if let sql = change.sqlBefore { members["sql_before"] = .string(sql) }
        if let sql = change.sqlAfter { members["sql_after"] = .string(sql) }
        return .object(members)
    }
}

private final class JSONTable: DiffStep {
    private let table: FormTable
    private let detail: DiffDetail

    init(_ table: FormTable, _ detail: DiffDetail) {
        self.table = table
        self.detail = detail
    }

    func open(_ out: FormOutput) throws(BranchLiteError) -> Bool {
        let counts = try table.counts()
        if counts.inserted + counts.updated + counts.deleted == 0 { return false }
        func names(_ names: [String]) -> String { JSONValue.array(names.map(JSONValue.string)).compactText }
        out.text(out.count > 0 ? ",\n" : "\n")
        out.count += 1
        out.text("{\"columns\":\(names(table.columns.map(\.name))),\"deleted\":\(counts.deleted),\"inserted\":\(counts.inserted),")
        out.text("\"key_columns\":\(names(table.keyNames)),\"table\":\(JSONValue.string(table.name).compactText),\"updated\":\(counts.updated)")
        if let name = table.renamedFrom { out.text(",\"renamed_from\":\(JSONValue.string(name).compactText)") }
        if detail == .rows {
            out.text(",\"rows\":[")
        } else {
            out.differences += counts.inserted + counts.updated + counts.deleted
        }
        return true
    }

    func changes() throws(BranchLiteError) -> (any ChangeSource)? { detail == .rows ? try table.changes() : nil }

    func write(_ change: FormChange, _ out: FormOutput) {
        out.text(out.given > 0 ? ",\n" : "\n")
        out.differences += 1
        var members: [String: JSONValue] = ["kind": .string(change.kind.rawValue), "changed_columns": .array([])]
        members["key"] = .object(Dictionary(
            table.key(of: change).map { ($0.name, Value(stored: $0.value, type: $0.type).jsonValue) }, uniquingKeysWith: { first, _ in first }))
        if let row = change.before, let side = table.old { members["before"] = json(row, side) }
        if let row = change.after, let side = table.new { members["after"] = json(row, side) }
        if let before = change.before, let after = change.after {
            members["changed_columns"] = .array(table.changedColumns(before, after).map { .string($0.name) })
        }
        JSONValue.object(members).write(to: &out.bytes)
    }

    func close(_ out: FormOutput) { out.text(detail == .rows ? "]}" : "}") }

    private func json(_ row: RowImage, _ side: FormSide) -> JSONValue {
        .object(Dictionary(
            side.columns.map { ($0.name, Value(stored: row.values[$0.index], type: $0.type).jsonValue) }, uniquingKeysWith: { first, _ in first }))
    }
}
