import PageStore
import Synchronization

/// One branch operation as the audit trail keeps it.
public struct AuditEntry: Sendable, Hashable, Codable {
    /// ISO 8601 in UTC.
    public var time: String
    /// Who asked: the session's origin, or an agent id.
    public var origin: String
    /// `create`, `discard`, `merge`, `rename`, `reset`, `restore`, `undrop`, `expire`, `purge`.
    public var operation: String
    public var branchID: String
    public var branch: String
    public var detail: String

    enum CodingKeys: String, CodingKey {
        case time, origin, operation, branch, detail
        case branchID = "branch_id"
    }
}

/// Who did what to which branch, most recent ``capacity`` operations, kept in the store's own values in chunks.
///
/// Entries are gathered in memory and written by the maintenance thread and on close, so that a fork stays one record;
/// what a merge, commit or discard did is besides in the versions and records themselves.
final class AuditTrail: Sendable {
    static let entriesPerChunk = 32
    static let chunks = 32
    static var capacity: Int { entriesPerChunk * chunks }
    private static let textLimit = 120

    private struct Item {
        var micros: Int64
        var origin: String
        var operation: String
        var id: BranchID
        var name: String
        var detail: String
        /// The version that the operation made; nil for one that made none.
        var version: VersionID?
    }

    private struct State {
        /// Chunk number and its items; the last is being filled.
        var items: [(chunk: UInt64, items: [Item])] = []
        var dirty: Set<UInt64> = []
    }

    private let state = Mutex(State())
    private let store: Store

    init(store: Store) {
        self.store = store
        var loaded: [(chunk: UInt64, items: [Item])] = []
        for slot in 0..<AuditTrail.chunks {
            // A damaged chunk is left out: the trail must never keep a store from opening.
            if let bytes = store.storeValue(AuditTrail.key(slot)), let chunk = AuditTrail.decode(bytes) { loaded.append(chunk) }
        }
        let sorted = loaded.sorted { $0.chunk < $1.chunk }
        state.withLock { $0.items = sorted }
    }

    func note(
        _ operation: String, branch id: BranchID, name: String, origin: String, detail: String = "", at micros: Int64, version: VersionID? = nil
    ) {
        state.withLock { state in
            let item = Item(
                micros: micros, origin: AuditTrail.cut(origin), operation: operation, id: id, name: AuditTrail.cut(name), detail: AuditTrail.cut(detail),
                version: version)
            if let last = state.items.indices.last, state.items[last].items.count < AuditTrail.entriesPerChunk {
                state.items[last].items.append(item)
            } else {
                state.items.append((chunk: (state.items.last?.chunk ?? 0) + 1, items: [item]))
                if state.items.count > AuditTrail.chunks { state.items.removeFirst() }
            }
            if let chunk = state.items.last?.chunk { state.dirty.insert(chunk) }
        }
    }

    private static func cut(_ text: String) -> String { text.utf8.count <= textLimit ? text : String(text.prefix(textLimit)) }

    /// Newest first.
    func entries(limit: Int) -> [AuditEntry] {
        let items = state.withLock { state in state.items.flatMap(\.items).suffix(max(0, limit)) }
        return items.reversed().map {
            AuditEntry(
                time: Timestamps.text(micros: $0.micros), origin: $0.origin, operation: $0.operation, branchID: $0.id.hex, branch: $0.name,
                detail: $0.detail)
        }
    }

    /// Who made a version and how, for the versions that an operation on a branch made.
    func versions() -> [VersionID: (origin: String, statement: String)] {
        let items = state.withLock { state in state.items.flatMap(\.items) }
        var found: [VersionID: (origin: String, statement: String)] = [:]
        for item in items {
            guard let version = item.version else { continue }
            found[version] = (item.origin, "\(item.operation.uppercased()) BRANCH \(item.name) \(item.detail)")
        }
        return found
    }

    /// Writes what is new. Failures are kept for the next time.
    func flush() {
        let pending = state.withLock { state in
            let list = state.items.filter { state.dirty.contains($0.chunk) }
            state.dirty.removeAll()
            return list
        }
        for (chunk, items) in pending {
            do throws(StoreError) {
                try store.setStoreValue(AuditTrail.key(Int(chunk % UInt64(AuditTrail.chunks))), AuditTrail.encode(chunk, items))
            } catch {
                state.withLock { _ = $0.dirty.insert(chunk) }
            }
        }
    }

    /// The first form of a chunk had no versions.
    private static let format: UInt8 = 2

    private static func version(_ number: UInt64) -> VersionID? { number == 0 ? nil : VersionID(rawValue: number) }

    private static func key(_ slot: Int) -> String { "audit/\(slot)" }

    private static func encode(_ chunk: UInt64, _ items: [Item]) -> [UInt8] {
        var writer = ByteWriter()
        writer.put(AuditTrail.format)
        writer.put(chunk)
        writer.put(UInt64(items.count))
        for item in items {
            writer.put(item.micros)
            writer.put(item.origin)
            writer.put(item.operation)
            writer.put(item.id.rawValue)
            writer.put(item.name)
            writer.put(item.detail)
            writer.put(item.version?.rawValue ?? 0)
        }
        return writer.bytes
    }

    private static func decode(_ bytes: [UInt8]) -> (chunk: UInt64, items: [Item])? {
        var reader = ByteReader(bytes)
        do throws(ByteReader.Malformed) {
            let format = try reader.byte()
            guard format == 1 || format == AuditTrail.format else { return nil }
            let chunk = try reader.unsigned()
            var items: [Item] = []
            for _ in 0..<(try reader.count()) {
                items.append(
                    Item(
                        micros: try reader.signed(), origin: try reader.text(), operation: try reader.text(),
                        id: BranchID(rawValue: try reader.unsigned()), name: try reader.text(), detail: try reader.text(),
                        version: format == 1 ? nil : AuditTrail.version(try reader.unsigned())))
            }
            return (chunk, items)
        } catch { return nil }
    }
}
