import Glibc
import Synchronization
import Testing
@testable import PageStore

/// Map nodes whose bodies are taken away and read again.
@Suite struct MapCacheTests {
    private static let pages: PageNumber = 6000

    /// A store whose map is much larger than its cache, reopened so that all nodes come from the file.
    private static func makeStore(_ path: String) throws -> Store {
        var options = quietOptions(pageSize: 1024)
        options.mapCacheBytes = 16 << 10
        do {
            let store = try Store.open(path: path, options: options)
            var pages: [PageNumber: [UInt8]] = [:]
            for page in 1 ... MapCacheTests.pages { pages[page] = [UInt8](repeating: UInt8(truncatingIfNeeded: page), count: 1024) }
            try store.put(pages)
            try store.close()
        }
        return try Store.open(path: path, options: options)
    }

    @Test func memoryStaysWithinTheBound() throws {
        let file = try TemporaryPath()
        let store = try MapCacheTests.makeStore(file.path)
        defer { try? store.close() }
        for _ in 0 ..< 3 {
            for first in stride(from: PageNumber(2), to: MapCacheTests.pages, by: 100) {
                let snapshot = try store.snapshot(of: .main)
                for page in first ..< min(first + 100, MapCacheTests.pages) {
                    let byte = snapshot.byte(page)
                    if byte != UInt8(truncatingIfNeeded: page) { Issue.record("page \(page) reads as \(String(describing: byte))") }
                }
            }
            let figures = store.statistics()
            #expect(figures.mapCacheBytes <= 16 << 10)
            #expect(figures.mapLimboBytes <= 16 << 10)
        }
    }

    @Test func anOldSnapshotKeepsWhatItMayLookAt() throws {
        let file = try TemporaryPath()
        let store = try MapCacheTests.makeStore(file.path)
        defer { try? store.close() }
        var old: Snapshot? = try store.snapshot(of: .main)
        #expect(old?.byte(50) == 50)
        for page in stride(from: PageNumber(40), to: MapCacheTests.pages, by: 7) { _ = try store.snapshot(of: .main).byte(page) }
        #expect(store.statistics().mapLimboBytes > 0)
        #expect(old?.byte(50) == 50)
        old = nil
        store.maintenance.trimNodes()
        #expect(store.statistics().mapLimboBytes == 0)
    }

    /// Readers, writers, checkpoints and a cache that is always full. The address and thread sanitizers see more here.
    @Test func readersAndWritersGoOnWhileNodesComeAndGo() throws {
        let file = try TemporaryPath()
        let store = try MapCacheTests.makeStore(file.path)
        defer { try? store.close() }
        let failures = Mutex<[String]>([])
        let stop = Atomic<Bool>(false)
        let readers = (0 ..< 3).map { number in
            Thread {
                var random = SeededGenerator(seed: UInt64(number))
                while !stop.load(ordering: .relaxed) {
                    guard let snapshot = try? store.snapshot(of: .main) else { break }
                    for _ in 0 ..< 20 {
                        let page = PageNumber.random(in: 100 ..< MapCacheTests.pages, using: &random)
                        if snapshot.byte(page) != UInt8(truncatingIfNeeded: page) { failures.withLock { $0.append("page \(page)") } }
                    }
                }
            }
        }
        for round in 0 ..< 60 {
            try store.put([PageNumber(round % 90 + 2): [UInt8](repeating: UInt8(round), count: 1024)])
            if round % 10 == 0 { try store.checkpoint() }
            if round % 7 == 0 { try store.reclaim() }
        }
        stop.store(true, ordering: .relaxed)
        for reader in readers { reader.join() }
        #expect(failures.withLock { $0 } == [])
        #expect(try store.check().isSound)
    }
}
