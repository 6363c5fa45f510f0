import Branching
import Foundation
import PageStore

/// Forks by size of the data and by number of branches.
enum ForkRows {
    private static let limit = 20.0
    private static let unsyncedSamples = 2_000
    private static let durableSamples = 300

    /// One measurement: so many branches in a store of such a size.
    private struct Point {
        var size: String
        var branches: Int
        var times: [Double]
        var durable: [Double] = []
        var bare: [Double] = []
        var syncs = 0.0
    }

    /// `Store.forkHead`, without a sync and durable.
    @MainActor static func store(_ bench: Bench) throws -> [Figure] {
        let scale = bench.scale
        var points: [Point] = []
        points += try bench.withStore(rows: max(100, (1 << 20) / BenchTable.bytesPerRow), sync: .full) { side in
            try measure(side.store, "1 MB", bench)
        }
        points += try measure(path: try bench.largeStore(), "\(scale.largeBytes >> 20) MB", bench)
        let huge = try bench.hugeStore()
        if huge.bytes > scale.largeBytes { points += try measure(path: huge.path, "\(huge.bytes >> 20) MB", bench) }
        return figures(points)
    }

    @MainActor private static func measure(path: String, _ size: String, _ bench: Bench) throws -> [Point] {
        var options = StoreOptions()
        options.sync = .full
        let store = try Store.open(path: path, options: options)
        let points = try measure(store, size, bench)
        try store.close()
        return points
    }

    /// Leaves the store as it was.
    @MainActor private static func measure(_ store: Store, _ size: String, _ bench: Bench) throws -> [Point] {
        note("  \(size)")
        let bare = try BareSync(bench.path("bare"))
        defer { bench.remove("bare") }
        var made: [BranchID] = []
        var points: [Point] = []
        for count in bench.scale.branchCounts {
            while made.count < count {
                let branch = bench.freshBranch()
                try store.forkHead(of: .main, as: branch)
                made.append(branch)
            }
            var point = Point(size: size, branches: count, times: [])
            for _ in 0 ..< (bench.scale.isQuick ? 50 : unsyncedSamples) {
                let branch = bench.freshBranch()
                point.times.append(try seconds { try store.forkHead(of: .main, as: branch) } * 1e6)
                try store.discard(branch)
            }
            // What waits to be written goes first; then the fork's sync writes what the fork wrote.
            try store.checkpoint()
            let syncs = store.statistics().syncs
            for _ in 0 ..< (bench.scale.isQuick ? 10 : durableSamples) {
                let branch = bench.freshBranch()
                point.durable.append(try seconds { try store.forkHead(of: .main, as: branch, durable: true) } * 1e6)
                point.bare.append(try seconds { try bare.write() } * 1e6)
                made.append(branch)
            }
            point.syncs = Double(store.statistics().syncs - syncs) / Double(point.durable.count)
            points.append(point)
        }
        for branch in made { try store.discard(branch) }
        try store.reclaim()
        try store.checkpoint()
        return points
    }

    private static func figures(_ points: [Point]) -> [Figure] {
        var figures: [Figure] = []
        for point in points {
            let name = "\(point.size), \(point.branches) branches"
            figures.append(.atMost("store fork, not synced, \(name), p50", median(point.times), "µs", limit: limit, rounds: point.times.count))
            figures.append(.reported("store fork, not synced, \(name), p99", percentile(point.times, 0.99), "µs", rounds: point.times.count))
            let (durable, bare) = (median(point.durable), median(point.bare))
            // One sync and nothing of weight besides it; a maintenance thread's own syncs may fall in between.
            let met = point.syncs < 1.1 && durable <= bare * 1.25
            figures.append(Figure(
                name: "store fork, durable, \(name), p50", value: durable, unit: "µs", peer: "bare write of a sector + fdatasync", peerValue: bare,
                ratio: bare / durable, target: "one fdatasync (≤ 1.25× the bare one)", met: met, rounds: point.durable.count,
                note: "\(Figure.text(point.syncs)) syncs per fork"))
            figures.append(Figure(
                name: "store fork, durable, \(name), p99", value: percentile(point.durable, 0.99), unit: "µs", peer: "bare write of a sector + fdatasync",
                peerValue: percentile(point.bare, 0.99), ratio: percentile(point.bare, 0.99) / percentile(point.durable, 0.99), target: "reported",
                rounds: point.durable.count))
        }
        let medians = points.map { median($0.times) }
        if let least = medians.min(), let most = medians.max() {
            figures.append(.atMost("store fork, not synced, slowest p50 to fastest over sizes and branches", most / least, "×", limit: 2))
        }
        let durable = points.map { median($0.durable) }
        if let least = durable.min(), let most = durable.max() {
            figures.append(.atMost("store fork, durable, slowest p50 to fastest over sizes and branches", most / least, "×", limit: 1.5))
        }
        return figures
    }

    /// `createBranch` of the library; and what a branch costs in memory there.
    @MainActor static func library(_ bench: Bench) async throws -> [Figure] {
        let scale = bench.scale
        let sizes = [("1 MB", max(100, (1 << 20) / BenchTable.bytesPerRow)), ("\(scale.largeBytes >> 20) MB", bench.largeRows)]
        var figures: [Figure] = []
        for (size, rows) in sizes {
            figures += try await library(try bench.copyOfStore(rows: rows, as: "library.db"), size, scale)
            bench.remove("library.db")
        }
        return figures
    }

    /// Off the main actor: every hop between threads would count.
    private nonisolated static func library(_ path: String, _ size: String, _ scale: Scale) async throws -> [Figure] {
        note("  \(size)")
        let service = try await BranchLite.open(path, configuration: .bench)
        let samples = scale.isQuick ? 20 : 300
        var figures: [Figure] = []
        var made = 0
        let heapBefore = try residentHeapBytes()
        var heapAfter = heapBefore
        for count in scale.branchCounts {
            while made < count {
                _ = try await service.createBranch(BranchCreateRequest(name: "b\(made)", ttlSeconds: 0))
                made += 1
            }
            if count == scale.branchCounts.last { heapAfter = try residentHeapBytes() }
            var times: [Double] = []
            var discards: [Double] = []
            for round in 0 ..< samples {
                let name = "f\(count)-\(round)"
                times.append(try await seconds { _ = try await service.createBranch(BranchCreateRequest(name: name, ttlSeconds: 0)) } * 1e6)
                discards.append(try await seconds { _ = try await service.discardBranch(name, force: false, purge: true) } * 1e6)
            }
            var durable: [Double] = []
            for round in 0 ..< samples / 5 {
                let name = "d\(count)-\(round)"
                let request = BranchCreateRequest(name: name, ttlSeconds: 0, durable: true)
                durable.append(try await seconds { _ = try await service.createBranch(request) } * 1e6)
                _ = try await service.discardBranch(name, force: false, purge: true)
            }
            let name = "\(size), \(count) branches"
            for (kind, values) in [("not synced", times), ("durable", durable)] {
                for (label, share) in [("p50", 0.5), ("p99", 0.99)] {
                    figures.append(.reported("library fork, \(kind), \(name), \(label)", percentile(values, share), "µs", rounds: values.count))
                }
            }
            figures.append(.reported("library discard, \(name), p50", median(discards), "µs", rounds: discards.count))
        }
        figures.append(.atMost(
            "memory of an idle branch, library, \(size)", Double(heapAfter - heapBefore) / Double(made), "bytes", limit: 1024, rounds: made,
            note: "growth of the heap over \(made) branches"))
        try await service.close()
        return figures
    }
}

/// A sector written in space that was written before, and fdatasync: the least that anything durable can cost.
final class BareSync {
    private let descriptor: Int32
    private let size = 4 << 20
    private static let sector = 512
    private var position = 0

    init(_ path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw BenchError(description: "cannot create \(path)") }
        let zeros = [UInt8](repeating: 0, count: size)
        guard pwrite(descriptor, zeros, size, 0) == size, fsync(descriptor) == 0 else { throw BenchError(description: "cannot fill \(path)") }
    }

    deinit { close(descriptor) }

    func write() throws {
        let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: position), count: BareSync.sector)
        guard pwrite(descriptor, bytes, bytes.count, off_t(position)) == bytes.count, fdatasync(descriptor) == 0 else {
            throw BenchError(description: "cannot write and sync")
        }
        position = (position + BareSync.sector) % size
    }
}

extension Configuration {
    /// No limits in the way, no trash, no history.
    static var bench: Configuration {
        var configuration = Configuration()
        configuration.maxBranches = 10_000_000
        configuration.trash = .zero
        configuration.history = .zero
        return configuration
    }
}
