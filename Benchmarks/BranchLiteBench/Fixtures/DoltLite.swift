import CSQLite
import Foundation

/// DoltLite through its C API, which is SQLite's, from a library of its own beside the system's. Committed changes only: a diff and a
/// merge go between commits.
final class DoltLite {
    private typealias Open = @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<OpaquePointer?>, Int32, UnsafePointer<CChar>?) -> Int32
    private typealias Prepare = @convention(c) (
        OpaquePointer, UnsafePointer<CChar>, Int32, UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<UnsafePointer<CChar>?>?
    ) -> Int32
    private typealias OfStatement = @convention(c) (OpaquePointer?) -> Int32
    private typealias Text = @convention(c) (OpaquePointer, Int32) -> UnsafePointer<UInt8>?
    private typealias Message = @convention(c) (OpaquePointer) -> UnsafePointer<CChar>

    private let handle: OpaquePointer
    private let prepareFunction: Prepare
    private let step: OfStatement
    private let finalize: OfStatement
    private let text: Text
    private let message: Message
    private let closeFunction: OfStatement

    /// Nil where `BRANCHLITE_DOLTLITE` does not name the library (the benchmark's script sets it).
    init?(path: String) throws {
        guard let name = ProcessInfo.processInfo.environment["BRANCHLITE_DOLTLITE"], !name.isEmpty else { return nil }
        // Its symbols are SQLite's: they must neither take the place of the system's nor be taken by them.
        guard let loaded = dlopen(name, RTLD_NOW | RTLD_LOCAL | Int32(0x8)) else { throw BenchError(description: "cannot load \(name): \(String(cString: dlerror()))") }
        func symbol<Function>(_ name: String, as type: Function.Type) throws -> Function {
            guard let found = dlsym(loaded, name) else { throw BenchError(description: "DoltLite has no \(name)") }
            return unsafeBitCast(found, to: type)
        }
        let open = try symbol("sqlite3_open_v2", as: Open.self)
        prepareFunction = try symbol("sqlite3_prepare_v2", as: Prepare.self)
        step = try symbol("sqlite3_step", as: OfStatement.self)
        finalize = try symbol("sqlite3_finalize", as: OfStatement.self)
        text = try symbol("sqlite3_column_text", as: Text.self)
        message = try symbol("sqlite3_errmsg", as: Message.self)
        closeFunction = try symbol("sqlite3_close_v2", as: OfStatement.self)
        var opened: OpaquePointer?
        guard open(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil) == SQLITE_OK, let opened else { throw BenchError(description: "cannot open \(path)") }
        handle = opened
    }

    deinit { _ = closeFunction(handle) }

    /// Runs a statement to its end, reading the first column of each row; gives the rows' number and the last one's first column.
    @discardableResult
    func run(_ sql: String) throws -> (rows: Int, last: String) {
        var statement: OpaquePointer?
        guard prepareFunction(handle, sql, -1, &statement, nil) == SQLITE_OK else { throw BenchError(description: "DoltLite: \(String(cString: message(handle)))") }
        defer { _ = finalize(statement) }
        var rows = 0
        var last = ""
        while let statement {
            switch step(statement) {
            case SQLITE_ROW:
                rows += 1
                if let found = text(statement, 0) { last = String(cString: found) }
            case SQLITE_DONE: return (rows, last)
            default: throw BenchError(description: "DoltLite: \(String(cString: message(handle)))")
            }
        }
        return (rows, last)
    }

    /// Commits everything and gives the commit.
    @discardableResult
    func commit() throws -> String {
        try run("SELECT dolt_commit('-A', '-m', 'bench')")
        return try run("SELECT dolt_hashof('HEAD')").last
    }

    func checkout(_ branch: String) throws { try run("SELECT dolt_checkout('\(branch)')") }

    /// A branch of main with these changes, committed; it is checked out then.
    @discardableResult
    func branch(_ name: String, _ statements: [String]) throws -> String {
        try checkout("main")
        try run("SELECT dolt_branch('\(name)')")
        try checkout(name)
        if statements.isEmpty { return try run("SELECT dolt_hashof('HEAD')").last }
        try run("BEGIN")
        for statement in statements { try run(statement) }
        try run("COMMIT")
        return try commit()
    }

    /// The bench's table with indexes, so many rows, committed on main.
    func fill(rows: Int) throws -> String {
        try run(BenchTable.create)
        for index in BenchTable.indexes { try run(index) }
        try run("BEGIN")
        for first in stride(from: 1, through: rows, by: 1_000_000) { try run(BenchTable.fill(first: first, count: min(1_000_000, rows - first + 1))) }
        try run("COMMIT")
        return try commit()
    }
}
