import Branching
import Engine
import Foundation
import Synchronization
import Testing

@testable import Server

@Suite struct LocalSocketTests {
    /// A directory that goes away with the test.
    final class Scratch: Sendable {
        let path: String
        init(nested: Int = 0) throws {
            var path = FileManager.default.temporaryDirectory.appendingPathComponent("bl-\(UUID().uuidString)").path
            for _ in 0..<nested { path += "/" + String(repeating: "d", count: 60) }
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            self.path = path
        }
        var store: String { path + "/store.db" }
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private func withServer(
        _ service: FakeService, _ store: String, _ body: (RemoteService) async throws -> Void
    ) async throws {
        let connection = try await StoreConnection.open(storePath: store, logger: HTTPTests.quiet) { service }
        #expect(connection.isOwner)
        let remote = try #require(try await RemoteService.connect(storePath: store))
        try await body(remote)
        try await remote.close()
        try await connection.close()
    }

    @Test func everythingTravels() async throws {
        let scratch = try Scratch()
        let service = FakeService()
        try await withServer(service, scratch.store) { remote in
            let created = try await remote.createBranch(BranchCreateRequest(name: "x", ttlSeconds: 5, agentID: "a"))
            #expect(created == service.info("x"))
            #expect(try await remote.branches(.all).map(\.name) == ["main", "b1", "x"])
            #expect(try await remote.branch("b1").branchID == "0000000000b1")
            #expect(try await remote.renameBranch("b1", to: "b2").name == "b2")
            #expect(try await remote.resetBranch("b1", to: nil).name == "b1")
            #expect(try await remote.discardBranch("b1", force: true, purge: false).bytesFreed == 4096)
            #expect(try await remote.undropBranch("b1").name == "b1")
            let request = DiffRequest(branch: "b1", against: .head, detail: .rows, limit: 7)
            #expect(try await remote.diff(request) == (try await service.diff(request)))
            for (format, whole) in [(DiffFormat.sql, Array("one,two".utf8)), (.changeset, [0x54, 1, 0, 0xFF])] {
                let bytes = Mutex<[UInt8]>([])
                let summary = try await remote.writeDiff(request, format: format, style: .plain) { part in bytes.withLock { $0 += part } }
                #expect(bytes.withLock { $0 } == whole && summary.differences == 6 && summary.notes == ["a note"])
            }
            let merge = MergeRequest(
                branch: "b1", strategy: .abort, dryRun: true, expectedVersion: 4,
                resolutions: [MergeResolution(conflictID: "c", take: .value, value: ["a": [1, nil]])])
            #expect(try await remote.merge(merge) == (try await service.merge(merge)))
            let shadow = ShadowRequest(sql: "x", branches: ["main", "b1"], parameters: [1, "a"], repetitions: 2, tolerance: 0.25)
            #expect(try await remote.shadow(shadow) == (try await service.shadow(shadow)))
            #expect(try await remote.schemas(branch: "b1") == ["main", "b1"])
            #expect(try await remote.tables(branch: "b1", schema: "s").count == 1)
            #expect(try await remote.describe(table: "t", branch: "main", schema: nil).first?.isPrimaryKey == true)
            #expect(try await remote.usage(branch: "main").first?.estimatedSize == 3)
            try await remote.backup(to: "/tmp/../tmp/copy.db")
            #expect(service.calls.last == "backup /tmp/copy.db")
            #expect(try await remote.backup(to: "/tmp/b.db", since: "/tmp/./a.db").reusedBytes == 2)
            #expect(service.calls.last == "backup /tmp/b.db since /tmp/a.db")
            #expect(try await remote.vacuum(VacuumRequest(branch: "b1", dropHistory: true)).movedPages == 2 && service.calls.last == "vacuum b1 true")
            #expect(try await remote.branches(BranchListRequest(limit: 1)).nextCursor == "next")
            #expect(try await remote.history(HistoryRequest(branch: "b1", limit: 3, before: 9)) == (try await service.history(HistoryRequest(branch: "b1"))))
            #expect(try await remote.restore(RestoreRequest(branch: "b1", version: 4)).restoredVersion == 4)
            #expect(try await remote.check(progress: { _ in }).clean)
            for call in ["rename b1 b2", "reset b1 -", "discard b1 true false", "undrop b1", "diff b1 main head rows 7", "tables b1 s"] {
                #expect(service.calls.contains(call), "\(call)")
            }
        }
        // The store itself stays open until its owner closes it; the socket is gone with the owner.
        #expect(service.isClosed)
        #expect(!FileManager.default.fileExists(atPath: scratch.store + ".sock"))
    }

    @Test func sessionsTravelWithExactValues() async throws {
        let scratch = try Scratch()
        let service = FakeService()
        try await withServer(service, scratch.store) { remote in
            let session = try await remote.openSession(SessionOptions(branch: "b1", dialect: .duckdb, origin: "test"))
            #expect(service.calls.last == "open b1 duckdb test")
            #expect(try await session.currentBranch() == "b1")
            #expect(try await session.switchBranch("main") == SwitchResult(branch: "main", previous: "b1"))
            let local = try await FakeSession(service, "main").query(QueryRequest("VALUES"))
            let result = try await session.query(QueryRequest("VALUES"))
            #expect(result.columns == local.columns)
            #expect(result.elapsedMS == local.elapsedMS)
            for (row, expected) in zip(result.values, local.values) {
                for (value, other) in zip(row, expected) {
                    // NaN is not equal to itself.
                    if case .double(let number) = other, number.isNaN {
                        guard case .double(let copy) = value else { throw BranchLiteError("TEST", "not a double") }
                        #expect(copy.bitPattern == number.bitPattern)
                    } else {
                        #expect(value == other)
                    }
                }
            }
            #expect(try await session.script(QueryRequest("A;UPDATE;B")).map(\.command) == ["SELECT", "UPDATE", "SELECT"])
            #expect(try await session.insert(into: "t", columns: ["a", "b"], rows: [[1, "x"], [nil, 2.5]]) == 2)
            #expect(try await session.inTransaction())
            let error = await #expect(throws: BranchLiteError.self) { try await session.query(QueryRequest("X", branch: "nope")) }
            #expect(error == BranchLiteError("BL_NO_SUCH_BRANCH", "there is no branch 'nope'", hint: "did you mean 'main'?", details: ["branch": "nope"]))
            #expect(service.openSessions == 1)
            await session.close()
            #expect(service.openSessions == 0)
        }
    }

    @Test func cancelAndProgressTravel() async throws {
        let scratch = try Scratch()
        let service = FakeService()
        try await withServer(service, scratch.store) { remote in
            let session = try await remote.openSession(SessionOptions())
            async let slow = session.query(QueryRequest("SLEEP 20000"))
            while !service.calls.contains(where: { $0.hasPrefix("query SLEEP") }) { try await Task.sleep(for: .milliseconds(5)) }
            session.cancel()
            do {
                _ = try await slow
                Issue.record("the statement was not stopped")
            } catch {
                #expect((error as? BranchLiteError)?.code == "BL_INTERRUPTED")
            }
            let seen = Mutex<[Double]>([])
            let result = try await remote.importSQLite(path: "relative.db", branch: "main") { fraction in seen.withLock { $0.append(fraction) } }
            #expect(result.version == 7)
            #expect(seen.withLock { $0 } == [0.25, 0.5, 0.75, 1])
            #expect(service.calls.last?.hasPrefix("import /") == true)
        }
    }

    @Test func aPeerThatGoesAwayLeavesNothingOpen() async throws {
        let scratch = try Scratch()
        let service = FakeService()
        try await withServer(service, scratch.store) { _ in
            let other = try #require(try await RemoteService.connect(storePath: scratch.store))
            let session = try await other.openSession(SessionOptions())
            async let running: Void = { _ = try? await session.query(QueryRequest("SLEEP 20000")) }()
            while !service.calls.contains(where: { $0.hasPrefix("query SLEEP") }) { try await Task.sleep(for: .milliseconds(5)) }
            #expect(service.openSessions == 1)
            try await other.close()
            await running
            let deadline = ContinuousClock.now + .seconds(5)
            while service.openSessions > 0, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(10)) }
            #expect(service.openSessions == 0)
        }
    }

    @Test func anOwnerThatGoesAwayIsNamed() async throws {
        let scratch = try Scratch()
        let connection = try await StoreConnection.open(storePath: scratch.store, logger: HTTPTests.quiet) { FakeService() }
        let remote = try #require(try await RemoteService.connect(storePath: scratch.store))
        let session = try await remote.openSession(SessionOptions())
        try await connection.close()
        for _ in 0..<2 {
            let error = await #expect(throws: BranchLiteError.self) { try await session.query(QueryRequest("SELECT 1")) }
            #expect(["BL_OWNER_GONE"].contains(error?.code ?? ""))
        }
        #expect(try await RemoteService.connect(storePath: scratch.store) == nil)
    }

    @Test func aLockedStoreIsReachedThroughItsOwner() async throws {
        let scratch = try Scratch()
        let service = FakeService()
        let owner = try await StoreConnection.open(storePath: scratch.store, logger: HTTPTests.quiet) { service }
        let second = try await StoreConnection.open(storePath: scratch.store, logger: HTTPTests.quiet) { () throws(BranchLiteError) in
            throw BranchLiteError("BL_STORE_LOCKED", "process 1 owns it")
        }
        #expect(!second.isOwner)
        #expect(try await second.service.branches(.active).count == 2)
        try await second.close()
        #expect(!service.isClosed)
        try await owner.close()
        let error = await #expect(throws: BranchLiteError.self) {
            try await StoreConnection.open(storePath: scratch.store, logger: HTTPTests.quiet) { () throws(BranchLiteError) in
                throw BranchLiteError("BL_CORRUPT", "flipped bits")
            }
        }
        #expect(error?.code == "BL_CORRUPT")
    }

    @Test func aStoreWhoseOwnerGoesAwayIsTakenOver() async throws {
        let scratch = try Scratch()
        let first = FakeService()
        let second = FakeService()
        let owner = try await StoreConnection.open(storePath: scratch.store, logger: HTTPTests.quiet) { first }
        let isLocked = Mutex(true)
        let follower = try await StoreConnection.open(storePath: scratch.store, logger: HTTPTests.quiet) { () throws(BranchLiteError) in
            if isLocked.withLock({ $0 }) { throw BranchLiteError("BL_STORE_LOCKED", "process 1 owns it") }
            return second
        }
        let session = MCPSession(
            id: "s", door: "stdio",
            surroundings: .init(dispatcher: ToolDispatcher(service: follower.service), metrics: ServerMetrics(), logger: HTTPTests.quiet))
        func call(_ tool: String, _ arguments: [String: JSONValue], id: Int64) async throws -> JSONValue {
            let params: [String: JSONValue] = ["name": .string(tool), "arguments": .object(arguments)]
            let answer = await session.respond(to: .request(id: .integer(id), method: "tools/call", params: params))
            return try JSONReader.parse(answer ?? [])["result"]?["structuredContent"] ?? .null
        }
        #expect(try await call("switch_branch", ["name": "b1"], id: 1)["branch"] == "b1")
        try await owner.close()
        isLocked.withLock { $0 = false }
        #expect(try await call("query", ["sql": "SELECT 1"], id: 2)["error"]?["code"] == "BL_OWNER_GONE")
        // The session goes on where it was, on the store that is now ours.
        #expect(try await call("query", ["sql": "SELECT 1"], id: 3)["branch"] == "b1")
        #expect(second.calls.contains("open b1 duckdb stdio"))
        #expect(try await call("branch_list", [:], id: 4)["branches"]?.arrayValue?.count == 2)
        // And others can work through us.
        let third = try #require(try await RemoteService.connect(storePath: scratch.store))
        #expect(try await third.branches(.all).count == 2)
        try await third.close()
        await session.close()
        try await follower.close()
        #expect(second.isClosed)
    }

    @Test func theSocketIsPrivateAndReplacesALeftover() async throws {
        let scratch = try Scratch()
        // What an owner that was killed left behind.
        let stale = try SocketPath(storePath: scratch.store).bind()
        Foundation.close(stale)
        #expect(try await RemoteService.connect(storePath: scratch.store) == nil)
        try await withServer(FakeService(), scratch.store) { remote in
            #expect(try await remote.branches(.active).count == 2)
            let mode = try FileManager.default.attributesOfItem(atPath: scratch.store + ".sock")[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func pathsLongerThanASocketAddressWork() async throws {
        let scratch = try Scratch(nested: 4)
        #expect(scratch.store.utf8.count > 200)
        try await withServer(FakeService(), scratch.store) { remote in
            let branches = try await remote.branches(.active)
            #expect(branches.count == 2)
        }
        let long = scratch.path + "/" + String(repeating: "n", count: 200) + ".db"
        try await withServer(FakeService(), long) { remote in
            let branches = try await remote.branches(.active)
            #expect(branches.count == 2)
        }
    }

    @Test func manySessionsAtOnce() async throws {
        let scratch = try Scratch()
        let service = FakeService()
        try await withServer(service, scratch.store) { remote in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        let branch = index.isMultiple(of: 2) ? "main" : "b1"
                        let session = try await remote.openSession(SessionOptions(branch: branch))
                        for round in 0..<20 {
                            let result = try await session.query(QueryRequest("SELECT \(index) \(round)"))
                            #expect(result.values.first?.first == .text("SELECT \(index) \(round)"))
                            #expect(result.branch == branch)
                        }
                        await session.close()
                    }
                }
                try await group.waitForAll()
            }
            #expect(service.openSessions == 0)
        }
    }

    @Test func aPeerThatSpeaksNonsenseIsCutOff() async throws {
        let scratch = try Scratch()
        let service = FakeService()
        try await withServer(service, scratch.store) { remote in
            for nonsense: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF], [0, 0, 0, 1, 0x7B], [0, 0, 0, 2, 0x7B, 0x7D], [0, 0]] {
                let descriptor = try #require(try SocketPath(storePath: scratch.store).connect())
                nonsense.withUnsafeBytes { _ = write(descriptor, $0.baseAddress, $0.count) }
                shutdown(descriptor, Int32(SHUT_WR))
                var byte: UInt8 = 0
                let count = await withCheckedContinuation { continuation in
                    DispatchQueue.global().async {
                        var local: UInt8 = 0
                        continuation.resume(returning: read(descriptor, &local, 1))
                    }
                }
                byte = UInt8(clamping: count)
                #expect(byte == 0)
                Foundation.close(descriptor)
            }
            #expect(try await remote.branches(.active).count == 2)
        }
    }
}
