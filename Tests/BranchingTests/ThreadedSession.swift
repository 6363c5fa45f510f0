@testable import Branching
import Engine
import SQLDialect

/// A door's session on a thread of its own, for one test.
struct ThreadedSession: @unchecked Sendable { // the session is used on its thread only
    private let session: StatementSession

    static func run(_ db: BranchLite, _ body: @escaping @Sendable (StatementSession) throws -> Void) async throws {
        let thread = EngineThread()
        let held = try ThreadedSession(
            session: db.statementSession(SessionOptions(dialect: .duckdb), thread: thread, onExpiry: {}, onIdle: {}, onClose: {}))
        try await thread.run {
            defer { held.session.close() }
            try body(held.session)
        }
    }
}

/// Keeps a result as it was handed on.
final class KeptRows: RowReceiver {
    var columns: [PortalColumn] = []
    var rows: [[TypedValue]] = []
    func begin(_ columns: [PortalColumn]) { self.columns = columns }
    func take(_ statement: PreparedStatement, hasRow: Bool) throws(EngineError) -> Bool {
        var hasRow = hasRow
        while hasRow {
            rows.append(columns.indices.map { TypedValue(stored: statement.value($0), type: columns[$0].type) })
            hasRow = try statement.step()
        }
        return true
    }
    func take(_ row: [TypedValue]) { rows.append(row) }
}

extension StatementSession {
    /// Runs every statement of a text; the number of rows that the last one changed.
    @discardableResult func execute(_ sql: String) throws -> Int {
        var affected = 0
        for text in try parse(sql) { affected = try run(text, into: KeptRows()).rowsAffected }
        return affected
    }

    func rows(_ sql: String) throws -> [[TypedValue]] {
        let kept = KeptRows()
        for text in try parse(sql) { _ = try run(text, into: kept) }
        return kept.rows
    }

    /// Rows as text, their columns joined by `|`.
    func texts(_ sql: String) throws -> [String] { try rows(sql).map { $0.map(\.text).joined(separator: "|") } }

    /// The columns of a result as they are described, and as they come with the rows.
    func columns(_ sql: String) throws -> [PortalColumn] {
        guard let text = try parse(sql).last else { return [] }
        let described = try describe(text).columns
        let kept = KeptRows()
        _ = try run(text, into: kept)
        return described == kept.columns ? kept.columns : []
    }
}
