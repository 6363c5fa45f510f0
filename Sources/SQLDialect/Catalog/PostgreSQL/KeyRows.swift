/// `pg_index`, `pg_constraint`, `pg_trigger`, `pg_depend`.
extension CatalogRows {
    /// False for relations of other kinds.
    mutating func fillKeys(_ shape: RowShape, _ objects: CatalogObjects) throws(SQLError) -> Bool {
        switch shape.relation.name {
        case "pg_index":
            for relation in objects.relations {
                for index in relation.indexes { add(indexRow(shape, relation, index)) }
            }
        case "pg_constraint":
            for relation in objects.relations {
                for constraint in relation.constraints { add(constraintRow(shape, relation, constraint)) }
            }
        case "pg_trigger":
            for relation in objects.relations {
                for row in relation.triggers {
                    add(shape.row([
                        "oid": .number(CatalogRows.triggerID(relation, row)), "tgrelid": .number(relation.oid),
                        "tgname": .text(SchemaNaming.decode(row.name).name), "tgtype": .number(CatalogRows.triggerKind(row)), "tgenabled": .text("O"),
                    ]))
                }
            }
        case "pg_depend":
            for sequence in objects.sequences {
                guard let owner = sequence.owner else { continue }
                add(shape.row([
                    "classid": .number(1259), "objid": .number(sequence.oid), "refclassid": .number(1259), "refobjid": .number(owner.relation),
                    "refobjsubid": .number(owner.number), "deptype": .text(sequence.isIdentity ? "i" : "a"),
                ]))
            }
            for relation in objects.relations {
                for constraint in relation.constraints where constraint.index != 0 && constraint.shape.kind != .foreignKey {
                    add(shape.row([
                        "classid": .number(1259), "objid": .number(constraint.index), "refclassid": .number(2606), "refobjid": .number(constraint.oid),
                        "deptype": .text("i"),
                    ]))
                }
            }
        default: return false
        }
        return true
    }

    private func indexRow(_ shape: RowShape, _ relation: CatalogObjects.Relation, _ index: CatalogObjects.Index) -> [Cell] {
        let keys = index.shape.keys
        let types = keys.map { $0.number > 0 ? relation.shown.info.columns[$0.number - 1].postgreSQLType : .text }
        let expressions = keys.filter { $0.number == 0 }.map(\.text)
        return shape.row([
            "indexrelid": .number(index.oid), "indrelid": .number(relation.oid), "indnatts": .number(keys.count), "indnkeyatts": .number(keys.count),
            "indisunique": .flag(index.shape.isUnique), "indisprimary": .flag(index.shape.isPrimary), "indimmediate": .flag(true),
            "indisvalid": .flag(true), "indisready": .flag(true), "indislive": .flag(true), "indkey": .list(keys.map { .number($0.number) }),
            "indcollation": .list(types.map { .number($0.category == "S" ? CatalogRows.defaultCollation : 0) }),
            "indclass": .list(types.map { .number(CatalogRows.operatorClass(of: $0)) }),
            "indoption": .list(keys.map { .number(($0.isDescending ? 1 : 0) | ($0.nullsFirst ? 2 : 0)) }),
            "indexprs": expressions.isEmpty ? .null : .text(expressions.joined(separator: ", ")),
            "indpred": index.shape.condition.map { .text("(\($0))") } ?? .null,
        ])
    }

    private func constraintRow(_ shape: RowShape, _ relation: CatalogObjects.Relation, _ constraint: CatalogObjects.Constraint) -> [Cell] {
        let key = constraint.shape.foreignKey
        let deferrable = key?.deferral?.isDeferrable == true
        return shape.row([
            "oid": .number(constraint.oid), "conname": .text(constraint.shape.name), "connamespace": .number(relation.namespace.oid),
            "contype": .character(constraint.shape.kind.rawValue), "condeferrable": .flag(deferrable),
            "condeferred": .flag(deferrable && key?.deferral?.initiallyDeferred == true), "convalidated": .flag(true), "conrelid": .number(relation.oid),
            "conindid": .number(constraint.index), "confrelid": .number(constraint.target?.oid ?? 0),
            "confupdtype": .text(key == nil ? "" : CatalogRows.letter(of: key?.onUpdate)),
            "confdeltype": .text(key == nil ? "" : CatalogRows.letter(of: key?.onDelete)), "confmatchtype": .text(key == nil ? "" : "s"),
            "conislocal": .flag(true), "connoinherit": .flag(constraint.shape.kind != .check),
            "conkey": .list(constraint.shape.columns.map { .number($0 + 1) }),
            "confkey": constraint.target.map { .list($0.numbers.map { .number($0) }) } ?? .null,
            "conbin": constraint.shape.condition.map { .text("(\($0))") } ?? .null,
        ])
    }

    private static func letter(of action: ForeignKey.Action?) -> String {
        switch action {
        case nil, .noAction: "a"
        case .restrict: "r"
        case .cascade: "c"
        case .setNull: "n"
        case .setDefault: "d"
        }
    }

    static func triggerID(_ relation: CatalogObjects.Relation, _ row: SchemaRow) -> UInt32 {
        var ids = ObjectIDs()
        return ids.oid("\(relation.oid) trigger \(row.name)")
    }

    /// `pg_trigger.tgtype`: each row 1, before 2, insert 4, delete 8, update 16, instead 64.
    private static func triggerKind(_ row: SchemaRow) -> Int {
        guard let sql = row.sql, let statement = try? Parser.parse(sql, dialect: .sqlite).first, case .createTrigger(let trigger) = statement.node else { return 1 }
        let event =
            switch trigger.event {
            case .insert: 4
            case .delete: 8
            case .update: 16
            }
        switch trigger.timing {
        case .before, nil: return 1 | 2 | event
        case .after: return 1 | event
        case .insteadOf: return 1 | 64 | event
        }
    }

    /// The default btree operator class of a type.
    static func operatorClass(of type: PostgreSQLType) -> UInt32 {
        operatorClasses.first { $0.type == type.oid }?.oid ?? textOperators
    }

    private static let textOperators: UInt32 = 3126

    /// The default btree operator classes: oid, name, type, family.
    static let operatorClasses: [(oid: UInt32, name: String, type: UInt32, family: UInt32)] = [
        (10_003, "bool_ops", 16, 424), (10_006, "bytea_ops", 17, 428), (3124, "int8_ops", 20, 1976), (1979, "int2_ops", 21, 1976),
        (1978, "int4_ops", 23, 1976), (textOperators, "text_ops", 25, 1994), (10_012, "float4_ops", 700, 1970), (3123, "float8_ops", 701, 1970),
        (3122, "date_ops", 1082, 434), (10_038, "time_ops", 1083, 1996), (3128, "timestamp_ops", 1114, 434), (3127, "timestamptz_ops", 1184, 434),
        (10_022, "interval_ops", 1186, 1982), (3125, "numeric_ops", 1700, 1988), (10_065, "uuid_ops", 2950, 2968),
    ]
}
