import Branching
import Engine

/// Writes query results to standard output in the chosen format.
struct ResultWriter {
    var format: OutputFormat
    var nullText: String

    init(format: OutputFormat, nullText: String = "NULL") {
        self.format = format
        self.nullText = nullText
    }

    func text(_ result: QueryResult) -> String {
        if result.columns.isEmpty {
            return format == .table && Self.countsRows(result.command) ? "\(result.command): \(result.rowsAffected) row\(result.rowsAffected == 1 ? "" : "s")\n" : ""
        }
        switch format {
        case .table:
            let cells = result.values.map { $0.map(Self.cell) }
            var out = TableRenderer(terminalWidth: Terminal.width, nullText: nullText).render(columns: result.columns, cells: cells)
            out += "\(result.rowCount) row\(result.rowCount == 1 ? "" : "s")" + (result.truncated ? " (more were cut off)" : "") + "\n"
            return out
        case .json: return jsonRows(result)
        case .csv:
            var out = result.columns.map { csvField($0.name) }.joined(separator: ",") + "\r\n"
            for row in result.values { out += row.map { Self.cell($0).map(csvField) ?? "" }.joined(separator: ",") + "\r\n" }
            return out
        }
    }

    /// One object per row, a line each, in one array.
    private func jsonRows(_ result: QueryResult) -> String {
        let names = uniqueColumnNames(result.columns)
        var out: [UInt8] = [UInt8(ascii: "[")]
        for (index, row) in result.values.enumerated() {
            out += index == 0 ? "{".utf8 : ",\n{".utf8
            for column in names.indices {
                if column > 0 { out.append(UInt8(ascii: ",")) }
                Value.appendJSONString(names[column], to: &out)
                out.append(UInt8(ascii: ":"))
                row[column].appendJSON(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
        out += "]\n".utf8
        return String(decoding: out, as: UTF8.self)
    }

    private static func countsRows(_ command: String) -> Bool { ["INSERT", "UPDATE", "DELETE"].contains(command) }

    static func cell(_ value: Value) -> String? { value == .null ? nil : value.description }
}

/// Repeated names get `_1`, `_2`, as SEMANTICS has row objects.
func uniqueColumnNames(_ columns: [ResultColumn]) -> [String] {
    var used: Set<String> = []
    return columns.map { column in
        var name = column.name
        var number = 0
        while !used.insert(name).inserted {
            number += 1
            name = "\(column.name)_\(number)"
        }
        return name
    }
}

/// RFC 4180: quoted where it has to be.
func csvField(_ text: String) -> String {
    if text.isEmpty { return "\"\"" }
    guard text.utf8.contains(where: { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
}
