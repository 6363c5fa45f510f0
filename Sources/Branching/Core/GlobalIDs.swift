import PageStore
import Synchronization

/// Hands out ids store-wide per table, so that two branches never give the same id to different rows
/// (`BRANCHLITE_GLOBAL_IDS`). Thread-safe.
///
/// A high-water mark is written to the store one block ahead of what was handed out: after a crash the rest of the block is
/// skipped, never repeated.
final class GlobalIDs: Sendable {
    /// Ids that one write of the mark covers.
    static let blockSize: Int64 = 1_000

    private struct Counter {
        var next: Int64
        /// Ids below this are covered by the mark on disk.
        var reserved: Int64
    }

    private let counters = Mutex<[String: Counter]>([:])
    private let gates = Mutex<[String: Gate]>([:])
    private let store: Store

    init(store: Store) { self.store = store }

    /// The next id of `table`, above `floor` (what the branch at hand has used already).
    func next(table: String, above floor: Int64) throws(BranchLiteError) -> Int64 {
        let key = GlobalIDs.key(table)
        return try counters.withLock { counters throws(BranchLiteError) in
            var counter = counters[key] ?? loaded(key)
            let id = max(counter.next, floor < .max ? floor + 1 : floor)
            if id == .max { throw BranchLiteError("BL_OUT_OF_RANGE", "table '\(table)' has no ids left") }
            if id >= counter.reserved {
                let mark = id.addingReportingOverflow(GlobalIDs.blockSize)
                counter.reserved = mark.overflow ? .max : mark.partialValue
                var writer = ByteWriter()
                writer.put(counter.reserved)
                let bytes = writer.bytes
                try mapStore { () throws(StoreError) in try store.setStoreValue(key, bytes) }
            }
            counter.next = id + 1
            counters[key] = counter
            return id
        }
    }

    /// Notes that `id` was used (given explicitly), so that it is not handed out again.
    func used(_ id: Int64, table: String) throws(BranchLiteError) {
        let key = GlobalIDs.key(table)
        let known = counters.withLock { counters in (counters[key] ?? loaded(key)).next }
        if id >= known, id < .max { _ = try next(table: table, above: id - 1) }
    }

    /// Lets numbering go on at `next`; backwards only if `mayGoBack`.
    func `continue`(at next: Int64, table: String, mayGoBack: Bool) throws(BranchLiteError) {
        let key = GlobalIDs.key(table)
        try counters.withLock { counters throws(BranchLiteError) in
            let counter = counters[key] ?? loaded(key)
            if next < counter.next, !mayGoBack { return }
            var writer = ByteWriter()
            writer.put(next)
            let bytes = writer.bytes
            try mapStore { () throws(StoreError) in try store.setStoreValue(key, bytes) }
            counters[key] = Counter(next: next, reserved: next)
        }
    }

    /// The id that would be handed out next, as far as is known here.
    func upcoming(table: String) -> Int64 {
        let key = GlobalIDs.key(table)
        return counters.withLock { counters in (counters[key] ?? loaded(key)).next }
    }

    /// Keeps all others from allocating ids of `table` while SQLite itself numbers the rows of one statement.
    func exclusively<Answer>(table: String, _ body: () throws(BranchLiteError) -> Answer) throws(BranchLiteError) -> Answer {
        let key = GlobalIDs.key(table)
        let gate = gates.withLock { gates in
            if let known = gates[key] { return known }
            let made = Gate()
            gates[key] = made
            return made
        }
        return try gate.lock.withLock { _ throws(BranchLiteError) in try body() }
    }

    private final class Gate: Sendable { let lock = Mutex<Void>(()) }

    private func loaded(_ key: String) -> Counter {
        guard let bytes = store.storeValue(key) else { return Counter(next: 1, reserved: 1) }
        var reader = ByteReader(bytes)
        // A mark that cannot be read counts as none; the floor of each branch still holds.
        guard let mark = try? reader.signed() else { return Counter(next: 1, reserved: 1) }
        return Counter(next: mark, reserved: mark)
    }

    /// Keys of store values are bounded: a longer table name is shortened with a digest of the whole.
    private static func key(_ table: String) -> String { "ids/" + bounded(table.lowercased()) }

    static func bounded(_ name: String) -> String {
        if name.utf8.count <= 200 { return name }
        var digest: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(name.prefix(40)) + "#" + String(digest, radix: 16)
    }
}
