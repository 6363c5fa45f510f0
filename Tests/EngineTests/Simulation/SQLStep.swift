import PageStore

@testable import Engine

/// One step of a history of SQL. All that is random in it follows from its salt and the state it meets.
struct SQLStep: CustomStringConvertible {
    enum Kind: String {
        case write, transaction, rollback, schema, bulk, read
        case fork, discard, restore, reclaim, checkpoint, vacuum
        /// Another connection is opened on a branch and sleeps until a step happens to use it.
        case connect, disconnect
        case sleepInTransaction, wake
        case kill, losePower
    }

    var kind: Kind
    var salt: UInt64
    var description: String { "\(kind.rawValue)#\(String(salt, radix: 16))" }

    private static let weights: [(Kind, Int)] = [
        (.write, 30), (.transaction, 10), (.rollback, 4), (.schema, 6), (.bulk, 3), (.read, 10), (.fork, 6), (.discard, 3), (.restore, 8),
        (.reclaim, 3), (.checkpoint, 4), (.vacuum, 2), (.connect, 6), (.disconnect, 3), (.sleepInTransaction, 4), (.wake, 4),
        (.kill, 1), (.losePower, 1),
    ]

    static func history(seed: UInt64, steps: Int) -> [SQLStep] {
        var random = SeededGenerator(seed: seed)
        let table = weights.flatMap { [Kind](repeating: $0.0, count: $0.1) }
        return (0 ..< steps).map { _ in SQLStep(kind: table.randomElement(using: &random) ?? .write, salt: random.next()) }
    }

    /// Leaves out steps for as long as the history still fails.
    static func shrink(_ steps: [SQLStep], fails: ([SQLStep]) -> Bool) -> [SQLStep] {
        var best = steps
        var size = best.count / 2
        var tries = 0
        while size >= 1, tries < 200 {
            var start = 0
            var shortened = false
            while start < best.count, tries < 200 {
                let shorter = Array(best[..<start] + best[min(best.count, start + size)...])
                tries += 1
                if fails(shorter) { best = shorter; shortened = true } else { start += size }
            }
            if size == 1, !shortened { break }
            if size > 1 || !shortened { size /= 2 }
        }
        return best
    }
}
