import Foundation
import Testing

@testable import Branching
import Engine
import PageStore

@Suite struct PersistenceTests {
    @Test func everythingIsThereAfterARestart() async throws {
        try await withDirectory { directory in
            let path = directory + "/store.db"
            var configuration = Configuration()
            configuration.collectionInterval = .zero
            let db = try await BranchLite.open(path, configuration: configuration)
            let session = try await db.session()
            try await session.query("CREATE TABLE t(a); INSERT INTO t VALUES (1)")
            let made = try await db.createBranch(BranchCreateRequest(name: "work", ttlSeconds: 77, description: "d", agentID: "bot"))
            _ = try await session.query(QueryRequest("INSERT INTO t VALUES (2)", branch: "work"))
            try await db.createBranch(BranchCreateRequest(name: "trash"))
            try await db.discardBranch("trash")
            try await db.createBranch(BranchCreateRequest(name: "purged"))
            try await db.discardBranch("purged", purge: true)
            try await db.createBranch(BranchCreateRequest(name: "renamed"))
            _ = try await db.renameBranch("renamed", to: "other")
            await session.close()
            try await db.close()

            let again = try await BranchLite.open(path, configuration: configuration)
            let info = try await again.branch("work")
            #expect(info.branchID == made.branchID && info.ttlSeconds == 77 && info.description == "d" && info.agentID == "bot")
            #expect(info.createdAt == made.createdAt && info.tablesModified == ["t"])
            #expect(try await again.branches(.all).map(\.name).sorted() == ["main", "other", "trash", "work"])
            #expect(try await again.branches(.discarded).map(\.name) == ["trash"])
            let reader = try await again.session(on: "work")
            #expect(try await reader.number("SELECT sum(a) FROM t") == 3)
            #expect(try await again.undropBranch("trash").status == .active)
            #expect(try await again.auditTrail().contains { $0.operation == "purge" && $0.branch == "purged" })
            await reader.close()
            try await again.close()
        }
    }

    @Test func aStoreHasOneOwner() async throws {
        try await withDirectory { directory in
            let path = directory + "/store.db"
            let db = try await BranchLite.open(path)
            #expect(await code { _ = try await BranchLite.open(path) } == "BL_STORE_LOCKED")
            try await db.close()
            let again = try await BranchLite.open(path)
            try await again.close()
        }
    }

    @Test func filesThatAreNoStoresAreRefused() async throws {
        try await withDirectory { directory in
            let text = directory + "/text.db"
            try String(repeating: "this is not a store ", count: 2_000).write(toFile: text, atomically: true, encoding: .utf8)
            #expect(await code { _ = try await BranchLite.open(text) } == "BL_NOT_A_STORE")
            var configuration = Configuration()
            configuration.mustExist = true
            #expect(await code { _ = try await BranchLite.open(directory + "/absent.db", configuration: configuration) } == "BL_NO_SUCH_STORE")
            #expect(await code { _ = try await BranchLite.open(directory + "/no/such/dir/x.db") } != nil)
        }
    }

    /// Random branch operations with a restart now and then: registry and store must always agree with a plain model.
    @Test func registryAgreesWithAModelOverRestarts() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        try await withDirectory { directory in
            var random = SeededGenerator(seed: seed)
            let path = directory + "/store.db"
            var configuration = Configuration()
            configuration.collectionInterval = .zero
            configuration.sync = .off
            var db = try await BranchLite.open(path, configuration: configuration)
            var living: [String: Int64] = [:]
            var session = try await db.session()
            try await session.query("CREATE TABLE t(a)")
            for step in 0..<150 {
                let name = "b\(Int.random(in: 0..<12, using: &random))"
                switch Int.random(in: 0..<10, using: &random) {
                case 0...3:
                    let from = living.keys.sorted().randomElement(using: &random) ?? "main"
                    let failed = await code { try await db.createBranch(BranchCreateRequest(name: name, from: from)) }
                    #expect(failed == (living[name] == nil ? nil : "BL_BRANCH_EXISTS"), "seed \(seed) step \(step)")
                    if living[name] == nil { living[name] = living[from] ?? 0 }
                case 4, 5:
                    let purge = Bool.random(using: &random)
                    let failed = await code { try await db.discardBranch(name, purge: purge) }
                    if living.removeValue(forKey: name) != nil { #expect(failed == nil, "seed \(seed) step \(step)") }
                case 6:
                    let new = "b\(Int.random(in: 0..<12, using: &random))"
                    let failed = await code { _ = try await db.renameBranch(name, to: new) }
                    if let count = living[name], living[new] == nil || new == name {
                        #expect(failed == nil, "seed \(seed) step \(step)")
                        living[name] = nil
                        living[new] = count
                    } else {
                        #expect(failed != nil, "seed \(seed) step \(step)")
                    }
                case 7:
                    await session.close()
                    try await db.close()
                    db = try await BranchLite.open(path, configuration: configuration)
                    session = try await db.session()
                default:
                    if living[name] != nil {
                        _ = try await session.query(QueryRequest("INSERT INTO t VALUES (1)", branch: name))
                        living[name, default: 0] += 1
                    }
                }
                #expect(Set(try await db.branches().map(\.name)) == Set(living.keys).union(["main"]), "seed \(seed) step \(step)")
            }
            for (name, count) in living {
                let result = try await session.query(QueryRequest("SELECT count(*) FROM t", branch: name))
                #expect(result.values == [[.integer(count)]], "seed \(seed) branch \(name)")
            }
            await session.close()
            try await db.close()
        }
    }

    @Test func recordsSurviveTheirBytes() throws {
        var record = BranchRecord(
            name: "größe", mode: .live, status: .merged, parent: BranchID(rawValue: 77), parentName: "p", baseVersion: VersionID(rawValue: 9),
            depth: 3, createdAt: -5, lastUsedAt: 1 << 50, ttlSeconds: 60, description: "", agentID: "a")
        record.owned["t"] = OwnedTable(kind: .dropped, name: "T", base: VersionID(rawValue: 12))
        record.refreshed["u"] = VersionID(rawValue: 13)
        record.merged = .init(target: .main, sourceVersion: VersionID(rawValue: 1), targetVersion: VersionID(rawValue: 2), time: 3)
        record.trashedAt = 0
        #expect(try BranchRecord(decoding: record.encoded(), of: .main) == record)
        // No prefix of it, and no byte changed in it, can crash.
        let bytes = record.encoded()
        for length in 0..<bytes.count {
            #expect(throws: BranchLiteError.self) { try BranchRecord(decoding: Array(bytes.prefix(length)), of: .main) }
        }
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0xFF
            _ = try? BranchRecord(decoding: damaged, of: .main)
        }
    }
}
