import Engine
import SQLDialect

/// Merges the rows of a virtual table (FTS5, R-tree), which only its module can read and write: by rowid and by column. All rows of
/// the three versions are read, one at a time.
struct VirtualTableMerger {
    let sides: MergeSides
    let name: String
    let settlement: Settlement
    let log: ConflictLog
    private(set) var counts: TableMergeCount

    init(_ sides: MergeSides, _ name: String, _ settlement: Settlement, _ log: ConflictLog) {
        self.log = log
        self.sides = sides
        self.name = name
        self.settlement = settlement
        counts = TableMergeCount(table: name, inserted: 0, updated: 0, deleted: 0, conflicts: 0)
    }

    mutating func run(_ apply: (RowOperation) throws(BranchLiteError) -> Void) throws(BranchLiteError) {
        let sql = sides.sourceSide.virtualTables[foldedASCII(name)]?.entry.sql ?? ""
        switch FullTextContent(sql) {
        case .own: break
        // Its words are taken from the content's table anew after the merge.
        case .table: return
        case .none:
            throw BranchLiteError(
                "BL_UNSUPPORTED", "'\(name)' keeps no copy of what it indexes, so its rows cannot be merged", hint: "drop it on the branch before the merge",
                details: ["table": .string(name)])
        }
        let key = foldedASCII(name)
        var bases: [VirtualRowCursor?] = []
        for side in try sides.bases(of: name) { bases.append(side.virtualTables[key] == nil ? nil : try VirtualRowCursor(side, name)) }
        let now = try VirtualRowCursor(sides.sourceSide, name)
        let there = try VirtualRowCursor(sides.targetSide, name)
        let list = ColumnList(now.columns)
        while let rowid = (bases.map { $0?.rowid } + [now.rowid, there.rowid]).compactMap({ $0 }).min() {
            // Where several bases do not agree, what the sides differ in is a conflict.
            let olds = bases.map { $0?.row(at: rowid) }
            let isAgreed = olds.allSatisfy { isSame($0, olds.first ?? nil) }
            try merge(rowid, olds.first ?? nil, isAgreed, now.row(at: rowid), there.row(at: rowid), list, apply)
            for base in bases { try base?.pass(rowid) }
            try now.pass(rowid)
            try there.pass(rowid)
        }
    }

    private func isSame(_ a: [SQLiteValue]?, _ b: [SQLiteValue]?) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        return a.count == b.count && zip(a, b).allSatisfy { $0.isIdentical(to: $1) }
    }

    /// A row with the columns that either side changed; nil where both changed one differently. (`nil` as a literal would be SQL's
    /// NULL here as well, so none is written.)
    private func mix(_ was: [SQLiteValue], _ now: [SQLiteValue], _ there: [SQLiteValue]) -> [SQLiteValue]? {
        var mixed: [SQLiteValue] = []
        for index in now.indices {
            if now[index].isIdentical(to: was[index]) {
                mixed.append(there[index])
            } else if there[index].isIdentical(to: was[index]) || there[index].isIdentical(to: now[index]) {
                mixed.append(now[index])
            } else {
                return .none
            }
        }
        return mixed
    }

    private mutating func merge(
        _ rowid: Int64, _ was: [SQLiteValue]?, _ isAgreed: Bool, _ now: [SQLiteValue]?, _ there: [SQLiteValue]?, _ list: ColumnList,
        _ apply: (RowOperation) throws(BranchLiteError) -> Void
    ) throws(BranchLiteError) {
        let columns = list.names
        if isAgreed && isSame(was, now) || isSame(now, there) { return }
        if !isAgreed || !isSame(was, there) {
            // Columns that only one side changed go together.
            if isAgreed, let was, let now, let there, let mixed = mix(was, now, there) {
                counts.updated += 1
                return try apply(.update(.rowid(rowid), list, mixed))
            }
            let kind: MergeConflict.Kind = now == nil ? .deleteUpdate : there == nil ? .updateDelete : was == nil ? .insertInsert : .updateUpdate
            let json = { (values: [SQLiteValue]?) in values.map { VirtualRows.json(columns, $0) } }
            let conflict = ConflictIdentity.row(
                table: name, kind: kind, key: ["rowid": .integer(rowid)], columns: columns, base: json(was), branch: json(now), target: json(there))
            log.meet(conflict.id)
            counts.conflicts += 1
            switch settlement.side(of: conflict) {
            case .branch: break
            case .target: return
            case .base, .value:
                throw BranchLiteError(
                    "BL_BAD_ARGUMENT", "a conflict in the virtual table '\(name)' is settled by the branch's or the target's row",
                    details: ["argument": "resolutions", "conflict_id": .string(conflict.id)])
            case nil:
                log.leave { conflict }
                return
            }
        }
        switch (now, there) {
        case (nil, _):
            counts.deleted += 1
            try apply(.delete(.rowid(rowid)))
        case (let now?, nil):
            counts.inserted += 1
            try apply(.insert(list, now, rowid: rowid))
        case (let now?, _?):
            counts.updated += 1
            try apply(.update(.rowid(rowid), list, now))
        }
    }
}

/// The rows of a virtual table as its module gives them, in the order of their rowids.
final class VirtualRowCursor {
    let columns: [String]
    /// Of the current row; nil after the last.
    private(set) var rowid: Int64?
    private var values: [SQLiteValue] = []
    private let statement: PreparedStatement

    init(_ side: VersionSide, _ name: String) throws(BranchLiteError) {
        columns = (side.schema.table(name)?.columns ?? []).map(\.name)
        let list = (["rowid"] + columns).map { quoteIdentifier($0) }.joined(separator: ", ")
        let connection = try side.connection
        statement = try mapEngine { () throws(EngineError) in
            try connection.prepare("SELECT \(list) FROM main.\(quoteIdentifier(name)) ORDER BY rowid")
        }
        try next()
    }

    /// The values of the row with that rowid, where the cursor is on it.
    func row(at rowid: Int64) -> [SQLiteValue]? { self.rowid == rowid ? values : nil }

    /// Leaves the row with that rowid, where the cursor is on it.
    func pass(_ rowid: Int64) throws(BranchLiteError) { if self.rowid == rowid { try next() } }

    private func next() throws(BranchLiteError) {
        let statement = statement
        guard try mapEngine({ () throws(EngineError) in try statement.step() }) else {
            rowid = nil
            values = []
            return
        }
        rowid = statement.integer(0)
        values = columns.indices.map { statement.value($0 + 1) }
    }
}

/// Where a full-text table has the texts it indexes.
enum FullTextContent: Equatable {
    case own
    /// In another table (`content=t`).
    case table(String)
    /// Nowhere (`content=''`).
    case none

    /// Reads the arguments of a CREATE VIRTUAL TABLE; any other module has its own content.
    init(_ sql: String) {
        self = .own
        let folded = foldedASCII(sql)
        guard folded.contains("fts"), let start = folded.firstIndex(of: "(") else { return }
        for argument in sql[start...].dropFirst().split(separator: ",") {
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, foldedASCII(FullTextContent.bare(parts[0])) == "content" else { continue }
            let name = FullTextContent.bare(parts[1])
            self = name.isEmpty ? .none : .table(name)
        }
    }

    /// Without blanks, quotes and the closing parenthesis around it.
    private static func bare(_ text: Substring) -> String {
        var rest = text
        while let last = rest.last, last.isWhitespace || last == ")" || last == ";" { rest.removeLast() }
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        if let first = rest.first, let last = rest.last, rest.count >= 2, first == last || first == "[" && last == "]", "'\"`[".contains(first) {
            rest = rest.dropFirst().dropLast()
        }
        return String(rest)
    }
}
