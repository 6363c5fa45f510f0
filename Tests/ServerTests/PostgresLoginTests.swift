import Branching
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Server

/// Logins on the PostgreSQL door, by the messages that go back and forth.
@Suite struct PostgresLoginTests {
    private static let agentKey = "agent-key-0123456789"
    private static let readerKey = "reader-key-0123456789"
    private static let opsKey = "operations-key-0123456789"
    private static let endPoint: [UInt8] = Array(0 ..< 32)

    /// A key given itself, one as a digest and one as a verifier.
    private static func ring() throws -> KeyRing {
        let reader = try APIKey(readerKey).digestEntry(name: "reader", scopes: [.read])
        let ops = try APIKey(opsKey).verifierEntry(name: "ops", scopes: [.admin])
        return try KeyRing(parsing: "agent=\(agentKey), \(reader), \(ops)")
    }

    private func authenticator(
        _ ring: KeyRing? = nil, requiresTLS: Bool = false, endPoint: [UInt8]? = nil, throttle: LoginThrottle = LoginThrottle()
    ) throws -> PostgresAuthenticator {
        PostgresAuthenticator(
            access: .keys(try ring ?? Self.ring()), requiresTLS: requiresTLS, serverEndPoint: endPoint, throttle: throttle)
    }

    private static func peer(_ user: String, tls: Bool = false, loopback: Bool = true, address: String = "127.0.0.1") -> LoginPeer {
        LoginPeer(user: user, address: address, isTLS: tls, isLoopback: loopback)
    }

    private static func initial(_ mechanism: String, _ data: [UInt8]) -> [UInt8] {
        Array(mechanism.utf8) + [0] + withUnsafeBytes(of: UInt32(data.count).bigEndian) { Array($0) } + data
    }

    /// Does what a client does that has `password`: answers whatever it is asked.
    private func logIn(
        _ authenticator: PostgresAuthenticator, _ peer: LoginPeer, _ password: String
    ) throws -> (asked: String, outcome: Result<Principal, LoginFailure>) {
        var (login, step) = authenticator.begin(peer)
        var asked = "nothing"
        var expectedSignature: String?
        var client = ScramClient(password: password, user: "")
        while true {
            switch step {
            case .refuse(let failure): return (asked, .failure(failure))
            case .accept(let principal, let messages):
                #expect(messages.last == .ok && !login.isPending)
                if let expectedSignature { #expect(messages.first == .saslFinal(Array(expectedSignature.utf8))) }
                return (asked, .success(principal))
            case .ask(.cleartextPassword):
                asked = "password"
                step = login.receive(Array(password.utf8) + [0])
            case .ask(.sasl(let mechanisms)):
                let mechanism = try #require(mechanisms.first)
                asked = mechanism
                if mechanism.hasSuffix("PLUS") {
                    client.header = "p=tls-server-end-point,,"
                    client.bindingData = Self.endPoint
                }
                step = login.receive(Self.initial(mechanism, client.first))
            case .ask(.saslContinue(let data)):
                let final = try client.final(data)
                expectedSignature = final.expected
                step = login.receive(Array(final.message.utf8))
            case .ask(let other):
                Issue.record("asked for \(other)")
                return (asked, .success(.local))
            }
        }
    }

    @Test func devModeAsksNothing() throws {
        let open = PostgresAuthenticator(access: .open)
        let result = try logIn(open, Self.peer("anybody"), "anything")
        #expect(try result.asked == "nothing" && result.outcome.get() == .local)
    }

    @Test(arguments: [
        // The user is a key's name: SCRAM, wherever it comes from.
        ("agent", false, false, agentKey, "SCRAM-SHA-256", "agent"), ("agent", true, false, agentKey, "SCRAM-SHA-256", "agent"),
        ("agent", false, true, agentKey, "SCRAM-SHA-256", "agent"), ("ops", false, false, opsKey, "SCRAM-SHA-256", "ops"),
        ("agent", false, true, readerKey, "SCRAM-SHA-256", nil), ("ops", false, true, agentKey, "SCRAM-SHA-256", nil),
        // Only a digest is known: the key itself, where nobody listens.
        ("reader", true, false, readerKey, "password", "reader"), ("reader", false, true, readerKey, "password", "reader"),
        ("reader", false, false, readerKey, "SCRAM-SHA-256", nil), ("reader", true, false, agentKey, "password", nil),
        // The user is nobody: the key decides.
        ("alice", true, false, agentKey, "password", "agent"), ("alice", false, true, readerKey, "password", "reader"),
        ("alice", false, true, opsKey, "password", "ops"), ("alice", true, false, "no-key-0123456789", "password", nil),
        ("alice", false, false, agentKey, "SCRAM-SHA-256", nil), ("alice", true, false, "", "password", nil),
    ] as [(String, Bool, Bool, String, String, String?)])
    func methodAndPrincipal(user: String, tls: Bool, loopback: Bool, key: String, asked: String, principal: String?) throws {
        let result = try logIn(try authenticator(), Self.peer(user, tls: tls, loopback: loopback), key)
        #expect(result.asked == asked)
        switch result.outcome {
        case .success(let found): #expect(found.id == principal)
        case .failure(let failure):
            #expect(principal == nil)
            #expect(failure.sqlState == "28P01" && failure.error.message == "password authentication failed for user \"\(user)\"")
            #expect(!failure.error.message.contains(Self.agentKey))
        }
    }

    @Test func scopesComeWithTheKey() throws {
        let authenticator = try authenticator()
        #expect(try logIn(authenticator, Self.peer("reader", tls: true), Self.readerKey).outcome.get().scopes == [.read])
        #expect(try logIn(authenticator, Self.peer("agent"), Self.agentKey).outcome.get().scopes == KeyRing.defaultScopes)
    }

    @Test func theOnlyKeyIsMeantByAnyUser() throws {
        let single = try authenticator(try KeyRing(parsing: "agent=\(Self.agentKey)"))
        let result = try logIn(single, Self.peer("alice", loopback: false), Self.agentKey)
        #expect(try result.asked == "SCRAM-SHA-256" && result.outcome.get().id == "agent")
        // One key in both forms is one key.
        let key = try APIKey(Self.agentKey)
        let both = try key.digestEntry(name: "agent", scopes: [.read]) + "," + key.verifierEntry(name: "agent", scopes: [.read])
        let twice = try logIn(try authenticator(try KeyRing(parsing: both)), Self.peer("alice"), Self.agentKey)
        #expect(try twice.asked == "SCRAM-SHA-256" && twice.outcome.get().id == "agent")
        // Two keys of one name: each of them is good where the key itself may be asked for.
        let rotated = try authenticator(try KeyRing(parsing: "agent=\(Self.agentKey),agent=\(Self.opsKey)"))
        for key in [Self.agentKey, Self.opsKey] {
            let result = try logIn(rotated, Self.peer("agent"), key)
            #expect(try result.asked == "password" && result.outcome.get().id == "agent")
        }
    }

    @Test func bindsToTheChannelWhereItCan() throws {
        let authenticator = try authenticator(endPoint: Self.endPoint)
        let bound = try logIn(authenticator, Self.peer("agent", tls: true, loopback: false), Self.agentKey)
        #expect(try bound.asked == "SCRAM-SHA-256-PLUS" && bound.outcome.get().id == "agent")
        let (_, step) = authenticator.begin(Self.peer("agent", tls: true))
        #expect(step == .ask(.sasl(mechanisms: ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"])))
        let plain = try logIn(authenticator, Self.peer("agent", loopback: false), Self.agentKey)
        #expect(plain.asked == "SCRAM-SHA-256")
    }

    @Test func anUnknownUserLooksLikeAKnownOne() throws {
        let authenticator = try authenticator()
        func challenge(_ user: String) throws -> [Substring] {
            var (login, step) = authenticator.begin(Self.peer(user, loopback: false))
            #expect(step == .ask(.sasl(mechanisms: ["SCRAM-SHA-256"])))
            guard case .ask(.saslContinue(let data)) = login.receive(Self.initial("SCRAM-SHA-256", ScramClient().first)) else {
                Issue.record("no challenge")
                return []
            }
            return String(decoding: data, as: UTF8.self).split(separator: ",")
        }
        let (known, again) = (try challenge("agent"), try challenge("agent"))
        let (unknown, unknownAgain, other) = (try challenge("nobody"), try challenge("nobody"), try challenge("nobody2"))
        // The nonce is new every time, the salt belongs to the user.
        #expect(known[0] != again[0] && unknown[0] != unknownAgain[0])
        #expect(known[1] == again[1] && unknown[1] == unknownAgain[1] && unknown[1] != other[1] && unknown[1] != known[1])
        #expect(known[2] == unknown[2] && known.map(\.count) == unknown.map(\.count))
        let wrong = try logIn(authenticator, Self.peer("agent", loopback: false), "wrong-key-0123456789")
        let nobody = try logIn(authenticator, Self.peer("nobody", loopback: false), "wrong-key-0123456789")
        guard case .failure(let first) = wrong.outcome, case .failure(let second) = nobody.outcome else {
            Issue.record("somebody was let in")
            return
        }
        #expect(first.error.message.replacing("agent", with: "nobody") == second.error.message && first.error.hint == second.error.hint)
        #expect(first.sqlState == second.sqlState && first.reason != second.reason)
    }

    @Test func requiredTLSIsRequired() throws {
        for access in [PostgresAuthenticator.Access.open, .keys(try Self.ring())] {
            let authenticator = PostgresAuthenticator(access: access, requiresTLS: true)
            guard case .refuse(let failure) = authenticator.begin(Self.peer("agent")).step else {
                Issue.record("it was let in")
                return
            }
            #expect(failure.sqlState == "28000" && failure.error.code == "BL_AUTHENTICATION")
            if case .refuse = authenticator.begin(Self.peer("agent", tls: true)).step { Issue.record("TLS was refused") }
        }
    }

    @Test(arguments: [
        [], [0], Array("SCRAM-SHA-256".utf8), Array("SCRAM-SHA-256".utf8) + [0, 0, 0], initial("SCRAM-SHA-256", []), initial("SCRAM-SHA-256-PLUS", ScramClient().first),
        initial("PLAIN", ScramClient().first), initial("SCRAM-SHA-256", ScramClient().first) + [0], initial("SCRAM-SHA-256", ScramClient().first).dropLast(),
        Array("SCRAM-SHA-256".utf8) + [0, 255, 255, 255, 255], [0xFF, 0, 0, 0, 0, 0],
    ] as [[UInt8]]) func malformedAnswers(body: [UInt8]) throws {
        var (login, _) = try authenticator().begin(Self.peer("agent"))
        guard case .refuse(let failure) = login.receive(body) else {
            Issue.record("it was accepted")
            return
        }
        #expect(failure.sqlState == "08P01" && !login.isPending)
        guard case .refuse = login.receive(Self.initial("SCRAM-SHA-256", ScramClient().first)) else {
            Issue.record("it went on after an error")
            return
        }
    }

    @Test func anyBytesAreRefused() throws {
        let authenticator = try authenticator(endPoint: Self.endPoint, throttle: LoginThrottle(.init(failuresPerAddress: 0, failuresPerUser: 0)))
        var generator = SystemRandomNumberGenerator()
        let good = Self.initial("SCRAM-SHA-256", Array("n,,n=,r=abcdefgh".utf8))
        for user in ["agent", "reader", "nobody"] {
            for round in 0 ..< 500 {
                var (login, _) = authenticator.begin(Self.peer(user, tls: round.isMultiple(of: 2)))
                // A good message with a few bytes changed gets further than noise.
                var body = round.isMultiple(of: 3) ? (0 ..< 40).map { _ in UInt8.random(in: 0 ... 255, using: &generator) } : good
                for _ in 0 ..< round % 4 { body[Int.random(in: 0 ..< body.count, using: &generator)] = UInt8.random(in: 0 ... 255, using: &generator) }
                var steps = 0
                while login.isPending {
                    if case .accept = login.receive(body) { Issue.record("\(body) was accepted") }
                    steps += 1
                }
                #expect(steps <= 2)
            }
        }
    }

    @Test func malformedPasswords() throws {
        for body in [[], Array(Self.readerKey.utf8), Array(Self.readerKey.utf8) + [0, 0], Array(Self.readerKey.utf8) + [0] + [1], [0xFF, 0], [UInt8](repeating: 97, count: 100_000) + [0]] {
            var (login, _) = try authenticator().begin(Self.peer("reader"))
            guard case .refuse = login.receive(body) else {
                Issue.record("\(body.prefix(30)) was accepted")
                return
            }
        }
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.8.7", true), ("::1", true), ("::ffff:127.0.0.1", true), ("128.0.0.1", false), ("10.0.0.1", false), ("0.0.0.0", false),
        ("::", false), ("::2", false), ("::ffff:10.0.0.1", false), ("127::1", false), ("fe80::1", false), ("::127.0.0.1", false),
    ]) func loopbackIsThisMachine(address: String, isLoopback: Bool) throws {
        let peer = LoginPeer(user: "u", remote: try SocketAddress(ipAddress: address, port: 1), isTLS: false)
        #expect(peer.isLoopback == isLoopback)
        #expect(LoginThrottle.network(of: peer.address) == LoginThrottle.network(of: address))
    }

    @Test func otherAddresses() throws {
        #expect(LoginPeer(user: "u", remote: try SocketAddress(unixDomainSocketPath: "/tmp/s"), isTLS: false).isLoopback)
        #expect(!LoginPeer(user: "u", remote: nil, isTLS: true).isLoopback)
    }

    @Test func messagesAreThoseOfTheProtocol() {
        #expect(AuthenticationRequest.ok.body == [0, 0, 0, 0])
        #expect(AuthenticationRequest.cleartextPassword.body == [0, 0, 0, 3])
        #expect(AuthenticationRequest.sasl(mechanisms: ["A", "B"]).body == [0, 0, 0, 10, 65, 0, 66, 0, 0])
        #expect(AuthenticationRequest.saslContinue([1, 2]).body == [0, 0, 0, 11, 1, 2])
        #expect(AuthenticationRequest.saslFinal([3]).body == [0, 0, 0, 12, 3])
    }

    @Test func failedLoginsAreBarredForAWhile() throws {
        let time = TestTime()
        let throttle = LoginThrottle(.init(failuresPerAddress: 3, failuresPerUser: 100, window: .seconds(60)), now: { time.now })
        let authenticator = try authenticator(throttle: throttle)
        func attempt(_ key: String, user: String = "agent", address: String = "192.0.2.1") throws -> String {
            switch try logIn(authenticator, Self.peer(user, loopback: false, address: address), key).outcome {
            case .success: return "in"
            case .failure(let failure): return failure.error.message
            }
        }
        for _ in 0 ..< 3 { #expect(try attempt("wrong-key-0123456789").hasPrefix("password authentication failed")) }
        #expect(try attempt(Self.agentKey) == "too many failed logins from this address")
        // A connection that had begun before is barred as well.
        #expect(try attempt(Self.agentKey, address: "192.0.2.2") == "in")
        time.advance(.seconds(19))
        #expect(try attempt(Self.agentKey) == "too many failed logins from this address")
        time.advance(.seconds(2))
        #expect(try attempt(Self.agentKey) == "in")
        // Looking at the question and leaving, as psql does to ask for the password, is no failure.
        for _ in 0 ..< 20 { _ = authenticator.begin(Self.peer("agent", address: "192.0.2.3")) }
        #expect(try attempt(Self.agentKey, address: "192.0.2.3") == "in")
    }

    @Test func manyConnectionsAtOnceGetNoMoreTries() throws {
        let throttle = LoginThrottle(.init(failuresPerAddress: 3), now: { .now })
        let authenticator = try authenticator(throttle: throttle)
        var logins = (0 ..< 20).map { _ in authenticator.begin(Self.peer("reader", tls: true)).exchange }
        var failures: [LoginFailure] = []
        for index in logins.indices {
            if case .refuse(let failure) = logins[index].receive(Array("wrong-key-0123456789".utf8) + [0]) { failures.append(failure) }
        }
        #expect(failures.count == 20)
        #expect(failures.filter { $0.error.message.hasPrefix("password authentication failed") }.count == 3)
    }
}

/// A clock that tests move on.
final class TestTime: Sendable {
    private let instant = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { instant.withLock { $0 } }
    func advance(_ duration: Duration) { instant.withLock { $0 += duration } }
}
