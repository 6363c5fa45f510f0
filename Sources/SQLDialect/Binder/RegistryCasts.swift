/// PostgreSQL's types of references to the catalogue: values are oids, and their text is a name.
enum RegistryType: String {
    case regclass, regtype, regproc, regprocedure, regnamespace, regrole

    init?(_ name: TypeName) {
        guard name.dimensions.isEmpty, name.words.count == 1 else { return nil }
        self.init(rawValue: name.words[0].key)
    }
}

extension Binder {
    /// A cast to or from a type such as `regclass`; nil when it is no such cast. A text becomes an oid. A number stays
    /// one where it is cast on to a number, and is shown as the name it stands for elsewhere.
    func bindRegistryCast(_ operand: Expr, _ typeName: TypeName, isTry: Bool, range: SourceRange, scope: Scope) throws(SQLError) -> Bound? {
        if let type = RegistryType(typeName) {
            let value = try bind(operand, scope)
            guard isName(value) else { return try name(of: value, type, range: range) }
            return try oid(of: value, type, isTry: isTry, range: range)
        }
        guard case .cast(let inner, let innerName, let innerTry) = operand.node, let type = RegistryType(innerName) else { return nil }
        let target = try DuckType(typeName, in: source)
        let value = try bind(inner, scope)
        let oid = isName(value) ? try oid(of: value, type, isTry: innerTry, range: range) : value
        return target.isWhole ? try cast(oid, to: target, isTry: isTry) : try cast(try name(of: oid, type, range: range), to: target, isTry: isTry)
    }

    private func isName(_ value: Bound) -> Bool { value.type == .varchar || value.type == .dynamic || value.type == .null }

    /// The oid of what a text names.
    func oid(of value: Bound, _ type: RegistryType, isTry: Bool, range: SourceRange) throws(SQLError) -> Bound {
        let text = try cast(value, to: .varchar)
        if case .text(let digits)? = text.constant {
            if digits == "-" { return Bound(constant: .integer(0), .bigint, range: range) }
            if let number = Int64(digits) { return Bound(constant: .integer(number), .bigint, range: range) }
        }
        let found: Bound
        let what: String
        switch type {
        case .regclass:
            what = "relation"
            let name: Expr
            if case .text(let constant)? = text.constant { name = .string(QuotedText.relation(constant, in: contextBranch.schemaName)) } else {
                name = .call("bl_relation_name", text.expr, .string(contextBranch.schemaName))
            }
            found = try catalogueValue(SystemTable(.lookup(.relation)), "oid", "text", name, .bigint, range: range)
        case .regtype:
            what = "type"
            if case .text(let name)? = text.constant {
                if let known = PostgreSQLType(written: name) {
                    return Bound(constant: .integer(Int64(known.oid)), .bigint, range: range)
                }
                guard isTry else { throw typeError("Type with name \(name) does not exist", at: range) }
                return Bound(constant: .null, .bigint, range: range)
            }
            found = call("bl_type_oid", [text], .bigint, range: range)
        case .regproc, .regprocedure:
            what = "function"
            var name = text.expr
            if case .text(let constant)? = text.constant {
                let plain = constant.split(separator: "(", maxSplits: 1).first.map(String.init) ?? constant
                name = .string(QuotedText.parts(plain).last ?? plain)
            }
            found = try catalogueValue(SystemTable(.relation("pg_catalog.pg_proc")), "oid", "proname", name, .bigint, range: range)
        case .regnamespace:
            what = "schema"
            var name = text.expr
            if case .text(let constant)? = text.constant {
                let plain = QuotedText.parts(constant).last ?? constant
                name = .string(plain == "public" ? contextBranch.schemaName : plain)
            }
            found = try catalogueValue(SystemTable(.relation("pg_catalog.pg_namespace")), "oid", "nspname", name, .bigint, range: range)
        case .regrole:
            what = "role"
            found = try catalogueValue(SystemTable(.relation("pg_catalog.pg_roles")), "oid", "rolname", text.expr, .bigint, range: range)
        }
        if isTry { return found }
        let code = type == .regclass ? BinderCode.noSuchTable : BinderCode.noSuchObject
        let message = Expr.binary(.string("\(code): \(what) \""), .concat, .binary(text.expr, .concat, .string("\" does not exist")))
        let checked = Expr.call("bl_not_null", found.expr, message, range: range)
        guard text.isNullable else { return Bound(checked, .bigint, nullable: false) }
        return Bound(
            Expr(.caseWhen(operand: nil, branches: [WhenBranch(condition: Expr(.isNull(text.expr, negated: true)), result: checked)], otherwise: nil), range: range),
            .bigint)
    }

    /// The name of what an oid stands for: its digits where there is nothing of that oid, as PostgreSQL shows it.
    private func name(of value: Bound, _ type: RegistryType, range: SourceRange) throws(SQLError) -> Bound {
        let oid = try cast(value, to: .bigint)
        let found: Bound
        switch type {
        case .regtype: return call("bl_format_type", [oid, Bound(constant: .null, .null, range: range)], .varchar, range: range)
        case .regclass: found = try catalogueValue(SystemTable(.lookup(.relation)), "text", "oid", oid.expr, .varchar, range: range)
        case .regproc, .regprocedure: found = try catalogueValue(SystemTable(.relation("pg_catalog.pg_proc")), "proname", "oid", oid.expr, .varchar, range: range)
        case .regnamespace: found = try catalogueValue(SystemTable(.relation("pg_catalog.pg_namespace")), "nspname", "oid", oid.expr, .varchar, range: range)
        case .regrole: found = try catalogueValue(SystemTable(.relation("pg_catalog.pg_roles")), "rolname", "oid", oid.expr, .varchar, range: range)
        }
        let digits = Bound(
            Expr(.caseWhen(
                operand: oid.expr, branches: [WhenBranch(condition: .integer(0), result: .string("-"))], otherwise: try cast(oid, to: .varchar).expr)),
            .varchar)
        return call("coalesce", [found, digits], .varchar, range: range)
    }

    /// A column of the row of a table of the catalogue that has a value in another column: a scalar subquery.
    private func catalogueValue(_ table: SystemTable, _ column: String, _ key: String, _ value: Expr, _ type: DuckType, range: SourceRange) throws(SQLError) -> Bound {
        let query = try systemQuery(.catalog(table), columns: table.columns)
        let alias = freshName("l")
        var core = SelectCore(
            items: [.expr(.column(Identifier(column), of: alias), alias: nil)],
            from: [TableRef(.subquery(query.select, alias: TableAlias(alias), lateral: false, sample: nil))])
        core.filter = .binary(.column(Identifier(key), of: alias), .equal, value)
        var select = Select(core)
        select.limit = .integer(1)
        return Bound(Expr(.subquery(select), range: range), type)
    }
}
