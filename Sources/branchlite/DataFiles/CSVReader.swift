import Foundation

/// A file that does not read as what it says it is.
struct DataFileError: Error, CustomStringConvertible {
    var description: String
}

/// Reads CSV (RFC 4180: quotes, doubled quotes, line breaks inside quotes; CRLF or LF) record by record from a file,
/// with memory bounded by the chunk and the longest record.
final class CSVReader {
    /// A record longer than this is an error: a stray quote would otherwise swallow the file.
    static let longestRecordBytes = 16 << 20
    private static let chunkBytes = 1 << 20

    let delimiter: UInt8
    private let handle: FileHandle
    private var chunk: [UInt8] = []
    private var position = 0
    private(set) var bytesRead: UInt64 = 0
    /// Line on which the record last returned begins; 1-based.
    private(set) var line = 0
    private var nextLine = 1
    private let path: String

    /// One field: its text, and whether it was quoted (a quoted empty field is an empty string, a bare one is NULL).
    struct Field {
        var text: String
        var quoted: Bool
    }

    init(path: String, delimiter: UInt8) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else { throw DataFileError(description: "cannot read \(path)") }
        self.handle = handle
        self.delimiter = delimiter
        self.path = path
        try fill()
        if chunk.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    private func fill() throws {
        let data = try handle.read(upToCount: Self.chunkBytes) ?? Data()
        chunk = [UInt8](data)
        position = 0
        bytesRead += UInt64(data.count)
    }

    private func nextByte() throws -> UInt8? {
        if position == chunk.count {
            guard !chunk.isEmpty else { return nil }
            try fill()
            if chunk.isEmpty { return nil }
        }
        defer { position += 1 }
        return chunk[position]
    }

    private func peekByte() throws -> UInt8? {
        if position == chunk.count {
            guard !chunk.isEmpty else { return nil }
            try fill()
            if chunk.isEmpty { return nil }
        }
        return chunk[position]
    }

    /// The next record, or nil at the end of the file. Blank lines are passed over.
    func next() throws -> [Field]? {
        while true {
            var fields: [Field] = []
            var field: [UInt8] = []
            var quoted = false
            var inQuotes = false
            var any = false
            var size = 0
            line = nextLine
            while let byte = try nextByte() {
                size += 1
                if size > Self.longestRecordBytes {
                    throw DataFileError(description: "\(path):\(line): a record of more than \(Self.longestRecordBytes >> 20) MB; is a quote not closed?")
                }
                if inQuotes {
                    if byte == UInt8(ascii: "\"") {
                        if try peekByte() == UInt8(ascii: "\"") {
                            position += 1
                            field.append(byte)
                        } else {
                            inQuotes = false
                        }
                    } else {
                        if byte == UInt8(ascii: "\n") { nextLine += 1 }
                        field.append(byte)
                    }
                    continue
                }
                switch byte {
                case UInt8(ascii: "\"") where field.isEmpty && !quoted:
                    inQuotes = true
                    quoted = true
                    any = true
                case delimiter:
                    fields.append(Field(text: String(decoding: field, as: UTF8.self), quoted: quoted))
                    field.removeAll(keepingCapacity: true)
                    quoted = false
                    any = true
                case UInt8(ascii: "\r") where try peekByte() == UInt8(ascii: "\n"):
                    continue
                case UInt8(ascii: "\n"):
                    nextLine += 1
                    guard any || !field.isEmpty else {
                        line = nextLine
                        continue
                    }
                    fields.append(Field(text: String(decoding: field, as: UTF8.self), quoted: quoted))
                    return fields
                default:
                    field.append(byte)
                    any = true
                }
            }
            if inQuotes { throw DataFileError(description: "\(path):\(line): a quoted field is not closed before the end of the file") }
            guard any || !field.isEmpty else { return nil }
            fields.append(Field(text: String(decoding: field, as: UTF8.self), quoted: quoted))
            return fields
        }
    }
}

/// Finds the delimiter of a CSV file: the one of `,` tab `;` `|` that splits the first lines most evenly into most columns.
func sniffDelimiter(path: String) throws -> UInt8 {
    let sampleLines = 20
    var best = (delimiter: UInt8(ascii: ","), columns: 1)
    for candidate in [UInt8(ascii: ","), UInt8(ascii: "\t"), UInt8(ascii: ";"), UInt8(ascii: "|")] {
        let reader = try CSVReader(path: path, delimiter: candidate)
        var widths: Set<Int> = []
        var lines = 0
        while lines < sampleLines, let record = try? reader.next() {
            widths.insert(record.count)
            lines += 1
        }
        if widths.count == 1, let columns = widths.first, columns > best.columns { best = (candidate, columns) }
    }
    return best.delimiter
}
