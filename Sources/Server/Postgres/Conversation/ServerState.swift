import Branching
import Logging
import Synchronization

/// What all conversations of a door share. Thread-safe.
final class ServerState: Sendable {
    let store: BranchLite
    let logger: Logger
    let authenticator: PostgresAuthenticator
    let limits: MessageDecoder.Limits
    private let cancels = Mutex<[CancelKey: StatementSession.CancelHandle]>([:])
    private let nextProcess = Mutex<Int32>(1_000)

    init(store: BranchLite, logger: Logger, authenticator: PostgresAuthenticator, limits: MessageDecoder.Limits = .init()) {
        self.store = store
        self.logger = logger
        self.authenticator = authenticator
        self.limits = limits
    }

    /// Enters a session for cancel requests. The secret is random; the number only has to differ.
    func enter(_ handle: StatementSession.CancelHandle) -> CancelKey {
        let number = nextProcess.withLock { number in
            defer { number = number == Int32.max ? 1_000 : number + 1 }
            return number
        }
        var generator = SystemRandomNumberGenerator()
        let key = CancelKey(processID: number, secret: Int32.random(in: Int32.min...Int32.max, using: &generator))
        cancels.withLock { $0[key] = handle }
        return key
    }

    func leave(_ key: CancelKey) { cancels.withLock { _ = $0.removeValue(forKey: key) } }

    /// A wrong key is not answered: nobody is to learn which keys there are.
    func cancel(_ key: CancelKey) {
        let handle = cancels.withLock { $0[key] }
        handle?.cancel()
    }
}
