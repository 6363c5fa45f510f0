import Testing

@testable import Server

@Suite struct LoginThrottleTests {
    private func bar(_ throttle: LoginThrottle, _ address: String, _ user: String) -> LoginThrottle.Bar? {
        do {
            try throttle.check(address: address, user: user)
            return nil
        } catch {
            return error
        }
    }

    @Test func addressesHaveTheirOwnCount() {
        let time = TestTime()
        let throttle = LoginThrottle(.init(failuresPerAddress: 4, failuresPerUser: 1_000, window: .seconds(40)), now: { time.now })
        for _ in 0 ..< 4 {
            #expect(bar(throttle, "192.0.2.1", "a") == nil)
            throttle.failed(address: "192.0.2.1", user: "a")
        }
        #expect(bar(throttle, "192.0.2.1", "b") == LoginThrottle.Bar(isAddress: true, retryAfter: 10))
        #expect(bar(throttle, "192.0.2.2", "a") == nil)
        time.advance(.seconds(9))
        #expect(bar(throttle, "192.0.2.1", "b")?.retryAfter == 1)
        time.advance(.seconds(1))
        #expect(bar(throttle, "192.0.2.1", "b") == nil)
        throttle.failed(address: "192.0.2.1", user: "b")
        #expect(bar(throttle, "192.0.2.1", "b") != nil)
        // After the window everything is forgiven.
        time.advance(.seconds(40))
        for _ in 0 ..< 3 { throttle.failed(address: "192.0.2.1", user: "b") }
        #expect(bar(throttle, "192.0.2.1", "b") == nil)
    }

    @Test func aUserIsGuessedFromManyAddresses() {
        let time = TestTime()
        let throttle = LoginThrottle(.init(failuresPerAddress: 10, failuresPerUser: 5, window: .seconds(50)), now: { time.now })
        for index in 0 ..< 5 { throttle.failed(address: "192.0.2.\(index)", user: "agent") }
        #expect(bar(throttle, "198.51.100.1", "agent") == LoginThrottle.Bar(isAddress: false, retryAfter: 10))
        #expect(bar(throttle, "198.51.100.1", "other") == nil)
    }

    @Test func zeroIsNoLimit() {
        for options in [LoginThrottle.Options(failuresPerAddress: 0, failuresPerUser: 0), .init(window: .zero)] {
            let throttle = LoginThrottle(options)
            for _ in 0 ..< 1_000 { throttle.failed(address: "192.0.2.1", user: "a") }
            #expect(bar(throttle, "192.0.2.1", "a") == nil)
            #expect(throttle.entryCounts == (0, 0))
        }
    }

    @Test func memoryIsBoundedAndTheWorstAreRemembered() {
        let time = TestTime()
        let throttle = LoginThrottle(.init(failuresPerAddress: 5, failuresPerUser: 5, window: .seconds(60), maximumEntries: 100), now: { time.now })
        for _ in 0 ..< 5 { throttle.failed(address: "203.0.113.9", user: "target") }
        for index in 0 ..< 5_000 {
            throttle.failed(address: "10.0.\(index / 250).\(index % 250)", user: String(repeating: "x", count: 10_000) + "\(index)")
            time.advance(.milliseconds(1))
        }
        #expect(throttle.entryCounts.addresses <= 100 && throttle.entryCounts.users <= 100)
        #expect(bar(throttle, "203.0.113.9", "nobody") != nil)
        #expect(bar(throttle, "198.51.100.1", "target") != nil)
        time.advance(.seconds(120))
        throttle.failed(address: "192.0.2.1", user: "y")
        #expect(bar(throttle, "203.0.113.9", "target") == nil)
    }

    @Test func addressesOfOneNetworkAreOne() {
        #expect(LoginThrottle.network(of: "192.0.2.1") == "192.0.2.1")
        #expect(LoginThrottle.network(of: "2001:db8:1:2:3:4:5:6") == LoginThrottle.network(of: "2001:db8:1:2:ffff::1"))
        #expect(LoginThrottle.network(of: "2001:db8:1:2::1") != LoginThrottle.network(of: "2001:db8:1:3::1"))
        #expect(LoginThrottle.network(of: "::ffff:192.0.2.1") == "192.0.2.1")
        #expect(LoginThrottle.network(of: "fe80::1%eth0") == LoginThrottle.network(of: "fe80::2"))
    }
}
