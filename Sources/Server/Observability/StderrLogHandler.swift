import Foundation
import Logging
import Synchronization

/// How log lines look.
public enum LogFormat: String, Sendable, CaseIterable { case text, json }

/// Writes log lines to standard error, where they cannot mix with the protocol on standard output.
public struct StderrLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var logLevel: Logger.Level
    private let label: String
    private let format: LogFormat

    /// One line at a time, whichever thread it comes from.
    private static let output = Mutex(())

    public init(label: String, format: LogFormat = .text, level: Logger.Level = .info) {
        self.label = label
        self.format = format
        logLevel = level
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var merged = metadata.merging(event.metadata ?? [:]) { $1 }
        if let error = event.error { merged["error"] = "\(error)" }
        let line = Self.line(
            format: format, time: Date(), level: event.level, label: label, message: event.message.description,
            metadata: merged.mapValues(\.description))
        Self.output.withLock { _ in
            line.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let written = write(STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    if written <= 0 { break }
                    rest = rest.dropFirst(written)
                }
            }
        }
    }

    static func line(
        format: LogFormat, time: Date, level: Logger.Level, label: String, message: String, metadata: [String: String]
    ) -> [UInt8] {
        let stamp = time.formatted(.iso8601.year().month().day().timeZone(separator: .omitted).time(includingFractionalSeconds: true))
        switch format {
        case .json:
            var buffer = JSONBuffer()
            buffer.raw("{\"time\":")
            buffer.string(stamp)
            buffer.raw(",\"level\":")
            buffer.string(level.rawValue)
            buffer.raw(",\"logger\":")
            buffer.string(label)
            buffer.raw(",\"message\":")
            buffer.string(message)
            for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
                buffer.raw(",")
                buffer.string(key)
                buffer.raw(":")
                buffer.string(value)
            }
            buffer.raw("}\n")
            return buffer.bytes
        case .text:
            let facts = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            // A line break inside a message must not look like a second log line.
            let flat = (message + facts).replacingOccurrences(of: "\n", with: "\\n")
            return [UInt8]("\(stamp) \(level.rawValue) \(flat)\n".utf8)
        }
    }
}
