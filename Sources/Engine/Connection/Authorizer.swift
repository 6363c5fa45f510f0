import CSQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What SQLite's compiler reported about a statement while it prepared it.
struct StatementFacts {
    enum TransactionControl: Equatable { case begin, commit, rollback }
    enum SavepointControl: Equatable { case open, release, rollbackTo }

    /// Writes (or may write) the connection's own branch.
    var writesBranch = false
    /// Writes temporary tables.
    var writesTemporary = false
    /// Creates or drops a temporary object.
    var changesTemporarySchema = false
    /// Reads an attached branch.
    var readsAttached = false
    /// Changes a setting of the connection that a pooled connection must not hand on.
    var changesConnection = false
    var transaction: TransactionControl?
    var savepoint: SavepointControl?
    var savepointName: String?
}

/// The last wall: what SQL text may never do here, whatever came before it let through.
///
/// The page store owns pages, journal and locks; isolation depends on which files are attached. Statements that
/// would change these are refused by name, unless the Engine itself is at work (`isInternal`).
final class Authorizer {
    /// The Engine's own statements may do everything.
    var isInternal = false
    /// Facts of the statement being prepared.
    var facts = StatementFacts()
    /// Why the last preparation was refused.
    var denial: String?

    func install(on database: OpaquePointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_set_authorizer(database, { context, action, first, second, schema, _ in
            guard let context else { return SQLITE_OK }
            return Unmanaged<Authorizer>.fromOpaque(context).takeUnretainedValue().decide(action, first, second, schema)
        }, context)
    }

    private func decide(
        _ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?, _ schema: UnsafePointer<CChar>?
    ) -> Int32 {
        switch action {
        case SQLITE_READ:
            if !Authorizer.isOwn(schema) { facts.readsAttached = true }
        case SQLITE_SELECT, SQLITE_RECURSIVE, SQLITE_COPY:
            break
        case SQLITE_FUNCTION:
            if !isInternal, let second, strcasecmp(second, "load_extension") == 0 {
                return deny("the function load_extension() is not available")
            }
        case SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE:
            noteWrite(schema)
        case SQLITE_CREATE_TEMP_INDEX, SQLITE_CREATE_TEMP_TABLE, SQLITE_CREATE_TEMP_TRIGGER, SQLITE_CREATE_TEMP_VIEW,
            SQLITE_DROP_TEMP_INDEX, SQLITE_DROP_TEMP_TABLE, SQLITE_DROP_TEMP_TRIGGER, SQLITE_DROP_TEMP_VIEW:
            facts.writesTemporary = true
            facts.changesTemporarySchema = true
        case SQLITE_ALTER_TABLE:
            noteDefinition(first)
        case SQLITE_TRANSACTION:
            switch first.map({ String(cString: $0) }) {
            case "BEGIN": facts.transaction = .begin
            case "COMMIT": facts.transaction = .commit
            default: facts.transaction = .rollback
            }
        case SQLITE_SAVEPOINT:
            switch first.map({ String(cString: $0) }) {
            case "BEGIN": facts.savepoint = .open
            case "RELEASE": facts.savepoint = .release
            default: facts.savepoint = .rollbackTo
            }
            facts.savepointName = second.map { String(cString: $0) }
        case SQLITE_PRAGMA:
            return decidePragma(first.map { String(cString: $0).lowercased() } ?? "", hasArgument: second != nil)
        case SQLITE_ATTACH:
            if !isInternal { return deny("ATTACH is not available: name the branch in the statement instead (\"branch\".table)") }
        case SQLITE_DETACH:
            if !isInternal { return deny("DETACH is not available: branches are attached and detached on demand") }
        default:
            noteDefinition(schema) // CREATE, DROP, REINDEX, ANALYZE, virtual tables
        }
        return SQLITE_OK
    }

    private static func isOwn(_ schema: UnsafePointer<CChar>?) -> Bool {
        guard let schema else { return true }
        return strcmp(schema, "main") == 0 || strcmp(schema, "temp") == 0
    }

    private func noteWrite(_ schema: UnsafePointer<CChar>?) {
        if let schema, strcmp(schema, "temp") == 0 {
            facts.writesTemporary = true
        } else {
            facts.writesBranch = true
        }
    }

    /// SQLite tells of `CREATE TABLE temp.t` as of any other table, by its schema alone.
    private func noteDefinition(_ schema: UnsafePointer<CChar>?) {
        noteWrite(schema)
        if let schema, strcmp(schema, "temp") == 0 { facts.changesTemporarySchema = true }
    }

    private func deny(_ reason: String) -> Int32 {
        denial = reason
        return SQLITE_DENY
    }

    private func decidePragma(_ name: String, hasArgument: Bool) -> Int32 {
        if isInternal { return SQLITE_OK }
        switch PragmaPolicy.decide(name, hasArgument: hasArgument) {
        case .allowed: return SQLITE_OK
        case .changesConnection:
            facts.changesConnection = true
            return SQLITE_OK
        case .refused(let reason): return deny(reason)
        }
    }
}

/// Which PRAGMAs user SQL may use. What is not listed is refused by its name.
enum PragmaPolicy {
    enum Decision: Equatable {
        case allowed
        /// Allowed, but the connection keeps the setting: it does not go back to the pool.
        case changesConnection
        case refused(String)
    }

    /// Read something, with or without an argument.
    private static let reading: Set<String> = [
        "application_id", "analysis_limit", "collation_list", "compile_options", "data_version", "database_list",
        "foreign_key_check", "foreign_key_list", "freelist_count", "function_list", "incremental_vacuum", "index_info",
        "index_list", "index_xinfo", "integrity_check", "module_list", "optimize", "page_count", "pragma_list",
        "quick_check", "stats", "table_info", "table_list", "table_xinfo", "user_version",
    ]

    /// Settings of the connection that touch neither the store nor isolation.
    private static let connection: Set<String> = [
        "automatic_index", "case_sensitive_like", "cell_size_check", "count_changes", "defer_foreign_keys",
        "empty_result_callbacks", "foreign_keys", "full_column_names", "ignore_check_constraints", "legacy_alter_table",
        "query_only", "recursive_triggers", "reverse_unordered_selects", "short_column_names",
    ]

    /// May be asked for, never set.
    private static let readOnly: Set<String> = [
        "auto_vacuum", "cache_size", "cache_spill", "encoding", "journal_mode", "journal_size_limit", "locking_mode",
        "max_page_count", "mmap_size", "page_size", "schema_version", "secure_delete", "synchronous", "temp_store",
        "threads", "trusted_schema", "busy_timeout", "hard_heap_limit", "soft_heap_limit",
    ]

    static func decide(_ name: String, hasArgument: Bool) -> Decision {
        if reading.contains(name) { return .allowed }
        if connection.contains(name) { return hasArgument ? .changesConnection : .allowed }
        if readOnly.contains(name) {
            return hasArgument
                ? .refused("PRAGMA \(name) cannot be set: the page store takes the place of SQLite's own files, journal and locks")
                : .allowed
        }
        return .refused("PRAGMA \(name) is not available")
    }
}
