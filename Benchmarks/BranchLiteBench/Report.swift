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

    enum CodingKeys: String, CodingKey {
        case name, value, unit, peer, ratio, target, met
        case peerValue = "peer_value"
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
    }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}

func seconds(_ body: () async throws -> Void) async rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try await body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
}

func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
