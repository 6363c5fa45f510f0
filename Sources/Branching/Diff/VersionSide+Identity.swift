import Engine
import PageStore
import SQLDialect

/// What one version has found out about renames since others. Belongs to its side's thread.
final class IdentityMemo {
    fileprivate var identities: SchemaIdentities?
    fileprivate var rowNumbers: RowNumberBook?
    fileprivate var tablesMerged: TablesMerged?
    /// What tables are called here, by the folded names that they have in the version's pages.
    fileprivate let names: [String: String]
    /// Tables of the version's pages that are not shown, by folded name.
    fileprivate let cleared: Set<String>
    /// By the other side itself, not its version: that can be looked at under other names as well.
    fileprivate var tables: [ObjectIdentifier: [String: String]] = [:]
    fileprivate var renames: [RenameKey: [String: String]] = [:]

    fileprivate struct RenameKey: Hashable {
        var table: String
        var old: ObjectIdentifier
    }

    /// - Parameter script: what was renamed, where the names are not those of the version's pages.
    init(_ script: MergeNames.Script? = nil) {
        identities = script?.identities
        names = script?.tables ?? [:]
        cleared = script?.cleared ?? []
    }
}

extension VersionSide {
    func identities() throws(BranchLiteError) -> SchemaIdentities {
        if let known = identityMemo.identities { return known }
        let (image, objects) = (image, objects)
        let read = try mapTree { () throws(BTreeError) in try SchemaIdentities(image, objects) }
        identityMemo.identities = read
        return read
    }

    func rowNumbers() throws(BranchLiteError) -> RowNumberBook {
        if let known = identityMemo.rowNumbers { return known }
        let (image, objects) = (image, objects)
        let read = try mapTree { () throws(BTreeError) in try RowNumberBook(image, objects) }.renamed(identityMemo.names, without: identityMemo.cleared)
        identityMemo.rowNumbers = read
        return read
    }

    func tablesMerged() throws(BranchLiteError) -> TablesMerged {
        if let known = identityMemo.tablesMerged { return known }
        let (image, objects) = (image, objects)
        let read = try mapTree { () throws(BTreeError) in try TablesMerged(image, objects) }.renamed(identityMemo.names, without: identityMemo.cleared)
        identityMemo.tablesMerged = read
        return read
    }

    /// Folded names of the tables that rows are looked at of: ordinary and virtual ones.
    var tableKeys: Set<String> { Set(tables.keys).union(virtualTables.keys) }

    /// Which table of this version each table of an older one is, by folded names; a dropped one is missing.
    func partners(of old: VersionSide) throws(BranchLiteError) -> [String: String] {
        if let known = identityMemo.tables[ObjectIdentifier(old)] { return known }
        let pairs = SchemaIdentities.tables(try old.identities(), old.tableKeys.sorted(), try identities(), tableKeys.sorted())
        identityMemo.tables[ObjectIdentifier(old)] = pairs
        return pairs
    }

    /// The columns of a table that were renamed since an older version, folded old name to new name.
    ///
    /// - Parameter oldKey: the table's folded name in the older version, where it was renamed since.
    func renames(of key: String, since old: VersionSide, as oldKey: String? = nil) throws(BranchLiteError) -> [String: String] {
        let memo = IdentityMemo.RenameKey(table: key, old: ObjectIdentifier(old))
        if let known = identityMemo.renames[memo] { return known }
        var found: [String: String] = [:]
        let before = oldKey ?? key
        if let was = old.schema.table(before), let now = schema.table(key), was.kind == .table, now.kind == .table, was.sql != now.sql {
            let pairs = SchemaIdentities.columns(
                try old.identities(), before, was.columns.map(\.key), try identities(), key, now.columns.map(\.key))
            for (from, to) in pairs where from != to { found[from] = now.columns.first { $0.key == to }?.name ?? to }
        }
        identityMemo.renames[memo] = found
        return found
    }
}
