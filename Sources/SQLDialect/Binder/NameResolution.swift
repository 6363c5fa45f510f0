/// A table-like thing that a name was found to mean.
struct ResolvedTable {
    enum Kind {
        case table(TableInfo)
        /// A view: where its body's unqualified names belong, and its text.
        case view(TableInfo, context: BranchKey)
        case system(SystemTable)
    }

    var kind: Kind
    /// The branch whose database holds it; for a live branch's table that is still its parent's, the parent.
    var branch: BranchKey
    /// The branch that the name was looked up in.
    var addressed: BranchKey
    var moment: ReadMoment?
    var isTemporary = false
    /// The qualifiers under which columns may name it.
    var qualifiers: [String] = []
}

/// Where a qualifier leads.
enum Place {
    case schema(branch: BranchKey, schema: String?)
    case temporary
    case system(String, branch: BranchKey?)
}

extension Binder {
    static let systemSchemas: Set<String> = ["information_schema", "pg_catalog"]

    // MARK: - Qualifiers

    /// What the qualifiers of a name mean; `docs/dialect.md` has the rules.
    func place(of name: ObjectName) throws(SQLError) -> Place {
        guard let schema = name.schema else { return .schema(branch: contextBranch, schema: nil) }
        if let catalog = name.catalog {
            let branch: BranchKey
            if let named = try branchAfterAt(catalog) {
                branch = named
            } else if isConnectionName(catalog.text) {
                branch = contextBranch
            } else {
                switch self.catalog.branch(named: catalog.text) {
                case .found(let key): branch = key
                case .ambiguous(let names): throw ambiguous(catalog, names)
                case .none: throw unknownBranch(catalog)
                }
            }
            return try place(schema: schema, in: branch, whole: name)
        }
        if let branch = try branchAfterAt(schema) { return .schema(branch: branch, schema: nil) }
        let key = schema.key
        if Binder.systemSchemas.contains(key) { return .system(key, branch: nil) }
        switch key {
        case "main": return .schema(branch: .main, schema: nil)
        case "public": return .schema(branch: contextBranch, schema: nil)
        case "temp": return .temporary
        default: break
        }
        if try visibleSchema(of: contextBranch, at: contextMoment, named: schema.text) { return .schema(branch: contextBranch, schema: schema.text) }
        switch catalog.branch(named: schema.text) {
        case .found(let branch): return .schema(branch: branch, schema: nil)
        case .ambiguous(let names): throw ambiguous(schema, names)
        case .none: break
        }
        if isConnectionName(schema.text) { return .schema(branch: contextBranch, schema: nil) }
        throw try noSuchQualifier(schema)
    }

    private func place(schema: Identifier, in branch: BranchKey, whole: ObjectName) throws(SQLError) -> Place {
        let key = schema.key
        if Binder.systemSchemas.contains(key) { return .system(key, branch: branch) }
        if key == "main" || key == "public" || key == branch.schemaName { return .schema(branch: branch, schema: nil) }
        if try visibleSchema(of: branch, at: nil, named: schema.text) { return .schema(branch: branch, schema: schema.text) }
        throw error(
            BinderCode.noSuchSchema, "There is no schema \"\(schema.text)\" in branch \"\(catalog.displayName(of: branch))\"",
            at: schema.range, hint: "Its default schema is main")
    }

    private func branchAfterAt(_ qualifier: Identifier) throws(SQLError) -> BranchKey? {
        guard qualifier.text.hasPrefix("@") else { return nil }
        let name = String(qualifier.text.dropFirst())
        switch catalog.branch(named: name) {
        case .found(let branch): return branch
        case .ambiguous(let names): throw ambiguous(qualifier, names)
        case .none: throw unknownBranch(Identifier(name, range: qualifier.range))
        }
    }

    private func isConnectionName(_ name: String) -> Bool {
        if let connection = catalog.connectionName, equalIgnoringASCIICase(connection, name) { return true }
        return equalIgnoringASCIICase(settings.databaseName, name)
    }

    /// Whether a branch shows a schema of that name, a live branch its parent's too.
    func visibleSchema(of branch: BranchKey, at moment: ReadMoment?, named name: String) throws(SQLError) -> Bool {
        guard moment == nil, let live = catalog.live(of: branch) else { return try catalog.schema(of: branch, at: moment).hasSchema(name) }
        let marker = foldedASCII(SchemaNaming.marker(schema: name))
        if live.owned.contains(marker) { return true }
        if live.dropped.contains(marker) { return false }
        return try visibleSchema(of: live.parent, at: nil, named: name)
    }

    // MARK: - Tables

    /// Finds a table or view that a statement reads.
    func resolve(_ name: ObjectName, moment: ReadMoment?) throws(SQLError) -> ResolvedTable {
        let moment = moment ?? contextMoment
        if name.isUnqualified {
            // A view's names are its branch's, whatever the session has put beside it.
            if moment == nil, viewDepth == 0 || viewIsTemporary, let info = catalog.temporarySchema?.table(name.name.text), !info.name.hasPrefix("sqlite_") {
                return temporary(info)
            }
            if let found = try find(name.name.text, in: contextBranch, schema: nil, moment: moment) { return found }
            if let system = SystemTable.unqualified(name.name.key) {
                return ResolvedTable(kind: .system(system), branch: contextBranch, addressed: contextBranch, moment: nil)
            }
            throw try noSuchTable(name, in: .schema(branch: contextBranch, schema: nil))
        }
        let place = try place(of: name)
        switch place {
        case .temporary:
            if let info = catalog.temporarySchema?.table(name.name.text) { return temporary(info) }
        case .system(let schema, let branch):
            if let system = SystemTable(schema: schema, name: name.name.key, branch: branch) {
                return ResolvedTable(kind: .system(system), branch: contextBranch, addressed: contextBranch, moment: nil, qualifiers: [schema])
            }
        case .schema(let branch, let schema):
            // A kept version is of the branch that the name says.
            let at = branch == contextBranch ? moment : (moment == contextMoment ? nil : moment)
            if var found = try find(name.name.text, in: branch, schema: schema, moment: at) {
                found.qualifiers = [name.schema, name.catalog].compactMap { $0?.key }
                return found
            }
            if schema == nil, let system = SystemTable.unqualified(name.name.key) {
                return ResolvedTable(kind: .system(system.of(branch)), branch: contextBranch, addressed: branch, moment: nil)
            }
        }
        throw try noSuchTable(name, in: place)
    }

    private func temporary(_ info: TableInfo) -> ResolvedTable {
        ResolvedTable(
            kind: info.kind == .view ? .view(info, context: contextBranch) : .table(info), branch: executionBranch,
            addressed: contextBranch, moment: nil, isTemporary: true, qualifiers: ["temp"])
    }

    /// Finds a table of a branch, falling through to the parent where the branch is live and does not own it.
    func find(_ name: String, in branch: BranchKey, schema: String?, moment: ReadMoment?) throws(SQLError) -> ResolvedTable? {
        let sqliteName = SchemaNaming.encode(schema: schema, name: name)
        guard let (info, holder) = try lookUp(sqliteName, in: branch, moment: moment) else { return nil }
        return ResolvedTable(
            kind: info.kind == .view ? .view(info, context: branch) : .table(info), branch: holder, addressed: branch, moment: moment,
            qualifiers: schema.map { [foldedASCII($0)] } ?? (branch == .main && contextBranch == .main ? ["main", "public"] : ["public"]))
    }

    func lookUp(_ sqliteName: String, in branch: BranchKey, moment: ReadMoment?) throws(SQLError) -> (TableInfo, BranchKey)? {
        if moment == nil, let live = catalog.live(of: branch) {
            let key = foldedASCII(sqliteName)
            // What SQLite itself shows would have the hidden tables in it.
            if key == "sqlite_schema" || key == "sqlite_master" { return nil }
            if !live.owned.contains(key) {
                return live.dropped.contains(key) ? nil : try lookUp(sqliteName, in: live.parent, moment: nil)
            }
        }
        guard let info = try catalog.schema(of: branch, at: moment).table(sqliteName) else { return nil }
        return (info, branch)
    }

    /// All tables and views that a branch shows: SQLite's names.
    func visibleTables(of branch: BranchKey) throws(SQLError) -> [String] { try Visibility.tables(of: branch, in: catalog).map(\.name) }

    // MARK: - What is wrong with a name

    private func ambiguous(_ name: Identifier, _ candidates: [String]) -> SQLError {
        error(
            BinderCode.ambiguousName, "\"\(name.text)\" could mean the branches \(candidates.map { "\"\($0)\"" }.joined(separator: " and "))",
            at: name.range, hint: "Write the name in quotes, or as \"@name\"")
    }

    func unknownBranch(_ name: Identifier) -> SQLError {
        error(
            BinderCode.unknownBranch, "There is no branch \"\(name.text)\"", at: name.range,
            hint: nearest(name.text, among: catalog.branchNames).map { "Did you mean \"\($0)\"?" } ?? Binder.listing("Branches", catalog.branchNames))
    }

    private func noSuchQualifier(_ name: Identifier) throws(SQLError) -> SQLError {
        let schemas = ["main", "public", "information_schema"] + (try catalog.schema(of: contextBranch, at: contextMoment)).schemaNames
        let branches = catalog.branchNames
        let hint =
            nearest(name.text, among: schemas + branches).map { "Did you mean \"\($0)\"?" }
            ?? [Binder.listing("Schemas", schemas), Binder.listing("branches", branches)].compactMap { $0 }.joined(separator: "; ")
        return error(BinderCode.noSuchSchema, "There is no schema or branch \"\(name.text)\"", at: name.range, hint: hint)
    }

    func noSuchTable(_ name: ObjectName, in place: Place) throws(SQLError) -> SQLError {
        var candidates: [String] = []
        var whole = name.name.text
        switch place {
        case .schema(let branch, let schema):
            candidates = try visibleTables(of: branch).compactMap { sqliteName in
                let decoded = SchemaNaming.decode(sqliteName)
                switch (decoded.schema, schema) {
                case (nil, nil): return decoded.name
                case (let a?, let b?) where equalIgnoringASCIICase(a, b): return decoded.name
                default: return nil
                }
            }
            if branch != contextBranch { whole = "\(catalog.displayName(of: branch)).\(whole)" }
            else if let schema { whole = "\(schema).\(whole)" }
        case .temporary: candidates = catalog.temporarySchema?.tableNames ?? []
        case .system(let schema, _):
            candidates = SystemTable.names(in: schema)
            whole = "\(schema).\(whole)"
        }
        let hint = nearest(name.name.text, among: candidates).map { "Did you mean \"\($0)\"?" } ?? Binder.listing("Tables", candidates)
        return error(BinderCode.noSuchTable, "Table with name \(whole) does not exist", at: name.range, hint: hint)
    }

    private static let listedNames = 12

    static func listing(_ what: String, _ names: [String]) -> String? {
        guard !names.isEmpty else { return nil }
        let shown = names.prefix(listedNames).joined(separator: ", ")
        return names.count > listedNames ? "\(what): \(shown), … (\(names.count))" : "\(what): \(shown)"
    }
}

/// What a branch shows, live ones included.
enum Visibility {
    struct Entry {
        var name: String
        /// The branch whose database holds it.
        var holder: BranchKey
    }

    static func tables(of branch: BranchKey, in catalog: any Catalog) throws(SQLError) -> [Entry] {
        let own = try catalog.schema(of: branch, at: nil).tableNames
        guard let live = catalog.live(of: branch) else { return own.map { Entry(name: $0, holder: branch) } }
        let mine = own.filter { live.owned.contains(foldedASCII($0)) }.map { Entry(name: $0, holder: branch) }
        let through = try tables(of: live.parent, in: catalog).filter {
            let key = foldedASCII($0.name)
            return !live.owned.contains(key) && !live.dropped.contains(key)
        }
        return mine + through
    }
}

// MARK: - Write targets

/// The table that a statement writes or defines.
struct WriteTable {
    var branch: BranchKey
    /// SQLite's name.
    var name: String
    var schema: String?
    var isTemporary = false
    /// nil when there is no such table.
    var info: TableInfo?
    /// Whether a live branch still reads it through.
    var isReadThrough = false

    var reference: TableReference { TableReference(branch: branch, table: info?.name ?? name) }
}

extension Binder {
    /// Where a statement that writes the name would write. Decides the branch that the steps run on.
    /// - Throws: `BL_CROSS_BRANCH_WRITE` when the session may not write there.
    func writeTable(_ name: ObjectName, temporary: Bool = false) throws(SQLError) -> WriteTable {
        let place = try place(of: name)
        switch place {
        case .temporary: return temporaryTarget(name)
        case .system(let schema, _):
            throw error(BinderCode.denied, "\(schema).\(name.name.text) cannot be written", at: name.range)
        case .schema(let branch, let schema):
            if temporary { return temporaryTarget(name) }
            if name.isUnqualified, let info = catalog.temporarySchema?.table(name.name.text), !info.name.hasPrefix("sqlite_") {
                return temporaryTarget(name)
            }
            try checkWritable(branch, name)
            let sqliteName = SchemaNaming.encode(schema: schema, name: name.name.text)
            let found = try lookUp(sqliteName, in: branch, moment: nil)
            return WriteTable(
                branch: branch, name: found?.0.name ?? sqliteName, schema: schema, info: found?.0,
                isReadThrough: found.map { $0.1 != branch } ?? false)
        }
    }

    private func temporaryTarget(_ name: ObjectName) -> WriteTable {
        let info = catalog.temporarySchema?.table(name.name.text)
        return WriteTable(branch: executionBranch, name: info?.name ?? name.name.text, schema: nil, isTemporary: true, info: info)
    }

    private func checkWritable(_ branch: BranchKey, _ name: ObjectName) throws(SQLError) {
        if branch == executionBranch { return }
        if catalog.activeBranch == .main, executionBranch == .main, writes.isEmpty {
            executionBranch = branch
            return
        }
        throw error(
            BinderCode.crossBranchWrite,
            "The session is on branch \"\(catalog.displayName(of: catalog.activeBranch))\" and cannot write \"\(name.parts.map(\.text).joined(separator: "."))\" of branch \"\(catalog.displayName(of: branch))\"",
            at: name.range,
            hint: catalog.activeBranch == .main ? "A statement writes one branch only" : "Use USE BRANCH \(branch == .main ? "main" : "\"\(catalog.displayName(of: branch))\"") first, or merge the branch")
    }

    /// The existing table that a statement writes, as its own: a table that a live branch still reads through is noted
    /// to be materialised first.
    func existingTable(_ name: ObjectName, kind: String = "Table") throws(SQLError) -> (WriteTable, TableInfo) {
        let target = try writeTable(name)
        guard let info = target.info else {
            throw try noSuchTable(name, in: .schema(branch: target.branch, schema: target.schema))
        }
        return (target, info)
    }

    /// A table's name in the lowered SQL.
    func loweredName(_ target: WriteTable) -> ObjectName {
        let schema: Identifier? = target.isTemporary ? "temp" : (qualifiesTables ? "main" : nil)
        return ObjectName(schema: schema, name: Identifier(target.info?.name ?? target.name))
    }
}
