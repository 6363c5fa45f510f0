import Engine
import PageStore
import SQLDialect

/// Merges the rows of one table: walks what the source changed since the base and looks each row up on the target. Cost: the
/// source's changes, whatever the size of the table. Streams: memory does not grow with the number of changes.
final class TableMerger {
    /// A column of the merged table by name.
    struct Track {
        var name: String
        var type: DuckType
        /// Stored index in each of `pasts`.
        var bases: [Int?]
        /// What rows hold that are older than the column, where a base does not have it.
        var initial: SQLiteValue
        /// What the source's rows hold that are older than the column.
        var sourceInitial: SQLiteValue
    }

    typealias Apply = (RowOperation) throws(BranchLiteError) -> Void

    let sides: MergeSides
    let settlement: Settlement
    let log: ConflictLog
    let name: String
    let source: TableShape
    let target: TableShape?
    let tracks: [Track]
    let columns: [MergedColumn]
    /// The bases, newest first.
    let bases: [(side: VersionSide, shape: TableShape?)]
    /// The bases, then the older versions by which several bases are merged with each other.
    let pasts: [(side: VersionSide, shape: TableShape?)]
    let tree: BaseTree?
    let targetRows: RowFinder?
    /// Where nothing but the rowid tells rows apart.
    let keyless: KeylessRows?
    /// For rows that the source has no more, which are sought as a base has them.
    var targetRowsByBase: [Int: RowFinder] = [:]
    var baseRows: [Int: RowFinder] = [:]
    /// With several bases: what changed since each, as far as they have been walked.
    var walks: [RowChanges] = []
    private(set) var lists: ColumnLists

    var counts: TableMergeCount

    init(_ sides: MergeSides, _ plan: TableMergePlan, _ settlement: Settlement, _ log: ConflictLog) throws(BranchLiteError) {
        self.sides = sides
        self.settlement = settlement
        self.log = log
        name = plan.name
        counts = TableMergeCount(table: plan.name, inserted: 0, updated: 0, deleted: 0, conflicts: 0)
        let key = foldedASCII(plan.name)
        guard let source = try sides.sourceSide.shape(key) else {
            throw BranchLiteError("BL_INTERNAL", "'\(plan.name)' is planned to be merged, and the source has no such table")
        }
        self.source = source
        guard case .merge(let planned) = plan.rows else {
            bases = []
            pasts = []
            tree = nil
            target = nil
            targetRows = nil
            keyless = nil
            let stored = source.stored.columns.indices.filter { !source.stored.columns[$0].isGenerated }
            tracks = stored.map { index in
                Track(name: source.stored.columns[index].name, type: source.types[index], bases: [], initial: .null, sourceInitial: .null)
            }
            columns = stored.map { MergedColumn(source: $0, target: MergedColumn.absent, base: MergedColumn.absent) }
            lists = ColumnLists(tracks.map(\.name))
            return
        }
        let target = try sides.targetSide.shape(key)
        var bases: [(side: VersionSide, shape: TableShape?)] = []
        for side in try sides.bases(of: plan.name) { bases.append((side, try side.shape(key))) }
        self.target = target
        self.bases = bases
        tree = bases.count > 1 ? sides.baseTree() : nil
        var pasts = bases
        for version in tree?.versions ?? [] where !pasts.contains(where: { $0.side.version == version }) {
            // One that is dropped just now counts as unknown.
            guard let side = try? sides.side(at: version) else { continue }
            pasts.append((side, try side.shape(key)))
        }
        self.pasts = pasts
        targetRows = target.map { shape in RowFinder(sides.targetSide, shape, for: source) }
        if source.isKeyless, let target, target.isKeyless {
            let used = max(try sides.sourceSide.greatestRowid(of: source), try sides.targetSide.greatestRowid(of: target))
            keyless = try KeylessRows(sides, key, pasts: pasts.map(\.side.version), used: used)
        } else {
            keyless = nil
        }
        var tracks: [Track] = []
        var columns: [MergedColumn] = []
        for column in planned {
            let here = column.source.flatMap { source.stored.index(of: $0) }
            let there = column.target.flatMap { target?.stored.index(of: $0) }
            if here == nil && there == nil { continue }
            let isGenerated = [(source, column.source), (target, column.target)].contains { side, name in
                guard let info = side?.info, let name, let index = info.columnIndex(name) else { return false }
                return info.columns[index].generated != .no
            }
            if isGenerated { continue }
            let places = pasts.map { $0.shape?.stored.index(of: column.base ?? column.name) }
            let sourceInitial = here.map { source.stored.layout.defaults[$0] } ?? .null
            tracks.append(Track(
                name: column.name, type: here.map { source.types[$0] } ?? there.flatMap { target?.types[$0] } ?? .dynamic, bases: places,
                initial: here == nil ? there.flatMap { target?.stored.layout.defaults[$0] } ?? .null : sourceInitial, sourceInitial: sourceInitial))
            let base: Int? = bases.count == 1 ? places[0] : nil
            columns.append(MergedColumn(source: here ?? MergedColumn.absent, target: there ?? MergedColumn.absent, base: base ?? MergedColumn.absent))
        }
        self.tracks = tracks
        self.columns = columns
        lists = ColumnLists(tracks.map(\.name))
    }

    // MARK: - The walk

    /// Calls `apply` with each change that the merge makes to the target, in the order of the source's changes.
    func run(_ apply: Apply) throws(BranchLiteError) {
        if bases.isEmpty {
            let changes = try RowChanges(sides.difference(from: sides.sourceSide, to: sides.sourceSide), old: nil, new: source)
            while let change = try changes.next() { if let row = change.after { try merge(.absent, row, apply) } }
            return
        }
        for (index, base) in bases.enumerated() {
            let renames = try sides.sourceSide.renames(of: foldedASCII(name), since: base.side)
            let changes = try RowChanges(sides.difference(from: base.side, to: sides.sourceSide), old: base.shape, new: source, renames: renames)
            if bases.count > 1 { walks.append(changes) }
            let next = try walk(changes, index)
            while let change = try next() {
                if bases.count == 1 {
                    let row = change.before.map { BaseRow(isPresent: true, image: (0, $0), agreed: nil) } ?? .absent
                    try merge(row, change.after, apply)
                } else if let row = try agreedRow(of: change, walking: index) {
                    try merge(row, change.after, apply)
                }
            }
        }
    }

    /// The changes one by one; those of rows that are numbered otherwise in the source than in the base put together.
    private func walk(_ changes: RowChanges, _ index: Int) throws(BranchLiteError) -> () throws(BranchLiteError) -> RowChanges.Change? {
        guard let numbers = keyless?.inSource(index), !numbers.isEmpty, let shape = bases[index].shape else {
            return { () throws(BranchLiteError) in try changes.next() }
        }
        var renumbered = RenumberedChanges(
            changes, numbers, old: RowFinder(bases[index].side, shape, for: shape), new: RowFinder(sides.sourceSide, source, for: source))
        return { () throws(BranchLiteError) in try renumbered.next() }
    }

    /// How the source's rows are numbered in the target after the merge; nil where something else tells them apart.
    var rowNumbers: RowNumbers? { source.isKeyless ? keyless?.merged ?? (target == nil ? RowNumbers.none : nil) : nil }

    // MARK: - The target's row

    func there(like row: RowImage) throws(BranchLiteError) -> RowImage? { try targetRows?.row(like: row, of: source) }

    /// The target's row that is the same as a base's.
    private func there(likeBase image: (base: Int, row: RowImage)) throws(BranchLiteError) -> RowImage? {
        guard let target, let shape = pasts[image.base].shape else { return nil }
        let finder: RowFinder
        if let known = targetRowsByBase[image.base] {
            finder = known
        } else {
            finder = RowFinder(sides.targetSide, target, for: shape)
            targetRowsByBase[image.base] = finder
        }
        guard let keyless else { return try finder.row(like: image.row, of: shape) }
        return try keyless.inTarget(image.row, of: image.base).flatMap { row throws(BranchLiteError) in try finder.row(like: row, of: shape) }
    }

    // MARK: - One row

    private func merge(_ base: BaseRow, _ now: RowImage?, _ apply: Apply) throws(BranchLiteError) {
        if let now {
            if base.isPresent == false { return try inserted(now, apply) }
            // A row without a key goes by what it was: it can have another number on each side.
            let found = if keyless != nil, let image = base.image { try there(likeBase: image) } else { try there(like: now) }
            guard let found else { return try updatedWhereDeleted(base, now, apply) }
            return try updated(base, now, found, apply)
        }
        // A row that the bases, taken together, had lost already is none that the source deleted.
        guard base.isPresent != false, let image = base.image, let there = try there(likeBase: image) else { return }
        try deleted(base, there, apply)
    }

    private func inserted(_ row: RowImage, _ apply: Apply) throws(BranchLiteError) {
        if source.isNumbered(row) {
            // Rows that nothing but a rowid tells apart are never the same row when they are new on both sides.
            return try insert(row, rowid: try number(of: row), apply)
        }
        guard let there = try there(like: row) else { return try insert(row, rowid: nil, apply) }
        var free: [Int] = []
        var differing: [Int] = []
        for (position, column) in columns.enumerated() where column.source >= 0 {
            let value = row.values[column.source]
            if column.target >= 0 {
                if !there.values[column.target].isIdentical(to: value) { differing.append(position) }
            } else if !value.isIdentical(to: tracks[position].sourceInitial) {
                free.append(position)
            }
        }
        if differing.isEmpty { return try update(there, free, from: row, apply) }
        try settleCells(MetConflict(self, .insertInsert, row, differing, base: nil, there), free: free, there, now: row, base: nil, apply)
    }

    /// The rowid that a row of the source gets as a new one of the target; nil: any.
    func number(of row: RowImage) throws(BranchLiteError) -> Int64? {
        guard source.isKeyless else { return nil }
        let isTaken = try there(like: row) != nil
        return keyless == nil ? isTaken ? nil : row.rowid : keyless?.number(of: row.rowid, isTaken: isTaken)
    }

    private func updated(_ base: BaseRow, _ now: RowImage, _ there: RowImage, _ apply: Apply) throws(BranchLiteError) {
        var free: [Int] = []
        var differing: [Int] = []
        for (position, column) in columns.enumerated() where column.source >= 0 {
            let value = now.values[column.source]
            if column.target >= 0, there.values[column.target].isIdentical(to: value) { continue }
            let was = was(position, base)
            if let was, value.isIdentical(to: was) { continue }
            let isFree = column.target < 0 || was.map { there.values[column.target].isIdentical(to: $0) } ?? false
            if isFree { free.append(position) } else { differing.append(position) }
        }
        if differing.isEmpty { return try update(there, free, from: now, apply) }
        try settleCells(MetConflict(self, .updateUpdate, now, differing, base: base, there), free: free, there, now: now, base: base, apply)
    }

    private func updatedWhereDeleted(_ base: BaseRow, _ now: RowImage, _ apply: Apply) throws(BranchLiteError) {
        let changed = columns.indices.filter { position in
            let place = columns[position].source
            return place >= 0 && was(position, base).map { !now.values[place].isIdentical(to: $0) } ?? true
        }
        // Only columns that are not in the merged table differ.
        if changed.isEmpty { return }
        try settleDeletedThere(MetConflict(self, .updateDelete, now, changed, base: base, nil), base, now, apply)
    }

    private func deleted(_ base: BaseRow, _ there: RowImage, _ apply: Apply) throws(BranchLiteError) {
        guard target != nil, base.image != nil else { return }
        let changed = columns.indices.filter { position in
            let place = columns[position].target
            guard place >= 0 else { return false }
            return (base.isPresent == nil ? nil : was(position, base)).map { !there.values[place].isIdentical(to: $0) } ?? true
        }
        if changed.isEmpty { return try delete(there, apply) }
        try settleDeletedHere(MetConflict(self, .deleteUpdate, nil, changed, base: base, there), base, there, apply)
    }

    // MARK: - Operations

    /// Inserts the source's row.
    func insert(_ row: RowImage, rowid: Int64?, _ apply: Apply) throws(BranchLiteError) {
        counts.inserted += 1
        var values: [SQLiteValue] = []
        values.reserveCapacity(columns.count)
        for column in columns where column.source >= 0 { values.append(row.values[column.source]) }
        try apply(.insert(lists.whole { columns[$0].source >= 0 }, values, rowid: rowid))
    }

    /// Brings columns of the source's row to the target's.
    func update(_ there: RowImage, _ positions: [Int], from row: RowImage, _ apply: Apply) throws(BranchLiteError) {
        if positions.isEmpty { return }
        try update(there, positions, positions.map { row.values[columns[$0].source] }, apply)
    }

    func update(_ there: RowImage, _ positions: [Int], _ values: [SQLiteValue], _ apply: Apply) throws(BranchLiteError) {
        if positions.isEmpty { return }
        counts.updated += 1
        try apply(.update(condition(there), lists.list(positions), values))
    }

    func delete(_ there: RowImage, _ apply: Apply) throws(BranchLiteError) {
        counts.deleted += 1
        try apply(.delete(condition(there)))
    }

    private lazy var keyList: ColumnList? = {
        guard let target, case .key(let key) = target.identity else { return nil }
        return ColumnList(key.map { index in
            columns.firstIndex { $0.target == index }.map { tracks[$0].name } ?? target.stored.columns[index].name
        })
    }()

    /// The target's row by what its key is called in the merged table.
    private func condition(_ there: RowImage) -> RowCondition {
        guard let target, let keyList, let key = target.wholeKey(of: there) else { return .rowid(there.rowid) }
        return .key(keyList, key)
    }
}
