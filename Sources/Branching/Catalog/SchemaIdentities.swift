import Engine
import PageStore
import SQLDialect

/// What tables and columns of a version were made as (``IdentityTable``): tells a rename from a drop and an add.
struct SchemaIdentities: Sendable, Hashable {
    /// The folded name under which a table or column was made, and the generation of that name.
    struct Origin: Hashable, Sendable {
        var name: String
        var generation: Int64
    }

    struct Key: Hashable, Sendable {
        var scope: String
        var name: String
    }

    /// What has another origin than its own name.
    private(set) var rows: [Key: Origin] = [:]

    static let none = SchemaIdentities()

    private init() {}

    init(_ rows: [Key: Origin]) { self.rows = rows }

    /// Reads them from a version.
    init(_ image: DatabaseImage, _ objects: [SchemaEntry]) throws(BTreeError) {
        guard let entry = objects.first(where: { $0.type == "table" && $0.name == IdentityTable.name }), entry.rootPage != 0 else { return }
        let cursor = TreeCursor(image, root: entry.rootPage, kind: .rowid)
        while try cursor.next() {
            let record = try cursor.record()
            guard case .text(let scope)? = try record.column(at: 0)?.value, case .text(let name)? = try record.column(at: 1)?.value,
                case .text(let origin)? = try record.column(at: 2)?.value, case .integer(let generation)? = try record.column(at: 3)?.value
            else { throw .corrupt(page: entry.rootPage, detail: "a row of \(IdentityTable.name) has not its form") }
            rows[Key(scope: scope, name: name)] = Origin(name: origin, generation: generation)
        }
    }

    func table(_ key: String) -> Origin { origin(IdentityTable.tables, key) }
    func column(_ key: String, of table: String) -> Origin { origin(IdentityTable.columns(of: table), key) }

    private func origin(_ scope: String, _ name: String) -> Origin { rows[Key(scope: scope, name: name)] ?? Origin(name: name, generation: 0) }

    // MARK: - Changes

    private mutating func set(_ origin: Origin, _ scope: String, _ name: String) {
        rows[Key(scope: scope, name: name)] = origin.name == name && origin.generation == 0 ? nil : origin
    }

    /// Renames tables at the same time, so that two can take each other's names.
    mutating func renameTables(_ names: [(from: String, to: String)]) {
        let origins = names.map { table($0.from) }
        let scopes = names.map { name in rows.filter { $0.key.scope == IdentityTable.columns(of: name.from) } }
        for name in names {
            rows[Key(scope: IdentityTable.tables, name: name.from)] = nil
            rows = rows.filter { $0.key.scope != IdentityTable.columns(of: name.from) }
        }
        for (index, name) in names.enumerated() {
            set(origins[index], IdentityTable.tables, name.to)
            for (key, origin) in scopes[index] { set(origin, IdentityTable.columns(of: name.to), key.name) }
        }
    }

    /// Renames columns of one table at the same time.
    mutating func renameColumns(of table: String, _ names: [(from: String, to: String)]) {
        let scope = IdentityTable.columns(of: table)
        let origins = names.map { column($0.from, of: table) }
        for name in names { rows[Key(scope: scope, name: name.from)] = nil }
        for (index, name) in names.enumerated() { set(origins[index], scope, name.to) }
    }

    mutating func removeTable(_ key: String) {
        rows[Key(scope: IdentityTable.tables, name: key)] = nil
        rows = rows.filter { $0.key.scope != IdentityTable.columns(of: key) }
    }

    mutating func removeColumn(_ key: String, of table: String) { rows[Key(scope: IdentityTable.columns(of: table), name: key)] = nil }

    mutating func takeTable(_ key: String, from other: SchemaIdentities) {
        removeTable(key)
        set(other.table(key), IdentityTable.tables, key)
        for (name, origin) in other.rows where name.scope == IdentityTable.columns(of: key) { rows[name] = origin }
    }

    mutating func takeColumn(_ key: String, of table: String, as name: String, from other: SchemaIdentities) {
        set(other.column(name, of: table), IdentityTable.columns(of: table), key)
    }

    // MARK: - Matching

    /// Which of the new tables each old one is, by folded names: by origin; those that are then left, by name.
    static func tables(_ old: SchemaIdentities, _ oldKeys: [String], _ new: SchemaIdentities, _ newKeys: [String]) -> [String: String] {
        match(oldKeys.map { ($0, old.table($0)) }, newKeys.map { ($0, new.table($0)) })
    }

    /// Which of the new table's columns each of the old table's is.
    static func columns(
        _ old: SchemaIdentities, _ oldTable: String, _ oldKeys: [String], _ new: SchemaIdentities, _ newTable: String, _ newKeys: [String]
    ) -> [String: String] {
        match(oldKeys.map { ($0, old.column($0, of: oldTable)) }, newKeys.map { ($0, new.column($0, of: newTable)) })
    }

    private static func match(_ old: [(key: String, origin: Origin)], _ new: [(key: String, origin: Origin)]) -> [String: String] {
        let byOrigin = Dictionary(new.map { ($0.origin, $0.key) }, uniquingKeysWith: { first, _ in first })
        var pairs: [String: String] = [:]
        var taken: Set<String> = []
        for item in old {
            guard let key = byOrigin[item.origin], taken.insert(key).inserted else { continue }
            pairs[item.key] = key
        }
        let free = Set(new.map(\.key)).subtracting(taken)
        for item in old where pairs[item.key] == nil && free.contains(item.key) { pairs[item.key] = item.key }
        return pairs
    }
}
