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
    private var differences: [Way: DatabaseDiff] = [:]

    init(_ context: StoreContext) { self.context = context }

    func side(_ version: VersionID) throws(BranchLiteError) -> VersionSide {
        if let known = sides[version] { return known }
        let made = try VersionSide(context, context.snapshot(at: version))
        sides[version] = made
        return made
    }

    func difference(from old: VersionSide, to new: VersionSide) throws(BranchLiteError) -> DatabaseDiff {
        let way = Way(from: old.version, to: new.version)
        if let known = differences[way] { return known }
        let made = try mapTree { () throws(BTreeError) in try DatabaseDiff(from: old.snapshot, to: new.snapshot) }
        differences[way] = made
        return made
    }

    func close() {
        differences = [:]
        for side in sides.values { side.close() }
        sides = [:]
    }
}

/// What a branch shows at a version: for a snapshot branch that version, for a live branch its own tables from it and
/// everything else from its parent's head.
final class BranchFace {
    private let main: VersionSide
    private let parent: VersionSide?
    private let own: [String: OwnedTable]

    /// - Parameter branch: nil: the version by itself.
    init(_ sides: SideCache, _ branch: StoreContext.Point?, at version: VersionID) throws(BranchLiteError) {
        main = try sides.side(version)
        if let record = branch?.entry.record, record.mode == .live, let id = record.parent {
            parent = try sides.side(try sides.context.head(of: id))
            own = record.owned
        } else {
            parent = nil
            own = [:]
        }
    }

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
