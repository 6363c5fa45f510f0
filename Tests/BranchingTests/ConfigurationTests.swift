import Foundation
import Testing

@testable import Branching

@Suite struct ConfigurationTests {
    @Test func laterSourcesWin() async throws {
        try await withDirectory { directory in
            let path = directory + "/branchlite.conf"
            try """
                # a comment
                max_branches = 7
                branch-ttl = "12h"
                BRANCHLITE_SYNC = normal
                gc_interval = 1m
                """.write(toFile: path, atomically: true, encoding: .utf8)
            let loaded = try ConfigurationLoader.load(
                file: path, environment: ["BRANCHLITE_MAX_BRANCHES": "8", "BRANCHLITE_GC_INTERVAL": "2m", "HATIDATA_LISTEN_ADDR": "127.0.0.1:9", "BRANCHLITE_TRASH": ""],
                flags: ["--gc-interval": "3m"])
            #expect(loaded["gc_interval"]?.text == "3m" && loaded["gc_interval"]?.source == .flag("--gc-interval"))
            #expect(loaded["max_branches"]?.source == .environment(variable: "BRANCHLITE_MAX_BRANCHES"))
            #expect(loaded["branch_ttl"]?.source == .file(path: path, line: 3))
            #expect(loaded["trash"]?.source == .builtIn)
            #expect(loaded.text("pg_listen") == "127.0.0.1:9")
            let configuration = loaded.library()
            #expect(configuration.maxBranches == 8 && configuration.sync == .normal)
            #expect(configuration.branchTTL == .seconds(43_200) && configuration.collectionInterval == .seconds(180))
            #expect(loaded.values.count == Setting.all.count)
        }
    }

    @Test func defaultsAreTheDocumentedOnes() throws {
        let configuration = try ConfigurationLoader.load(environment: [:]).library()
        let plain = Configuration()
        #expect(configuration.maxBranches == plain.maxBranches && configuration.branchTTL == plain.branchTTL)
        #expect(configuration.collectionInterval == plain.collectionInterval && configuration.history == plain.history)
        #expect(configuration.trash == plain.trash && configuration.sync == plain.sync && configuration.defaultMode == plain.defaultMode)
        #expect(configuration.mergeStrategy == plain.mergeStrategy && configuration.queryTimeout == plain.queryTimeout)
        #expect(configuration.idleTransactionTimeout == plain.idleTransactionTimeout && configuration.maxConnections == plain.maxConnections)
        #expect(configuration.globalIDs == plain.globalIDs && configuration.historyBytes == nil && configuration.branchingEnabled)
    }

    @Test func jsonFilesWork() async throws {
        try await withDirectory { directory in
            let path = directory + "/branchlite.json"
            try #"{"max_branches": 3, "shadow_mode": false, "history": "1h30m"}"#.write(toFile: path, atomically: true, encoding: .utf8)
            let configuration = try ConfigurationLoader.load(file: path, environment: [:]).library()
            #expect(configuration.maxBranches == 3 && !configuration.shadowEnabled && configuration.history == .seconds(5_400))
        }
    }

    @Test(arguments: [
        ["BRANCHLITE_MAX_BRANCHES": "many"], ["BRANCHLITE_MAX_BRANCHES": "-1"], ["BRANCHLITE_SYNC": "sometimes"], ["BRANCHLITE_BRANCH_TTL": "soon"],
        ["HATIDATA_DEV_MODE": "perhaps"], ["BRANCHLITE_HTTP_LISTEN": "nowhere"], ["BRANCHLITE_HISTORY_BYTES": "-5"],
    ]) func badValuesNameTheSetting(environment: [String: String]) async {
        let failed = await code { _ = try ConfigurationLoader.load(environment: environment) }
        #expect(failed == "BL_BAD_CONFIGURATION")
    }

    @Test func unknownKeysNameTheNearest() {
        do {
            _ = try ConfigurationLoader.load(environment: [:], flags: ["max-branch": "3"])
            Issue.record("it was accepted")
        } catch {
            #expect(error.hint == "did you mean 'max_branches'?")
        }
    }

    @Test func durationsAndSizes() {
        #expect(Measures.duration("24h") == .seconds(86_400))
        #expect(Measures.duration("1h30m") == .seconds(5_400))
        #expect(Measures.duration("24 hours") == .seconds(86_400))
        #expect(Measures.duration("90") == .seconds(90))
        #expect(Measures.duration("250ms") == .milliseconds(250))
        #expect(Measures.duration("0") == .zero)
        for bad in ["", "h", "-1s", "1x", "1e999h", "5 minutes ago"] { #expect(Measures.duration(bad) == nil, "\(bad)") }
        #expect(Measures.bytes("256MB") == 256 << 20)
        #expect(Measures.bytes("1 GiB") == 1 << 30)
        #expect(Measures.bytes("10") == 10)
        for bad in ["", "-1", "1x", "MB"] { #expect(Measures.bytes(bad) == nil, "\(bad)") }
        for text in ["24h", "5m", "90s", "250ms"] { #expect(Measures.duration(text).map(Measures.text) == text) }
    }

    @Test func timestampsAreISO() {
        #expect(Timestamps.text(micros: 0) == "1970-01-01T00:00:00Z")
        #expect(Timestamps.text(micros: 1_709_210_096_123_000) == "2024-02-29T12:34:56.123Z")
        #expect(Timestamps.text(micros: -1) == "1969-12-31T23:59:59.999999Z")
    }
}
