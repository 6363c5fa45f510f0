extension Binder {
    /// TRUNCATE: every row goes, with CASCADE also those of tables that refer to them; with RESTART IDENTITY the keys and sequences
    /// of the tables start again (where a value may be given again, see `docs/dialect.md`).
    func lower(_ truncate: Truncate) throws(SQLError) -> LoweredStatement {
        var result = LoweredStatement(kind: .definition, tag: "TRUNCATE TABLE", isReadOnly: false)
        var targets: [(WriteTable, TableInfo)] = []
        for name in truncate.names { targets.append(try existingTable(name)) }
        var index = 0
        while truncate.cascades, index < targets.count {
            let (target, info) = targets[index]
            index += 1
            guard !target.isTemporary else { continue }
            for entry in try Visibility.tables(of: target.branch, in: catalog) where !targets.contains(where: { equalIgnoringASCIICase($0.1.name, entry.name) }) {
                guard let found = try lookUp(entry.name, in: target.branch, moment: nil)?.0,
                    found.foreignKeys.contains(where: { equalIgnoringASCIICase($0.table, info.name) })
                else { continue }
                let decoded = SchemaNaming.decode(found.name)
                let name = ObjectName(schema: decoded.schema.map { Identifier($0) } ?? (target.branch == contextBranch ? nil : truncate.names[0].schema), name: Identifier(decoded.name))
                targets.append(try existingTable(name))
                result.notices.append(Notice("truncate cascades to table \"\(decoded.name)\""))
            }
        }
        // Rows that refer to others go first.
        for (target, _) in targets.reversed() {
            try noteWrite(target, .change)
            result.add(.delete(Delete(target: WriteTarget(loweredName(target)))), countsRows: true)
        }
        guard truncate.restartsIdentity else { return result }
        for (target, info) in targets where !target.isTemporary {
            if info.isAutoincrement {
                result.add(.delete(Delete(
                    target: WriteTarget(ObjectName(schema: "main", name: "sqlite_sequence")), filter: .binary(.column("name"), .equal, .string(info.name)))))
                result.add(.select(Select(SelectCore(items: [
                    .expr(.call("bl_setval", try sessionKey(), .string(SequenceKey.table(info.name)), .integer(1), .integer(0), .integer(1)), alias: nil),
                ]))))
            }
            for column in info.columns {
                guard let text = column.defaultText, let name = SequenceKey.sequenceName(inDefault: text), let sequence = try? sequence(name),
                    case .own(let definition, _) = sequence, definition.owner.last.map({ equalIgnoringASCIICase($0, column.name) }) ?? false
                else { continue }
                result.add(.select(Select(SelectCore(items: [
                    .expr(.call("bl_setval", try sessionKey(), .string(sequence.key), .integer(definition.start), .integer(0), .integer(definition.increment)), alias: nil),
                ]))))
            }
        }
        return result
    }
}
