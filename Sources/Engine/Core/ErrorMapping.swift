import CSQLite
import PageStore

extension EngineError {
    /// An error of the store under its own code; names of branches are their hexadecimal ids here.
    public init(_ error: StoreError) {
        let code: String
        var hint = error.hint
        switch error {
        case .noSuchBranch:
            code = EngineErrorCode.branchGone
            hint = hint ?? "the branch was discarded; switch to another one"
        case .writerBusy:
            code = EngineErrorCode.busy
            hint = hint ?? "another transaction is writing this branch; try again"
        case .staleHead:
            code = EngineErrorCode.staleSnapshot
            hint = hint ?? "the branch was written since this transaction first read it; run the transaction again"
        case .readOnly: code = EngineErrorCode.readOnly
        default: code = error.code
        }
        self.init(code: code, message: error.message, hint: hint)
    }

    /// The error of a failed SQLite call, under a stable code.
    ///
    /// - Parameters:
    ///   - result: what the call returned; the extended code is taken from the connection.
    ///   - database: the connection the call was made on.
    init(result: Int32, database: OpaquePointer?) {
        var extended = result
        var text = sqlite3_errstr(result).map { String(cString: $0) } ?? "unknown error"
        var offset: Int?
        if let database, result & 0xff == sqlite3_errcode(database) & 0xff || result == SQLITE_ERROR {
            extended = sqlite3_extended_errcode(database)
            if let message = sqlite3_errmsg(database) { text = String(cString: message) }
            let position = sqlite3_error_offset(database)
            if position >= 0 { offset = Int(position) }
        }
        self.init(sqliteCode: extended, text: text, offset: offset)
    }

    /// Maps SQLite's code and message. Separate from the connection so that it can be tested with any message.
    init(sqliteCode: Int32, text: String, offset: Int? = nil) {
        if let (code, message) = EngineError.splitCode(text) {
            self.init(code: code, sqliteCode: sqliteCode, message: message, sqlOffset: offset)
            return
        }
        self.init(code: EngineErrorCode.sql, sqliteCode: sqliteCode, message: text, sqlOffset: offset)
        switch sqliteCode & 0xff {
        case SQLITE_CONSTRAINT: readConstraint(text)
        case SQLITE_BUSY, SQLITE_LOCKED:
            code = EngineErrorCode.busy
        case SQLITE_INTERRUPT: code = EngineErrorCode.interrupted
        case SQLITE_FULL: code = EngineErrorCode.diskFull
        case SQLITE_IOERR, SQLITE_CANTOPEN: code = EngineErrorCode.io
        case SQLITE_CORRUPT: code = EngineErrorCode.corrupt
        case SQLITE_NOTADB: code = EngineErrorCode.notADatabase
        case SQLITE_READONLY: code = EngineErrorCode.readOnly
        case SQLITE_TOOBIG: code = EngineErrorCode.tooBig
        case SQLITE_NOMEM: code = EngineErrorCode.outOfMemory
        case SQLITE_AUTH: code = EngineErrorCode.denied
        case SQLITE_MISMATCH: code = EngineErrorCode.typeMismatch
        case SQLITE_MISUSE: code = EngineErrorCode.internalError
        case SQLITE_ERROR: readStatementError(text)
        default: break
        }
    }

    /// Runtime functions raise `BL_CODE: sentence`.
    private static func splitCode(_ text: String) -> (code: String, message: String)? {
        guard text.hasPrefix("BL_"), let colon = text.firstIndex(of: ":") else { return nil }
        let code = text[..<colon]
        guard code.utf8.allSatisfy({ ($0 >= 65 && $0 <= 90) || ($0 >= 48 && $0 <= 57) || $0 == 95 }) else { return nil }
        let message = text[text.index(after: colon)...].drop { $0 == " " }
        return (String(code), String(message))
    }

    /// `UNIQUE constraint failed: users.email, users.name`, `CHECK constraint failed: positive_price`, …
    private mutating func readConstraint(_ text: String) {
        let subject = text.firstRange(of: " failed: ").map { String(text[$0.upperBound...]) }
        switch sqliteCode {
        case SQLITE_CONSTRAINT | (8 << 8): code = EngineErrorCode.unique
        case SQLITE_CONSTRAINT | (6 << 8), SQLITE_CONSTRAINT | (10 << 8): code = EngineErrorCode.primaryKey
        case SQLITE_CONSTRAINT | (5 << 8): code = EngineErrorCode.notNull
        case SQLITE_CONSTRAINT | (1 << 8): code = EngineErrorCode.check
        case SQLITE_CONSTRAINT | (3 << 8): code = EngineErrorCode.foreignKey
        case SQLITE_CONSTRAINT | (7 << 8): code = EngineErrorCode.trigger
        case SQLITE_CONSTRAINT | (12 << 8): code = EngineErrorCode.typeMismatch
        default: code = EngineErrorCode.constraint
        }
        guard let subject else {
            // STRICT tables: "cannot store TEXT value in INTEGER column users.age"
            if sqliteCode == SQLITE_CONSTRAINT | (12 << 8), let range = text.ranges(of: " column ").last {
                setColumns(String(text[range.upperBound...]))
            }
            return
        }
        switch code {
        case EngineErrorCode.unique, EngineErrorCode.primaryKey, EngineErrorCode.notNull:
            if subject.hasPrefix("index '"), subject.hasSuffix("'") {
                constraint = String(subject.dropFirst("index '".count).dropLast())
            } else {
                setColumns(subject)
            }
        case EngineErrorCode.check, EngineErrorCode.constraint: constraint = subject
        default: break
        }
    }

    /// `users.email, users.name`: SQLite does not quote these names, so a name with a dot stays with the table.
    private mutating func setColumns(_ list: String) {
        var columns: [String] = []
        for part in list.split(separator: ", ") {
            guard let dot = part.lastIndex(of: ".") else { continue }
            table = table ?? String(part[..<dot])
            columns.append(String(part[part.index(after: dot)...]))
        }
        if !columns.isEmpty { column = columns.joined(separator: ", ") }
    }

    private mutating func readStatementError(_ text: String) {
        func subject(after prefix: String) -> String? {
            text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
        }
        if let name = subject(after: "no such table: ") ?? subject(after: "no such view: ") {
            code = EngineErrorCode.noSuchTable
            table = name
        } else if let name = subject(after: "no such column: ") {
            code = EngineErrorCode.noSuchColumn
            column = name
        } else if subject(after: "no such function: ") != nil {
            code = EngineErrorCode.noSuchFunction
        } else if let name = subject(after: "ambiguous column name: ") {
            code = EngineErrorCode.ambiguousColumn
            column = name
        } else if text.hasSuffix("already exists") || text.contains("there is already ") {
            code = EngineErrorCode.alreadyExists
        } else if text.hasSuffix(": syntax error") || text == "incomplete input" || text.hasPrefix("unrecognized token") {
            code = EngineErrorCode.parseError
        } else if let name = subject(after: "no such savepoint: ") {
            code = EngineErrorCode.noSuchSavepoint
            constraint = name
        } else if text.hasPrefix("foreign key mismatch") {
            code = EngineErrorCode.foreignKey
        } else if text.hasPrefix("too many attached databases") {
            code = EngineErrorCode.tooManyAttached
        }
    }
}
