extension Binder {
    // MARK: - Stars

    /// The columns that a star stands for, with their names.
    func expand(_ star: Star, scope: Scope) throws(SQLError) -> [(Bound, String)] {
        var result: [(Bound, String)] = []
        let qualifier = star.qualifier.last?.key
        var found = qualifier == nil && !scope.relations.isEmpty
        for relation in scope.relations where !relation.qualifiedOnly {
            if let qualifier {
                guard relation.key == qualifier else { continue }
                if star.qualifier.count > 1, !relation.qualifiers.contains(star.qualifier[star.qualifier.count - 2].key) { continue }
                found = true
            }
            for index in relation.columns.indices where !relation.columns[index].isHidden {
                if qualifier == nil, relation.mergedAway.contains(index) { continue }
                let bound = qualifier == nil ? relation.mergedValue[index] ?? relation.bound(index, range: star.range) : relation.bound(index, range: star.range)
                result.append((bound, relation.columns[index].name))
            }
        }
        guard found else {
            if let qualifier = star.qualifier.last {
                throw error(
                    BinderCode.noSuchTable, "Referenced table \"\(qualifier.text)\" not found in FROM", at: qualifier.range,
                    hint: Binder.listing("Tables in FROM", scope.relations.compactMap(\.alias)))
            }
            throw error(BinderCode.bind, "* needs a FROM", at: star.range)
        }
        try apply(star, to: &result, scope: scope)
        guard !result.isEmpty else { throw error(BinderCode.bind, "The star leaves no column", at: star.range) }
        return result
    }

    private func apply(_ star: Star, to columns: inout [(Bound, String)], scope: Scope) throws(SQLError) {
        func require(_ name: Identifier, _ verb: String) throws(SQLError) {
            guard columns.contains(where: { equalIgnoringASCIICase($0.1, name.text) }) else {
                throw error(
                    BinderCode.noSuchColumn, "Column \"\(name.text)\" in \(verb) list not found in FROM", at: name.range,
                    hint: nearest(name.text, among: columns.map(\.1)).map { "Did you mean \"\($0)\"?" })
            }
        }
        for excluded in star.exclude { try require(excluded.name, "EXCLUDE") }
        columns.removeAll { column in star.exclude.contains { equalIgnoringASCIICase($0.name.text, column.1) } }
        if let pattern = star.pattern {
            let value = try bind(pattern.pattern, scope)
            guard case .text(let text)? = value.constant else { throw unsupported("A star with a pattern that is not a constant", at: star.range) }
            var kept: [(Bound, String)] = []
            for column in columns where try matches(column.1, pattern.op, text, at: star.range) != pattern.negated { kept.append(column) }
            columns = kept
        }
        for replacement in star.replace {
            try require(replacement.column, "REPLACE")
            let bound = try bind(replacement.expr, scope)
            for index in columns.indices where equalIgnoringASCIICase(columns[index].1, replacement.column.text) { columns[index].0 = bound }
        }
        for renaming in star.rename {
            try require(renaming.column.name, "RENAME")
            for index in columns.indices where equalIgnoringASCIICase(columns[index].1, renaming.column.name.text) { columns[index].1 = renaming.newName.text }
        }
    }

    private func matches(_ name: String, _ op: Like.Operator, _ pattern: String, at range: SourceRange) throws(SQLError) -> Bool {
        switch op {
        case .like: return LikeMatcher.matches(name, pattern, ignoringCase: false)
        case .ilike: return LikeMatcher.matches(name, pattern, ignoringCase: true)
        case .regexp, .similarTo: return try regex(pattern, at: range, matches: name, whole: op == .similarTo)
        default: throw unsupported("* \(op.rawValue)", at: range)
        }
    }

    private func regex(_ pattern: String, at range: SourceRange, matches name: String, whole: Bool) throws(SQLError) -> Bool {
        guard let regex = try? Regex(pattern) else {
            throw error(BinderCode.bind, "\"\(pattern)\" is not a regular expression", at: range)
        }
        return whole ? (try? regex.wholeMatch(in: name)) != nil : (try? regex.firstMatch(in: name)) != nil
    }

    // MARK: - COLUMNS(…)

    /// The first `COLUMNS(…)` inside an expression.
    static func columnsSelector(in expr: Expr) -> ColumnsSelector? {
        // Most expressions have none, and most are small.
        switch expr.node {
        case .literal, .column, .parameter: return nil
        case .columns(let selector): return selector
        default:
            var finder = ColumnsFinder()
            _ = try? finder.rewrite(expr)
            return finder.found
        }
    }

    /// The columns that `COLUMNS(…)` chooses, as references with their names.
    func selected(_ selector: ColumnsSelector, scope: Scope) throws(SQLError) -> [(Expr, String)] {
        func reference(_ relation: Relation, _ index: Int, _ range: SourceRange) -> (Expr, String) {
            let column = relation.columns[index]
            let name = Identifier(column.name, quoted: true)
            return (Expr(.column(ColumnReference(name, of: relation.alias.map { Identifier($0, quoted: true) })), range: range), column.name)
        }
        func all(_ range: SourceRange, where keep: (String) throws(SQLError) -> Bool) throws(SQLError) -> [(Expr, String)] {
            var result: [(Expr, String)] = []
            for relation in scope.relations where !relation.qualifiedOnly {
                for index in relation.columns.indices where !relation.columns[index].isHidden && !relation.mergedAway.contains(index) {
                    if try keep(relation.columns[index].name) { result.append(reference(relation, index, range)) }
                }
            }
            guard !result.isEmpty else { throw error(BinderCode.noSuchColumn, "COLUMNS matches no column", at: range) }
            return result
        }
        switch selector {
        case .star(let star):
            guard star.replace.isEmpty, star.rename.isEmpty else { throw unsupported("REPLACE or RENAME inside COLUMNS", at: star.range) }
            let qualifier = star.qualifier.last?.key
            return try all(star.range) { name throws(SQLError) in
                !star.exclude.contains { equalIgnoringASCIICase($0.name.text, name) }
            }.filter { entry in
                guard let qualifier, case .column(let reference) = entry.0.node else { return true }
                return reference.table?.key == qualifier
            }
        case .expression(let expr):
            switch expr.node {
            case .literal(.string(let pattern)):
                return try all(expr.range) { name throws(SQLError) in try self.regex(pattern, at: expr.range, matches: name, whole: false) }
            case .list(let names):
                let wanted = names.compactMap(\.stringLiteral)
                return try all(expr.range) { name throws(SQLError) in wanted.contains { equalIgnoringASCIICase($0, name) } }
            default: throw unsupported("COLUMNS with a lambda", at: expr.range)
            }
        }
    }
}

private struct ColumnsFinder: SyntaxRewriter {
    var found: ColumnsSelector?

    mutating func rewrite(_ expr: Expr) throws(SQLError) -> Expr {
        if case .columns(let selector) = expr.node, found == nil {
            found = selector
            return expr
        }
        return try rewriteChildren(of: expr)
    }

    // A star inside a subquery is that query's own.
    mutating func rewrite(_ select: Select) throws(SQLError) -> Select { select }
}

/// LIKE on names, at bind time.
enum LikeMatcher {
    static func matches(_ text: String, _ pattern: String, ignoringCase: Bool) -> Bool {
        let t = Array(ignoringCase ? text.lowercased() : text), p = Array(ignoringCase ? pattern.lowercased() : pattern)
        var i = 0, j = 0, star = -1, mark = 0
        while i < t.count {
            if j < p.count, p[j] == "%" {
                star = j
                mark = i
                j += 1
            } else if j < p.count, p[j] == "_" || p[j] == t[i] {
                i += 1
                j += 1
            } else if star >= 0 {
                mark += 1
                i = mark
                j = star + 1
            } else {
                return false
            }
        }
        while j < p.count, p[j] == "%" { j += 1 }
        return j == p.count
    }
}
