import Branching
import Synchronization

/// The session whose statement can be stopped from another thread, once there is one.
final class CancelSlot: Sendable {
    private let handle = Mutex<StatementSession.CancelHandle?>(nil)

    func set(_ next: StatementSession.CancelHandle?) { handle.withLock { $0 = next } }
    func cancel() { handle.withLock { $0 }?.cancel() }
}
