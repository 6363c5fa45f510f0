/// The views of `information_schema`.
extension CatalogRows {
    mutating func fillInformationSchema(_ shape: RowShape, _ objects: CatalogObjects) throws(SQLError) {
        let owner = Cell.text(settings.userName), catalogName = Cell.text(database)
        switch shape.relation.name {
        case "information_schema_catalog_name": add(shape.row(["catalog_name": catalogName]))
        case "schemata":
            for name in objects.namespaces.map(\.name) + ["information_schema", "pg_catalog"] {
                add(shape.row(["catalog_name": catalogName, "schema_name": .text(name), "schema_owner": owner]))
            }
        case "tables":
            for relation in objects.relations {
                let isView = relation.kind == "v"
                add(shape.row([
                    "table_catalog": catalogName, "table_schema": .text(relation.namespace.name), "table_name": .text(relation.name),
                    "table_type": .text(isView || relation.shown.isReadThrough ? "VIEW" : "BASE TABLE"),
                    "is_insertable_into": .text(isView ? "NO" : "YES"), "is_typed": .text("NO"),
                ]))
            }
        case "columns":
            for relation in objects.relations {
                for (index, column) in columns(relation.shown).enumerated() { 
                    add(columnRow(shape, relation, column, number: index + 1, identity: objects.identity(of: relation.oid, number: index + 1)))
                }
            }
        case "views":
            for relation in objects.relations where relation.kind == "v" {
                add(shape.row([
                    "table_catalog": catalogName, "table_schema": .text(relation.namespace.name), "table_name": .text(relation.name),
                    "view_definition": .text(relation.shown.info.view?.text), "check_option": .text("NONE"), "is_updatable": .text("NO"),
                    "is_insertable_into": .text("NO"), "is_trigger_updatable": .text("NO"), "is_trigger_deletable": .text("NO"),
                    "is_trigger_insertable_into": .text("NO"),
                ]))
            }
        case "triggers": for relation in objects.relations { for row in relation.triggers { addTrigger(shape, relation, row) } }
        case "routines":
            for function in CatalogFunctionList.all {
                add(shape.row([
                    "specific_catalog": catalogName, "specific_schema": .text("pg_catalog"), "specific_name": .text("\(function.name)_\(function.oid)"),
                    "routine_catalog": catalogName, "routine_schema": .text("pg_catalog"), "routine_name": .text(function.name),
                    "routine_type": function.kind == "f" ? .text("FUNCTION") : .null, "data_type": .text(function.result.formatted()),
                    "type_udt_catalog": catalogName, "type_udt_schema": .text("pg_catalog"), "type_udt_name": .text(function.result.name),
                    "routine_body": .text("EXTERNAL"), "external_language": .text("INTERNAL"), "is_deterministic": .text("NO"),
                    "security_type": .text("INVOKER"),
                ]))
            }
        case "parameters":
            for function in CatalogFunctionList.all {
                for (index, type) in function.parameters.enumerated() {
                    add(shape.row([
                        "specific_catalog": catalogName, "specific_schema": .text("pg_catalog"), "specific_name": .text("\(function.name)_\(function.oid)"),
                        "ordinal_position": .number(index + 1), "parameter_mode": .text("IN"), "is_result": .text("NO"), "as_locator": .text("NO"),
                        "data_type": .text(type.formatted()), "udt_catalog": catalogName, "udt_schema": .text("pg_catalog"), "udt_name": .text(type.name),
                    ]))
                }
            }
        case "character_sets":
            add(shape.row([
                "character_set_name": .text("UTF8"), "character_repertoire": .text("UCS"), "form_of_use": .text("UTF8"),
                "default_collate_catalog": catalogName, "default_collate_schema": .text("pg_catalog"), "default_collate_name": .text("C"),
            ]))
        case "collations":
            for name in ["default", "C", "POSIX"] + CatalogRows.ownCollations.map(\.name) {
                add(shape.row([
                    "collation_catalog": catalogName, "collation_schema": .text("pg_catalog"), "collation_name": .text(name), "pad_attribute": .text("NO PAD"),
                ]))
            }
        case "enabled_roles": add(shape.row(["role_name": owner]))
        case "table_privileges", "role_table_grants":
            for relation in objects.relations {
                for privilege in ["INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"] {
                    add(shape.row([
                        "grantor": owner, "grantee": owner, "table_catalog": catalogName, "table_schema": .text(relation.namespace.name),
                        "table_name": .text(relation.name), "privilege_type": .text(privilege), "is_grantable": .text("YES"),
                        "with_hierarchy": .text(privilege == "SELECT" ? "YES" : "NO"),
                    ]))
                }
            }
        case "column_privileges", "role_column_grants":
            for relation in objects.relations {
                for column in columns(relation.shown) {
                    for privilege in ["INSERT", "SELECT", "UPDATE", "REFERENCES"] {
                        add(shape.row([
                            "grantor": owner, "grantee": owner, "table_catalog": catalogName, "table_schema": .text(relation.namespace.name),
                            "table_name": .text(relation.name), "column_name": .text(column.name), "privilege_type": .text(privilege),
                            "is_grantable": .text("YES"),
                        ]))
                    }
                }
            }
        default: fillConstraintViews(shape, objects)
        }
    }

    private func columnRow(_ shape: RowShape, _ relation: CatalogObjects.Relation, _ column: ColumnInfo, number: Int, identity: CatalogObjects.Sequence?) -> [Cell] {
        let type = column.postgreSQLType
        let length = column.clientType?.length
        var precision = Cell.null, scale = Cell.null, radix = Cell.null
        if let decimal = column.type.decimalShape {
            (precision, scale, radix) = (.number(decimal.precision), .number(decimal.scale), .number(10))
        } else if let bits = CatalogRows.bits[type.oid] {
            precision = .number(bits)
            radix = .number(2)
            if column.type.isInteger { scale = .number(0) }
        }
        let time: Cell =
            switch column.type {
            case .time, .timestamp, .timestampTZ, .interval: .number(6)
            case .date: .number(0)
            default: .null
            }
        let generated = column.generated != .no
        let isView = relation.kind == "v"
        return shape.row([
            "table_catalog": .text(database), "table_schema": .text(relation.namespace.name), "table_name": .text(relation.name),
            "column_name": .text(column.name), "ordinal_position": .number(number), "column_default": .text(column.identity == nil ? column.defaultText : nil),
            "is_nullable": .text(column.isNotNull || column.isPrimaryKey ? "NO" : "YES"), "data_type": .text(column.type.name),
            "character_maximum_length": length.map { .number(Int64($0)) } ?? .null,
            "character_octet_length": length.map { .number(Int64($0) * 4) } ?? (type.category == "S" ? .number(1 << 30) : .null), "numeric_precision": precision, "numeric_precision_radix": radix,
            "numeric_scale": scale, "datetime_precision": time, "udt_catalog": .text(database), "udt_schema": .text("pg_catalog"),
            "udt_name": .text(type.name), "dtd_identifier": .text(String(number)), "is_self_referencing": .text("NO"), "is_identity": .text(identity == nil ? "NO" : "YES"),
            "identity_generation": .text(identity.map { _ in column.identity == .always ? "ALWAYS" : "BY DEFAULT" }), "identity_start": .text(identity.map { String($0.info.start) }),
            "identity_increment": .text(identity.map { String($0.info.increment) }), "identity_maximum": .text(identity.map { String($0.info.maximum) }),
            "identity_minimum": .text(identity.map { String($0.info.minimum) }), "identity_cycle": .text("NO"), "is_generated": .text(generated ? "ALWAYS" : "NEVER"),
            "generation_expression": generated ? .text(CatalogRows.expression(of: column, in: relation.shown.info)) : .null,
            "is_updatable": .text(isView || generated ? "NO" : "YES"),
        ])
    }

    /// Bits of the numbers that are stored in binary.
    private static let bits: [UInt32: Int] = [21: 16, 23: 32, 20: 64, 700: 24, 701: 53]

    private mutating func addTrigger(_ shape: RowShape, _ relation: CatalogObjects.Relation, _ row: SchemaRow) {
        guard let sql = row.sql, let statement = try? Parser.parse(sql, dialect: .sqlite).first, case .createTrigger(let trigger) = statement.node else { return }
        let event =
            switch trigger.event {
            case .insert: "INSERT"
            case .delete: "DELETE"
            case .update: "UPDATE"
            }
        let body = trigger.body.map { $0.range.text(in: sql) }.joined(separator: "; ")
        add(shape.row([
            "trigger_catalog": .text(database), "trigger_schema": .text(relation.namespace.name), "trigger_name": .text(SchemaNaming.decode(row.name).name),
            "event_manipulation": .text(event), "event_object_catalog": .text(database), "event_object_schema": .text(relation.namespace.name),
            "event_object_table": .text(relation.name), "action_condition": .text(trigger.condition.map { $0.range.text(in: sql) }),
            "action_statement": .text(body), "action_orientation": .text("ROW"), "action_timing": .text(trigger.timing?.rawValue ?? "BEFORE"),
        ]))
    }
}
