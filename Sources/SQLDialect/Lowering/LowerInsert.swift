extension Binder {
    /// Lowers INSERT.
    func lower(_ insert: Insert, parent: Scope?) throws(SQLError) -> LoweredWrite {
        let (target, table) = try existingTable(insert.target.name)
        try noteWrite(target, insert.effect)
        let depth = commonTables.count
        defer { commonTables.removeLast(commonTables.count - depth) }
        var lowered = insert
        lowered.with = try insert.with.map { (with) throws(SQLError) in try openWith(with, parent: parent) }
        lowered.isByName = false
        lowered.overriding = nil
        let info = try writableColumns(table, target, event: "INSERT", at: insert.target.name.range)
        let alias = insert.target.alias ?? Identifier(SchemaNaming.decode(info.name).name)
        lowered.target = WriteTarget(loweredName(target), alias: alias.text == info.name ? nil : alias)

        var source = try bindInsertSource(insert, info: info, parent: parent)
        try completeIDs(&source, info: info, target: target, inTrigger: parent != nil)
        if parent == nil { try completeSequences(&source, info: info) }
        lowered.columns = source.columns.map { Identifier(info.columns[$0].name) }
        lowered.source = source.select
        if !insert.upserts.isEmpty, case .core(var core)? = lowered.source?.body, core.filter == nil, !core.from.isEmpty {
            // SQLite would read the ON of ON CONFLICT as a join's.
            core.filter = .boolean(true)
            lowered.source?.body = .core(core)
        }

        let scope = Scope(parent: parent)
        var relation = self.relation(info, target, alias: alias)
        scope.relations = [relation]
        relation.alias = "excluded"
        relation.key = "excluded"
        relation.lowered = "excluded"
        relation.qualifiers = []
        relation.qualifiedOnly = true
        relation.hasRowid = false
        scope.relations.append(relation)
        lowered.upserts = []
        for upsert in insert.upserts { lowered.upserts.append(try bindUpsert(upsert, info: info, scope: scope)) }
        let returning = try bindReturning(insert.returning, info: info, target: target, alias: alias, parent: parent)
        lowered.returning = returning?.items ?? []
        return LoweredWrite(node: .insert(lowered), returning: returning?.columns)
    }

    /// The table's columns; a view has some only where an INSTEAD OF trigger takes the row.
    func writableColumns(_ info: TableInfo, _ target: WriteTable, event: String, at range: SourceRange) throws(SQLError) -> TableInfo {
        guard info.kind == .view else { return info }
        let triggers = try catalog.schema(of: try holder(of: target), at: nil).triggers(of: info.name)
        guard triggers.contains(where: { $0.sql?.uppercased().contains("INSTEAD OF") ?? false }) else {
            throw error(BinderCode.bind, "Cannot \(event) a view: \"\(SchemaNaming.decode(info.name).name)\" has no INSTEAD OF trigger", at: range)
        }
        var result = info
        let resolved = ResolvedTable(kind: .view(info, context: target.branch), branch: target.branch, addressed: target.branch, moment: nil)
        let query = try bindView(info, resolved: resolved, context: target.branch, range: range)
        result.columns = query.columns.map { ColumnInfo(name: $0.name, type: $0.type, storage: $0.isLoose ? .sqlite(.blob) : .duckdb) }
        result.relationColumns = RelationColumn.numbered(result.columns)
        return result
    }

    /// The written table as a relation.
    func relation(_ info: TableInfo, _ target: WriteTable, alias: Identifier?) -> Relation {
        let name = alias?.text ?? SchemaNaming.decode(info.name).name
        var relation = Relation(alias: name, key: foldedASCII(name), lowered: alias ?? Identifier(info.name), columns: info.relationColumns)
        if !target.isTemporary {
            relation.table = TableReference(branch: target.branch, table: info.name)
            relation.oid = relationOID(info.name, in: target.branch, moment: nil)
        }
        relation.hasRowid = info.kind == .table && !info.isWithoutRowid
        relation.qualifiers = [foldedASCII(target.schema ?? (target.branch == .main ? "main" : "public"))]
        return relation
    }

    // MARK: - The rows

    private struct InsertSource {
        /// Indices of the columns that get values.
        var columns: [Int]
        var select: Select?
    }

    private func bindInsertSource(_ insert: Insert, info: TableInfo, parent: Scope?) throws(SQLError) -> InsertSource {
        let writable = info.columns.indices.filter { info.columns[$0].generated == .no && !info.columns[$0].isHidden }
        func named(_ names: [Identifier]) throws(SQLError) -> [Int] {
            var result: [Int] = []
            for name in names {
                guard let index = info.columnIndex(name.text) else {
                    throw error(
                        BinderCode.noSuchColumn, "Table \"\(SchemaNaming.decode(info.name).name)\" does not have a column with name \"\(name.text)\"", at: name.range,
                        hint: nearest(name.text, among: info.columns.map(\.name)).map { "Did you mean \"\($0)\"?" } ?? Binder.listing("Columns", info.columns.map(\.name)))
                }
                guard info.columns[index].generated == .no else {
                    throw error(BinderCode.bind, "Cannot insert into the generated column \"\(name.text)\"", at: name.range)
                }
                guard !result.contains(index) else { throw error(BinderCode.bind, "Column \"\(name.text)\" is named twice", at: name.range) }
                result.append(index)
            }
            return result
        }
        guard let source = insert.source else { return InsertSource(columns: [], select: nil) }
        if case .values(let rows) = source.body, source.with == nil, source.orderBy == nil, source.limit == nil, source.offset == nil, !insert.isByName {
            let columns = insert.columns.isEmpty ? writable : try named(insert.columns)
            let scope = Scope(parent: parent)
            scope.clause = .values
            var lowered: [[Expr]] = []
            lowered.reserveCapacity(rows.count)
            for row in rows {
                try checkCount(row.count, columns.count, info, at: row.first?.range ?? insert.target.range)
                var values: [Expr] = []
                values.reserveCapacity(row.count)
                for (expr, index) in zip(row, columns) {
                    let identity = info.columns[index].identity
                    var isDefault = if case .defaultValue = expr.node { true } else { false }
                    if identity != nil, insert.overriding == .user, !isDefault {
                        // It counts as a parameter, if it is one.
                        _ = try bind(expr, scope)
                        isDefault = true
                    }
                    if isDefault {
                        values.append(try (parent == nil ? sequenceDefault(of: index, in: info) : nil) ?? defaultValue(of: index, in: info))
                    } else {
                        if identity == .always, insert.overriding == nil { throw generatedAlways(info.columns[index], at: expr.range) }
                        values.append(try assigned(try bind(expr, scope), to: index, in: info))
                    }
                }
                lowered.append(values)
            }
            return InsertSource(columns: columns, select: Select(.values(lowered)))
        }
        let query = try bindQuery(source, parent: parent)
        let columns: [Int]
        if insert.isByName {
            columns = try named(query.columns.map { Identifier($0.name, range: insert.target.range) })
        } else {
            columns = insert.columns.isEmpty ? writable : try named(insert.columns)
        }
        try checkCount(query.columns.count, columns.count, info, at: insert.target.range)
        var select = try assigned(query, to: columns, in: info)
        for (position, index) in columns.enumerated() {
            guard let identity = info.columns[index].identity else { continue }
            if insert.overriding == .user {
                let value = try (parent == nil ? sequenceDefault(of: index, in: info) : nil) ?? defaultValue(of: index, in: info)
                select.replaceColumn(position) { _ in value }
            } else if identity == .always, insert.overriding == nil {
                throw generatedAlways(info.columns[index], at: insert.target.range)
            }
        }
        return InsertSource(columns: columns, select: select)
    }

    private func checkCount(_ values: Int, _ columns: Int, _ info: TableInfo, at range: SourceRange) throws(SQLError) {
        guard values != columns else { return }
        throw error(
            BinderCode.bind, "Table \"\(SchemaNaming.decode(info.name).name)\" has \(columns) columns to fill but \(values) values were supplied", at: range)
    }

    /// A query whose columns are cast to those of a table; a single SELECT is changed in place.
    private func assigned(_ query: BoundQuery, to columns: [Int], in info: TableInfo) throws(SQLError) -> Select {
        func converted(_ expr: Expr, _ column: QueryColumn, _ index: Int) throws(SQLError) -> Expr {
            var value = Bound(expr, column.type, nullable: column.isNullable)
            if column.isLoose { value.flexibility = .loose }
            switch expr.node {
            case .literal(.null): value.flexibility = .null
            case .literal(.string(let text)) where column.type == .varchar:
                value.flexibility = .stringLiteral
                value.constant = .text(text)
            case .parameter(.numbered(let ordinal)) where column.type == .dynamic && ordinal <= parameters.count: value.flexibility = .parameter(ordinal)
            default: break
            }
            return try assigned(value, to: index, in: info)
        }
        var select = query.select
        // ORDER BY with LIMIT chooses rows by the values as they are.
        if case .core(var core) = select.body, core.distinct == nil, select.orderBy == nil || select.limit == nil {
            for (position, index) in columns.enumerated() {
                guard case .expr(let expr, _) = core.items[position] else { continue }
                core.items[position] = .expr(try converted(expr, query.columns[position], index), alias: nil)
            }
            select.body = .core(core)
            return select
        }
        var outer = wrapped(query).select
        guard case .core(var core) = outer.body else { return outer }
        for (position, index) in columns.enumerated() {
            guard case .expr(let expr, _) = core.items[position] else { continue }
            core.items[position] = .expr(try converted(expr, query.columns[position], index), alias: nil)
        }
        outer.body = .core(core)
        return outer
    }

    // MARK: - Values for columns

    /// The value as the column stores it.
    func assigned(_ value: Bound, to index: Int, in info: TableInfo) throws(SQLError) -> Expr {
        let column = info.columns[index]
        var stored: Bound
        switch column.storage {
        case .duckdb:
            if column.type == .blob, value.flexibility == .stringLiteral, case .text(let text)? = value.constant, let bytes = Binder.hexBytes(text) {
                return Bound(constant: .blob(bytes), .blob, range: value.expr.range).expr
            }
            stored = try cast(value, to: column.type)
        case .sqlite: stored = try plain(value, column.type)
        }
        if info.hasStrictKey, info.rowidAlias == index, stored.isNullable {
            stored.expr = .call("bl_not_null", stored.expr, .string(Binder.notNullMessage(column, info)))
        }
        return stored.expr
    }

    /// The bytes of PostgreSQL's `\x` form with two digits for each of any number of bytes, as its dumps and clients write a value;
    /// DuckDB's text, in which each byte has its own `\x`, is another, but for one byte. Nil for other texts.
    static func hexBytes(_ text: String) -> [UInt8]? {
        guard text.utf8.count % 2 == 0, text.hasPrefix("\\x") else { return nil }
        var bytes: [UInt8] = []
        var digits = Array(text.utf8)[2...]
        while let high = digits.popFirst(), let low = digits.popFirst() {
            guard let byte = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16), high != UInt8(ascii: "+"), high != UInt8(ascii: "-") else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    static func notNullMessage(_ column: ColumnInfo, _ info: TableInfo) -> String {
        "BL_CONSTRAINT: NOT NULL constraint failed: \(SchemaNaming.decode(info.name).name).\(column.name)"
    }

    /// The value as an unmarked SQLite column takes it: dates as ISO text, decimals as numbers.
    private func plain(_ value: Bound, _ type: DuckType) throws(SQLError) -> Bound {
        if case .parameter(let ordinal) = value.flexibility {
            note(ordinal, type: type)
            return value
        }
        switch value.type {
        case .date, .time, .timestamp, .timestampTZ, .interval, .decimal:
            if case .decimal(_, let scale) = value.type, case .integer(let unscaled)? = value.constant {
                let text = ConstantFolding.text(unscaled, scale: scale)
                return Bound(scale == 0 ? .integer(unscaled) : Expr(.literal(.double(text))), .dynamic, nullable: false)
            }
            return try cast(value, to: .dynamic)
        default: return value
        }
    }

    /// What `DEFAULT` means for a column.
    func defaultValue(of index: Int, in info: TableInfo) -> Expr {
        let column = info.columns[index]
        for constraint in info.definition.flatMap({ definition -> [ColumnConstraint]? in
            guard case .definition(let columns, _) = definition.body, index < columns.count else { return nil }
            return columns[index].constraints
        }) ?? [] {
            if case .defaultValue(let expr) = constraint.kind { return expr }
        }
        if info.hasStrictKey, info.rowidAlias == index { return .call("bl_error", .string(Binder.notNullMessage(column, info))) }
        return .null
    }

    // MARK: - Ids

    /// Gives a value to a key that the statement leaves open: a store-wide id where they are on, and an error where the
    /// duckdb dialect has none to give.
    private func completeIDs(_ source: inout InsertSource, info: TableInfo, target: WriteTable, inTrigger: Bool) throws(SQLError) {
        guard let key = info.rowidAlias, info.kind == .table else { return }
        let allocated: Expr?
        if info.isAutoincrement {
            guard settings.globalIDs, !target.isTemporary, !inTrigger else { return }
            allocated = .call("bl_next_id", .string(info.name))
            numberedTable = info.name
        } else if info.hasStrictKey {
            allocated = try (inTrigger ? nil : sequenceDefault(of: key, in: info)) ?? defaultValue(of: key, in: info)
        } else {
            return
        }
        guard let allocated else { return }
        if let position = source.columns.firstIndex(of: key) {
            guard info.isAutoincrement else { return }
            source.select?.replaceColumn(position) { expr in
                switch expr.node {
                case .literal(.null): allocated
                case .literal: expr
                default: .call("coalesce", expr, allocated)
                }
            }
            return
        }
        if source.select == nil {
            source.columns = [key]
            source.select = Select(.values([[allocated]]))
            return
        }
        source.columns.append(key)
        source.select?.appendColumn(allocated)
    }

    /// Columns that are left open and take from a sequence get their value here, where the session is known.
    private func completeSequences(_ source: inout InsertSource, info: TableInfo) throws(SQLError) {
        for index in info.columns.indices where !source.columns.contains(index) {
            guard let value = try sequenceDefault(of: index, in: info) else { continue }
            source.columns.append(index)
            if source.select == nil { source.select = Select(.values([[value]])) } else { source.select?.appendColumn(value) }
        }
    }

    // MARK: - ON CONFLICT

    private func bindUpsert(_ upsert: Upsert, info: TableInfo, scope: Scope) throws(SQLError) -> Upsert {
        var result = upsert
        let inner = Scope(parent: nil)
        var bare = scope.relations[0]
        bare.lowered = nil
        inner.relations = [bare]
        switch upsert.target {
        case .columns(let columns, let filter)?:
            var lowered: [IndexedColumn] = []
            for column in columns { lowered.append(IndexedColumn(try bind(column.expr, inner).expr)) }
            result.target = .columns(lowered, filter: try filter.map { (expr) throws(SQLError) in try truth(try bind(expr, inner)).expr })
        case .constraint(let name)?: throw unsupported("ON CONFLICT ON CONSTRAINT", at: name.range, hint: "Name the columns")
        case nil: break
        }
        if case .update(let assignments, let filter) = upsert.action {
            scope.clause = .filter
            result.action = .update(
                try bindAssignments(assignments, info: info, scope: scope),
                filter: try filter.map { (expr) throws(SQLError) in try truth(try bind(expr, scope)).expr })
        }
        return result
    }

    /// `SET a = …`: values cast to their columns.
    func bindAssignments(_ assignments: [Assignment], info: TableInfo, scope: Scope) throws(SQLError) -> [Assignment] {
        func index(_ name: Identifier) throws(SQLError) -> Int {
            guard let index = info.columnIndex(name.text) else {
                throw error(
                    BinderCode.noSuchColumn, "Referenced update column \"\(name.text)\" not found in table \"\(SchemaNaming.decode(info.name).name)\"", at: name.range,
                    hint: nearest(name.text, among: info.columns.map(\.name)).map { "Did you mean \"\($0)\"?" } ?? Binder.listing("Columns", info.columns.map(\.name)))
            }
            guard info.columns[index].generated == .no else {
                throw error(BinderCode.bind, "Cannot update the generated column \"\(name.text)\"", at: name.range)
            }
            return index
        }
        var result: [Assignment] = []
        var seen: Set<Int> = []
        for assignment in assignments {
            var indices: [Int] = []
            for name in assignment.columns {
                let position = try index(name)
                guard seen.insert(position).inserted else { throw error(BinderCode.bind, "Multiple assignments to same column \"\(name.text)\"", at: name.range) }
                indices.append(position)
            }
            func single(_ name: Identifier, _ position: Int, _ value: Expr) throws(SQLError) {
                let expr: Expr
                if case .defaultValue = value.node {
                    expr = try updatedDefault(of: position, in: info)
                } else {
                    if info.columns[position].identity == .always { throw generatedAlways(info.columns[position], updating: true, at: value.range) }
                    expr = try assigned(try bind(value, scope), to: position, in: info)
                }
                result.append(Assignment(columns: [Identifier(info.columns[position].name)], isRow: false, value: expr))
            }
            switch assignment.value.node {
            case .row(let values) where assignment.isRow:
                guard values.count == indices.count else {
                    throw error(BinderCode.bind, "\(indices.count) columns but \(values.count) values", at: assignment.value.range)
                }
                for (offset, value) in values.enumerated() { try single(assignment.columns[offset], indices[offset], value) }
            case .subquery(let select) where assignment.isRow:
                for index in indices where info.columns[index].identity == .always {
                    throw generatedAlways(info.columns[index], updating: true, at: assignment.value.range)
                }
                let query = try bindQuery(select, parent: scope)
                guard query.columns.count == indices.count else {
                    throw error(BinderCode.bind, "\(indices.count) columns but the query has \(query.columns.count)", at: assignment.value.range)
                }
                let value = Expr(.subquery(try assigned(query, to: indices, in: info)), range: assignment.value.range)
                result.append(Assignment(columns: indices.map { Identifier(info.columns[$0].name) }, isRow: true, value: value))
            default: try single(assignment.columns[0], indices[0], assignment.value)
            }
        }
        return result
    }

    // MARK: - RETURNING

    /// SQLite's RETURNING knows the table's columns by their bare names only.
    func bindReturning(_ items: [SelectItem], info: TableInfo, target: WriteTable, alias: Identifier?, parent: Scope?) throws(SQLError) -> (items: [SelectItem], columns: [QueryColumn])? {
        guard !items.isEmpty else { return nil }
        var relation = relation(info, target, alias: alias)
        relation.lowered = nil
        let query = try bindCore(SelectCore(items: items), relations: [relation], parent: parent)
        guard let core = query.select.core else { return nil }
        return (core.items, query.columns)
    }
}

extension Select {
    /// Changes a column of VALUES or of a single SELECT.
    mutating func replaceColumn(_ position: Int, _ change: (Expr) -> Expr) {
        switch body {
        case .values(var rows):
            for row in rows.indices { rows[row][position] = change(rows[row][position]) }
            body = .values(rows)
        case .core(var core):
            if case .expr(let expr, let alias) = core.items[position] { core.items[position] = .expr(change(expr), alias: alias) }
            body = .core(core)
        default: break
        }
    }

    mutating func appendColumn(_ value: Expr) {
        switch body {
        case .values(var rows):
            for row in rows.indices { rows[row].append(value) }
            body = .values(rows)
        case .core(var core):
            core.items.append(.expr(value, alias: nil))
            body = .core(core)
        default: break
        }
    }
}
