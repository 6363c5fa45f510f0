import Glibc
import Testing
@testable import PageStore

/// A failed sync ends the handle: every call that would write fails, and says why, until the store is opened again.
@Suite struct PoisonTests {
    private func options() -> StoreOptions {
        var options = quietOptions(pageSize: 1024)
        options.logExtentSlots = 8
        return options
    }

    private func failure(_ body: () throws -> Void) -> StoreError? {
        do {
            try body()
            return nil
        } catch {
            return error as? StoreError
        }
    }

    @Test(arguments: ["commit", "checkpoint", "sync", "large commit"]) func aFailedSyncEndsTheHandle(during what: String) throws {
        let disk = SimulatedDisk(capacity: 900 * 1024, seed: 5)
        let store = try Store.open(io: disk, path: "x", options: options())
        let branch = BranchID(rawValue: 1)
        try store.forkHead(of: .main, as: branch)
        try store.put([2: filled(1, size: 1024)])
        let head = try #require(store.branch(.main)?.head)
        disk.fail(.sync, at: 0, with: .io(errno: EIO, operation: "fdatasync"))
        var large: [PageNumber: [UInt8]] = [:]
        for page in 1 ... 200 as ClosedRange<PageNumber> { large[page] = filled(9, size: 1024) }
        let first = failure {
            switch what {
            case "checkpoint": try store.checkpoint()
            case "sync":
                try store.setStoreValue("a", [1])
                try store.sync()
            case "large commit": try store.put(large)
            default: try store.put([2: filled(2, size: 1024)])
            }
        }
        #expect(first?.code == "BL_POISONED" || first?.code == "BL_IO")
        let target = MemoryFileSystem()
        let calls: [(String, () throws -> Void)] = [
            ("commit", { try store.put([2: filled(3, size: 1024)]) }),
            ("fork", { try store.forkHead(of: .main, as: BranchID(rawValue: 2)) }),
            ("fork of a version", { try store.fork(from: head, as: BranchID(rawValue: 3)) }),
            ("discard", { try store.discard(branch) }),
            ("move", { try store.moveHead(of: .main, to: head) }),
            ("metadata", { try store.setMetadata(.main, [1]) }),
            ("value", { try store.setStoreValue("a", [2]) }),
            ("checkpoint", { try store.checkpoint() }),
            ("reclaim", { try store.reclaim() }),
            ("sync", { try store.sync() }),
            ("writer", { _ = try store.acquireWriter(of: .main, timeout: .zero) }),
            ("backup", { try store.backup(to: "copy", files: target) }),
        ]
        for (name, call) in calls {
            let error = failure(call)
            #expect(error?.code == "BL_POISONED", "\(name): \(error.map { "\($0)" } ?? "no error")")
            #expect(error?.message.contains("must be reopened") == true && error?.message.contains("fdatasync") == true, "\(name)")
        }
        #expect(store.branches().count == 2, "nothing was changed")
        #expect(try store.snapshot(of: .main).byte(2) == 1, "reading goes on")
        try? store.close()
        disk.restart()
        let again = try Store.open(io: disk, path: "x", options: options())
        try again.put([3: filled(4, size: 1024)])
        #expect(try again.snapshot(of: .main).byte(3) == 4)
        #expect(try again.check().isSound)
    }
}
