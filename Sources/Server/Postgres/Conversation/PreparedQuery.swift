import Branching
import SQLDialect

/// A statement that Parse has made.
final class PreparedQuery {
    /// Nil: an empty text.
    let text: StatementText?
    let source: String
    /// As the client declared them; nil where it left that open.
    let declared: [DuckType?]
    /// The oids as the client declared them, which ParameterDescription repeats.
    let declaredOIDs: [UInt32]
    let description: StatementDescription

    init(text: StatementText?, source: String, declared: [DuckType?], declaredOIDs: [UInt32], description: StatementDescription) {
        self.text = text
        self.source = source
        self.declared = declared
        self.declaredOIDs = declaredOIDs
        self.description = description
    }

    var parameterOIDs: [UInt32] {
        description.parameters.enumerated().map { index, type in
            if index < declaredOIDs.count, declaredOIDs[index] != 0, declaredOIDs[index] != PostgreSQLType.unknown.oid { return declaredOIDs[index] }
            if description.readsCatalogue, type == .list(.bigint) { return PostgreSQLType.oid.array }
            return PostgreSQLType(type).oid
        }
    }
}

/// A statement with its parameters, ready to run or running.
final class Portal {
    enum Progress {
        case ready
        /// Rows are made as they are asked for.
        case cursor(RowCursor)
        /// Rows were all made at once.
        case buffered(BufferedRows, Completion)
        case finished
    }

    let query: PreparedQuery
    let values: [TypedValue]
    let formats: [ValueFormat]
    var progress = Progress.ready
    /// `WITH HOLD`: it outlives its transaction.
    var isHeld = false
    /// Held, and its transaction has been committed.
    var hasOutlived = false
    /// Made by DECLARE.
    var isCursor = false

    init(query: PreparedQuery, values: [TypedValue], formats: [ValueFormat]) {
        self.query = query
        self.values = values
        self.formats = formats
    }

    func close() {
        if case .cursor(let cursor) = progress { cursor.close() }
        progress = .finished
    }
}
