import PageStore

/// A hash map from page numbers to page numbers, open-addressed; also used as a set of pages.
///
/// Swift's Dictionary costs several times as much per look-up (seeded hashing, retain and release), and a diff makes
/// hundreds of look-ups per interior page. 8 bytes a slot, at most half full.
final class PageMap {
    private var slots: UnsafeMutablePointer<UInt64>
    private var mask: Int
    private(set) var count = 0

    init(minimumCapacity: Int = 8) {
        var capacity = 16
        while capacity < minimumCapacity * 2 { capacity *= 2 }
        mask = capacity - 1
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: 0, count: capacity)
    }

    deinit { slots.deallocate() }

    /// The map as it is, for loops that look up many pages: nothing is retained for a look-up. Valid as long as the map
    /// lives and is not changed.
    struct View {
        fileprivate let slots: UnsafePointer<UInt64>
        fileprivate let mask: Int

        @inline(__always)
        func value(_ page: PageNumber) -> PageNumber { PageMap.value(page, slots, mask) }

        @inline(__always)
        func contains(_ page: PageNumber) -> Bool { value(page) != 0 }
    }

    var view: View { View(slots: slots, mask: mask) }

    @inline(__always)
    private static func home(_ page: PageNumber, _ mask: Int) -> Int {
        // Fibonacci hashing: neighbouring page numbers spread over the whole table.
        Int(truncatingIfNeeded: (UInt64(page) &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask
    }

    @inline(__always)
    private func home(_ page: PageNumber) -> Int { Self.home(page, mask) }

    /// The value of `page`, or 0 when it is absent. Page numbers start at 1, so 0 marks an empty slot.
    @inline(__always)
    func value(_ page: PageNumber) -> PageNumber { Self.value(page, slots, mask) }

    @inline(__always)
    private static func value(_ page: PageNumber, _ slots: UnsafePointer<UInt64>, _ mask: Int) -> PageNumber {
        var index = home(page, mask)
        while true {
            let slot = slots[index]
            if slot == 0 { return 0 }
            if UInt32(truncatingIfNeeded: slot >> 32) == page { return UInt32(truncatingIfNeeded: slot) }
            index = (index + 1) & mask
        }
    }

    @inline(__always)
    func contains(_ page: PageNumber) -> Bool { value(page) != 0 }

    /// Sets the value (not 0) of `page` (not 0); returns whether it was absent.
    @discardableResult
    func set(_ page: PageNumber, _ value: PageNumber = 1) -> Bool {
        guard page != 0, value != 0 else { return false }
        if (count + 1) * 2 > mask { grow() }
        var index = home(page)
        while slots[index] != 0 {
            if UInt32(truncatingIfNeeded: slots[index] >> 32) == page {
                slots[index] = UInt64(page) << 32 | UInt64(value)
                return false
            }
            index = (index + 1) & mask
        }
        slots[index] = UInt64(page) << 32 | UInt64(value)
        count += 1
        return true
    }

    private func grow() {
        let old = slots
        let oldCapacity = mask + 1
        mask = oldCapacity * 2 - 1
        slots = .allocate(capacity: oldCapacity * 2)
        slots.initialize(repeating: 0, count: oldCapacity * 2)
        for index in 0 ..< oldCapacity where old[index] != 0 {
            var target = home(UInt32(truncatingIfNeeded: old[index] >> 32))
            while slots[target] != 0 { target = (target + 1) & mask }
            slots[target] = old[index]
        }
        old.deallocate()
    }
}
