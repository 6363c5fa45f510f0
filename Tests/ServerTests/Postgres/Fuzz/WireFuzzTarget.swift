#if !FUZZ_ALONE // the fuzzer compiles this with the protocol's files into one module
@testable import Server
#endif

/// Any bytes at all as what a client sends, through the decoder and the state machine. An error or the end is fine; a crash, memory beyond
/// the limit of a message, or an answer that depends on how the bytes are cut is not. Also built for libFuzzer (`Fuzz/`).
///
/// The first four bytes of an input say how the others are used: which limits, how they are cut, how often they are repeated, and whether they
/// are a stream as it is, one after a login, or material of which messages with right lengths are made.
enum WireFuzzTarget {
    @Sendable static func run(_ input: [UInt8]) {
        guard input.count >= 4 else { return }
        let limits = input[0] & 1 == 0
            ? MessageDecoder.Limits(startup: 200, unauthenticated: 300, message: 2000) : MessageDecoder.Limits(startup: 10_000, unauthenticated: 65_535, message: 100_000)
        let material = Array(input.dropFirst(4))
        var stream: [UInt8]
        switch input[1] % 4 {
        case 0: stream = material
        case 1: stream = login + material
        case 2: stream = login + messages(of: material)
        default: stream = messages(of: material)
        }
        let repeated = stream
        for _ in 0 ..< Int(input[2] % 32) { stream += repeated }
        let whole = decode(stream, limits, cut: stream.count)
        let pieces = decode(stream, limits, cut: 1 + Int(input[3]))
        precondition(whole == pieces, "what is decoded depends on how the bytes are cut")
    }

    private static func int32(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

    private static let login: [UInt8] = {
        let body = int32(196_608) + Array("user\0fuzz\0database\0main\0\0".utf8)
        return int32(body.count + 4) + body + [UInt8(ascii: "p")] + int32(8) + [1, 2, 3, 4]
    }()

    /// Messages: a byte for the type, one for the length of the body, the body.
    private static func messages(of material: [UInt8]) -> [UInt8] {
        let types = Array("QPBDECSHdcfpFX".utf8)
        var stream: [UInt8] = [], at = 0
        while at + 2 <= material.count {
            let body = material[(at + 2)...].prefix(Int(material[at + 1] & 127))
            // One in two bodies ends as a text does.
            let end: [UInt8] = material[at + 1] > 127 ? [0] : []
            stream += [types[Int(material[at]) % types.count]] + int32(4 + body.count + end.count) + body + end
            at += 2 + body.count
        }
        return stream
    }

    /// What happened, one entry a message; the last one of a stream that is no such is its error.
    private enum Event: Equatable {
        case message(FrontendMessage, PostgresMachine.Action)
        case error(ProtocolError)
    }

    private static func decode(_ stream: [UInt8], _ limits: MessageDecoder.Limits, cut: Int) -> [Event] {
        var decoder = MessageDecoder(limits: limits)
        var machine = PostgresMachine()
        var events: [Event] = []
        var at = 0
        while at < stream.count, !machine.isClosed {
            let piece = stream[at ..< min(stream.count, at + cut)]
            at += piece.count
            decoder.append(piece)
            do throws(ProtocolError) {
                while !machine.isClosed {
                    let pending = decoder.pendingBytes
                    guard let message = try decoder.next() else { break }
                    precondition(decoder.pendingBytes < pending, "a message of no bytes")
                    let before = machine.phase
                    let action = machine.receive(message)
                    check(action, in: before, machine)
                    events.append(.message(message, action))
                    let outcome = outcome(of: action, salt: events.count)
                    if outcome == .authenticated { decoder.isAuthenticated = true }
                    machine.finish(outcome)
                }
            } catch {
                events.append(.error(error))
                return events
            }
            checkMemory(decoder, limits, machine, piece.count)
        }
        return events
    }

    /// What is left after all whole messages were taken is less than one, and little memory is held for it.
    private static func checkMemory(_ decoder: MessageDecoder, _ limits: MessageDecoder.Limits, _ machine: PostgresMachine, _ piece: Int) {
        if machine.isClosed { return }
        let limit = max(decoder.isAuthenticated ? limits.message : limits.unauthenticated, limits.startup)
        precondition(decoder.pendingBytes <= limit, "\(decoder.pendingBytes) bytes are kept of a message of at most \(limit)")
        // An array grows by doubling; what was read is let go of when it is more than 64 KiB.
        precondition(decoder.capacity <= max(1 << 20, 2 * (limit + piece + (1 << 17))), "\(decoder.capacity) bytes are held")
    }

    /// Nothing runs before the login, in another phase than its own, or after the end.
    private static func check(_ action: PostgresMachine.Action, in phase: PostgresMachine.Phase, _ machine: PostgresMachine) {
        let isAllowed = switch (phase, action) {
        case (.closed, _): action == .ignore
        case (.starting, .answerTLSRequest), (.starting, .refuseGSS), (.starting, .cancel), (.starting, .start), (.starting, .end): true
        case (.starting, _): false
        case (.authenticating, .authenticate), (.authenticating, .end): true
        case (.authenticating, _): false
        case (.skippingToSync, .sync), (.skippingToSync, .ignore), (.skippingToSync, .end(nil)): true
        case (.skippingToSync, _): false
        case (.copyingIn, .copyData), (.copyingIn, .copyDone), (.copyingIn, .copyFail), (.copyingIn, .ignore), (.copyingIn, .fail), (.copyingIn, .end(nil)): true
        case (.copyingIn, _): false
        case (.ready, .copyData), (.ready, .copyDone), (.ready, .copyFail), (.ready, .start), (.ready, .authenticate), (.ready, .answerTLSRequest): false
        case (.ready, _): true
        }
        precondition(isAllowed, "\(action) in \(phase)")
        if case .end = action { precondition(machine.isClosed, "not closed after \(action)") }
    }

    /// What an action comes to: anything that the conversation may make of it, told by the number of the message.
    private static func outcome(of action: PostgresMachine.Action, salt: Int) -> PostgresMachine.Outcome {
        let choice = (salt &* 2_654_435_761) >> 7
        switch action {
        case .ignore, .refuseGSS, .flush, .close, .sync: return .done
        case .answerTLSRequest: return choice & 1 == 0 ? .tlsStarted : .done
        case .start: return .challenged
        case .authenticate: return choice % 4 == 0 ? .challenged : .authenticated
        case .query, .execute: return [.done, .failed, .copyingIn, .done][choice & 3]
        case .parse, .bind, .describe: return choice % 4 == 0 ? .failed : .done
        case .copyData: return choice % 8 == 0 ? .failed : .continues
        case .copyDone: return choice % 4 == 0 ? .failed : .done
        case .copyFail, .fail: return .failed
        case .cancel, .end: return .ended
        }
    }
}
