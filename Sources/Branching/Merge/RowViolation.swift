import Engine
import SQLDialect

/// A constraint that rows of the merged table break, with the rows as they are told apart.
struct RowViolation {
    struct Row {
        /// As the merge would have it.
        var json: [String: JSONValue]
        /// What tells the row apart on each side; nil where it has no key and no rowid is known.
        var identity: Identity?
        /// The row that a foreign key refers to, on the sides that have it.
        var parent: MergeRowVersions?
    }

    enum Identity: Hashable {
        case rowid(Int64)
        /// In key order.
        case key([SQLiteValue])
    }

    var kind: String
    var constraint: String
    var table: String
    private(set) var rows: [Row] = []
    /// Rows that break it, listed or not.
    private(set) var count = 0

    init(kind: String, constraint: String, table: String) {
        self.kind = kind
        self.constraint = constraint
        self.table = table
    }

    /// - Parameter error: of a constraint.
    init(_ error: EngineError, table: String, rows: [Row]) {
        let kind = switch error.code {
        case EngineErrorCode.unique, EngineErrorCode.primaryKey: "unique"
        case EngineErrorCode.notNull: "not_null"
        case EngineErrorCode.check: "check"
        case EngineErrorCode.foreignKey: "foreign_key"
        default: "constraint"
        }
        let columns = MergeViolation.columns(of: error)
        let constraint = error.constraint ?? (columns.isEmpty ? error.message : "\(table)(\(columns.joined(separator: ", ")))")
        self.init(kind: kind, constraint: constraint, table: table)
        add(rows)
    }

    mutating func add(_ more: [Row]) {
        count += more.count
        for row in more where rows.count < RowApplier.listedRows {
            // Of several that clash with one row, that one is listed once.
            if let identity = row.identity, rows.contains(where: { $0.identity == identity }) {
                count -= 1
                continue
            }
            rows.append(row)
        }
    }
}

extension RowViolation.Row {
    init(_ names: [String], _ values: [SQLiteValue], rowid: Int64?, of table: TableInfo) {
        parent = .none
        var members: [String: JSONValue] = [:]
        var key: [SQLiteValue?] = table.primaryKey.map { _ in nil }
        var number = rowid
        for (name, value) in zip(names, values) {
            guard let index = table.columnIndex(name) else { continue }
            members[table.columns[index].name] = Value(stored: value, type: table.columns[index].shownType).jsonValue
            if let place = table.primaryKey.firstIndex(of: index) { key[place] = value }
            if index == table.rowidAlias, case .integer(let alias) = value { number = alias }
        }
        json = members
        let whole = key.compactMap { $0 }
        if table.rowidAlias == nil, !whole.isEmpty, whole.count == key.count, table.isWithoutRowid || !whole.contains(where: \.isNull) {
            identity = .key(whole)
        } else {
            identity = number.map(RowViolation.Identity.rowid)
        }
    }
}

extension MergeViolation {
    /// As it is reported: with what the base, the branch and the target hold in each of the rows.
    init(_ violation: RowViolation, _ sides: MergeSides) {
        let versions = ViolationVersions(sides, table: violation.table)
        self.init(
            kind: violation.kind, constraint: violation.constraint, table: violation.table, rows: violation.rows.map(\.json), rowCount: violation.count,
            versions: violation.rows.map { row in row.identity.map { versions.row($0) } ?? MergeRowVersions(base: nil, branch: nil, target: nil) },
            parents: violation.rows.compactMap(\.parent))
    }

    /// The columns an error names: SQLite writes them as `t.a, t.b`.
    static func columns(of error: EngineError) -> [String] {
        (error.column ?? "").split(separator: ",").map { part in
            let name = part.drop { $0 == " " }
            guard let table = error.table, name.hasPrefix(table + ".") else { return String(name.split(separator: ".").last ?? name) }
            return String(name.dropFirst(table.count + 1))
        }
    }
}

/// Looks the rows of a violation up on the sides of the merge.
private struct ViolationVersions {
    private let sides: [(shape: TableShape, finder: RowFinder)?]

    init(_ merge: MergeSides, table: String) {
        let key = foldedASCII(table)
        // A side that cannot be read has nothing to show here; it failed where it mattered.
        let base = (try? merge.bases(of: table))?.first
        sides = [base, merge.sourceSide, merge.targetSide].map { side in
            guard let side, let shape = try? side.shape(key) else { return nil }
            let finder = RowFinder(side, shape, for: shape)
            return (shape, finder)
        }
    }

    func row(_ identity: RowViolation.Identity) -> MergeRowVersions {
        let found = sides.map { side -> [String: JSONValue]? in
            guard let side, let wanted = side.shape.row(identity) else { return nil }
            return (try? side.finder.row(like: wanted, of: side.shape)).flatMap { $0 }.map { side.shape.json($0) }
        }
        return MergeRowVersions(base: found[0], branch: found[1], target: found[2])
    }
}

extension TableShape {
    /// A row that has what tells it apart and nothing else; nil where this table's rows are not told apart that way.
    fileprivate func row(_ identity: RowViolation.Identity) -> RowImage? {
        var values = [SQLiteValue](repeating: .null, count: stored.columns.count)
        switch (identity, self.identity) {
        case (.rowid(let rowid), _):
            return stored.isWithoutRowid ? nil : RowImage(rowid: rowid, values: values)
        case (.key(let key), .key(let columns)) where key.count == columns.count:
            for (index, value) in zip(columns, key) { values[index] = value }
            return RowImage(rowid: 0, values: values)
        default: return nil
        }
    }
}
