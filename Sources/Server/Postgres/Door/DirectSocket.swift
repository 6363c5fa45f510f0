#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A second descriptor of a connection's socket, which never waits by itself, for the conversation's thread. The event loop closes its own
/// when it likes; this one stays that of the same connection until nobody holds it.
final class DirectSocket: Sendable {
    let descriptor: CInt

    /// Nil when there is no descriptor to be had.
    init?(duplicating original: CInt) {
        descriptor = dup(original)
        if descriptor < 0 { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { _ = close(descriptor) }

    /// Writes what the socket takes without waiting; how many bytes it took. A broken connection takes none: who reads it learns of it.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        var written = 0
        while written < bytes.count {
            #if canImport(Darwin)
                let count = send(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written, 0)
            #else
                let count = send(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written, Int32(MSG_NOSIGNAL))
            #endif
            if count > 0 {
                written += count
            } else if count < 0, errno == EINTR {
                continue
            } else {
                break
            }
        }
        return written
    }

    enum Reading {
        case bytes(Int)
        case nothingYet
        /// The client has closed, or the connection is broken.
        case end
    }

    /// Reads what has come, without waiting.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Reading {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .nothingYet
            default: return .end
            }
        }
    }

    /// Waits until the socket takes bytes again or the client is gone.
    /// - Returns: false when neither has come for so long.
    func waitForRoom(milliseconds: CInt) -> Bool {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&wanted, 1, milliseconds) != 0
    }

    /// Nothing more can be sent. A client that has only closed its own side may still read.
    var isBroken: Bool {
        var state = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&state, 1, 0) > 0 && Int32(state.revents) & (POLLERR | POLLHUP) != 0
    }
}
