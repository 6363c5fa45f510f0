import Engine
import PageStore
import SQLDialect

/// Which tables of a version were merged by themselves (a merge of some tables only), and at which versions: they need not be merged
/// from the common base again, for what the branch had then they have.
///
/// It is kept in a table of the target's database (`_bl_merged`), for the version that such a merge makes has one parent: the other
/// tables are still to come.
struct TablesMerged: Hashable, Sendable {
    /// By the table's folded name.
    private(set) var versions: [String: Set<VersionID>] = [:]

    init() {}

    init(_ image: DatabaseImage, _ objects: [SchemaEntry]) throws(BTreeError) {
        guard let entry = objects.first(where: { $0.type == "table" && $0.name == IdentityTable.merged }), entry.rootPage != 0 else { return }
        let cursor = TreeCursor(image, root: entry.rootPage, kind: .rowid)
        while try cursor.next() {
            let record = try cursor.record()
            guard case .text(let table)? = try record.column(at: 0)?.value, case .integer(let number)? = try record.column(at: 1)?.value else {
                throw .corrupt(page: entry.rootPage, detail: "a row of \(IdentityTable.merged) has not its form")
            }
            versions[table, default: []].insert(VersionID(rawValue: UInt64(bitPattern: number)))
        }
    }

    /// The same with tables called otherwise.
    func renamed(_ names: [String: String], without cleared: Set<String>) -> TablesMerged {
        var other = TablesMerged()
        for (table, known) in versions where !cleared.contains(table) { other.versions[names[table].map { foldedASCII($0) } ?? table] = known }
        return other
    }

    /// After a merge of some tables, or of all of them (nil): what the merged version comes after needs no mention any more.
    mutating func note(_ tables: Set<String>?, at version: VersionID, _ store: Store) {
        for (table, known) in versions where tables?.contains(table) ?? true {
            let kept = known.filter { $0 != version && store.version($0) != nil && !store.isAncestor($0, of: version) }
            versions[table] = kept.isEmpty ? nil : kept
        }
        for table in tables ?? [] { versions[table, default: []].insert(version) }
    }

    /// The base of one table in a merge whose common base is `base`; nil where that is the one.
    ///
    /// - Parameters:
    ///   - here: what was merged into the target.
    ///   - there: what was merged into the source.
    static func base(
        of table: String, _ here: TablesMerged, _ there: TablesMerged, source: VersionID, target: VersionID, base: VersionID, _ store: Store
    ) -> VersionID? {
        func isPast(_ version: VersionID, of head: VersionID) -> Bool {
            store.version(version) != nil && (version == head || store.isAncestor(version, of: head)) && store.isAncestor(base, of: version)
        }
        let found = Set((here.versions[table] ?? []).filter { isPast($0, of: source) }).union((there.versions[table] ?? []).filter { isPast($0, of: target) })
        let newest = found.filter { one in !found.contains { $0 != one && store.isAncestor(one, of: $0) } }
        // Merged both ways by itself: then only the common base is certain.
        return newest.count == 1 ? newest.first : nil
    }

    /// As they are kept.
    var rows: [[SQLiteValue]] {
        versions.sorted { $0.key < $1.key }.flatMap { table, known in
            known.sorted().map { [.text(table), .integer(Int64(bitPattern: $0.rawValue))] }
        }
    }
}
