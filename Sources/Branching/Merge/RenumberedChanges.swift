import Engine

/// The rows of a table without a key that differ between a base and the source, where some rows have other numbers in the source than
/// in the base: those are looked up, all others come as their pages give them.
struct RenumberedChanges {
    private let changes: RowChanges
    private let numbers: RowNumbers
    private let oldRows: RowFinder
    private let newRows: RowFinder
    private var run = 0
    private var offset: Int64 = 0
    private var waiting: [RowChanges.Change] = []
    private var isWalked = false

    init(_ changes: RowChanges, _ numbers: RowNumbers, old: RowFinder, new: RowFinder) {
        self.changes = changes
        self.numbers = numbers
        oldRows = old
        newRows = new
    }

    mutating func next() throws(BranchLiteError) -> RowChanges.Change? {
        while !isWalked {
            guard let change = try changes.next() else {
                isWalked = true
                break
            }
            let rowid = change.after?.rowid ?? change.before?.rowid ?? 0
            if !numbers.isMoved(rowid) { return change }
        }
        while true {
            if let change = waiting.popLast() { return change }
            guard run < numbers.runs.count else { return nil }
            let current = numbers.runs[run]
            let (from, to) = (current.first + offset, current.to + offset)
            offset += 1
            if offset == current.count {
                run += 1
                offset = 0
            }
            try compare(try row(from, oldRows), try row(to, newRows))
            // Numbers that only one side uses for a row of these.
            if numbers.origin(from) == nil { try compare(nil, try row(from, newRows)) }
            if numbers.image(to) == nil { try compare(try row(to, oldRows), nil) }
        }
    }

    private func row(_ rowid: Int64, _ finder: RowFinder) throws(BranchLiteError) -> RowImage? {
        try finder.row(like: RowImage(rowid: rowid, values: []), of: finder.shape)
    }

    private mutating func compare(_ before: RowImage?, _ after: RowImage?) throws(BranchLiteError) {
        switch (before, after) {
        case (nil, nil): return
        case (let before?, let after?):
            if changes.isSame(before, after) { return }
            waiting.append(RowChanges.Change(kind: .updated, before: before, after: after))
        case (nil, let after): waiting.append(RowChanges.Change(kind: .inserted, before: nil, after: after))
        case (let before, nil): waiting.append(RowChanges.Change(kind: .deleted, before: before, after: nil))
        }
    }
}
