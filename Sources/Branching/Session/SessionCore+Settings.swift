import Engine
import PageStore
import SQLDialect

/// SET, RESET, SHOW, USE, DISCARD and what connection pools send.
extension SessionCore {
    /// The commands that lowering hands back to the session.
    func run(
        _ command: SessionCommand, _ lowered: LoweredStatement, source: String, values: [Value], limits: RunLimits
    ) throws(BranchLiteError) -> QueryResult {
        switch command {
        case .set(let name, let values, let isLocal): return try set(name, values, isLocal: isLocal, limits)
        case .setConfig(let name, let value, let isLocal):
            _ = try set(name, value.map { [$0] } ?? [], isLocal: isLocal, limits)
            return table(["set_config"], [[.text(value?.plainText ?? settings[name.lowercased()] ?? "")]], "SELECT")
        case .reset(let name): return try reset(name, limits)
        case .show(let name): return try show(name)
        case .branch(let statement): return try runBranchStatement(statement, limits)
        case .branchFunction(let operation, let arguments): return try runBranchFunction(operation, arguments, limits)
        case .begin(let isolation, let isReadOnly, let lock):
            try begin(lock, TransactionTraits(isolation: isolation, isReadOnly: isReadOnly), limits)
            return done("BEGIN")
        case .commit(let chain): return try runTransactionControl(.commit(chain: chain), limits)
        case .rollback(let chain): return try runTransactionControl(.rollback(chain: chain), limits)
        case .savepoint(let name): return try runTransactionControl(.savepoint(Identifier(name)), limits)
        case .release(let name): return try runTransactionControl(.release(Identifier(name)), limits)
        case .rollbackTo(let name): return try runTransactionControl(.rollbackTo(Identifier(name)), limits)
        case .setTransaction(let isolation, let isReadOnly, let session):
            let traits = TransactionTraits(isolation: isolation, isReadOnly: isReadOnly)
            if session { setDefaults(traits) } else { try setTraits(traits) }
            return done("SET")
        case .prepare(let name, _, let statement):
            prepared[foldedASCII(name)] = (statement, source)
            return done("PREPARE")
        case .execute(let name, let arguments): return try runPrepared(name, arguments, limits)
        case .deallocate(let name):
            if let name {
                guard prepared.removeValue(forKey: foldedASCII(name)) != nil else { throw noSuchPrepared(name) }
            } else {
                prepared = [:]
            }
            return done("DEALLOCATE")
        case .discard(let word): return try runDiscard(word)
        case .cursor(.close(nil)): return done("CLOSE CURSOR")
        case .cursor:
            throw BranchLiteError("BL_UNSUPPORTED", "cursors are not supported here", hint: "use the PostgreSQL door, or read pages with LIMIT")
        case .session(let verb, let name): return try runSessionVerb(verb, name)
        case .pragma(let name, _, let arguments): return try runPragma(name, arguments, limits)
        case .vacuum(let destination):
            if destination != nil {
                throw BranchLiteError("BL_UNSUPPORTED", "VACUUM INTO is not supported", hint: "export the branch, or use backup for the whole store")
            }
            if limits.isReadOnly { throw BranchLiteError("BL_READ_ONLY", "VACUUM writes, and this \(isReadOnly ? "session" : "query") only reads") }
            if transaction != nil {
                throw BranchLiteError("BL_TRANSACTION_OPEN", "VACUUM cannot run inside a transaction", hint: "COMMIT or ROLLBACK first")
            }
            _ = try context.vacuum(VacuumRequest(branch: "@" + branchName), origin: origin, patience: StoreContext.statementPatience)
            return done("VACUUM")
        case .checkpoint:
            try mapStore { () throws(StoreError) in try context.store.checkpoint() }
            return done("CHECKPOINT")
        case .attach:
            throw BranchLiteError(
                "BL_UNSUPPORTED", "ATTACH is not supported: a store's branches are at hand already",
                hint: "name a branch's table as \"branch\".table; import brings a SQLite file in")
        case .detach: throw BranchLiteError("BL_UNSUPPORTED", "DETACH is not supported: nothing is attached")
        case .copy:
            throw BranchLiteError("BL_UNSUPPORTED", "COPY is not supported here", hint: "use the import and export commands")
        }
    }

    // MARK: - SET

    func set(_ spelled: String, _ values: [Constant], _ limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        let name = spelled.lowercased()
        let text = values.map(\.plainText).joined(separator: ", ")
        if values.isEmpty { return try reset(name, limits) }
        switch name {
        case "dialect", "branchlite.dialect":
            guard let chosen = Dialect(rawValue: text.lowercased()) else {
                throw BranchLiteError("BL_BAD_SETTING", "the dialect is duckdb or sqlite, not '\(text)'")
            }
            dialect = chosen
        case "branch", "branchlite.branch": try switchBranch(text, limits)
        case "search_path", "schema": try setSearchPath(values.map(\.plainText), limits)
        case "client_encoding":
            guard SessionSettings.encodings.contains(text.lowercased().filter { $0.isLetter || $0.isNumber }) else {
                throw BranchLiteError("BL_BAD_SETTING", "the client encoding '\(text)' is not supported", hint: "everything is UTF8 here")
            }
            settings.set(name, "UTF8")
        case "statement_timeout", "lock_timeout":
            if Int64(text) == nil, Measures.duration(text) == nil {
                throw BranchLiteError("BL_BAD_SETTING", "\(name) must be milliseconds or a duration such as 30s, not '\(text)'")
            }
            settings.set(name, text)
        case "default_transaction_isolation":
            guard let isolation = TransactionStatement.Isolation(rawValue: text.uppercased()) else {
                throw BranchLiteError("BL_BAD_SETTING", "'\(text)' is no isolation level")
            }
            defaultTraits.isolation = isolation
            settings.set(name, text.lowercased())
        case "default_transaction_read_only":
            defaultTraits.isReadOnly = Setting.boolean(text) ?? false
            settings.set(name, text.lowercased())
        default:
            guard SessionSettings.canBeSet(name) else {
                let nearest = NearestName.of(name, among: SessionSettings.effective + SessionSettings.defaults.keys.sorted())
                throw BranchLiteError(
                    "BL_UNKNOWN_SETTING", "there is no setting '\(spelled)'", hint: nearest.map { "did you mean '\($0)'?" })
            }
            settings.set(name, text)
        }
        return done("SET")
    }

    /// A setting of the connection's start: as SET, and what RESET returns to. What is not known is ignored, as drivers send
    /// settings of servers of their own.
    func setAtStart(_ spelled: String, _ value: String) throws(BranchLiteError) {
        let name = spelled.lowercased()
        switch name {
        case "branch", "branchlite.branch", "search_path", "schema", "dialect", "branchlite.dialect", "default_transaction_isolation",
            "default_transaction_read_only", "statement_timeout", "lock_timeout", "client_encoding":
            _ = try set(name, [.text(value)], RunLimits(isReadOnly: isReadOnly))
            startBranch = branch
            startDialect = dialect
            if let text = settings.values[name] { settings.setAtStart(name, text) }
        default: settings.setAtStart(name, value)
        }
    }

    /// `SET search_path = 'branch_<id>,main'`: a first entry that is a branch is USE BRANCH.
    private func setSearchPath(_ entries: [String], _ limits: RunLimits) throws(BranchLiteError) {
        let parts = entries.flatMap { $0.split(separator: ",") }.map { part in
            let trimmed = part.trimmed()
            return trimmed.count >= 2 && trimmed.first == "\"" && trimmed.last == "\"" ? String(trimmed.dropFirst().dropLast()) : String(trimmed)
        }.filter { !$0.isEmpty && $0 != "$user" }
        // An empty path, as dumps set it: names are qualified, and the others still mean the branch.
        guard let first = parts.first else { return settings.set("search_path", "") }
        switch first.lowercased() {
        case "main":
            if branch != .main { try switchBranch("main", limits) }
        case "public", "pg_catalog", "information_schema": break
        default:
            if let found = context.registry.lookup(qualifier: first).found {
                if found != branch { try switchBranch(context.registry.name(of: found), limits) }
            } else if try !(schemaOfBranch().hasSchema(first)) {
                // Says which branch it may have meant.
                _ = try context.registry.resolve(first)
            }
        }
        settings.set("search_path", parts.joined(separator: ", "))
    }

    private func schemaOfBranch() throws(BranchLiteError) -> BranchSchema { try context.schemas.schema(of: branch) }

    private func reset(_ name: String?, _ limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        guard let name = name?.lowercased() else {
            try resetAll(limits)
            return done("RESET")
        }
        switch name {
        case "dialect": dialect = startDialect
        case "branch", "search_path", "schema":
            if branch != startBranch { try switchBranch(to: startBranch, limits) }
            settings.reset("search_path")
        default:
            guard SessionSettings.canBeSet(name) else { throw BranchLiteError("BL_UNKNOWN_SETTING", "there is no setting '\(name)'") }
            settings.reset(name)
        }
        return done("RESET")
    }

    /// RESET ALL: settings and branch as the session began.
    private func resetAll(_ limits: RunLimits) throws(BranchLiteError) {
        if transaction == nil, branch != startBranch, context.registry.entry(startBranch)?.record.isLiving == true {
            try switchBranch(to: startBranch, limits)
        }
        dialect = startDialect
        settings.resetAll()
        defaultTraits = .init()
    }

    // MARK: - SHOW

    private func show(_ name: String?) throws(BranchLiteError) -> QueryResult {
        guard let name else {
            let names = Set(SessionSettings.defaults.keys).union(settings.values.keys).union(SessionSettings.effective).sorted()
            let rows: [[Value]] = names.map { [.text($0), .text(settingText($0) ?? "")] }
            return table(["name", "setting"], rows, "SHOW")
        }
        let key = name.lowercased()
        guard let text = settingText(key) else {
            throw BranchLiteError(
                "BL_UNKNOWN_SETTING", "there is no setting '\(name)'",
                hint: NearestName.of(key, among: SessionSettings.effective + SessionSettings.defaults.keys.sorted()).map { "did you mean '\($0)'?" })
        }
        return table([key], [[.text(text)]], "SHOW")
    }

    func settingText(_ name: String) -> String? {
        switch name {
        case "dialect", "branchlite.dialect": dialect.rawValue
        case "branch", "branchlite.branch": branchName
        case "schema", "current_schema": BranchNaming.schemaName(of: branch)
        case "search_path": settings.values["search_path"] ?? BranchNaming.schemaName(of: branch)
        case "transaction_isolation":
            transaction == nil ? (settings["default_transaction_isolation"] ?? "read committed") : isolationText
        case "transaction_read_only": transaction?.isReadOnly == true ? "on" : "off"
        default: settings[name] ?? (SessionSettings.isKnown(name) ? "" : nil)
        }
    }

    private var isolationText: String {
        guard let open = transaction, let connection = held[open.branch] else { return "read committed" }
        return switch connection.transaction.isolation {
        case .readCommitted: "read committed"
        case .repeatableRead: open.isolation == .serializable ? "serializable" : "repeatable read"
        case .sqliteDeferred, .sqliteImmediate: "serializable"
        }
    }

    /// A result made here: text columns.
    func table(_ names: [String], _ rows: [[Value]], _ command: String) -> QueryResult {
        QueryResult(columns: names.map { ResultColumn(name: $0, type: "VARCHAR") }, values: rows, branch: branchName, command: command)
    }

    // MARK: - USE, DISCARD and the like

    func runUse(_ name: ObjectName, _ limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        let parts = name.parts.map(\.text)
        // `USE catalog.schema`: the last part that is a branch counts.
        if let wanted = parts.last(where: { context.registry.lookup(qualifier: $0).found != nil }) ?? parts.first {
            if let connectionName, equalIgnoringASCIICase(wanted, connectionName) { return done("USE") }
            try setSearchPath([wanted], limits)
        }
        return done("USE")
    }

    func runDiscard(_ word: String) throws(BranchLiteError) -> QueryResult {
        switch word.uppercased() {
        case "ALL":
            abandonTransaction()
            prepared = [:]
            plans.removeAll()
            dropTemporaryTables()
            if usesAdvisoryLocks { context.locks.endSession(number) }
            try resetAll(RunLimits(isReadOnly: isReadOnly))
        case "PLANS": plans.removeAll()
        case "TEMP", "TEMPORARY": dropTemporaryTables()
        default: break // Sequences keep nothing in the session.
        }
        return done("DISCARD \(word.uppercased())")
    }

    /// Temporary tables live on their connection: giving it back ends them.
    private func dropTemporaryTables() {
        for (branch, connection) in held where transaction?.branch != branch {
            held[branch] = nil
            context.engine.checkin(connection)
        }
        temporarySchemas = [:]
        commitActions = [:]
    }

    private func runSessionVerb(_ verb: String, _ name: String?) throws(BranchLiteError) -> QueryResult {
        switch verb.uppercased() {
        case "UNLISTEN": return done(verb.uppercased())
        case "CREATE EXTENSION":
            guard SessionCore.harmlessExtensions.contains(foldedASCII(name ?? "")) else {
                throw BranchLiteError("BL_UNSUPPORTED", "CREATE EXTENSION \(name ?? "") is not supported: extensions cannot be loaded")
            }
            return noEffect(verb)
        case let accepted where SessionCore.acceptedVerbs.contains(accepted): return noEffect(verb)
        case "LOAD", "INSTALL":
            throw BranchLiteError("BL_UNSUPPORTED", "\(verb.uppercased()) \(name ?? "") is not supported: extensions cannot be loaded")
        default: throw BranchLiteError("BL_UNSUPPORTED", "\(verb.uppercased()) is not supported")
        }
    }

    /// What dumps hold and has no meaning here: there are no roles, owners, extensions and locks on tables.
    private static let acceptedVerbs: Set<String> = [
        "GRANT", "REVOKE", "REASSIGN OWNED", "SECURITY LABEL", "LOCK TABLE", "CLUSTER", "SET CONSTRAINTS", "ALTER DEFAULT PRIVILEGES", "ALTER EXTENSION", "DROP EXTENSION", "ALTER SCHEMA",
        "ALTER TYPE", "ALTER DOMAIN", "ALTER FUNCTION", "ALTER PROCEDURE", "ALTER AGGREGATE", "ALTER DATABASE", "ALTER LANGUAGE",
    ]

    /// Extensions that nothing is missed of: what they bring is here, or is not used by SQL.
    private static let harmlessExtensions: Set<String> = ["plpgsql", "uuid-ossp", "pgcrypto", "pg_stat_statements", "adminpack"]

    private func noEffect(_ verb: String) -> QueryResult {
        var result = done(verb)
        result.notices = [Notice("\(verb) is accepted and has no effect here")]
        return result
    }

    func noSuchPrepared(_ name: String) -> BranchLiteError {
        BranchLiteError("BL_NO_SUCH_STATEMENT", "there is no prepared statement '\(name)'", hint: "PREPARE it in this session")
    }

    private func runPrepared(_ name: String, _ arguments: [Constant], _ limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        guard let (statement, source) = prepared[foldedASCII(name)] else { throw noSuchPrepared(name) }
        return try execute(statement, source: source, values: arguments.map(\.value), limits: limits)
    }

    private func runPragma(_ name: String, _ arguments: [Constant], _ limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        switch name.lowercased() {
        case "database_list":
            return table(["seq", "name", "file"], [[.integer(0), .text("main"), .text(branchName)]], "PRAGMA")
        case "journal_mode": return table(["journal_mode"], [[.text("memory")]], "PRAGMA")
        case "foreign_keys":
            guard let wanted = arguments.first else { return table(["foreign_keys"], [[.integer(1)]], "PRAGMA") }
            if Setting.boolean(wanted.plainText) == true { return done("PRAGMA") }
            throw BranchLiteError("BL_DENIED_STATEMENT", "PRAGMA foreign_keys cannot be switched off: foreign keys are always enforced")
        case "defer_foreign_keys": return try deferForeignKeys(Setting.boolean(arguments.first?.plainText ?? "") ?? false)
        case "optimize", "incremental_vacuum", "shrink_memory", "wal_checkpoint", "synchronous", "cache_size", "temp_store", "mmap_size",
            "locking_mode", "busy_timeout", "automatic_index", "journal_size_limit", "secure_delete", "threads", "wal_autocheckpoint", "auto_vacuum":
            // What these tune belongs to the store; programs send them as a matter of course.
            return done("PRAGMA")
        default:
            throw BranchLiteError(
                "BL_DENIED_STATEMENT", "PRAGMA \(name) is not available: the store sees to it", details: ["pragma": .string(name)])
        }
    }
}

extension SessionCore {
    /// SQLite's own rule: foreign keys may stay broken until the transaction's COMMIT. It needs SQLite's transaction to have begun,
    /// so the writer slot is taken; outside a transaction there is nothing to defer.
    private func deferForeignKeys(_ on: Bool) throws(BranchLiteError) -> QueryResult {
        guard transaction != nil else { return done("PRAGMA") }
        transaction?.isUsed = true
        let connection = try connection(to: branch)
        try mapEngine { () throws(EngineError) in
            try connection.transaction.prepareToWrite()
            try connection.execute("PRAGMA defer_foreign_keys = \(on ? 1 : 0)")
        }
        return done("PRAGMA")
    }
}

extension Constant {
    /// The constant as SET takes it.
    var plainText: String {
        switch self {
        case .null: ""
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .double(let number): String(number)
        case .text(let text): text
        case .blob(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }

    var value: Value {
        switch self {
        case .null: .null
        case .boolean(let flag): .boolean(flag)
        case .integer(let number): .integer(number)
        case .double(let number): .double(number)
        case .text(let text): .text(text)
        case .blob(let bytes): .blob(bytes)
        }
    }

    var json: JSONValue {
        switch self {
        case .null: .null
        case .boolean(let flag): .bool(flag)
        case .integer(let number): .integer(number)
        case .double(let number): .double(number)
        case .text(let text): .string(text)
        case .blob(let bytes): .string(String(decoding: bytes, as: UTF8.self))
        }
    }
}
