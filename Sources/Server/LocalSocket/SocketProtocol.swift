import Branching
import Foundation

/// What is said over the local socket.
///
/// A request is `{"id", "op", "session", "args"}`; it is answered by `{"id", "ok"}` or `{"id", "error"}`, after any number of
/// `{"id", "progress"}`. `cancel` (of a session's statement) and `cancel_call` (of a call by its id) are not answered.
enum SocketProtocol {
    /// Raised with every incompatible change; both sides must have the same.
    static let version: Int64 = 1

    enum Operation: String, Sendable, CaseIterable {
        case hello
        case openSession = "open_session"
        case closeSession = "close_session"
        case currentBranch = "current_branch"
        case switchBranch = "switch_branch"
        case query, script, insert
        case inTransaction = "in_transaction"
        case cancel
        case cancelCall = "cancel_call"
        case createBranch = "create_branch"
        case branches, branch
        case branchPage = "branch_page"
        case renameBranch = "rename_branch"
        case resetBranch = "reset_branch"
        case discardBranch = "discard_branch"
        case undropBranch = "undrop_branch"
        case history, restore
        case diffChunk = "diff_chunk"
        case diff, merge, shadow, schemas, tables, describe, usage
        case importSQLite = "import_sqlite"
        case exportSQLite = "export_sqlite"
        case check, backup, vacuum

        /// Operations of one session run in the order they came.
        var isOfSession: Bool {
            switch self {
            case .closeSession, .currentBranch, .switchBranch, .query, .script, .insert, .inTransaction: true
            default: false
            }
        }
    }

    static func malformed(_ what: String) -> BranchLiteError {
        BranchLiteError("BL_PROTOCOL", "\(what) on the store's socket is malformed", hint: "do both processes run the same version of branchlite?")
    }

    static func request(id: Int64, _ operation: Operation, session: Int64?, args: [UInt8]) -> [UInt8] {
        var buffer = JSONBuffer(capacity: args.count + 96)
        buffer.raw("{\"id\":")
        buffer.integer(id)
        buffer.raw(",\"op\":")
        buffer.string(operation.rawValue)
        if let session {
            buffer.raw(",\"session\":")
            buffer.integer(session)
        }
        buffer.raw(",\"args\":")
        buffer.raw(args)
        buffer.raw("}")
        return buffer.bytes
    }

    static func success(id: Int64, _ json: [UInt8]) -> [UInt8] {
        var buffer = JSONBuffer(capacity: json.count + 48)
        buffer.raw("{\"id\":")
        buffer.integer(id)
        buffer.raw(",\"ok\":")
        buffer.raw(json)
        buffer.raw("}")
        return buffer.bytes
    }

    static func failure(id: Int64, _ error: BranchLiteError) -> [UInt8] {
        JSONValue.object(["id": .integer(id), "error": ResultJSON.errorValue(error)]).jsonBytes
    }

    static func progress(id: Int64, _ fraction: Double) -> [UInt8] {
        JSONValue.object(["id": .integer(id), "progress": .double(fraction)]).jsonBytes
    }

    static func readError(_ json: JSONValue) -> BranchLiteError {
        BranchLiteError(
            json["code"]?.stringValue ?? "BL_INTERNAL", json["message"]?.stringValue ?? "the store's owner reported an error it did not name",
            hint: json["hint"]?.stringValue, details: json["details"]?.objectValue ?? [:])
    }

    /// A wire type from parsed JSON.
    static func decode<Wire: Decodable>(_: Wire.Type, from json: JSONValue) throws(BranchLiteError) -> Wire {
        do {
            return try JSONDecoder().decode(Wire.self, from: Data(json.jsonBytes))
        } catch {
            throw malformed("\(Wire.self)")
        }
    }

    // MARK: - Queries by hand: statements can be many megabytes long

    static func encode(_ request: QueryRequest) -> [UInt8] {
        var buffer = JSONBuffer(capacity: request.sql.utf8.count + 128)
        buffer.raw("{\"sql\":")
        buffer.string(request.sql)
        buffer.raw(",\"params\":")
        buffer.value(.array(request.parameters))
        if let branch = request.branch {
            buffer.raw(",\"branch\":")
            buffer.string(branch)
        }
        if let maxRows = request.maxRows {
            buffer.raw(",\"max_rows\":")
            buffer.integer(maxRows)
        }
        if let timeout = request.timeoutMS {
            buffer.raw(",\"timeout_ms\":")
            buffer.integer(timeout)
        }
        buffer.raw(",\"read_only\":")
        buffer.bool(request.readOnly)
        buffer.raw("}")
        return buffer.bytes
    }

    static func readQuery(_ json: JSONValue) throws(BranchLiteError) -> QueryRequest {
        guard let sql = json["sql"]?.stringValue else { throw malformed("a query") }
        return QueryRequest(
            sql, parameters: json["params"]?.arrayValue ?? [], branch: json["branch"]?.stringValue,
            maxRows: json["max_rows"]?.integerValue.map(Int.init(clamping:)), timeoutMS: json["timeout_ms"]?.integerValue.map(Int.init(clamping:)),
            readOnly: json["read_only"]?.boolValue ?? false)
    }
}
