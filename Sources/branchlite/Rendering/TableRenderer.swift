import Branching

/// How results are written.
enum OutputFormat: Sendable {
    case table
    case json
    case csv
}

/// Draws rows in columns with a frame, numbers to the right, cut to the terminal's width.
struct TableRenderer {
    /// Cells per line; nil (not a terminal) draws everything in full.
    var terminalWidth: Int?
    var nullText = "NULL"
    /// No column is squeezed below this many cells.
    static let narrowestColumn = 6

    func render(columns: [ResultColumn], cells: [[String?]]) -> String {
        guard !columns.isEmpty else { return "" }
        let headers = columns.map { printable($0.name) }
        let shown = cells.map { row in row.map { $0.map(printable) ?? nullText } }
        var widths = headers.map(displayWidth)
        for row in shown {
            for (index, cell) in row.enumerated() { widths[index] = max(widths[index], displayWidth(cell)) }
        }
        squeeze(&widths)
        let right = columns.map { Self.isNumeric($0.type) }
        func rule(_ left: String, _ middle: String, _ end: String) -> String {
            left + widths.map { String(repeating: "─", count: $0 + 2) }.joined(separator: middle) + end + "\n"
        }
        func line(_ row: [String], right: [Bool]) -> String {
            "│" + row.enumerated().map { " " + fitted($1, to: widths[$0], alignRight: right[$0]) + " " }.joined(separator: "│") + "│\n"
        }
        var out = rule("┌", "┬", "┐")
        out += line(headers, right: right)
        out += rule("├", "┼", "┤")
        for row in shown { out += line(row, right: right) }
        out += rule("└", "┴", "┘")
        return out
    }

    /// Takes width from the widest columns until the table fits.
    private func squeeze(_ widths: inout [Int]) {
        guard let terminalWidth else { return }
        var excess = widths.reduce(1) { $0 + $1 + 3 } - terminalWidth
        while excess > 0, let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > Self.narrowestColumn {
            let next = widths.filter { $0 < widths[widest] }.max() ?? Self.narrowestColumn
            let cut = min(excess, widths[widest] - max(next, Self.narrowestColumn))
            let step = max(cut, 1)
            widths[widest] -= step
            excess -= step
        }
    }

    static func isNumeric(_ type: String) -> Bool {
        ["TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT", "FLOAT", "DOUBLE"].contains(type)
            || type.hasPrefix("DECIMAL")
    }
}
