import Engine
import SQLDialect

/// Draws rows of a table that differ, in aligned columns.
struct TextColumns {
    private struct Column {
        var name: String
        var old: FormColumn?
        var new: FormColumn?
        var isKey: Bool
        var isNumeric: Bool
    }

    private enum Cell {
        case same(String)
        case changed(old: String, new: String)
        case none
    }

    private let table: FormTable
    private let columns: [Column]
    private let showsRowid: Bool
    /// No value takes more cells than this, however wide the terminal.
    private static let widestValue = 60
    /// No column is squeezed below this many cells.
    private static let narrowestColumn = 6
    private static let arrow = " → "
    /// Equal text shown before the first difference of two long texts.
    private static let lead = 12

    init(_ table: FormTable) {
        self.table = table
        let keys = Set(table.keyNames.map { foldedASCII($0) })
        var columns: [Column] = ((table.new ?? table.old)?.columns ?? []).map { column -> Column in
            let old = table.new == nil ? column : table.pairs.first { $0.new.index == column.index }?.old
            return Column(
                name: column.name, old: old, new: table.new == nil ? nil : column, isKey: keys.contains(foldedASCII(column.name)),
                isNumeric: TextColumns.isNumeric(column))
        }
        if table.new != nil, let old = table.old {
            let paired = Set(table.pairs.map(\.old.index))
            columns += old.columns.filter { !paired.contains($0.index) }.map {
                Column(name: $0.name, old: $0, new: nil, isKey: false, isNumeric: TextColumns.isNumeric($0))
            }
        }
        self.columns = columns
        showsRowid = (table.new ?? table.old)?.isKeyless ?? true
    }

    private static func isNumeric(_ column: FormColumn) -> Bool {
        switch column.type {
        case .varchar, .blob, .json, .uuid, .date, .time, .timestamp, .timestampTZ, .interval, .boolean: false
        case .dynamic: ["INT", "REAL", "FLOA", "DOUB", "NUM", "DEC"].contains { mark in column.declaredType.uppercased().contains(mark) }
        default: true
        }
    }

    // MARK: - A block

    func draw(_ changes: [FormChange], _ style: DiffTextStyle, _ out: FormOutput) {
        let paint = DiffPaint(isOn: style.colour)
        let rows = changes.map { ($0.kind, cells($0)) }
        var shown = Array(columns.indices)
        // Where no row came or went, columns that are the same in all rows say nothing.
        if changes.allSatisfy({ $0.kind == .updated }) {
            shown = shown.filter { index in columns[index].isKey || rows.contains { if case .changed = $0.1[index] { true } else { false } } }
        }
        let identifiers = showsRowid ? changes.map { String(($0.after ?? $0.before)?.rowid ?? 0) } : []
        let headers = shown.map { TerminalText.printable(columns[$0].name) }
        var widths = shown.enumerated().map { place, index in
            rows.reduce(TerminalText.width(headers[place])) { max($0, TextColumns.width($1.1[index])) }
        }
        let rowidWidth = identifiers.map(\.utf8.count).max().map { max($0, 5) }
        if let width = style.width { TextColumns.squeeze(&widths, to: width - 4 - (rowidWidth.map { $0 + 2 } ?? 0)) }

        var header = "    "
        if let rowidWidth { header += TerminalText.fitted("rowid", to: rowidWidth, alignRight: true) + "  " }
        header += shown.enumerated().map { TerminalText.fitted(headers[$0], to: widths[$0], alignRight: columns[$1].isNumeric) }.joined(separator: "  ")
        out.text(paint(.bold, TextColumns.trimmed(header)) + "\n")
        for (place, (kind, cells)) in rows.enumerated() {
            let (mark, colour): (String, DiffPaint.Style) = switch kind {
            case .inserted: ("+", .green)
            case .deleted: ("-", .red)
            case .updated: ("~", .yellow)
            }
            var parts: [String] = []
            if let rowidWidth { parts.append(TerminalText.fitted(identifiers[place], to: rowidWidth, alignRight: true)) }
            for (position, index) in shown.enumerated() {
                parts.append(TextColumns.drawn(cells[index], widths[position], columns[index].isNumeric, paint, isLast: position == shown.count - 1))
            }
            let line = parts.joined(separator: "  ")
            if kind == .updated {
                out.text("  \(paint(colour, mark)) \(TextColumns.trimmed(line))\n")
            } else {
                out.text(paint(colour, "  \(mark) \(TextColumns.trimmed(line))") + "\n")
            }
        }
    }

    private static func trimmed(_ line: String) -> String {
        var line = Substring(line)
        while line.last == " " { line.removeLast() }
        return String(line)
    }

    private func cells(_ change: FormChange) -> [Cell] {
        let changed = if let before = change.before, let after = change.after { Set(table.changedColumns(before, after).map(\.index)) } else { Set<Int>() }
        return columns.map { column in
            switch (change.before, change.after) {
            case (let before?, let after?):
                guard let new = column.new else { return .none }
                let now = TextColumns.text(after[new.index], new.type)
                guard changed.contains(new.index) else { return .same(TextColumns.cut(now)) }
                let was = column.old.map { TextColumns.text(before[$0.index], $0.type) } ?? ""
                let (left, right) = TextColumns.window(was, now)
                return .changed(old: left, new: right)
            case (let before?, nil): return column.old.map { .same(TextColumns.cut(TextColumns.text(before[$0.index], $0.type))) } ?? .none
            case (nil, let after?): return column.new.map { .same(TextColumns.cut(TextColumns.text(after[$0.index], $0.type))) } ?? .none
            case (nil, nil): return .none
            }
        }
    }

    // MARK: - Values

    /// A value as text. A text that would read as something else (a number, NULL, nothing) stands in quotes.
    private static func text(_ exact: SQLiteValue, _ type: DuckType) -> String {
        switch exact {
        case .null: return "NULL"
        case .real(let number): return number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : "\(number)"
        case .text, .malformedText:
            let text = exact.repairedText ?? ""
            let isPlain = !text.isEmpty && text.uppercased() != "NULL" && text.first != " " && text.last != " " && text.first != "'"
                && (type != .dynamic || Double(text) == nil)
            return isPlain ? TerminalText.printable(text) : "'\(TerminalText.printable(text))'"
        case .blob(let bytes) where Value(stored: exact, type: type) == .blob(bytes):
            let shown = bytes.prefix(widestValue / 2).map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
            return "x'\(shown)" + (bytes.count > widestValue / 2 ? "… (\(bytes.count) bytes)" : "'")
        default: return Value(stored: exact, type: type).text
        }
    }

    private static func cut(_ text: String) -> String {
        TerminalText.width(text) <= widestValue ? text : TerminalText.fitted(text, to: widestValue, alignRight: false)
    }

    /// Two long texts from shortly before the place where they begin to differ.
    private static func window(_ old: String, _ new: String) -> (String, String) {
        if TerminalText.width(old) <= widestValue, TerminalText.width(new) <= widestValue { return (old, new) }
        let common = zip(old, new).prefix { $0 == $1 }.count
        guard common > lead else { return (cut(old), cut(new)) }
        func tail(_ text: String) -> String { cut("…" + text.dropFirst(common - lead)) }
        return (tail(old), tail(new))
    }

    // MARK: - Widths

    private static func width(_ cell: Cell) -> Int {
        switch cell {
        case .none: 0
        case .same(let text): TerminalText.width(text)
        case .changed(let old, let new): TerminalText.width(old) + TerminalText.width(new) + arrow.count
        }
    }

    /// Takes width from the widest columns until they fit, two cells between them.
    private static func squeeze(_ widths: inout [Int], to room: Int) {
        var excess = widths.reduce(-2) { $0 + $1 + 2 } - room
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > narrowestColumn {
            widths[widest] -= 1
            excess -= 1
        }
    }

    private static func drawn(_ cell: Cell, _ width: Int, _ alignRight: Bool, _ paint: DiffPaint, isLast: Bool) -> String {
        switch cell {
        case .none: return String(repeating: " ", count: width)
        case .same(let text): return TerminalText.fitted(text, to: width, alignRight: alignRight)
        case .changed(var old, var new):
            // Both halves lose alike, so that the arrow stays.
            let room = max(2, width - arrow.count)
            let (oldWidth, newWidth) = (TerminalText.width(old), TerminalText.width(new))
            if oldWidth + newWidth > room {
                let oldRoom = min(oldWidth, max(room / 2, room - newWidth))
                old = TerminalText.fitted(old, to: max(1, oldRoom), alignRight: false)
                if newWidth > room - oldRoom { new = TerminalText.fitted(new, to: max(1, room - oldRoom), alignRight: false) }
            }
            let padding = String(repeating: " ", count: max(0, width - TerminalText.width(old) - TerminalText.width(new) - arrow.count))
            let text = paint(.red, old) + paint(.dim, arrow) + paint(.green, new)
            if alignRight { return padding + text }
            return isLast ? text : text + padding
        }
    }
}
