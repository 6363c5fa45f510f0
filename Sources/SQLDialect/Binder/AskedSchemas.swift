extension Binder {
    /// Columns of the catalogue that hold the name of a schema.
    private static let schemaColumns: Set<String> = [
        "schema_name", "table_schema", "nspname", "schemaname", "constraint_schema", "unique_constraint_schema", "view_schema", "trigger_schema",
        "event_object_schema", "sequence_schema",
    ]

    /// The schemas that the statement asks a table of the catalogue for.
    func askedSchemas(of table: SystemTable) throws(SQLError) -> [AskedSchema] {
        guard table.branch == nil, table.subject == nil else { return [] }
        var found: [AskedSchema] = []
        for condition in conditions { for asked in try askedSchemas(condition) where !found.contains(asked) { found.append(asked) } }
        for condition in conditions { for asked in try askedObjects(condition) where !found.contains(asked) { found.append(asked) } }
        return found
    }

    /// The oids that a condition names: numbers as users' objects have them, and parameters, whatever they are compared with. Which
    /// of them are oids of other branches is seen when the rows are made.
    private func askedObjects(_ condition: Expr) throws(SQLError) -> [AskedSchema] {
        var found: [AskedSchema] = []
        var parameters: [Expr] = []
        func note(_ digits: String) {
            if found.count < Binder.mostAskedObjects, let oid = UInt32(digits), oid >= ObjectIDs.first { found.append(.object(String(oid))) }
        }
        try condition.forEachExpression { (expr) throws(SQLError) in
            switch expr.node {
            case .literal(.integer(let number)): note(String(number))
            case .literal(.string(let text)): note(text)
            case .parameter: parameters.append(expr)
            default: break
            }
        }
        for parameter in parameters.prefix(Binder.mostAskedObjects) { found.append(.object(Printer.print(try bind(parameter, Scope(parent: nil)).expr))) }
        return found
    }

    private static let mostAskedObjects = 8

    /// The schemas that a condition compares such columns to. Where it says more than that, its rows are left out by the condition itself.
    private func askedSchemas(_ condition: Expr) throws(SQLError) -> [AskedSchema] {
        switch condition.node {
        case .logical(_, let terms):
            var found: [AskedSchema] = []
            for term in terms { found += try askedSchemas(term) }
            return found
        case .binary(let op, let left, let right):
            let (column, other) = isSchemaColumn(left) ? (left, right) : (right, left)
            guard isSchemaColumn(column) else { return [] }
            switch op {
            case .equal: return try text(asked: other).flatMap(AskedSchema.equal).map { [$0] } ?? []
            case .regexMatch: return try text(asked: other).flatMap(AskedSchema.regularExpression).map { [$0] } ?? []
            default: return []
            }
        case .like(let like) where !like.negated && (like.op == .like || like.op == .ilike) && isSchemaColumn(like.value):
            return try text(asked: like.pattern).flatMap(AskedSchema.like).map { [$0] } ?? []
        case .membership(let value, .list(let items), negated: false) where isSchemaColumn(value): return try names(asked: items)
        case .quantified(let value, .equal, .any, .expression(let list)) where isSchemaColumn(value):
            guard case .list(let items) = Binder.bare(list).node else { return [] }
            return try names(asked: items)
        default: return []
        }
    }

    private func names(asked items: [Expr]) throws(SQLError) -> [AskedSchema] {
        var found: [AskedSchema] = []
        for item in items { if let asked = try text(asked: item).flatMap(AskedSchema.equal) { found.append(asked) } }
        return found
    }

    private func isSchemaColumn(_ expr: Expr) -> Bool {
        guard case .column(let reference) = Binder.bare(expr).node, let name = reference.path.last else { return false }
        return Binder.schemaColumns.contains(name.key)
    }

    /// A text that is known before the statement runs: a constant, or a parameter's value.
    private func text(asked expr: Expr) throws(SQLError) -> String? {
        let expr = Binder.bare(expr)
        if let text = expr.stringLiteral { return text }
        guard case .parameter = expr.node, case .text(let text)? = try value(of: try bind(expr, Scope(parent: nil))) else { return nil }
        return text
    }

    /// An expression without the casts and collations around it.
    private static func bare(_ expr: Expr) -> Expr {
        switch expr.node {
        case .cast(let inner, _, _): bare(inner)
        case .collate(let inner, _): bare(inner)
        default: expr
        }
    }

    // MARK: - Names as regular expressions

    /// Whether the value is a plain text column of a relation of the catalogue.
    func isOfCatalogue(_ value: Bound) -> Bool {
        guard value.type == .varchar, case .column = value.expr.node, let table = value.origin?.table else { return false }
        return CatalogRelation.all[table.table] != nil
    }

    /// The name that a regular expression stands for which nothing else matches, as psql writes it: `^(name)$`.
    func wholeName(_ pattern: Bound) -> String? {
        guard let text = Binder.bare(pattern.expr).stringLiteral, text.hasPrefix("^("), text.hasSuffix(")$") else { return nil }
        let name = text.dropFirst(2).dropLast(2)
        return !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == " " } ? String(name) : nil
    }
}
