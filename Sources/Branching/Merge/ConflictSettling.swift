import Engine
import SQLDialect

/// A conflict that the walk has met. What is reported of it is made only where it is asked for.
final class MetConflict {
    private let merger: TableMerger
    private let kind: MergeConflict.Kind
    private let now: RowImage?
    /// Places of the columns in the merged table.
    let positions: [Int]
    private let base: BaseRow?
    private let there: RowImage?

    init(_ merger: TableMerger, _ kind: MergeConflict.Kind, _ now: RowImage?, _ positions: [Int], base: BaseRow?, _ there: RowImage?) {
        self.merger = merger
        self.kind = kind
        self.now = now
        self.positions = positions
        self.base = base
        self.there = there
        if merger.log.needsIDs { merger.log.meet(conflict.id) }
    }

    private(set) lazy var conflict: MergeConflict = {
        let was = base?.image.flatMap { image in merger.pasts[image.base].shape.map { (shape: $0, row: image.row) } }
        let key = now.map { merger.source.keyJSON($0) } ?? was.map { $0.shape.keyJSON($0.row) } ?? [:]
        return ConflictIdentity.row(
            table: merger.name, kind: kind, key: key, columns: positions.map { merger.tracks[$0].name }, base: was.map { $0.shape.json($0.row) },
            branch: now.map { merger.source.json($0) }, target: there.flatMap { row in merger.target.map { $0.json(row) } })
    }()
}

extension TableMerger {
    private func side(_ conflict: MetConflict, column: String? = nil) -> Settlement.Side? {
        settlement.side(table: name, column: column) { conflict.conflict.id }
    }

    private func leave(_ conflict: MetConflict) {
        counts.conflicts += 1
        log.leave { conflict.conflict }
    }

    /// A conflict between cells of a row that both sides have: column by column.
    func settleCells(
        _ conflict: MetConflict, free: [Int], _ there: RowImage, now: RowImage, base: BaseRow?, _ apply: Apply
    ) throws(BranchLiteError) {
        var positions = free
        var values = free.map { now.values[columns[$0].source] }
        for position in conflict.positions {
            let track = tracks[position]
            switch side(conflict, column: track.name) {
            case .branch: values.append(now.values[columns[position].source])
            case .target: continue
            case .base:
                // Without a base value (both sides inserted) there is nothing to go back to: the target's stays.
                guard let base, let was = was(position, base) else { continue }
                values.append(was)
            case .value(let value): values.append(try stored(value, as: track))
            case nil: return leave(conflict)
            }
            positions.append(position)
        }
        counts.conflicts += 1
        try update(there, positions, values, apply)
    }

    /// The source changed a row that the target has deleted.
    func settleDeletedThere(_ conflict: MetConflict, _ base: BaseRow, _ now: RowImage, _ apply: Apply) throws(BranchLiteError) {
        switch side(conflict) {
        case .branch: try insert(now, rowid: try number(of: now), apply)
        case .target: break
        case .base:
            guard let (positions, values) = baseCells(base) else { break }
            counts.inserted += 1
            try apply(.insert(ColumnList(positions.map { tracks[$0].name }), values, rowid: try number(of: now)))
        case .value(let value):
            let positions = columns.indices.filter { columns[$0].source >= 0 }
            let values = try overwrite(positions, positions.map { now.values[columns[$0].source] }, with: value)
            counts.inserted += 1
            try apply(.insert(ColumnList(positions.map { tracks[$0].name }), values, rowid: try number(of: now)))
        case nil: return leave(conflict)
        }
        counts.conflicts += 1
    }

    /// The source deleted a row that the target has changed.
    func settleDeletedHere(_ conflict: MetConflict, _ base: BaseRow, _ there: RowImage, _ apply: Apply) throws(BranchLiteError) {
        switch side(conflict) {
        case .branch: try delete(there, apply)
        case .target: break
        case .base:
            guard let (positions, values) = baseCells(base) else { break }
            let kept = positions.indices.filter { columns[positions[$0]].target >= 0 }
            try update(there, kept.map { positions[$0] }, kept.map { values[$0] }, apply)
        case .value(let value):
            let positions = columns.indices.filter { columns[$0].target >= 0 }
            try update(there, positions, try overwrite(positions, positions.map { there.values[columns[$0].target] }, with: value), apply)
        case nil: return leave(conflict)
        }
        counts.conflicts += 1
    }

    /// The newest base's row, by the columns of the merged table that it has.
    private func baseCells(_ base: BaseRow) -> (positions: [Int], values: [SQLiteValue])? {
        guard let image = base.image else { return nil }
        var positions: [Int] = []
        var values: [SQLiteValue] = []
        for (position, track) in tracks.enumerated() {
            guard let place = track.bases[image.base] else { continue }
            positions.append(position)
            values.append(image.row.values[place])
        }
        return (positions, values)
    }

    /// A row given as an object by column, over a row that says the rest.
    private func overwrite(_ positions: [Int], _ values: [SQLiteValue], with value: JSONValue) throws(BranchLiteError) -> [SQLiteValue] {
        guard case .object(let members) = value else {
            throw BranchLiteError(
                "BL_BAD_ARGUMENT", "the value that settles a conflict of whole rows of '\(name)' must be an object by column", details: ["argument": "resolutions"])
        }
        var values = values
        for (column, given) in members.sorted(by: { $0.key < $1.key }) {
            guard let index = positions.firstIndex(where: { equalIgnoringASCIICase(tracks[$0].name, column) }) else {
                throw BranchLiteError("BL_NO_SUCH_COLUMN", "'\(name)' has no column '\(column)'", details: ["table": .string(name), "column_name": .string(column)])
            }
            values[index] = try stored(given, as: tracks[positions[index]])
        }
        return values
    }

    private func stored(_ value: JSONValue, as track: Track) throws(BranchLiteError) -> SQLiteValue {
        try JSONStorage.stored(value, as: track.type, column: track.name, table: name, on: sides.targetSide.connection)
    }
}
