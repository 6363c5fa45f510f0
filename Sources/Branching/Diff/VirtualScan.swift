import Engine
import SQLDialect

/// The differences of a virtual table as its module gives its rows on both sides, ordered by rowid and read side by side.
///
/// Where the module cannot give them in that order SQLite sorts them, in a temporary file when they are many.
final class VirtualScan: TableChanges {
    private let name: String
    private let old: VirtualCursor?
    private let new: VirtualCursor?
    private var before: VirtualCursor.Row?
    private var after: VirtualCursor.Row?
    private var kind: RowChange.Kind?
    private var changed: [String] = []

    init(old: VersionSide?, new: VersionSide?, name: String, oldName: String) throws(BranchLiteError) {
        self.name = name
        self.old = try old.map { side throws(BranchLiteError) in try VirtualCursor(side, oldName) }
        self.new = try new.map { side throws(BranchLiteError) in try VirtualCursor(side, name) }
    }

    func advance() throws(BranchLiteError) -> RowChange.Kind? {
        while true {
            if kind != .inserted { before = try old?.next() }
            if kind != .deleted { after = try new?.next() }
            guard let rowid = [before?.rowid, after?.rowid].compactMap({ $0 }).min() else { return nil }
            changed = []
            if before?.rowid != rowid {
                kind = .inserted
            } else if after?.rowid != rowid {
                kind = .deleted
            } else {
                kind = .updated
                changed = changedColumns()
                if changed.isEmpty { continue }
            }
            return kind
        }
    }

    private func changedColumns() -> [String] {
        guard let before, let after, let columns = new?.columns else { return [] }
        // Of a table made anew with other columns nothing is the same.
        let isAlike = old?.columns == columns
        return columns.indices.filter { index in
            !isAlike || index >= before.values.count || index >= after.values.count || !before.values[index].isIdentical(to: after.values[index])
        }.map { columns[$0] }
    }

    func position() -> RowChangePosition? { rowid.map { RowChangePosition(key: .rowid($0)) } }

    private var rowid: Int64? { kind == .deleted ? before?.rowid : after?.rowid }

    func seek(after position: RowChangePosition) throws(BranchLiteError) {
        guard case .rowid(let rowid) = position.key else { throw BranchLiteError("BL_INCOMPARABLE", "'\(name)' is listed by rowid") }
        try old?.seek(after: rowid)
        try new?.seek(after: rowid)
        kind = nil
    }

    func difference() throws(BranchLiteError) -> RowDifference {
        guard let kind, let rowid else { throw BranchLiteError("BL_INTERNAL", "a listing of changes is on no row") }
        let json = { (row: VirtualCursor.Row?, cursor: VirtualCursor?) in row.map { VirtualRows.json(cursor?.columns ?? [], $0.values) } }
        return RowDifference(
            kind: RowChangeKind(kind), key: ["rowid": .integer(rowid)], before: kind == .inserted ? nil : json(before, old),
            after: kind == .deleted ? nil : json(after, new), changedColumns: changed)
    }
}

/// The rows of a virtual table on one side, in the order of their rowids.
final class VirtualCursor {
    struct Row {
        var rowid: Int64
        var values: [SQLiteValue]
    }

    let columns: [String]
    private let connection: Connection
    private let source: String
    private var statement: PreparedStatement

    init(_ side: VersionSide, _ name: String) throws(BranchLiteError) {
        columns = VirtualTableDiff.columns(of: name, side)
        let connection = try side.connection
        self.connection = connection
        let list = (["rowid"] + columns).map { quoteIdentifier($0) }.joined(separator: ", ")
        let source = "SELECT \(list) FROM main.\(quoteIdentifier(name))"
        self.source = source
        statement = try mapEngine { () throws(EngineError) in try connection.prepare("\(source) ORDER BY rowid") }
    }

    func seek(after rowid: Int64) throws(BranchLiteError) {
        let (connection, source) = (connection, source)
        statement = try mapEngine { () throws(EngineError) in
            let made = try connection.prepare("\(source) WHERE rowid > ?1 ORDER BY rowid")
            try made.bind([.integer(rowid)])
            return made
        }
    }

    func next() throws(BranchLiteError) -> Row? {
        let (statement, count) = (statement, columns.count)
        return try mapEngine { () throws(EngineError) in
            guard try statement.step() else { return nil }
            return Row(rowid: statement.integer(0), values: (0..<count).map { statement.value($0 + 1) })
        }
    }
}
