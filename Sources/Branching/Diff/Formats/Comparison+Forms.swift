import Engine
import SQLDialect

/// What the forms of a diff write of a comparison.
extension Comparison {
    /// The tables that may differ: those of which the pages of both sides do not say that they are the same.
    func candidates() throws(BranchLiteError) -> [FormTable] {
        var tables: [FormTable] = []
        for pair in try self.tables() where try !isUntouched(pair) {
            var old = try side(pair.old)
            let new = try side(pair.new)
            if old == nil, new == nil { continue }
            // A table that has become a virtual one (or the reverse) is another table, told by what it is now.
            if let before = old, let after = new, (before.shape == nil) != (after.shape == nil) { old = nil }
            let renames: [String: String] = old?.shape != nil && new?.shape != nil ? try pair.renames() : [:]
            tables.append(FormTable(sides, key: pair.key, old: old, new: new, renames: renames))
        }
        return tables
    }

    /// A table or virtual table as a version has it.
    func side(_ place: (side: VersionSide, key: String)?) throws(BranchLiteError) -> FormSide? {
        guard let (version, key) = place else { return nil }
        if let entry = version.virtualTables[key]?.entry { return FormSide(version, name: entry.name, shape: nil) }
        guard let shape = try version.shape(key) else { return nil }
        return FormSide(version, name: shape.name, shape: shape)
    }
}
