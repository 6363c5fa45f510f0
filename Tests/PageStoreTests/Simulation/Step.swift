/// One step of a history. All that is random in it follows from its salt and from the state it meets, so that a history stays
/// meaningful when steps are left out.
struct Step: Sendable, CustomStringConvertible {
    enum Kind: String, CaseIterable, Sendable {
        case commit, group, fork, discard, move, value, metadata
        case checkpoint, reclaim, vacuum, sync, backup, pass, check
        /// A checkpoint or reclaim at some disk operation within a write.
        case writeAroundCheckpoint
        /// Writes at disk operations within a checkpoint.
        case checkpointAroundWrites
        /// A checkpoint after a group was written and before it is published.
        case checkpointBeforePublishing
        case pin, unpin, openReader, read, closeReader
        case kill, losePower, close
        /// The power goes within one of the next operations.
        case cutPower
        case failSync
    }

    var kind: Kind
    var salt: UInt64

    var description: String { "\(kind.rawValue)#\(String(salt, radix: 16))" }

    private static let weights: [(Kind, Int)] = [
        (.commit, 36), (.group, 4), (.fork, 6), (.discard, 5), (.move, 6), (.value, 3), (.metadata, 2),
        (.checkpoint, 6), (.reclaim, 8), (.vacuum, 2), (.sync, 1), (.backup, 1), (.pass, 2), (.check, 5),
        (.pin, 4), (.unpin, 3), (.openReader, 2), (.read, 3), (.closeReader, 1),
        (.kill, 1), (.losePower, 1), (.close, 1), (.cutPower, 2), (.failSync, 1),
    ]
    private static let nestedWeights: [(Kind, Int)] = [
        (.writeAroundCheckpoint, 14), (.checkpointAroundWrites, 8), (.checkpointBeforePublishing, 5),
    ]

    /// The history of a seed.
    static func history(seed: UInt64, profile: Profile) -> [Step] {
        var random = SeededGenerator(seed: seed)
        var table: [Kind] = []
        for (kind, weight) in weights + (profile.nested ? nestedWeights : []) {
            if !profile.readers, kind == .openReader { continue }
            table += [Kind](repeating: kind, count: weight)
        }
        return (0 ..< profile.steps).map { _ in
            Step(kind: table.randomElement(using: &random) ?? .commit, salt: random.next())
        }
    }
}
