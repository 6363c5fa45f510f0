import Foundation
import Synchronization

/// Reads lines from a file descriptor on a thread of its own: reading blocks, and must block nobody else.
enum LineReader {
    enum Line: Sendable, Hashable {
        case text([UInt8])
        /// The line was longer than allowed; its bytes were thrown away.
        case tooLong
    }

    private static let chunkBytes = 64 * 1024

    static func lines(of descriptor: Int32, limit: Int) -> AsyncStream<Line> {
        let (stream, continuation) = AsyncStream.makeStream(of: Line.self)
        let thread = Thread {
            var splitter = LineSplitter(limit: limit)
            var chunk = [UInt8](repeating: 0, count: chunkBytes)
            while true {
                let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
                for line in splitter.push(chunk[..<count]) { continuation.yield(line) }
            }
            if let line = splitter.finish() { continuation.yield(line) }
            continuation.finish()
        }
        thread.name = "branchlite-stdin"
        thread.start()
        return stream
    }
}

/// Cuts a stream of bytes into lines; empty lines are left out.
struct LineSplitter {
    private let limit: Int
    private var partial: [UInt8] = []
    private var isSkipping = false

    init(limit: Int) { self.limit = limit }

    mutating func push(_ bytes: ArraySlice<UInt8>) -> [LineReader.Line] {
        var lines: [LineReader.Line] = []
        var rest = bytes
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            add(rest[..<end])
            if let line = finish() { lines.append(line) }
            rest = rest[(end + 1)...]
        }
        add(rest)
        return lines
    }

    /// The line so far, at a line break or at the end of the input.
    mutating func finish() -> LineReader.Line? {
        defer {
            partial = []
            isSkipping = false
        }
        if isSkipping { return .tooLong }
        if partial.last == UInt8(ascii: "\r") { partial.removeLast() }
        return partial.allSatisfy { $0 == 0x20 || $0 == 0x09 } ? nil : .text(partial)
    }

    private mutating func add(_ bytes: ArraySlice<UInt8>) {
        if isSkipping { return }
        if partial.count + bytes.count > limit {
            partial = []
            isSkipping = true
        } else {
            partial.append(contentsOf: bytes)
        }
    }
}

/// Writes whole lines to a file descriptor, one at a time whoever writes.
final class LineWriter: Sendable {
    private let descriptor: Int32
    private let lock = Mutex(())

    init(descriptor: Int32) { self.descriptor = descriptor }

    func write(_ message: [UInt8]) {
        lock.withLock { _ in
            var line = message
            line.append(UInt8(ascii: "\n"))
            line.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    if count < 0, errno == EINTR { continue }
                    if count <= 0 { return }
                    rest = rest.dropFirst(count)
                }
            }
        }
    }
}
