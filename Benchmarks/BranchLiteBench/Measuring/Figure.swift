import Foundation

/// One figure of a benchmark run; `ratio` above 1 means BranchLite is better than the peer or the target.
struct Figure: Codable {
    var name: String
    var value: Double
    var unit: String
    var peer: String?
    var peerValue: Double?
    var ratio: Double?
    var target: String
    var met: Bool?
    /// The ratio of processor time, of all threads of the process.
    var processorRatio: Double?
    /// The ratio of the best rounds: what is left when the machine's other work is not in the way.
    var bestRatio: Double?
    /// Rounds behind a median, or single measurements behind a percentile.
    var rounds: Int?
    /// What a reader must know to understand the figure.
    var note: String?

    enum CodingKeys: String, CodingKey {
        case name, value, unit, peer, ratio, target, met, rounds, note
        case peerValue = "peer_value"
        case processorRatio = "processor_ratio"
        case bestRatio = "best_ratio"
    }

    func encode(to encoder: any Encoder) throws {
        var box = encoder.container(keyedBy: CodingKeys.self)
        try box.encode(name, forKey: .name)
        try box.encode(value, forKey: .value)
        try box.encode(unit, forKey: .unit)
        try box.encode(peer, forKey: .peer)
        try box.encode(peerValue, forKey: .peerValue)
        try box.encode(ratio, forKey: .ratio)
        try box.encode(target, forKey: .target)
        try box.encode(met, forKey: .met)
        try box.encodeIfPresent(processorRatio, forKey: .processorRatio)
        try box.encodeIfPresent(bestRatio, forKey: .bestRatio)
        try box.encodeIfPresent(rounds, forKey: .rounds)
        try box.encodeIfPresent(note, forKey: .note)
    }

    /// A figure without a target.
    static func reported(_ name: String, _ value: Double, _ unit: String, rounds: Int? = nil, note: String? = nil) -> Figure {
        Figure(name: name, value: value, unit: unit, target: "reported", rounds: rounds, note: note)
    }

    /// A figure that must not exceed a limit.
    static func atMost(_ name: String, _ value: Double, _ unit: String, limit: Double, rounds: Int? = nil, note: String? = nil) -> Figure {
        // No growth at all, or less than none, has no ratio.
        Figure(
            name: name, value: value, unit: unit, ratio: value > 0 ? limit / value : nil, target: "≤ \(Figure.text(limit)) \(unit)", met: value <= limit,
            rounds: rounds, note: note)
    }

    static func text(_ number: Double) -> String {
        number.formatted(.number.precision(.fractionLength(abs(number) < 100 ? 0 ... 2 : 0 ... 1)).locale(Locale(identifier: "en_US")))
    }
}

extension [Figure] {
    /// As the result files have it.
    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .withoutEscapingSlashes, .sortedKeys]
        return try encoder.encode(self)
    }

    /// A table for people.
    func table() -> String {
        func ratio(_ value: Double?) -> String { value.map { String(format: "%.2f", $0) } ?? "" }
        var rows = [["figure", "value", "peer", "ratio", "cpu", "best", "target", ""]]
        for figure in self {
            let peer = figure.peerValue.map { "\(Figure.text($0)) (\(figure.peer ?? ""))" } ?? ""
            rows.append([
                figure.name, "\(Figure.text(figure.value)) \(figure.unit)", peer, ratio(figure.ratio), ratio(figure.processorRatio),
                ratio(figure.bestRatio), figure.target, figure.met.map { $0 ? "met" : "MISSED" } ?? "",
            ])
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
