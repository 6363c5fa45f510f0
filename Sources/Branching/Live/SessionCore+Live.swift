import Engine
import PageStore
import SQLDialect

/// The live mode of a session's branch: which tables become its own, and when.
extension SessionCore {
    /// While a live branch owns nothing yet, its first write simply starts it again from its parent's head: then every table
    /// is as the parent has it now and nothing need be copied.
    func reroot(_ branch: BranchID, _ connection: Connection) throws(BranchLiteError) {
        let entry = try context.registry.living(branch)
        guard entry.record.mode == .live, entry.record.owned.isEmpty, let parent = entry.record.parent else { return }
        if try context.head(of: parent) == entry.record.hiddenVersion { return }
        try mapEngine { () throws(EngineError) in try connection.acquireWriter() }
        defer { connection.releaseWriter() }
        // Nobody else writes this branch now; another session may have made a table its own before.
        guard try context.registry.living(branch).record.owned.isEmpty else { return }
        let head = try context.head(of: parent)
        try context.registry.change(branch) { (record: inout BranchRecord) throws(BranchLiteError) in
            record.hiddenVersion = head
            record.refreshed = [:]
        } write: { metadata throws(BranchLiteError) in
            context.retention.pin(head)
            _ = try mapStore { () throws(StoreError) in
                try context.store.moveHead(of: branch, to: head, mergedFrom: nil, expectedHead: nil, metadata: metadata)
            }
        }
    }

    /// Makes tables (or views) the branch's own inside the open transaction.
    func materialize(_ names: [String], _ connection: Connection) throws(BranchLiteError) {
        let record = try effectiveRecord()
        guard record.mode == .live, let parent = record.parent, !names.isEmpty else { return }
        let live = try LiveTables(context: context, connection: connection, parent: parent)
        context.retention.pin(live.parent.version)
        try materialize(names, live, record)
    }

    private func materialize(_ names: [String], _ live: LiveTables, _ record: BranchRecord) throws(BranchLiteError) {
        var record = record
        var waiting = names
        while let name = waiting.popLast() {
            let key = foldedASCII(name)
            if record.owned[key] != nil { continue }
            try live.bringUp(name, from: record.versionOfHidden(key))
            record.owned[key] = OwnedTable(kind: .materialized, name: name, base: live.parent.version)
            setPending(record)
            // What its triggers write must be the branch's own as well.
            waiting += try triggerTargets(of: name, connection: live.connection).filter { live.has($0) && record.owned[foldedASCII($0)] == nil }
        }
    }

    private func setPending(_ record: BranchRecord) {
        transaction?.pendingOwned = record.owned
        transaction?.pendingRefreshed = record.refreshed
        localSchema = nil
    }

    /// Foreign keys join a table that is written to others: those it refers to are checked as the parent has them now; those
    /// that refer to it become the branch's own where the statement may change them (ON DELETE CASCADE and the like).
    func prepareRelated(_ lowered: LoweredStatement, _ connection: Connection) throws(BranchLiteError) {
        let record = try effectiveRecord()
        guard record.mode == .live, let parent = record.parent, !lowered.writes.isEmpty else { return }
        guard lowered.kind == .insert || lowered.kind == .update || lowered.kind == .delete else { return }
        let schema = try SchemaCache.schema(on: connection)
        var refresh: Set<String> = []
        var own: Set<String> = []
        for table in lowered.writes {
            guard let info = schema.table(table.table) else { continue }
            for key in info.foreignKeys where record.owned[foldedASCII(key.table)] == nil { refresh.insert(key.table) }
            if lowered.kind == .insert { continue }
            for name in schema.tableNames where record.owned[foldedASCII(name)] == nil {
                if schema.table(name)?.foreignKeys.contains(where: { equalIgnoringASCIICase($0.table, table.table) }) == true { own.insert(name) }
            }
        }
        if refresh.isEmpty, own.isEmpty { return }
        let live = try LiveTables(context: context, connection: connection, parent: parent)
        var updated = record
        for name in refresh.subtracting(own) where live.has(name) {
            let key = foldedASCII(name)
            try live.bringUp(name, from: updated.versionOfHidden(key))
            updated.refreshed[key] = live.parent.version
        }
        context.retention.pin(live.parent.version)
        setPending(updated)
        try materialize(own.filter { live.has($0) }, live, updated)
    }

    /// Tables that the triggers on a table write.
    private func triggerTargets(of table: String, connection: Connection) throws(BranchLiteError) -> [String] {
        let rows = try mapEngine { () throws(EngineError) in
            try connection.query("SELECT sql FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE", [.text(table)])
        }
        var targets: [String] = []
        for row in rows {
            guard case .text(let sql)? = row.first, let parsed = try? Parser.parse(sql, dialect: .sqlite).first,
                case .createTrigger(let trigger) = parsed.node
            else { continue }
            for statement in trigger.body {
                switch statement.node {
                case .insert(let insert): targets.append(insert.target.name.name.text)
                case .update(let update): targets.append(update.target.name.name.text)
                case .delete(let delete): targets.append(delete.target.name.name.text)
                default: break
                }
            }
        }
        return targets
    }

    // MARK: - Definitions

    /// Tables and views physically in the branch: folded name to its definition.
    func physicalTables(_ connection: Connection) throws(BranchLiteError) -> [String: String] {
        let rows = try mapEngine { () throws(EngineError) in
            try connection.query("SELECT name, sql FROM main.sqlite_schema WHERE type IN ('table', 'view')")
        }
        var tables: [String: String] = [:]
        for row in rows {
            if case .text(let name)? = row.first, !foldedASCII(name).hasPrefix("sqlite_") {
                tables[name] = if case .text(let sql)? = row.last { sql } else { "" }
            }
        }
        return tables
    }

    /// Frees names that only hidden leftovers use, before a definition.
    func clearLeftovers(_ connection: Connection) throws(BranchLiteError) {
        let record = try effectiveRecord()
        guard record.mode == .live, let parent = record.parent else { return }
        try LiveTables(context: context, connection: connection, parent: parent).dropLeftovers(owned: record.owned)
    }

    /// After a definition: what it made is the branch's own; what it dropped or renamed away does not show through.
    func noteDefinitions(before: [String: String], _ connection: Connection) throws(BranchLiteError) {
        var record = try effectiveRecord()
        guard record.mode == .live, let parent = record.parent else { return }
        let after = try physicalTables(connection)
        let visible = try context.schemas.schema(of: parent)
        let base = try context.head(of: parent)
        for name in after.keys where before[name] == nil {
            let key = foldedASCII(name)
            // Made anew under a name the parent has as well: the base stays that of the first ownership.
            let known = record.owned[key]
            record.owned[key] = OwnedTable(kind: known == nil || !visible.contains(name) ? .created : .materialized, name: name, base: known?.base ?? base)
        }
        for name in before.keys where after[name] == nil {
            let key = foldedASCII(name)
            if visible.contains(name) || record.owned[key]?.kind == .materialized {
                record.owned[key] = OwnedTable(kind: .dropped, name: name, base: record.owned[key]?.base ?? base)
            } else {
                record.owned[key] = nil
            }
        }
        context.retention.pin(base)
        setPending(record)
    }
}

extension StoreContext {
    /// Makes every table of a live branch its own, as its parent has them now.
    func materializeEverything(of id: BranchID, origin: String) throws(BranchLiteError) {
        let signal = SessionSignal(registry: registry, table: sessions)
        let core = SessionCore(context: self, options: SessionOptions(origin: origin), signal: signal, branch: id)
        defer { core.close() }
        try core.materializeAll()
    }
}

extension SessionCore {
    fileprivate func materializeAll() throws(BranchLiteError) {
        guard let parent = try context.registry.living(branch).record.parent else { return }
        let connection = try connection(to: branch)
        try reroot(branch, connection)
        connection.commitOrigin = context.origin(origin, "materialize")
        try mapEngine { () throws(EngineError) in
            try connection.transaction.begin(.readCommitted)
        }
        transaction = OpenTransaction(branch: branch, isReadOnly: false)
        do throws(BranchLiteError) {
            try mapEngine { () throws(EngineError) in try connection.transaction.prepareToWrite() }
            let live = try LiveTables(context: context, connection: connection, parent: parent)
            let record = try effectiveRecord()
            try live.dropLeftovers(owned: record.owned)
            // Views last: they may name tables that come with this.
            let names = live.names.filter { record.owned[foldedASCII($0)] == nil }
            try materialize(names.filter { live.isView($0) } + names.filter { !live.isView($0) }, live, record)
            try commitTransaction()
        } catch {
            abandonTransaction()
            throw error
        }
    }
}
