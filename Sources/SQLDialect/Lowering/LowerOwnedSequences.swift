extension Binder {
    /// What becomes of the name of a column that a sequence belongs to.
    struct OwnerChange {
        var table: String?
        var column: (old: String, new: String)?
        /// The schema it moves to; nil inside: the default one.
        var schema: String??
    }

    /// Sequences that belong to a column of the table go on doing so under its new name.
    func followOwners(_ info: TableInfo, _ target: WriteTable, _ change: OwnerChange, into result: inout LoweredStatement) throws(SQLError) {
        guard !target.isTemporary, info.kind == .table else { return }
        let (schema, table) = SchemaNaming.decode(info.name)
        for entry in try Visibility.sequences(of: target.branch, in: catalog) {
            guard let (view, _) = try lookUp(entry.name, in: target.branch, moment: nil), var definition = view.sequence, definition.owner.count >= 2 else { continue }
            let count = definition.owner.count
            let owner = (schema: count > 2 ? definition.owner[count - 3] : nil, table: definition.owner[count - 2], column: definition.owner[count - 1])
            let ownSchema = owner.schema.flatMap { ["public", "main"].contains(foldedASCII($0)) ? nil : foldedASCII($0) }
            guard equalIgnoringASCIICase(owner.table, table), ownSchema == schema.map(foldedASCII) else { continue }
            if let column = change.column, !equalIgnoringASCIICase(owner.column, column.old) { continue }
            definition.owner[count - 2] = change.table ?? owner.table
            definition.owner[count - 1] = change.column?.new ?? owner.column
            if let moved = change.schema { definition.owner = (moved.map { [$0] } ?? []) + definition.owner.suffix(2) }
            writes.insert(TableReference(branch: target.branch, table: view.name))
            let name = ObjectName(schema: "main", name: Identifier(view.name))
            result.add(.drop(Drop(kind: .view, ifExists: true, names: [name], behaviour: nil)))
            result.add(sql: definition.stored(name, plainName: Identifier(SchemaNaming.decode(view.name).name)))
        }
    }
}
