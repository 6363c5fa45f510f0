import CSQLite
import SQLDialect

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The table-valued function `bl_rows(number)`: the rows of the catalogue (`SystemRows`) as a virtual table with the columns
/// `c0`, `c1`, …. A comparison of a column with a value finds its rows by an index, so that joins of the catalogue are quick.
enum SystemRowsModule {
    static let name = "bl_rows"

    static func register(on database: OpaquePointer) -> Int32 { sqlite3_create_module_v2(database, name, module.pointer, nil, nil) }

    /// Lives as long as the process; nothing writes to it.
    private struct Module: @unchecked Sendable {
        let pointer: UnsafePointer<sqlite3_module>
    }

    private static let module: Module = {
        let made = UnsafeMutablePointer<sqlite3_module>.allocate(capacity: 1)
        made.initialize(to: sqlite3_module())
        made.pointee.xConnect = { database, _, _, _, table, _ in SystemRowsModule.connect(database, table) }
        made.pointee.xDisconnect = { table in
            sqlite3_free(table)
            return SQLITE_OK
        }
        made.pointee.xBestIndex = { _, info in SystemRowsModule.plan(info) }
        made.pointee.xOpen = { _, cursor in
            guard let memory = sqlite3_malloc(Int32(MemoryLayout<Cursor>.size)) else { return SQLITE_NOMEM }
            let made = memory.bindMemory(to: Cursor.self, capacity: 1)
            made.initialize(to: Cursor())
            cursor?.pointee = UnsafeMutableRawPointer(made).assumingMemoryBound(to: sqlite3_vtab_cursor.self)
            return SQLITE_OK
        }
        made.pointee.xClose = { cursor in
            guard let cursor else { return SQLITE_OK }
            SystemRowsModule.cursor(cursor).deinitialize(count: 1)
            sqlite3_free(cursor)
            return SQLITE_OK
        }
        made.pointee.xFilter = { cursor, _, columns, count, values in
            guard let cursor else { return SQLITE_ERROR }
            return SystemRowsModule.filter(cursor, columns.map { String(cString: $0) } ?? "", UnsafeBufferPointer(start: values, count: Int(count)))
        }
        made.pointee.xNext = { cursor in
            if let cursor { SystemRowsModule.cursor(cursor).pointee.position += 1 }
            return SQLITE_OK
        }
        made.pointee.xEof = { cursor in
            guard let cursor else { return 1 }
            let now = SystemRowsModule.cursor(cursor)
            return now.pointee.position < now.pointee.count ? 0 : 1
        }
        made.pointee.xColumn = { cursor, context, column in
            guard let cursor, let context else { return SQLITE_ERROR }
            SystemRowsModule.cursor(cursor).pointee.give(Int(column) - 1, to: context)
            return SQLITE_OK
        }
        made.pointee.xRowid = { cursor, number in
            if let cursor { number?.pointee = Int64(SystemRowsModule.cursor(cursor).pointee.row ?? 0) }
            return SQLITE_OK
        }
        return Module(pointer: UnsafePointer(made))
    }()

    /// SQLite's part comes first, as its interface asks.
    private struct Cursor {
        var base = sqlite3_vtab_cursor()
        var rows: SystemRows?
        /// The rows that were found by a value; nil: all.
        var places: [Int]?
        var position = 0

        var count: Int { places?.count ?? rows?.rows.count ?? 0 }
        var row: Int? { position < count ? places?[position] ?? position : nil }

        func give(_ column: Int, to context: OpaquePointer) {
            guard let rows, let row, column >= 0, column < rows.rows[row].count else {
                sqlite3_result_null(context)
                return
            }
            switch rows.rows[row][column] {
            case .null: sqlite3_result_null(context)
            case .number(let number): sqlite3_result_int64(context, number)
            case .text(var text):
                text.withUTF8 { bytes in
                    bytes.withMemoryRebound(to: CChar.self) {
                        guard let start = $0.baseAddress else { return sqlite3_result_text(context, "", 0, csqlite_transient()) }
                        sqlite3_result_text64(context, start, UInt64($0.count), csqlite_transient(), UInt8(SQLITE_UTF8))
                    }
                }
            }
        }
    }

    private static func cursor(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>) -> UnsafeMutablePointer<Cursor> {
        UnsafeMutableRawPointer(cursor).assumingMemoryBound(to: Cursor.self)
    }

    private static func connect(_ database: OpaquePointer?, _ table: UnsafeMutablePointer<UnsafeMutablePointer<sqlite3_vtab>?>?) -> Int32 {
        let columns = (0..<SystemRows.maximumColumns).map { "c\($0)" }.joined(separator: ", ")
        let code = sqlite3_declare_vtab(database, "CREATE TABLE x (source HIDDEN, \(columns))")
        guard code == SQLITE_OK else { return code }
        guard let memory = sqlite3_malloc(Int32(MemoryLayout<sqlite3_vtab>.size)) else { return SQLITE_NOMEM }
        let made = memory.bindMemory(to: sqlite3_vtab.self, capacity: 1)
        made.initialize(to: sqlite3_vtab())
        table?.pointee = made
        return SQLITE_OK
    }

    /// Takes the number of the rows, and every column that a value is known for: which of them finds the fewest rows is seen
    /// when the values are there.
    private static func plan(_ info: UnsafeMutablePointer<sqlite3_index_info>?) -> Int32 {
        guard let info else { return SQLITE_ERROR }
        var taken: [Int32] = []
        var hasSource = false
        for index in 0..<Int(info.pointee.nConstraint) {
            let constraint = info.pointee.aConstraint[index]
            guard Int32(constraint.op) == SQLITE_INDEX_CONSTRAINT_EQ else { continue }
            if constraint.iColumn == 0 {
                // Without its rows there is nothing to read: another order of the tables has to be found.
                guard constraint.usable != 0 else { return SQLITE_CONSTRAINT }
                info.pointee.aConstraintUsage[index].argvIndex = 1
                info.pointee.aConstraintUsage[index].omit = 1
                hasSource = true
            } else if constraint.iColumn > 0, constraint.usable != 0, isExact(info, Int32(index)) {
                taken.append(constraint.iColumn - 1)
                info.pointee.aConstraintUsage[index].argvIndex = Int32(taken.count + 1)
            }
        }
        guard hasSource else { return SQLITE_CONSTRAINT }
        if !taken.isEmpty {
            let text = taken.map(String.init).joined(separator: ",")
            guard let memory = copy(text) else { return SQLITE_NOMEM }
            info.pointee.idxStr = memory
            info.pointee.needToFreeIdxStr = 1
        }
        info.pointee.estimatedRows = taken.isEmpty ? wholeTable : rowsOfAValue
        info.pointee.estimatedCost = Double(info.pointee.estimatedRows) * (taken.isEmpty ? 1 : 1 + 1 / Double(taken.count))
        return SQLITE_OK
    }

    /// What a table of the catalogue has about, for the planner.
    private static let wholeTable: Int64 = 2000
    private static let rowsOfAValue: Int64 = 4

    /// Texts are equal when their bytes are: not under another collation.
    private static func isExact(_ info: UnsafeMutablePointer<sqlite3_index_info>, _ index: Int32) -> Bool {
        guard let collation = sqlite3_vtab_collation(info, index) else { return true }
        return strcasecmp(collation, "BINARY") == 0
    }

    private static func copy(_ text: String) -> UnsafeMutablePointer<CChar>? {
        let bytes = Array(text.utf8CString)
        guard let memory = sqlite3_malloc(Int32(bytes.count)) else { return nil }
        let made = memory.bindMemory(to: CChar.self, capacity: bytes.count)
        made.initialize(from: bytes, count: bytes.count)
        return made
    }

    private static func filter(_ cursor: UnsafeMutablePointer<sqlite3_vtab_cursor>, _ columns: String, _ values: UnsafeBufferPointer<OpaquePointer?>) -> Int32 {
        let now = SystemRowsModule.cursor(cursor)
        now.pointee.position = 0
        now.pointee.places = nil
        guard let source = values.first ?? nil, let rows = SystemRows.numbered(sqlite3_value_int64(source)) else {
            cursor.pointee.pVtab?.pointee.zErrMsg = copy("BL_CONFLICT: the schema changed while the catalogue was read")
            return SQLITE_ERROR
        }
        now.pointee.rows = rows
        for (column, value) in zip(columns.split(separator: ","), values.dropFirst()) {
            guard let column = Int(column), let value, let wanted = SystemRowsModule.value(value) else { continue }
            let places = rows.places(of: wanted, in: column)
            if now.pointee.places.map({ places.count < $0.count }) ?? true { now.pointee.places = places }
            if places.isEmpty { break }
        }
        return SQLITE_OK
    }

    /// The value as rows hold it; nil for one that only SQLite can compare.
    private static func value(_ value: OpaquePointer) -> SystemRows.Value? {
        switch sqlite3_value_type(value) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .number(sqlite3_value_int64(value))
        case SQLITE_TEXT:
            guard let text = sqlite3_value_text(value) else { return nil }
            return .text(String(decoding: UnsafeBufferPointer(start: text, count: Int(sqlite3_value_bytes(value))), as: UTF8.self))
        default: return nil
        }
    }
}
