import SQLDialect

/// A parsed CREATE TABLE whose columns and constraints can be told apart and put together anew.
struct TableDefinition {
    var table: CreateTable
    var columns: [ColumnDefinition]
    var constraints: [TableConstraint]
    let info: TableInfo

    /// Nil for a text that cannot be read.
    init?(_ sql: String) {
        guard let info = try? TableInfo(parsing: sql), let statement = try? Parser.parse(sql, dialect: .sqlite).first,
            case .createTable(let table) = statement.node, case .definition(let columns, let constraints) = table.body
        else { return nil }
        self.info = info
        self.table = table
        self.columns = columns
        self.constraints = constraints
    }

    func column(_ name: String) -> ColumnDefinition? { columns.first { equalIgnoringASCIICase($0.name.text, name) } }

    /// The text of a table of that name with these columns and constraints.
    func sql(named name: String) -> String { text(name, columns, constraints) }

    private func text(_ name: String, _ columns: [ColumnDefinition], _ constraints: [TableConstraint]) -> String {
        var copy = table
        copy.name = ObjectName(Identifier(name, quoted: true))
        copy.ifNotExists = false
        copy.body = .definition(columns, constraints)
        return Printer.print(Statement(.createTable(copy)))
    }

    /// The column's definition as text, whatever the column is called.
    func signature(_ column: ColumnDefinition) -> String {
        var nameless = column
        nameless.name = Identifier("c", quoted: true)
        return text("t", [nameless], [])
    }

    func signature(_ constraint: TableConstraint) -> String { text("t", [], [constraint]) }

    /// What orders and matches the rows: WITHOUT ROWID or not, and the key's columns by folded name.
    var key: [String] {
        [info.isWithoutRowid ? "\u{0}keyed" : info.rowidAlias == nil ? "\u{0}rowid" : "\u{0}alias"] + info.primaryKey.map { info.columns[$0].key }
    }

    /// Without the constraints that rows can break, the key excepted.
    var relaxed: TableDefinition {
        var copy = self
        copy.table.isStrict = false
        copy.columns = columns.map { column in
            var column = column
            column.constraints.removeAll { constraint in
                switch constraint.kind {
                case .notNull, .null, .unique, .check, .references: true
                case .primaryKey, .defaultValue, .collate, .generated, .identity: false
                }
            }
            return column
        }
        copy.constraints = constraints.filter { if case .primaryKey = $0.kind { true } else { false } }
        return copy
    }

    /// The constraints that rows can break, as texts.
    var rowConstraints: Set<String> {
        var found: Set<String> = table.isStrict ? ["STRICT"] : []
        for column in columns {
            for constraint in column.constraints {
                switch constraint.kind {
                case .notNull, .unique, .check, .references:
                    var only = column
                    only.constraints = [constraint]
                    found.insert(text("t", [only], []))
                case .primaryKey, .defaultValue, .collate, .generated, .identity, .null: continue
                }
            }
        }
        for constraint in constraints {
            if case .primaryKey = constraint.kind { continue }
            found.insert(signature(constraint))
        }
        return found
    }

    /// Whether ALTER TABLE … ADD COLUMN takes the column on a table with rows.
    static func isAppendable(_ column: ColumnDefinition) -> Bool {
        var isNotNull = false
        var hasDefault = false
        for constraint in column.constraints {
            switch constraint.kind {
            case .primaryKey, .unique, .check, .references, .identity: return false
            case .notNull: isNotNull = true
            case .defaultValue(let expr):
                guard isConstant(expr) else { return false }
                if case .literal(.null) = expr.node { continue }
                hasDefault = true
            case .generated(_, let storage): if storage == .stored { return false }
            case .null, .collate: continue
            }
        }
        return !isNotNull || hasDefault
    }

    private static func isConstant(_ expr: Expr) -> Bool {
        switch expr.node {
        case .literal: true
        case .unary(_, let inner): isConstant(inner)
        default: false
        }
    }
}

/// The three-way merge of one table's definition: column by column and constraint by constraint. What only one side changed is
/// taken; what both changed alike is taken once; what both changed differently conflicts.
struct DefinitionMerge {
    enum Outcome {
        case merged(TableMergePlan.Action, [ColumnTrack])
        /// The columns that conflict (none: something of the table as a whole).
        case conflict([String])
    }

    let base: TableDefinition
    let source: TableDefinition
    let target: TableDefinition
    let name: String
    /// Columns of the base that the sides renamed, folded old name to new name.
    let toSource: [String: String]
    let toTarget: [String: String]

    /// Columns that the source dropped and the target kept, and the reverse, by the name they have where they still are.
    private(set) var droppedBySource: [String] = []
    private(set) var droppedByTarget: [String] = []
    private(set) var outcome = Outcome.conflict([])

    init(
        name: String, base: TableDefinition, source: TableDefinition, target: TableDefinition, toSource: [String: String], toTarget: [String: String]
    ) {
        self.toSource = toSource
        self.toTarget = toTarget
        self.name = name
        self.base = base
        self.source = source
        self.target = target
        outcome = merge()
    }

    /// A column of the result.
    private struct Merged {
        var track: ColumnTrack
        var definition: ColumnDefinition
    }

    private mutating func merge() -> Outcome {
        var conflicts: [String] = []
        var byTarget: [String: Merged] = [:]
        var knownSource: Set<String> = []
        for column in base.columns {
            let key = foldedASCII(column.name.text)
            let inSource = source.column(toSource[key] ?? column.name.text)
            let inTarget = target.column(toTarget[key] ?? column.name.text)
            if let inSource { knownSource.insert(foldedASCII(inSource.name.text)) }
            switch (inSource, inTarget) {
            case (nil, nil): continue
            case (nil, let there?):
                if isSame(column, there) { droppedBySource.append(there.name.text) } else { conflicts.append(column.name.text) }
            case (let now?, nil):
                if isSame(column, now) { droppedByTarget.append(now.name.text) } else { conflicts.append(column.name.text) }
            case (let now?, let there?):
                guard let merged = both(column, now, there) else {
                    conflicts.append(column.name.text)
                    continue
                }
                let track = ColumnTrack(name: merged.name.text, base: column.name.text, source: now.name.text, target: there.name.text)
                byTarget[foldedASCII(there.name.text)] = Merged(track: track, definition: merged)
            }
        }
        // Columns of the target in its order, then those that only the source added.
        var columns: [Merged] = []
        let dropped = Set(droppedBySource.map(foldedASCII))
        for column in target.columns {
            let key = foldedASCII(column.name.text)
            if dropped.contains(key) { continue }
            if let known = byTarget[key] {
                columns.append(known)
            } else if base.columns.contains(where: { foldedASCII(toTarget[foldedASCII($0.name.text)] ?? $0.name.text) == key }) {
                continue // in conflict
            } else if let twin = source.column(column.name.text), !knownSource.contains(key) {
                // Added on both sides.
                knownSource.insert(key)
                if signature(twin) != signature(column) { conflicts.append(column.name.text) }
                columns.append(Merged(
                    track: ColumnTrack(name: column.name.text, base: nil, source: twin.name.text, target: column.name.text), definition: column))
            } else {
                columns.append(Merged(track: ColumnTrack(name: column.name.text, base: nil, source: nil, target: column.name.text), definition: column))
            }
        }
        let additions = source.columns.filter { !knownSource.contains(foldedASCII($0.name.text)) }
        columns += additions.map { Merged(track: ColumnTrack(name: $0.name.text, base: nil, source: $0.name.text, target: nil), definition: $0) }
        if !conflicts.isEmpty { return .conflict(conflicts) }
        let names = columns.map { foldedASCII($0.track.name) }
        guard !names.isEmpty, Set(names).count == names.count, base.key == renamedKey(source.key, toSource), base.key == renamedKey(target.key, toTarget),
            let constraints = mergedConstraints(), let isStrict = pick(base.table.isStrict, source.table.isStrict, target.table.isStrict)
        else { return .conflict([]) }
        return .merged(action(columns, constraints, isStrict, additions), columns.map(\.track))
    }

    private func renamedKey(_ key: [String], _ renames: [String: String]) -> [String] {
        let back = Dictionary(renames.map { (foldedASCII($0.value), $0.key) }, uniquingKeysWith: { first, _ in first })
        return key.map { back[$0] ?? $0 }
    }

    private func isSame(_ a: ColumnDefinition, _ b: ColumnDefinition) -> Bool {
        equalIgnoringASCIICase(a.name.text, b.name.text) && signature(a) == signature(b)
    }

    private func signature(_ column: ColumnDefinition) -> String { base.signature(column) }

    private func pick<Part: Equatable>(_ was: Part, _ now: Part, _ there: Part) -> Part? {
        if now == there || now == was { return there }
        return there == was ? now : nil
    }

    /// A column that both sides have: its name and its definition are merged each by itself.
    private func both(_ was: ColumnDefinition, _ now: ColumnDefinition, _ there: ColumnDefinition) -> ColumnDefinition? {
        let signatures = (signature(was), signature(now), signature(there))
        guard let name = pick(foldedASCII(was.name.text), foldedASCII(now.name.text), foldedASCII(there.name.text)),
            let signature = pick(signatures.0, signatures.1, signatures.2)
        else { return nil }
        var merged = signature == signatures.2 ? there : now
        merged.name = foldedASCII(there.name.text) == name ? there.name : now.name
        return merged
    }

    /// Constraints of the table: those of the target, without what the source took away, with what the source added.
    private func mergedConstraints() -> [TableConstraint]? {
        func texts(_ definition: TableDefinition) -> [String] { definition.constraints.map { base.signature($0) } }
        let (was, now, there) = (Set(texts(base)), Set(texts(source)), Set(texts(target)))
        let gone = was.subtracting(now)
        var merged = target.constraints.filter { !gone.contains(base.signature($0)) }
        merged += source.constraints.filter { !was.contains(base.signature($0)) && !there.contains(base.signature($0)) }
        let keys = merged.filter { if case .primaryKey = $0.kind { true } else { false } }
        return keys.count > 1 ? nil : merged
    }

    private func action(
        _ columns: [Merged], _ constraints: [TableConstraint], _ isStrict: Bool, _ additions: [ColumnDefinition]
    ) -> TableMergePlan.Action {
        var result = target
        result.columns = columns.map(\.definition)
        result.constraints = constraints
        result.table.isStrict = isStrict
        if result.sql(named: "t") == target.sql(named: "t") { return .keep }
        var withAdditions = target
        withAdditions.columns += additions
        if result.sql(named: "t") == withAdditions.sql(named: "t"), additions.allSatisfy(TableDefinition.isAppendable) {
            let statements = additions.compactMap { source.info.addColumnStatement($0.name.text, to: name) }
            if statements.count == additions.count { return .addColumns(statements) }
        }
        // Where the target is as the base was, the source's own text is what comes out.
        let isVerbatim = base.sql(named: "t") == target.sql(named: "t")
        let relaxes = !result.rowConstraints.isSubset(of: target.rowConstraints)
        return .rebuild(TableRebuild(
            sql: isVerbatim ? source.info.sql : result.sql(named: name), relaxed: relaxes ? result.relaxed.sql(named: name) : nil))
    }
}
