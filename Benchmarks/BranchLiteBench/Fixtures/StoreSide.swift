import Engine
import PageStore

/// Our side: a store with an engine on it.
final class StoreSide: Sendable {
    let store: Store
    let engine: Engine

    init(_ path: String, sync: SyncMode, cacheKiB: Int = Scale.defaultCacheKiB) throws {
        var options = StoreOptions()
        options.sync = sync
        store = try Store.open(path: path, options: options)
        var engineOptions = EngineOptions()
        engineOptions.cacheKiBPerConnection = cacheKiB
        engine = try Engine(store: store, options: engineOptions)
    }

    func connection(_ branch: BranchID) throws -> RawConnection { try .branch(branch, of: engine) }

    func fill(rows: Int) throws {
        let connection = try connection(.main)
        for statement in BenchTable.fillFast(count: rows) { try connection.execute(statement) }
    }

    /// Bytes of all slots that something is kept in, the version table and the free map included, when nothing waits.
    func settledBytes() throws -> Int {
        // The first checkpoint writes what is new, the second releases what the first one replaced.
        for _ in 0 ..< 2 { try store.checkpoint() }
        let statistics = store.statistics()
        return Int(statistics.usedSlots + statistics.systemSlots) * store.pageSize
    }
    var fileBytes: Int { Int(store.statistics().fileSlots) * store.pageSize }

    func close() throws {
        engine.close()
        try store.close()
    }
}

/// Another engine on the same store, with a page cache of another size.
struct StoreSideView {
    private let engine: Engine

    init(_ side: StoreSide, cacheKiB: Int) throws {
        var options = EngineOptions()
        options.cacheKiBPerConnection = cacheKiB
        engine = try Engine(store: side.store, options: options)
    }

    func connection(_ branch: BranchID) throws -> RawConnection { try .branch(branch, of: engine) }
}
