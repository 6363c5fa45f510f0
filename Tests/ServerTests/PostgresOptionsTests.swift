import Branching
import Testing

@testable import Server

@Suite struct PostgresOptionsTests {
    private func options(_ environment: [String: String] = [:], flags: [String: String] = [:]) throws -> PostgresOptions? {
        try PostgresOptions(ConfigurationLoader.load(environment: environment, flags: flags))
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "it was accepted"
        } catch {
            return (error as? BranchLiteError)?.message ?? "\(error)"
        }
    }

    @Test func defaultsAreTheDocumentedOnes() throws {
        let (loaded, plain) = (try #require(try options()), PostgresOptions())
        #expect(loaded.host == plain.host && loaded.port == plain.port && loaded.tls == plain.tls && loaded.throttle == plain.throttle)
        #expect(loaded.maximumConnections == plain.maximumConnections && loaded.idleTimeout == plain.idleTimeout)
        #expect(loaded.authenticationTimeout == plain.authenticationTimeout && loaded.maximumMessageBytes == plain.maximumMessageBytes)
        #expect(loaded.filesDirectory == plain.filesDirectory)
        #expect(loaded.port == 5439 && loaded.maximumMessageBytes == 67_108_864 && loaded.idleTimeout == .zero)
    }

    @Test func settingsAreRead() throws {
        let loaded = try #require(
            try options(
                [
                    "HATIDATA_LISTEN_ADDR": "0.0.0.0:0", "BRANCHLITE_PG_IDLE_TIMEOUT": "10m", "BRANCHLITE_AUTH_TIMEOUT": "5s", "BRANCHLITE_MAX_MESSAGE": "1MB",
                    "BRANCHLITE_TLS": "require", "BRANCHLITE_TLS_CERT": "c.pem", "BRANCHLITE_TLS_KEY": "k.pem", "BRANCHLITE_FILES_DIR": "/data",
                    "BRANCHLITE_LOGIN_FAILURES": "3", "BRANCHLITE_LOGIN_WINDOW": "2m", "BRANCHLITE_MAX_CONNECTIONS": "7",
                ]))
        #expect(loaded.host == "0.0.0.0" && loaded.port == 0 && loaded.idleTimeout == .seconds(600) && loaded.authenticationTimeout == .seconds(5))
        #expect(loaded.maximumMessageBytes == 1 << 20 && loaded.tls.mode == .require && loaded.tls.certificatePath == "c.pem" && loaded.tls.keyPath == "k.pem")
        #expect(loaded.filesDirectory == "/data" && loaded.maximumConnections == 7)
        #expect(loaded.throttle.failuresPerAddress == 3 && loaded.throttle.failuresPerUser == 15 && loaded.throttle.window == .seconds(120))
        #expect(try #require(try options(flags: ["--pg-listen": "[::1]:6000"])).host == "::1")
        // Our own variable comes before HatiData's.
        #expect(try #require(try options(["HATIDATA_LISTEN_ADDR": "127.0.0.1:1", "BRANCHLITE_PG_LISTEN": "127.0.0.1:2"])).port == 2)
    }

    @Test func theDoorCanBeOff() throws {
        #expect(try options(["BRANCHLITE_PG_LISTEN": "off"]).map(\.port) == nil)
        #expect(try options(flags: ["pg-listen": "OFF"]).map(\.port) == nil)
        #expect(message { _ = try options(["BRANCHLITE_PG_LISTEN": "5439"]) } == "pg_listen must be HOST:PORT or off, not '5439'")
        #expect(message { _ = try options(["BRANCHLITE_HTTP_LISTEN": "off"]) }.hasPrefix("http_listen must be"))
    }

    @Test func badValuesAreNamed() {
        for size in ["1KB", "2GB", "0"] { #expect(message { _ = try options(["BRANCHLITE_MAX_MESSAGE": size]) }.hasPrefix("max_message must be between"), "\(size)") }
        #expect(message { _ = try options(["BRANCHLITE_TLS": "require"]) }.contains("BRANCHLITE_TLS_CERT"))
        #expect(message { _ = try options(["BRANCHLITE_TLS": "maybe"]) }.hasPrefix("tls must be one of"))
        #expect(message { _ = try options(["BRANCHLITE_LOGIN_FAILURES": "-1"]) }.hasPrefix("login_failures must be"))
    }

    @Test func strangersAreKeptOutAsAtTheOtherDoor() throws {
        func open(_ host: String, devMode: Bool, keys: KeyRing = KeyRing()) throws -> PostgresAuthenticator {
            var postgres = PostgresOptions()
            postgres.host = host
            return try ServerOptions(storePath: "x", isDevMode: devMode, keys: keys).postgresAuthenticator(postgres, tls: nil)
        }
        let ring = try KeyRing(parsing: "agent=agent-key-0123456789")
        #expect(message { _ = try open("0.0.0.0", devMode: true) } == "without authentication the server listens on loopback only, not on '0.0.0.0'")
        #expect(message { _ = try open("127.0.0.1", devMode: false) }.contains("there are no API keys"))
        guard case .open = try open("127.0.0.1", devMode: true).access, case .keys = try open("0.0.0.0", devMode: false, keys: ring).access else {
            Issue.record("the wrong access")
            return
        }
    }
}
