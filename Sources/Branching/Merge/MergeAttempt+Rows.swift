import Engine
import SQLDialect

extension MergeAttempt {
    /// Goes through the rows of one table. Calls `apply` with each change that the merge makes.
    func mergeRows(
        _ table: TableMergePlan, _ sides: MergeSides, _ apply: (RowOperation) throws(BranchLiteError) -> Void
    ) throws(BranchLiteError) -> TableMergeCount? {
        switch table.rows {
        case .none: return nil
        case .all, .merge:
            let merger = try TableMerger(sides, table, settlement, log)
            try merger.run(apply)
            rowNumbers[foldedASCII(table.name)] = merger.rowNumbers
            return merger.counts
        case .mergeVirtual:
            var merger = VirtualTableMerger(sides, table.name, settlement, log)
            try merger.run(apply)
            return merger.counts
        }
    }

    /// Goes through all rows, and makes the changes on the connection until a conflict is met that nobody has settled.
    func walk(_ plan: SchemaMergePlan, _ sides: MergeSides, _ connection: Connection?, _ result: inout MergeResult) throws(BranchLiteError) {
        let schema = try connection.map { connection throws(BranchLiteError) in try SchemaCache.schema(on: connection) }
        if let connection, let schema { foreignKeys = ForeignKeyCheck(connection, sides, plan, schema) }
        for table in plan.tables {
            var applier: RowApplier?
            if let connection, log.count == 0, let info = schema?.table(table.name) {
                applier = RowApplier(connection, info, foreignKeys?.recorder(of: info))
            }
            let counts = try mergeRows(table, sides) { (operation: RowOperation) throws(BranchLiteError) in
                if let applier, log.count == 0 { try applier.apply(operation) }
            }
            if let applier, log.count == 0 {
                try applier.finish()
                result.violations += applier.violations.map { MergeViolation($0, sides) }
            }
            if let counts, counts.inserted + counts.updated + counts.deleted + counts.conflicts > 0 { result.tables.append(counts) }
        }
        result.counted = true
        result.merged = changedTables(result)
    }

    /// A resolution made for a conflict that is not there (any more) was made for other values than those at hand.
    func refuseStaleResolutions(_ plan: SchemaMergePlan) throws(BranchLiteError) {
        guard let first = settlement.conflictIDs.subtracting(log.met).subtracting(plan.conflictIDs).min() else { return }
        throw BranchLiteError(
            "BL_STALE_RESOLUTION", "there is no conflict \(first) (any more): its values have changed since it was reported",
            hint: "ask for the conflicts again", details: ["conflict_id": .string(first)])
    }

    /// In one transaction that nobody sees until it is whole: all of it or nothing. The target's writer slot is taken for its end
    /// alone. Nil: the target moved.
    func apply(_ plan: SchemaMergePlan, _ sides: MergeSides, _ planned: MergeResult) throws(BranchLiteError) -> MergeResult? {
        var result = planned
        // Whatever happens, nothing stays open: `close` gives the connection back, which rolls back.
        guard let connection else { return nil }
        if isHeld, try context.head(of: target.id) != target.version { return nil }
        let schema = SchemaApplier(connection, sides, plan)
        try schema.rename()
        try connection.suspended { () throws(BranchLiteError) in try write(schema, plan, sides, connection, &result) }
        if log.count > 0 {
            connection.transaction.abandon()
            return refused(result)
        }
        try refuseStaleResolutions(plan)
        if result.violations.isEmpty, let foreignKeys, foreignKeys.isConcerned {
            result.violations = try foreignKeys.violations(try SchemaCache.schema(on: connection)).map { MergeViolation($0, sides) }
        }
        if !result.violations.isEmpty {
            connection.transaction.abandon()
            return refused(result)
        }
        let isUnchanged = result.schemaChanges.isEmpty && result.tables.allSatisfy { $0.inserted + $0.updated + $0.deleted == 0 }
        if isUnchanged, isLive || tables != nil || request.dryRun {
            connection.transaction.abandon()
            // What both sides changed alike is what later merges of a live branch's tables have to start from.
            if isLive, !request.dryRun { try rebaseLive() }
            return finished(empty(.upToDate))
        }
        if request.dryRun {
            connection.transaction.abandon()
            return result
        }
        do throws(BranchLiteError) {
            if !isHeld { try mapEngine { () throws(EngineError) in try connection.transaction.claimWriter() } }
            result.version = try commit(connection).rawValue
        } catch {
            if MergeAttempt.isStale(error) { return nil }
            throw error
        }
        try record(result)
        return finished(result)
    }

    func write(
        _ schema: SchemaApplier, _ plan: SchemaMergePlan, _ sides: MergeSides, _ connection: Connection, _ result: inout MergeResult
    ) throws(BranchLiteError) {
        try schema.dropObjects()
        try schema.changeTables()
        try walk(plan, sides, connection, &result)
        // Rows that break a constraint are not there: what is checked next would find what is none of theirs.
        if log.count > 0 || !result.violations.isEmpty { return }
        try schema.tightenTables()
        let merged = tables.map { sides.mergedNames($0) }
        try schema.raiseSequences { name in
            (merged.map { $0.contains(foldedASCII(name)) } ?? true) && (sides.own.map { $0[foldedASCII(name)] != nil } ?? true)
        }
        try schema.makeObjects()
        try schema.writeIdentities()
        try schema.writeRowNumbers(rowNumbers)
        // A live branch knows the base of each of its tables by itself.
        if !isLive { try schema.writeTablesMerged(merged) }
        try schema.rebuildFullText(changed: Set(plan.tables.map { foldedASCII($0.name) }))
        result.violations += schema.violations.map { MergeViolation($0, sides) }
    }
}
