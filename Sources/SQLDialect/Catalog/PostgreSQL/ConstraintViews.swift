/// The views of `information_schema` about constraints.
extension CatalogRows {
    /// Views that are none of these have no rows here.
    mutating func fillConstraintViews(_ shape: RowShape, _ objects: CatalogObjects) {
        let catalogName = Cell.text(database)
        for relation in objects.relations {
            let schema = Cell.text(relation.namespace.name), table = Cell.text(relation.name)
            for constraint in relation.constraints {
                let name = Cell.text(constraint.shape.name)
                let columns = constraint.shape.columns.map { relation.shown.info.columns[$0].name }
                let isKey = constraint.shape.kind != .check
                let key = constraint.shape.foreignKey
                switch shape.relation.name {
                case "table_constraints":
                    let deferrable = key?.deferral?.isDeferrable == true
                    add(shape.row([
                        "constraint_catalog": catalogName, "constraint_schema": schema, "constraint_name": name, "table_catalog": catalogName,
                        "table_schema": schema, "table_name": table, "constraint_type": .text(constraint.shape.kindName),
                        "is_deferrable": .text(deferrable ? "YES" : "NO"),
                        "initially_deferred": .text(deferrable && key?.deferral?.initiallyDeferred == true ? "YES" : "NO"), "enforced": .text("YES"),
                    ]))
                case "key_column_usage" where isKey:
                    for (index, column) in columns.enumerated() {
                        add(shape.row([
                            "constraint_catalog": catalogName, "constraint_schema": schema, "constraint_name": name, "table_catalog": catalogName,
                            "table_schema": schema, "table_name": table, "column_name": .text(column), "ordinal_position": .number(index + 1),
                            "position_in_unique_constraint": CatalogRows.position(of: index, in: constraint),
                        ]))
                    }
                case "referential_constraints" where key != nil:
                    add(shape.row([
                        "constraint_catalog": catalogName, "constraint_schema": schema, "constraint_name": name,
                        "unique_constraint_catalog": constraint.target?.constraint == nil ? .null : catalogName,
                        "unique_constraint_schema": .text(constraint.target?.constraint?.schema),
                        "unique_constraint_name": .text(constraint.target?.constraint?.name), "match_option": .text("NONE"),
                        "update_rule": .text(key?.onUpdate?.rawValue ?? "NO ACTION"), "delete_rule": .text(key?.onDelete?.rawValue ?? "NO ACTION"),
                    ]))
                case "check_constraints" where !isKey:
                    add(shape.row([
                        "constraint_catalog": catalogName, "constraint_schema": schema, "constraint_name": name,
                        "check_clause": .text("(\(constraint.shape.condition ?? ""))"),
                    ]))
                case "constraint_column_usage":
                    // A foreign key uses the columns it refers to.
                    let used = constraint.target.map { ($0.schema, $0.name, $0.names) } ?? (relation.namespace.name, relation.name, columns)
                    for column in used.2 {
                        add(shape.row([
                            "table_catalog": catalogName, "table_schema": .text(used.0), "table_name": .text(used.1), "column_name": .text(column),
                            "constraint_catalog": catalogName, "constraint_schema": schema, "constraint_name": name,
                        ]))
                    }
                case "constraint_table_usage" where isKey:
                    add(shape.row([
                        "table_catalog": catalogName, "table_schema": .text(constraint.target?.schema ?? relation.namespace.name),
                        "table_name": .text(constraint.target?.name ?? relation.name), "constraint_catalog": catalogName, "constraint_schema": schema,
                        "constraint_name": name,
                    ]))
                default: break
                }
            }
        }
    }

    /// Where a column of a foreign key stands in the key that it refers to.
    private static func position(of index: Int, in constraint: CatalogObjects.Constraint) -> Cell {
        guard let target = constraint.target, index < target.numbers.count else { return .null }
        return .number(target.keyNumbers.firstIndex(of: target.numbers[index]).map { $0 + 1 } ?? index + 1)
    }
}
