/// A half-open range of UTF-8 offsets in the text that was parsed.
///
/// Two ranges always compare equal: positions say where a node came from, never what it is, so that
/// two trees of the same meaning are equal wherever they were written.
public struct SourceRange: Sendable, Hashable {
    /// UTF-8 offset of the first byte.
    public var start: UInt32
    /// UTF-8 offset just past the last byte.
    public var end: UInt32

    /// The range of a node that was made by a program and has no place in any text.
    public static let none = SourceRange(start: .max, end: .max)

    public init(start: UInt32, end: UInt32) {
        self.start = start
        self.end = end
    }

    init(_ start: Int, _ end: Int) {
        self.start = UInt32(truncatingIfNeeded: start)
        self.end = UInt32(truncatingIfNeeded: end)
    }

    /// Whether the range lies in a text at all.
    public var isKnown: Bool { start != .max }

    /// The offsets as array indices, or nil when the range is not in any text.
    public var offsets: Range<Int>? { isKnown && start <= end ? Int(start) ..< Int(end) : nil }

    /// The smallest range that holds both.
    public func union(_ other: SourceRange) -> SourceRange {
        if !isKnown { return other }
        if !other.isKnown { return self }
        return SourceRange(start: min(start, other.start), end: max(end, other.end))
    }

    /// The text of the range in the source it was parsed from; empty when it does not fit.
    public func text(in source: String) -> String {
        guard let offsets, offsets.upperBound <= source.utf8.count else { return "" }
        let utf8 = source.utf8
        let from = utf8.index(utf8.startIndex, offsetBy: offsets.lowerBound)
        let to = utf8.index(utf8.startIndex, offsetBy: offsets.upperBound)
        return String(source[from ..< to])
    }

    public static func == (_: SourceRange, _: SourceRange) -> Bool { true }
    public func hash(into _: inout Hasher) {}
}

/// A place in the text of a statement, as an error message names it.
public struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
    /// Offset in UTF-8 bytes from 0.
    public var utf8Offset: Int
    /// Line from 1; lines end at a line feed.
    public var line: Int
    /// Column from 1, counted in Unicode scalars.
    public var column: Int

    public init(utf8Offset: Int, line: Int, column: Int) {
        self.utf8Offset = utf8Offset
        self.line = line
        self.column = column
    }

    /// Finds line and column of an offset; an offset past the end means the end.
    public init(utf8Offset: Int, in text: String) {
        var line = 1, column = 1, offset = 0
        for byte in text.utf8 {
            if offset >= utf8Offset { break }
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
            offset += 1
        }
        self.init(utf8Offset: offset, line: line, column: column)
    }

    public var description: String { "line \(line), column \(column)" }
}

/// Whose SQL a session speaks.
public enum Dialect: String, Sendable, Hashable, CaseIterable {
    /// DuckDB's SQL, with SQLite's forms where they do not contradict it.
    case duckdb
    /// SQLite's own SQL.
    case sqlite
}
