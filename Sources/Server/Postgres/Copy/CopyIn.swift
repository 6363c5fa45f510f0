import Branching
import Engine
import SQLDialect

/// A COPY FROM STDIN under way: data comes in pieces, rows go into the table as they are whole.
final class CopyIn {
    private let insertion: CopyInsertion
    private let format: CopyFormat
    private var lines: CopyLineReader
    private var tuples = CopyTupleReader()
    private let table: String
    private let readers: [FieldReader]
    private var isHeaderDue: Bool

    /// How the text of a column becomes a value.
    private struct FieldReader {
        enum Kind: UInt8 { case integer, text, other }
        let kind: Kind
        let type: DuckType
        let name: String
        let range: ClosedRange<Int64>
        let isNeverNull: Bool
        let isNullWhenQuoted: Bool
    }

    init(_ insertion: CopyInsertion, _ format: CopyFormat, table: String) {
        self.insertion = insertion
        self.format = format
        self.table = table
        lines = CopyLineReader(format)
        isHeaderDue = format.header != .none
        readers = insertion.types.enumerated().map { index, type in
            let name = index < insertion.columnNames.count ? insertion.columnNames[index] : ""
            let kind: FieldReader.Kind = type.integerRange != nil ? .integer : type == .varchar ? .text : .other
            return FieldReader(
                kind: kind, type: type, name: name, range: type.integerRange ?? Int64.min...Int64.max,
                isNeverNull: format.forceNotNull.contains(foldedASCII(name)), isNullWhenQuoted: format.forceNull.contains(foldedASCII(name)))
        }
    }

    var columns: Int { readers.count }
    var valueFormat: ValueFormat { format.kind == .binary ? .binary : .text }

    func receive(_ bytes: [UInt8]) throws(BranchLiteError) {
        if format.kind == .binary {
            tuples.append(bytes)
            try insertTuples()
        } else {
            lines.append(bytes)
            try insertLines(isLast: false)
        }
    }

    /// - Returns: rows inserted, all of them committed or part of the open transaction.
    func finish() throws(BranchLiteError) -> Int {
        do throws(BranchLiteError) {
            if format.kind == .binary { try tuples.finish() } else { try insertLines(isLast: true) }
        } catch {
            insertion.abort()
            throw error
        }
        return try insertion.finish()
    }

    func abort() { insertion.abort() }

    // MARK: - Lines

    private func insertLines(isLast: Bool) throws(BranchLiteError) {
        while try lines.next(isLast: isLast) {
            if isHeaderDue {
                isHeaderDue = false
                if format.header == .match { try matchHeader() }
                continue
            }
            let fields = lines.fields
            guard fields.count == readers.count else { throw wrongCount(fields) }
            let bytes = lines.bytes
            var problem: BranchLiteError?
            do throws(BranchLiteError) {
                try insertion.insert { statement throws(EngineError) in
                    for index in readers.indices {
                        if !bind(fields[index], bytes, index, to: statement) {
                            problem = malformed(fields[index], bytes, index)
                            throw EngineError(code: "BL_CONVERSION", message: "")
                        }
                    }
                }
            } catch {
                throw problem ?? located(error)
            }
        }
    }

    /// Binds one field; false when it is no value of its column's type.
    @inline(__always)
    private func bind(_ field: CopyLineReader.Field, _ bytes: [UInt8], _ index: Int, to statement: PreparedStatement) -> Bool {
        bytes.withUnsafeBufferPointer { all in
            let text = UnsafeBufferPointer(rebasing: all[field.start..<field.end])
            var isNull = field.isNull
            if readers[index].isNeverNull { isNull = false }
            if readers[index].isNullWhenQuoted, text.elementsEqual(format.null) { isNull = true }
            if isNull { return (try? statement.bind(.null, at: index + 1)) != nil }
            switch readers[index].kind {
            case .integer:
                if let value = CopyIn.integer(text) {
                    guard readers[index].range.contains(value) else { return false }
                    return (try? statement.bind(value, at: index + 1)) != nil
                }
            case .text: return (try? statement.bind(borrowing: text, at: index + 1)) ?? false
            case .other: break
            }
            guard let value = ParameterDecoder.text(text, as: readers[index].type) else { return false }
            return (try? statement.bind(value.stored, at: index + 1)) != nil
        }
    }

    /// Plain digits with an optional sign; nil for anything else.
    @inline(__always)
    private static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int64? {
        var index = 0
        let isNegative = text.count > 1 && text[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        guard text.count > index, text.count - index <= 18 else { return nil }
        var value: Int64 = 0
        while index < text.count {
            let digit = text[index] &- 48
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int64(digit)
            index += 1
        }
        return isNegative ? -value : value
    }

    private func matchHeader() throws(BranchLiteError) {
        let names = lines.fields.map { String(decoding: lines.bytes[$0.start..<$0.end], as: UTF8.self) }
        guard names.count == readers.count else { throw wrongCount(lines.fields) }
        for (name, reader) in zip(names, readers) where name != reader.name {
            throw BranchLiteError("BL_COPY_FORMAT", "column name mismatch in header line: got \"\(name)\", expected \"\(reader.name)\" (COPY \(table), line 1)")
        }
    }

    private func wrongCount(_ fields: [CopyLineReader.Field]) -> BranchLiteError {
        let place = "(COPY \(table), line \(lines.line))"
        if fields.count > readers.count { return BranchLiteError("BL_COPY_FORMAT", "extra data after last expected column \(place)") }
        return BranchLiteError("BL_COPY_FORMAT", "missing data for column \"\(readers[fields.count].name)\" \(place)")
    }

    private func malformed(_ field: CopyLineReader.Field, _ bytes: [UInt8], _ index: Int) -> BranchLiteError {
        let text = String(decoding: bytes[field.start..<min(field.end, field.start + 80)], as: UTF8.self)
        return BranchLiteError(
            "BL_CONVERSION",
            "invalid input for type \(readers[index].type.name): \"\(text)\" (COPY \(table), line \(lines.line), column \(readers[index].name))",
            details: ["table": .string(table), "column_name": .string(readers[index].name)])
    }

    private func located(_ error: BranchLiteError) -> BranchLiteError {
        let line = format.kind == .binary ? tuples.row : lines.line
        return BranchLiteError(error.code, "\(error.message) (COPY \(table), line \(line))", hint: error.hint, details: error.details)
    }

    // MARK: - Binary

    private func insertTuples() throws(BranchLiteError) {
        while let fields = try tuples.next() {
            guard fields.count == readers.count else {
                throw BranchLiteError("BL_COPY_FORMAT", "row field count is \(fields.count), expected \(readers.count) (COPY \(table), line \(tuples.row))")
            }
            var values: [SQLiteValue] = []
            for (index, field) in fields.enumerated() {
                guard let field else {
                    values.append(.null)
                    continue
                }
                guard let value = field.withUnsafeBufferPointer({ ParameterDecoder.binary($0, as: readers[index].type) }) else {
                    throw BranchLiteError(
                        "BL_BINARY_FORMAT", "incorrect binary data format for type \(readers[index].type.name) (COPY \(table), line \(tuples.row), column \(readers[index].name))")
                }
                values.append(value.stored)
            }
            do throws(BranchLiteError) {
                try insertion.insert { statement throws(EngineError) in
                    for (index, value) in values.enumerated() { try statement.bind(value, at: index + 1) }
                }
            } catch {
                throw located(error)
            }
        }
    }
}

/// Parts the data of COPY in binary format into tuples.
struct CopyTupleReader {
    private static let signature: [UInt8] = Array("PGCOPY\n".utf8) + [0xff, 13, 10, 0]

    private var bytes: [UInt8] = []
    private var position = 0
    private var hasHeader = false
    private var hasTrailer = false
    private(set) var row = 0

    mutating func append(_ more: [UInt8]) {
        bytes.removeSubrange(..<position)
        position = 0
        bytes.append(contentsOf: more)
    }

    private func int32(at offset: Int) -> Int {
        Int(Int32(bitPattern: bytes[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }))
    }

    /// The fields of the next tuple, nil when more data is needed or the trailer has come.
    mutating func next() throws(BranchLiteError) -> [ArraySlice<UInt8>?]? {
        if !hasHeader {
            guard bytes.count - position >= 19 else { return nil }
            guard Array(bytes[position..<position + 11]) == CopyTupleReader.signature else {
                throw BranchLiteError("BL_COPY_FORMAT", "COPY file signature not recognized")
            }
            let extra = int32(at: position + 15)
            guard extra >= 0 else { throw BranchLiteError("BL_COPY_FORMAT", "invalid COPY file header (wrong length)") }
            guard bytes.count - position >= 19 + extra else { return nil }
            position += 19 + extra
            hasHeader = true
        }
        guard !hasTrailer, bytes.count - position >= 2 else { return nil }
        let count = Int(Int16(bitPattern: UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])))
        if count == -1 {
            hasTrailer = true
            position += 2
            return nil
        }
        guard count >= 0 else { throw BranchLiteError("BL_COPY_FORMAT", "invalid field count \(count) in COPY data") }
        var fields: [ArraySlice<UInt8>?] = []
        var index = position + 2
        for _ in 0..<count {
            guard bytes.count - index >= 4 else { return nil }
            let length = int32(at: index)
            index += 4
            if length == -1 {
                fields.append(nil)
                continue
            }
            guard length >= 0 else { throw BranchLiteError("BL_COPY_FORMAT", "invalid field size \(length) in COPY data") }
            guard bytes.count - index >= length else { return nil }
            fields.append(bytes[index..<index + length])
            index += length
        }
        position = index
        row += 1
        return fields
    }

    /// - Throws: `BL_COPY_FORMAT` when the data ends inside a tuple.
    func finish() throws(BranchLiteError) {
        if !hasTrailer, position < bytes.count || !hasHeader { throw BranchLiteError("BL_COPY_FORMAT", "unexpected EOF in COPY data") }
    }
}
