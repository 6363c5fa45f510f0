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

/// The number of letters to insert, delete, change or swap with their neighbour to make one from the other (the
/// restricted Damerau-Levenshtein distance).
private func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
    var beforePrevious = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    var current = [Int](repeating: 0, count: b.count + 1)
    for i in a.indices {
        current[0] = i + 1
        for j in b.indices {
            current[j + 1] = min(previous[j + 1] + 1, current[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { current[j + 1] = min(current[j + 1], beforePrevious[j - 1] + 1) }
        }
        (beforePrevious, previous, current) = (previous, current, beforePrevious)
    }
    return previous[b.count]
}
