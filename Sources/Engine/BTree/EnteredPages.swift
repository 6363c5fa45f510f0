import PageStore

/// The part of a b-tree that a diff reads: which children of which interior pages.
///
/// Memory: 16 to 32 bytes for each interior page, 4 for each child entered.
final class EnteredPages {
    /// Marks the end of a page's children.
    static let end: Int32 = -1

    /// Interior page → place of its first child in `children`, counted from 1.
    private let starts = PageMap()
    /// Indices of the children that are entered, in key order, each page's closed by `end`.
    private var children: UnsafeMutablePointer<Int32>
    private var capacity = 64
    private var count = 0

    init() { children = .allocate(capacity: capacity) }

    deinit { children.deallocate() }

    /// Begins the children of an interior page.
    func begin(_ page: PageNumber) { starts.set(page, PageNumber(truncatingIfNeeded: count + 1)) }

    func append(_ child: Int32) {
        if count == capacity {
            let larger = UnsafeMutablePointer<Int32>.allocate(capacity: capacity * 2)
            larger.moveInitialize(from: children, count: count)
            children.deallocate()
            children = larger
            capacity *= 2
        }
        (children + count).initialize(to: child)
        count += 1
    }

    /// The children of an interior page that are entered, closed by `end`; nil for a page that is none of the diff's. Valid
    /// as long as nothing is appended.
    @inline(__always)
    func children(of page: PageNumber) -> UnsafePointer<Int32>? {
        let start = starts.value(page)
        return start == 0 ? nil : UnsafePointer(children + Int(start) - 1)
    }
}
