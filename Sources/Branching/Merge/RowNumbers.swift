/// How rows of a table without a key, which nothing but their rowid tells apart, are numbered in one version against another: by runs
/// of rows that follow each other on both sides. All other rows have the same number on both.
struct RowNumbers: Hashable, Sendable {
    /// Rows `first`, `first + 1`, … are `to`, `to + 1`, … on the other side.
    struct Run: Hashable, Sendable {
        var first: Int64
        var count: Int64
        var to: Int64
    }

    /// Part of a range of rows, and the number its first one has on the other side; nil where they are not there.
    private struct Piece {
        var first: Int64
        var count: Int64
        var to: Int64?
        var isMoved: Bool
    }

    /// By `first`; no row is in two of them.
    private(set) var runs: [Run]
    /// The same by `to`.
    private let reversed: [Run]

    static let none = RowNumbers([])

    /// - Parameter runs: in any order; where two speak of one row, the earlier counts.
    init(_ runs: [Run]) {
        var taken: [Run] = []
        for run in runs.filter({ $0.count > 0 && $0.first != $0.to }).enumerated().sorted(by: { ($0.element.first, $0.offset) < ($1.element.first, $1.offset) }).map(\.element) {
            guard let last = taken.last, last.first + last.count > run.first else {
                taken.append(run)
                continue
            }
            let skip = last.first + last.count - run.first
            if skip < run.count { taken.append(Run(first: run.first + skip, count: run.count - skip, to: run.to + skip)) }
        }
        var joined: [Run] = []
        for run in taken {
            if let last = joined.last, last.first + last.count == run.first, last.to + last.count == run.to {
                joined[joined.count - 1].count += run.count
            } else {
                joined.append(run)
            }
        }
        self.runs = joined
        reversed = joined.sorted { $0.to < $1.to }
    }

    var isEmpty: Bool { runs.isEmpty }

    /// The number a row has on the other side; nil where it is not there, another row having its number.
    func image(_ rowid: Int64) -> Int64? {
        if let run = RowNumbers.run(rowid, runs, \.first) { return run.to + (rowid - run.first) }
        return RowNumbers.run(rowid, reversed, \.to) == nil ? rowid : nil
    }

    /// The number that a row of the other side has on this one; nil where it is not here.
    func origin(_ rowid: Int64) -> Int64? {
        if let run = RowNumbers.run(rowid, reversed, \.to) { return run.first + (rowid - run.to) }
        return RowNumbers.run(rowid, runs, \.first) == nil ? rowid : nil
    }

    /// Whether a number means different rows on the two sides.
    func isMoved(_ rowid: Int64) -> Bool { RowNumbers.run(rowid, runs, \.first) != nil || RowNumbers.run(rowid, reversed, \.to) != nil }

    private static func run(_ rowid: Int64, _ runs: [Run], _ start: KeyPath<Run, Int64>) -> Run? {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle][keyPath: start] <= rowid { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let run = runs[low - 1]
        return rowid - run[keyPath: start] < run.count ? run : nil
    }

    var inverse: RowNumbers { RowNumbers(runs.map { Run(first: $0.to, count: $0.count, to: $0.first) }) }

    /// From this one's first side to the other's second.
    func then(_ other: RowNumbers) -> RowNumbers {
        var found: [Run] = []
        for run in runs {
            for piece in other.pieces(run.to, run.count) {
                guard let to = piece.to else { continue }
                found.append(Run(first: run.first + (piece.first - run.to), count: piece.count, to: to))
            }
        }
        let back = inverse
        for run in other.runs {
            // Rows that have the same number on this one's both sides.
            for piece in back.pieces(run.first, run.count) where !piece.isMoved && piece.to != nil {
                found.append(Run(first: piece.first, count: piece.count, to: run.to + (piece.first - run.first)))
            }
        }
        return RowNumbers(found)
    }

    /// Both together; where they speak of the same row, this one counts.
    func joined(with other: RowNumbers) -> RowNumbers { RowNumbers(runs + other.runs) }

    /// A range of rows cut where it goes to different places.
    private func pieces(_ first: Int64, _ count: Int64) -> [Piece] {
        var cuts: Set<Int64> = [first]
        let end = first + count
        for run in runs { for cut in [run.first, run.first + run.count] where cut > first && cut < end { cuts.insert(cut) } }
        for run in runs { for cut in [run.to, run.to + run.count] where cut > first && cut < end { cuts.insert(cut) } }
        let starts = cuts.sorted()
        return starts.enumerated().map { index, start in
            let next = index + 1 < starts.count ? starts[index + 1] : end
            return Piece(first: start, count: next - start, to: image(start), isMoved: RowNumbers.run(start, runs, \.first) != nil)
        }
    }
}
