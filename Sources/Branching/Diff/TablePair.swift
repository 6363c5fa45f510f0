import SQLDialect

/// A table on both sides of a comparison; on one side only where it was made or dropped.
struct TablePair {
    /// Orders the tables of a listing: the folded name, of the new side where that has the table.
    var key: String
    /// The folded name there.
    var old: (side: VersionSide, key: String)?
    var new: (side: VersionSide, key: String)?

    /// Whether both sides are the same version of it.
    var isSame: Bool {
        guard let old, let new else { return old == nil && new == nil }
        return old.side === new.side && old.key == new.key
    }

    /// The columns that were renamed, folded old name to new name.
    func renames() throws(BranchLiteError) -> [String: String] {
        guard let old, let new else { return [:] }
        return try new.side.renames(of: new.key, since: old.side, as: old.key)
    }

    /// The tables of two faces in order: by what they were made as where each face is one version, else by name.
    static func all(_ old: BranchFace, _ new: BranchFace) throws(BranchLiteError) -> [TablePair] {
        var pairs: [TablePair] = []
        guard let before = old.single, let after = new.single else {
            for key in old.tableKeys.union(new.tableKeys) {
                pairs.append(TablePair(key: key, old: old.side(of: key).map { ($0, key) }, new: new.side(of: key).map { ($0, key) }))
            }
            return pairs.sorted { $0.key < $1.key }
        }
        let partners = try after.partners(of: before)
        let taken = Set(partners.values)
        for (from, to) in partners { pairs.append(TablePair(key: to, old: (before, from), new: (after, to))) }
        for key in after.tableKeys where !taken.contains(key) { pairs.append(TablePair(key: key, old: nil, new: (after, key))) }
        for key in before.tableKeys where partners[key] == nil {
            pairs.append(TablePair(key: after.tableKeys.contains(key) ? key + SchemaDiff.droppedMark : key, old: (before, key), new: nil))
        }
        return pairs.sorted { $0.key < $1.key }
    }
}
