import Foundation
import Synchronization

/// Slows down guessing: counts failed logins by where they come from and by the user they name, and bars further ones for a while.
///
/// Each address and each user name may fail a number of times at once; a failure is forgiven after its share of the window. What was
/// barred costs nothing more, so a client that waits as it is told gets in again.
public final class LoginThrottle: Sendable {
    public struct Options: Sendable, Hashable {
        /// Failures from one address within the window; 0 is no limit.
        public var failuresPerAddress: Int
        /// Failures for one user name, from wherever, within the window; more than from one address, so that a stranger cannot easily
        /// keep a user out. 0 is no limit.
        public var failuresPerUser: Int
        public var window: Duration
        /// Addresses, and user names, that are remembered at a time.
        public var maximumEntries: Int

        public init(failuresPerAddress: Int = 10, failuresPerUser: Int = 50, window: Duration = .seconds(60), maximumEntries: Int = 10_000) {
            self.failuresPerAddress = failuresPerAddress
            self.failuresPerUser = failuresPerUser
            self.window = window
            self.maximumEntries = maximumEntries
        }
    }

    /// Why a login is not even tried.
    public struct Bar: Error, Sendable, Hashable {
        /// `address` or `user`.
        public let isAddress: Bool
        /// Whole seconds until the next try.
        public let retryAfter: Int
    }

    private struct State: Sendable {
        var addresses: Buckets
        var users: Buckets
    }

    private let state: Mutex<State>
    private let start: ContinuousClock.Instant
    private let now: @Sendable () -> ContinuousClock.Instant

    public init(_ options: Options = Options(), now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        let window = max(options.window / .seconds(1), 0)
        state = Mutex(
            State(
                addresses: Buckets(capacity: options.failuresPerAddress, window: window, maximumEntries: options.maximumEntries),
                users: Buckets(capacity: options.failuresPerUser, window: window, maximumEntries: options.maximumEntries)))
        self.now = now
        start = now()
    }

    /// - Throws: ``Bar`` when too many logins from `address` or for `user` have failed.
    public func check(address: String, user: String) throws(Bar) {
        let time = elapsed()
        let waits = state.withLock { state in
            (state.addresses.wait(Self.network(of: address), at: time), state.users.wait(Self.bounded(user), at: time))
        }
        if waits.0 > 0 { throw Bar(isAddress: true, retryAfter: Self.seconds(waits.0)) }
        if waits.1 > 0 { throw Bar(isAddress: false, retryAfter: Self.seconds(waits.1)) }
    }

    /// Records that a login failed.
    public func failed(address: String, user: String) {
        let time = elapsed()
        state.withLock { state in
            state.addresses.take(Self.network(of: address), at: time)
            state.users.take(Self.bounded(user), at: time)
        }
    }

    /// How many addresses and user names are remembered.
    var entryCounts: (addresses: Int, users: Int) { state.withLock { ($0.addresses.count, $0.users.count) } }

    private func elapsed() -> Double { start.duration(to: now()) / .seconds(1) }

    private static func seconds(_ wait: Double) -> Int { Int(min(wait.rounded(.up), 1e9)) }

    private static let maximumNameBytes = 64

    /// PostgreSQL's names have fewer bytes; a longer one must not take more memory here.
    private static func bounded(_ user: String) -> String { String(decoding: user.utf8.prefix(maximumNameBytes), as: UTF8.self) }

    /// Whoever has an IPv6 address has the 2^64 around it as well; those count as one.
    static func network(of address: String) -> String {
        guard address.contains(":") else { return address }
        var parsed = in6_addr()
        guard inet_pton(AF_INET6, String(address.prefix { $0 != "%" }), &parsed) == 1 else { return bounded(address) }
        let bytes = withUnsafeBytes(of: parsed) { Array($0) }
        // An IPv4 address in IPv6 form is one address.
        if bytes.prefix(12).elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) { return bytes.suffix(4).map(String.init).joined(separator: ".") }
        return bytes.prefix(8).map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }
}

/// Leaky buckets by name: each holds the failures that are not forgiven yet.
private struct Buckets: Sendable {
    private struct Bucket: Sendable {
        var level: Double
        var time: Double
    }

    private let capacity: Double
    private let leakPerSecond: Double
    private let maximumEntries: Int
    private var buckets: [String: Bucket] = [:]

    init(capacity: Int, window: Double, maximumEntries: Int) {
        self.capacity = Double(window > 0 ? max(capacity, 0) : 0)
        leakPerSecond = window > 0 ? self.capacity / window : 0
        self.maximumEntries = max(maximumEntries, 1)
    }

    var count: Int { buckets.count }

    private func level(_ bucket: Bucket, at time: Double) -> Double { max(0, bucket.level - (time - bucket.time) * leakPerSecond) }

    /// Seconds until one more failure would fit; 0 when it fits now.
    func wait(_ name: String, at time: Double) -> Double {
        guard capacity > 0, let bucket = buckets[name] else { return 0 }
        let excess = level(bucket, at: time) + 1 - capacity
        // A sum of fractions may miss a whole number by very little.
        return excess > 1e-6 ? excess / leakPerSecond : 0
    }

    mutating func take(_ name: String, at time: Double) {
        guard capacity > 0 else { return }
        if buckets[name] == nil, buckets.count >= maximumEntries { makeRoom(at: time) }
        let level = buckets[name].map { self.level($0, at: time) } ?? 0
        buckets[name] = Bucket(level: min(level + 1, capacity), time: time)
    }

    /// Forgets what is forgiven, and where that is not enough the quarter that is nearest to it: one failure each of a crowd, not the
    /// one who keeps trying.
    private mutating func makeRoom(at time: Double) {
        buckets = buckets.filter { level($0.value, at: time) > 0 }
        guard buckets.count >= maximumEntries else { return }
        let least = buckets.map { (name: $0.key, level: level($0.value, at: time)) }.sorted { $0.level < $1.level }
        for entry in least.prefix(max(buckets.count / 4, 1)) { buckets[entry.name] = nil }
    }
}
