import Testing
@testable import PageStore

/// Forks on threads that must not wait.
@Suite struct ForkAtOnceTests {
    @Test func aForkThatWouldHaveToWaitIsNotMade() throws {
        let temporary = try TemporaryPath()
        let store = try Store.open(path: temporary.path, options: quietOptions())
        let version = try store.put([1: filled(1), 2: filled(2)])
        let branch = BranchID(rawValue: 9)
        // Somebody else leads the log.
        let made = try store.log.exclusively { () throws(StoreError) in try store.forkAtOnce(from: version, as: branch) }
        #expect(made == false && store.branch(branch) == nil)
        #expect(try store.forkAtOnce(from: version, as: branch, metadata: [7]))
        #expect(store.branch(branch)?.head == version && store.branch(branch)?.metadata == [7])
        #expect(throws: StoreError.branchExists(branch)) { try store.forkAtOnce(from: version, as: branch) }
        #expect(throws: StoreError.noSuchVersion(VersionID(rawValue: 999))) { try store.forkAtOnce(from: VersionID(rawValue: 999), as: BranchID(rawValue: 10)) }
        // However many there are: where the log's extent ends one goes the long way, and nothing is lost.
        var refused = 0
        for number in 100 ..< 3_000 as Range<UInt64> {
            let id = BranchID(rawValue: number)
            if try store.forkAtOnce(from: version, as: id, metadata: [UInt8](repeating: 1, count: 100)) { continue }
            refused += 1
            try store.fork(from: version, as: id, metadata: [UInt8](repeating: 1, count: 100))
        }
        #expect(refused > 0 && refused < 300, "\(refused)")
        #expect(store.branchCount == 2_902)
        try store.close()
        let again = try Store.open(path: temporary.path, options: quietOptions())
        #expect(again.branchCount == 2_902)
        #expect(try again.snapshot(of: BranchID(rawValue: 2_999)).byte(2) == 2)
        #expect(try again.check().isSound)
        try again.close()
    }
}
