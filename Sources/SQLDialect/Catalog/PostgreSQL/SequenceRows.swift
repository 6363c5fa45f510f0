/// `pg_sequence`, `pg_sequences`, `information_schema.sequences`, and the rows of sequences in `pg_class`.
extension CatalogRows {
    private struct ShownSequence {
        var oid: UInt32
        var namespace: CatalogObjects.Namespace
        var name: String
        var info: SequenceInfo
    }

    /// False for relations of other kinds.
    mutating func fillSequences(_ shape: RowShape, _ objects: CatalogObjects) throws(SQLError) -> Bool {
        switch shape.relation.name {
        case "pg_sequence":
            for sequence in try sequences(objects) {
                let info = sequence.info
                add(shape.row([
                    "seqrelid": .number(sequence.oid), "seqtypid": .number(PostgreSQLType(info.type).oid), "seqstart": .number(info.start),
                    "seqincrement": .number(info.increment), "seqmax": .number(info.maximum), "seqmin": .number(info.minimum), "seqcache": .number(info.cache),
                    "seqcycle": .flag(info.cycles),
                ]))
            }
        case "pg_sequences":
            for sequence in try sequences(objects) {
                let info = sequence.info
                add(shape.row([
                    "schemaname": .text(sequence.namespace.name), "sequencename": .text(sequence.name), "sequenceowner": .text(settings.userName),
                    "data_type": .number(PostgreSQLType(info.type).oid), "start_value": .number(info.start), "min_value": .number(info.minimum),
                    "max_value": .number(info.maximum), "increment_by": .number(info.increment), "cycle": .flag(info.cycles), "cache_size": .number(info.cache),
                    "last_value": .null,
                ]))
            }
        case "sequences":
            for sequence in try sequences(objects) {
                let info = sequence.info
                let bits = info.type == .smallint ? 16 : info.type == .integer ? 32 : 64
                add(shape.row([
                    "sequence_catalog": .text(settings.databaseName), "sequence_schema": .text(sequence.namespace.name), "sequence_name": .text(sequence.name),
                    "data_type": .text(PostgreSQLType(info.type).formatted()), "numeric_precision": .number(bits), "numeric_precision_radix": .number(2),
                    "numeric_scale": .number(0), "start_value": .text(String(info.start)), "minimum_value": .text(String(info.minimum)),
                    "maximum_value": .text(String(info.maximum)), "increment": .text(String(info.increment)), "cycle_option": .text(info.cycles ? "YES" : "NO"),
                ]))
            }
        default: return false
        }
        return true
    }

    mutating func addSequenceClasses(_ shape: RowShape, _ objects: CatalogObjects) throws(SQLError) {
        for sequence in try sequences(objects) {
            add(shape.row([
                "oid": .number(sequence.oid), "relname": .text(sequence.name), "relnamespace": .number(sequence.namespace.oid),
                "relowner": .number(CatalogObjects.owner), "relfilenode": .number(sequence.oid), "reltuples": .number(1), "relpersistence": .text("p"),
                "relkind": .text("S"), "relnatts": .number(3), "relispopulated": .flag(true), "relreplident": .text("n"),
            ]))
        }
    }

    private func sequences(_ objects: CatalogObjects) throws(SQLError) -> [ShownSequence] {
        var found: [ShownSequence] = [], ids = ObjectIDs()
        var branches: [BranchKey] = []
        for namespace in objects.namespaces where !branches.contains(namespace.branch) { branches.append(namespace.branch) }
        for branch in branches {
            for (name, holder) in try Visibility.sequences(of: branch, in: catalog) {
                let decoded = SchemaNaming.decode(name), schema = decoded.schema ?? branch.schemaName
                guard let namespace = objects.namespaces.first(where: { $0.branch == branch && $0.name == schema }),
                    let info = try catalog.schema(of: holder, at: nil).table(name)?.sequence
                else { continue }
                found.append(ShownSequence(oid: ids.oid("\(branch.hex) \(schema).\(decoded.name)"), namespace: namespace, name: decoded.name, info: info))
            }
        }
        return found
    }
}

extension Visibility {
    /// The sequences that a branch shows: SQLite's names, and the branches that hold them.
    static func sequences(of branch: BranchKey, in catalog: any Catalog) throws(SQLError) -> [(name: String, holder: BranchKey)] {
        let own = try catalog.schema(of: branch, at: nil).sequenceNames
        guard let live = catalog.live(of: branch) else { return own.map { ($0, branch) } }
        return own.filter { live.owned.contains(foldedASCII($0)) }.map { ($0, branch) }
            + (try sequences(of: live.parent, in: catalog).filter { !live.owned.contains(foldedASCII($0.name)) && !live.dropped.contains(foldedASCII($0.name)) })
    }
}
