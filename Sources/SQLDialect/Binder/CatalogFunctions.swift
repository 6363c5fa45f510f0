/// Functions of PostgreSQL's that tell of the catalogue.
enum CatalogFunction: String, CaseIterable {
    case pg_get_constraintdef, pg_get_indexdef, pg_get_viewdef, pg_get_triggerdef, pg_get_expr, pg_get_userbyid, format_type
    case pg_table_is_visible, pg_type_is_visible, pg_function_is_visible, pg_operator_is_visible, pg_opclass_is_visible, pg_opfamily_is_visible
    case pg_collation_is_visible, pg_conversion_is_visible, pg_statistics_obj_is_visible, pg_ts_config_is_visible, pg_ts_dict_is_visible
    case pg_ts_parser_is_visible, pg_ts_template_is_visible
    case obj_description, col_description, shobj_description
    case pg_get_function_arguments, pg_get_function_identity_arguments, pg_get_function_result, pg_get_functiondef, pg_get_function_sqlbody
    case pg_get_ruledef, pg_get_statisticsobjdef, pg_get_statisticsobjdef_columns, pg_get_partkeydef, pg_get_partition_constraintdef
    case pg_relation_is_publishable, pg_encoding_to_char, pg_char_to_encoding, pg_tablespace_location, acldefault
    case pg_relation_size, pg_table_size, pg_total_relation_size, pg_indexes_size, pg_database_size, pg_tablespace_size
}

extension Binder {
    /// A call of a function of the catalogue; nil when it is none.
    func bindCatalogFunction(_ key: String, _ call: FunctionCall, _ arguments: [Bound], range: SourceRange) throws(SQLError) -> Bound? {
        guard let function = CatalogFunction(rawValue: key) else { return nil }
        guard let first = arguments.first, arguments.count <= CatalogFunction.mostArguments else { throw wrongArguments(call, arguments, range: range) }
        switch function {
        case .pg_get_constraintdef: return try definition(.constraintDefinition, [("oid", first)], pretty: arguments.dropFirst().first, range: range)
        case .pg_get_triggerdef: return try look(up: .triggerDefinition, "text", [("oid", first)], .varchar, range: range)
        case .pg_get_indexdef:
            let number = arguments.count > 1 ? arguments[1] : bindInteger(0, range: range)
            return try definition(.indexDefinition, [("oid", first), ("number", number)], pretty: arguments.dropFirst(2).first, range: range)
        case .pg_get_viewdef:
            if case .text(let name)? = first.constant, Int64(name) == nil { return Bound(constant: try viewText(name, range: range), .varchar, range: range) }
            return try look(up: .viewDefinition, "text", [("oid", first)], .varchar, range: range)
        // What stands in the catalogue is the text already.
        case .pg_get_expr:
            var text = try cast(first, to: .varchar)
            text.origin = nil
            return text
        case .pg_get_userbyid:
            let known = Expr.binary(try cast(first, to: .bigint).expr, .equal, .integer(Int64(CatalogObjects.owner)))
            let unknown = Expr.binary(.string("unknown (OID="), .concat, .binary(try cast(first, to: .varchar).expr, .concat, .string(")")))
            return Bound(
                Expr(.caseWhen(operand: nil, branches: [WhenBranch(condition: known, result: .string(settings.userName))], otherwise: unknown), range: range),
                .varchar)
        case .format_type:
            let modifier = arguments.count > 1 ? try cast(arguments[1], to: .bigint) : Bound(constant: .null, .null, range: range)
            return self.call("bl_format_type", [try cast(first, to: .bigint), modifier], .varchar, range: range)
        case .pg_table_is_visible: return try look(up: .relation, "visible", [("oid", first)], .boolean, range: range)
        case .pg_type_is_visible, .pg_function_is_visible, .pg_operator_is_visible, .pg_opclass_is_visible, .pg_opfamily_is_visible,
            .pg_collation_is_visible, .pg_conversion_is_visible, .pg_statistics_obj_is_visible, .pg_ts_config_is_visible, .pg_ts_dict_is_visible,
            .pg_ts_parser_is_visible, .pg_ts_template_is_visible:
            // All of them are PostgreSQL's own.
            return unlessNull(first, .boolean(true), .boolean, range: range)
        case .obj_description:
            var keys = [("objoid", first), ("objsubid", bindInteger(0, range: range))]
            if arguments.count > 1 { keys.append(("classoid", try catalogID(arguments[1], range: range))) }
            return try describe("pg_description", keys, range: range)
        case .col_description:
            guard arguments.count == 2 else { throw wrongArguments(call, arguments, range: range) }
            let table = Bound(constant: .integer(Int64(CatalogFunction.tables)), .bigint, range: range)
            return try describe("pg_description", [("objoid", first), ("objsubid", arguments[1]), ("classoid", table)], range: range)
        case .shobj_description: return try describe("pg_shdescription", [("objoid", first)], range: range)
        case .pg_get_function_arguments, .pg_get_function_identity_arguments: return try look(up: .function, "arguments", [("oid", first)], .varchar, range: range)
        case .pg_get_function_result: return try look(up: .function, "result", [("oid", first)], .varchar, range: range)
        // There is nothing they could tell of.
        case .pg_get_functiondef, .pg_get_function_sqlbody, .pg_get_ruledef, .pg_get_statisticsobjdef, .pg_get_statisticsobjdef_columns, .pg_get_partkeydef,
            .pg_get_partition_constraintdef, .acldefault:
            return Bound(Expr(.cast(.null, TypeName("TEXT"), isTry: false), range: range), .varchar)
        case .pg_relation_is_publishable: return unlessNull(first, .boolean(false), .boolean, range: range)
        case .pg_encoding_to_char:
            let utf8 = Expr.binary(try cast(first, to: .bigint).expr, .equal, .integer(CatalogFunction.utf8))
            return Bound(
                Expr(.caseWhen(operand: nil, branches: [WhenBranch(condition: utf8, result: .string("UTF8"))], otherwise: .string("")), range: range), .varchar)
        case .pg_char_to_encoding:
            let utf8 = Expr.binary(.call("upper", try cast(first, to: .varchar).expr), .equal, .string("UTF8"))
            return Bound(
                Expr(.caseWhen(operand: nil, branches: [WhenBranch(condition: utf8, result: .integer(CatalogFunction.utf8))], otherwise: .integer(-1)), range: range),
                .integer)
        // Branches share their pages: no table has bytes of its own to be counted.
        case .pg_relation_size, .pg_table_size, .pg_total_relation_size, .pg_indexes_size, .pg_database_size, .pg_tablespace_size:
            return Bound(Expr(.cast(.null, TypeName("INTEGER"), isTry: false), range: range), .bigint)
        case .pg_tablespace_location: return unlessNull(first, .string(""), .varchar, range: range)
        }
    }

    private func unlessNull(_ value: Bound, _ result: Expr, _ type: DuckType, range: SourceRange) -> Bound {
        let known = Expr(.isNull(value.expr, negated: true))
        return Bound(Expr(.caseWhen(operand: nil, branches: [WhenBranch(condition: known, result: result)], otherwise: nil), range: range), type)
    }

    /// The definition of a thing; the pretty one leaves out what nobody needs to read.
    private func definition(_ lookup: CatalogLookup, _ keys: [(String, Bound)], pretty: Bound?, range: SourceRange) throws(SQLError) -> Bound {
        guard let pretty else { return try look(up: lookup, "text", keys, .varchar, range: range) }
        let asked = try cast(pretty, to: .boolean)
        if let known = asked.constant { return try look(up: lookup, known == .boolean(true) ? "pretty" : "text", keys, .varchar, range: range) }
        let short = try look(up: lookup, "pretty", keys, .varchar, range: range), long = try look(up: lookup, "text", keys, .varchar, range: range)
        return Bound(
            Expr(.caseWhen(operand: nil, branches: [WhenBranch(condition: asked.expr, result: short.expr)], otherwise: long.expr), range: range), .varchar)
    }

    /// The value that a table of the catalogue has for a key: a scalar subquery.
    func look(up lookup: CatalogLookup, _ column: String, _ keys: [(String, Bound)], _ type: DuckType, range: SourceRange) throws(SQLError) -> Bound {
        try look(up: SystemTable(.lookup(lookup)), column, keys, type, range: range)
    }

    private func look(up table: SystemTable, _ column: String, _ keys: [(String, Bound)], _ type: DuckType, range: SourceRange) throws(SQLError) -> Bound {
        var table = table
        table.asked = try askedSchemas(of: table)
        let query = try catalogQuery(table)
        let alias = freshName("l")
        var core = SelectCore(
            items: [.expr(.column(Identifier(column), of: alias), alias: nil)],
            from: [TableRef(.subquery(query.select, alias: TableAlias(alias), lateral: false, sample: nil))])
        var tests: [Expr] = []
        for (name, value) in keys { tests.append(.binary(.column(Identifier(name), of: alias), .equal, try cast(value, to: .bigint).expr)) }
        core.filter = .and(tests)
        return Bound(Expr(.subquery(Select(core)), range: range), type)
    }

    /// `pg_get_serial_sequence` of names that only the rows tell.
    func serialSequence(_ table: Bound, column: Bound, range: SourceRange) throws(SQLError) -> Bound {
        let lookup = SystemTable(.lookup(.serial))
        let query = try systemQuery(.catalog(lookup), columns: lookup.columns)
        let alias = freshName("l")
        var core = SelectCore(
            items: [.expr(.column("text", of: alias), alias: nil)],
            from: [TableRef(.subquery(query.select, alias: TableAlias(alias), lateral: false, sample: nil))])
        core.filter = .and([
            .binary(.column("tbl", of: alias), .equal, try cast(table, to: .varchar).expr), .binary(.column("col", of: alias), .equal, try cast(column, to: .varchar).expr),
        ])
        return Bound(Expr(.subquery(Select(core)), range: range), .varchar)
    }

    /// `current_setting` of a name that only a parameter or the rows tell.
    func settingValue(_ name: Bound, isOptional: Bound?, range: SourceRange) throws(SQLError) -> Bound {
        let lookup = SystemTable(.lookup(.settings))
        let query = try systemQuery(.catalog(lookup), columns: lookup.columns)
        let alias = freshName("l")
        let wanted = try cast(name, to: .varchar).expr
        var core = SelectCore(
            items: [.expr(.column("text", of: alias), alias: nil)],
            from: [TableRef(.subquery(query.select, alias: TableAlias(alias), lateral: false, sample: nil))])
        core.filter = .binary(.column("name", of: alias), .equal, .call("lower", wanted))
        let found = Expr(.subquery(Select(core)), range: range)
        let message = Expr.binary(.string("BL_UNKNOWN_SETTING: There is no setting "), .concat, wanted)
        var branches = [WhenBranch(condition: Expr(.isNull(wanted, negated: false)), result: .null)]
        if let isOptional { branches.append(WhenBranch(condition: try cast(isOptional, to: .boolean).expr, result: found)) }
        return Bound(Expr(.caseWhen(operand: nil, branches: branches, otherwise: .call("bl_not_null", found, message)), range: range), .varchar)
    }

    private func describe(_ relation: String, _ keys: [(String, Bound)], range: SourceRange) throws(SQLError) -> Bound {
        try look(up: SystemTable(.relation("pg_catalog." + relation)), "description", keys, .varchar, range: range)
    }

    /// The oid of a table of `pg_catalog` that is named by a constant.
    private func catalogID(_ name: Bound, range: SourceRange) throws(SQLError) -> Bound {
        guard case .text(let text)? = name.constant else { return try oid(of: name, .regclass, isTry: true, range: range) }
        return Bound(constant: .integer(Int64(CatalogRelation.named(foldedASCII(text), in: "pg_catalog")?.oid ?? 0)), .bigint, range: range)
    }

    private func viewText(_ name: String, range: SourceRange) throws(SQLError) -> Constant {
        let parts = name.split(separator: ".").map { Identifier(String($0), range: range) }
        let object = parts.count > 1 ? ObjectName(schema: parts[parts.count - 2], name: parts[parts.count - 1]) : ObjectName(Identifier(name, range: range))
        guard case .view(let info, _) = try resolve(object, moment: nil).kind, let text = CatalogRows.viewQuery(info) else {
            throw error(BinderCode.noSuchTable, "\"\(name)\" is not a view", at: range)
        }
        return .text(text)
    }
}

extension CatalogFunction {
    fileprivate static let mostArguments = 3
    /// The oid of `pg_class`.
    fileprivate static let tables: UInt32 = 1259
    /// PostgreSQL's number of the encoding UTF8.
    fileprivate static let utf8: Int64 = 6
}
