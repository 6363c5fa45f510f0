extension CatalogObjects {
    /// A sequence of its own, or the one that an AUTOINCREMENT key is numbered by.
    struct Sequence: Sendable {
        var oid: UInt32
        var namespace: Namespace
        var name: String
        var info: SequenceInfo
        /// The table and the number of the column that it belongs to.
        var owner: (relation: UInt32, number: Int, column: String, table: String)?
        /// Whether the column has no default but is numbered by itself.
        var isIdentity: Bool

        /// The name as SQL needs it where the session is.
        var printedName: String {
            namespace.isVisible ? Printer.quoteIfNeeded(name) : Printer.quoteIfNeeded(namespace.name) + "." + Printer.quoteIfNeeded(name)
        }
    }

    /// The sequences of a branch whose tables are known.
    static func sequences(
        of branch: BranchKey, _ rows: CatalogRows, relations: [Relation], namespaces: [String: Namespace], ids: inout ObjectIDs
    ) throws(SQLError) -> [Sequence] {
        let tables = relations.filter { $0.shown.branch == branch && $0.kind == "r" }
        var result: [Sequence] = []
        for row in try rows.visibleRows(of: branch) where row.isSequence {
            let (schema, name) = SchemaNaming.decode(row.name)
            guard let namespace = namespaces[schema ?? branch.schemaName], let info = SequenceInfo.read(TableInfo.viewText(row.sql ?? "")) else { continue }
            var made = Sequence(oid: ids.oid("\(branch.hex) \(namespace.name).\(name)"), namespace: namespace, name: name, info: info, isIdentity: false)
            if info.owner.count > 1, let table = tables.first(where: { equalIgnoringASCIICase($0.name, info.owner[info.owner.count - 2]) }),
                let column = table.shown.info.columnIndex(info.owner[info.owner.count - 1]) {
                made.owner = (table.oid, column + 1, table.shown.info.columns[column].name, table.name)
                made.isIdentity = table.shown.info.columns[column].identity != nil
            }
            result.append(made)
        }
        for table in tables where table.shown.info.isAutoincrement {
            guard let key = table.shown.info.rowidAlias else { continue }
            let column = table.shown.info.columns[key]
            let name = "\(table.name)_\(column.name)_seq"
            result.append(Sequence(
                oid: ids.oid("\(branch.hex) \(table.namespace.name).\(name)"), namespace: table.namespace, name: name,
                info: SequenceInfo(maximum: column.type.integerRange?.upperBound ?? .max, type: column.type),
                owner: (table.oid, key + 1, column.name, table.name), isIdentity: true))
        }
        return result
    }

    /// The sequence that numbers a column by itself.
    func identity(of relation: UInt32, number: Int) -> Sequence? {
        sequences.first { $0.isIdentity && $0.owner?.relation == relation && $0.owner?.number == number }
    }
}

/// `pg_sequence`, `pg_sequences` and `information_schema.sequences`.
extension CatalogRows {
    /// False for relations of other kinds.
    mutating func fillSequences(_ shape: RowShape, _ objects: CatalogObjects) -> Bool {
        guard ["pg_sequence", "pg_sequences", "sequences"].contains(shape.relation.name) else { return false }
        for sequence in objects.sequences {
            let info = sequence.info
            let type = PostgreSQLType(info.type)
            switch shape.relation.name {
            case "pg_sequence":
                add(shape.row([
                    "seqrelid": .number(sequence.oid), "seqtypid": .number(type.oid), "seqstart": .number(info.start), "seqincrement": .number(info.increment),
                    "seqmax": .number(info.maximum), "seqmin": .number(info.minimum), "seqcache": .number(info.cache), "seqcycle": .flag(info.cycles),
                ]))
            case "pg_sequences":
                add(shape.row([
                    "schemaname": .text(sequence.namespace.name), "sequencename": .text(sequence.name), "sequenceowner": .text(settings.userName),
                    "data_type": .text(type.formatted()), "start_value": .number(info.start), "min_value": .number(info.minimum),
                    "max_value": .number(info.maximum), "increment_by": .number(info.increment), "cycle": .flag(info.cycles),
                    "cache_size": .number(info.cache), "last_value": .null,
                ]))
            default:
                add(shape.row([
                    "sequence_catalog": .text(database), "sequence_schema": .text(sequence.namespace.name), "sequence_name": .text(sequence.name),
                    "data_type": .text(type.formatted()), "numeric_precision": .number(type.length == 8 ? 64 : (type.length == 4 ? 32 : 16)),
                    "numeric_precision_radix": .number(2), "numeric_scale": .number(0), "start_value": .text(String(info.start)),
                    "minimum_value": .text(String(info.minimum)), "maximum_value": .text(String(info.maximum)), "increment": .text(String(info.increment)),
                    "cycle_option": .text(info.cycles ? "YES" : "NO"),
                ]))
            }
        }
        return true
    }

    func sequenceRow(_ shape: RowShape, _ sequence: CatalogObjects.Sequence) -> [Cell] {
        shape.row([
            "oid": .number(sequence.oid), "relname": .text(sequence.name), "relnamespace": .number(sequence.namespace.oid),
            "relowner": .number(CatalogObjects.owner), "relfilenode": .number(sequence.oid), "reltuples": .number(1), "relpages": .number(1),
            "relpersistence": .text("p"), "relkind": .text("S"), "relnatts": .number(3), "relispopulated": .flag(true), "relreplident": .text("n"),
        ])
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
