import Foundation
import Synchronization

/// A one-line progress bar on standard error; silent where that is not a terminal.
final class ProgressBar: Sendable {
    private let title: String
    private let enabled: Bool
    /// Last drawn per mille, so that the terminal is written only when something moves.
    private let drawn = Mutex<Int>(-1)
    static let barCells = 30

    init(_ title: String) {
        self.title = title
        enabled = Terminal.standardErrorIsTerminal
    }

    /// `fraction` from 0 to 1.
    func update(_ fraction: Double) {
        guard enabled else { return }
        let mille = Int(min(max(fraction, 0), 1) * 1000)
        let moved = drawn.withLock { last in
            if last == mille { return false }
            last = mille
            return true
        }
        guard moved else { return }
        let full = mille * Self.barCells / 1000
        let bar = String(repeating: "█", count: full) + String(repeating: "░", count: Self.barCells - full)
        FileHandle.standardError.write(Data("\r\(title) \(bar) \(mille / 10)%".utf8))
    }

    func finish() {
        guard enabled else { return }
        FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    }
}
