// Queries.
extension Printer {
    mutating func select(_ select: Select) {
        if let with = select.with { self.with(with) }
        body(select.body)
        switch select.orderBy {
        case .terms(let terms)?:
            write(" ORDER BY ")
            orderTerms(terms)
        case .all(let direction, let nulls)?:
            write(" ORDER BY ALL")
            order(direction, nulls)
        case nil: break
        }
        if let limit = select.limit {
            write(" LIMIT ")
            expr(limit)
            if select.limitIsPercent { write("%") }
        }
        if let offset = select.offset {
            // SQLite has no OFFSET without LIMIT; a negative LIMIT is none.
            if select.limit == nil, target == .sqlite { write(" LIMIT -1") }
            write(" OFFSET ")
            expr(offset)
        }
    }

    mutating func with(_ with: With) {
        write(with.isRecursive ? "WITH RECURSIVE " : "WITH ")
        list(with.tables) { printer, table in
            printer.identifier(table.name)
            if !table.columns.isEmpty {
                printer.write(" ")
                printer.identifiers(table.columns)
            }
            printer.write(" AS ")
            if let isMaterialized = table.isMaterialized { printer.write(isMaterialized ? "MATERIALIZED " : "NOT MATERIALIZED ") }
            printer.parenthesized(table.select)
        }
        write(" ")
    }

    private mutating func body(_ body: SelectBody) {
        switch body {
        case .core(let core): self.core(core)
        case .values(let rows):
            write("VALUES ")
            list(rows) { printer, row in
                printer.write("(")
                printer.exprs(row)
                printer.write(")")
            }
        case .compound(let first, let terms):
            compoundOperand(first, isFirst: true, under: terms.first?.op)
            for term in terms {
                write(" \(term.op.rawValue) ")
                compoundOperand(term.body, isFirst: false, under: term.op)
            }
        case .nested(let select): nested(select)
        case .table(let name):
            write(target == .sqlite ? "SELECT * FROM " : "TABLE ")
            objectName(name)
        case .statement(let statement): self.statement(statement)
        }
    }

    private mutating func nested(_ select: Select) {
        if target == .sqlite { write("SELECT * FROM ") }
        parenthesized(select)
    }

    private mutating func compoundOperand(_ operand: SelectBody, isFirst: Bool, under op: CompoundTerm.Operator?) {
        guard case .compound(_, let inner) = operand else { return body(operand) }
        // In SQLite all operators bind alike, from the left; in DuckDB INTERSECT binds tighter than the others.
        let tighter = inner.allSatisfy { $0.op == .intersect || $0.op == .intersectAll } && op != .intersect && op != .intersectAll
        if target == .sqlite ? isFirst : tighter { body(operand) } else { nested(Select(operand)) }
    }

    mutating func core(_ core: SelectCore) {
        write("SELECT ")
        switch core.distinct {
        case .all?: write("ALL ")
        case .distinct?: write("DISTINCT ")
        case .on(let exprs)?:
            write("DISTINCT ON (")
            self.exprs(exprs)
            write(") ")
        case nil: break
        }
        items(core.items)
        if !core.from.isEmpty {
            write(" FROM ")
            tables(core.from)
        }
        filter(core.filter)
        switch core.groupBy {
        case .all?: write(" GROUP BY ALL")
        case .elements(let elements)?:
            write(" GROUP BY ")
            list(elements) { printer, element in printer.grouping(element) }
        case nil: break
        }
        if let having = core.having {
            write(" HAVING ")
            expr(having)
        }
        if !core.windows.isEmpty {
            write(" WINDOW ")
            list(core.windows) { printer, window in
                printer.identifier(window.name)
                printer.write(" AS ")
                printer.window(window.definition)
            }
        }
        if let qualify = core.qualify {
            write(" QUALIFY ")
            expr(qualify)
        }
        if let sample = core.sample {
            write(" USING SAMPLE ")
            self.sample(sample)
        }
    }

    mutating func filter(_ filter: Expr?) {
        guard let filter else { return }
        write(" WHERE ")
        expr(filter)
    }

    private mutating func grouping(_ element: GroupingElement) {
        func sets(_ printer: inout Printer, _ lists: [[Expr]]) {
            printer.parenthesized(lists) { printer, exprs in
                if exprs.count == 1 { printer.exprs(exprs) } else {
                    printer.write("(")
                    printer.exprs(exprs)
                    printer.write(")")
                }
            }
        }
        switch element {
        case .expr(let expr): self.expr(expr)
        case .list(let exprs):
            write("(")
            self.exprs(exprs)
            write(")")
        case .rollup(let lists):
            write("ROLLUP ")
            sets(&self, lists)
        case .cube(let lists):
            write("CUBE ")
            sets(&self, lists)
        case .sets(let elements):
            write("GROUPING SETS ")
            parenthesized(elements) { printer, element in printer.grouping(element) }
        }
    }

    // MARK: Select list

    mutating func items(_ items: [SelectItem]) {
        list(items) { printer, item in
            switch item {
            case .star(let star): printer.star(star)
            case .expr(let expr, let alias):
                printer.expr(expr)
                if let alias {
                    printer.write(" AS ")
                    printer.identifier(alias)
                }
            }
        }
    }

    mutating func star(_ star: Star) {
        if !star.qualifier.isEmpty {
            path(star.qualifier)
            write(".")
        }
        write("*")
        if !star.exclude.isEmpty {
            write(" EXCLUDE ")
            parenthesized(star.exclude) { printer, column in printer.path(column.path) }
        }
        if !star.replace.isEmpty {
            write(" REPLACE ")
            parenthesized(star.replace) { printer, replacement in
                printer.expr(replacement.expr)
                printer.write(" AS ")
                printer.identifier(replacement.column)
            }
        }
        if !star.rename.isEmpty {
            write(" RENAME ")
            parenthesized(star.rename) { printer, renaming in
                printer.path(renaming.column.path)
                printer.write(" AS ")
                printer.identifier(renaming.newName)
            }
        }
        if let pattern = star.pattern {
            write(pattern.negated ? " NOT " : " ")
            write("\(pattern.op.rawValue) (")
            expr(pattern.pattern)
            write(")")
        }
    }

    mutating func returning(_ items: [SelectItem]) {
        if items.isEmpty { return }
        write(" RETURNING ")
        self.items(items)
    }

    // MARK: FROM

    mutating func tables(_ tables: [TableRef]) {
        list(tables) { printer, table in printer.table(table) }
    }

    private mutating func table(_ table: TableRef) {
        switch table.node {
        case .table(let source): self.source(source)
        case .function(let source):
            if source.lateral, target == .duckdb { write("LATERAL ") }
            call(source.call)
            if source.withOrdinality { write(" WITH ORDINALITY") }
            alias(source.alias)
            tableSample(source.sample)
        case .subquery(let select, let alias, let lateral, let sample):
            if lateral { write("LATERAL ") }
            parenthesized(select)
            self.alias(alias)
            tableSample(sample)
        case .file(let name, let alias):
            string(name)
            self.alias(alias)
        case .join(let join): self.join(join)
        case .nested(let tables, let alias):
            write("(")
            self.tables(tables)
            write(")")
            self.alias(alias)
        }
    }

    private mutating func source(_ source: TableSource) {
        objectName(source.name)
        switch source.moment {
        case .version(let expr)?:
            write(" AT (VERSION => ")
            self.expr(expr)
            write(")")
        case .timestamp(let expr)?:
            write(" AT (TIMESTAMP => ")
            self.expr(expr)
            write(")")
        case nil: break
        }
        alias(source.alias)
        indexHint(source.indexHint)
        tableSample(source.sample)
    }

    private mutating func alias(_ alias: TableAlias?) {
        guard let alias else { return }
        write(" AS ")
        identifier(alias.name)
        if !alias.columns.isEmpty { identifiers(alias.columns) }
    }

    mutating func indexHint(_ hint: IndexHint?) {
        switch hint {
        case .indexed(let name)?:
            write(" INDEXED BY ")
            identifier(name)
        case .notIndexed?: write(" NOT INDEXED")
        case nil: break
        }
    }

    /// Joins nest to the left: the spine is walked in a loop.
    private mutating func join(_ join: Join) {
        var spine = [join]
        var first = join.left
        while case .join(let inner) = first.node {
            spine.append(inner)
            first = inner.left
        }
        table(first)
        for join in spine.reversed() {
            write(join.isNatural ? " NATURAL " : " ")
            write(join.kind.rawValue)
            write(" ")
            if case .join = join.right.node {
                write("(")
                table(join.right)
                write(")")
            } else {
                table(join.right)
            }
            switch join.condition {
            case .on(let expr)?:
                write(" ON ")
                self.expr(expr)
            case .using(let names)?:
                write(" USING ")
                identifiers(names)
            case nil: break
            }
        }
    }

    private mutating func tableSample(_ sample: Sample?) {
        guard let sample else { return }
        write(" TABLESAMPLE ")
        self.sample(sample)
    }

    private mutating func sample(_ sample: Sample) {
        if let method = sample.method {
            identifier(method)
            write("(")
        }
        expr(sample.size)
        write(sample.isPercent ? " PERCENT" : " ROWS")
        if sample.method != nil { write(")") }
        if let seed = sample.seed { write(" REPEATABLE (\(seed))") }
    }
}
