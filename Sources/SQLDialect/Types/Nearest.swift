/// The name among `candidates` that is most like `name`, if one is near enough to be meant: for "did you mean".
func nearest(_ name: String, among candidates: some Sequence<String>) -> String? {
    let wanted = Array(foldedASCII(name).utf8)
    // One slip for short names, a third of the letters for long ones.
    let limit = max(1, min(4, wanted.count / 3))
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let other = Array(foldedASCII(candidate).utf8)
        guard abs(other.count - wanted.count) <= limit else { continue }
        let distance = editDistance(wanted, other)
        if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.name
}

/// The number of letters to insert, delete or change to make one from the other (Levenshtein).
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var previous = Array(0...b.count)
    var current = [Int](repeating: 0, count: b.count + 1)
    for i in a.indices {
        current[0] = i + 1
        for j in b.indices {
            current[j + 1] = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
        }
        swap(&previous, &current)
    }
    return previous[b.count]
}
