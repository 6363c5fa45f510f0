import Engine
import PageStore
import SQLDialect

/// SQLite files in and out, and the check of a whole store.
extension StoreContext {
    // MARK: - Import

    /// Brings in an ordinary SQLite file whole, as one version of the branch.
    func importSQLite(path: String, branch: String, progress: @Sendable (Double) -> Void) throws(BranchLiteError) -> ImportResult {
        let point = try resolve(branch)
        let origin = origin("import", path)
        if point.entry.record.mode == .snapshot, try schemas.schema(of: point.id).rows.isEmpty {
            // An empty branch takes over the file's pages.
            let record = point.entry.record
            if record.status == .merged {
                try registry.change(point.id) { (record: inout BranchRecord) throws(BranchLiteError) in record.status = .active }
            }
            try mapEngine { () throws(EngineError) in
                _ = try engine.importSQLiteFile(path, into: point.id, origin: origin, progress: { done, all in progress(all > 0 ? Double(done) / Double(all) : 1) })
            }
            try dropNotes(of: point.id)
        } else {
            try importBeside(path, point, origin: origin, progress: progress)
        }
        registry.touch(point.id)
        return ImportResult(branch: point.name, tables: try usage(branch: "@" + point.name), version: try head(of: point.id).rawValue)
    }

    /// A file that was a branch's once may have the tables in which a branch keeps what it knows of other versions; those are of
    /// another store.
    private func dropNotes(of id: BranchID) throws(BranchLiteError) {
        let ours = try schemas.schema(of: id).rows.filter { $0.type == "table" && IdentityTable.isOurs(foldedASCII($0.name)) }
        if ours.isEmpty { return }
        try mapEngine { () throws(EngineError) in
            try engine.withConnection(.head(id)) { connection throws(EngineError) in
                for row in ours { try connection.execute("DROP TABLE main.\(quoteIdentifier(row.name))") }
            }
        }
    }

    /// A branch that has tables already gets the file's beside them: through a branch of its own, for the length of the import.
    private func importBeside(_ path: String, _ point: Point, origin: [UInt8], progress: (Double) -> Void) throws(BranchLiteError) {
        let scratch = registry.freshID()
        // Were the process to end here, the collector would find it in the trash.
        var record = BranchRecord(name: "import-" + scratch.hex, status: .discarded, parent: .main, parentName: "main", baseVersion: point.version)
        record.trashedAt = 0
        let metadata = record.encoded()
        try mapStore { () throws(StoreError) in try store.fork(from: point.version, as: scratch, metadata: metadata, durable: false) }
        defer {
            engine.evict(scratch)
            try? store.discard(scratch)
        }
        try mapEngine { () throws(EngineError) in
            _ = try engine.importSQLiteFile(path, into: scratch, origin: origin, progress: { done, all in progress(all > 0 ? Double(done) / Double(all) : 1) })
        }
        let incoming = try mapStore { () throws(StoreError) in try store.snapshot(of: scratch) }
        let schema = try schemas.schema(at: incoming)
        let present = Set(try visibleTables(of: point.id).map { foldedASCII($0.name) })
        if let clash = schema.tableNames.first(where: { present.contains(foldedASCII($0)) }) {
            throw BranchLiteError(
                "BL_ALREADY_EXISTS", "branch '\(point.name)' has a table '\(clash)' already", hint: "import into a new branch and merge it",
                details: ["table": .string(clash)])
        }
        if let virtual = schema.tableNames.first(where: { schema.table($0)?.kind == .virtual }) {
            throw BranchLiteError(
                "BL_UNSUPPORTED", "the file has the virtual table '\(virtual)', which can be imported into an empty branch only",
                hint: "import into an empty store")
        }
        let signal = SessionSignal(registry: registry, table: sessions)
        let core = SessionCore(context: self, options: SessionOptions(origin: "import"), signal: signal, branch: point.id)
        defer { core.close() }
        try core.takeOver(schema, from: incoming, origin: origin)
    }

    // MARK: - Export

    /// Writes the branch as an ordinary SQLite file.
    func exportSQLite(branch: String, path: String, progress: @Sendable (Double) -> Void) throws(BranchLiteError) {
        var point = try resolve(branch)
        if point.entry.record.mode == .live {
            // What it reads through has to be in the file: exported from a snapshot made for it.
            let request = BranchCreateRequest(name: nil, from: "@" + point.name, mode: .snapshot, ttlSeconds: 0)
            let (copy, _) = try fork(request, origin: "export")
            defer { _ = try? purge(copy.id, origin: "export") }
            point = try resolve(copy.id.hex)
            try export(point, path, progress)
            return
        }
        try export(point, path, progress)
    }

    private func export(_ point: Point, _ path: String, _ progress: (Double) -> Void) throws(BranchLiteError) {
        let snapshot = point.isFixed ? try snapshot(at: point.version) : try snapshot(of: point.id)
        let schema = try schemas.schema(at: snapshot)
        try mapEngine { () throws(EngineError) in
            try Engine.exportSQLiteFile(
                snapshot, pageSize: store.pageSize, to: path,
                finish: { file throws(EngineError) in try ReadableExport.rewrite(file, schema) },
                progress: { done, all in progress(all > 0 ? Double(done) / Double(all) : 1) })
        }
    }

    // MARK: - Check

    /// Verifies the whole store, then asks SQLite about each living branch's own structure.
    func check(progress: @Sendable @escaping (Double) -> Void) throws(BranchLiteError) -> CheckResult {
        let expected = Double(max(1, store.statistics().usedSlots))
        let report = try mapStore { () throws(StoreError) in
            try store.check { images in
                progress(min(0.9, 0.9 * Double(images) / expected))
                return true
            }
        }
        var problems = report.problems
        if report.furtherProblems > 0 { problems.append("and \(report.furtherProblems) more") }
        for entry in registry.entries() where store.branch(entry.id) == nil {
            problems.append("branch '\(entry.record.name)' (\(entry.id.hex)) has a record but no data")
        }
        let known = Set(registry.entries().map(\.id))
        for branch in store.branches() where !known.contains(branch.id) {
            problems.append("branch \(branch.id.hex) has data but no record")
        }
        for entry in registry.entries() where store.branch(entry.id) != nil {
            problems += quickCheck(entry)
        }
        progress(1)
        let statistics = store.statistics()
        return CheckResult(
            clean: problems.isEmpty, problems: problems, branches: statistics.branches, versions: statistics.versions,
            pages: statistics.usedSlots, bytes: statistics.fileSlots * UInt64(store.pageSize))
    }

    private func quickCheck(_ entry: Registry.Entry) -> [String] {
        do throws(EngineError) {
            let rows = try engine.withConnection(.head(entry.id), readOnly: true) { connection throws(EngineError) in
                try connection.query("PRAGMA main.quick_check(20)")
            }
            return rows.compactMap { row in
                guard case .text(let text)? = row.first, text != "ok" else { return nil }
                return "branch '\(entry.record.name)': \(text)"
            }
        } catch {
            return ["branch '\(entry.record.name)': \(error.message)"]
        }
    }
}

extension SessionCore {
    /// Copies all objects and rows of `incoming` into the session's branch in one commit.
    fileprivate func takeOver(_ schema: BranchSchema, from incoming: Snapshot, origin: [UInt8]) throws(BranchLiteError) {
        let connection = try connection(to: branch)
        connection.commitOrigin = origin
        let alias = "_bl_import"
        try mapEngine { () throws(EngineError) in
            try connection.ensureAttached([(alias, .pinned(incoming))])
            try connection.transaction.begin(.readCommitted)
        }
        transaction = OpenTransaction(branch: branch, isReadOnly: false)
        do throws(BranchLiteError) {
            try mapEngine { () throws(EngineError) in try connection.transaction.prepareToWrite() }
            let before = try physicalTables(connection)
            try mapEngine { () throws(EngineError) in
                try connection.withoutEnforcement { () throws(EngineError) in
                    for name in schema.tableNames {
                        guard let info = schema.table(name), info.kind == .table else { continue }
                        try connection.execute(info.sql)
                        let columns = info.columns.filter { $0.generated == .no }.map { quoteIdentifier($0.name) }
                        let rowid = info.rowidAlias == nil && !info.isWithoutRowid && !info.columns.contains { $0.key == "rowid" }
                        let list = ((rowid ? ["rowid"] : []) + columns).joined(separator: ", ")
                        try connection.execute(
                            "INSERT INTO main.\(quoteIdentifier(name)) (\(list)) SELECT \(list) FROM \(quoteIdentifier(alias)).\(quoteIdentifier(name))", [])
                    }
                    for type in ["index", "view", "trigger"] {
                        for row in schema.rows where row.type == type { if let sql = row.sql { try connection.execute(sql) } }
                    }
                }
            }
            if try effectiveRecord().mode == .live { try noteDefinitions(of: branch, before: before, connection) }
            try commitTransaction()
        } catch {
            abandonTransaction()
            throw error
        }
    }
}
