import Glibc
@testable import PageStore

/// A small generator whose seed tests print.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678_9ABC_DEF1 }

    mutating func next() -> UInt64 { // xorshift64*
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

/// A page filled with one byte, but for the bytes that carry the change counter of page 1.
func filled(_ byte: UInt8, size: Int = 4096) -> [UInt8] { [UInt8](repeating: byte, count: size) }

extension Store {
    /// Commits pages to a branch in one transaction.
    @discardableResult
    func put(
        _ pages: [PageNumber: [UInt8]], on branch: BranchID = .main, truncate: UInt32? = nil, mergedFrom: VersionID? = nil, metadata: [UInt8]? = nil
    ) throws -> VersionID {
        let slot = try acquireWriter(of: branch, timeout: .seconds(60))
        defer { slot.release() }
        let transaction = try begin(slot, on: try snapshot(of: branch))
        if let truncate { transaction.truncate(toPageCount: truncate) }
        for (page, bytes) in pages.sorted(by: { $0.key < $1.key }) { try transaction.write(page, from: bytes) }
        return try transaction.commit(mergedFrom: mergedFrom, metadata: metadata)
    }
}

extension Snapshot {
    /// The page's bytes, or nil where it cannot be read; zeros for one that is absent.
    func bytes(_ page: PageNumber) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: store.pageSize)
        let status = bytes.withUnsafeMutableBytes { buffer in buffer.baseAddress.map { read(page, into: $0) } }
        return status == .ok || status == .absent ? bytes : nil
    }

    func byte(_ page: PageNumber) -> UInt8? { bytes(page)?[500] }

    func changed(since base: Snapshot) throws -> [PageNumber] {
        var pages: [PageNumber] = []
        try forEachChangedPage(since: base) { pages.append($0); return true }
        return pages
    }
}

/// A path in a directory that is removed with the value.
final class TemporaryPath {
    let directory: String
    let path: String

    init() throws {
        var template = Array("/tmp/pagestore-XXXXXX".utf8CString)
        guard template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap { mkdtemp($0) } }) != nil else {
            throw StoreError.io(errno: errno, operation: "mkdtemp")
        }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        path = directory + "/test.store"
    }

    deinit {
        unlink(path)
        unlink(path + ".copy")
        rmdir(directory)
    }
}

func quietOptions(pageSize: Int = 4096) -> StoreOptions {
    var options = StoreOptions()
    options.pageSize = pageSize
    options.backgroundMaintenance = false
    return options
}
