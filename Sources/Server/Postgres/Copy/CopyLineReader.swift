import Branching

/// Parts the data of COPY in text or CSV format into rows and fields, as it comes.
///
/// Fields are places in the reader's own bytes: escapes are undone where they stand, so that a row costs no allocation.
struct CopyLineReader {
    /// A field of the current row.
    struct Field {
        var start: Int
        var end: Int
        var isNull: Bool
    }

    /// A row longer than this is an error: it is a missing quote, more likely than not.
    static let longestRow = 256 << 20

    private let format: CopyFormat
    private(set) var bytes: [UInt8] = []
    private var position = 0
    private var scanned = 0
    private var isInQuotes = false
    private(set) var fields: [Field] = []
    /// Lines begun, from 1.
    private(set) var line = 0
    /// `\.` has come: what follows is ignored.
    private(set) var isAtEnd = false

    init(_ format: CopyFormat) { self.format = format }

    mutating func append(_ more: [UInt8]) {
        if position > 0 {
            bytes.removeSubrange(..<position)
            scanned -= position
            position = 0
        }
        bytes.append(contentsOf: more)
    }

    /// Goes to the next row. False when more data is needed (or, with `isLast`, when there is none).
    mutating func next(isLast: Bool) throws(BranchLiteError) -> Bool {
        guard !isAtEnd else { return false }
        guard let end = rowEnd(isLast: isLast) else {
            if bytes.count - position > CopyLineReader.longestRow {
                throw BranchLiteError("BL_COPY_FORMAT", "a row of the COPY data is longer than \(CopyLineReader.longestRow >> 20) MB, line \(line + 1)")
            }
            return false
        }
        line += 1
        var contentEnd = end
        if contentEnd > position, bytes[contentEnd - 1] == 13 { contentEnd -= 1 }
        let start = position
        position = min(end + 1, bytes.count)
        scanned = position
        if contentEnd - start == 2, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: ".") {
            isAtEnd = true
            return false
        }
        fields.removeAll(keepingCapacity: true)
        if format.kind == .csv { try splitCSV(start, contentEnd) } else { try splitText(start, contentEnd) }
        return true
    }

    /// Where the row ends: at its newline, or at the end of the data.
    private mutating func rowEnd(isLast: Bool) -> Int? {
        let isCSV = format.kind == .csv
        let (quote, escape) = (format.quote, format.escape)
        let found: Int? = bytes.withUnsafeBufferPointer { bytes in
            var index = scanned
            while index < bytes.count {
                let byte = bytes[index]
                if isCSV {
                    if isInQuotes, byte == escape, escape != quote, index + 1 < bytes.count {
                        index += 2
                        continue
                    }
                    if isInQuotes, byte == escape, escape != quote { break }
                    if byte == quote { isInQuotes.toggle() } else if byte == 10, !isInQuotes { return index }
                } else if byte == UInt8(ascii: "\\") {
                    if index + 1 >= bytes.count { break }
                    index += 2
                    continue
                } else if byte == 10 {
                    return index
                }
                index += 1
            }
            scanned = index
            return nil
        }
        if let found { return found }
        return isLast && position < bytes.count ? bytes.count : nil
    }

    // MARK: - Text

    private mutating func splitText(_ start: Int, _ end: Int) throws(BranchLiteError) {
        let delimiter = format.delimiter
        var fieldStart = start, index = start, write = start
        var hasEscapes = false
        while true {
            if index >= end || bytes[index] == delimiter {
                let rawEnd = index
                let isNull = CopyLineReader.matches(format.null, bytes, fieldStart, rawEnd, hasEscapes: hasEscapes, raw: rawText)
                fields.append(Field(start: fieldStart, end: hasEscapes ? write : index, isNull: isNull))
                rawText = nil
                hasEscapes = false
                if index >= end { return }
                index += 1
                fieldStart = index
                write = index
                continue
            }
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\"), index + 1 < end else {
                if hasEscapes { bytes[write] = byte }
                index += 1
                write += 1
                continue
            }
            if !hasEscapes {
                hasEscapes = true
                // The NULL text is compared with what stood there before escapes were undone.
                rawText = CopyLineReader.raw(bytes, fieldStart, end, delimiter)
                write = index
            }
            index += 1
            bytes[write] = unescaped(&index, end)
            write += 1
        }
    }

    private var rawText: [UInt8]?

    /// The field as it came; only the short ones can be the NULL text.
    private static func raw(_ bytes: [UInt8], _ start: Int, _ end: Int, _ delimiter: UInt8) -> [UInt8]? {
        var result: [UInt8] = []
        var index = start
        while index < end, bytes[index] != delimiter {
            result.append(bytes[index])
            index += 1
            if result.count > 32 { return nil }
        }
        return result
    }

    private static func matches(_ null: [UInt8], _ bytes: [UInt8], _ start: Int, _ end: Int, hasEscapes: Bool, raw: [UInt8]?) -> Bool {
        if hasEscapes { return raw == null }
        guard end - start == null.count else { return false }
        for offset in null.indices where bytes[start + offset] != null[offset] { return false }
        return true
    }

    /// What a backslash and what follows it stand for; goes behind it.
    private func unescaped(_ index: inout Int, _ end: Int) -> UInt8 {
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "f"): return 12
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "v"): return 11
        case UInt8(ascii: "0")...UInt8(ascii: "7"):
            var value = Int(byte) - 48
            var digits = 1
            while digits < 3, index < end, (48...55).contains(bytes[index]) {
                value = value << 3 | (Int(bytes[index]) - 48)
                index += 1
                digits += 1
            }
            return UInt8(truncatingIfNeeded: value)
        case UInt8(ascii: "x"):
            var value: UInt8?
            var digits = 0
            while digits < 2, index < end, let digit = BinaryFormat.hexDigit(bytes[index]) {
                value = (value ?? 0) << 4 | digit
                index += 1
                digits += 1
            }
            return value ?? byte
        default: return byte
        }
    }

    // MARK: - CSV

    private mutating func splitCSV(_ start: Int, _ end: Int) throws(BranchLiteError) {
        let (delimiter, quote, escape) = (format.delimiter, format.quote, format.escape)
        var index = start
        while true {
            let fieldStart = index
            var write = index
            var isQuoted = false, inQuotes = false
            while index < end {
                let byte = bytes[index]
                if inQuotes {
                    if byte == escape, index + 1 < end, bytes[index + 1] == quote || bytes[index + 1] == escape {
                        bytes[write] = bytes[index + 1]
                        write += 1
                        index += 2
                    } else if byte == quote {
                        inQuotes = false
                        index += 1
                    } else {
                        bytes[write] = byte
                        write += 1
                        index += 1
                    }
                } else if byte == delimiter {
                    break
                } else if byte == quote {
                    inQuotes = true
                    isQuoted = true
                    index += 1
                } else {
                    bytes[write] = byte
                    write += 1
                    index += 1
                }
            }
            if inQuotes { throw BranchLiteError("BL_COPY_FORMAT", "unterminated CSV quoted field, line \(line)") }
            let isNull = !isQuoted && CopyLineReader.matches(format.null, bytes, fieldStart, write, hasEscapes: false, raw: nil)
            fields.append(Field(start: fieldStart, end: write, isNull: isNull))
            if index >= end { return }
            index += 1
        }
    }
}
