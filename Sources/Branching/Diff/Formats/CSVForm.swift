import Engine
import SQLDialect

/// The form `csv`: a line for each cell that changed, for all tables in one file (RFC 4180).
///
/// `table, change, kind, key, column, before_type, before, after_type, after`: `change` numbers the row changes of the file, so
/// that the lines of one row belong together whatever their key. A value that is not there (NULL, or the other side of an inserted
/// or deleted row) is an empty field; its type says which: `null`, or nothing. An empty text is `""`.
enum CSVForm {
    static let header = "table,change,kind,key,column,before_type,before,after_type,after\r\n"

    static func steps(_ comparison: Comparison) throws(BranchLiteError) -> [any DiffStep] {
        var steps: [any DiffStep] = [TextStep(header)]
        for table in try comparison.candidates() { steps.append(CSVTable(table)) }
        return steps
    }

    /// Appends a field, quoted where it has to be.
    static func append(_ field: String, quoteEmpty: Bool = false, to bytes: inout [UInt8]) {
        let needsQuotes = field.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D } || (quoteEmpty && field.isEmpty)
        guard needsQuotes else {
            bytes.append(contentsOf: field.utf8)
            return
        }
        bytes.append(0x22)
        for byte in field.utf8 {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }

    /// How a value stands in the file: its type and its text.
    ///
    /// The type is SQLite's storage class, or the column's type where it is one of DuckDB's. Blobs are hexadecimal digits; so are
    /// texts that no CSV reader takes (with a NUL in them, or no valid UTF-8), as `text_hex`.
    static func field(_ value: SQLiteValue, _ type: DuckType) -> (type: String, text: String) {
        let typed = Value(stored: value, type: type)
        switch value {
        case .null: return ("null", "")
        case .blob(let bytes) where typed == .blob(bytes): return ("blob", hex(bytes))
        case .text(let text):
            if text.utf8.contains(0) { return ("text_hex", hex(Array(text.utf8))) }
            return ("text", text)
        case .malformedText(let bytes): return ("text_hex", hex(bytes))
        case .real(let number):
            if number.isInfinite { return ("real", number < 0 ? "-Infinity" : "Infinity") }
            return ("real", "\(number)")
        case .integer(let number) where typed == .integer(number): return ("integer", String(number))
        case .integer, .blob: return (type.name.lowercased(), typed.text)
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}

private final class CSVTable: DiffStep {
    private let table: FormTable

    init(_ table: FormTable) { self.table = table }

    func open(_ out: FormOutput) -> Bool { true }

    func changes() throws(BranchLiteError) -> (any ChangeSource)? { try table.changes() }

    func write(_ change: FormChange, _ out: FormOutput) {
        out.differences += 1
        out.count += 1
        var start: [UInt8] = []
        CSVForm.append(table.name, to: &start)
        start.append(contentsOf: ",\(out.count),\(change.kind.rawValue),".utf8)
        let key = JSONValue.object(Dictionary(
            table.key(of: change).map { ($0.name, Value(stored: $0.value, type: $0.type).jsonValue) }, uniquingKeysWith: { first, _ in first }))
        CSVForm.append(key.compactText, to: &start)
        start.append(0x2C)
        switch (change.before, change.after) {
        case (let before?, let after?):
            for column in table.changedColumns(before, after) {
                let was = table.pairs.first { $0.new.index == column.index }
                cell(start, column.name, was.map { (before[$0.old.index], $0.old.type) }, (after[column.index], column.type), out)
            }
        case (let before?, nil):
            for column in table.old?.columns ?? [] { cell(start, column.name, (before[column.index], column.type), nil, out) }
        case (nil, let after?):
            for column in table.new?.columns ?? [] { cell(start, column.name, nil, (after[column.index], column.type), out) }
        case (nil, nil): break
        }
    }

    private func cell(
        _ start: [UInt8], _ column: String, _ before: (SQLiteValue, DuckType)?, _ after: (SQLiteValue, DuckType)?, _ out: FormOutput
    ) {
        out.bytes += start
        CSVForm.append(column, to: &out.bytes)
        for side in [before, after] {
            out.bytes.append(0x2C)
            guard let (value, type) = side else {
                out.bytes.append(0x2C)
                continue
            }
            let field = CSVForm.field(value, type)
            CSVForm.append(field.type, to: &out.bytes)
            out.bytes.append(0x2C)
            CSVForm.append(field.text, quoteEmpty: field.type != "null", to: &out.bytes)
        }
        out.bytes.append(contentsOf: [0x0D, 0x0A])
    }
}
