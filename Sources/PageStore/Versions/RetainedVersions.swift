/// Versions that the retention rule keeps for a while, by the time when it is to be asked again: a heap, because there may be
/// very many and few of them are due at a time.
struct RetainedVersions {
    private var heap: [(until: Int64, version: Version)] = []

    var versions: [Version] { heap.map(\.version) }

    mutating func add(_ version: Version, until: Int64) {
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
            due.append(first.version)
            removeFirst()
        }
        return due
    }

    mutating func removeAll() -> [Version] {
        defer { heap = [] }
        return versions
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
