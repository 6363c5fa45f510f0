#if os(Linux)
    import CPolling
    import Engine

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// Reads a connection on its conversation's own thread, as a PostgreSQL backend does: a request costs one wake-up then, not that of an
    /// event loop and another one of the thread.
    ///
    /// The thread waits on the socket for a while after each request; when nothing comes it is given back, and `SocketWatch` sees what
    /// comes later. TLS connections stay with the event loop.
    final class DirectReader: ThreadAttendant, SocketWatch.Watcher, @unchecked Sendable {
        // Confinement: the variables are used on the conversation's thread only; what other threads call touches constants.

        /// How long a thread waits for the next request before it is given back.
        private static let patience: CInt = 200
        private static let chunk = 64 * 1024

        private let socket: DirectSocket
        private let watch: SocketWatch
        private let conversation: Conversation.Box
        private let onEnd: @Sendable () -> Void
        /// Readable when the thread is called back.
        private let bell: CInt
        private var token: SocketWatch.Token?
        private var buffer: UnsafeMutableRawBufferPointer?
        private var isParked = false
        private var hasEnded = false

        /// - Parameter onEnd: called on the conversation's thread when the connection has ended.
        init?(_ socket: DirectSocket, _ conversation: Conversation.Box, onEnd: @escaping @Sendable () -> Void) {
            guard let watch = SocketWatch.shared else { return nil }
            bell = cpolling_bell()
            guard bell >= 0 else { return nil }
            self.socket = socket
            self.watch = watch
            self.conversation = conversation
            self.onEnd = onEnd
        }

        deinit {
            close(bell)
            buffer?.deallocate()
        }

        /// The event loop has let go of the connection: from here on it is read here.
        func begin() {
            conversation.thread.async { [self] in
                guard !hasEnded else { return }
                token = watch.add(socket.descriptor, self)
                // One that nobody watches would be noticed too late when it goes.
                if token == nil { end() } else { conversation.thread.setAttendant(self) }
            }
        }

        func attend() -> Bool {
            guard !hasEnded, let token else { return false }
            if isParked {
                isParked = false
                _ = watch.watchInput(socket.descriptor, token, false)
            }
            var wanted = (pollfd(fd: socket.descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: bell, events: Int16(POLLIN), revents: 0))
            let found = withUnsafeMutableBytes(of: &wanted) { poll($0.baseAddress?.assumingMemoryBound(to: pollfd.self), 2, DirectReader.patience) }
            if found == 0 { return park(token) }
            if found < 0 { return true }
            if wanted.1.revents != 0 {
                cpolling_silence(bell)
                // What is to be done comes before the client's next request.
                return true
            }
            return read()
        }

        private func read() -> Bool {
            let buffer = buffer ?? UnsafeMutableRawBufferPointer.allocate(byteCount: DirectReader.chunk, alignment: 16)
            self.buffer = buffer
            switch socket.read(into: buffer) {
            case .bytes(let count): conversation.receive(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            case .nothingYet: break
            case .end: end()
            }
            return !hasEnded
        }

        /// Gives the thread back until something comes.
        private func park(_ token: SocketWatch.Token) -> Bool {
            buffer?.deallocate()
            buffer = nil
            isParked = watch.watchInput(socket.descriptor, token, true)
            // Who cannot be watched is waited for.
            return !isParked
        }

        func interrupt() { cpolling_ring(bell) }

        func inputHasCome() { conversation.thread.async {} }

        func clientHasClosed() {
            // A statement that nobody waits for is stopped.
            conversation.cancelRunning()
        }

        /// Ends the connection, from either side. On the conversation's thread.
        func end() {
            guard !hasEnded else { return }
            hasEnded = true
            if let token { watch.remove(socket.descriptor, token) }
            conversation.thread.setAttendant(nil)
            shutdown(socket.descriptor, Int32(SHUT_WR))
            onEnd()
        }

        /// Sends all of the bytes, waiting for the client as long as it takes some from time to time.
        func send(_ bytes: UnsafeRawBufferPointer, timeout: Duration) throws(EngineError) {
            var bytes = bytes
            var deadline: ContinuousClock.Instant?
            while true {
                let written = hasEnded ? 0 : socket.write(bytes)
                if written == bytes.count { return }
                bytes = UnsafeRawBufferPointer(rebasing: bytes[written...])
                if hasEnded || (written == 0 && socket.isBroken) {
                    throw EngineError(code: "BL_CONNECTION_LOST", message: "the client has closed the connection")
                }
                let now = ContinuousClock.now
                if written > 0 || deadline == nil { deadline = now + timeout }
                if let deadline, now >= deadline { throw EngineError(code: "BL_TIMEOUT", message: "the client has not read its results for \(timeout)") }
                _ = socket.waitForRoom(milliseconds: 1_000)
            }
        }
    }
#endif
