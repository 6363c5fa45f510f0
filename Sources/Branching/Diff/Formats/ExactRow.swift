import Engine
import SQLDialect

/// A row as it is stored, byte for byte.
struct ExactRow {
    /// 0 in a WITHOUT ROWID table.
    var rowid: Int64
    /// By stored column.
    var values: [SQLiteValue]
    /// The bytes of texts that are not valid UTF-8, by stored column: `values` holds them repaired.
    var damaged: [Int: [UInt8]] = [:]

    subscript(index: Int) -> ExactValue { ExactValue(value: values[index], damaged: damaged[index]) }
}

/// A value as it is stored.
struct ExactValue {
    var value: SQLiteValue
    /// The bytes of a text that is not valid UTF-8.
    var damaged: [UInt8]?

    func isIdentical(to other: ExactValue) -> Bool {
        if damaged != nil || other.damaged != nil { return damaged == other.damaged }
        return value.isIdentical(to: other.value)
    }
}

/// A row that differs, as the forms write it.
struct FormChange {
    var kind: RowChangeKind
    var before: ExactRow?
    var after: ExactRow?
}

/// Rows that differ, one at a time.
protocol ChangeSource: AnyObject {
    func next() throws(BranchLiteError) -> FormChange?
}

/// The row changes of a table in the order of `RowChanges`.
final class TableChanges: ChangeSource {
    private let changes: RowChanges
    private let before: DamagedTexts?
    private let after: DamagedTexts?

    init(_ sides: SideCache, old: FormSide?, new: FormSide?, renames: [String: String]) throws(BranchLiteError) {
        guard let some = new ?? old else { throw BranchLiteError("BL_INTERNAL", "a table on neither side was to be compared") }
        let pages = try sides.difference(from: (old ?? some).version, to: (new ?? some).version)
        changes = try RowChanges(pages, old: old?.shape, new: new?.shape, renames: renames)
        before = old.flatMap { DamagedTexts($0) }
        after = new.flatMap { DamagedTexts($0) }
    }

    func next() throws(BranchLiteError) -> FormChange? {
        guard let change = try changes.next() else { return nil }
        return FormChange(kind: change.kind, before: try exact(change.before, before), after: try exact(change.after, after))
    }

    func counts() throws(BranchLiteError) -> RowDiffCounts { try changes.counts() }

    private func exact(_ image: RowImage?, _ texts: DamagedTexts?) throws(BranchLiteError) -> ExactRow? {
        guard let image else { return nil }
        return ExactRow(rowid: image.rowid, values: image.values, damaged: try texts?.bytes(of: image) ?? [:])
    }
}

/// Gets the bytes of texts that are not valid UTF-8. A decoded row has U+FFFD in their place; SQLite is asked for the bytes
/// wherever that character turns up.
struct DamagedTexts {
    private let side: FormSide
    private let shape: TableShape

    init?(_ side: FormSide) {
        guard let shape = side.shape else { return nil }
        self.side = side
        self.shape = shape
    }

    func bytes(of image: RowImage) throws(BranchLiteError) -> [Int: [UInt8]] {
        let suspects = image.values.indices.filter { index in
            if case .text(let text) = image.values[index] { DamagedTexts.hasReplacement(text) } else { false }
        }
        if suspects.isEmpty { return [:] }
        var condition: String
        var parameters: [SQLiteValue] = []
        if shape.stored.isWithoutRowid, case .key(let columns) = shape.identity {
            condition = columns.enumerated().map { "\(quoteIdentifier(shape.stored.columns[$1].name)) IS ?\($0 + 1)" }.joined(separator: " AND ")
            parameters = columns.map { image.values[$0] }
        } else {
            condition = "\(try side.rowidName()) = ?1"
            parameters = [.integer(image.rowid)]
        }
        let list = suspects.map { quoteIdentifier(shape.stored.columns[$0].name) }.joined(separator: ", ")
        let connection = try side.version.reader()
        let found = try mapEngine { () throws(EngineError) -> [[UInt8]]? in
            let statement = try connection.prepare("SELECT \(list) FROM main.\(quoteIdentifier(shape.name)) WHERE \(condition)")
            defer { statement.finish() }
            try statement.bind(parameters)
            guard try statement.step() else { return nil }
            return suspects.indices.map { statement.blob($0) }
        }
        guard let found else {
            // Only a key that is itself damaged finds no row.
            throw BranchLiteError(
                "BL_UNSUPPORTED", "table '\(shape.name)' has a key that is no valid UTF-8 text", details: ["table": .string(shape.name)])
        }
        var bytes: [Int: [UInt8]] = [:]
        for (index, content) in zip(suspects, found) where String(validating: content, as: UTF8.self) == nil { bytes[index] = content }
        return bytes
    }

    /// Whether a text has the replacement character U+FFFD (EF BF BD in UTF-8).
    private static func hasReplacement(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var index = 0
            while index + 2 < bytes.count {
                if bytes[index] == 0xEF, bytes[index + 1] == 0xBF, bytes[index + 2] == 0xBD { return true }
                index += 1
            }
            return false
        }
    }
}
