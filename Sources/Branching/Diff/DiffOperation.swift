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
        let comparison = try Comparison(self, branch: branch, base: base, against: request.against, cursor: cursor)
        defer { comparison.close() }
        return try comparison.result(request, cursor)
    }
}

/// One comparison of a branch with a base, table by table. Belongs to one thread.
///
/// A live branch shows its own tables and, for all others, its parent's. Compared with its parent since their merge base, each
/// of its own tables is compared with the parent's version it was taken from; tables that read through have no differences.
private final class Comparison {
    private let context: StoreContext
    private let branch: StoreContext.Point
    private let base: StoreContext.Point
    private let baseVersion: VersionID
    private let branchVersion: VersionID
    /// The own tables of a live branch that is compared with its parent table by table.
    private let perTable: [String: OwnedTable]?
    private let new: BranchFace
    private let old: BranchFace
    private let sides: SideCache

    init(
        _ context: StoreContext, branch: StoreContext.Point, base: StoreContext.Point, against: DiffAgainst, cursor: DiffCursor?
    ) throws(BranchLiteError) {
        self.context = context
        self.branch = branch
        self.base = base
        branchVersion = cursor.map { VersionID(rawValue: $0.branchVersion) } ?? branch.version
        let record = branch.entry.record
        let isByTable = record.mode == .live && record.parent == base.id && against == .mergeBase && !base.isFixed
        if let cursor {
            baseVersion = VersionID(rawValue: cursor.baseVersion)
        } else if isByTable {
            baseVersion = record.baseVersion
        } else {
            switch against {
            case .head: baseVersion = base.version
            case .mergeBase:
                guard let common = context.store.mergeBases(branch.version, base.version).first else {
                    throw BranchLiteError("BL_NO_MERGE_BASE", "'\(branch.name)' and '\(base.name)' have no common version")
                }
                baseVersion = common
            }
        }
        perTable = isByTable ? record.owned : nil
        sides = SideCache(context)
        new = try BranchFace(sides, branch, at: branchVersion)
        // A merge base is a version by itself, whatever branch it was made on.
        old = try BranchFace(sides, against == .head ? base : nil, at: baseVersion)
    }

    func close() { sides.close() }

    /// Where a table is found on each side; nil where that side does not have it.
    private func places(_ key: String) throws(BranchLiteError) -> (old: VersionSide?, new: VersionSide?) {
        if let perTable {
            guard let mark = perTable[key] else { return (nil, nil) }
            return (mark.kind == .created ? nil : try sides.side(mark.base), new.side(of: key))
        }
        return (old.side(of: key), new.side(of: key))
    }

    private func keys() throws(BranchLiteError) -> [String] {
        if let perTable { return perTable.keys.sorted() }
        return old.tableKeys.union(new.tableKeys).sorted()
    }

    func result(_ request: DiffRequest, _ cursor: DiffCursor?) throws(BranchLiteError) -> DiffResult {
        let wanted = request.table.map { foldedASCII($0) }
        if let wanted { try requireTable(wanted, request.table ?? wanted) }
        var result = DiffResult(
            branch: branch.name, base: base.name, baseVersion: baseVersion.rawValue, branchVersion: branchVersion.rawValue,
            schema: try schemaChanges(wanted), tables: [])
        var room = request.limit
        for key in try keys() where wanted == nil || wanted == key {
            if let cursor, key < cursor.table { continue }
            let (old, new) = try places(key)
            if let old, let new, old === new { continue }
            guard let listing = try DiffListing(sides, old, new, key) else { continue }
            var difference = listing.head
            if difference.inserted + difference.updated + difference.deleted == 0 { continue }
            guard request.detail == .rows else {
                result.tables.append(difference)
                continue
            }
            let skip = cursor?.table == key ? cursor?.given ?? 0 : 0
            let (rows, isWhole) = try listing.rows(skip: skip, room: room)
            difference.rows = rows
            room -= rows.count
            result.tables.append(difference)
            if !isWhole {
                result.nextCursor = DiffCursor(
                    baseVersion: baseVersion.rawValue, branchVersion: branchVersion.rawValue, table: key, given: skip + rows.count).text
                return result
            }
        }
        return result
    }

    private func schemaChanges(_ wanted: String?) throws(BranchLiteError) -> [SchemaChange] {
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
        let renames = { (key: String) -> [String: String] in
            // A side that cannot be read now fails where its rows are listed.
            guard let (old, new) = try? self.places(key), let old, let new else { return [:] }
            return (try? new.renames(of: key, since: old)) ?? [:]
        }
        return SchemaDiff(old: before, new: after, hidden: hidden, renames: renames).changes { wanted == nil || wanted == foldedASCII($0) }
    }

    private func requireTable(_ key: String, _ name: String) throws(BranchLiteError) {
        if new.schema.contains(key) || old.schema.contains(key) || perTable?[key] != nil { return }
        let known = new.schema.tableNames
        throw BranchLiteError(
            "BL_NO_SUCH_TABLE", "neither side has a table '\(name)'", hint: NearestName.of(name, among: known).map { "did you mean '\($0)'?" },
            details: ["table": .string(name)])
    }
}

/// The differences of one table: counted, then listed.
struct DiffListing {
    private(set) var head: TableDifference
    private let old: VersionSide?
    private let new: VersionSide?
    private let pages: DatabaseDiff?
    private let oldShape: TableShape?
    private let newShape: TableShape?
    private let virtual: VirtualTableDiff?
    private let renames: [String: String]

    /// Nil when neither side has rows of that table, or when it is the same by its pages.
    init?(_ sides: SideCache, _ old: VersionSide?, _ new: VersionSide?, _ key: String) throws(BranchLiteError) {
        self.old = old
        self.new = new
        guard let some = new ?? old else { return nil }
        let pages = try sides.difference(from: old ?? some, to: new ?? some)
        if let old, let new, new.isUntouched(key, since: old, pages) { return nil }
        let (now, was) = (new?.virtualTables[key], old?.virtualTables[key])
        if let entry = (now ?? was)?.entry {
            // A table that has become a virtual one (or the reverse) is compared as what it is now.
            let virtual = try VirtualTableDiff(old: was == nil ? nil : old, new: now == nil ? nil : new, name: entry.name)
            let counts = virtual.counts
            self.virtual = virtual
            self.pages = nil
            oldShape = nil
            newShape = nil
            renames = [:]
            head = TableDifference(
                table: entry.name, inserted: counts.inserted, updated: counts.updated, deleted: counts.deleted, columns: virtual.columns,
                keyColumns: ["rowid"])
            return
        }
        let (oldShape, newShape) = (try old?.shape(key), try new?.shape(key))
        guard let shape = newShape ?? oldShape else { return nil }
        let renames = if let old, let new { try new.renames(of: key, since: old) } else { [String: String]() }
        let counts = try RowChanges(pages, old: oldShape, new: newShape, renames: renames).counts()
        self.renames = renames
        virtual = nil
        self.pages = pages
        self.oldShape = oldShape
        self.newShape = newShape
        head = TableDifference(
            table: shape.name, inserted: counts.inserted, updated: counts.updated, deleted: counts.deleted, columns: shape.displayColumns,
            keyColumns: shape.keyNames)
    }

    /// The changes after the first `skip`, at most `room` of them.
    func rows(skip: Int, room: Int) throws(BranchLiteError) -> (rows: [RowDifference], isWhole: Bool) {
        if let virtual {
            let rest = virtual.rows.dropFirst(skip)
            return (Array(rest.prefix(room)), rest.count <= room)
        }
        guard let pages else { return ([], true) }
        let changes = try RowChanges(pages, old: oldShape, new: newShape, renames: renames)
        var rows: [RowDifference] = []
        var passed = 0
        while let change = try changes.next() {
            if passed < skip {
                passed += 1
                continue
            }
            if rows.count == room { return (rows, false) }
            rows.append(difference(change, changes))
        }
        return (rows, true)
    }

    private func difference(_ change: RowChanges.Change, _ changes: RowChanges) -> RowDifference {
        let before = change.before.flatMap { row in oldShape.map { $0.json(row) } }
        let after = change.after.flatMap { row in newShape.map { $0.json(row) } }
        var key: [String: JSONValue] = [:]
        if let row = change.after, let newShape {
            key = newShape.keyJSON(row)
        } else if let row = change.before, let oldShape {
            key = oldShape.keyJSON(row)
        }
        var columns: [String] = []
        if let before = change.before, let after = change.after { columns = changes.changedColumns(before, after) }
        return RowDifference(kind: change.kind, key: key, before: before, after: after, changedColumns: columns)
    }
}
