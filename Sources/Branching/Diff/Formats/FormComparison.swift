import Engine
import PageStore
import SQLDialect

/// Two sides that a form is written of: which versions, which tables, which objects. Belongs to one thread.
final class FormComparison {
    let branch: StoreContext.Point
    let base: StoreContext.Point
    let sides: SideCache
    /// The versions that are compared, as a cursor names them.
    let views: DiffCursor
    let old: BranchFace
    let new: BranchFace
    /// Folded name of the only table that counts.
    let wanted: String?
    /// The own tables of a live branch that is compared with its parent table by table.
    private let perTable: [String: OwnedTable]?
    /// Folded names of tables that virtual tables keep their data in.
    let hidden: Set<String>

    /// - Parameter views: versions to compare instead of the newest ones.
    /// - Throws: `BL_NO_SUCH_BRANCH`, `BL_NO_MERGE_BASE`, `BL_NO_SUCH_TABLE`, `BL_NO_SUCH_VERSION`.
    init(_ context: StoreContext, _ request: DiffRequest, _ views: DiffCursor?) throws(BranchLiteError) {
        try context.requireBranching()
        let branch = try context.resolve(request.branch)
        let base = try context.resolve(request.base)
        self.branch = branch
        self.base = base
        if let views {
            guard views.branch == branch.id, views.base == base.id else { throw DiffCursor.refused("the cursor belongs to a diff of other branches") }
            self.views = views
        } else {
            self.views = try FormComparison.views(context, branch, base, request.against)
        }
        sides = SideCache(context)
        wanted = request.table.map { foldedASCII($0) }
        perTable = self.views.isByTable ? self.views.new.live?.own ?? [:] : nil
        new = try BranchFace(sides, self.views.new)
        old = try BranchFace(sides, self.views.old)
        var hidden = new.shadowTables.union(old.shadowTables)
        for mark in (perTable ?? [:]).values where mark.kind != .created { hidden.formUnion(try sides.side(mark.base).shadowTables.keys) }
        self.hidden = hidden
        if let wanted { try requireTable(wanted, request.table ?? wanted) }
    }

    private static func views(
        _ context: StoreContext, _ branch: StoreContext.Point, _ base: StoreContext.Point, _ against: DiffAgainst
    ) throws(BranchLiteError) -> DiffCursor {
        let record = branch.entry.record
        let isByTable = record.mode == .live && record.parent == base.id && against == .mergeBase && !base.isFixed
        let old: FixedView
        if isByTable {
            old = FixedView(record.baseVersion)
        } else if against == .head {
            old = try FixedView(base, context)
        } else {
            // A merge base is a version by itself, whatever branch it was made on.
            guard let common = context.store.mergeBases(branch.version, base.version).first else {
                throw BranchLiteError("BL_NO_MERGE_BASE", "'\(branch.name)' and '\(base.name)' have no common version")
            }
            old = FixedView(common)
        }
        return DiffCursor(branch: branch.id, base: base.id, new: try FixedView(branch, context), old: old, isByTable: isByTable, table: "")
    }

    var baseVersion: VersionID { views.old.version }
    var branchVersion: VersionID { views.new.version }

    func close() { sides.close() }

    // MARK: - Objects

    /// Objects of the schema of either side, those that count.
    func objects(ofBase isBase: Bool) throws(BranchLiteError) -> [SchemaRow] {
        var rows = (isBase ? old : new).schema.rows
        if let perTable {
            if !isBase {
                rows = rows.filter { perTable[foldedASCII($0.tableName)] != nil }
            } else {
                rows = []
                for (key, mark) in perTable.sorted(by: { $0.key < $1.key }) where mark.kind != .created {
                    rows += try sides.side(mark.base).schema.rows.filter { foldedASCII($0.tableName) == key }
                }
            }
        }
        return rows.filter { row in
            let table = foldedASCII(row.tableName)
            return row.sql != nil && !BranchSchema.isInternal(row.name) && !hidden.contains(table) && (wanted == nil || wanted == table)
        }
    }

    func schemaChanges() throws(BranchLiteError) -> [SchemaChange] {
        let (before, after) = (BranchSchema(rows: try objects(ofBase: true)), BranchSchema(rows: try objects(ofBase: false)))
        let renames = { (key: String) -> [String: String] in
            // A side that cannot be read fails where its rows are listed.
            guard let (old, new) = try? self.places(key), let old, let new else { return [:] }
            return (try? new.renames(of: key, since: old)) ?? [:]
        }
        return SchemaDiff(old: before, new: after, hidden: hidden, renames: renames).changes()
    }

    // MARK: - Tables

    /// Where a table is found on each side; nil where that side does not have it.
    func places(_ key: String) throws(BranchLiteError) -> (old: VersionSide?, new: VersionSide?) {
        if let perTable {
            guard let mark = perTable[key] else { return (nil, nil) }
            return (mark.kind == .created ? nil : try sides.side(mark.base), new.side(of: key))
        }
        return (old.side(of: key), new.side(of: key))
    }

    /// Folded names of tables that may differ, sorted.
    func keys() -> [String] {
        if let wanted { return [wanted] }
        if let perTable { return perTable.keys.sorted() }
        return old.tableKeys.union(new.tableKeys).sorted()
    }

    /// A table that is there on a side; nil where the pages of both sides say that nothing differs.
    func table(_ key: String) throws(BranchLiteError) -> FormTable? {
        let (was, now) = try places(key)
        if let was, let now {
            if was === now { return nil }
            if now.isUntouched(key, since: was, try sides.difference(from: was, to: now)) { return nil }
        }
        var (old, new) = (try side(key, was), try side(key, now))
        if old == nil, new == nil { return nil }
        // A table that has become a virtual one (or the reverse) is another table, told by what it is now.
        if let before = old, let after = new, (before.shape == nil) != (after.shape == nil) { old = nil }
        let renames: [String: String] = if let was, let now, old?.shape != nil, new?.shape != nil { try now.renames(of: key, since: was) } else { [:] }
        return FormTable(sides, key: key, old: old, new: new, renames: renames)
    }

    /// A table or virtual table as a version has it.
    func side(_ key: String, _ version: VersionSide?) throws(BranchLiteError) -> FormSide? {
        guard let version else { return nil }
        if let entry = version.virtualTables[key]?.entry { return FormSide(version, name: entry.name, shape: nil) }
        guard let shape = try version.shape(key) else { return nil }
        return FormSide(version, name: shape.name, shape: shape)
    }

    private func requireTable(_ key: String, _ name: String) throws(BranchLiteError) {
        let (was, now) = try places(key)
        if was?.schema.contains(key) == true || now?.schema.contains(key) == true || perTable?[key] != nil { return }
        let known = new.schema.tableNames
        throw BranchLiteError(
            "BL_NO_SUCH_TABLE", "neither side has a table '\(name)'", hint: NearestName.of(name, among: known).map { "did you mean '\($0)'?" },
            details: ["table": .string(name)])
    }
}
