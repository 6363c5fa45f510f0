import Branching
import Foundation
import PageStore

/// Opening a large store with many branches, and the memory it takes.
enum OpenRows {
    @MainActor static func open(_ bench: Bench) async throws -> [Figure] {
        let huge = try bench.hugeStore()
        let branches = bench.scale.openBranches
        var times = try await libraryTimes(huge.path, branches: branches, rounds: bench.scale.rounds)
        let limitMilliseconds = 100.0
        times = times.map { $0 * 1e3 }
        let what = "\(huge.bytes >> 20) MB store with \(branches) branches"
        return [
            .atMost("open of a \(what), with its first read", median(times), "ms", limit: limitMilliseconds, rounds: times.count),
            .reported("open of a \(what), the slowest", times.max() ?? .nan, "ms", rounds: times.count),
        ]
    }

    /// Leaves its branches in the store.
    private nonisolated static func libraryTimes(_ path: String, branches: Int, rounds: Int) async throws -> [Double] {
        var service = try await BranchLite.open(path, configuration: .bench)
        for index in 0 ..< branches { _ = try await service.createBranch(BranchCreateRequest(name: "open\(index)", ttlSeconds: 0)) }
        try await service.close()
        var times: [Double] = []
        for round in 0 ..< rounds {
            let start = wallTime()
            service = try await BranchLite.open(path, configuration: .bench)
            let session = try await service.openSession(SessionOptions(branch: "open\(round)", dialect: .sqlite))
            _ = try await session.query(QueryRequest("SELECT a FROM t WHERE id = 42"))
            times.append(wallTime() - start)
            await session.close()
            try await service.close()
        }
        return times
    }

    /// Memory of idle branches on the store, and of the page map when all of a large store has been read.
    @MainActor static func memory(_ bench: Bench) throws -> [Figure] {
        let count = bench.scale.branchCounts.last ?? 1
        let metadata = [UInt8](repeating: 1, count: 64)
        let idle = try bench.withStore(rows: bench.scale.cachedRows, sync: .normal) { side in
            let before = try residentHeapBytes()
            for _ in 0 ..< count { try side.store.forkHead(of: .main, as: bench.freshBranch(), metadata: metadata) }
            try side.store.checkpoint()
            return Double(try residentHeapBytes() - before) / Double(count)
        }
        return [
            .atMost(
                "memory of an idle branch, store", idle, "bytes", limit: 1024, rounds: count,
                note: "growth of the heap over \(count) forks with \(metadata.count) bytes of metadata each")
        ] + (try mapMemory(bench))
    }

    /// Several versions of the large store that differ all over it, so that the maps are larger than the cache of them may be.
    @MainActor private static func mapMemory(_ bench: Bench) throws -> [Figure] {
        let huge = try bench.hugeStore()
        let versions = 8
        // Every other node of 32 entries of each version is its own.
        let nodeStride = 64
        var options = StoreOptions()
        options.sync = .off
        var store = try Store.open(path: huge.path, options: options)
        let branches = (0 ..< versions).map { _ in bench.freshBranch() }
        let page = [UInt8](repeating: 7, count: store.pageSize)
        for branch in branches {
            try store.forkHead(of: .main, as: branch)
            let slot = try store.acquireWriter(of: branch, timeout: .seconds(1))
            let transaction = try store.begin(slot, on: store.snapshot(of: branch))
            for number in stride(from: PageNumber(2), through: transaction.pageCount, by: nodeStride) {
                try page.withUnsafeBytes { bytes in
                    guard let start = bytes.baseAddress else { return }
                    try transaction.write(number, from: start)
                }
            }
            _ = try transaction.commit()
            slot.release()
        }
        try store.close()
        store = try Store.open(path: huge.path, options: options)
        let before = try residentHeapBytes()
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: store.pageSize, alignment: 16)
        defer { buffer.deallocate() }
        var touched = 0
        for branch in [.main] + branches {
            let snapshot = try store.snapshot(of: branch)
            for number in stride(from: PageNumber(1), through: snapshot.pageCount, by: 32) {
                // SQLite never writes the page of its lock bytes, at 1 GB: it is absent.
                let status = snapshot.read(number, into: buffer)
                guard status == .ok || status == .absent else { throw BenchError(description: "page \(number) cannot be read") }
                touched += 1
            }
        }
        let grown = try residentHeapBytes() - before
        for branch in branches { try store.discard(branch) }
        try store.reclaim()
        try store.checkpoint()
        try store.close()
        let limit = 64.0
        return [
            .atMost(
                "memory of the page maps after all of \(versions + 1) versions of a \(huge.bytes >> 20) MB store were read", Double(grown) / Double(1 << 20),
                "MB", limit: limit, note: "growth of the heap; a page under each of \(touched) map nodes was read")
        ]
    }
}
