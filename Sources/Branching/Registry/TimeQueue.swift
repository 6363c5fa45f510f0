import PageStore

/// Branches by a time: the earliest first. What has become pointless is left in it and skipped by whoever takes it out.
struct TimeQueue: Sendable {
    private var items: [(time: Int64, id: BranchID)] = []

    var count: Int { items.count }
    var first: (time: Int64, id: BranchID)? { items.first }

    mutating func push(_ id: BranchID, at time: Int64) {
        items.append((time, id))
        var index = items.count - 1
        while index > 0, items[index].time < items[(index - 1) / 2].time {
            items.swapAt(index, (index - 1) / 2)
            index = (index - 1) / 2
        }
    }

    mutating func removeFirst() {
        guard let last = items.popLast(), !items.isEmpty else { return }
        items[0] = last
        sink(0)
    }

    /// Takes out the earliest if its time has come.
    mutating func popDue(_ now: Int64) -> BranchID? {
        guard let first, first.time <= now else { return nil }
        removeFirst()
        return first.id
    }

    mutating func keep(_ isWanted: (BranchID) -> Bool) {
        items = items.filter { isWanted($0.id) }
        for index in stride(from: items.count / 2 - 1, through: 0, by: -1) { sink(index) }
    }

    private mutating func sink(_ start: Int) {
        var index = start
        while true {
            var earliest = index
            for child in [2 * index + 1, 2 * index + 2] where child < items.count && items[child].time < items[earliest].time { earliest = child }
            if earliest == index { return }
            items.swapAt(index, earliest)
            index = earliest
        }
    }
}
