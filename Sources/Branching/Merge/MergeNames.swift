import Engine
import PageStore
import SQLDialect

/// Gives every table and column one name in all versions of a merge, so that what was renamed on one side is compared with what it
/// was: a rename made on the branch is made on the base and the target as well, one made on the target on the base and the branch.
/// The renames are SQLite's own (ALTER TABLE), so that indexes, views, triggers and foreign keys follow in each version alike.
///
/// A table that both sides renamed differently, or whose new name the other side gave to something else, is a conflict of definitions.
struct MergeNames {
    /// What has to be renamed in one version.
    struct Script {
        /// Run before the others: what makes room for a name. By the legacy rules for ALTER TABLE, so that what refers to the name goes
        /// on referring to it.
        var clearing: [String] = []
        /// Folded names of the tables that do.
        var cleared: Set<String> = []
        /// In order; run on a private copy of a base or the branch, and on the target when the merge is applied.
        var statements: [String] = []
        var identities = SchemaIdentities.none
        /// Folded names of tables that get another name, to that name.
        var tables: [String: String] = [:]
        /// By the folded merged name of the table: folded names of columns that get another name, to that name.
        var columns: [String: [String: String]] = [:]
        /// Tables and views of the target that have to make room: what they are, and what they were called.
        var dropped: [(type: SchemaChange.ObjectType, name: String)] = []

        var isEmpty: Bool { clearing.isEmpty && statements.isEmpty }
    }

    private(set) var source = Script()
    private(set) var target = Script()
    private(set) var bases: [Script]
    private(set) var unsettled: [MergeConflict] = []
    private(set) var conflictIDs: Set<String> = []

    private let sides: (bases: [VersionSide], source: VersionSide, target: VersionSide)
    private let settlement: Settlement
    /// Whether a table is merged at all, by its folded name on any side.
    private let counts: (String) -> Bool
    /// The tables by their folded name on each side, and what the columns of each are to be called (by its name in the base).
    private var named: (source: [String: Table], target: [String: Table], columns: [String: [String: String]]) = ([:], [:], [:])

    /// The prefix of names that nobody sees.
    static let hiddenPrefix = "_bl_merge_hidden:"
    private static let interimPrefix = "_bl_merge_name:"

    /// Nil where every table and column has one name already.
    ///
    /// - Parameter only: folded names of the tables that are merged, as any side calls them; nil: all. The others keep their names.
    init?(
        bases: [VersionSide], source: VersionSide, target: VersionSide, only: Set<String>?, _ settlement: Settlement
    ) throws(BranchLiteError) {
        guard let base = bases.first else { return nil }
        var known = [try source.identities(), try target.identities()]
        for base in bases { known.append(try base.identities()) }
        guard known.contains(where: { !$0.rows.isEmpty }) else { return nil }
        sides = (bases, source, target)
        self.settlement = settlement
        counts = { only?.contains($0) ?? true }
        self.bases = bases.map { _ in Script() }
        var tables = try nameTables(base)
        var settled: Set<String> = []
        var isSettled = false
        while !isSettled { isSettled = try !settleCollisions(base, &tables, &settled) }
        try write(base, tables)
        if self.source.isEmpty, self.target.isEmpty, self.bases.allSatisfy(\.isEmpty), unsettled.isEmpty { return nil }
    }

    // MARK: - Tables

    /// A table of the base that at least one side still has.
    private struct Table {
        var base: String
        var source: String?
        var target: String?
        /// As it is to be called.
        var name: String
    }

    private func nameTables(_ base: VersionSide) throws(BranchLiteError) -> [Table] {
        let (inSource, inTarget) = (try sides.source.partners(of: base), try sides.target.partners(of: base))
        var tables: [Table] = []
        for key in base.tableKeys.sorted() {
            let (here, there) = (inSource[key], inTarget[key])
            guard let any = there ?? here, [key, here, there].contains(where: { $0.map(counts) ?? false }) else { continue }
            var table = Table(base: key, source: here, target: there, name: any)
            if let here, here != key, there == nil || there == key { table.name = here }
            tables.append(table)
        }
        return tables
    }

    /// Looks for the first name that two things would have, or that both sides changed, and settles it. False: there is none.
    private mutating func settleCollisions(
        _ base: VersionSide, _ tables: inout [Table], _ settled: inout Set<String>
    ) throws(BranchLiteError) -> Bool {
        for index in tables.indices where !settled.contains(tables[index].base) {
            let table = tables[index]
            guard let here = table.source, let there = table.target, here != table.base, there != table.base, here != there else { continue }
            settled.insert(table.base)
            let take = try conflict(sides.target.name(there), base.sql(of: table.base), sides.source.sql(of: here), sides.target.sql(of: there))
            tables[index].name = take == .branch ? here : there
            return true
        }
        for (index, table) in tables.enumerated() {
            if let other = tables.indices.first(where: { $0 != index && tables[$0].name == table.name }) {
                try settleTwins(base, &tables, index, other, &settled)
                return true
            }
            for side in [sides.source, sides.target] {
                let isSource = side === sides.source
                guard (isSource ? table.source : table.target) != table.name, let taken = side.objectKind(table.name), !settled.contains("\(isSource)" + table.name),
                    !tables.contains(where: { (isSource ? $0.source : $0.target) == table.name })
                else { continue }
                settled.insert("\(isSource)" + table.name)
                // The one side renamed this table to what the other side called something else.
                let take = try conflict(
                    table.name, base.sql(of: table.base), isSource ? side.sql(of: table.name) : table.source.flatMap { sides.source.sql(of: $0) },
                    isSource ? table.target.flatMap { sides.target.sql(of: $0) } : side.sql(of: table.name))
                if (take == .branch) == isSource || take == nil {
                    // What is there stays, and the table keeps the name it has there (or had).
                    tables[index].name = (isSource ? table.source : table.target) ?? table.base
                } else {
                    hide(table.name, taken, isSource: isSource)
                }
                return true
            }
        }
        return false
    }

    /// Two tables that would have the same name: one side renamed the one, the other side the other.
    private mutating func settleTwins(
        _ base: VersionSide, _ tables: inout [Table], _ a: Int, _ b: Int, _ settled: inout Set<String>
    ) throws(BranchLiteError) {
        let isBranch = { (table: Table) in table.source == table.name }
        let (mine, other) = isBranch(tables[a]) ? (a, b) : (b, a)
        let (branch, target) = (tables[mine], tables[other])
        settled.formUnion([branch.base, target.base])
        let take = try conflict(
            branch.name, base.sql(of: branch.base), branch.source.flatMap { sides.source.sql(of: $0) }, target.target.flatMap { sides.target.sql(of: $0) })
        if take == .branch {
            tables[other].name = free(target.source ?? target.base, tables)
        } else {
            tables[mine].name = free(branch.target ?? branch.base, tables)
        }
    }

    /// A name as wished, or one like it that nothing has.
    private func free(_ wish: String, _ tables: [Table]) -> String {
        var (name, number) = (wish, 1)
        while tables.contains(where: { $0.name == name }) {
            number += 1
            name = "\(wish)_\(number)"
        }
        return name
    }

    private mutating func hide(_ name: String, _ kind: String, isSource: Bool) {
        let statement = kind == "view"
            ? "DROP VIEW main.\(quoteIdentifier(name))"
            : "ALTER TABLE main.\(quoteIdentifier(name)) RENAME TO \(quoteIdentifier(MergeNames.hiddenPrefix + name))"
        if isSource {
            source.clearing.append(statement)
            source.cleared.insert(name)
        } else {
            target.clearing.append(statement)
            target.cleared.insert(name)
            target.dropped.append((kind == "view" ? .view : .table, name))
        }
    }

    private enum Take { case branch, target }

    private mutating func conflict(_ name: String, _ base: String?, _ branch: String?, _ target: String?) throws(BranchLiteError) -> Take? {
        let conflict = ConflictIdentity.schema(type: .table, name: name, base: base, branch: branch, target: target)
        conflictIDs.insert(conflict.id)
        switch settlement.side(of: conflict) {
        case nil:
            unsettled.append(conflict)
            return nil
        case .branch: return .branch
        case .target: return .target
        case .base, .value:
            throw BranchLiteError(
                "BL_BAD_ARGUMENT", "the names of '\(name)' conflict: that is settled by the branch's or the target's, not by the base's or a value",
                details: ["argument": "resolutions", "conflict_id": .string(conflict.id)])
        }
    }

    // MARK: - Scripts

    private mutating func write(_ base: VersionSide, _ tables: [Table]) throws(BranchLiteError) {
        var columns: [String: [String: String]] = [:]
        for table in tables { columns[table.base] = try nameColumns(base, table) }
        let inSource = Dictionary(tables.compactMap { table in table.source.map { ($0, table) } }, uniquingKeysWith: { first, _ in first })
        let inTarget = Dictionary(tables.compactMap { table in table.target.map { ($0, table) } }, uniquingKeysWith: { first, _ in first })
        source = try script(sides.source, base, inSource, columns, source)
        target = try script(sides.target, base, inTarget, columns, target)
        named = (inSource, inTarget, columns)
        for (index, side) in sides.bases.enumerated() { bases[index] = try script(ofOlder: side) }
    }

    /// What has to be renamed in a base, or in a still older version.
    func script(ofOlder side: VersionSide) throws(BranchLiteError) -> Script {
        guard let base = sides.bases.first else { return Script() }
        var here: [String: Table] = [:]
        let (toSource, toTarget) = (try sides.source.partners(of: side), try sides.target.partners(of: side))
        for key in side.tableKeys { here[key] = toSource[key].flatMap { named.source[$0] } ?? toTarget[key].flatMap { named.target[$0] } }
        return try script(side, base, here, named.columns, Script())
    }

    /// What the columns of a table are to be called: the base's folded names to new ones. Where both sides renamed a column differently,
    /// or the new name is taken, the column is left to the merge of the definitions.
    private func nameColumns(_ base: VersionSide, _ table: Table) throws(BranchLiteError) -> [String: String] {
        guard let here = table.source, let there = table.target else { return [:] }
        let toSource = try sides.source.renames(of: here, since: base, as: table.base)
        let toTarget = try sides.target.renames(of: there, since: base, as: table.base)
        var names: [String: String] = [:]
        for (column, new) in toSource where toTarget[column].map({ foldedASCII($0) == foldedASCII(new) }) ?? true { names[column] = new }
        for (column, new) in toTarget where toSource[column] == nil { names[column] = new }
        // Taken by a column that does not itself make room.
        for (column, new) in names {
            let key = foldedASCII(new)
            let isTaken = { (side: VersionSide, table: String, renamed: [String: String]) in
                guard let info = side.schema.table(table), info.columnIndex(new) != nil else { return false }
                return foldedASCII(renamed[column] ?? column) != key && names[key] == nil
            }
            if isTaken(sides.source, here, toSource) || isTaken(sides.target, there, toTarget) || isTaken(base, table.base, [:]) { names[column] = nil }
        }
        return names
    }

    private func script(
        _ side: VersionSide, _ base: VersionSide, _ tables: [String: Table], _ columns: [String: [String: String]], _ begun: Script
    ) throws(BranchLiteError) -> Script {
        var script = begun
        script.identities = try side.identities()
        for name in script.cleared { script.identities.removeTable(name) }
        var renames: [(from: String, to: String)] = []
        for (key, table) in tables.sorted(by: { $0.key < $1.key }) where key != foldedASCII(table.name) { renames.append((key, table.name)) }
        let shown = renames.map { ($0.from, displayName(foldedASCII($0.to))) }
        script.statements += MergeNames.renaming(shown.map { ($0.0, $0.1) }) { old, new in
            "ALTER TABLE main.\(quoteIdentifier(old)) RENAME TO \(quoteIdentifier(new))"
        }
        script.identities.renameTables(renames.map { ($0.from, foldedASCII($0.to)) })
        for (from, to) in shown { script.tables[from] = to }
        for (key, table) in tables.sorted(by: { $0.key < $1.key }) {
            guard let names = columns[table.base], !names.isEmpty else { continue }
            // What the base calls a column, this version may call otherwise already.
            let mine = side === base ? [:] : try side.renames(of: key, since: base, as: table.base)
            var pairs: [(from: String, to: String)] = []
            for (column, new) in names.sorted(by: { $0.key < $1.key }) {
                let now = foldedASCII(mine[column] ?? column)
                guard now != foldedASCII(new), side.schema.table(key)?.columnIndex(now) != nil else { continue }
                pairs.append((now, new))
            }
            if pairs.isEmpty { continue }
            let name = displayName(foldedASCII(table.name))
            script.statements += MergeNames.renaming(pairs) { old, new in
                "ALTER TABLE main.\(quoteIdentifier(name)) RENAME COLUMN \(quoteIdentifier(old)) TO \(quoteIdentifier(new))"
            }
            script.identities.renameColumns(of: foldedASCII(name), pairs.map { ($0.from, foldedASCII($0.to)) })
            script.columns[foldedASCII(name)] = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
        }
        return script
    }

    /// A merged name as a side writes it.
    private func displayName(_ key: String) -> String {
        sides.source.displayName(key) ?? sides.target.displayName(key) ?? sides.bases.lazy.compactMap { $0.displayName(key) }.first ?? key
    }

    /// Renames one by one; where a new name is one that has to be given up first, all go by names that nothing has.
    static func renaming(_ pairs: [(from: String, to: String)], _ statement: (String, String) -> String) -> [String] {
        let old = Set(pairs.map(\.from))
        guard pairs.contains(where: { old.contains(foldedASCII($0.to)) }) else { return pairs.map { statement($0.from, $0.to) } }
        return pairs.enumerated().map { statement($1.from, "\(interimPrefix)\($0)") } + pairs.enumerated().map { statement("\(interimPrefix)\($0)", $1.to) }
    }
}

extension VersionSide {
    /// A table's name as it was written; nil where there is none.
    func displayName(_ key: String) -> String? { tables[key]?.name ?? virtualTables[key]?.entry.name }
    fileprivate func name(_ key: String) -> String { displayName(key) ?? key }

    fileprivate func sql(of key: String) -> String? {
        tables[key]?.sql ?? virtualTables[key]?.entry.sql ?? schema.rows.first { $0.type == "view" && foldedASCII($0.name) == key }?.sql
    }

    /// `table` or `view`, where something of that name is there.
    fileprivate func objectKind(_ key: String) -> String? {
        if displayName(key) != nil { return "table" }
        return schema.rows.contains { $0.type == "view" && foldedASCII($0.name) == key } ? "view" : nil
    }
}
