extension Binder {
    /// CREATE TABLE with every `LIKE t` written out.
    /// - Returns: the columns, the constraints, and for each column of another table the text that its expressions point into.
    func expandLikes(
        _ create: CreateTable, _ columns: [ColumnDefinition], _ constraints: [TableConstraint]
    ) throws(SQLError) -> (columns: [ColumnDefinition], constraints: [TableConstraint], sources: [Int: String]) {
        if create.likes.isEmpty { return (columns, constraints, [:]) }
        var result: [ColumnDefinition] = [], constraints = constraints, sources: [Int: String] = [:]
        for place in 0 ... columns.count {
            for like in create.likes where like.position == place {
                let (_, info) = try existingTable(like.table)
                guard info.kind == .table else { throw unsupported("LIKE of a view", at: like.table.range) }
                for column in info.columns {
                    var copy = ColumnDefinition(name: Identifier(column.name), type: column.type == .dynamic ? nil : Binder.typeName(column.writtenType), constraints: [])
                    if column.isNotNull { copy.constraints.append(ColumnConstraint(.notNull(conflict: nil))) }
                    if column.generated != .no, like.including.contains("GENERATED") { throw unsupported("LIKE … INCLUDING GENERATED", at: like.table.range) }
                    if let identity = column.identity, like.including.contains("IDENTITY") {
                        copy.constraints.append(ColumnConstraint(.identity(always: identity == .always, identityOptions(column))))
                    }
                    if let text = column.defaultText, like.including.contains("DEFAULTS"), column.generated == .no, column.identity == nil {
                        copy.constraints.append(ColumnConstraint(.defaultValue(try Parser.parseExpression(text, dialect: .duckdb))))
                        sources[result.count] = text
                    }
                    result.append(copy)
                }
                if like.including.contains("INDEXES") {
                    func key(_ indices: [Int]) -> [IndexedColumn] { indices.map { IndexedColumn(.column(Identifier(info.columns[$0].name))) } }
                    if !info.primaryKey.isEmpty { constraints.append(TableConstraint(name: nil, kind: .primaryKey(key(info.primaryKey), conflict: nil, autoincrement: false))) }
                    for unique in info.uniqueConstraints { constraints.append(TableConstraint(name: nil, kind: .unique(key(unique), conflict: nil))) }
                }
                if like.including.contains("CONSTRAINTS"), !info.checks.isEmpty { throw unsupported("LIKE … INCLUDING CONSTRAINTS of a table with CHECK constraints", at: like.table.range) }
            }
            if place < columns.count { result.append(columns[place]) }
        }
        return (result, constraints, sources)
    }
}
