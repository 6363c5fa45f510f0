/// PostgreSQL's types of references to the catalogue: values are oids, and their text is a name. A value of one is bound as a
/// number whose origin says the type: it compares and computes as the number, and becomes the name where it turns into text, the
/// statement's result included.
enum RegistryType: String {
    case regclass, regtype, regproc, regprocedure, regnamespace, regrole

    var client: ClientType? { PostgreSQLType(name: rawValue).map { ClientType($0) } }

    init?(_ name: TypeName) {
        guard name.dimensions.isEmpty, name.words.count == 1 else { return nil }
        self.init(rawValue: name.words[0].key)
    }
}

extension Bound {
    /// The type of reference that the value is, where it is an oid still.
    var registry: RegistryType? { type == .bigint ? origin?.client.flatMap { RegistryType(rawValue: $0.type.name) } : nil }

    /// The number as such a reference.
    func asReference(_ type: RegistryType) -> Bound {
        var result = self
        result.origin = type.client.map(ColumnOrigin.value)
        return result
    }
}

extension Binder {
    /// A cast to a type such as `regclass`; nil when it is no such cast. A text becomes the oid of what it names.
    func bindRegistryCast(_ operand: Expr, _ typeName: TypeName, isTry: Bool, range: SourceRange, scope: Scope) throws(SQLError) -> Bound? {
        guard let type = RegistryType(typeName) else { return nil }
        return try reference(to: try bind(operand, scope), type, isTry: isTry, range: range)
    }

    /// The value as a reference to the catalogue.
    func reference(to value: Bound, _ type: RegistryType, isTry: Bool, range: SourceRange) throws(SQLError) -> Bound {
        try (isName(value) ? oid(of: value, type, isTry: isTry, range: range) : cast(value, to: .bigint, isTry: isTry)).asReference(type)
    }

    /// The value as a result shows it: a reference to the catalogue by its name, under its type still.
    func shown(_ value: Bound) throws(SQLError) -> Bound {
        guard let type = value.registry else { return value }
        var result = try name(of: value, type, range: value.range)
        result.origin = value.origin
        return result
    }

    /// Two values that are compared, where one is a reference to the catalogue: a literal beside it is the name of such a thing,
    /// a text is compared with its name.
    func comparedReferences(_ a: Bound, _ b: Bound) throws(SQLError) -> (Bound, Bound) {
        if let type = a.registry, b.registry == nil { return try compared(a, type, with: b) }
        if let type = b.registry, a.registry == nil {
            let (right, left) = try compared(b, type, with: a)
            return (left, right)
        }
        return (a, b)
    }

    private func compared(_ reference: Bound, _ type: RegistryType, with other: Bound) throws(SQLError) -> (Bound, Bound) {
        switch other.flexibility {
        case .stringLiteral, .textParameter, .parameter: return (reference, try oid(of: other, type, isTry: false, range: other.range))
        default: return other.type == .varchar ? (try name(of: reference, type, range: reference.range), other) : (reference, other)
        }
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
    func name(of value: Bound, _ type: RegistryType, range: SourceRange) throws(SQLError) -> Bound {
        var oid = try cast(value, to: .bigint)
        oid.origin = nil
        let found: Bound
        switch type {
        case .regtype:
            let name = call("bl_format_type", [oid, Bound(constant: .null, .null, range: range)], .varchar, range: range)
            found = call("nullif", [name, Bound(constant: .text("???"), .varchar, range: range)], .varchar, range: range)
        case .regclass: found = try catalogueValue(SystemTable(.lookup(.relation)), "text", "oid", oid.expr, .varchar, range: range)
        case .regproc: found = try catalogueValue(SystemTable(.relation("pg_catalog.pg_proc")), "proname", "oid", oid.expr, .varchar, range: range)
        case .regprocedure: found = try catalogueValue(SystemTable(.lookup(.function)), "text", "oid", oid.expr, .varchar, range: range)
        case .regnamespace, .regrole:
            let (table, column) = type == .regrole ? ("pg_roles", "rolname") : ("pg_namespace", "nspname")
            let name = try catalogueValue(SystemTable(.relation("pg_catalog." + table)), column, "oid", oid.expr, .varchar, range: range)
            found = call("bl_quote_ident", [name], .varchar, range: range)
        }
        let name = call("coalesce", [found, try cast(oid, to: .varchar)], .varchar, range: range)
        return Bound(
            Expr(.caseWhen(operand: oid.expr, branches: [WhenBranch(condition: .integer(0), result: .string("-"))], otherwise: name.expr), range: range), .varchar)
    }

    /// A column of the row of a table of the catalogue that has a value in another column: a scalar subquery.
    private func catalogueValue(_ table: SystemTable, _ column: String, _ key: String, _ value: Expr, _ type: DuckType, range: SourceRange) throws(SQLError) -> Bound {
        var table = table
        if case .lookup(.relation) = table.name { table.asked = try askedSchemas(of: table) }
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
