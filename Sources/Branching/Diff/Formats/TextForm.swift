import Engine
import SQLDialect

/// The form `text`: for people. A block per table with aligned columns; `+` rows came, `-` rows went, in `~` rows the cells that changed
/// say `old → new`.
enum TextForm {
    static func steps(_ comparison: Comparison, _ detail: DiffDetail, _ style: DiffTextStyle) throws(BranchLiteError) -> [any DiffStep] {
        let paint = DiffPaint(isOn: style.colour)
        let head = paint(
            .bold,
            "diff \(comparison.base.name)@\(comparison.baseVersion.rawValue) → \(comparison.branch.name)@\(comparison.branchVersion.rawValue)") + "\n"
        let schema = try comparison.schemaChanges()
        var steps: [any DiffStep] = []
        if !schema.isEmpty { steps.append(TextSchema(head + schema.map { TextForm.block($0, paint) }.joined(), count: schema.count)) }
        for table in try comparison.candidates() { steps.append(TextTable(table, detail, style, head: head)) }
        return steps
    }

    private static func block(_ change: SchemaChange, _ paint: DiffPaint) -> String {
        let title = TerminalText.printable("\(change.type.rawValue) \(change.name)")
        var text =
            switch change.change {
            case .added: paint(.green, "+ \(title)") + "\n"
            case .dropped: paint(.red, "- \(title)") + "\n"
            case .altered, .renamed:
                "~ \(title)" + (change.renamedFrom.map { ", " + paint(.red, TerminalText.printable($0)) + " → " + paint(.green, TerminalText.printable(change.name)) } ?? "") + "\n"
            }
        if change.change == .added || change.change == .dropped { return text }
        for column in change.columns {
            let name = TerminalText.printable(column.name)
            let (before, after) = (TerminalText.printable(column.before ?? ""), TerminalText.printable(column.after ?? ""))
            switch column.kind {
            case .added: text += paint(.green, "    + \(name) \(after)") + "\n"
            case .dropped: text += paint(.red, "    - \(name) \(before)") + "\n"
            case .renamed: text += "    ~ " + paint(.red, before) + " → " + paint(.green, name) + "\n"
            case .retyped, .altered: text += "    ~ \(name) " + paint(.red, before) + " → " + paint(.green, after) + "\n"
            }
        }
        // What no column shows: constraints, the text of a view, index or trigger.
        if change.columns.isEmpty, change.change == .altered, let before = change.sqlBefore, let after = change.sqlAfter {
            text += paint(.red, "    - \(oneLine(before))") + "\n" + paint(.green, "    + \(oneLine(after))") + "\n"
        }
        return text
    }

    private static func oneLine(_ sql: String) -> String { TerminalText.printable(sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")) }
}

/// ANSI colours, or none.
struct DiffPaint {
    var isOn: Bool
    enum Style: String { case bold = "1", dim = "2", red = "31", green = "32", yellow = "33", cyan = "36" }
    func callAsFunction(_ style: Style, _ text: String) -> String { isOn ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text }
}

/// What was done to the schema; begins the file.
private final class TextSchema: DiffStep {
    private let text: String
    private let number: Int

    init(_ text: String, count: Int) {
        self.text = text
        number = count
    }

    func open(_ out: FormOutput) -> Bool {
        out.text(text)
        out.count += 1
        out.differences += number
        return true
    }

    func changes() -> (any ChangeSource)? { nil }
    func write(_ change: FormChange, _ out: FormOutput) {}
}

/// A table's rows, in blocks whose columns are as wide as what they hold.
private final class TextTable: DiffStep {
    private let table: FormTable
    private let detail: DiffDetail
    private let style: DiffTextStyle
    private let head: String
    private let columns: TextColumns
    private var block: [FormChange] = []
    /// Rows whose widths are looked at together.
    private static let blockRows = 200

    init(_ table: FormTable, _ detail: DiffDetail, _ style: DiffTextStyle, head: String) {
        self.table = table
        self.detail = detail
        self.style = style
        self.head = head
        columns = TextColumns(table)
    }

    func open(_ out: FormOutput) throws(BranchLiteError) -> Bool {
        let counts = try table.counts()
        if counts.inserted + counts.updated + counts.deleted == 0 { return false }
        if out.count == 0 { out.text(head) }
        out.count += 1
        let numbers = [(counts.inserted, "inserted"), (counts.updated, "updated"), (counts.deleted, "deleted")].filter { $0.0 > 0 }
        let paint = DiffPaint(isOn: style.colour)
        out.text(paint(.cyan, "table \(TerminalText.printable(table.name))\(table.renamedFrom.map { " (was \(TerminalText.printable($0)))" } ?? ""): " + numbers.map { "\($0.0) \($0.1)" }.joined(separator: ", ")) + "\n")
        if detail == .summary { out.differences += counts.inserted + counts.updated + counts.deleted }
        return true
    }

    func changes() throws(BranchLiteError) -> (any ChangeSource)? { detail == .rows ? try table.changes() : nil }

    func write(_ change: FormChange, _ out: FormOutput) {
        out.differences += 1
        block.append(change)
        if block.count == TextTable.blockRows { flush(out) }
    }

    func flush(_ out: FormOutput) {
        if block.isEmpty { return }
        columns.draw(block, style, out)
        block.removeAll(keepingCapacity: true)
    }

    func close(_ out: FormOutput) { flush(out) }
}
