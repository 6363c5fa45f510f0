/// One contestant's rounds: seconds per operation.
struct Series {
    var wall: [Double] = []
    var processor: [Double] = []

    mutating func add(_ spent: Spent, operations: Int) {
        wall.append(spent.wall / Double(operations))
        processor.append(spent.processor / Double(operations))
    }

    var middle: Double { median(wall) }
    var best: Double { wall.min() ?? .nan }
}

/// Lets the contestants take turns: A B C, then B C A …, so that what else the machine does falls on all of them.
/// A first round of each is not counted.
///
/// - Parameter operations: how many each contestant does in a round; the series are per operation.
func interleave(rounds: Int, operations: Int, _ contestants: [() throws -> Spent]) throws -> [Series] {
    var series = [Series](repeating: Series(), count: contestants.count)
    for round in 0 ... rounds {
        for turn in contestants.indices {
            let index = (turn + round) % contestants.count
            let spent = try contestants[index]()
            if round > 0 { series[index].add(spent, operations: operations) }
        }
    }
    return series
}

extension Figure {
    /// Ours against a peer by time per operation. The target is a ratio of throughputs, on the wall.
    static func against(
        _ name: String, ours: Series, peer: Series, _ peerName: String, unit: TimeUnit, atLeast target: Double?, note: String? = nil
    ) -> Figure {
        let ratio = peer.middle / ours.middle
        return Figure(
            name: name, value: ours.middle * unit.perSecond, unit: unit.rawValue, peer: peerName, peerValue: peer.middle * unit.perSecond, ratio: ratio,
            target: target.map { "≥ \($0)×" } ?? "reported", met: target.map { ratio >= $0 },
            processorRatio: median(peer.processor) / median(ours.processor), bestRatio: peer.best / ours.best, rounds: ours.wall.count, note: note)
    }
}

enum TimeUnit: String {
    case seconds = "s"
    case milliseconds = "ms"
    case microseconds = "µs"

    var perSecond: Double {
        switch self {
        case .seconds: 1
        case .milliseconds: 1e3
        case .microseconds: 1e6
        }
    }
}
