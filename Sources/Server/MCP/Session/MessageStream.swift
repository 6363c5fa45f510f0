import Synchronization

/// Messages on their way to one listening client: any task may send, one task reads, either side may end it.
final class MessageStream: Sendable {
    /// Messages that may wait for a slow reader; beyond that the oldest notifications are dropped rather than memory filled.
    static let capacity = 4096

    let messages: AsyncStream<[UInt8]>
    private let continuation: AsyncStream<[UInt8]>.Continuation
    private let open = Mutex(true)

    init() {
        (messages, continuation) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .bufferingNewest(Self.capacity))
    }

    var isOpen: Bool { open.withLock { $0 } }

    func send(_ message: [UInt8]) { continuation.yield(message) }

    func finish() {
        open.withLock { $0 = false }
        continuation.finish()
    }
}

/// An action that runs at most once, whoever asks first.
final class Once: Sendable {
    private let action: Mutex<(@Sendable () -> Void)?>

    init(_ action: @escaping @Sendable () -> Void) { self.action = Mutex(action) }

    func run() {
        let pending = action.withLock { action in
            defer { action = nil }
            return action
        }
        pending?()
    }
}
