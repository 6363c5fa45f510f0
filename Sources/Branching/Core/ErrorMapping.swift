import Engine
import PageStore
import SQLDialect

extension BranchLiteError {
    /// An error of the text, names or types of a statement.
    init(_ error: SQLError) {
        var details: [String: JSONValue] = [:]
        if let position = error.position {
            details["line"] = .integer(Int64(position.line))
            details["column"] = .integer(Int64(position.column))
            details["offset"] = .integer(Int64(position.utf8Offset))
        }
        var message = error.message
        if let position = error.position, !message.contains("line ") { message += " (\(position))" }
        // The binder knows a branch only as a qualifier that is none; everywhere else that error has this code.
        self.init(error.code == "BL_UNKNOWN_BRANCH" ? "BL_NO_SUCH_BRANCH" : error.code, message, hint: error.hint, details: details)
    }

    init(_ error: EngineError) {
        var details: [String: JSONValue] = [:]
        // A table that is made anew has its own name for the user.
        func shown(_ text: String) -> String { text.replacing(InterimName.prefix, with: "") }
        if let table = error.table { details["table"] = .string(shown(table)) }
        if let column = error.column { details["column_name"] = .string(column) }
        if let constraint = error.constraint { details["constraint"] = .string(constraint) }
        if error.sqliteCode != 0 { details["sqlite_code"] = .integer(Int64(error.sqliteCode)) }
        self.init(error.code, shown(error.message), hint: error.hint, details: details)
    }

    init(_ error: StoreError) {
        self.init(error.code, error.message)
    }

    /// Any error as one of ours; what is none of the known kinds keeps its description.
    init(any error: any Error) {
        switch error {
        case let known as BranchLiteError: self = known
        case let known as SQLError: self.init(known)
        case let known as EngineError: self.init(known)
        case let known as StoreError: self.init(known)
        case is CancellationError: self.init("BL_INTERRUPTED", "the call was cancelled")
        default: self.init("BL_INTERNAL", "unexpected error: \(error)")
        }
    }
}

/// Runs `body` and turns the store's errors into ours.
func mapStore<Answer>(_ body: () throws(StoreError) -> Answer) throws(BranchLiteError) -> Answer {
    do throws(StoreError) { return try body() } catch { throw BranchLiteError(error) }
}

func mapEngine<Answer>(_ body: () throws(EngineError) -> Answer) throws(BranchLiteError) -> Answer {
    do throws(EngineError) { return try body() } catch { throw BranchLiteError(error) }
}

func mapSQL<Answer>(_ body: () throws(SQLError) -> Answer) throws(BranchLiteError) -> Answer {
    do throws(SQLError) { return try body() } catch { throw BranchLiteError(error) }
}
