import Foundation
import Synchronization

/// glibc's `malloc_trim`, which Swift's module of glibc leaves out: gives freed memory back to the system.
private let trim: (@convention(c) (Int) -> Int32)? = dlsym(nil, "malloc_trim").map { unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self) }

/// Bytes of anonymous memory that the process has resident: its heap, without mapped files. What was freed is given back first.
func residentHeapBytes() throws -> Int {
    _ = trim?(0)
    return try anonymousBytes()
}

private func anonymousBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
        let kib = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { throw BenchError(description: "/proc/self/status has no RssAnon") }
    return kib << 10
}

/// Watches how much anonymous memory the process has at its most, from its making until it is stopped.
final class MemoryWatch: Sendable {
    private let peak = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)

    init() {
        let thread = Thread { [self] in
            while !isStopped.load(ordering: .acquiring) {
                if let now = try? MemoryWatch.resident() { peak.max(now, ordering: .relaxed) }
                usleep(5_000)
            }
        }
        thread.start()
    }

    /// Bytes at the most.
    func stop() -> Int {
        isStopped.store(true, ordering: .releasing)
        if let now = try? MemoryWatch.resident() { peak.max(now, ordering: .relaxed) }
        return peak.load(ordering: .acquiring)
    }

    private static func resident() throws -> Int { try anonymousBytes() }
}
