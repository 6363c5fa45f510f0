/// Memory that is owned by one object and freed with it: for a page or for a payload put together from several.
final class PageBuffer {
    private(set) var base: UnsafeMutableRawPointer
    private(set) var capacity: Int

    init(capacity: Int) {
        self.capacity = max(capacity, 16)
        base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { base.deallocate() }

    /// Makes room for `needed` bytes, keeping the first `kept`.
    func grow(to needed: Int, keeping kept: Int) {
        guard needed > capacity else { return }
        let larger = max(needed, capacity * 2)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        moved.copyMemory(from: base, byteCount: min(kept, capacity))
        base.deallocate()
        base = moved
        capacity = larger
    }
}
