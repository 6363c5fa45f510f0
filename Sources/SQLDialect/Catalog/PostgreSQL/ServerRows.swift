/// What `pg_catalog` says of databases, roles, settings and of what the server has built in.
extension CatalogRows {
    /// Relations that are none of these have no rows here.
    mutating func fillServer(_ shape: RowShape) {
        switch shape.relation.name {
        case "pg_database": addDatabases(shape)
        case "pg_stat_database": for name in databaseNames { add(shape.row(["datid": .number(CatalogRows.databaseID(name)), "datname": .text(name)])) }
        case "pg_roles", "pg_authid":
            add(shape.row([
                "oid": .number(CatalogObjects.owner), "rolname": .text(settings.userName), "rolsuper": .flag(true), "rolinherit": .flag(true),
                "rolcreaterole": .flag(true), "rolcreatedb": .flag(true), "rolcanlogin": .flag(true), "rolreplication": .flag(false),
                "rolbypassrls": .flag(true), "rolconnlimit": .number(-1), "rolpassword": .text("********"),
            ]))
        case "pg_user", "pg_shadow":
            add(shape.row([
                "usename": .text(settings.userName), "usesysid": .number(CatalogObjects.owner), "usecreatedb": .flag(true), "usesuper": .flag(true),
                "usebypassrls": .flag(true), "passwd": .text("********"),
            ]))
        case "pg_am":
            add(shape.row(["oid": .number(2), "amname": .text("heap"), "amhandler": .number(CatalogFunctionList.oid(of: "heap_tableam_handler")), "amtype": .text("t")]))
            add(shape.row(["oid": .number(CatalogRows.btree), "amname": .text("btree"), "amhandler": .number(CatalogFunctionList.oid(of: "bthandler")), "amtype": .text("i")]))
        case "pg_opclass":
            for known in CatalogRows.operatorClasses {
                add(shape.row([
                    "oid": .number(known.oid), "opcmethod": .number(CatalogRows.btree), "opcname": .text(known.name),
                    "opcnamespace": .number(CatalogObjects.catalogNamespace), "opcowner": .number(CatalogObjects.owner), "opcfamily": .number(known.family),
                    "opcintype": .number(known.type), "opcdefault": .flag(true),
                ]))
            }
        case "pg_collation":
            let own = CatalogRows.ownCollations.map { ($0.oid, $0.name, "c") }
            for (oid, name, provider) in [(CatalogRows.defaultCollation, "default", "d"), (950, "C", "c"), (951, "POSIX", "c")] + own {
                add(shape.row([
                    "oid": .number(oid), "collname": .text(name), "collnamespace": .number(CatalogObjects.catalogNamespace),
                    "collowner": .number(CatalogObjects.owner), "collprovider": .text(provider), "collisdeterministic": .flag(true),
                    "collencoding": .number(-1), "collcollate": .text("C"), "collctype": .text("C"),
                ]))
            }
        case "pg_language":
            for (oid, name) in [(12, "internal"), (14, "sql")] as [(UInt32, String)] {
                add(shape.row(["oid": .number(oid), "lanname": .text(name), "lanowner": .number(CatalogObjects.owner)]))
            }
        case "pg_tablespace":
            for (oid, name) in [(CatalogRows.defaultTablespace, "pg_default"), (1664, "pg_global")] as [(UInt32, String)] {
                add(shape.row(["oid": .number(oid), "spcname": .text(name), "spcowner": .number(CatalogObjects.owner)]))
            }
        case "pg_settings":
            let own = serverSettings
            let others = catalog.settingNames.filter { name in !own.contains { equalIgnoringASCIICase($0.name, name) } }.map { (name: $0, value: "", kind: "string") }
            for (name, fallback, kind) in own + others {
                let value = catalog.setting(name) ?? fallback
                add(shape.row([
                    "name": .text(name), "setting": .text(value), "category": .text("BranchLite"), "vartype": .text(kind), "context": .text("user"),
                    "source": .text("default"), "boot_val": .text(value), "reset_val": .text(value),
                ]))
            }
        case "pg_timezone_names": add(shape.row(["name": .text("UTC"), "abbrev": .text("UTC"), "utc_offset": .null, "is_dst": .flag(false)]))
        default: break
        }
    }

    private static let defaultTablespace: UInt32 = 1663

    /// The branches, and main once more under the name that the session connected by.
    private var databaseNames: [String] {
        let names = catalog.branchNames
        return names.contains { equalIgnoringASCIICase($0, database) } ? names : names + [database]
    }

    private static func databaseID(_ name: String) -> UInt32 {
        var ids = ObjectIDs()
        return ids.oid("database " + name)
    }

    private mutating func addDatabases(_ shape: RowShape) {
        for name in databaseNames {
            add(shape.row([
                "oid": .number(CatalogRows.databaseID(name)), "datname": .text(name), "datdba": .number(CatalogObjects.owner), "encoding": .number(6),
                "datlocprovider": .text("c"), "datallowconn": .flag(true), "datconnlimit": .number(-1),
                "dattablespace": .number(CatalogRows.defaultTablespace), "datcollate": .text("C"), "datctype": .text("C"),
            ]))
        }
    }

    private var serverSettings: [(name: String, value: String, kind: String)] {
        [
            ("client_encoding", "UTF8", "string"), ("DateStyle", "ISO, MDY", "string"), ("default_transaction_isolation", "read committed", "enum"),
            ("integer_datetimes", "on", "bool"), ("IntervalStyle", "postgres", "enum"), ("max_identifier_length", "63", "integer"),
            ("max_index_keys", "32", "integer"), ("search_path", catalog.activeBranch.schemaName, "string"), ("server_encoding", "UTF8", "string"),
            ("server_version", "15.0", "string"), ("server_version_num", "150000", "integer"), ("standard_conforming_strings", "on", "bool"),
            ("TimeZone", "UTC", "string"),
        ]
    }
}
