import Engine
import PageStore
import SQLDialect

/// What one side of a comparison shows: a version by itself, or a live branch, which shows its own tables at its version and its
/// parent's at the parent's version for everything else.
struct FormFace {
    let main: VersionSide
    let parent: VersionSide?
    let own: [String: OwnedTable]

    /// The version that has the table; nil for one that a live branch has dropped.
    func side(of key: String) -> VersionSide? {
        guard let parent else { return main }
        guard let mark = own[key] else { return parent }
        return mark.kind == .dropped ? nil : main
    }

    /// The rows of the schema that are shown, in the order of `sqlite_schema`.
    var rows: [SchemaRow] {
        guard let parent else { return main.schema.rows }
        return parent.schema.rows.filter { own[foldedASCII($0.tableName)] == nil }
            + main.schema.rows.filter { own[foldedASCII($0.tableName)].map { $0.kind != .dropped } ?? false }
    }

    var hidden: Set<String> { Set(main.shadowTables.keys).union(parent.map { Set($0.shadowTables.keys) } ?? []) }
}

/// Two sides that a form is written of: which versions, which tables, which objects. Belongs to one thread.
final class FormComparison {
    let branch: StoreContext.Point
    let base: StoreContext.Point
    let baseVersion: VersionID
    let branchVersion: VersionID
    let sides: SideCache
    let old: FormFace
    let new: FormFace
    /// Folded name of the only table that counts.
    let wanted: String?
    /// The own tables of a live branch that is compared with its parent table by table.
    private let perTable: [String: OwnedTable]?
    /// Folded names of tables that virtual tables keep their data in.
    let hidden: Set<String>

    /// - Parameter cursor: versions to compare instead of the newest ones.
    /// - Throws: `BL_NO_SUCH_BRANCH`, `BL_NO_MERGE_BASE`, `BL_NO_SUCH_TABLE`, `BL_NO_SUCH_VERSION`.
    init(_ context: StoreContext, _ request: DiffRequest, _ cursor: FormCursor?) throws(BranchLiteError) {
        try context.requireBranching()
        let branch = try context.resolve(request.branch)
        let base = try context.resolve(request.base)
        self.branch = branch
        self.base = base
        let record = branch.entry.record
        let isByTable = record.mode == .live && record.parent == base.id && request.against == .mergeBase && !base.isFixed
        branchVersion = cursor?.branchVersion ?? branch.version
        if let cursor {
            baseVersion = cursor.baseVersion
        } else if isByTable {
            baseVersion = record.baseVersion
        } else if request.against == .head {
            baseVersion = base.version
        } else {
            guard let common = context.store.mergeBases(branch.version, base.version).first else {
                throw BranchLiteError("BL_NO_MERGE_BASE", "'\(branch.name)' and '\(base.name)' have no common version")
            }
            baseVersion = common
        }
        let sides = SideCache(context)
        self.sides = sides
        perTable = isByTable ? record.owned : nil
        wanted = request.table.map { foldedASCII($0) }
        new = try FormComparison.face(sides, branch, at: branchVersion, parent: cursor?.branchParent)
        // A merge base is a version by itself, whatever branch it was made on.
        old = try FormComparison.face(sides, request.against == .head ? base : nil, at: baseVersion, parent: cursor?.baseParent)
        var hidden = new.hidden.union(old.hidden)
        for mark in (perTable ?? [:]).values where mark.kind != .created { hidden.formUnion(try sides.side(mark.base).shadowTables.keys) }
        self.hidden = hidden
        if let wanted { try requireTable(wanted, request.table ?? wanted) }
    }

    private static func face(
        _ sides: SideCache, _ point: StoreContext.Point?, at version: VersionID, parent: VersionID?
    ) throws(BranchLiteError) -> FormFace {
        let main = try sides.side(version)
        guard let record = point?.entry.record, record.mode == .live, let id = record.parent else { return FormFace(main: main, parent: nil, own: [:]) }
        let head = if let parent { parent } else { try sides.context.head(of: id) }
        return FormFace(main: main, parent: try sides.side(head), own: record.owned)
    }

    func close() { sides.close() }

    /// The tables that are a live branch's own on either side, as far as they decide what is compared.
    var liveMarks: [String] {
        func marks(_ own: [String: OwnedTable]) -> [String] {
            own.map { "\($0.key) \($0.value.kind.rawValue) \($0.value.base.rawValue)" }.sorted()
        }
        return marks(old.own) + ["/"] + marks(new.own)
    }

    // MARK: - Objects

    /// Objects of the schema of either side, those that count.
    func objects(_ side: KeyPath<FormComparison, FormFace>) throws(BranchLiteError) -> [SchemaRow] {
        var rows = self[keyPath: side].rows
        if let perTable {
            if side == \.new {
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
        let (before, after) = (BranchSchema(rows: try objects(\.old)), BranchSchema(rows: try objects(\.new)))
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
    func keys() throws(BranchLiteError) -> [String] {
        if let wanted { return [wanted] }
        if let perTable { return perTable.keys.sorted() }
        func keys(_ face: FormFace) -> Set<String> {
            let all = { (side: VersionSide) in Set(side.tables.keys).union(side.virtualTables.keys) }
            guard let parent = face.parent else { return all(face.main) }
            return all(face.main).filter { face.own[$0] != nil && face.own[$0]?.kind != .dropped }.union(all(parent).filter { face.own[$0] == nil })
        }
        return keys(old).union(keys(new)).sorted()
    }

    /// A table that is there on a side; nil where the pages of both sides say that nothing differs.
    func table(_ key: String) throws(BranchLiteError) -> FormTable? {
        let (was, now) = try places(key)
        guard let some = now ?? was else { return nil }
        if let was, let now {
            if was === now { return nil }
            if now.isUntouched(key, since: was, try sides.difference(from: was, to: now)) { return nil }
        }
        var (old, new) = (try side(key, was), try side(key, now))
        if old == nil, new == nil { return nil }
        // A table that has become a virtual one (or the reverse) is another table, told by what it is now.
        if let before = old, let after = new, (before.shape == nil) != (after.shape == nil) { old = nil }
        let renames: [String: String] = if let was, let now, old?.shape != nil, new?.shape != nil { try now.renames(of: key, since: was) } else { [:] }
        _ = some
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
        let known = new.rows.filter { $0.type == "table" && !BranchSchema.isInternal($0.name) }.map(\.name)
        throw BranchLiteError(
            "BL_NO_SUCH_TABLE", "neither side has a table '\(name)'", hint: NearestName.of(name, among: known).map { "did you mean '\($0)'?" },
            details: ["table": .string(name)])
    }
}

extension VersionSide {
    /// The connection to ask SQLite with.
    func reader() throws(BranchLiteError) -> Connection { connection }
}
