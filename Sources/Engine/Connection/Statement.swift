import CSQLite

/// One prepared statement. Confined to its connection's thread.
///
/// A statement from `Connection.cachedStatement` goes back to the cache with `finish()`.
public final class Statement {
    /// The connection that prepared it. Alive while `lender` is set, which every use checks; a plain pointer,
    /// because it is followed once per row.
    unowned(unsafe) let connection: Connection
    /// Keeps the connection alive from preparation (or loan from the cache) to the end of use.
    private(set) var lender: Connection?
    let handle: OpaquePointer
    let facts: StatementFacts
    /// The SQL text SQLite was given.
    public let sql: String
    /// The number of result columns; 0 for statements without a result.
    public private(set) var columnCount: Int
    /// True when the statement cannot change any database (SQLite's `sqlite3_stmt_readonly`), or only explains itself.
    public let isReadOnly: Bool
    /// True when running it needs the branch's writer slot. Writes to temporary tables do not.
    public let writesBranch: Bool
    var isActive = false
    var isCached = false
    /// The last time this statement was taken from the cache (a counter of the connection).
    var stamp: UInt64 = 0
    var isLent: Bool { lender != nil }
    private let isControl: Bool

    init(connection: Connection, handle: OpaquePointer, facts: StatementFacts, sql: String) {
        self.connection = connection
        lender = connection
        self.handle = handle
        self.facts = facts
        self.sql = sql
        columnCount = Int(sqlite3_column_count(handle))
        isReadOnly = sqlite3_stmt_readonly(handle) != 0 || sqlite3_stmt_isexplain(handle) != 0
        writesBranch = !isReadOnly && (facts.writesBranch || !facts.writesTemporary)
        isControl = facts.transaction != nil || facts.savepoint != nil
    }

    deinit {
        reset()
        sqlite3_finalize(handle)
    }

    /// True when it reads a branch other than the connection's own.
    public var readsAttached: Bool { facts.readsAttached }
    /// True when it is `EXPLAIN` or `EXPLAIN QUERY PLAN`.
    public var isExplain: Bool { sqlite3_stmt_isexplain(handle) != 0 }
    /// True when it is BEGIN, COMMIT, ROLLBACK, SAVEPOINT or RELEASE.
    public var isTransactionControl: Bool { isControl }

    // MARK: Parameters

    /// The number of parameters (the largest index).
    public var parameterCount: Int { Int(sqlite3_bind_parameter_count(handle)) }

    /// The index of a named parameter with its sigil (`:name`), from 1.
    public func parameterIndex(_ name: String) -> Int? {
        let index = sqlite3_bind_parameter_index(handle, name)
        return index > 0 ? Int(index) : nil
    }

    /// The name of parameter `index` (from 1) with its sigil; nil for `?`.
    public func parameterName(_ index: Int) -> String? {
        sqlite3_bind_parameter_name(handle, Int32(index)).map { String(cString: $0) }
    }

    /// Binds all parameters in order. Throws `BL_PARAMETERS` when their number is not the statement's.
    public func bind(_ values: [SQLiteValue]) throws(EngineError) {
        guard values.count == parameterCount else {
            throw EngineError(
                code: EngineErrorCode.parameters,
                message: "the statement has \(parameterCount) parameters, \(values.count) were given")
        }
        var index: Int32 = 1
        for value in values {
            try bind(value, at: Int(index))
            index += 1
        }
    }

    /// Binds one parameter; `index` counts from 1.
    public func bind(_ value: SQLiteValue, at index: Int) throws(EngineError) {
        if isActive { reset() }
        let position = Int32(truncatingIfNeeded: index)
        let code: Int32
        switch value {
        case .null: code = sqlite3_bind_null(handle, position)
        case .integer(let integer): code = sqlite3_bind_int64(handle, position, integer)
        case .real(let real): code = sqlite3_bind_double(handle, position, real)
        case .text(var text):
            code = text.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text64(
                        handle, position, $0.baseAddress ?? emptyText, UInt64($0.count), csqlite_transient(),
                        UInt8(SQLITE_UTF8))
                }
            }
        case .malformedText(let bytes):
            code = bytes.withUnsafeBytes { buffer in
                buffer.withMemoryRebound(to: CChar.self) {
                    sqlite3_bind_text64(
                        handle, position, $0.baseAddress ?? emptyText, UInt64($0.count), csqlite_transient(),
                        UInt8(SQLITE_UTF8))
                }
            }
        case .blob(let bytes):
            code = bytes.withUnsafeBytes { buffer in
                buffer.count == 0
                    ? sqlite3_bind_zeroblob(handle, position, 0)
                    : sqlite3_bind_blob64(handle, position, buffer.baseAddress, UInt64(buffer.count), csqlite_transient())
            }
        }
        if code != SQLITE_OK { throw connection.error(code) }
    }

    /// Binds an integer without the detour of a value.
    @inline(__always)
    public func bind(_ value: Int64, at index: Int) throws(EngineError) {
        if isActive { reset() }
        let code = sqlite3_bind_int64(handle, Int32(truncatingIfNeeded: index), value)
        if code != SQLITE_OK { throw connection.error(code) }
    }

    /// Binds UTF-8 text without copying it: the bytes must stay where they are until the parameter is bound again or the
    /// statement has run. False, with nothing bound, when they are not UTF-8.
    @inline(__always)
    public func bind(borrowing text: UnsafeBufferPointer<UInt8>, at index: Int) throws(EngineError) -> Bool {
        if isActive { reset() }
        guard UTF8Check.isValid(text) else { return false }
        let code = (text.baseAddress ?? UnsafePointer(emptyBytes)).withMemoryRebound(to: CChar.self, capacity: text.count) {
            sqlite3_bind_text64(handle, Int32(truncatingIfNeeded: index), $0, UInt64(text.count), nil, UInt8(SQLITE_UTF8))
        }
        if code != SQLITE_OK { throw connection.error(code) }
        return true
    }

    /// Sets every parameter to NULL.
    public func clearBindings() { sqlite3_clear_bindings(handle) }

    // MARK: Running

    /// Goes to the next row. Returns false when there is none; the statement can then be run again.
    ///
    /// A writing statement with RETURNING commits at its end: run it until there are no more rows, to learn of a failure.
    ///
    /// Throws the statement's error; it has had no effect then (SQLite undoes a failed statement) unless
    /// `Connection.transaction` says that the whole transaction was rolled back.
    public func step() throws(EngineError) -> Bool {
        if !isActive {
            guard let connection = lender else {
                throw EngineError(code: EngineErrorCode.closed, message: "the statement was given back with finish()")
            }
            if isControl {
                try connection.runControl(self)
                return false
            }
            try connection.willBegin(self)
            isActive = true
            let code = sqlite3_step(handle)
            // SQLite prepares anew when the schema has changed, and `*` may then stand for other columns.
            columnCount = Int(sqlite3_column_count(handle))
            return try finishStep(code)
        }
        return try finishStep(sqlite3_step(handle))
    }

    @inline(__always)
    private func finishStep(_ code: Int32) throws(EngineError) -> Bool {
        if connection.store.isBroken { return try connection.recover(self, SQLITE_IOERR) }
        if code == SQLITE_ROW {
            if connection.hasStatementMoment { connection.releaseStatementMoment() }
            return true
        }
        if code == SQLITE_DONE {
            isActive = false
            connection.didFinish(self)
            return false
        }
        return try connection.recover(self, code)
    }

    /// Runs a statement to its end and ignores its rows.
    public func run() throws(EngineError) {
        while try step() {}
    }

    /// Ends the run and lets go of what it read; bindings stay.
    public func reset() {
        sqlite3_reset(handle)
        if isActive {
            isActive = false
            if isLent { connection.didFinish(self) }
        }
    }

    /// Ends the use of a statement from the cache: resets it, forgets its bindings and gives it back.
    public func finish() {
        reset()
        clearBindings()
        lender = nil
    }

    /// Takes the statement out of the cache for use.
    func lend(by connection: Connection) { lender = connection }

    // MARK: Result columns

    func refreshColumnCount() { columnCount = Int(sqlite3_column_count(handle)) }

    /// The name of a column, from 0.
    public func columnName(_ index: Int) -> String {
        sqlite3_column_name(handle, Int32(index)).map { String(cString: $0) } ?? ""
    }

    /// All column names.
    public var columnNames: [String] { (0..<columnCount).map(columnName) }

    /// The type a column was declared with in CREATE TABLE, where the result column is one.
    public func declaredType(_ index: Int) -> String? {
        sqlite3_column_decltype(handle, Int32(index)).map { String(cString: $0) }
    }

    /// The table column a result column is taken from, where it is one.
    public func columnOrigin(_ index: Int) -> (schema: String, table: String, column: String)? {
        let position = Int32(index)
        guard let schema = sqlite3_column_database_name(handle, position),
            let table = sqlite3_column_table_name(handle, position),
            let column = sqlite3_column_origin_name(handle, position)
        else { return nil }
        return (String(cString: schema), String(cString: table), String(cString: column))
    }

    /// The value of a column of the current row.
    public func value(_ index: Int) -> SQLiteValue {
        let position = Int32(truncatingIfNeeded: index)
        switch sqlite3_column_type(handle, position) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, position))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(handle, position))
        case SQLITE_TEXT:
            return withTextBytes(index) { bytes in
                String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .malformedText([UInt8](bytes))
            }
        case SQLITE_BLOB: return .blob(blob(index))
        default: return .null
        }
    }

    /// The current row.
    public var row: [SQLiteValue] { (0..<columnCount).map(value) }

    /// The storage class of a column of the current row: SQLITE_INTEGER, _FLOAT, _TEXT, _BLOB or _NULL.
    @inline(__always)
    public func storageClass(_ index: Int) -> Int32 { sqlite3_column_type(handle, Int32(truncatingIfNeeded: index)) }
    /// True when a column of the current row is NULL.
    @inline(__always)
    public func isNull(_ index: Int) -> Bool { storageClass(index) == SQLITE_NULL }
    /// A column as an integer (SQLite's conversion).
    @inline(__always)
    public func integer(_ index: Int) -> Int64 { sqlite3_column_int64(handle, Int32(truncatingIfNeeded: index)) }
    /// A column as a floating-point number (SQLite's conversion).
    @inline(__always)
    public func real(_ index: Int) -> Double { sqlite3_column_double(handle, Int32(truncatingIfNeeded: index)) }

    /// A column as text; bytes that are not UTF-8 are repaired.
    public func text(_ index: Int) -> String {
        withTextBytes(index) { String(decoding: $0, as: UTF8.self) }
    }

    /// A column as bytes.
    public func blob(_ index: Int) -> [UInt8] {
        let position = Int32(truncatingIfNeeded: index)
        guard let start = sqlite3_column_blob(handle, position) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, position))))
    }

    /// The UTF-8 bytes of a column, without a copy; they are good only inside `body`.
    @inline(__always)
    public func withTextBytes<Result>(_ index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let position = Int32(truncatingIfNeeded: index)
        let start = sqlite3_column_text(handle, position)
        return body(UnsafeBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(handle, position))))
    }
}

/// As `emptyText`, for bytes.
private nonisolated(unsafe) let emptyBytes: UnsafeMutablePointer<UInt8> = {
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
    bytes.pointee = 0
    return bytes
}()

/// Where an empty string points: SQLite takes a null pointer for NULL.
private nonisolated(unsafe) let emptyText: UnsafePointer<CChar> = {
    let text = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    text.pointee = 0
    return UnsafePointer(text)
}()
