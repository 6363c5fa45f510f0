extension Binder {
    /// Adds to a definition what it means for the identity of tables and columns (``IdentityTable``): the steps are part of the
    /// same atomic statement.
    func noteIdentity(_ statement: Statement, _ result: inout LoweredStatement) throws(SQLError) {
        guard !result.steps.isEmpty else { return }
        switch statement.node {
        case .alterTable(let alter) where alter.kind == .table:
            let target = try identityTarget(alter.name)
            guard let info = target.info, info.kind != .view, !target.isTemporary else { return }
            let isKept = try hasIdentities(target)
            var table = info.name
            var steps: [String] = []
            for action in alter.actions { steps += try identitySteps(action, &table, target, isKept: isKept || !steps.isEmpty) }
            if steps.isEmpty { return }
            if foldedASCII(table) != foldedASCII(info.name) {
                for note in try notes(target) { steps += IdentityTable.noteMoved(note, from: info.name, to: table) }
            }
            if !isKept { result.add(sql: IdentityTable.definition) }
            for step in steps { result.add(sql: step) }
        case .drop(let drop) where drop.kind == .table:
            for name in drop.names {
                guard let target = try? identityTarget(name), let info = target.info, !target.isTemporary else { continue }
                for note in try notes(target) { result.add(sql: IdentityTable.noteDropped(note, info.name)) }
                guard try hasIdentities(target) else { continue }
                result.add(sql: IdentityTable.dropped(IdentityTable.tables, info.name))
                result.add(sql: IdentityTable.droppedColumns(of: info.name))
            }
        case .drop(let drop) where drop.kind == .view || drop.kind == .sequence:
            for name in drop.names {
                guard let target = try? identityTarget(name), let info = target.info, !target.isTemporary, try has(CommentTable.name, target) else { continue }
                result.add(sql: IdentityTable.noteDropped(CommentTable.name, info.name))
            }
        case .createTable(let create) where !create.isTemporary: try noteMade(create.name, isReplaced: create.orReplace, &result)
        case .createVirtualTable(let create): try noteMade(create.name, isReplaced: false, &result)
        default: return
        }
    }

    private func identityTarget(_ name: ObjectName) throws(SQLError) -> WriteTable {
        try writeTable(settings.dialect == .sqlite ? foreign(name) : name)
    }

    private func hasIdentities(_ target: WriteTable) throws(SQLError) -> Bool { try has(IdentityTable.name, target) }

    private func notes(_ target: WriteTable) throws(SQLError) -> [String] {
        let schema = try catalog.schema(of: target.branch, at: nil)
        return IdentityTable.notes.filter { schema.contains($0) }
    }

    private func has(_ table: String, _ target: WriteTable) throws(SQLError) -> Bool {
        try catalog.schema(of: target.branch, at: nil).contains(table)
    }

    /// A table made under a name that another was made under is another one; one that is replaced by itself stays what it was.
    private func noteMade(_ name: ObjectName, isReplaced: Bool, _ result: inout LoweredStatement) throws(SQLError) {
        guard let target = try? identityTarget(name), !target.isTemporary, target.info == nil || isReplaced else { return }
        let made = SchemaNaming.encode(schema: target.schema, name: name.name.text)
        for note in try notes(target) { result.add(sql: IdentityTable.noteDropped(note, made)) }
        guard try hasIdentities(target) else { return }
        result.add(sql: IdentityTable.droppedColumns(of: made))
        if target.info != nil { return }
        // What had the name before may have gone with its schema.
        result.add(sql: IdentityTable.dropped(IdentityTable.tables, made))
        result.add(sql: IdentityTable.made(IdentityTable.tables, made))
    }

    private func identitySteps(_ action: AlterTable.Action, _ table: inout String, _ target: WriteTable, isKept: Bool) throws(SQLError) -> [String] {
        switch action {
        case .renameTable(let name): return renamed(&table, to: SchemaNaming.encode(schema: target.schema, name: name.text))
        case .setSchema(let schema):
            guard case .schema(_, let inner) = try place(of: ObjectName(schema: schema, name: Identifier(table))) else { return [] }
            return renamed(&table, to: SchemaNaming.encode(schema: inner, name: SchemaNaming.decode(table).name))
        case .renameColumn(let old, let new):
            guard !old.matches(new) else { return [] }
            return IdentityTable.renamed(IdentityTable.columns(of: table), from: old.text, to: new.text)
        case .addColumn(let column, _): return isKept ? [IdentityTable.made(IdentityTable.columns(of: table), column.name.text)] : []
        case .addIdentity, .setIdentity, .dropIdentity, .sequence, .validateConstraint, .accepted: return []
        case .dropColumn(let column, _, _): return isKept ? [IdentityTable.dropped(IdentityTable.columns(of: table), column.text)] : []
        default: return []
        }
    }

    private func renamed(_ table: inout String, to new: String) -> [String] {
        let old = table
        table = new
        guard foldedASCII(old) != foldedASCII(new) else { return [] }
        return IdentityTable.renamed(IdentityTable.tables, from: old, to: new) + IdentityTable.moved(from: old, to: new)
    }
}
