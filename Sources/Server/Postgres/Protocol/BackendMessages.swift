/// What the server sends (https://www.postgresql.org/docs/15/protocol-message-formats.html).
extension OutputBuffer {
    private func message(_ type: UInt8, _ body: () -> Void = {}) {
        let start = beginMessage(type)
        body()
        endMessage(start)
    }

    // MARK: Beginning

    func authentication(_ request: AuthenticationRequest) { message(UInt8(ascii: "R")) { append(request.body) } }

    func parameterStatus(_ name: String, _ value: String) {
        message(UInt8(ascii: "S")) {
            append(terminated: name)
            append(terminated: value)
        }
    }

    func backendKeyData(_ key: CancelKey) {
        message(UInt8(ascii: "K")) {
            append(int32: key.processID)
            append(int32: key.secret)
        }
    }

    /// The newest minor version there is, and the options that are not known.
    func negotiateProtocolVersion(minor: Int32, unknown: [String]) {
        message(UInt8(ascii: "v")) {
            append(int32: minor)
            append(int32: Int32(clamping: unknown.count))
            for name in unknown { append(terminated: name) }
        }
    }

    // MARK: Answers

    func readyForQuery(_ status: TransactionStatus) { message(UInt8(ascii: "Z")) { append(status.rawValue) } }
    func parseComplete() { message(UInt8(ascii: "1")) }
    func bindComplete() { message(UInt8(ascii: "2")) }
    func closeComplete() { message(UInt8(ascii: "3")) }
    func noData() { message(UInt8(ascii: "n")) }
    func emptyQueryResponse() { message(UInt8(ascii: "I")) }
    func portalSuspended() { message(UInt8(ascii: "s")) }
    func commandComplete(_ tag: String) { message(UInt8(ascii: "C")) { append(terminated: tag) } }

    func parameterDescription(_ types: [UInt32]) {
        message(UInt8(ascii: "t")) {
            append(bigEndian: UInt16(truncatingIfNeeded: types.count))
            for type in types { append(bigEndian: type) }
        }
    }

    func rowDescription(_ fields: [FieldDescription]) {
        message(UInt8(ascii: "T")) {
            append(bigEndian: UInt16(truncatingIfNeeded: fields.count))
            for field in fields {
                append(terminated: field.name)
                append(bigEndian: field.table)
                append(int16: field.attribute)
                append(bigEndian: field.type)
                append(int16: field.length)
                append(int32: field.modifier)
                append(int16: field.format.rawValue)
            }
        }
    }

    // MARK: COPY

    func copyInResponse(_ format: ValueFormat, columns: Int) { copyResponse(UInt8(ascii: "G"), format, columns) }
    func copyOutResponse(_ format: ValueFormat, columns: Int) { copyResponse(UInt8(ascii: "H"), format, columns) }
    func copyDone() { message(UInt8(ascii: "c")) }

    private func copyResponse(_ type: UInt8, _ format: ValueFormat, _ columns: Int) {
        message(type) {
            append(UInt8(truncatingIfNeeded: format.rawValue))
            append(bigEndian: UInt16(truncatingIfNeeded: columns))
            for _ in 0..<columns { append(int16: format.rawValue) }
        }
    }

    // MARK: Errors and notices

    func error(_ report: ErrorReport) { fields(UInt8(ascii: "E"), report) }
    func notice(_ report: ErrorReport) { fields(UInt8(ascii: "N"), report) }

    private func fields(_ type: UInt8, _ report: ErrorReport) {
        func field(_ code: Character, _ value: String?) {
            guard let value, let byte = code.asciiValue else { return }
            append(byte)
            // A zero byte would end the field.
            append(terminated: value.utf8.contains(0) ? value.replacing("\0", with: "\u{FFFD}") : value)
        }
        message(type) {
            field("S", report.severity.rawValue)
            field("V", report.severity.rawValue)
            field("C", report.sqlState)
            field("M", report.message)
            field("D", report.detail)
            field("H", report.hint)
            field("P", report.position.map(String.init))
            field("s", report.schema)
            field("t", report.table)
            field("c", report.column)
            field("n", report.constraint)
            field("R", report.code)
            append(0)
        }
    }
}

/// A column of a row description.
struct FieldDescription: Equatable {
    var name: String
    /// The oid of its table, 0 when it is no plain column.
    var table: UInt32 = 0
    var attribute: Int16 = 0
    var type: UInt32
    var length: Int16
    var modifier: Int32
    var format: ValueFormat
}

/// The letter of ReadyForQuery.
enum TransactionStatus: UInt8 {
    case idle = 0x49 // I
    case inTransaction = 0x54 // T
    case failed = 0x45 // E
}

/// An error or a notice as it is sent.
struct ErrorReport: Equatable {
    enum Severity: String {
        case error = "ERROR", fatal = "FATAL", panic = "PANIC"
        case warning = "WARNING", notice = "NOTICE", info = "INFO", debug = "DEBUG", log = "LOG"
    }

    var severity = Severity.error
    var sqlState: String
    var message: String
    var detail: String?
    var hint: String?
    /// Characters into the statement, from 1.
    var position: Int?
    var schema: String?
    var table: String?
    var column: String?
    var constraint: String?
    /// Our own stable code (`BL_…`), sent as the routine.
    var code: String?
}
