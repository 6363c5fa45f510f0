import Engine

/// The client's side of a conversation as the conversation needs it: the network behind it, or a test.
protocol ClientConnection: AnyObject, Sendable {
    /// The bytes go through TLS.
    var isEncrypted: Bool { get }
    /// TLS can be had.
    var offersTLS: Bool { get }
    /// The peer is on this machine.
    var isLoopback: Bool { get }
    /// The peer's address, for limits and the log.
    var address: String { get }

    /// Hands bytes over, which are copied. Waits while the client has too much to read already: that is what keeps a large
    /// result from filling the memory.
    /// - Throws: `BL_CONNECTION_LOST` when the client is gone, `BL_TIMEOUT` when it reads nothing for too long.
    func send(_ bytes: UnsafeRawBufferPointer) throws(EngineError)
    /// Sends the byte that accepts TLS and begins it.
    func startTLS()
    /// The client has been let in: from here on the connection may be read on the conversation's own thread.
    func sessionHasBegun()
    /// Closes after all that was sent has gone out.
    func close()
}
