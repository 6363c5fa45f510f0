import Engine
import Branching

extension Conversation {
    /// A conversation and the thread that it belongs to.
    final class Box: @unchecked Sendable { // `conversation` is used on `thread` only
        let thread = EngineThread()
        private let state: ServerState
        private var conversation: Conversation?
        private let running = CancelSlot()

        init(state: ServerState) { self.state = state }

        func start(_ client: any ClientConnection) {
            let state = state
            thread.async { [self] in
                conversation = Conversation(state: state, client: client, thread: thread, cancelSlot: running)
            }
        }

        /// Runs `body` with the conversation, on its thread, after what was asked before.
        func run(_ body: @escaping @Sendable (Conversation) -> Void) {
            thread.async { [self] in if let conversation { body(conversation) } }
        }

        /// Takes bytes of the client; on the thread.
        func receive(_ bytes: UnsafeRawBufferPointer) { conversation?.receive(bytes) }

        /// The client is gone: ends the conversation, after what is running.
        func end() {
            thread.async { [self] in
                conversation?.disconnect()
                conversation = nil
            }
        }

        /// Stops the running statement, from any thread.
        func cancelRunning() { running.cancel() }
    }
}
