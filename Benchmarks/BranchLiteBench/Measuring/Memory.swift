import Foundation

/// glibc's `malloc_trim`, which Swift's module of glibc leaves out: gives freed memory back to the system.
private let trim: (@convention(c) (Int) -> Int32)? = dlsym(nil, "malloc_trim").map { unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self) }

/// Bytes of anonymous memory that the process has resident: its heap, without mapped files. What was freed is given back first.
func residentHeapBytes() throws -> Int {
    _ = trim?(0)
    let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("RssAnon:") }),
        let kib = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { throw BenchError(description: "/proc/self/status has no RssAnon") }
    return kib << 10
}
