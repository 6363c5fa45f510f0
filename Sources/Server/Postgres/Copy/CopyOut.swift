import Branching
import Engine
import SQLDialect

/// Rows of COPY … TO STDOUT as CopyData messages.
final class CopyOutRows: RowReceiver {
    private let out: OutputBuffer
    private let client: any ClientConnection
    private let format: CopyFormat
    private var types: [DuckType] = []
    private var names: [String] = []
    private var forcesQuote: [Bool] = []
    /// No byte of a number means anything in the format.
    private let hasPlainNumbers: Bool
    private var scratch: [UInt8] = []
    private(set) var count = 0
    /// The binary header stands in front of the first row, in its message, where clients that read row by row look for it.
    private var owesHeader = false

    init(out: OutputBuffer, client: any ClientConnection, format: CopyFormat) {
        self.out = out
        self.client = client
        self.format = format
        let bytes = "0123456789+-.eInfityNa".utf8
        hasPlainNumbers = !bytes.contains(format.delimiter) && (format.kind != .csv || (!bytes.contains(format.quote) && !format.null.contains { bytes.contains($0) }))
    }

    func begin(_ columns: [PortalColumn]) {
        types = columns.map(\.type)
        names = columns.map(\.name)
        forcesQuote = names.map { format.allQuoted || format.forceQuote.contains(foldedASCII($0)) }
        out.copyOutResponse(format.kind == .binary ? .binary : .text, columns: columns.count)
        if format.kind == .binary {
            owesHeader = true
        } else if format.header != .none {
            data { [self] in
                for (index, name) in names.enumerated() {
                    if index > 0 { out.append(format.delimiter) }
                    var name = name
                    name.withUTF8 { append(text: $0, forced: false) }
                }
                out.append(10)
            }
        }
    }

    private func appendHeader() {
        guard owesHeader else { return }
        owesHeader = false
        out.append("PGCOPY\n")
        for byte: UInt8 in [0xff, 13, 10, 0] { out.append(byte) }
        out.append(int64: 0)
    }

    private func beginRow() -> Int {
        let start = out.beginMessage(UInt8(ascii: "d"))
        appendHeader()
        if format.kind == .binary { out.append(bigEndian: UInt16(truncatingIfNeeded: types.count)) }
        return start
    }

    private func data(_ body: () -> Void) {
        let start = out.beginMessage(UInt8(ascii: "d"))
        body()
        out.endMessage(start)
    }

    func take(_ statement: PreparedStatement, hasRow: Bool) throws(EngineError) -> Bool {
        var hasRow = hasRow
        while hasRow {
            let start = beginRow()
            for index in types.indices { try append(statement, index, messageStart: start) }
            if format.kind != .binary { out.append(10) }
            out.endMessage(start)
            count &+= 1
            if out.count >= Flushing.threshold { try flush() }
            hasRow = try statement.step()
        }
        return true
    }

    func take(_ row: [TypedValue]) throws(EngineError) {
        let start = beginRow()
        for (index, value) in row.enumerated() where index < types.count { try append(value, index, messageStart: start) }
        if format.kind != .binary { out.append(10) }
        out.endMessage(start)
        count += 1
    }

    /// The end of the data.
    func finish() {
        if format.kind == .binary {
            data {
                appendHeader()
                out.append(int16: -1)
            }
        }
        out.copyDone()
    }

    private func append(_ statement: PreparedStatement, _ index: Int, messageStart: Int) throws(EngineError) {
        let storage = statement.storageClass(index)
        if format.kind != .binary {
            switch (storage, types[index]) {
            case (StorageClass.text, .varchar), (StorageClass.text, .json):
                if index > 0 { out.append(format.delimiter) }
                statement.withTextBytes(index) { append(text: $0, forced: forcesQuote[index]) }
                return
            case (StorageClass.integer, let type) where hasPlainNumbers && type.integerRange != nil && !forcesQuote[index]:
                if index > 0 { out.append(format.delimiter) }
                out.append(decimal: statement.integer(index))
                return
            case (StorageClass.real, .double) where hasPlainNumbers && !forcesQuote[index]:
                if index > 0 { out.append(format.delimiter) }
                out.append(number: statement.real(index))
                return
            default: break
            }
        }
        try append(Value(stored: statement.value(index), type: types[index]), index, messageStart: messageStart)
    }

    private func append(_ value: Value, _ index: Int, messageStart: Int) throws(EngineError) {
        if format.kind == .binary {
            if value.isNull {
                out.append(int32: -1)
                return
            }
            scratch.removeAll(keepingCapacity: true)
            guard BinaryFormat.append(value, as: types[index], to: &scratch) else {
                out.truncate(to: messageStart - 1)
                throw EngineError(
                    code: "BL_CONVERSION", message: "the value '\(value.text)' of column '\(names[index])' is no \(types[index].name) and cannot be sent in binary")
            }
            out.append(int32: Int32(truncatingIfNeeded: scratch.count))
            out.append(scratch)
            return
        }
        if index > 0 { out.append(format.delimiter) }
        if value.isNull {
            out.append(format.null)
            return
        }
        scratch.removeAll(keepingCapacity: true)
        TextFormat.append(value, as: types[index], to: &scratch)
        scratch.withUnsafeBufferPointer { append(text: $0, forced: forcesQuote[index]) }
    }

    private func append(text: UnsafeBufferPointer<UInt8>, forced: Bool) {
        if format.kind == .csv { appendCSV(text, forced: forced) } else { appendEscaped(text) }
    }

    private func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        var plain = 0
        func run(to index: Int) { out.append(UnsafeBufferPointer(rebasing: text[plain..<index])) }
        for index in text.indices {
            let letter: UInt8
            switch text[index] {
            case 8: letter = UInt8(ascii: "b")
            case 9: letter = UInt8(ascii: "t")
            case 10: letter = UInt8(ascii: "n")
            case 11: letter = UInt8(ascii: "v")
            case 12: letter = UInt8(ascii: "f")
            case 13: letter = UInt8(ascii: "r")
            case UInt8(ascii: "\\"): letter = UInt8(ascii: "\\")
            case format.delimiter: letter = format.delimiter
            default: continue
            }
            run(to: index)
            out.append(UInt8(ascii: "\\"))
            out.append(letter)
            plain = index + 1
        }
        run(to: text.count)
    }

    private func appendCSV(_ text: UnsafeBufferPointer<UInt8>, forced: Bool) {
        let needsQuotes = forced || text.elementsEqual(format.null) || (text.count == 2 && text[0] == UInt8(ascii: "\\") && text[1] == UInt8(ascii: "."))
            || text.contains { $0 == format.delimiter || $0 == format.quote || $0 == 10 || $0 == 13 }
        guard needsQuotes else {
            out.append(text)
            return
        }
        out.append(format.quote)
        for byte in text {
            if byte == format.quote || byte == format.escape { out.append(format.escape) }
            out.append(byte)
        }
        out.append(format.quote)
    }

    private func flush() throws(EngineError) {
        try client.send(out.bytes)
        out.clear()
    }
}
