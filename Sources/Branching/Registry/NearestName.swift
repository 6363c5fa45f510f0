/// Finds what a misspelt name was meant to be, for hints.
enum NearestName {
    /// More candidates than this are not searched: a hint is not worth a long wait.
    static let searchLimit = 10_000

    /// The candidate with the fewest edits (insert, delete, replace, swap of neighbours), if few enough to be a slip.
    static func of(_ name: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(name.lowercased().unicodeScalars.prefix(64))
        guard !wanted.isEmpty else { return nil }
        let allowed = max(1, min(4, wanted.count / 3 + 1))
        var best: (name: String, distance: Int)?
        for candidate in candidates.lazy.prefix(searchLimit) {
            let scalars = Array(candidate.lowercased().unicodeScalars.prefix(64))
            if abs(scalars.count - wanted.count) > allowed { continue }
            let distance = editDistance(wanted, scalars)
            if distance <= allowed, distance < (best?.distance ?? .max) || (distance == best?.distance && candidate < (best?.name ?? "")) {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// Optimal string alignment distance.
    static func editDistance<Element: Equatable>(_ a: [Element], _ b: [Element]) -> Int {
        if a.isEmpty { return b.count }
        if b.isEmpty { return a.count }
        var twoBack = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        var current = previous
        for i in 1...a.count {
            current[0] = i
            for j in 1...b.count {
                let cost = a[i - 1] == b[j - 1] ? 0 : 1
                var value = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { value = min(value, twoBack[j - 2] + 1) }
                current[j] = value
            }
            (twoBack, previous, current) = (previous, current, twoBack)
        }
        return previous[b.count]
    }
}
