/// Oids of what users make: derived from the branch and the name, so that they are the same in every statement and session
/// for as long as the thing has its name.
struct ObjectIDs {
    /// PostgreSQL's own objects lie below.
    static let first: UInt32 = 16_384
    private var used: Set<UInt32> = []

    /// The oid of the object that a key names.
    mutating func oid(_ key: String) -> UInt32 {
        // FNV-1a.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in key.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let span = UInt64(Int32.max) - UInt64(ObjectIDs.first)
        var oid = ObjectIDs.first + UInt32((hash ^ hash >> 32) % span)
        while !used.insert(oid).inserted { oid += 1 }
        return oid
    }

    /// The oid of a table or view, which nothing but its name makes: row descriptions have it without a look at what else there is.
    static func oid(ofRelation name: String, in schema: String, of branch: BranchKey) -> UInt32 {
        var ids = ObjectIDs()
        return ids.oid(relationKey(name, in: schema, of: branch))
    }

    static func relationKey(_ name: String, in schema: String, of branch: BranchKey) -> String { "\(branch.hex) \(schema).\(name)" }
}

/// What `pg_catalog` and `information_schema` show of the branches, with oids.
struct CatalogObjects: Sendable {
    struct Namespace: Sendable {
        var oid: UInt32
        var name: String
        var branch: BranchKey
        /// Whether names in it need no qualifier.
        var isVisible: Bool
    }

    struct Index: Sendable {
        var oid: UInt32
        var shape: CatalogIndex
    }

    struct Constraint: Sendable {
        var oid: UInt32
        var shape: CatalogConstraint
        /// The index it stands on; for a foreign key, the one of the key it refers to.
        var index: UInt32 = 0
        /// What a foreign key refers to.
        var target: Target?
    }

    struct Target: Sendable {
        var oid: UInt32
        var schema: String
        var name: String
        /// As constraints are printed: with its schema where that is not the session's.
        var printedName: String
        /// Column numbers from 1.
        var numbers: [Int]
        var names: [String]
        /// The column numbers in the order of the key that is referred to.
        var keyNumbers: [Int]
        var constraint: (schema: String, name: String)?
    }

    struct Relation: Sendable {
        var oid: UInt32
        var namespace: Namespace
        var shown: ShownTable
        /// `r` table, `v` view.
        var kind: Character
        var constraints: [Constraint] = []
        var indexes: [Index] = []
        var triggers: [SchemaRow] = []
        /// A foreign key refers to it.
        var isReferenced = false

        /// PostgreSQL guards foreign keys by triggers, on either side: psql looks for the keys only where there are some.
        var hasTriggers: Bool { !triggers.isEmpty || isReferenced || constraints.contains { $0.shape.kind == .foreignKey } }

        var name: String { shown.name }
        /// The name as `pg_get_indexdef` and the like write it.
        var qualifiedName: String { Printer.quoteIfNeeded(namespace.name) + "." + Printer.quoteIfNeeded(name) }
    }

    /// The oid of main's default schema, which is PostgreSQL's for `public`.
    static let mainNamespace: UInt32 = 2200
    static let catalogNamespace: UInt32 = 11
    static let informationSchemaNamespace: UInt32 = 13_000
    /// The only role.
    static let owner: UInt32 = 10

    private(set) var namespaces: [Namespace] = []
    private(set) var relations: [Relation] = []
    private(set) var sequences: [Sequence] = []

    /// - Parameter branch: the only branch to show; nil: the session's and main.
    init(_ rows: CatalogRows, branch: BranchKey?) throws(SQLError) {
        var namespaceIDs = ObjectIDs(), classIDs = ObjectIDs(), constraintIDs = ObjectIDs()
        var shown: [(branch: BranchKey, namespaces: [String: Namespace])] = []
        for shownBranch in rows.branches(SystemTable(.sqliteSchema, branch: branch)) {
            // A schema inside main has no name of its own for a session on another branch.
            let onlyDefault = branch == nil && shownBranch != rows.catalog.activeBranch
            var byName: [String: Namespace] = [:]
            let names = rows.showsDefaultSchemaOnly(shownBranch) ? [shownBranch.schemaName] : try rows.schemas(of: shownBranch)
            for name in names where !onlyDefault || name == shownBranch.schemaName {
                let isMain = shownBranch == .main && name == shownBranch.schemaName
                let namespace = Namespace(
                    oid: isMain ? CatalogObjects.mainNamespace : namespaceIDs.oid("\(shownBranch.hex) \(name)"), name: name, branch: shownBranch,
                    isVisible: shownBranch == rows.catalog.activeBranch && name == shownBranch.schemaName && !rows.isPathEmpty)
                namespaces.append(namespace)
                byName[name] = namespace
            }
            if rows.omitsTablesOfOthers, rows.showsDefaultSchemaOnly(shownBranch) { continue }
            // Tables before indexes and sequences: an oid that two names come to is the table's.
            for table in try rows.tables(of: shownBranch) {
                guard let namespace = byName[table.schema] else { continue }
                let oid = classIDs.oid(ObjectIDs.relationKey(table.name, in: table.schema, of: shownBranch))
                relations.append(Relation(oid: oid, namespace: namespace, shown: table, kind: table.info.kind == .view ? "v" : "r"))
            }
            shown.append((shownBranch, byName))
        }
        var byTable: [BranchKey: [String: [SchemaRow]]] = [:]
        for place in relations.indices where relations[place].kind == "r" {
            try addKeys(to: place, rows, &byTable, &classIDs, &constraintIDs)
        }
        for (shownBranch, byName) in shown {
            sequences += try CatalogObjects.sequences(of: shownBranch, rows, relations: relations, namespaces: byName, ids: &classIDs)
        }
        resolveForeignKeys()
    }

    /// Gives a table its constraints, indexes and triggers.
    private mutating func addKeys(
        to place: Int, _ rows: CatalogRows, _ byTable: inout [BranchKey: [String: [SchemaRow]]], _ classIDs: inout ObjectIDs, _ constraintIDs: inout ObjectIDs
    ) throws(SQLError) {
        let shown = relations[place].shown
        let prefix = "\(shown.branch.hex) \(shown.schema)."
        if byTable[shown.holder] == nil {
            let written = try rows.catalog.schema(of: shown.holder, at: nil).rows.filter { $0.sql != nil && ($0.type == "index" || $0.type == "trigger") }
            byTable[shown.holder] = Dictionary(grouping: written) { foldedASCII($0.tableName) }
        }
        let own = byTable[shown.holder]?[foldedASCII(shown.info.name)] ?? []
        for (number, constraint) in shown.info.catalogConstraints.enumerated() {
            var made = Constraint(oid: constraintIDs.oid(prefix + shown.name + "." + constraint.name), shape: constraint)
            if constraint.kind == .primaryKey || constraint.kind == .unique {
                let index = CatalogIndex(constraint, number: number, of: shown.info)
                let oid = classIDs.oid(prefix + "index " + index.name)
                relations[place].indexes.append(Index(oid: oid, shape: index))
                made.index = oid
            }
            relations[place].constraints.append(made)
        }
        for row in own where row.type == "index" {
            guard let index = CatalogIndex(row, of: shown.info) else { continue }
            relations[place].indexes.append(Index(oid: classIDs.oid(prefix + "index " + index.name), shape: index))
        }
        relations[place].triggers = own.filter { $0.type == "trigger" }
    }

    private mutating func resolveForeignKeys() {
        var places: [String: Int] = [:]
        for (index, relation) in relations.enumerated() { places[relation.shown.branch.hex + " " + foldedASCII(relation.shown.info.name)] = index }
        for index in relations.indices {
            for number in relations[index].constraints.indices {
                guard let key = relations[index].constraints[number].shape.foreignKey,
                    let place = places[relations[index].shown.branch.hex + " " + key.table.name.key]
                else { continue }
                relations[place].isReferenced = true
                let target = relations[place]
                let info = target.shown.info
                let columns = key.columns.isEmpty ? info.primaryKey : key.columns.compactMap { info.columnIndex($0.text) }
                let unique = target.constraints.first {
                    ($0.shape.kind == .primaryKey || $0.shape.kind == .unique) && Set($0.shape.columns) == Set(columns)
                }
                let unnamed = target.indexes.first { $0.shape.isUnique && Set($0.shape.keys.map(\.number)) == Set(columns.map { $0 + 1 }) }
                relations[index].constraints[number].index = unique?.index ?? unnamed?.oid ?? 0
                relations[index].constraints[number].target = Target(
                    oid: target.oid, schema: target.namespace.name, name: target.name,
                    printedName: target.namespace.isVisible ? Printer.quoteIfNeeded(target.name) : target.qualifiedName,
                    numbers: columns.map { $0 + 1 }, names: columns.map { info.columns[$0].name },
                    keyNumbers: unique?.shape.columns.map { $0 + 1 } ?? unnamed?.shape.keys.map(\.number) ?? [],
                    constraint: unique.map { (target.namespace.name, $0.shape.name) })
            }
        }
    }
}

extension CatalogObjects.Constraint {
    /// The constraint as `pg_get_constraintdef` prints it; pretty: with no more parentheses than a reader needs.
    func definition(of relation: CatalogObjects.Relation, isPretty: Bool = false) -> String {
        func list(_ names: [String]) -> String { "(" + names.map(Printer.quoteIfNeeded).joined(separator: ", ") + ")" }
        let own = list(shape.columns.map { relation.shown.info.columns[$0].name })
        switch shape.kind {
        case .primaryKey: return "PRIMARY KEY " + own
        case .unique: return "UNIQUE " + own
        case .check: return isPretty ? "CHECK (\(shape.condition ?? ""))" : "CHECK ((\(shape.condition ?? "")))"
        case .foreignKey:
            guard let key = shape.foreignKey else { return "" }
            let name = target.map { $0.printedName } ?? Printer.quoteIfNeeded(SchemaNaming.decode(key.table.name.text).name)
            var text = "FOREIGN KEY \(own) REFERENCES \(name)" + list(target?.names ?? key.columns.map(\.text))
            if let action = key.onUpdate, action != .noAction { text += " ON UPDATE " + action.rawValue }
            if let action = key.onDelete, action != .noAction { text += " ON DELETE " + action.rawValue }
            if key.deferral?.isDeferrable == true { text += key.deferral?.initiallyDeferred == true ? " DEFERRABLE INITIALLY DEFERRED" : " DEFERRABLE" }
            return text
        }
    }
}
