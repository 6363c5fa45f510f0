import Engine
import PageStore
import SQLDialect

/// The versions a merge looks at. A snapshot branch has the same base for all tables (several, where branches were merged both
/// ways at once: a criss-cross); a live branch has one for each table that is its own. Belongs to one thread.
final class MergeSides {
    let context: StoreContext
    let source: StoreContext.Point
    let target: StoreContext.Point
    let sourceSide: VersionSide
    let targetSide: VersionSide
    /// The best common ancestors, newest first; of no meaning where a live branch is merged.
    private let baseVersions: [VersionID]
    private let cache: SideCache
    /// Live: the live branch's own tables by folded name. Nothing else is merged.
    let own: [String: OwnedTable]?

    init(_ context: StoreContext, source: StoreContext.Point, target: StoreContext.Point, bases: [VersionID]) throws(BranchLiteError) {
        self.context = context
        self.source = source
        self.target = target
        baseVersions = bases
        let live = [source, target].first { $0.entry.record.mode == .live }
        own = live?.entry.record.owned
        cache = SideCache(context)
        sourceSide = try cache.side(source.version)
        targetSide = try cache.side(target.version)
    }

    /// What the sides of one table (or of what belongs to it) are compared with: empty where neither side had it before.
    func bases(of table: String) throws(BranchLiteError) -> [VersionSide] {
        var versions = baseVersions
        if let own {
            guard let mark = own[foldedASCII(table)], mark.kind != .created else { return [] }
            versions = [mark.base]
        }
        var sides: [VersionSide] = []
        for version in versions { sides.append(try cache.side(version)) }
        return sides
    }

    /// How several bases make one; nil where there is only one, or none.
    func baseTree() -> BaseTree? { own == nil && baseVersions.count > 1 ? BaseTree(baseVersions, in: context.store) : nil }

    func side(at version: VersionID) throws(BranchLiteError) -> VersionSide { try cache.side(version) }

    func difference(from old: VersionSide, to new: VersionSide) throws(BranchLiteError) -> DatabaseDiff {
        try cache.difference(from: old, to: new)
    }

    func close() { cache.close() }
}
