import Branching
import Logging
import ServiceLifecycle
import Synchronization

/// A store for this process to work with: opened here, or reached through the process that owns it.
///
/// Whoever opens the store here also lets other processes work through it (unless told not to), until ``close()``.
public final class StoreConnection: Sendable {
    public let service: any BranchService
    /// True when this process owns the store.
    public let isOwner: Bool
    private let sharing: Task<Void, Never>?

    /// The error code that says another process owns the store.
    static let lockedCode = "BL_STORE_LOCKED"
    /// How often, and how far apart, opening is tried while the owner is just starting or just ending.
    private static let attempts = 20
    private static let pause: Duration = .milliseconds(100)

    private init(service: any BranchService, isOwner: Bool, sharing: Task<Void, Never>?) {
        self.service = service
        self.isOwner = isOwner
        self.sharing = sharing
    }

    /// - Parameters:
    ///   - shares: listen for other processes when the store is opened here.
    ///   - opening: opens the store in this process.
    /// - Throws: what `opening` throws; `BL_STORE_LOCKED` when an owner holds the store and does not answer on its socket.
    public static func open(
        storePath: String, shares: Bool = true, logger: Logger, opening: @Sendable () async throws(BranchLiteError) -> any BranchService
    ) async throws(BranchLiteError) -> StoreConnection {
        var attempt = 1
        while true {
            do throws(BranchLiteError) {
                let service = try await opening()
                let sharing = shares && storePath != ServerOptions.memoryStore ? await share(service, storePath, logger) : nil
                return StoreConnection(service: service, isOwner: true, sharing: sharing)
            } catch {
                guard error.code == lockedCode else { throw error }
                if let remote = try await RemoteService.connect(storePath: storePath) {
                    return StoreConnection(service: remote, isOwner: false, sharing: nil)
                }
                guard attempt < attempts else { throw error }
                attempt += 1
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// Starts the socket and waits until it can be connected to. A store whose directory lets no socket be made still works alone.
    private static func share(_ service: any BranchService, _ storePath: String, _ logger: Logger) async -> Task<Void, Never> {
        await withCheckedContinuation { continuation in
            let started = Mutex<Task<Void, Never>?>(nil)
            let ready = Once { continuation.resume(returning: started.withLock { $0 } ?? Task {}) }
            started.withLock { started in
                started = Task {
                    do {
                        try await LocalSocketServer(service: service, storePath: storePath, logger: logger, grace: .zero).run(onListening: { ready.run() })
                    } catch {
                        if !(error is CancellationError) {
                            logger.warning("other processes cannot work through this one", metadata: ["reason": "\(error)"])
                        }
                    }
                    ready.run()
                }
            }
        }
    }

    /// Stops sharing and closes the store, or the connection to its owner.
    public func close() async throws(BranchLiteError) {
        if let sharing {
            sharing.cancel()
            await sharing.value
        }
        try await service.close()
    }
}
