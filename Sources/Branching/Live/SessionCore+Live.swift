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

    /// Makes tables (or views) of a branch its own inside the open transaction.
    func materialize(_ names: [String], of branch: BranchID, _ connection: Connection) throws(BranchLiteError) {
        let record = try effectiveRecord(of: branch)
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
            // A full-text table over another table's text looks into that one by itself.
            if let content = live.content(of: name), record.owned[foldedASCII(content)] == nil {
                waiting += [name, content]
                continue
            }
            try live.bringUp(name, from: record.versionOfHidden(key), owned: record.owned)
            record.owned[key] = OwnedTable(kind: .materialized, name: name, base: live.parent.version)
            for shadow in try shadows(of: name, live) {
                record.owned[foldedASCII(shadow)] = OwnedTable(kind: .materialized, name: shadow, base: live.parent.version)
            }
            setPending(record)
        }
    }

    private func shadows(of name: String, _ live: LiveTables) throws(BranchLiteError) -> [String] {
        guard let entry = live.entry(name), LiveTables.isVirtual(entry) else { return [] }
        return try live.shadows(of: name)
    }

    private func setPending(_ record: BranchRecord) {
        transaction?.pendingOwned = record.owned
        transaction?.pendingRefreshed = record.refreshed
        localSchema = nil
    }

    /// Brings hidden tables and views that SQLite will look at by itself (foreign keys, triggers) to what the parent has now.
    func refresh(_ names: [String], of branch: BranchID, _ connection: Connection) throws(BranchLiteError) {
        let record = try effectiveRecord(of: branch)
        guard record.mode == .live, let parent = record.parent, !names.isEmpty else { return }
        let live = try LiveTables(context: context, connection: connection, parent: parent)
        var updated = record
        for name in names where record.owned[foldedASCII(name)] == nil && live.has(name) {
            let key = foldedASCII(name)
            try live.bringUp(name, from: updated.versionOfHidden(key), owned: record.owned)
            updated.refreshed[key] = live.parent.version
        }
        context.retention.pin(live.parent.version)
        setPending(updated)
    }

    // MARK: - Definitions

    /// Tables and views physically in the branch: folded name to its definition.
    func physicalTables(_ connection: Connection) throws(BranchLiteError) -> [String: String] {
        let rows = try mapEngine { () throws(EngineError) in
            try connection.query("SELECT name, sql FROM main.sqlite_schema WHERE type IN ('table', 'view')")
        }
        var tables: [String: String] = [:]
        for row in rows {
            if case .text(let name)? = row.first, !foldedASCII(name).hasPrefix("sqlite_"), !IdentityTable.isOurs(name) {
                tables[name] = if case .text(let sql)? = row.last { sql } else { "" }
            }
        }
        return tables
    }

    /// Before a definition: makes room where only what is hidden is in its way.
    /// - Parameter name: the index or trigger that it makes.
    func clearLeftovers(of branch: BranchID, making name: String?, _ connection: Connection) throws(BranchLiteError) {
        let record = try effectiveRecord(of: branch)
        guard record.mode == .live, let parent = record.parent else { return }
        try LiveTables(context: context, connection: connection, parent: parent).clear(owned: record.owned, making: name)
    }

    /// After a definition: what it made is the branch's own; what it dropped or renamed away does not show through.
    func noteDefinitions(of branch: BranchID, before: [String: String], _ connection: Connection) throws(BranchLiteError) {
        var record = try effectiveRecord(of: branch)
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
            try live.clear(owned: record.owned, making: nil)
            // Views last: they may name tables that come with this. (A name is taken from the end.)
            let shadows = try LiveTables.shadowTables(on: connection, schema: live.alias)
            let names = live.names.filter { record.owned[foldedASCII($0)] == nil && shadows[foldedASCII($0)] == nil }
            try materialize(names.filter { live.isView($0) } + names.filter { !live.isView($0) }, live, record)
            try commitTransaction()
        } catch {
            abandonTransaction()
            throw error
        }
    }
}
