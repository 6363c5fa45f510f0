import Engine
import SQLDialect

/// The form `changeset`: the bytes that SQLite's session extension records for the same changes (the format is described in
/// https://www.sqlite.org/src/doc/trunk/ext/session/sqlite3session.h and `sqlite3session.c`).
///
/// As with the session extension, only rows of tables with a declared primary key are in it, those whose key holds no NULL, and
/// nothing of the schema. Generated columns are left to the table. What is left out is named in a note.
struct ChangesetForm {
    private(set) var steps: [any DiffStep] = []
    private(set) var notes: [String] = []

    init(_ comparison: Comparison) throws(BranchLiteError) {
        for table in try comparison.candidates() where try table.hasChanges() {
            if let reason = ChangesetForm.obstacle(table) {
                notes.append("table '\(table.name)' is left out: \(reason)")
            } else {
                steps.append(ChangesetTable(table))
            }
        }
        let changed = try comparison.schemaChanges()
        if !changed.isEmpty {
            let names = changed.map { "\($0.type.rawValue) \($0.name)" }.joined(separator: ", ")
            notes.append("a changeset holds rows only, not what was done to the schema (\(names))")
        }
    }

    private static func obstacle(_ table: FormTable) -> String? {
        if table.isVirtual { return "it is a virtual table" }
        if !table.columns.contains(where: { $0.keyPosition > 0 }) { return "it has no primary key" }
        if table.renamedFrom != nil { return "it was renamed" }
        if let old = table.old, let new = table.new {
            let isSame = old.columns.count == new.columns.count && zip(old.columns, new.columns).allSatisfy {
                foldedASCII($0.name) == foldedASCII($1.name) && $0.keyPosition == $1.keyPosition && $0.isGenerated == $1.isGenerated
            }
            if !isSame { return "its columns are not the same on both sides" }
        }
        return nil
    }
}

private final class ChangesetTable: DiffStep {
    private let table: FormTable
    /// A part of the file may begin in the middle of a table; a header may come again.
    private var hasHeader = false
    private var hasNote = false

    init(_ table: FormTable) { self.table = table }

    private static let (insert, update, delete): (UInt8, UInt8, UInt8) = (18, 23, 9)

    func open(_ out: FormOutput) -> Bool { true }

    func changes() throws(BranchLiteError) -> (any ChangeSource)? { try table.changes() }

    func write(_ change: FormChange, _ out: FormOutput) throws(BranchLiteError) {
        let columns = table.columns.filter { !$0.isGenerated }
        let old = table.old?.columns.filter { !$0.isGenerated } ?? []
        func hasNull(_ row: RowImage?, _ columns: [FormColumn]) -> Bool {
            guard let row else { return false }
            return columns.contains { $0.keyPosition > 0 && row.values[$0.index].isNull }
        }
        if hasNull(change.before, old) || hasNull(change.after, columns) {
            if !hasNote { out.notes.append("rows of table '\(table.name)' with a NULL in their primary key are left out") }
            hasNote = true
            return
        }
        out.differences += 1
        if !hasHeader {
            hasHeader = true
            out.bytes.append(UInt8(ascii: "T"))
            ChangesetTable.append(varint: columns.count, to: &out.bytes)
            out.bytes += columns.map { UInt8(clamping: $0.keyPosition) }
            out.bytes += table.name.utf8
            out.bytes.append(0)
        }
        switch (change.before, change.after) {
        case (let before?, let after?):
            let isChanged = zip(old, columns).map { !before[$0.index].isIdentical(to: after[$1.index]) }
            let changesKey = zip(columns, isChanged).contains { $0.keyPosition > 0 && $1 }
            if changesKey {
                // A key that only differs in its spelling: for a changeset another row.
                try whole(ChangesetTable.delete, before, table.old, old, out)
                try whole(ChangesetTable.insert, after, table.new, columns, out)
                return
            }
            out.bytes += [ChangesetTable.update, 0]
            for (column, isChanged) in zip(old, isChanged) {
                try append(isChanged || column.keyPosition > 0 ? before[column.index] : nil, column, table.old, out)
            }
            for (column, isChanged) in zip(columns, isChanged) { try append(isChanged ? after[column.index] : nil, column, table.new, out) }
        case (let before?, nil): try whole(ChangesetTable.delete, before, table.old, old, out)
        case (nil, let after?): try whole(ChangesetTable.insert, after, table.new, columns, out)
        case (nil, nil): break
        }
    }

    private func whole(_ operation: UInt8, _ row: RowImage, _ side: FormSide?, _ columns: [FormColumn], _ out: FormOutput) throws(BranchLiteError) {
        out.bytes += [operation, 0]
        for column in columns { try append(row[column.index], column, side, out) }
    }

    /// Appends a value; nil: one that the record says nothing of.
    private func append(_ value: SQLiteValue?, _ column: FormColumn, _ side: FormSide?, _ out: FormOutput) throws(BranchLiteError) {
        guard let value, let side else {
            out.bytes.append(0)
            return
        }
        let exported = try column.exported.value(value, side.version.connection)
        switch exported {
        case .integer(let number):
            out.bytes.append(1)
            withUnsafeBytes(of: number.bigEndian) { out.bytes.append(contentsOf: $0) }
        case .real(let number):
            out.bytes.append(2)
            withUnsafeBytes(of: number.bitPattern.bigEndian) { out.bytes.append(contentsOf: $0) }
        case .text, .malformedText:
            out.bytes.append(3)
            let content = if case .malformedText(let bytes) = exported { bytes } else { Array((exported.repairedText ?? "").utf8) }
            ChangesetTable.append(varint: content.count, to: &out.bytes)
            out.bytes += content
        case .blob(let content):
            out.bytes.append(4)
            ChangesetTable.append(varint: content.count, to: &out.bytes)
            out.bytes += content
        case .null: out.bytes.append(5)
        }
    }

    /// SQLite's variable-length integer: seven bits to a byte, the highest first. Lengths here stay below 2^31.
    private static func append(varint number: Int, to bytes: inout [UInt8]) {
        var shift = 28
        while shift > 0, number >> shift == 0 { shift -= 7 }
        while shift > 0 {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift & 0x7F | 0x80))
            shift -= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: number & 0x7F))
    }
}
