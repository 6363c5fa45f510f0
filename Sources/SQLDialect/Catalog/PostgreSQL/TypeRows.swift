/// `pg_type`, `pg_range`, `pg_proc`.
extension CatalogRows {
    /// False for relations of other kinds.
    mutating func fillTypes(_ shape: RowShape) -> Bool {
        switch shape.relation.name {
        case "pg_type": for type in PostgreSQLType.all { add(typeRow(shape, type)) }
        case "pg_range":
            for (range, subtype) in CatalogRows.ranges { add(shape.row(["rngtypid": .number(range), "rngsubtype": .number(subtype)])) }
        case "pg_proc":
            for function in CatalogFunctionList.all {
                add(shape.row([
                    "oid": .number(function.oid), "proname": .text(function.name), "pronamespace": .number(CatalogObjects.catalogNamespace),
                    "proowner": .number(CatalogObjects.owner), "prolang": .number(12), "procost": .number(1), "prokind": .character(function.kind),
                    "proisstrict": .flag(false), "provolatile": .text("s"), "proparallel": .text("s"),
                    "pronargs": .number(function.parameters.count), "prorettype": .number(function.result.oid),
                    "proargtypes": .list(function.parameters.map { .number($0.oid) }), "prosrc": .text(function.name),
                ]))
            }
        default: return false
        }
        return true
    }

    private func typeRow(_ shape: RowShape, _ type: PostgreSQLType) -> [Cell] {
        shape.row([
            "oid": .number(type.oid), "typname": .text(type.name), "typnamespace": .number(CatalogObjects.catalogNamespace),
            "typowner": .number(CatalogObjects.owner), "typlen": .number(Int(type.length)), "typbyval": .flag(type.isByValue),
            "typtype": .character(type.kind), "typcategory": .character(type.category), "typispreferred": .flag(type.isPreferred),
            "typisdefined": .flag(true), "typdelim": .text(type.name == "box" || type.name == "_box" ? ";" : ","), "typelem": .number(type.element),
            "typsubscript": .number(type.isArray ? CatalogFunctionList.oid(of: "array_subscript_handler") : 0), "typarray": .number(type.array),
            "typinput": .number(CatalogFunctionList.oid(of: type.functionName("in"))),
            "typoutput": .number(CatalogFunctionList.oid(of: type.functionName("out"))),
            "typreceive": .number(CatalogFunctionList.oid(of: type.functionName("recv"))),
            "typsend": .number(CatalogFunctionList.oid(of: type.functionName("send"))), "typalign": .character(type.alignment), "typstorage": .character(type.storage),
            "typtypmod": .number(-1), "typcollation": .number(type.category == "S" ? CatalogRows.defaultCollation : 0),
        ])
    }

    private static let ranges: [(UInt32, UInt32)] = [(3904, 23), (3906, 1700), (3908, 1114), (3910, 1184), (3912, 1082), (3926, 20)]
}

extension PostgreSQLType {
    /// The name of one of its functions, `in`, `out`, `recv` or `send`: `int4in`, `date_in`, `array_in`.
    func functionName(_ suffix: String) -> String {
        if isArray { return "array_" + suffix }
        switch kind {
        case "r": return "range_" + suffix
        case "m": return "multirange_" + suffix
        default: break
        }
        let stem = PostgreSQLType.stems[name] ?? name
        let joined = PostgreSQLType.underscored.contains(stem) || name.hasPrefix("any") || name.hasPrefix("pg_")
        return joined ? stem + "_" + suffix : stem + suffix
    }

    /// The types whose functions have another name than they.
    private static let stems = ["money": "cash", "polygon": "poly", "refcursor": "text"]

    private static let underscored: Set<String> = [
        "json", "jsonb", "jsonpath", "xml", "point", "lseg", "path", "box", "poly", "line", "circle", "cidr", "inet", "macaddr8", "macaddr", "date",
        "time", "timestamp", "timestamptz", "timetz", "interval", "bit", "varbit", "numeric", "uuid", "record", "cstring", "void", "trigger",
        "event_trigger", "txid_snapshot", "cash",
    ]
}
