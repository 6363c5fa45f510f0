/// A constraint of a table under the name it was given, or else the one PostgreSQL would have made.
struct CatalogConstraint: Sendable {
    enum Kind: Character, Sendable { case primaryKey = "p", unique = "u", foreignKey = "f", check = "c" }

    var name: String
    var kind: Kind
    /// Indices into the table's columns, in the constraint's order.
    var columns: [Int]
    /// The condition of a CHECK.
    var condition: String?
    var foreignKey: ForeignKey?

    /// What `information_schema.table_constraints` calls it.
    var kindName: String {
        switch kind {
        case .primaryKey: "PRIMARY KEY"
        case .unique: "UNIQUE"
        case .foreignKey: "FOREIGN KEY"
        case .check: "CHECK"
        }
    }
}

extension TableInfo {
    /// All its constraints but NOT NULL, the primary key first.
    var catalogConstraints: [CatalogConstraint] {
        var result: [CatalogConstraint] = []
        var used: Set<String> = []
        let table = SchemaNaming.decode(name).name
        func named(_ given: String?, _ kind: CatalogConstraint.Kind, _ columns: [Int]) -> String {
            if let given, used.insert(foldedASCII(given)).inserted { return given }
            let names = columns.map { self.columns[$0].name }
            let base: String =
                switch kind {
                case .primaryKey: table + "_pkey"
                case .unique: ([table] + names + ["key"]).joined(separator: "_")
                case .foreignKey: ([table] + names + ["fkey"]).joined(separator: "_")
                case .check: (names.count == 1 ? [table, names[0], "check"] : [table, "check"]).joined(separator: "_")
                }
            var candidate = base, counter = 0
            while !used.insert(foldedASCII(candidate)).inserted {
                counter += 1
                candidate = base + String(counter)
            }
            return candidate
        }
        func add(_ kind: CatalogConstraint.Kind, _ given: Identifier?, _ columns: [Int], condition: String? = nil, foreignKey: ForeignKey? = nil) {
            let given = ConstraintNaming.keyName(given)
            result.append(CatalogConstraint(
                name: named(given, kind, columns), kind: kind, columns: columns, condition: condition, foreignKey: foreignKey))
        }
        func addCheck(_ given: Identifier?, _ expr: Expr, fallback: [Int]) {
            let (name, text) = check(given, expr)
            var references = ColumnReferences()
            let columns = (try? references.rewrite(expr)) == nil ? fallback : references.names.compactMap { columnIndex($0) }
            add(.check, name, columns.isEmpty ? fallback : columns, condition: text)
        }
        guard case .definition(let definitions, let constraints)? = definition?.body else { return [] }
        if !primaryKey.isEmpty { add(.primaryKey, primaryKeyName(definitions, constraints), primaryKey) }
        for (index, column) in definitions.enumerated() {
            for constraint in column.constraints {
                switch constraint.kind {
                case .unique: add(.unique, constraint.name, [index])
                case .check(let expr): addCheck(constraint.name, expr, fallback: [index])
                case .references(let key): add(.foreignKey, constraint.name, [index], foreignKey: key)
                default: break
                }
            }
        }
        for constraint in constraints {
            switch constraint.kind {
            case .primaryKey: break
            case .unique(let list, _): add(.unique, constraint.name, list.compactMap { $0.columnName.flatMap { columnIndex($0.text) } })
            case .check(let expr, _): addCheck(constraint.name, expr, fallback: [])
            case .foreignKey(let names, let key): add(.foreignKey, constraint.name, names.compactMap { columnIndex($0.text) }, foreignKey: key)
            }
        }
        return result
    }

    private func primaryKeyName(_ definitions: [ColumnDefinition], _ constraints: [TableConstraint]) -> Identifier? {
        for constraint in constraints { if case .primaryKey = constraint.kind { return constraint.name } }
        for column in definitions {
            for constraint in column.constraints { if case .primaryKey = constraint.kind { return constraint.name } }
        }
        return nil
    }

    /// A CHECK's own name and its condition as it was written: one without a name is named by its text when the duckdb
    /// dialect makes it.
    private func check(_ given: Identifier?, _ expr: Expr) -> (name: Identifier?, text: String) {
        guard let given else { return (nil, shownText(of: expr, in: sql)) }
        if ConstraintNaming.checkName(given) != nil { return (given, shownText(of: expr, in: sql)) }
        // The text is of the day it was written: a column may have another name by now.
        var references = ColumnReferences()
        if let written = try? Parser.parseExpression(given.text, dialect: .duckdb), (try? references.rewrite(written)) != nil,
            references.names.contains(where: { columnIndex($0) == nil }) {
            return (nil, shownText(of: expr, in: sql))
        }
        return (nil, given.text)
    }
}

/// The columns an expression names, each once, in order.
private struct ColumnReferences: SyntaxRewriter {
    var names: [String] = []

    mutating func rewrite(_ expr: Expr) throws(SQLError) -> Expr {
        if let reference = expr.columnReference {
            if !names.contains(where: { equalIgnoringASCIICase($0, reference.name.text) }) { names.append(reference.name.text) }
            return expr
        }
        return try rewriteChildren(of: expr)
    }
}
