import Engine
import SQLDialect

/// Finds rows that refer to nothing after a merge, and only because of it. Cost: the rows that the merge changed, each looked up; a
/// child without an index on its foreign key is scanned once where rows that it could refer to are gone.
final class ForeignKeyCheck {
    private let connection: Connection
    private let sides: MergeSides
    private let all: [ForeignKey]
    private let schema: BranchSchema
    private var recorders: [String: ForeignKeyRecorder] = [:]
    /// Folded names of tables that got another definition, or went.
    private var remade: Set<String> = []

    /// Rows of one foreign key that are remembered, so that none is told twice.
    private static let remembered = 10_000

    /// - Parameter schema: the target's, with its tables changed already.
    init(_ connection: Connection, _ sides: MergeSides, _ plan: SchemaMergePlan, _ schema: BranchSchema) {
        self.connection = connection
        self.sides = sides
        self.schema = schema
        all = ForeignKeyCheck.keys(schema)
        for table in plan.tables {
            switch table.action {
            case .keep, .addColumns, .create: continue
            case .replace, .drop, .rebuild: remade.insert(foldedASCII(table.name))
            }
        }
        for object in plan.objects where object.type == .table && object.drops { remade.insert(foldedASCII(object.name)) }
    }

    private static func keys(_ schema: BranchSchema) -> [ForeignKey] {
        schema.tableNames.flatMap { name -> [ForeignKey] in
            guard let table = schema.table(name), table.kind == .table, !table.foreignKeys.isEmpty else { return [] }
            return ForeignKey.all(of: table, in: schema)
        }
    }

    /// Whether anything was changed that a foreign key can have to do with.
    var isConcerned: Bool { !recorders.isEmpty || !remade.isEmpty }

    /// What notes the changes to a table; nil where no foreign key has to do with it.
    func recorder(of table: TableInfo) -> ForeignKeyRecorder? {
        if all.isEmpty { return nil }
        let made = ForeignKeyRecorder(table, schema, all, on: connection)
        recorders[foldedASCII(table.name)] = made
        return made
    }

    /// After all changes.
    /// - Parameter schema: the target's, as it will be.
    func violations(_ schema: BranchSchema) throws(BranchLiteError) -> [RowViolation] {
        var found: [RowViolation] = []
        for key in ForeignKeyCheck.keys(schema) {
            let candidates = DanglingRows(key, connection)
            let parents = ParentRows(key, sides)
            var violation = RowViolation(kind: "foreign_key", constraint: key.constraint, table: key.child.name)
            let before = [sides.targetSide, sides.sourceSide].compactMap { DanglingBefore(key, $0) }
            var seen: Set<RowViolation.Identity> = []
            let judge = { (row: DanglingRows.Row) throws(BranchLiteError) in
                for side in before where try side.dangled(row) { return }
                if let identity = row.row.identity {
                    if seen.count < ForeignKeyCheck.remembered, !seen.insert(identity).inserted { return }
                }
                var told = row.row
                if violation.rows.count < RowApplier.listedRows { told.parent = parents.versions(row.values) }
                violation.add([told])
            }
            try check(key, candidates, judge)
            if violation.count > 0 { found.append(violation) }
        }
        return found.sorted { $0.constraint < $1.constraint }
    }

    private func check(
        _ key: ForeignKey, _ candidates: DanglingRows, _ judge: (DanglingRows.Row) throws(BranchLiteError) -> Void
    ) throws(BranchLiteError) {
        let (child, parent) = (foldedASCII(key.child.name), foldedASCII(key.parentName))
        if remade.contains(child) || remade.contains(parent) { return try candidates.scan(judge) }
        if let gone = recorders[parent]?.references.first(where: { $0.columns == key.referenced })?.gone {
            gone.rewind()
            if !gone.isEmpty {
                let (connection, name) = (connection, key.child.name)
                guard key.isIndexed(try mapEngine { () throws(EngineError) in try connection.indexes(of: name) }) else { return try candidates.scan(judge) }
                try candidates.children(of: gone, judge)
            }
        }
        if let recorder = recorders[child], !recorder.keys.isEmpty { try candidates.rows(of: recorder, judge) }
    }
}
