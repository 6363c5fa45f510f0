import Engine
import PageStore
import SQLDialect

/// The versions that one operation looks at, each opened once, and the page differences between them. Belongs to one thread.
final class SideCache {
    private struct Way: Hashable {
        var from: VersionID
        var to: VersionID
    }

    let context: StoreContext
    private var sides: [VersionID: VersionSide] = [:]
    private var renamedSides: [VersionID: VersionSide] = [:]
    private var differences: [Way: DatabaseDiff] = [:]

    init(_ context: StoreContext) { self.context = context }

    func side(_ version: VersionID) throws(BranchLiteError) -> VersionSide {
        if let known = sides[version] { return known }
        let made = try VersionSide(context, context.snapshot(at: version))
        sides[version] = made
        return made
    }

    /// A side under other names; itself where nothing is to be renamed.
    func renamed(_ side: VersionSide, _ script: MergeNames.Script) throws(BranchLiteError) -> VersionSide {
        if script.isEmpty { return side }
        if let known = renamedSides[side.version] { return known }
        let made = try VersionSide(side, renamed: script)
        renamedSides[side.version] = made
        return made
    }

    func difference(from old: VersionSide, to new: VersionSide) throws(BranchLiteError) -> DatabaseDiff {
        let way = Way(from: old.version, to: new.version)
        if let known = differences[way] { return known }
        let made = try mapTree { () throws(BTreeError) in
            try DatabaseDiff(old: (old.image, old.snapshot), new: (new.image, new.snapshot))
        }
        differences[way] = made
        return made
    }

    func close() {
        differences = [:]
        for side in renamedSides.values { side.close() }
        renamedSides = [:]
        for side in sides.values { side.close() }
        sides = [:]
    }
}

/// What a branch shows, in versions that do not move any more: for a snapshot branch one version, for a live branch its own
/// tables from one and everything else from a version of its parent.
struct FixedView: Hashable {
    /// The part of a live branch.
    struct Live: Hashable {
        var parent: VersionID
        /// The branch's own tables, by folded name.
        var own: [String: OwnedTable]
    }

    var version: VersionID
    var live: Live?

    /// A version by itself, whatever branch it was made on.
    init(_ version: VersionID, live: Live? = nil) {
        self.version = version
        self.live = live
    }

    /// What a branch shows now, or at the version that was named.
    init(_ branch: StoreContext.Point, _ context: StoreContext) throws(BranchLiteError) {
        version = branch.version
        let record = branch.entry.record
        if record.mode == .live, let id = record.parent { live = Live(parent: try context.head(of: id), own: record.owned) }
    }
}

/// What a branch shows, opened.
final class BranchFace {
    private let main: VersionSide
    private let parent: VersionSide?
    private let own: [String: OwnedTable]

    init(_ sides: SideCache, _ view: FixedView) throws(BranchLiteError) {
        main = try sides.side(view.version)
        parent = try view.live.map { live throws(BranchLiteError) in try sides.side(live.parent) }
        own = view.live?.own ?? [:]
    }

    /// The version that has all tables; nil for a live branch.
    var single: VersionSide? { parent == nil ? main : nil }

    /// The version that has the table; nil for one that a live branch has dropped.
    func side(of key: String) -> VersionSide? {
        guard let parent else { return main }
        guard let mark = own[key] else { return parent }
        return mark.kind == .dropped ? nil : main
    }

    /// Folded names of all tables shown.
    private(set) lazy var tableKeys: Set<String> = {
        let keys = { (side: VersionSide) in Set(side.tables.keys).union(side.virtualTables.keys) }
        guard let parent else { return keys(main) }
        return keys(main).filter { own[$0] != nil && own[$0]?.kind != .dropped }.union(keys(parent).filter { own[$0] == nil })
    }()

    private(set) lazy var schema: BranchSchema = {
        guard let parent else { return main.schema }
        let mine = main.schema.rows.filter { own[foldedASCII($0.tableName)].map { $0.kind != .dropped } ?? false }
        let others = parent.schema.rows.filter { own[foldedASCII($0.tableName)] == nil }
        return BranchSchema(rows: others + mine)
    }()

    var shadowTables: Set<String> { Set(main.shadowTables.keys).union(parent.map { Set($0.shadowTables.keys) } ?? []) }
}
