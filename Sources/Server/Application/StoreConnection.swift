import Branching
import Logging
import ServiceLifecycle
import Synchronization

/// A store for this process to work with: opened here, or reached through the process that owns it.
///
/// Whoever opens the store here also lets other processes work through it (unless told not to), until ``close()``. When an owner goes
/// away, the store is taken over.
public final class StoreConnection: Sendable {
    public let service: any BranchService
    /// True when this process owned the store from the start.
    public let isOwner: Bool
    private let shares: Shares

    /// What this process shares with others, if anything; several, where it took a store over.
    private final class Shares: Sendable {
        private let tasks = Mutex<[Task<Void, Never>]>([])

        func add(_ task: Task<Void, Never>) { tasks.withLock { $0.append(task) } }

        func end() async {
            let running = tasks.withLock { tasks in
                defer { tasks = [] }
                return tasks
            }
            for task in running {
                task.cancel()
                await task.value
            }
        }
    }

    /// The error code that says another process owns the store.
    static let lockedCode = "BL_STORE_LOCKED"
    /// How often, and how far apart, opening is tried while the owner is just starting or just ending.
    private static let attempts = 20
    private static let pause: Duration = .milliseconds(100)

    private init(service: any BranchService, isOwner: Bool, shares: Shares) {
        self.service = service
        self.isOwner = isOwner
        self.shares = shares
    }

    public typealias Opener = @Sendable () async throws(BranchLiteError) -> any BranchService

    /// - Parameters:
    ///   - shares: listen for other processes when the store is opened here.
    ///   - opening: opens the store in this process; called again when the store's owner has gone away.
    /// - Throws: what `opening` throws; `BL_STORE_LOCKED` when an owner holds the store and does not answer on its socket.
    public static func open(
        storePath: String, shares: Bool = true, logger: Logger, opening: @escaping Opener
    ) async throws(BranchLiteError) -> StoreConnection {
        let sharing = Shares()
        let isShared = shares && storePath != ServerOptions.memoryStore
        let reach: @Sendable () async throws(BranchLiteError) -> (service: any BranchService, isOwner: Bool) = { () async throws(BranchLiteError) in
            let reached = try await Self.reach(storePath, opening)
            if reached.isOwner, isShared { sharing.add(await Self.share(reached.service, storePath, logger)) }
            return reached
        }
        let reached = try await reach()
        guard !reached.isOwner else { return StoreConnection(service: reached.service, isOwner: true, shares: sharing) }
        let successor = SuccessorService(reached.service) { () async throws(BranchLiteError) in
            let next = try await reach()
            logger.info("the store's owner has gone away", metadata: ["owner": next.isOwner ? "this process" : "another process"])
            return next.service
        }
        return StoreConnection(service: successor, isOwner: false, shares: sharing)
    }

    private static func reach(
        _ storePath: String, _ opening: Opener
    ) async throws(BranchLiteError) -> (service: any BranchService, isOwner: Bool) {
        var attempt = 1
        while true {
            do throws(BranchLiteError) {
                return (try await opening(), true)
            } catch {
                guard error.code == lockedCode else { throw error }
                do throws(BranchLiteError) {
                    if let remote = try await RemoteService.connect(storePath: storePath) { return (remote, false) }
                } catch let connecting {
                    // An owner that ended between the connection and the greeting.
                    guard connecting.code == SuccessorService.ownerGoneCode else { throw connecting }
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
        await shares.end()
        try await service.close()
    }
}
