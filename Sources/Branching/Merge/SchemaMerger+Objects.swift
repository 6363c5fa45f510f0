import Engine
import SQLDialect

/// Indexes, views and triggers.
extension SchemaMerger {
    mutating func planObjects() throws(BranchLiteError) {
        var names: [String: (type: SchemaChange.ObjectType, table: String)] = [:]
        let bases = sides.own == nil ? try sides.bases(of: "").first.map { [$0] } ?? [] : []
        for side in [sides.sourceSide] + bases { note(side, &names) }
        if let own = sides.own { for key in own.keys.sorted() { for side in try sides.bases(of: key) { note(side, &names) } } }
        for (key, object) in names.sorted(by: { $0.key < $1.key }) {
            guard counts(object.table), sides.own.map({ $0[foldedASCII(object.table)] != nil }) ?? true else { continue }
            let name = String(key.drop { $0 != " " }.dropFirst())
            let now = row(sides.sourceSide, object.type, name)
            let there = row(sides.targetSide, object.type, name)
            var was = try row(sides.bases(of: object.table).first, object.type, name)
            if object.type != .view, isTable(object.table) {
                switch fate(of: object.table) {
                case .gone: continue
                case .fresh:
                    // The whole table comes from the source, and what belongs to it as well.
                    guard now != nil else { continue }
                    was = nil
                case .stays: break
                }
                if case .fresh = fate(of: object.table), there == nil || equalIgnoringASCIICase(there?.tableName ?? "", object.table), let now {
                    plan.objects.append(ObjectMergePlan(type: object.type, name: now.name, drops: there != nil, sql: now.sql))
                    plan.changes.append(SchemaChange(type: object.type, name: now.name, change: .added, sqlAfter: now.sql))
                    continue
                }
            }
            try planObject(object.type, was: was, now: now, there: there)
        }
    }

    private func note(_ side: VersionSide, _ names: inout [String: (type: SchemaChange.ObjectType, table: String)]) {
        for row in side.schema.rows where row.sql != nil && row.type != "table" && !BranchSchema.isInternal(row.name) {
            guard let type = SchemaChange.ObjectType(rawValue: row.type), side.shadowTables[foldedASCII(row.tableName)] == nil else { continue }
            let key = type.rawValue + " " + foldedASCII(row.name)
            if names[key] == nil { names[key] = (type, row.tableName) }
        }
    }

    /// Triggers can belong to views as well.
    private func isTable(_ name: String) -> Bool {
        let key = foldedASCII(name)
        return [sides.sourceSide, sides.targetSide].contains { $0.tables[key] != nil || $0.virtualTables[key] != nil }
            || ((try? sides.bases(of: key))?.contains { $0.tables[key] != nil } ?? false)
    }

    private enum Fate { case stays, gone, fresh }

    private func fate(of table: String) -> Fate {
        let key = foldedASCII(table)
        if let planned = plan.tables.first(where: { foldedASCII($0.name) == key }) {
            switch planned.action {
            case .create, .replace: return .fresh
            case .drop: return .gone
            case .keep, .addColumns, .rebuild: return .stays
            }
        }
        let isThere = sides.targetSide.tables[key] != nil || sides.targetSide.virtualTables[key] != nil
        let isHere = sides.sourceSide.tables[key] != nil || sides.sourceSide.virtualTables[key] != nil
        // A table that only one side has and that nothing is planned for keeps what it has.
        return isThere && isHere ? .stays : .gone
    }

    private func row(_ side: VersionSide?, _ type: SchemaChange.ObjectType, _ name: String) -> SchemaRow? {
        side?.schema.rows.first { $0.type == type.rawValue && $0.sql != nil && foldedASCII($0.name) == name }
    }

    private mutating func planObject(_ type: SchemaChange.ObjectType, was: SchemaRow?, now: SchemaRow?, there: SchemaRow?) throws(BranchLiteError) {
        if SQLText.isSame(was?.sql, now?.sql) || SQLText.isSame(now?.sql, there?.sql) { return }
        guard let any = now ?? was else { return }
        if !SQLText.isSame(was?.sql, there?.sql) {
            guard try conflict(type, any.name, was?.sql, now?.sql, there?.sql) == .source else { return }
        } else if type == .view, was == nil, let table = definition(sides.targetSide, foldedASCII(any.name)) {
            // A table of that name stands in the way, unless the merge drops it.
            let isDropped = plan.tables.contains { plan in
                if case .drop = plan.action { equalIgnoringASCIICase(plan.name, any.name) } else { false }
            }
            if !isDropped {
                guard try conflict(type, any.name, nil, now?.sql, table.sql) == .source else { return }
                plan.objects.append(ObjectMergePlan(type: .table, name: table.name, drops: true, sql: nil))
            }
        }
        plan.objects.append(ObjectMergePlan(type: type, name: (there ?? any).name, drops: there != nil, sql: now?.sql))
        plan.changes.append(SchemaChange(
            type: type, name: any.name, change: there == nil ? .added : now == nil ? .dropped : .altered, sqlBefore: there?.sql, sqlAfter: now?.sql))
    }
}
