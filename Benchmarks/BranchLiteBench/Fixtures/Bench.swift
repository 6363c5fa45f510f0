import Engine
import Foundation
import PageStore

/// What the rows of the store suite share: the folder, the scale, and data that is made once.
@MainActor
final class Bench {
    let folder: String
    let scale: Scale
    private var made: Set<String> = []
    private var isHuge = false
    private var nextBranch: UInt64 = 1_000_000_000

    init(folder: String, scale: Scale) {
        self.folder = folder
        self.scale = scale
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func remove(_ name: String) {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path(name) + suffix) }
    }

    /// A branch identity not used before in this run.
    func freshBranch() -> BranchID {
        nextBranch += 1
        return BranchID(rawValue: nextBranch)
    }

    // MARK: data

    /// Both sides' files with a table of so many rows, of the names given back; made once.
    private func table(_ name: String, rows: Int) throws -> (store: String, stock: String) {
        let names = (store: "\(name).db", stock: "\(name).sqlite")
        guard made.insert(name).inserted else { return names }
        note("making \(name): \(rows) rows")
        let store = try StoreSide(path(names.store), sync: .off, cacheKiB: 64 << 10)
        try store.fill(rows: rows)
        try store.close()
        let stock = try StockSQLite(path: path(names.stock), synchronous: "OFF", cacheKiB: 64 << 10)
        for statement in BenchTable.fillFast(count: rows) { try stock.execute(statement) }
        try stock.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return names
    }

    /// A copy of a file, on the disk, so that the first sync of a measurement does not write it.
    private func copy(_ source: String, as target: String) throws -> String {
        remove(target)
        try FileManager.default.copyItem(atPath: path(source), toPath: path(target))
        let descriptor = Foundation.open(path(target), O_RDONLY)
        guard descriptor >= 0, fsync(descriptor) == 0 else { throw BenchError(description: "cannot sync \(target)") }
        Foundation.close(descriptor)
        return path(target)
    }

    /// Runs `body` with a store of `scale.rows` rows of its own.
    func withStore<Result>(rows: Int? = nil, sync: SyncMode, cacheKiB: Int = Scale.defaultCacheKiB, _ body: (StoreSide) throws -> Result) throws -> Result {
        let rows = rows ?? scale.rows
        let copyPath = try copy(table("rows-\(rows)", rows: rows).store, as: "work.db")
        defer { remove("work.db") }
        let store = try StoreSide(copyPath, sync: sync, cacheKiB: cacheKiB)
        let result = try body(store)
        try store.close()
        return result
    }

    /// A store of so many rows of the caller's own, who removes it.
    func copyOfStore(rows: Int, as name: String) throws -> String {
        try copy(rows == largeRows ? table("large", rows: rows).store : table("rows-\(rows)", rows: rows).store, as: name)
    }

    /// Runs `body` with the paths of so many SQLite files of the same rows.
    func withStock<Result>(rows: Int? = nil, files: Int = 1, _ body: ([String]) throws -> Result) throws -> Result {
        let rows = rows ?? scale.rows
        let source = try table("rows-\(rows)", rows: rows).stock
        defer { for index in 0 ..< files { remove("work-\(index).sqlite") } }
        return try body(try (0 ..< files).map { try copy(source, as: "work-\($0).sqlite") })
    }

    /// The large store's path.
    func largeStore() throws -> String { path(try table("large", rows: scale.largeBytes / BenchTable.bytesPerRow).store) }
    func largeStock() throws -> String { path(try table("large", rows: scale.largeBytes / BenchTable.bytesPerRow).stock) }
    var largeRows: Int { scale.largeBytes / BenchTable.bytesPerRow }

    /// The large store, grown on until its used slots are the bytes of `scale.hugeBytes`, where the disk has the room.
    /// All of it is really written: rows of one blob each in a second table.
    func hugeStore() throws -> (path: String, bytes: Int) {
        let file = try largeStore()
        let room = try FileManager.default.attributesOfFileSystem(forPath: folder)[.systemFreeSize] as? Int ?? 0
        guard isHuge || room > 2 * scale.hugeBytes else { return (file, scale.largeBytes) }
        if !isHuge {
            note("making huge: \(scale.hugeBytes >> 20) MB")
            let store = try StoreSide(file, sync: .off, cacheKiB: Scale.defaultCacheKiB)
            let blob = min(128 << 20, max(1, scale.hugeBytes / 8))
            let connection = try store.connection(.main)
            try connection.execute("CREATE TABLE filler (x BLOB)")
            while Int(store.store.statistics().usedSlots) * store.store.pageSize < scale.hugeBytes {
                try connection.execute("INSERT INTO filler VALUES (zeroblob(\(blob)))")
            }
            try store.close()
            isHuge = true
        }
        return (file, scale.hugeBytes)
    }
}
