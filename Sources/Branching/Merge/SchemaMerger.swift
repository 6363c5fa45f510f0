import Engine
import SQLDialect

/// Works out the schema part of a merge, and how the rows of each table are to be merged.
struct SchemaMerger {
    let sides: MergeSides
    let settlement: Settlement
    /// Folded names; nil = all tables.
    let tables: Set<String>?
    var plan = SchemaMergePlan()

    init(_ sides: MergeSides, _ settlement: Settlement, tables: Set<String>?) throws(BranchLiteError) {
        self.sides = sides
        self.settlement = settlement
        self.tables = tables
        if let names = sides.names {
            plan.conflictIDs.formUnion(names.conflictIDs)
            plan.unsettled += names.unsettled
            for (type, name) in names.target.dropped { makeRoom(type, name) }
        }
        for name in try tableNames() { try planTable(name) }
        try planObjects()
    }

    /// What the target made goes, for the name that the branch gave to something else.
    private mutating func makeRoom(_ type: SchemaChange.ObjectType, _ name: String) {
        if type == .table { plan.tables.append(TableMergePlan(name: MergeNames.hiddenPrefix + name, action: .drop, rows: .none)) }
        let before = try? sides.originalTarget().schema.rows.first { $0.type == type.rawValue && foldedASCII($0.name) == name }
        plan.changes.append(SchemaChange(type: type, name: before?.name ?? name, change: .dropped, sqlBefore: before?.sql))
    }

    func counts(_ table: String) -> Bool {
        guard let tables else { return true }
        let key = foldedASCII(table)
        // A renamed table can be asked for by the name it has on either side.
        return tables.contains(key) || tables.contains { foldedASCII(sides.names?.source.tables[$0] ?? sides.names?.target.tables[$0] ?? "") == key }
    }

    /// Folded names of all tables that the source may have changed.
    private func tableNames() throws(BranchLiteError) -> [String] {
        var names: Set<String>
        if let own = sides.own {
            names = Set(own.keys)
        } else {
            names = Set(sides.sourceSide.tables.keys).union(sides.sourceSide.virtualTables.keys)
            for base in try sides.bases(of: "") { names.formUnion(Set(base.tables.keys).union(base.virtualTables.keys)) }
        }
        return names.filter(counts).sorted()
    }

    // MARK: - Tables

    /// A table as one side defines it.
    struct Definition {
        var name: String
        var sql: String
        var isVirtual: Bool
    }

    func definition(_ side: VersionSide?, _ key: String) -> Definition? {
        guard let side else { return nil }
        if let entry = side.tables[key], let sql = entry.sql { return Definition(name: entry.name, sql: sql, isVirtual: false) }
        if let entry = side.virtualTables[key]?.entry, let sql = entry.sql { return Definition(name: entry.name, sql: sql, isVirtual: true) }
        return nil
    }

    private mutating func planTable(_ key: String) throws(BranchLiteError) {
        let bases = try sides.bases(of: key)
        let base = bases.first
        let source = definition(sides.sourceSide, key)
        let target = definition(sides.targetSide, key)
        if bases.count == 1, let base, sides.sourceSide.isUntouched(key, since: base, try sides.difference(from: base, to: sides.sourceSide)) {
            noteRenames(key)
            return
        }
        switch (definition(base, key), source, target) {
        case (nil, nil, _), (_?, nil, nil): return
        case (nil, let made?, nil): try planCreation(key, made)
        case (nil, let made?, let there?): try planTwins(key, made, there)
        case (let was?, nil, let there?):
            if SQLText.isSame(was.sql, there.sql), try !isWritten(key, bases, sides.targetSide) {
                drop(there)
            } else if try conflict(.table, there.name, was.sql, nil, there.sql) == .source {
                drop(there)
            }
        case (let was?, let now?, nil):
            if SQLText.isSame(was.sql, now.sql), try !isWritten(key, bases, sides.sourceSide) { return }
            if try conflict(.table, now.name, was.sql, now.sql, nil) == .source { create(now) }
        case (let was?, let now?, let there?):
            if now.isVirtual || there.isVirtual || was.isVirtual {
                try planVirtual(key, was, now, there, bases)
            } else {
                try planDefinition(key, was, now, there, bases)
            }
        }
    }

    private mutating func create(_ made: Definition) {
        plan.tables.append(TableMergePlan(name: made.name, action: .create, rows: made.isVirtual ? .none : .all))
        plan.changes.append(SchemaChange(
            type: .table, name: made.name, change: .added,
            columns: (sides.sourceSide.schema.table(made.name)?.columns ?? []).map {
                ColumnChange(kind: .added, name: $0.name, after: SchemaDiff.typeName($0))
            }, sqlAfter: made.sql))
    }

    private mutating func drop(_ there: Definition) {
        plan.tables.append(TableMergePlan(name: there.name, action: .drop, rows: .none))
        plan.changes.append(SchemaChange(type: .table, name: there.name, change: .dropped, sqlBefore: there.sql))
    }

    private mutating func replace(_ there: Definition, _ now: Definition) {
        plan.tables.append(TableMergePlan(name: now.name, action: .replace, rows: now.isVirtual ? .none : .all))
        plan.changes.append(altered(there, now))
    }

    private mutating func planCreation(_ key: String, _ made: Definition) throws(BranchLiteError) {
        // A view of that name may stand in the way.
        guard let view = sides.targetSide.schema.rows.first(where: { $0.type == "view" && foldedASCII($0.name) == key }) else { return create(made) }
        // Unless the source dropped it, and the target has not touched it since.
        let before = try sides.bases(of: key).first?.schema.rows.first { $0.type == "view" && foldedASCII($0.name) == key }
        if SQLText.isSame(before?.sql, view.sql) { return create(made) }
        guard try conflict(.table, made.name, nil, made.sql, view.sql) == .source else { return }
        plan.objects.append(ObjectMergePlan(type: .view, name: view.name, drops: true, sql: nil))
        create(made)
    }

    /// Both sides made a table of that name.
    private mutating func planTwins(_ key: String, _ made: Definition, _ there: Definition) throws(BranchLiteError) {
        if made.isVirtual, there.isVirtual, SQLText.isSame(made.sql, there.sql) {
            plan.tables.append(TableMergePlan(name: there.name, action: .keep, rows: .mergeVirtual))
            return
        }
        if !made.isVirtual, !there.isVirtual, let source = TableDefinition(made.sql), let target = TableDefinition(there.sql),
            SchemaDiff.isSameTable(source.info, target.info) {
            let tracks = target.info.columns.map { ColumnTrack(name: $0.name, base: nil, source: $0.name, target: $0.name) }
            plan.tables.append(TableMergePlan(name: there.name, action: .keep, rows: .merge(tracks)))
            return
        }
        if try conflict(.table, there.name, nil, made.sql, there.sql) == .source { replace(there, made) }
    }

    /// All three have the table: their definitions are merged, then it is asked whether what one side dropped was written on the other.
    private mutating func planDefinition(
        _ key: String, _ was: Definition, _ now: Definition, _ there: Definition, _ bases: [VersionSide]
    ) throws(BranchLiteError) {
        guard let base = TableDefinition(was.sql), let source = TableDefinition(now.sql), let target = TableDefinition(there.sql) else {
            // A text that only SQLite can read: as long as all are the same, rows can be merged.
            if was.sql == now.sql, now.sql == there.sql, let info = sides.targetSide.schema.table(key) {
                let tracks = info.columns.map { ColumnTrack(name: $0.name, base: $0.name, source: $0.name, target: $0.name) }
                plan.tables.append(TableMergePlan(name: there.name, action: .keep, rows: .merge(tracks)))
            } else {
                try settleDefinition([], was, now, there, sameKey: false)
            }
            return
        }
        let merge = DefinitionMerge(
            name: there.name, base: base, source: source, target: target, toSource: try renames(key, bases, sides.sourceSide),
            toTarget: try renames(key, bases, sides.targetSide))
        guard case .merged(let action, let tracks) = merge.outcome else {
            // A new key under unchanged rows is simply the source's table; under changed ones somebody has to decide.
            if case .conflict(let columns) = merge.outcome {
                if columns.isEmpty, SQLText.isSame(was.sql, there.sql), try !isWritten(key, bases, sides.targetSide) { return replace(there, now) }
                if columns.isEmpty, SQLText.isSame(was.sql, now.sql), try !isWritten(key, bases, sides.sourceSide) { return }
                try settleDefinition(columns, was, now, there, sameKey: source.key == target.key && base.key == source.key)
            }
            return
        }
        var lost = try writtenColumns(merge.droppedBySource, key, bases, sides.targetSide)
        lost += try writtenColumns(merge.droppedByTarget, key, bases, sides.sourceSide)
        lost += try indexed(merge.droppedBySource, key, there)
        if !lost.isEmpty { return try settleDefinition(lost, was, now, there, sameKey: true) }
        plan.tables.append(TableMergePlan(name: there.name, action: action, rows: .merge(tracks)))
        if case .keep = action { return noteRenames(key) }
        plan.changes.append(altered(there, now))
    }

    /// What the target's table was called otherwise before the merge, where nothing else of its definition changes.
    private mutating func noteRenames(_ key: String) {
        let (from, columns) = renamed(key)
        guard from != nil || !columns.isEmpty, let name = sides.targetSide.displayName(key) else { return }
        plan.changes.append(SchemaChange(
            type: .table, name: name, change: from == nil ? .altered : .renamed, columns: columns, sqlBefore: sides.original(ofTarget: key),
            sqlAfter: sides.targetSide.schema.table(key)?.sql, renamedFrom: from))
    }

    /// The target's name of the table and the names of its columns before the merge, where those change.
    private func renamed(_ key: String) -> (from: String?, columns: [ColumnChange]) {
        guard let script = sides.names?.target else { return (nil, []) }
        let from = script.tables.first { foldedASCII($0.value) == key }.map { sides.originalName(ofTarget: $0.key) }
        let columns = (script.columns[key] ?? [:]).sorted { $0.key < $1.key }
            .map { ColumnChange(kind: .renamed, name: $0.value, before: sides.originalColumn($0.key, ofTarget: key), after: $0.value) }
        return (from, columns)
    }

    /// One side's definition has to be taken whole.
    private mutating func settleDefinition(
        _ columns: [String], _ was: Definition, _ now: Definition, _ there: Definition, sameKey: Bool
    ) throws(BranchLiteError) {
        guard let side = try conflict(.table, there.name, was.sql, now.sql, there.sql, columns: columns) else { return }
        guard sameKey, let base = TableDefinition(was.sql), let source = TableDefinition(now.sql), let target = TableDefinition(there.sql) else {
            // Rows of different keys cannot be matched.
            if side == .source { replace(there, now) }
            return
        }
        let key = foldedASCII(there.name)
        let bases = try sides.bases(of: key)
        let (toSource, toTarget) = (try renames(key, bases, sides.sourceSide), try renames(key, bases, sides.targetSide))
        var tracks: [ColumnTrack] = []
        let kept = side == .source ? source : target
        for column in kept.columns.map(\.name.text) {
            let renames = side == .source ? toSource : toTarget
            let was = base.columns.map(\.name.text).first { equalIgnoringASCIICase(renames[foldedASCII($0)] ?? $0, column) }
            let other = { (definition: TableDefinition, renames: [String: String]) in
                definition.column(was.map { renames[foldedASCII($0)] ?? $0 } ?? column)?.name.text
            }
            // Two columns of one name that both sides made differently are two columns: the one that is taken counts alone.
            let isAlone = was == nil && columns.contains { equalIgnoringASCIICase($0, column) }
            tracks.append(ColumnTrack(
                name: column, base: was, source: side == .source ? column : isAlone ? nil : other(source, toSource),
                target: side == .target ? column : isAlone ? nil : other(target, toTarget)))
        }
        if side == .target {
            plan.tables.append(TableMergePlan(name: there.name, action: .keep, rows: .merge(tracks)))
        } else {
            plan.tables.append(TableMergePlan(
                name: there.name, action: .rebuild(TableRebuild(sql: now.sql, relaxed: source.relaxed.sql(named: there.name))), rows: .merge(tracks)))
            plan.changes.append(altered(there, now))
        }
    }

    private func renames(_ key: String, _ bases: [VersionSide], _ side: VersionSide) throws(BranchLiteError) -> [String: String] {
        guard let base = bases.first else { return [:] }
        return try side.renames(of: key, since: base)
    }

    private mutating func planVirtual(
        _ key: String, _ was: Definition, _ now: Definition, _ there: Definition, _ bases: [VersionSide]
    ) throws(BranchLiteError) {
        if now.isVirtual, there.isVirtual, was.isVirtual, SQLText.isSame(now.sql, there.sql) {
            plan.tables.append(TableMergePlan(name: there.name, action: .keep, rows: .mergeVirtual))
            return noteRenames(key)
        }
        if SQLText.isSame(was.sql, now.sql), try !isWritten(key, bases, sides.sourceSide) { return }
        if SQLText.isSame(was.sql, there.sql), try !isWritten(key, bases, sides.targetSide) { return replace(there, now) }
        if try conflict(.table, there.name, was.sql, now.sql, there.sql) == .source { replace(there, now) }
    }

    private func altered(_ there: Definition, _ now: Definition) -> SchemaChange {
        let base = (try? sides.bases(of: there.name))?.first?.schema.table(there.name)
        let target = sides.targetSide.schema.table(there.name)
        let source = sides.sourceSide.schema.table(now.name)
        // What the target itself added stays: only what the source changed is listed.
        let mine = Set((target?.columns ?? []).map(\.key)).subtracting((base?.columns ?? []).map(\.key))
        let renames = (try? sides.sourceSide.renames(of: foldedASCII(now.name), since: sides.targetSide)) ?? [:]
        let columns = SchemaDiff(old: .empty, new: .empty, renames: { _ in renames }).columns(target, source).filter { $0.kind != .dropped || !mine.contains(foldedASCII($0.name)) }
        let (from, renamed) = renamed(foldedASCII(there.name))
        return SchemaChange(
            type: .table, name: there.name, change: .altered, columns: renamed + columns, sqlBefore: from == nil ? there.sql : sides.original(ofTarget: foldedASCII(there.name)),
            sqlAfter: now.sql, renamedFrom: from)
    }

    // MARK: - Conflicts

    enum Side { case source, target }

    /// Records a conflict of definitions. Nil: nobody has settled it.
    mutating func conflict(
        _ type: SchemaChange.ObjectType, _ name: String, _ base: String?, _ branch: String?, _ target: String?, columns: [String] = []
    ) throws(BranchLiteError) -> Side? {
        let conflict = ConflictIdentity.schema(type: type, name: name, columns: columns, base: base, branch: branch, target: target)
        plan.conflictIDs.insert(conflict.id)
        switch settlement.side(of: conflict) {
        case nil:
            plan.unsettled.append(conflict)
            return nil
        case .branch:
            plan.settled += 1
            return .source
        case .target:
            plan.settled += 1
            return .target
        case .base, .value:
            throw BranchLiteError(
                "BL_BAD_ARGUMENT", "the definitions of '\(name)' conflict: that is settled by the branch's or the target's, not by the base's or a value",
                details: ["argument": "resolutions", "conflict_id": .string(conflict.id)])
        }
    }
}
