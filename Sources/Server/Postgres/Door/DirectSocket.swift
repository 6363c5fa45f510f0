#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A second descriptor of a connection's socket, for writing from the conversation's thread. The event loop closes its own when it
/// likes; this one stays that of the same connection until nobody holds it.
final class DirectSocket: Sendable {
    private let descriptor: CInt

    /// Nil when there is no descriptor to be had.
    init?(duplicating original: CInt) {
        descriptor = dup(original)
        if descriptor < 0 { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { _ = close(descriptor) }

    /// Writes what the socket takes without waiting; how many bytes it took. A broken connection takes none: the event loop learns of it.
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
}
