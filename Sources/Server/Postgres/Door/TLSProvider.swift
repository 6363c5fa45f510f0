import NIOCore
import NIOSSL

/// Puts TLS into a connection's pipeline.
struct TLSProvider: Sendable {
    private let context: NIOSSLContext

    init(_ context: NIOSSLContext) { self.context = context }

    /// To be called on the channel's event loop.
    func addHandler(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context), position: .first)
    }
}
