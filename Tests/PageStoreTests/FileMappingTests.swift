import Glibc
import Testing
@testable import PageStore

/// Reading through a mapping of the file.
@Suite struct FileMappingTests {
    private static func path() -> String { "/tmp/branchlite-mapping-\(getpid())-\(UInt64.random(in: 0 ... .max)).bl" }

    private static func filled(_ path: String, pages: PageNumber, maps: Bool = true) throws -> Store {
        var options = quietOptions()
        options.mapsFile = maps
        let store = try Store.open(path: path, options: options)
        let slot = try store.acquireWriter(of: .main, timeout: .zero)
        defer { slot.release() }
        let transaction = try store.begin(slot, on: try store.snapshot(of: .main))
        for page in 1 ... pages { try transaction.write(page, from: [UInt8](repeating: UInt8(truncatingIfNeeded: page), count: store.pageSize)) }
        _ = try transaction.commit()
        return store
    }

    @Test func addressesShowThePages() throws {
        let path = FileMappingTests.path()
        defer { unlink(path) }
        let store = try FileMappingTests.filled(path, pages: 200)
        defer { try? store.close() }
        let snapshot = try store.snapshot(of: .main)
        for page in 2 ... PageNumber(200) {
            let address = try #require(snapshot.address(of: page))
            #expect(address.load(as: UInt8.self) == UInt8(truncatingIfNeeded: page))
        }
        #expect(snapshot.address(of: 1) == nil) // carries the version's counter
        #expect(snapshot.address(of: 201) == nil)
    }

    @Test func withoutAMappingThereAreNoAddresses() throws {
        let path = FileMappingTests.path()
        defer { unlink(path) }
        let store = try FileMappingTests.filled(path, pages: 3, maps: false)
        defer { try? store.close() }
        let snapshot = try store.snapshot(of: .main)
        #expect(snapshot.address(of: 2) == nil)
        var bytes = [UInt8](repeating: 0, count: store.pageSize)
        #expect(bytes.withUnsafeMutableBytes { snapshot.read(2, into: $0.baseAddress!) } == .ok)
        #expect(bytes.allSatisfy { $0 == 2 })
    }

    /// The process must survive, nothing wrong may be read, and all that follows must fail with a clear error.
    @Test func aFileCutShortUnderTheMappingIsAnError() throws {
        let path = FileMappingTests.path()
        defer { unlink(path) }
        let store = try FileMappingTests.filled(path, pages: 3000)
        let snapshot = try store.snapshot(of: .main)
        #expect(!store.isBroken)
        truncate(path, 64 * 1024)
        var bytes = [UInt8](repeating: 0, count: store.pageSize)
        var failures = 0
        for page in 1 ... PageNumber(3000) {
            switch bytes.withUnsafeMutableBytes({ snapshot.read(page, into: $0.baseAddress!) }) {
            case .ok: #expect(bytes[0] == UInt8(truncatingIfNeeded: page) || page == 1)
            default: failures += 1
            }
        }
        #expect(failures > 2000)
        #expect(store.isBroken)
        #expect(throws: StoreError.self) { try store.snapshot(of: .main) }
        do throws(StoreError) {
            _ = try store.snapshot(at: snapshot.version)
        } catch {
            #expect(error.code == "BL_POISONED")
        }
        try? store.close()
    }
}
