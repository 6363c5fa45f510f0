import Branching
import SQLDialect

/// SQLSTATE codes for our errors (https://www.postgresql.org/docs/15/errcodes-appendix.html).
enum SQLState {
    private static let byCode: [String: String] = [
        "BL_PARSE_ERROR": "42601", "BL_NO_SUCH_TABLE": "42P01", "BL_NO_SUCH_COLUMN": "42703", "BL_NO_SUCH_FUNCTION": "42883",
        "BL_NO_SUCH_SCHEMA": "3F000", "BL_NO_SUCH_OBJECT": "42704", "BL_AMBIGUOUS_COLUMN": "42702", "BL_AMBIGUOUS_NAME": "42725",
        "BL_ALREADY_EXISTS": "42P07", "BL_TYPE_ERROR": "42804", "BL_BIND_ERROR": "42601", "BL_CONVERSION": "22P02", "BL_OUT_OF_RANGE": "22003",
        "BL_INVALID_ARGUMENT": "22023", "BL_BINARY_FORMAT": "22P03", "BL_CONSTRAINT": "23000", "BL_CONSTRAINT_UNIQUE": "23505",
        "BL_CONSTRAINT_PRIMARY_KEY": "23505", "BL_CONSTRAINT_NOT_NULL": "23502", "BL_CONSTRAINT_CHECK": "23514", "BL_CONSTRAINT_FOREIGN_KEY": "23503",
        "BL_CONSTRAINT_TRIGGER": "P0001", "BL_UNSUPPORTED": "0A000", "BL_DENIED": "42501", "BL_DENIED_STATEMENT": "42501", "BL_SCOPE": "42501",
        "BL_READ_ONLY": "25006", "BL_TRANSACTION_OPEN": "25001", "BL_NO_TRANSACTION": "25P01", "BL_TRANSACTION_ABORTED": "25P03",
        "BL_FAILED_TRANSACTION": "25P02", "BL_NO_SUCH_SAVEPOINT": "3B001", "BL_STALE_SNAPSHOT": "40001", "BL_BUSY": "55P03", "BL_WRITER_BUSY": "55P03",
        "BL_STALE_TARGET": "40001", "BL_SCHEMA_CHANGED": "40001", "BL_STALE_HEAD": "40001", "BL_STALE_RESOLUTION": "40001", "BL_INTERRUPTED": "57014",
        "BL_CANCELLED": "57014", "BL_TIMEOUT": "57014", "BL_RESULT_CHANGED": "0A000", "BL_NO_SUCH_BRANCH": "3D000", "BL_UNKNOWN_BRANCH": "3D000",
        "BL_BRANCH_GONE": "57P01", "BL_BRANCH_EXISTS": "42P04", "BL_BRANCH_IN_USE": "55006", "BL_TOO_MANY_BRANCHES": "53000",
        "BL_MAIN_BRANCH": "2BP01", "BL_BAD_NAME": "42602", "BL_RESERVED_NAME": "42939", "BL_CROSS_BRANCH_WRITE": "25006", "BL_TOO_MANY_CONNECTIONS": "53300",
        "BL_BRANCHING_DISABLED": "0A000", "BL_SHADOW_DISABLED": "0A000", "BL_BAD_SETTING": "22023", "BL_UNKNOWN_SETTING": "42704",
        "BL_BAD_ARGUMENT": "22023", "BL_UNKNOWN_ARGUMENT": "42601", "BL_PARAMETERS": "08P01", "BL_NO_SUCH_STATEMENT": "26000", "BL_NO_SUCH_CURSOR": "34000",
        "BL_NO_SUCH_VERSION": "42704", "BL_STATEMENT_TOO_LARGE": "54000", "BL_TOO_DEEP": "54001", "BL_TOO_BIG": "54000", "BL_TOO_LARGE": "54000",
        "BL_RESULT_TOO_LARGE": "54000", "BL_TOO_MANY_ATTACHED": "54000", "BL_DISK_FULL": "53100", "BL_OUT_OF_MEMORY": "53200", "BL_CORRUPT": "XX001",
        "BL_IO": "58030", "BL_AUTHENTICATION": "28P01", "BL_SHUTTING_DOWN": "57P01", "BL_CLOSED": "57P01", "BL_PROTOCOL": "08P01",
        "BL_COPY_FORMAT": "22P04", "BL_INCOMPARABLE": "0A000", "BL_NO_MERGE_BASE": "0A000", "BL_SCHEMA_NOT_EMPTY": "2BP01", "BL_DEPENDENCY": "2BP01",
        "BL_DUPLICATE_CURSOR": "42P03", "BL_DUPLICATE_STATEMENT": "42P05", "BL_CONNECTION_LOST": "08006", "BL_MERGE_INTO_ITSELF": "22023", "BL_SQL": "42000",
        "BL_DIVISION_BY_ZERO": "22012", "BL_SEQUENCE_LIMIT": "2200H", "BL_SEQUENCE_NOT_USED": "55000",
        "BL_DEADLOCK": "40P01", "BL_GENERATED_ALWAYS": "428C9",
    ]

    /// What cannot be told better is an internal error.
    static func of(_ code: String) -> String { byCode[code] ?? "XX000" }

    /// The report of one of our errors.
    ///
    /// - Parameter source: the text that the error's position points into.
    static func report(_ error: BranchLiteError, source: String? = nil) -> ErrorReport {
        var report = ErrorReport(sqlState: of(error.code), message: error.message, hint: error.hint, code: error.code)
        switch error.code {
        // Drivers tell by the routine's name that preparing the statement again will help.
        case "BL_RESULT_CHANGED": report.code = "RevalidateCachedQuery"
        case "BL_CONVERSION" where error.message.contains("out of range"): report.sqlState = "22003"
        default: break
        }
        func text(_ name: String) -> String? { if case .string(let text)? = error.details[name] { text } else { nil } }
        report.table = text("table")
        report.column = text("column_name")
        report.constraint = text("constraint")
        if case .integer(let offset)? = error.details["offset"], let source, offset >= 0, offset <= source.utf8.count {
            // The protocol counts characters.
            let index = source.utf8.index(source.utf8.startIndex, offsetBy: Int(offset))
            report.position = source.unicodeScalars[..<index].count + 1
        }
        return report
    }
}
