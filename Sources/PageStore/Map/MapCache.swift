import Synchronization

/// Keeps the memory of map nodes within a bound: takes away the bodies of leaves and overlays that lie in the file and that
/// no reader has come by for a while. They are read again when they are needed.
///
/// Readers follow bodies without a lock, under a snapshot. So a body taken away is freed only when every snapshot that was
/// there at the time is gone: snapshots carry the epoch of the registry in which they were taken, and taking bodies away ends
/// an epoch. Everything else that follows bodies holds the maintenance lock, as does `trim`.
struct MapCache {
    /// Bytes to keep within, with those of the nodes that stay.
    let limit: Int
    /// Nodes whose body can be taken away, in the order of a clock.
    private var round: [NodeRef] = []
    private var hand = 0
    /// Bytes of those bodies.
    private(set) var bytes = 0
    /// Bodies taken away that an old snapshot may still follow.
    private var limbo: [(epoch: UInt64, bodies: [UnsafeMutableRawPointer], bytes: Int)] = []

    init(limit: Int) { self.limit = limit }

    var limboBytes: Int { limbo.reduce(0) { $0 + $1.bytes } }

    /// Whether bodies are to be taken away. `besides`: bytes of nodes that stay; they leave the bodies less, but never less than
    /// an eighth of the bound.
    func isFull(besides: Int) -> Bool { bytes > room(besides) }
    private func room(_ besides: Int) -> Int { max(limit / 8, limit - besides) }

    /// Enters a node that lies in the file and has a body.
    mutating func enter(_ node: NodeRef) {
        let size = node.pointee.cacheableBytes
        guard size > 0, node.pointee.cachePlace < 0 else { return }
        node.pointee.cachePlace = Int32(round.count)
        round.append(node)
        bytes += size
    }

    /// Forgets a node that is being freed.
    mutating func leave(_ node: NodeRef) {
        let place = Int(node.pointee.cachePlace)
        guard place >= 0 else { return }
        bytes -= node.pointee.cacheableBytes
        remove(place)
    }

    private mutating func remove(_ place: Int) {
        round[place].pointee.cachePlace = -1
        let last = round.removeLast()
        if place < round.count {
            round[place] = last
            last.pointee.cachePlace = Int32(place)
        }
    }

    /// Takes bodies away until three quarters of the bound are left; false if there was nothing to do. They are kept for
    /// snapshots of epochs up to `epoch`; the caller begins the next epoch.
    mutating func trim(epoch: UInt64, besides: Int) -> Bool {
        guard isFull(besides: besides) else { return false }
        let goal = room(besides) / 4 * 3
        var taken: [UnsafeMutableRawPointer] = []
        var size = 0
        var steps = 2 * round.count // once around to clear the marks, once to take
        while bytes > goal, steps > 0, !round.isEmpty {
            steps -= 1
            if hand >= round.count { hand = 0 }
            let node = round[hand]
            if node.pointee.isUsed.exchange(false, ordering: .relaxed) {
                hand += 1
                continue
            }
            let freed = node.pointee.cacheableBytes
            guard let body = node.pointee.body.exchange(nil, ordering: .acquiringAndReleasing) else { break }
            taken.append(body)
            size += freed
            bytes -= freed
            remove(hand)
        }
        if taken.isEmpty { return false }
        limbo.append((epoch, taken, size))
        return true
    }

    /// Frees what no snapshot can follow any more: all that was taken away before the oldest epoch that has snapshots.
    mutating func release(before epoch: UInt64) {
        while let first = limbo.first, first.epoch < epoch {
            for body in first.bodies { Memory.release(body) }
            limbo.removeFirst()
        }
    }

    /// At the end of the store.
    mutating func releaseAll() {
        release(before: .max)
        round = []
        bytes = 0
    }
}
