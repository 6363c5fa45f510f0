import Engine
import PageStore
import SQLDialect

extension StoreContext {
    /// What a branch changed, or how it differs from another: `diff_branch`.
    func diff(_ request: DiffRequest) throws(BranchLiteError) -> DiffResult {
        try requireBranching()
        guard request.limit > 0 else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "limit must be at least 1, not \(request.limit)", details: ["argument": "limit"])
        }
        let branch = try resolve(request.branch)
        let base = try resolve(request.base)
        let cursor = try request.cursor.map { text throws(BranchLiteError) in try DiffCursor(text) }
        do throws(BranchLiteError) {
            let comparison = try Comparison(self, branch: branch, base: base, against: request.against, cursor: cursor)
            defer { comparison.close() }
            return try comparison.result(request, cursor)
        } catch {
            guard cursor != nil, error.code == "BL_NO_SUCH_VERSION" else { throw error }
            throw BranchLiteError(
                "BL_NO_SUCH_VERSION", "the listing cannot go on: \(error.message)",
                hint: "ask again without a cursor; BRANCHLITE_HISTORY says how long older versions are kept", details: ["argument": "cursor"])
        }
    }
}

/// One comparison of a branch with a base, table by table. Belongs to one thread.
///
/// A live branch shows its own tables and, for all others, its parent's. Compared with its parent since their merge base, each
/// of its own tables is compared with the parent's version it was taken from; tables that read through have no differences.
private final class Comparison {
    private let branch: StoreContext.Point
    private let base: StoreContext.Point
    private let views: (old: FixedView, new: FixedView)
    /// The own tables of a live branch that is compared with its parent table by table.
    private let perTable: [String: OwnedTable]?
    private let new: BranchFace
    private let old: BranchFace
    private let sides: SideCache

    init(
        _ context: StoreContext, branch: StoreContext.Point, base: StoreContext.Point, against: DiffAgainst, cursor: DiffCursor?
    ) throws(BranchLiteError) {
        self.branch = branch
        self.base = base
        let isByTable: Bool
        if let cursor {
            guard cursor.branch == branch.id, cursor.base == base.id else { throw DiffCursor.refused("the cursor belongs to a diff of other branches") }
            views = (cursor.old, cursor.new)
            isByTable = cursor.isByTable
        } else {
            let record = branch.entry.record
            isByTable = record.mode == .live && record.parent == base.id && against == .mergeBase && !base.isFixed
            views = (try Comparison.base(context, branch, base, against, isByTable), try FixedView(branch, context))
        }
        perTable = isByTable ? views.new.live?.own : nil
        sides = SideCache(context)
        new = try BranchFace(sides, views.new)
        old = try BranchFace(sides, views.old)
    }

    private static func base(
        _ context: StoreContext, _ branch: StoreContext.Point, _ base: StoreContext.Point, _ against: DiffAgainst, _ isByTable: Bool
    ) throws(BranchLiteError) -> FixedView {
        if isByTable { return FixedView(branch.entry.record.baseVersion) }
        if against == .head { return try FixedView(base, context) }
        // A merge base is a version by itself, whatever branch it was made on.
        guard let common = context.store.mergeBases(branch.version, base.version).first else {
            throw BranchLiteError("BL_NO_MERGE_BASE", "'\(branch.name)' and '\(base.name)' have no common version")
        }
        return FixedView(common)
    }

    func close() { sides.close() }

    /// Both versions, where nothing but their rows can differ.
    private func versionsOfOneSchema() throws(BranchLiteError) -> (old: VersionSide, new: VersionSide)? {
        guard perTable == nil, let before = old.single, let after = new.single, before.schema.rows == after.schema.rows,
            try before.identities() == after.identities()
        else { return nil }
        return (before, after)
    }

    /// The tables to compare, in order. Where both schemas are the same, those whose pages are as well are left out.
    private func tables(_ sameSchema: (old: VersionSide, new: VersionSide)?) throws(BranchLiteError) -> [TablePair] {
        if let (old, new) = sameSchema {
            let pages = try sides.difference(from: old, to: new)
            return new.tableKeys.filter { !new.isUntouched($0, since: old, pages) }.sorted().map { TablePair(key: $0, old: (old, $0), new: (new, $0)) }
        }
        guard let perTable else { return try TablePair.all(old, new) }
        var pairs: [TablePair] = []
        for (key, mark) in perTable.sorted(by: { $0.key < $1.key }) {
            let base = mark.kind == .created ? nil : try sides.side(mark.base)
            pairs.append(TablePair(key: key, old: base.map { ($0, key) }, new: new.side(of: key).map { ($0, key) }))
        }
        return pairs
    }

    func result(_ request: DiffRequest, _ cursor: DiffCursor?) throws(BranchLiteError) -> DiffResult {
        let wanted = request.table.map { foldedASCII($0) }
        if let wanted { try requireTable(wanted, request.table ?? wanted) }
        var result = DiffResult(
            branch: branch.name, base: base.name, baseVersion: views.old.version.rawValue, branchVersion: views.new.version.rawValue,
            schema: [], tables: [])
        let sameSchema = try versionsOfOneSchema()
        let tables = try tables(sameSchema)
        if sameSchema == nil { result.schema = try schemaChanges(tables, wanted) }
        var room = request.limit
        for pair in tables where wanted == nil || wanted == pair.new?.key || wanted == pair.old?.key {
            let key = pair.key
            if let cursor, key < cursor.table { continue }
            if pair.isSame { continue }
            guard let listing = try DiffListing(sides, pair) else { continue }
            guard request.detail == .rows else {
                let counts = try listing.counts()
                if counts.total > 0 { result.tables.append(listing.summary(counts)) }
                continue
            }
            if room == 0 {
                guard try listing.hasChanges() else { continue }
                result.nextCursor = self.cursor(key).text
                return result
            }
            let known = cursor?.table == key ? cursor : nil
            let page = try listing.page(after: known?.position, room: room, known: known?.counts)
            if page.rows.isEmpty { continue }
            var difference = listing.summary(page.counts)
            difference.rows = page.rows
            result.tables.append(difference)
            room -= page.rows.count
            if let next = page.next {
                var cursor = self.cursor(key)
                cursor.position = next
                cursor.counts = page.counts
                result.nextCursor = cursor.text
                return result
            }
        }
        return result
    }

    private func cursor(_ key: String) -> DiffCursor {
        DiffCursor(branch: branch.id, base: base.id, new: views.new, old: views.old, isByTable: perTable != nil, table: key)
    }

    private func schemaChanges(_ tables: [TablePair], _ wanted: String?) throws(BranchLiteError) -> [SchemaChange] {
        var hidden = new.shadowTables
        let before: BranchSchema
        let after: BranchSchema
        if let perTable {
            var rows: [SchemaRow] = []
            for (key, mark) in perTable where mark.kind != .created {
                let side = try sides.side(mark.base)
                hidden.formUnion(side.shadowTables.keys)
                rows += side.schema.rows.filter { foldedASCII($0.tableName) == key }
            }
            before = BranchSchema(rows: rows)
            after = BranchSchema(rows: new.schema.rows.filter { perTable[foldedASCII($0.tableName)] != nil })
        } else {
            hidden.formUnion(old.shadowTables)
            before = old.schema
            after = new.schema
        }
        var diff = SchemaDiff(old: before, new: after, hidden: hidden)
        var columns: [String: [String: String]] = [:]
        for pair in tables {
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
        return diff.changes { wanted == nil || wanted == foldedASCII($0) }
    }

    private func requireTable(_ key: String, _ name: String) throws(BranchLiteError) {
        if new.schema.contains(key) || old.schema.contains(key) || perTable?[key] != nil { return }
        let known = new.schema.tableNames
        throw BranchLiteError(
            "BL_NO_SUCH_TABLE", "neither side has a table '\(name)'", hint: NearestName.of(name, among: known).map { "did you mean '\($0)'?" },
            details: ["table": .string(name)])
    }
}
