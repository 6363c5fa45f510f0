/// Versions that the retention rule keeps for a while, by the time when it is to be asked again: a heap, because there may be
/// very many and few of them are due at a time.
struct RetainedVersions {
    private var heap: [(until: Int64, version: Version)] = []

    var versions: [Version] { heap.map(\.version) }

    /// Does nothing for a version that is there: each reader that lets go of one has it looked at again.
    mutating func add(_ version: Version, until: Int64) {
        if version.isRetained { return }
        version.isRetained = true
        heap.append((until, version))
        var i = heap.count - 1
        while i > 0, heap[i].until < heap[(i - 1) / 2].until {
            heap.swapAt(i, (i - 1) / 2)
            i = (i - 1) / 2
        }
    }

    /// Takes out those whose time is not after `now`.
    mutating func remove(dueAt now: Int64) -> [Version] {
        var due: [Version] = []
        while let first = heap.first, first.until <= now {
            first.version.isRetained = false
            due.append(first.version)
            removeFirst()
        }
        return due
    }

    mutating func removeAll() -> [Version] {
        let all = versions
        for version in all { version.isRetained = false }
        heap = []
        return all
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        if heap.isEmpty { return }
        heap[0] = last
        var i = 0
        while true {
            var smallest = i
            for child in [2 * i + 1, 2 * i + 2] where child < heap.count && heap[child].until < heap[smallest].until { smallest = child }
            if smallest == i { return }
            heap.swapAt(i, smallest)
            i = smallest
        }
    }
}
