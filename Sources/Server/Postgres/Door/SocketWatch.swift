#if os(Linux)
    import CPolling

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif
    import Synchronization

    /// One thread that watches the sockets which conversations read themselves: says when a client has gone, whatever its conversation is
    /// doing, and when something has come for a conversation whose thread was given back.
    final class SocketWatch: Sendable {
        protocol Watcher: AnyObject, Sendable {
            /// The client has closed its side.
            func clientHasClosed()
            /// There is something to read. Said once each time it was asked for.
            func inputHasCome()
        }

        struct Token: Sendable, Hashable { fileprivate let number: UInt64 }

        /// The process has one, made when it is first needed; nil when the system gives none.
        static let shared: SocketWatch? = SocketWatch()

        private struct State {
            var watchers: [UInt64: any Watcher] = [:]
            var next: UInt64 = 0
        }

        private let poller: CInt
        private let state = Mutex(State())

        private init?() {
            poller = cpolling_poller()
            guard poller >= 0 else { return nil }
            var thread = pthread_t()
            let code = pthread_create(&thread, nil, { argument in
                let pointer: UnsafeMutableRawPointer? = argument
                if let pointer { Unmanaged<SocketWatch>.fromOpaque(pointer).takeRetainedValue().run() }
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
            if code == 0 {
                pthread_detach(thread)
            } else {
                Unmanaged.passUnretained(self).release()
                close(poller)
                return nil
            }
        }

        /// Begins to watch for the client's closing. The watcher is held until `remove`.
        func add(_ descriptor: CInt, _ watcher: any Watcher) -> Token? {
            let number = state.withLock { state in
                state.next += 1
                state.watchers[state.next] = watcher
                return state.next
            }
            guard cpolling_add(poller, descriptor, number) == 0 else {
                state.withLock { $0.watchers[number] = nil }
                return nil
            }
            return Token(number: number)
        }

        /// Watches for input as well, or no longer. It is said once.
        func watchInput(_ descriptor: CInt, _ token: Token, _ isWanted: Bool) -> Bool {
            cpolling_renew(poller, descriptor, token.number, isWanted ? 1 : 0) == 0
        }

        /// Before the descriptor is closed.
        func remove(_ descriptor: CInt, _ token: Token) {
            _ = cpolling_remove(poller, descriptor)
            state.withLock { $0.watchers[token.number] = nil }
        }

        private func run() {
            while true {
                var number: UInt64 = 0
                let what = cpolling_wait(poller, &number)
                guard what != 0, let watcher = state.withLock({ $0.watchers[number] }) else { continue }
                if what & Int32(CPOLLING_HAS_CLOSED) != 0 { watcher.clientHasClosed() }
                watcher.inputHasCome()
            }
        }
    }
#endif
