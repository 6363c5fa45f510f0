import Engine
import PageStore
import SQLDialect

/// Branch statements and branch functions in SQL.
extension SessionCore {
    // MARK: - Switching

    /// The session's branch becomes another one.
    /// - Throws: `BL_TRANSACTION_OPEN` inside a transaction, and what resolving the name throws.
    @discardableResult
    func switchBranch(_ reference: String, _ limits: RunLimits) throws(BranchLiteError) -> SwitchResult {
        let parts = BranchReference(reference)
        if parts.moment != .head {
            throw BranchLiteError("BL_UNSUPPORTED", "a session works on a branch's head, not on one of its versions", hint: "create a branch from '\(reference)'")
        }
        let target = try context.registry.resolve(parts.name).id
        return try switchBranch(to: target, limits)
    }

    @discardableResult
    func switchBranch(to target: BranchID, _ limits: RunLimits) throws(BranchLiteError) -> SwitchResult {
        if target != .main { try context.requireBranching() }
        if limits.refusesSwitch { throw BranchLiteError("BL_READ_ONLY", "a reading query cannot switch the session's branch") }
        if isBorrowingBranch {
            throw BranchLiteError("BL_UNSUPPORTED", "a request that names its branch cannot switch the session's")
        }
        if transaction != nil {
            throw BranchLiteError(
                "BL_TRANSACTION_OPEN", "the branch cannot be switched inside a transaction", hint: "COMMIT or ROLLBACK first",
                details: ["branch": .string(branchName)])
        }
        let previous = branchName
        try signal.move(to: target)
        branch = target
        localSchema = nil
        return SwitchResult(branch: branchName, previous: previous)
    }

    // MARK: - Statements

    func runBranchStatement(_ statement: BranchStatement, _ limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        switch statement {
        case .create(let create):
            try requireMutable("CREATE BRANCH", limits)
            if create.ifNotExists, let name = create.name?.text, let known = try? context.registry.resolve(name) {
                return try rows(of: [try context.branchInfo(known.id)], "CREATE BRANCH")
            }
            return try rows(of: [try context.createBranch(try request(create), origin: origin)], "CREATE BRANCH")
        case .use(let name):
            let result = try switchBranch(name.text, limits)
            return table(["branch", "previous"], [[.text(result.branch), .text(result.previous)]], "USE BRANCH")
        case .list: return try rows(of: try context.branches(.all).filter { $0.status == .active || $0.status == .merged }, "SHOW BRANCHES")
        case .current: return table(["branch"], [[.text(branchName)]], "SHOW BRANCH")
        case .rename(let name, let new):
            try requireMutable("ALTER BRANCH", limits)
            return try rows(of: [try context.renameBranch(name.text, to: new.text, origin: origin)], "ALTER BRANCH")
        case .reset(let name, let to):
            try requireMutable("RESET BRANCH", limits)
            return try rows(of: [try context.resetBranch(name.text, to: to?.reference, origin: origin)], "RESET BRANCH")
        case .diff(let name, let against, let table):
            let request = DiffRequest(
                branch: name.text, base: against?.reference ?? "main", table: table.map(sqliteName), detail: table == nil ? .summary : .rows)
            return diffRows(table == nil ? try context.diff(request) : try wholeDiff(request, limit: limits.maxRows), withRows: table != nil)
        case .merge(let name, let into, let strategy, let dryRun):
            if !dryRun { try requireMutable("MERGE BRANCH", limits) }
            var request = MergeRequest(branch: name.text, target: into?.text ?? "main", dryRun: dryRun)
            if let word = strategy?.text { request.strategy = try mergeStrategy(word) }
            return mergeRows(try context.merge(request, origin: origin))
        case .createDatabase(let create):
            try requireMutable("CREATE DATABASE", limits)
            if create.ifNotExists, let name = create.name?.text, (try? context.registry.resolve(name)) != nil { return done("CREATE DATABASE") }
            var request = try request(create)
            // A database stays until it is dropped.
            request.ttlSeconds = 0
            _ = try context.createBranch(request, origin: origin)
            return done("CREATE DATABASE")
        case .dropDatabase(let name, let ifExists, let force):
            try requireMutable("DROP DATABASE", limits)
            if ifExists, (try? context.registry.resolve(name.text)) == nil { return done("DROP DATABASE") }
            if try context.registry.resolve(name.text).id == branch {
                throw BranchLiteError("BL_BRANCH_IN_USE", "cannot drop the database that this session is on: '\(name.text)'", hint: "connect to another one")
            }
            _ = try discard(name.text, force: force, purge: false, "DROP DATABASE", limits)
            return done("DROP DATABASE")
        case .drop(let name, let ifExists, let force):
            try requireMutable("DROP BRANCH", limits)
            if ifExists, (try? context.registry.resolve(name.text)) == nil { return done("DROP BRANCH") }
            return try discard(name.text, force: force, purge: false, "DROP BRANCH", limits)
        case .undrop(let name):
            try requireMutable("UNDROP BRANCH", limits)
            return try rows(of: [try context.undropBranch(name.text, origin: origin)], "UNDROP BRANCH")
        case .restore(let name, let moment):
            try requireMutable("RESTORE BRANCH", limits)
            var request = RestoreRequest(branch: name.text)
            switch moment {
            case .version(let version)?: request.version = version
            case .timestamp(let text)?: request.timestamp = text
            case nil: break
            }
            return restoreRow(try context.restore(request, origin: origin), "RESTORE BRANCH")
        }
    }

    /// `SELECT branch_create(…)` and its relatives: the answer has the fields of the tool.
    func runBranchFunction(_ operation: BranchOperation, _ arguments: [String: Constant], _ limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        func text(_ names: String...) -> String? {
            for name in names { if let value = arguments[name], value != .null { return value.plainText } }
            return nil
        }
        func flag(_ name: String) -> Bool { text(name).flatMap(Setting.boolean) ?? false }
        func number(_ name: String) throws(BranchLiteError) -> Int64? {
            guard let text = text(name) else { return nil }
            guard let number = Int64(text) else { throw BranchLiteError("BL_BAD_ARGUMENT", "\(name) must be a whole number, not '\(text)'") }
            return number
        }
        func branchName() throws(BranchLiteError) -> String {
            guard let name = text("branch", "name", "branch_id") else {
                throw BranchLiteError("BL_BAD_ARGUMENT", "\(operation.rawValue) needs the name of a branch")
            }
            return name
        }
        if !operation.isReadOnly { try requireMutable(operation.rawValue, limits) }
        switch operation {
        case .create:
            var request = BranchCreateRequest(name: text("name"), from: text("from") ?? "main")
            if let mode = text("mode") { request.mode = try branchMode(mode) }
            request.ttlSeconds = try number("ttl_seconds")
            request.description = text("description")
            request.agentID = text("agent_id")
            request.durable = flag("durable")
            return try rows(of: [try context.createBranch(request, origin: origin)], "SELECT")
        case .switch:
            let result = try switchBranch(try branchName(), limits)
            return table(["branch", "previous"], [[.text(result.branch), .text(result.previous)]], "SELECT")
        case .merge:
            var request = MergeRequest(branch: try branchName(), target: text("target") ?? "main", dryRun: flag("dry_run"))
            if let strategy = text("strategy") { request.strategy = try mergeStrategy(strategy) }
            if let tables = text("tables") { request.tables = tables.split(separator: ",").map { String($0.trimmed()) } }
            request.expectedVersion = try number("expected_version").flatMap { UInt64(exactly: $0) }
            request.discard = flag("discard")
            request.message = text("message")
            if let counts = text("counts").flatMap(Setting.boolean) { request.counts = counts }
            if let limit = try number("conflict_limit") { request.conflictLimit = Int(clamping: limit) }
            return try merge(request)
        case .discard: return try discard(try branchName(), force: flag("force"), purge: flag("purge"), "SELECT", limits)
        case .reset: return try rows(of: [try context.resetBranch(try branchName(), to: text("to"), origin: origin)], "SELECT")
        case .rename:
            guard let old = text("branch", "branch_id"), let new = text("name") else {
                throw BranchLiteError("BL_BAD_ARGUMENT", "branch_rename needs a branch and its new name")
            }
            return try rows(of: [try context.renameBranch(old, to: new, origin: origin)], "SELECT")
        case .restore:
            let version = try number("version").map { number throws(BranchLiteError) in
                guard let version = UInt64(exactly: number) else { throw BranchLiteError("BL_BAD_ARGUMENT", "a version is no negative number: \(number)") }
                return version
            }
            let request = RestoreRequest(branch: try branchName(), version: version, timestamp: text("timestamp"))
            return restoreRow(try context.restore(request, origin: origin), "SELECT")
        }
    }

    /// Discards a branch; the session's own is left for main first when it is the only one there.
    private func discard(_ name: String, force: Bool, purge: Bool, _ command: String, _ limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        let target = try? context.registry.resolve(name).id
        let isOwn = target == branch && target != .main
        let result = try context.discardBranch(name, force: force, purge: purge, origin: origin, ownSessions: isOwn ? 1 : 0)
        if isOwn { try switchBranch(to: .main, RunLimits(isReadOnly: isReadOnly)) }
        let row: [Value] = [.boolean(result.discarded), .text(result.branchID), .integer(Int64(clamping: result.bytesFreed))]
        return QueryResult(columns: CommandColumns.result(CommandColumns.discarded), values: [row], branch: branchName, command: command)
    }

    /// Branches change outside of transactions: a merge or discard cannot be rolled back with one.
    private func requireMutable(_ what: String, _ limits: RunLimits) throws(BranchLiteError) {
        if limits.isReadOnly { throw BranchLiteError("BL_READ_ONLY", "\(what) writes, and this \(isReadOnly ? "session" : "query") only reads") }
        if transaction != nil {
            throw BranchLiteError("BL_TRANSACTION_OPEN", "\(what) cannot run inside a transaction", hint: "COMMIT or ROLLBACK first")
        }
    }

    private func request(_ create: BranchStatement.Create) throws(BranchLiteError) -> BranchCreateRequest {
        var request = BranchCreateRequest(name: create.name?.text, from: create.from?.reference ?? "main", description: create.description)
        request.mode = create.mode.map { $0 == .live ? .live : .snapshot }
        if let ttl = create.ttl {
            guard let duration = Measures.duration(ttl) else {
                throw BranchLiteError("BL_BAD_ARGUMENT", "TTL '\(ttl)' is no duration", hint: "write '24 hours', '30m' or a number of seconds")
            }
            request.ttlSeconds = duration.wholeSeconds
        }
        return request
    }

    private func branchMode(_ word: String) throws(BranchLiteError) -> BranchMode {
        guard let mode = BranchMode(rawValue: word.lowercased()) else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "the mode of a branch is snapshot or live, not '\(word)'")
        }
        return mode
    }

    private func mergeStrategy(_ word: String) throws(BranchLiteError) -> MergeStrategy {
        guard let strategy = MergeStrategy(rawValue: word.lowercased()) else {
            throw BranchLiteError(
                "BL_BAD_ARGUMENT", "'\(word)' is no merge strategy", hint: MergeStrategy.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return strategy
    }

    private func sqliteName(_ name: ObjectName) -> String {
        guard let schema = name.schema, !schema.matches("main"), !schema.matches("public") else { return name.name.text }
        return SchemaNaming.encode(schema: schema.text, name: name.name.text)
    }

    // MARK: - Schemas that are branches

    /// `CREATE SCHEMA "branch_…"` on main makes a live branch, as the DuckDB variant's clients do it. Nil: an ordinary schema.
    func createSchemaAsBranch(_ create: CreateSchema, _ limits: RunLimits) throws(BranchLiteError) -> QueryResult? {
        let name = create.name.name.text
        guard branch == .main, name.lowercased().hasPrefix(BranchNaming.schemaPrefix) else { return nil }
        try requireMutable("CREATE SCHEMA", limits)
        if create.ifNotExists, (try? context.registry.resolve(name)) != nil { return done("CREATE SCHEMA") }
        // A client that chooses its schema name has chosen the branch's id where it has the form of one.
        let id = BranchNaming.id(inSchemaName: name.lowercased()).flatMap { context.registry.entry($0) == nil ? $0 : nil }
        let request = BranchCreateRequest(name: name, from: "main", mode: .live)
        _ = try context.createBranch(request, origin: origin, id: id)
        return done("CREATE SCHEMA")
    }

    func dropSchemaAsBranch(_ drop: Drop, _ limits: RunLimits) throws(BranchLiteError) -> QueryResult? {
        guard drop.kind == .schema, let name = drop.names.first?.name.text, drop.names.count == 1,
            name.lowercased().hasPrefix(BranchNaming.schemaPrefix), try !context.schemas.schema(of: branch).hasSchema(name)
        else { return nil }
        try requireMutable("DROP SCHEMA", limits)
        if drop.ifExists, (try? context.registry.resolve(name)) == nil { return done("DROP SCHEMA") }
        let entry = try context.registry.resolve(name)
        let record = entry.record
        if drop.behaviour != .cascade, record.mode == .live ? !record.owned.isEmpty : try context.head(of: entry.id) != record.baseVersion {
            throw BranchLiteError("BL_SCHEMA_NOT_EMPTY", "branch '\(record.name)' has tables of its own", hint: "DROP SCHEMA … CASCADE discards it")
        }
        _ = try discard(name, force: true, purge: false, "DROP SCHEMA", limits)
        return done("DROP SCHEMA")
    }

    // MARK: - Answers

    private func rows(of infos: [BranchInfo], _ command: String) throws(BranchLiteError) -> QueryResult {
        let rows: [[Value]] = infos.map { info in
            [
                .text(info.branchID), .text(info.name), .text(info.schemaName), .text(info.from), .text(info.mode.rawValue),
                .text(info.status.rawValue), .integer(Int64(clamping: info.baseVersion)), .text(info.createdAt),
                info.expiresAt.map(Value.text) ?? .null, .integer(info.ttlSeconds), info.description.map(Value.text) ?? .null,
                .integer(Int64(info.tableCount)), .integer(Int64(info.sessions)), .text(info.tablesModified.joined(separator: ", ")),
                .integer(Int64(clamping: info.uniqueBytes)),
            ]
        }
        return QueryResult(columns: CommandColumns.result(CommandColumns.branch), values: rows, branch: branchName, command: command)
    }

    private func restoreRow(_ result: RestoreResult, _ command: String) -> QueryResult {
        let row: [Value] = [
            .text(result.branchID), .text(result.branch), .integer(Int64(clamping: result.version)), .integer(Int64(clamping: result.previousVersion)),
            result.restoredVersion.map { .integer(Int64(clamping: $0)) } ?? .null, .boolean(result.undropped),
        ]
        return QueryResult(columns: CommandColumns.result(CommandColumns.restored), values: [row], branch: branchName, command: command)
    }

    /// All row changes of a diff, or the first `limit` of them, read in pages.
    private func wholeDiff(_ request: DiffRequest, limit: Int?) throws(BranchLiteError) -> DiffResult {
        var request = request
        request.limit = min(limit ?? SessionCore.diffPage, SessionCore.diffPage)
        var whole = try context.diff(request)
        func count(_ result: DiffResult) -> Int { result.tables.reduce(0) { $0 + ($1.rows?.count ?? 0) } }
        var known = count(whole)
        while let cursor = whole.nextCursor, limit.map({ known < $0 }) ?? true {
            request.cursor = cursor
            request.limit = min(limit.map { $0 - known } ?? SessionCore.diffPage, SessionCore.diffPage)
            let page = try context.diff(request)
            known += count(page)
            whole.tables += page.tables
            whole.nextCursor = page.nextCursor
        }
        return whole
    }

    /// Row changes that a page of a diff in SQL has.
    private static let diffPage = 10_000

    private func diffRows(_ diff: DiffResult, withRows: Bool) -> QueryResult {
        if withRows {
            var rows: [[Value]] = []
            for table in diff.tables {
                for row in table.rows ?? [] {
                    rows.append([
                        .text(table.table), .text(row.kind.rawValue), .json(JSONValue.object(row.key).compactText),
                        row.before.map { .json(JSONValue.object($0).compactText) } ?? .null,
                        row.after.map { .json(JSONValue.object($0).compactText) } ?? .null,
                        .json(JSONValue.array(row.changedColumns.map(JSONValue.string)).compactText),
                    ])
                }
            }
            return QueryResult(
                columns: CommandColumns.result(CommandColumns.diffRows), values: rows, truncated: diff.nextCursor != nil,
                branch: branchName, command: "DIFF BRANCH")
        }
        var rows: [[Value]] = diff.schema.map { change in
            [.text(change.type.rawValue), .text(change.name), .text(change.change.rawValue), .null, .null, .null]
        }
        rows += diff.tables.map { [.text("rows"), .text($0.table), .text("changed"), .integer(Int64($0.inserted)), .integer(Int64($0.updated)), .integer(Int64($0.deleted))] }
        return QueryResult(columns: CommandColumns.result(CommandColumns.diffSummary), values: rows, branch: branchName, command: "DIFF BRANCH")
    }

    /// A session that discards its own branch with the merge goes to main.
    private func merge(_ request: MergeRequest) throws(BranchLiteError) -> QueryResult {
        let isOwn = request.discard && branch != .main && (try? context.registry.resolve(request.branch).id) == branch
        let result = try context.merge(request, origin: origin, ownSessions: isOwn ? 1 : 0)
        if isOwn, result.discarded == true { try switchBranch(to: .main, RunLimits(isReadOnly: isReadOnly)) }
        return mergeRows(result)
    }

    private func mergeRows(_ merge: MergeResult) -> QueryResult {
        func sum(_ field: KeyPath<TableMergeCount, Int>) -> Value { .integer(Int64(merge.tables.reduce(0) { $0 + $1[keyPath: field] })) }
        let row: [Value] = [
            .text(merge.status.rawValue), .text(merge.branch), .text(merge.target), .boolean(merge.fastForward),
            .integer(Int64(clamping: merge.version)), .integer(Int64(merge.merged)), sum(\.inserted), sum(\.updated), sum(\.deleted),
            .integer(Int64(merge.conflictCount)), .integer(Int64(merge.violations.count)),
            merge.discarded.map(Value.boolean) ?? .null,
        ]
        return QueryResult(columns: CommandColumns.result(CommandColumns.merged), values: [row], branch: branchName, command: "MERGE BRANCH")
    }

    // MARK: - Table functions

    /// What a system parameter holds: JSON text of rows, or the branch's name.
    func systemValue(_ source: SystemSource) throws(BranchLiteError) -> SQLiteValue {
        switch source {
        case .currentBranch: return .text(branchName)
        case .session: return .text(SequenceValues.sessionKey(number, branch))
        case .catalog: return .integer(try catalogRows(source))
        case .branchFunction(let function, let arguments): return .text(try functionRows(function, arguments))
        }
    }

    private func functionRows(_ function: BranchFunction, _ arguments: [String: Constant]) throws(BranchLiteError) -> String {
        func text(_ name: String) -> String? { arguments[name].flatMap { $0 == .null ? nil : $0.plainText } }
        var rows: [JSONValue] = []
        switch function {
        case .branches:
            let filter = try text("status").map { word throws(BranchLiteError) in
                guard let filter = BranchFilter(rawValue: word.lowercased()) else {
                    throw BranchLiteError("BL_BAD_ARGUMENT", "'\(word)' is no status of branches")
                }
                return filter
            }
            for entry in context.registry.entries().sorted(by: { $0.record.createdAt < $1.record.createdAt }) {
                let shown = switch filter {
                case nil: entry.record.isLiving
                case .all: true
                case .active: entry.record.status == .active
                case .merged: entry.record.status == .merged
                case .discarded: entry.record.status == .discarded
                case .expired: entry.record.status == .expired
                }
                guard shown, let head = context.store.branch(entry.id)?.head else { continue }
                let info = context.info(entry, head: head, detailed: true)
                rows.append(.array([
                    .string(info.branchID), .string(info.name), .string(info.schemaName), info.parent.map(JSONValue.string) ?? .null,
                    .string(info.mode.rawValue), .string(info.status.rawValue), .integer(Int64(clamping: info.baseVersion)),
                    .integer(entry.record.createdAt), entry.expiresAt().map(JSONValue.integer) ?? .null, .integer(entry.lastUsedAt),
                    .integer(Int64(info.depth)), .integer(Int64(info.sessions)), .integer(Int64(info.tablesModified.count)),
                    .integer(Int64(clamping: info.uniqueBytes)), info.description.map(JSONValue.string) ?? .null,
                ]))
            }
        case .branchDiff:
            var request = DiffRequest(branch: text("branch") ?? branchName, base: text("base") ?? "main", table: text("table"), detail: .rows)
            if let against = text("against") { request.against = DiffAgainst(rawValue: against.lowercased()) ?? request.against }
            for table in try wholeDiff(request, limit: text("limit").flatMap { Int($0) }).tables {
                for row in table.rows ?? [] {
                    rows.append(.array([
                        .string(table.table), .string(row.kind.rawValue), .string(JSONValue.object(row.key).compactText),
                        row.before.map { .string(JSONValue.object($0).compactText) } ?? .null,
                        row.after.map { .string(JSONValue.object($0).compactText) } ?? .null,
                        .string(JSONValue.array(row.changedColumns.map(JSONValue.string)).compactText),
                    ]))
                }
            }
        case .branchHistory:
            let entry = try context.registry.resolve(text("branch") ?? branchName)
            let limit = text("limit").flatMap { Int($0) } ?? SessionCore.historyLimit
            for line in try context.historyLines(of: entry, limit: limit, before: text("before").flatMap { UInt64($0) }).0 {
                rows.append(.array([
                    .integer(Int64(clamping: line.version.id.rawValue)), .integer(line.version.timeMicros), line.session.map(JSONValue.string) ?? .null,
                    line.statement.map(JSONValue.string) ?? .null, line.rowsChanged.map { .integer(Int64($0)) } ?? .null,
                    .string(JSONValue.array(line.version.parents.map { .integer(Int64(clamping: $0.rawValue)) }).compactText), .string(line.branch),
                ]))
            }
        case .branchConflicts:
            let request = MergeRequest(branch: text("branch") ?? branchName, target: text("target") ?? "main", strategy: .manual, dryRun: true, conflictLimit: .max)
            for conflict in try context.merge(request, origin: origin).conflicts {
                rows.append(.array([
                    .string(conflict.id), .string(conflict.table), .string(JSONValue.object(conflict.key).compactText), .string(conflict.kind.rawValue),
                    .string(JSONValue.array(conflict.columns.map(JSONValue.string)).compactText),
                    conflict.base.map { .string(JSONValue.object($0).compactText) } ?? .null,
                    conflict.branch.map { .string(JSONValue.object($0).compactText) } ?? .null,
                    conflict.target.map { .string(JSONValue.object($0).compactText) } ?? .null,
                ]))
            }
        }
        return JSONValue.array(rows).compactText
    }

    /// Rows that `branch_history()` shows unless told otherwise.
    static let historyLimit = 100
}

extension BranchPoint {
    /// As the API takes it: `name`, `name@version` or `name@timestamp`.
    var reference: String {
        switch moment {
        case .version(let number)?: "\(branch.text)@\(number)"
        case .timestamp(let text)?: "\(branch.text)@\(text)"
        case nil: branch.text
        }
    }
}
