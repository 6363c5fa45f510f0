import Engine
import PageStore
import SQLDialect

/// How rows of a table without a key are numbered in the versions of one merge. Belongs to one thread.
final class KeylessRows {
    /// For each version of the past that the merge looks at: its rows' numbers to the source's and to the target's.
    private let source: [RowNumbers]
    private let target: [RowNumbers]
    /// New rows of the source that did not keep their number.
    private var assigned: [RowNumbers.Run] = []
    private var next: Int64

    /// - Parameter used: the greatest number that the table has on either side.
    init(_ sides: MergeSides, _ table: String, pasts: [VersionID], used: Int64) throws(BranchLiteError) {
        let store = sides.context.store
        let (here, there) = (try sides.sourceSide.rowNumbers(), try sides.targetSide.rowNumbers())
        source = pasts.map { here.numbers(of: $0, in: table, store) }
        target = pasts.map { there.numbers(of: $0, in: table, store) }
        next = used
    }

    /// How rows of a base are numbered in the source.
    func inSource(_ base: Int) -> RowNumbers { source[base] }

    /// A row of a past version as the target numbers it; nil where the target does not have it.
    func inTarget(_ row: RowImage, of past: Int) -> RowImage? { target[past].image(row.rowid).map { RowImage(rowid: $0, values: row.values) } }

    /// A row of the source as a past version numbers it.
    func inPast(_ row: RowImage, _ past: Int) -> RowImage? { source[past].origin(row.rowid).map { RowImage(rowid: $0, values: row.values) } }

    /// A row of one past version as another numbers it.
    func inPast(_ row: RowImage, of past: Int, _ other: Int) -> RowImage? {
        let rowid = source[past].image(row.rowid).flatMap { source[other].origin($0) } ?? target[past].image(row.rowid).flatMap { target[other].origin($0) }
        return rowid.map { RowImage(rowid: $0, values: row.values) }
    }

    /// The number that a row of the source gets in the target when it comes as a new one. Once one cannot keep its number, those that
    /// follow do not either, so that rows which were added one after the other stay so.
    func number(of rowid: Int64, isTaken: Bool) -> Int64? {
        let isOthers = zip(source, target).contains { here, there in here.origin(rowid).flatMap { there.image($0) } != rowid }
        guard isTaken || isOthers || !assigned.isEmpty else { return rowid }
        // Without a number left, SQLite finds one that is free; the row is then told by nothing any more.
        guard next < .max else { return nil }
        next += 1
        if let last = assigned.last, last.first + last.count == rowid, last.to + last.count == next {
            assigned[assigned.count - 1].count += 1
        } else {
            assigned.append(RowNumbers.Run(first: rowid, count: 1, to: next))
        }
        return next
    }

    /// After the merge: the source's numbers to the target's.
    var merged: RowNumbers {
        zip(source, target).reduce(RowNumbers(assigned)) { $0.joined(with: $1.0.inverse.then($1.1)) }
    }
}

extension VersionSide {
    /// The greatest rowid of a table; 0 where it has none.
    func greatestRowid(of shape: TableShape) throws(BranchLiteError) -> Int64 {
        guard let name = shape.rowidName else { return 0 }
        let connection = try connection
        let found = try mapEngine { () throws(EngineError) in
            try connection.query("SELECT max(\(quoteIdentifier(name))) FROM main.\(quoteIdentifier(shape.name))")
        }
        guard case .integer(let rowid)? = found.first?.first else { return 0 }
        return max(rowid, 0)
    }
}
