import Engine
import SQLDialect

/// The rows of a virtual table (FTS5, R-tree) that differ: its data lies in tables whose form only the module knows, so the
/// module itself is asked for its rows on both sides. Memory: both sides' rows.
struct VirtualTableDiff {
    let columns: [String]
    private(set) var rows: [RowDifference] = []
    private(set) var counts = RowDiffCounts()

    init(old: VersionSide?, new: VersionSide?, name: String) throws(BranchLiteError) {
        let before = try old.map { side throws(BranchLiteError) in try VirtualRows(side, name) }
        let after = try new.map { side throws(BranchLiteError) in try VirtualRows(side, name) }
        columns = (after ?? before)?.columns ?? []
        let rowids = Set((before?.rows ?? [:]).keys).union((after?.rows ?? [:]).keys).sorted()
        for rowid in rowids {
            let (was, now) = (before?.rows[rowid], after?.rows[rowid])
            let kind: RowChangeKind
            var changed: [String] = []
            switch (was, now) {
            case (nil, _): (kind, counts.inserted) = (.inserted, counts.inserted + 1)
            case (_, nil): (kind, counts.deleted) = (.deleted, counts.deleted + 1)
            case (let was?, let now?):
                let same = before?.columns == after?.columns
                changed = columns.indices.filter { index in
                    !same || index >= was.count || index >= now.count || !was[index].isIdentical(to: now[index])
                }.map { columns[$0] }
                if changed.isEmpty { continue }
                (kind, counts.updated) = (.updated, counts.updated + 1)
            }
            rows.append(RowDifference(
                kind: kind, key: ["rowid": .integer(rowid)], before: before?.json(rowid), after: after?.json(rowid), changedColumns: changed))
        }
    }
}

/// All rows of a virtual table as its module gives them, by rowid.
struct VirtualRows {
    let columns: [String]
    let rows: [Int64: [SQLiteValue]]

    init(_ side: VersionSide, _ name: String) throws(BranchLiteError) {
        let columns = (side.schema.table(name)?.columns ?? []).map(\.name)
        self.columns = columns
        let connection = side.connection
        rows = try mapEngine { () throws(EngineError) in
            var found: [Int64: [SQLiteValue]] = [:]
            let list = (["rowid"] + columns).map { quoteIdentifier($0) }.joined(separator: ", ")
            for row in try connection.query("SELECT \(list) FROM main.\(quoteIdentifier(name))") {
                guard case .integer(let rowid)? = row.first else { continue }
                found[rowid] = Array(row.dropFirst())
            }
            return found
        }
    }

    func json(_ rowid: Int64) -> [String: JSONValue]? {
        rows[rowid].map { VirtualRows.json(columns, $0) }
    }

    static func json(_ columns: [String], _ values: [SQLiteValue]) -> [String: JSONValue] {
        Dictionary(zip(columns, values).map { ($0, Value(stored: $1, type: .dynamic).jsonValue) }, uniquingKeysWith: { first, _ in first })
    }
}
