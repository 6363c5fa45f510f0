extension Binder {
    // MARK: - DESCRIBE, SHOW, SUMMARIZE

    func lowerInspection(_ statement: Statement) throws(SQLError) -> LoweredStatement {
        // A name is a setting's before it is a table's.
        if case .show(.name(let parts)) = statement.node, parts.count == 1 && Binder.settingNames.contains(parts[0].key) || !isTable(parts) {
            var result = LoweredStatement(kind: .setting, tag: "SHOW", isReadOnly: true)
            result.command = .show(parts.map(\.text).joined(separator: "."))
            return result
        }
        if case .show(.allSettings) = statement.node {
            var result = LoweredStatement(kind: .setting, tag: "SHOW", isReadOnly: true)
            result.command = .show(nil)
            return result
        }
        let query = try bindInspection(statement)
        var result = LoweredStatement(kind: .select, tag: "SHOW", isReadOnly: true)
        if case .describe = statement.node { result.tag = "DESCRIBE" }
        result.add(.select(query.select))
        result.setResult(query.columns)
        return result
    }

    private static let settingNames: Set<String> = [
        "dialect", "search_path", "branch", "statement_timeout", "timezone", "server_version", "client_encoding", "datestyle", "transaction_isolation",
        "standard_conforming_strings", "application_name", "lock_timeout", "idle_in_transaction_session_timeout",
    ]

    private func isTable(_ parts: [Identifier]) -> Bool {
        (try? resolve(Binder.objectName(parts), moment: nil)) != nil
    }

    private static func objectName(_ parts: [Identifier]) -> ObjectName {
        ObjectName(
            catalog: parts.count > 2 ? parts[parts.count - 3] : nil, schema: parts.count > 1 ? parts[parts.count - 2] : nil, name: parts.last ?? "")
    }

    /// The rows of DESCRIBE and SHOW as a query, also in FROM.
    func bindInspection(_ statement: Statement) throws(SQLError) -> BoundQuery {
        switch statement.node {
        case .show(.tables(let from)):
            var table = SystemTable(.showTables)
            if let from, case .schema(let branch, let schema) = try place(of: ObjectName(schema: from.name, name: "x")) {
                table.branch = branch
                table.subject = schema
            }
            return try systemQuery(.catalog(table), columns: table.columns)
        case .show(.allTables):
            let table = SystemTable(.tables)
            return try systemQuery(.catalog(table), columns: table.columns)
        case .show(.schemas):
            let table = SystemTable(.schemata)
            return try systemQuery(.catalog(table), columns: table.columns)
        case .show(.databases): return try systemQuery(.branchFunction(.branches, arguments: [:]), columns: BranchFunction.branches.columns)
        case .show(.name(let parts)): return try described(.table(Binder.objectName(parts)))
        case .describe(let describe):
            guard describe.verb == .describe else { throw unsupported("SUMMARIZE", at: statement.range) }
            return try described(describe.subject)
        case .select(let select): return try bindQuery(select, parent: nil)
        default: throw unsupported("This statement in FROM", at: statement.range)
        }
    }

    private func described(_ subject: Describe.Subject) throws(SQLError) -> BoundQuery {
        var rows: [[Expr]] = []
        switch subject {
        case .everything:
            let table = SystemTable(.tables)
            return try systemQuery(.catalog(table), columns: table.columns)
        case .file(let name): throw unsupported("DESCRIBE of the file '\(name)'", at: .none)
        case .table(let name):
            let resolved = try resolve(name, moment: nil)
            switch resolved.kind {
            case .table(let info): rows = Binder.describe(info)
            case .view(let info, let context):
                rows = try bindView(info, resolved: resolved, context: context, range: name.range).columns.map { Binder.row($0.name, $0.type) }
            case .system(let table): rows = table.columns.map { Binder.row($0.name, $0.type) }
            }
        case .query(let select): rows = try bindQuery(select, parent: nil, isTop: true).columns.map { Binder.row($0.name, $0.type) }
        }
        let columns = SystemTable(.describe).columns
        return BoundQuery(
            select: Select(.values(rows)),
            columns: columns.enumerated().map { QueryColumn(name: $1.name, lowered: Identifier("column\($0 + 1)"), type: $1.type) })
    }

    private static func row(_ name: String, _ type: DuckType) -> [Expr] {
        [.string(name), .string(type.name), .string("YES"), .null, .null, .null]
    }

    private static func describe(_ info: TableInfo) -> [[Expr]] {
        info.columns.filter { !$0.isHidden }.map { column in
            [
                .string(column.name), .string(column.type.name), .string(column.isNotNull || column.isPrimaryKey ? "NO" : "YES"),
                column.isPrimaryKey ? .string("PRI") : (column.isUnique ? .string("UNI") : .null),
                column.defaultText.map { .string($0) } ?? .null, .null,
            ]
        }
    }
}
