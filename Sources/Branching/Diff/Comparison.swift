import Engine
import PageStore
import SQLDialect

/// One comparison of a branch with a base: which versions, which tables, which objects. Belongs to one thread.
///
/// A live branch shows its own tables and, for all others, its parent's. Compared with its parent since their merge base, each
/// of its own tables is compared with the parent's version it was taken from; tables that read through have no differences.
final class Comparison {
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
    private var shadows: Set<String>?

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
            self.views = try Comparison.views(context, branch, base, request.against)
        }
        sides = SideCache(context)
        wanted = request.table.map { foldedASCII($0) }
        perTable = self.views.isByTable ? self.views.new.live?.own ?? [:] : nil
        new = try BranchFace(sides, self.views.new)
        old = try BranchFace(sides, self.views.old)
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

    /// Both versions, where nothing but their rows can differ.
    private func versionsOfOneSchema() throws(BranchLiteError) -> (old: VersionSide, new: VersionSide)? {
        guard perTable == nil, let before = old.single, let after = new.single, before.schema.rows == after.schema.rows,
            try before.identities() == after.identities()
        else { return nil }
        return (before, after)
    }

    // MARK: - Objects

    /// Folded names of tables that virtual tables keep their data in.
    func hidden() throws(BranchLiteError) -> Set<String> {
        if let shadows { return shadows }
        var found = new.shadowTables.union(old.shadowTables)
        for mark in (perTable ?? [:]).values where mark.kind != .created { found.formUnion(try sides.side(mark.base).shadowTables.keys) }
        shadows = found
        return found
    }

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
        let hidden = try hidden()
        return rows.filter { row in
            let table = foldedASCII(row.tableName)
            return row.sql != nil && !BranchSchema.isInternal(row.name) && !hidden.contains(table) && names?.contains(table) != false
        }
    }

    func schemaChanges() throws(BranchLiteError) -> [SchemaChange] {
        if try versionsOfOneSchema() != nil { return [] }
        let isWhole = perTable == nil && wanted == nil
        var diff = SchemaDiff(
            old: isWhole ? old.schema : BranchSchema(rows: try objects(ofBase: true)), new: isWhole ? new.schema : BranchSchema(rows: try objects(ofBase: false)),
            hidden: try hidden())
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

    /// The tables that count, in order; one that was renamed is one table. Where both schemas are the same, tables whose pages are as
    /// well may be left out.
    func tables() throws(BranchLiteError) -> [TablePair] {
        if let known { return known }
        var pairs: [TablePair] = []
        if let perTable {
            for (key, mark) in perTable.sorted(by: { $0.key < $1.key }) {
                let base = mark.kind == .created ? nil : try sides.side(mark.base)
                pairs.append(TablePair(key: key, old: base.map { ($0, key) }, new: new.side(of: key).map { ($0, key) }))
            }
        } else if let (old, new) = try versionsOfOneSchema() {
            let pages = try sides.difference(from: old, to: new)
            pairs = new.tableKeys.filter { !new.isUntouched($0, since: old, pages) }.sorted().map { TablePair(key: $0, old: (old, $0), new: (new, $0)) }
        } else {
            pairs = try TablePair.all(old, new)
        }
        if let wanted { pairs = pairs.filter { $0.new?.key == wanted || $0.old?.key == wanted } }
        known = pairs
        return pairs
    }

    /// Whether a table is the same by its name, its definition and its pages (false: perhaps).
    func isUntouched(_ pair: TablePair) throws(BranchLiteError) -> Bool {
        if pair.isSame { return true }
        guard let old = pair.old, let new = pair.new, old.key == new.key else { return false }
        return new.side.isUntouched(new.key, since: old.side, try sides.difference(from: old.side, to: new.side))
    }

    private func requireTable(_ key: String, _ name: String) throws(BranchLiteError) {
        if new.schema.contains(key) || old.schema.contains(key) || perTable?[key] != nil { return }
        throw BranchLiteError(
            "BL_NO_SUCH_TABLE", "neither side has a table '\(name)'",
            hint: NearestName.of(name, among: new.schema.tableNames).map { "did you mean '\($0)'?" }, details: ["table": .string(name)])
    }
}
