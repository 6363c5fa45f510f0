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
    private var known: [TablePair]?
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
        // A table that was renamed counts with what belongs to it under either name.
        let names: Set<String>? = if let wanted { Set(try tables().flatMap { [$0.old?.key, $0.new?.key].compactMap(\.self) }).union([wanted]) } else { nil }
        return rows.filter { row in
            let table = foldedASCII(row.tableName)
            return row.sql != nil && !BranchSchema.isInternal(row.name) && !hidden.contains(table) && names?.contains(table) != false
        }
    }

    func schemaChanges() throws(BranchLiteError) -> [SchemaChange] {
        var diff = SchemaDiff(old: BranchSchema(rows: try objects(ofBase: true)), new: BranchSchema(rows: try objects(ofBase: false)), hidden: hidden)
        var columns: [String: [String: String]] = [:]
        for pair in try tables() {
            guard let old = pair.old, let new = pair.new else { continue }
            if old.key != new.key {
                diff.renamedTables[old.key] = new.key
                diff.renamedNames[old.key] = new.key
            }
            let renames = try pair.renames()
            if renames.isEmpty { continue }
            columns[new.key] = renames
            for (from, to) in renames { diff.renamedNames[from] = foldedASCII(to) }
        }
        diff.renames = { columns[$0] ?? [:] }
        return diff.changes()
    }

    // MARK: - Tables

    /// The tables that count, in order; one that was renamed is one table.
    func tables() throws(BranchLiteError) -> [TablePair] {
        if let known { return known }
        var pairs: [TablePair] = []
        if let perTable {
            for (key, mark) in perTable.sorted(by: { $0.key < $1.key }) {
                let base = mark.kind == .created ? nil : try sides.side(mark.base)
                pairs.append(TablePair(key: key, old: base.map { ($0, key) }, new: new.side(of: key).map { ($0, key) }))
            }
        } else {
            pairs = try TablePair.all(old, new)
        }
        if let wanted { pairs = pairs.filter { $0.new?.key == wanted || $0.old?.key == wanted } }
        known = pairs
        return pairs
    }

    /// The tables that may differ: those of which the pages of both sides do not say that they are the same.
    func candidates() throws(BranchLiteError) -> [FormTable] {
        var tables: [FormTable] = []
        for pair in try self.tables() where try !isUntouched(pair) {
            var old = try side(pair.old)
            let new = try side(pair.new)
            if old == nil, new == nil { continue }
            // A table that has become a virtual one (or the reverse) is another table, told by what it is now.
            if let before = old, let after = new, (before.shape == nil) != (after.shape == nil) { old = nil }
            let renames: [String: String] = old?.shape != nil && new?.shape != nil ? try pair.renames() : [:]
            tables.append(FormTable(sides, key: pair.key, old: old, new: new, renames: renames))
        }
        return tables
    }

    /// Whether a table is the same by its name, its definition and its pages (false: perhaps).
    func isUntouched(_ pair: TablePair) throws(BranchLiteError) -> Bool {
        if pair.isSame { return true }
        guard let old = pair.old, let new = pair.new, old.key == new.key else { return false }
        return new.side.isUntouched(new.key, since: old.side, try sides.difference(from: old.side, to: new.side))
    }

    /// A table or virtual table as a version has it.
    func side(_ place: (side: VersionSide, key: String)?) throws(BranchLiteError) -> FormSide? {
        guard let (version, key) = place else { return nil }
        if let entry = version.virtualTables[key]?.entry { return FormSide(version, name: entry.name, shape: nil) }
        guard let shape = try version.shape(key) else { return nil }
        return FormSide(version, name: shape.name, shape: shape)
    }

    private func requireTable(_ key: String, _ name: String) throws(BranchLiteError) {
        if new.schema.contains(key) || old.schema.contains(key) || perTable?[key] != nil { return }
        throw BranchLiteError(
            "BL_NO_SUCH_TABLE", "neither side has a table '\(name)'",
            hint: NearestName.of(name, among: new.schema.tableNames).map { "did you mean '\($0)'?" }, details: ["table": .string(name)])
    }
}
