/// Makes a failing history short by leaving out steps for as long as it still fails.
enum Shrinker {
    /// `fails` says whether the steps fail. Tries at most `budget` histories.
    static func shrink(_ steps: [Step], budget: Int = 400, fails: ([Step]) -> Bool) -> [Step] {
        var best = steps
        var tries = 0
        var size = max(1, best.count / 2)
        while size >= 1, tries < budget {
            var start = 0
            var shortened = false
            while start < best.count, tries < budget {
                let shorter = Array(best[..<start] + best[min(best.count, start + size)...])
                tries += 1
                if shorter.count < best.count, fails(shorter) {
                    best = shorter
                    shortened = true
                } else {
                    start += size
                }
            }
            if size == 1, !shortened { break }
            if size > 1 || !shortened { size /= 2 }
        }
        return best
    }
}
