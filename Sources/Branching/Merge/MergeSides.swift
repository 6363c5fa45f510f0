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
    /// What had to be renamed so that every table and column has one name in all versions; nil: nothing.
    let names: MergeNames?
    /// The bases under those names.
    private var renamedBases: [VersionID: VersionSide] = [:]
    /// Live: the live branch's own tables by folded name. Nothing else is merged.
    let own: [String: OwnedTable]?

    init(
        _ context: StoreContext, source: StoreContext.Point, target: StoreContext.Point, bases: [VersionID], only tables: Set<String>?,
        _ settlement: Settlement
    ) throws(BranchLiteError) {
        self.context = context
        self.source = source
        self.target = target
        baseVersions = bases
        let live = [source, target].first { $0.entry.record.mode == .live }
        own = live?.entry.record.owned
        cache = SideCache(context)
        let (branch, head) = (try cache.side(source.version), try cache.side(target.version))
        var older: [VersionSide] = []
        if live == nil { for version in bases { older.append(try cache.side(version)) } }
        names = try MergeNames(bases: older, source: branch, target: head, only: tables, settlement)
        guard let names else {
            sourceSide = branch
            targetSide = head
            return
        }
        sourceSide = try cache.renamed(branch, names.source)
        // Where the target has not moved since the base they are one version, renamed alike.
        targetSide = try cache.renamed(head, names.target)
        for (side, script) in zip(older, names.bases) { renamedBases[side.version] = try cache.renamed(side, script) }
    }

    /// What the sides of one table (or of what belongs to it) are compared with: empty where neither side had it before.
    func bases(of table: String) throws(BranchLiteError) -> [VersionSide] {
        var versions = baseVersions
        if let own {
            guard let mark = own[foldedASCII(table)], mark.kind != .created else { return [] }
            versions = [mark.base]
        }
        if own == nil, baseVersions.count == 1, let base = baseVersions.first,
            let newer = TablesMerged.base(
                of: foldedASCII(table), try targetSide.tablesMerged(), try sourceSide.tablesMerged(), source: source.version, target: target.version,
                base: base, context.store)
        {
            return [try side(at: newer)]
        }
        var sides: [VersionSide] = []
        for version in versions {
            if let renamed = renamedBases[version] { sides.append(renamed) } else { sides.append(try cache.side(version)) }
        }
        return sides
    }

    /// How several bases make one; nil where there is only one, or none.
    func baseTree() -> BaseTree? {
        guard own == nil, baseVersions.count > 1 else { return nil }
        // What was renamed here has its old names in older versions.
        return BaseTree(baseVersions, in: context.store, looksBack: names == nil)
    }

    /// A version older than the bases, under the names of the merge.
    func side(at version: VersionID) throws(BranchLiteError) -> VersionSide {
        let side = try cache.side(version)
        guard let names else { return side }
        return try cache.renamed(side, try names.script(ofOlder: side))
    }

    func difference(from old: VersionSide, to new: VersionSide) throws(BranchLiteError) -> DatabaseDiff {
        try cache.difference(from: old, to: new)
    }

    /// The folded names that tables have in the merge, by those they have on either side.
    func mergedNames(_ tables: Set<String>) -> Set<String> {
        Set(tables.map { foldedASCII(names?.source.tables[$0] ?? names?.target.tables[$0] ?? $0) })
    }

    /// The target before anything was renamed.
    func originalTarget() throws(BranchLiteError) -> VersionSide { try cache.side(target.version) }

    /// The text that the target's table had before anything was renamed.
    func original(ofTarget key: String) -> String? {
        guard let side = try? cache.side(target.version) else { return nil }
        let before = names?.target.tables.first { foldedASCII($0.value) == key }?.key ?? key
        return side.tables[before]?.sql ?? side.virtualTables[before]?.entry.sql
    }

    /// What the target calls a table, by its folded name there.
    func originalName(ofTarget key: String) -> String { (try? cache.side(target.version))?.displayName(key) ?? key }

    /// What the target calls a column, by its folded name there and the merged name of the table.
    func originalColumn(_ column: String, ofTarget key: String) -> String {
        let before = names?.target.tables.first { foldedASCII($0.value) == key }?.key ?? key
        let info = (try? cache.side(target.version))?.schema.table(before)
        return info?.columns.first { $0.key == column }?.name ?? column
    }

    func close() { cache.close() }
}
