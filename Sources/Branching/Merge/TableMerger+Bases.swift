import Engine
import PageStore

extension TableMerger {
    /// What the bases, merged with each other, know of a changed row; nil when the row came up on the walk from an earlier base
    /// already.
    func agreedRow(of change: RowChanges.Change, walking index: Int) throws(BranchLiteError) -> BaseRow? {
        guard let tree else { return nil }
        var rows: [RowImage?] = []
        for other in pasts.indices {
            let row = other == index ? change.before : try baseRow(other, like: change, walking: index)
            if other < index, differs(row, from: change.after, base: other) { return nil }
            rows.append(row)
        }
        let (pasts, tracks, count) = (pasts, tracks, bases.count)
        let merge = BaseRowMerge(tree: tree, columns: tracks.count) { (version: VersionID) throws(BranchLiteError) in
            let unknown = [SQLiteValue?](repeating: .none, count: tracks.count)
            guard let past = pasts.firstIndex(where: { $0.side.version == version }) else { return BaseRowMerge.Known(isPresent: nil, cells: unknown) }
            // What older versions do not have under this name they may have under another.
            let isOlder = past >= count
            guard let row = rows[past] else {
                return BaseRowMerge.Known(isPresent: isOlder && pasts[past].shape == nil ? nil : false, cells: unknown)
            }
            let cells = tracks.map { track -> SQLiteValue? in
                if let place = track.bases[past] { return row.values[place] }
                return isOlder ? .none : track.initial
            }
            return BaseRowMerge.Known(isPresent: true, cells: cells)
        }
        let known = try merge.row()
        let newest = rows.firstIndex { $0 != nil }
        return BaseRow(isPresent: known.isPresent, image: newest.flatMap { place in rows[place].map { (place, $0) } }, agreed: known.cells)
    }

    private func baseRow(_ other: Int, like change: RowChanges.Change, walking index: Int) throws(BranchLiteError) -> RowImage? {
        guard let shape = pasts[other].shape else { return nil }
        let like: (shape: TableShape, row: RowImage)
        if let after = change.after {
            like = (source, after)
        } else if let before = change.before, let walked = bases[index].shape {
            like = (walked, before)
        } else {
            return nil
        }
        // The finder goes with the shape of what is looked for: the source's or one of the bases'.
        let number = (change.after == nil ? index + 1 : 0) * pasts.count + other
        let finder: RowFinder
        if let known = baseRows[number] {
            finder = known
        } else {
            finder = RowFinder(pasts[other].side, shape, for: like.shape)
            baseRows[number] = finder
        }
        guard let keyless else { return try finder.row(like: like.row, of: like.shape) }
        let row = change.after == nil ? keyless.inPast(like.row, of: index, other) : keyless.inPast(like.row, other)
        return try row.flatMap { row throws(BranchLiteError) in try finder.row(like: row, of: like.shape) }
    }

    /// Whether the source changed a row since a base: then it came up when that base's changes were walked.
    private func differs(_ row: RowImage?, from now: RowImage?, base: Int) -> Bool {
        guard let row, let now else { return (row == nil) != (now == nil) }
        return !walks[base].isSame(row, now)
    }

    /// What the base holds in a column of the merged table; nil where that is unknown.
    func was(_ position: Int, _ base: BaseRow) -> SQLiteValue? {
        if let agreed = base.agreed { return agreed[position] }
        guard let row = base.image?.row else { return nil }
        let place = columns[position].base
        return place >= 0 ? row.values[place] : tracks[position].initial
    }
}
