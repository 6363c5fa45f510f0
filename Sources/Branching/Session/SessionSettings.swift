/// The settings of a session that SET, RESET and SHOW speak of, by lower-case name.
///
/// Some have an effect here (`dialect`, `branch`, `search_path`, `schema`, `statement_timeout`, `lock_timeout`, the transaction ones); the
/// others are what PostgreSQL and DuckDB clients set on connecting: recorded and shown, without effect. Everything under
/// `hatidata_` or `hatidata.` is recorded too.
struct SessionSettings {
    private(set) var values: [String: String] = [:] { didSet { revision &+= 1 } }
    private(set) var revision = 0
    /// What the client sent on connecting: RESET returns to it.
    private(set) var start: [String: String] = [:]

    subscript(name: String) -> String? { values[name] ?? SessionSettings.defaults[name] }

    mutating func set(_ name: String, _ value: String) { values[name] = value }
    /// Gives a setting the value it had; nil: it was not set.
    mutating func put(_ name: String, _ value: String?) { values[name] = value }
    mutating func reset(_ name: String) { values[name] = start[name] }
    mutating func resetAll() { values = start }

    mutating func setAtStart(_ name: String, _ value: String) {
        start[name] = value
        values[name] = value
    }

    /// Own limit of the session; nil = the configured one.
    var statementTimeout: Duration? { timeout("statement_timeout") }

    /// How long the session's writes wait for another writer; nil = the configured time, 0 too.
    var lockTimeout: Duration? { timeout("lock_timeout") }

    private func timeout(_ name: String) -> Duration? {
        guard let text = values[name] else { return nil }
        // PostgreSQL's unit is the millisecond.
        if let milliseconds = Int64(text) { return milliseconds > 0 ? .milliseconds(milliseconds) : nil }
        return Measures.duration(text)
    }

    /// Recorded without effect: name and what SHOW says before it is set.
    static let defaults: [String: String] = [
        "application_name": "", "bytea_output": "hex", "client_encoding": "UTF8", "client_min_messages": "notice", "datestyle": "ISO, MDY",
        "extra_float_digits": "1", "integer_datetimes": "on", "intervalstyle": "postgres", "lock_timeout": "0",
        "idle_in_transaction_session_timeout": "0", "max_identifier_length": "255", "server_encoding": "UTF8", "server_version": "15.0",
        "standard_conforming_strings": "on", "timezone": "UTC", "threads": "1", "memory_limit": "", "preserve_insertion_order": "true",
        "default_transaction_read_only": "off", "default_transaction_isolation": "read committed", "transaction_read_only": "off",
        "enable_progress_bar": "false", "role": "none", "row_security": "off", "search_path": "main", "statement_timeout": "0",
        "synchronous_commit": "on", "xmloption": "content", "synchronize_seqscans": "on", "default_order": "asc", "default_null_order": "nulls_last", "jit": "off",
        "user": "branchlite", "session_authorization": "branchlite", "escape_string_warning": "on", "backslash_quote": "safe_encoding",
        "array_nulls": "on", "geqo": "on", "work_mem": "4MB", "temp_directory": "", "enable_object_cache": "true", "check_function_bodies": "on", "default_tablespace": "", "default_table_access_method": "heap",
        "default_with_oids": "off", "transaction_timeout": "0", "quote_all_identifiers": "off", "default_toast_compression": "pglz", "maintenance_work_mem": "64MB",
        "transaction_deferrable": "off", "constraint_exclusion": "partition", "session_replication_role": "origin", "log_statement": "none",
        "enable_seqscan": "on", "enable_indexscan": "on", "enable_bitmapscan": "on", "enable_hashjoin": "on", "enable_mergejoin": "on", "enable_nestloop": "on",
        "temp_tablespaces": "", "password_encryption": "scram-sha-256", "random_page_cost": "4", "effective_cache_size": "4GB",
    ]

    /// Names of the encoding that texts have.
    static let encodings: Set<String> = ["utf8", "unicode", "sqlascii", "auto", "default"]

    /// Settings with an effect, for messages.
    static let effective = ["dialect", "branch", "search_path", "schema", "statement_timeout", "lock_timeout", "transaction_isolation"]

    /// All of them, sorted.
    static let names = Set(defaults.keys).union(effective).sorted()

    static func isKnown(_ name: String) -> Bool {
        defaults[name] != nil || effective.contains(name) || name.hasPrefix("hatidata_") || name.hasPrefix("hatidata.")
            || name.hasPrefix("branchlite.")
    }

    /// Whether it may be set: what is known, and, as in PostgreSQL, any name with a dot, which belongs to the application.
    static func canBeSet(_ name: String) -> Bool { isKnown(name) || name.contains(".") }
}
