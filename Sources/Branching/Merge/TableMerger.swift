import Engine
import SQLDialect

/// Merges the rows of one table: walks what the source changed since the base and looks each row up on the target. Cost: the
/// source's changes, whatever the size of the table. Streams: nothing but conflicts is kept.
///
/// With several bases (a criss-cross) a cell's base value is what all of them hold; where they disagree it is unknown, and
/// whatever differs between the sides there is a conflict: no change of either side is lost.
final class TableMerger {
    /// A column of the merged table by its stored index on each side that has it.
    struct Track {
        var name: String
        var type: DuckType
        var source: Int?
        var target: Int?
        var bases: [Int?]
        /// What rows hold that are older than the column, where a base does not have it.
        var sourceDefault: SQLiteValue
        var targetDefault: SQLiteValue
    }

    /// A cell to write.
    struct Cell {
        var name: String
        var value: SQLiteValue
        var type: DuckType
    }

    /// What the bases know of a row.
    struct BaseRow {
        /// Nil: some bases have the row, some do not.
        var isPresent: Bool?
        /// By track; nil: the bases disagree. Columns that a base lacks hold their default.
        var cells: [SQLiteValue?]
        /// The newest base's row, for reports.
        var image: (shape: TableShape, row: RowImage)?

        static let absent = BaseRow(isPresent: false, cells: [], image: nil)
    }

    typealias Apply = (RowOperation) throws(BranchLiteError) -> Void

    let sides: MergeSides
    let settlement: Settlement
    let name: String
    let source: TableShape
    let target: TableShape?
    let tracks: [Track]
    private let bases: [(side: VersionSide, shape: TableShape?)]

    var counts: TableMergeCount
    /// Conflicts that nobody has settled.
    var conflicts: [MergeConflict] = []
    /// Ids of all conflicts met, settled or not.
    private(set) var met: Set<String> = []

    init(_ sides: MergeSides, _ plan: TableMergePlan, _ settlement: Settlement) throws(BranchLiteError) {
        self.sides = sides
        self.settlement = settlement
        name = plan.name
        counts = TableMergeCount(table: plan.name, inserted: 0, updated: 0, deleted: 0, conflicts: 0)
        let key = foldedASCII(plan.name)
        guard let source = try sides.sourceSide.shape(key) else {
            throw BranchLiteError("BL_INTERNAL", "'\(plan.name)' is planned to be merged, and the source has no such table")
        }
        self.source = source
        guard case .merge(let columns) = plan.rows else {
            bases = []
            target = nil
            tracks = source.stored.columns.indices.filter { !source.stored.columns[$0].isGenerated }.map { index in
                Track(
                    name: source.stored.columns[index].name, type: source.types[index], source: index, target: nil, bases: [],
                    sourceDefault: .null, targetDefault: .null)
            }
            return
        }
        let target = try sides.targetSide.shape(key)
        var bases: [(side: VersionSide, shape: TableShape?)] = []
        for side in try sides.bases(of: plan.name) { bases.append((side, try side.shape(key))) }
        self.target = target
        self.bases = bases
        tracks = columns.compactMap { column in
            let here = column.source.flatMap { source.stored.index(of: $0) }
            let there = column.target.flatMap { target?.stored.index(of: $0) }
            let isGenerated = [(source, column.source), (target, column.target)].contains { side, name in
                guard let info = side?.info, let name, let index = info.columnIndex(name) else { return false }
                return info.columns[index].generated != .no
            }
            if isGenerated || here == nil && there == nil { return nil }
            return Track(
                name: column.name, type: here.map { source.types[$0] } ?? there.flatMap { target?.types[$0] } ?? .dynamic, source: here, target: there,
                bases: bases.map { $0.shape?.stored.index(of: column.base ?? column.name) },
                sourceDefault: here.map { source.stored.layout.defaults[$0] } ?? .null,
                targetDefault: there.flatMap { target?.stored.layout.defaults[$0] } ?? .null)
        }
    }

    // MARK: - The walk

    /// Calls `apply` with each change that the merge makes to the target.
    func run(_ apply: Apply) throws(BranchLiteError) {
        if bases.isEmpty {
            let changes = try RowChanges(sides.difference(from: sides.sourceSide, to: sides.sourceSide), old: nil, new: source)
            while let change = try changes.next() { if let row = change.after { try merge(.absent, row, apply) } }
            return
        }
        var done: Set<RowIdentity> = []
        for (index, base) in bases.enumerated() {
            let renames = try sides.sourceSide.renames(of: foldedASCII(name), since: base.side)
            let changes = try RowChanges(sides.difference(from: base.side, to: sides.sourceSide), old: base.shape, new: source, renames: renames)
            while let change = try changes.next() {
                if bases.count == 1 {
                    try merge(baseRow([change.before]), change.after, apply)
                } else {
                    guard let identity = change.after.map(source.key(of:)) ?? change.before.flatMap({ row in base.shape.map { $0.key(of: row) } }),
                        done.insert(identity).inserted
                    else { continue }
                    try merge(baseRow(try rows(of: change, walking: index)), change.after, apply)
                }
            }
        }
    }

    /// The row of a change in every base.
    private func rows(of change: RowChanges.Change, walking index: Int) throws(BranchLiteError) -> [RowImage?] {
        var rows: [RowImage?] = []
        for (other, base) in bases.enumerated() {
            if other == index {
                rows.append(change.before)
            } else if let shape = base.shape, let like = change.after.map({ (source, $0) }) ?? change.before.flatMap({ row in bases[index].shape.map { ($0, row) } }) {
                rows.append(try RowLookup(base.side, shape).row(like: like.1, of: like.0))
            } else {
                rows.append(nil)
            }
        }
        return rows
    }

    private func baseRow(_ rows: [RowImage?]) -> BaseRow {
        let present = rows.compactMap { $0 }
        guard let first = present.first, let newest = zip(bases, rows).first(where: { $0.1 != nil }), let shape = newest.0.shape else { return .absent }
        let image = (shape, newest.1 ?? first)
        guard present.count == rows.count else { return BaseRow(isPresent: nil, cells: tracks.map { _ in nil }, image: image) }
        let cells = tracks.map { track -> SQLiteValue? in
            let values = rows.enumerated().map { base, row in
                track.bases[base].flatMap { row?.values[$0] } ?? (track.source == nil ? track.targetDefault : track.sourceDefault)
            }
            guard let value = values.first, values.allSatisfy({ $0.isIdentical(to: value) }) else { return nil }
            return value
        }
        return BaseRow(isPresent: true, cells: cells, image: image)
    }

    private lazy var targetRows: RowLookup? = target.map { RowLookup(sides.targetSide, $0) }

    private func there(like row: RowImage, of shape: TableShape) throws(BranchLiteError) -> RowImage? {
        try targetRows?.row(like: row, of: shape)
    }

    // MARK: - One row

    private func merge(_ base: BaseRow, _ now: RowImage?, _ apply: Apply) throws(BranchLiteError) {
        if let now {
            if base.isPresent == false { return try inserted(now, apply) }
            guard let there = try there(like: now, of: source) else { return try updatedWhereDeleted(base, now, apply) }
            return try updated(base, now, there, apply)
        }
        guard let image = base.image, let there = try there(like: image.row, of: image.shape) else { return }
        try deleted(base, there, apply)
    }

    private func inserted(_ row: RowImage, _ apply: Apply) throws(BranchLiteError) {
        if source.isNumbered(row) {
            // Rows that nothing but a rowid tells apart are never the same row when they are new on both sides.
            let isTaken = try there(like: row, of: source) != nil
            let keepsRowid = !isTaken && source.isKeyless
            return try insert(cells(source, row, \.source), rowid: keepsRowid ? row.rowid : nil, apply)
        }
        guard let there = try there(like: row, of: source) else { return try insert(cells(source, row, \.source), rowid: nil, apply) }
        var free: [Cell] = []
        var differing: [Cell] = []
        for track in tracks {
            guard let index = track.source else { continue }
            let cell = Cell(name: track.name, value: row.values[index], type: track.type)
            if let place = track.target {
                if !there.values[place].isIdentical(to: cell.value) { differing.append(cell) }
            } else if !cell.value.isIdentical(to: track.sourceDefault) {
                free.append(cell)
            }
        }
        if differing.isEmpty { return try update(there, free, apply) }
        let conflict = identify(.insertInsert, source.keyJSON(row), differing.map(\.name), base: nil, branch: source.json(row), target: target?.json(there))
        try settleCells(conflict, differing, free: free, there, base: nil, apply)
    }

    private func updated(_ base: BaseRow, _ now: RowImage, _ there: RowImage, _ apply: Apply) throws(BranchLiteError) {
        var free: [Cell] = []
        var differing: [Cell] = []
        for (position, track) in tracks.enumerated() {
            guard let index = track.source else { continue }
            let cell = Cell(name: track.name, value: now.values[index], type: track.type)
            let was = base.cells[position]
            guard let place = track.target else {
                if was.map({ !cell.value.isIdentical(to: $0) }) ?? true { free.append(cell) }
                continue
            }
            let other = there.values[place]
            if other.isIdentical(to: cell.value) { continue }
            if let was, cell.value.isIdentical(to: was) { continue }
            if let was, other.isIdentical(to: was) { free.append(cell) } else { differing.append(cell) }
        }
        if differing.isEmpty { return try update(there, free, apply) }
        let conflict = identify(
            .updateUpdate, source.keyJSON(now), differing.map(\.name), base: base.image.map { $0.shape.json($0.row) }, branch: source.json(now),
            target: target?.json(there))
        try settleCells(conflict, differing, free: free, there, base: base, apply)
    }

    private func updatedWhereDeleted(_ base: BaseRow, _ now: RowImage, _ apply: Apply) throws(BranchLiteError) {
        let changed = tracks.enumerated().filter { position, track in
            guard let index = track.source else { return false }
            return base.cells[position].map { !now.values[index].isIdentical(to: $0) } ?? true
        }
        // Only columns that are not in the merged table differ.
        if changed.isEmpty { return }
        let conflict = identify(
            .updateDelete, source.keyJSON(now), changed.map(\.element.name), base: base.image.map { $0.shape.json($0.row) }, branch: source.json(now),
            target: nil)
        let whole = cells(source, now, \.source)
        let rowid = source.isKeyless ? now.rowid : nil
        switch settlement.side(of: conflict) {
        case .branch: try insert(whole, rowid: rowid, apply)
        case .target: break
        case .base:
            guard let image = base.image else { break }
            try insert(baseCells(image), rowid: rowid, apply)
        case .value(let value): try insert(try overwrite(whole, with: value), rowid: rowid, apply)
        case nil: return leave(conflict)
        }
        counts.conflicts += 1
    }

    private func deleted(_ base: BaseRow, _ there: RowImage, _ apply: Apply) throws(BranchLiteError) {
        guard let target, let image = base.image else { return }
        let changed = tracks.enumerated().filter { position, track in
            guard let place = track.target else { return false }
            let was = base.isPresent == nil ? nil : base.cells[position]
            return was.map { !there.values[place].isIdentical(to: $0) } ?? true
        }.map(\.element.name)
        if changed.isEmpty {
            counts.deleted += 1
            return try apply(.delete(condition(there)))
        }
        let conflict = identify(
            .deleteUpdate, image.shape.keyJSON(image.row), changed, base: image.shape.json(image.row), branch: nil, target: target.json(there))
        switch settlement.side(of: conflict) {
        case .branch:
            counts.deleted += 1
            try apply(.delete(condition(there)))
        case .target: break
        case .base: try update(there, baseCells(image).filter { cell in tracks.contains { $0.name == cell.name && $0.target != nil } }, apply)
        case .value(let value): try update(there, try overwrite(cells(target, there, \.target), with: value), apply)
        case nil: return leave(conflict)
        }
        counts.conflicts += 1
    }

    // MARK: - Settling

    /// A conflict between cells of a row that both sides have: column by column.
    private func settleCells(
        _ conflict: MergeConflict, _ differing: [Cell], free: [Cell], _ there: RowImage, base: BaseRow?, _ apply: Apply
    ) throws(BranchLiteError) {
        var cells = free
        for cell in differing {
            switch settlement.side(of: conflict, column: cell.name) {
            case .branch: cells.append(cell)
            case .target: continue
            case .base:
                // Without a base value (both sides inserted) there is nothing to go back to: the target's stays.
                guard let position = tracks.firstIndex(where: { $0.name == cell.name }), let was = base?.cells[position] else { continue }
                cells.append(Cell(name: cell.name, value: was, type: cell.type))
            case .value(let value): cells.append(Cell(name: cell.name, value: try stored(value, as: cell), type: cell.type))
            case nil: return leave(conflict)
            }
        }
        counts.conflicts += 1
        try update(there, cells, apply)
    }

    private func leave(_ conflict: MergeConflict) {
        counts.conflicts += 1
        conflicts.append(conflict)
    }

    private func identify(
        _ kind: MergeConflict.Kind, _ key: [String: JSONValue], _ columns: [String], base: [String: JSONValue]?, branch: [String: JSONValue]?,
        target: [String: JSONValue]?
    ) -> MergeConflict {
        let conflict = ConflictIdentity.row(table: name, kind: kind, key: key, columns: columns, base: base, branch: branch, target: target)
        met.insert(conflict.id)
        return conflict
    }

    /// A row given as an object by column, over a row that says the rest.
    private func overwrite(_ cells: [Cell], with value: JSONValue) throws(BranchLiteError) -> [Cell] {
        guard case .object(let members) = value else {
            throw BranchLiteError(
                "BL_BAD_ARGUMENT", "the value that settles a conflict of whole rows of '\(name)' must be an object by column", details: ["argument": "resolutions"])
        }
        var cells = cells
        for (column, given) in members.sorted(by: { $0.key < $1.key }) {
            guard let index = cells.firstIndex(where: { equalIgnoringASCIICase($0.name, column) }) else {
                throw BranchLiteError("BL_NO_SUCH_COLUMN", "'\(name)' has no column '\(column)'", details: ["table": .string(name), "column_name": .string(column)])
            }
            cells[index].value = try stored(given, as: cells[index])
        }
        return cells
    }

    private func stored(_ value: JSONValue, as cell: Cell) throws(BranchLiteError) -> SQLiteValue {
        try JSONStorage.stored(value, as: cell.type, column: cell.name, table: name, on: sides.targetSide.connection)
    }

    // MARK: - Operations

    private func insert(_ cells: [Cell], rowid: Int64?, _ apply: Apply) throws(BranchLiteError) {
        counts.inserted += 1
        try apply(.insert(columns: cells.map(\.name), values: cells.map(\.value), rowid: rowid))
    }

    private func update(_ there: RowImage, _ cells: [Cell], _ apply: Apply) throws(BranchLiteError) {
        if cells.isEmpty { return }
        counts.updated += 1
        try apply(.update(condition(there), columns: cells.map(\.name), values: cells.map(\.value)))
    }

    private func cells(_ shape: TableShape, _ row: RowImage, _ side: KeyPath<Track, Int?>) -> [Cell] {
        tracks.compactMap { track in track[keyPath: side].map { Cell(name: track.name, value: row.values[$0], type: track.type) } }
    }

    private func baseCells(_ image: (shape: TableShape, row: RowImage)) -> [Cell] {
        guard let index = bases.firstIndex(where: { $0.shape?.root == image.shape.root }) else { return [] }
        return tracks.compactMap { track in track.bases[index].map { Cell(name: track.name, value: image.row.values[$0], type: track.type) } }
    }

    /// The target's row by what its key is called in the merged table.
    private func condition(_ there: RowImage) -> RowCondition {
        guard let target else { return .rowid(there.rowid) }
        switch target.identity {
        case .rowid(column: nil): return .rowid(there.rowid)
        case .rowid(column: let alias?): return .key([mergedName(alias)], [.integer(there.rowid)])
        case .key(let columns):
            guard let values = target.keyValues(of: there) else { return .rowid(there.rowid) }
            return .key(columns.map(mergedName), values)
        }
    }

    private func mergedName(_ index: Int) -> String { tracks.first { $0.target == index }?.name ?? target?.stored.columns[index].name ?? "rowid" }
}

extension TableShape {
    /// Whether nothing but the rowid tells rows apart.
    var isKeyless: Bool { if case .rowid(column: nil) = identity { true } else { false } }

    /// Whether the row goes by a rowid that nobody declared.
    func isNumbered(_ row: RowImage) -> Bool {
        switch identity {
        case .rowid(let column): column == nil
        case .key: keyValues(of: row) == nil
        }
    }

    /// A name of the rowid that no other column takes; nil where all three are taken.
    var rowidName: String? {
        ["rowid", "_rowid_", "oid"].first { info.columnIndex($0) == nil || info.columnIndex($0) == info.rowidAlias }
    }
}

/// Finds rows of one version's table by key.
struct RowLookup {
    let side: VersionSide
    let shape: TableShape
    private let columns: String

    init(_ side: VersionSide, _ shape: TableShape) {
        self.side = side
        self.shape = shape
        let rowid = shape.stored.isWithoutRowid ? "0" : quoteIdentifier(shape.rowidName ?? "rowid")
        columns = ([rowid] + shape.stored.columns.map { quoteIdentifier($0.name) }).joined(separator: ", ")
    }

    /// The row that is the same row as `row` of another version.
    func row(like row: RowImage, of other: TableShape) throws(BranchLiteError) -> RowImage? {
        var values = [SQLiteValue.integer(row.rowid)]
        var terms: [String]
        if let key = other.keyValues(of: row) {
            values = key
            terms = shape.keyNames
        } else if let name = shape.stored.isWithoutRowid ? nil : shape.rowidName {
            terms = [name]
        } else {
            throw BranchLiteError("BL_UNSUPPORTED", "the columns of '\(shape.name)' hide its rowid, so its rows cannot be told apart", details: ["table": .string(shape.name)])
        }
        guard terms.count == values.count else { return nil }
        terms = terms.enumerated().map { "\(quoteIdentifier($1)) = ?\($0 + 1)" }
        let sql = "SELECT \(columns) FROM main.\(quoteIdentifier(shape.name)) WHERE \(terms.joined(separator: " AND "))"
        let (connection, parameters) = (side.connection, values)
        guard let found = try mapEngine({ () throws(EngineError) in try connection.query(sql, parameters) }).first else { return nil }
        var rowid: Int64 = 0
        if case .integer(let number)? = found.first { rowid = number }
        return RowImage(rowid: rowid, values: Array(found.dropFirst()))
    }
}
