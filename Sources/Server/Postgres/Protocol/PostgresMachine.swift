/// Which message may come when, and what follows from it: the protocol's states without any I/O
/// (https://www.postgresql.org/docs/15/protocol-flow.html).
///
/// Each message gives an action; what it came to is told with `finish`. The machine knows nothing of SQL.
struct PostgresMachine {
    enum Phase: Equatable {
        /// Nothing, or only requests for encryption, has come.
        case starting(hasTLS: Bool)
        /// The client is to prove who it is.
        case authenticating
        /// The next message is taken.
        case ready
        /// An error in the extended protocol: everything up to Sync is passed over.
        case skippingToSync
        /// COPY FROM STDIN; `isExtended`: begun by Execute.
        case copyingIn(isExtended: Bool)
        case closed
    }

    /// What to do about a message.
    enum Action: Equatable {
        case ignore
        /// Answer `S` and begin TLS, or `N`.
        case answerTLSRequest
        case refuseGSS
        case cancel(CancelKey)
        case start(FrontendMessage.Startup)
        case authenticate([UInt8])
        case query(String)
        case parse(FrontendMessage.Parse)
        case bind(FrontendMessage.Bind)
        case describe(FrontendMessage.Target, name: String)
        case execute(portal: String, maximumRows: Int)
        case close(FrontendMessage.Target, name: String)
        case sync
        case flush
        case copyData([UInt8])
        case copyDone
        case copyFail(String)
        /// An error that leaves the connection usable.
        case fail(ProtocolError)
        /// The connection ends; with an error, if there is one.
        case end(ProtocolError?)
    }

    /// What an action came to.
    enum Outcome: Equatable {
        case done
        /// Data of a COPY was taken; more may come.
        case continues
        /// TLS is on.
        case tlsStarted
        /// The client must authenticate.
        case challenged
        /// The session has begun.
        case authenticated
        /// An error was sent; the connection goes on.
        case failed
        /// CopyInResponse was sent.
        case copyingIn
        /// The connection ends.
        case ended
    }

    private(set) var phase = Phase.starting(hasTLS: false)
    private var isExtended = false
    private var hasAskedGSS = false

    /// Whether a statement or a COPY of the extended protocol is under way, whose errors are followed by nothing up to Sync.
    var isClosed: Bool { phase == .closed }

    /// The COPY under way was begun by Execute.
    var isExtendedCopy: Bool { phase == .copyingIn(isExtended: true) }

    mutating func receive(_ message: FrontendMessage) -> Action {
        switch phase {
        case .closed: return .ignore
        case .starting(let hasTLS): return starting(message, hasTLS)
        case .authenticating:
            if case .authentication(let bytes) = message { return .authenticate(bytes) }
            phase = .closed
            if message == .terminate { return .end(nil) }
            return .end(ProtocolError(message: "expected a password response"))
        case .ready: return ready(message)
        case .skippingToSync:
            switch message {
            case .sync:
                phase = .ready
                isExtended = false
                return .sync
            case .terminate: return end()
            default: return .ignore
            }
        case .copyingIn(let isExtended):
            switch message {
            case .copyData(let bytes): return .copyData(bytes)
            case .copyDone: return .copyDone
            case .copyFail(let reason): return .copyFail(reason)
            // The protocol has them ignored, so that a client may send Sync without looking whether the COPY failed.
            case .flush, .sync: return .ignore
            case .terminate: return end()
            default:
                self.isExtended = isExtended
                return .fail(ProtocolError(message: "unexpected message during COPY from stdin"))
            }
        }
    }

    private mutating func end() -> Action {
        phase = .closed
        return .end(nil)
    }

    private mutating func starting(_ message: FrontendMessage, _ hasTLS: Bool) -> Action {
        switch message {
        case .tlsRequest where !hasTLS: return .answerTLSRequest
        case .gssRequest where !hasAskedGSS && !hasTLS:
            hasAskedGSS = true
            return .refuseGSS
        case .cancel(let key):
            phase = .closed
            return .cancel(key)
        case .startup(let startup): return .start(startup)
        default:
            phase = .closed
            return .end(ProtocolError(message: "unexpected message before the startup packet"))
        }
    }

    private mutating func ready(_ message: FrontendMessage) -> Action {
        switch message {
        case .query(let sql):
            isExtended = false
            return .query(sql)
        case .parse(let parse):
            isExtended = true
            return .parse(parse)
        case .bind(let bind):
            isExtended = true
            return .bind(bind)
        case .describe(let target, let name):
            isExtended = true
            return .describe(target, name: name)
        case .execute(let portal, let maximumRows):
            isExtended = true
            return .execute(portal: portal, maximumRows: maximumRows)
        case .close(let target, let name):
            isExtended = true
            return .close(target, name: name)
        case .sync:
            isExtended = false
            return .sync
        case .flush: return .flush
        case .terminate: return end()
        // What a client sends before it has heard that its COPY failed.
        case .copyData, .copyDone, .copyFail: return .ignore
        case .functionCall:
            isExtended = false
            return .fail(ProtocolError(message: "the fast-path function call is not supported: call the function in a SELECT", sqlState: "0A000"))
        default:
            phase = .closed
            return .end(ProtocolError(message: "unexpected message in a session"))
        }
    }

    mutating func finish(_ outcome: Outcome) {
        guard phase != .closed else { return }
        switch outcome {
        case .continues: break
        case .done: if case .copyingIn(let wasExtended) = phase { leaveCopy(wasExtended) }
        case .tlsStarted: phase = .starting(hasTLS: true)
        case .challenged: phase = .authenticating
        case .authenticated: phase = .ready
        case .failed:
            if case .copyingIn(let wasExtended) = phase { leaveCopy(wasExtended) }
            if isExtended { phase = .skippingToSync }
        case .copyingIn: phase = .copyingIn(isExtended: isExtended)
        case .ended: phase = .closed
        }
    }

    private mutating func leaveCopy(_ wasExtended: Bool) {
        phase = .ready
        isExtended = wasExtended
    }
}
