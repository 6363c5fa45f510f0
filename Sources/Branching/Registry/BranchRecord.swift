import PageStore

/// What a live branch knows of a table (or view) that no longer reads through to its parent.
struct OwnedTable: Sendable, Hashable {
    enum Kind: UInt8, Sendable {
        /// Was the parent's, became the branch's own with its first write.
        case materialized = 0
        /// Made on the branch.
        case created = 1
        /// Dropped on the branch: the parent's does not show through.
        case dropped = 2
    }
    var kind: Kind
    /// The name as SQLite has it in the branch (the key of the dictionary is folded).
    var name: String
    /// The parent's version at that moment: the table's merge base.
    var base: VersionID
}

/// What the registry keeps about a branch, in the store's own record of it: written in the same atomic step as the fork,
/// commit or head move it belongs to.
struct BranchRecord: Sendable, Hashable {
    var name: String
    var mode: BranchMode = .snapshot
    var status: BranchStatus = .active
    /// What it was forked from; nil for main.
    var parent: BranchID?
    /// The parent's name at the fork, which outlives the parent.
    var parentName = ""
    var baseVersion: VersionID
    /// Forks between main and this branch.
    var depth = 0
    /// Microseconds since 1970, as all times here.
    var createdAt: Int64 = 0
    /// As last written to disk; the registry holds a newer one in memory.
    var lastUsedAt: Int64 = 0
    /// 0 = never expires.
    var ttlSeconds: Int64 = 0
    var description: String?
    var agentID: String?
    /// When it was discarded or expired.
    var trashedAt: Int64?
    /// Where and when it was last merged, and as which version of its own.
    var merged: MergeMark?
    /// Live mode: tables that do not read through, by folded SQLite name.
    var owned: [String: OwnedTable] = [:]
    /// Live mode: the parent's version that the branch's hidden tables (those that are not its own) are as of.
    var hiddenVersion = VersionID(rawValue: 0)
    /// Hidden tables brought up to a later version of the parent, by folded SQLite name.
    var refreshed: [String: VersionID] = [:]

    struct MergeMark: Sendable, Hashable {
        var target: BranchID
        var sourceVersion: VersionID
        var targetVersion: VersionID
        var time: Int64
    }

    /// The parent's version whose content a hidden table has.
    func versionOfHidden(_ key: String) -> VersionID { refreshed[key] ?? hiddenVersion }

    /// Versions of the parent that must be kept though no head shows them: merge bases of tables, and what hidden tables are as of.
    var neededVersions: Set<VersionID> {
        guard mode == .live else { return [] }
        return Set(owned.values.map(\.base)).union(refreshed.values).union([hiddenVersion])
    }

    var isLiving: Bool { status == .active || status == .merged }

    static func main(createdAt: Int64) -> BranchRecord {
        BranchRecord(name: "main", baseVersion: VersionID(rawValue: 0), createdAt: createdAt, lastUsedAt: createdAt)
    }

    // MARK: - Bytes

    private static let formatVersion: UInt8 = 1

    func encoded() -> [UInt8] {
        var writer = ByteWriter()
        writer.put(BranchRecord.formatVersion)
        writer.put(name)
        writer.put(mode == .live ? 1 as UInt8 : 0)
        writer.put(UInt8(BranchStatus.allCases.firstIndex(of: status) ?? 0))
        writer.put(optional: parent) { $0.put($1.rawValue) }
        writer.put(parentName)
        writer.put(baseVersion.rawValue)
        writer.put(UInt64(depth))
        writer.put(createdAt)
        writer.put(lastUsedAt)
        writer.put(ttlSeconds)
        writer.put(optional: description) { $0.put($1) }
        writer.put(optional: agentID) { $0.put($1) }
        writer.put(optional: trashedAt) { $0.put($1) }
        writer.put(optional: merged) { writer, mark in
            writer.put(mark.target.rawValue)
            writer.put(mark.sourceVersion.rawValue)
            writer.put(mark.targetVersion.rawValue)
            writer.put(mark.time)
        }
        writer.put(UInt64(owned.count))
        for (key, table) in owned.sorted(by: { $0.key < $1.key }) {
            writer.put(key)
            writer.put(table.kind.rawValue)
            writer.put(table.name)
            writer.put(table.base.rawValue)
        }
        writer.put(hiddenVersion.rawValue)
        writer.put(UInt64(refreshed.count))
        for (key, version) in refreshed.sorted(by: { $0.key < $1.key }) {
            writer.put(key)
            writer.put(version.rawValue)
        }
        return writer.bytes
    }

    /// - Throws: `BL_CORRUPT` when the bytes are no record of a known version.
    init(decoding bytes: [UInt8], of branch: BranchID) throws(BranchLiteError) {
        var reader = ByteReader(bytes)
        do throws(ByteReader.Malformed) {
            guard try reader.byte() == BranchRecord.formatVersion else { throw ByteReader.Malformed() }
            name = try reader.text()
            mode = try reader.byte() == 1 ? .live : .snapshot
            let statusIndex = Int(try reader.byte())
            guard BranchStatus.allCases.indices.contains(statusIndex) else { throw ByteReader.Malformed() }
            status = BranchStatus.allCases[statusIndex]
            parent = try reader.optional { (r: inout ByteReader) throws(ByteReader.Malformed) in BranchID(rawValue: try r.unsigned()) }
            parentName = try reader.text()
            baseVersion = VersionID(rawValue: try reader.unsigned())
            depth = Int(truncatingIfNeeded: try reader.unsigned())
            createdAt = try reader.signed()
            lastUsedAt = try reader.signed()
            ttlSeconds = try reader.signed()
            description = try reader.optional { (r: inout ByteReader) throws(ByteReader.Malformed) in try r.text() }
            agentID = try reader.optional { (r: inout ByteReader) throws(ByteReader.Malformed) in try r.text() }
            trashedAt = try reader.optional { (r: inout ByteReader) throws(ByteReader.Malformed) in try r.signed() }
            merged = try reader.optional { (r: inout ByteReader) throws(ByteReader.Malformed) in
                MergeMark(
                    target: BranchID(rawValue: try r.unsigned()), sourceVersion: VersionID(rawValue: try r.unsigned()),
                    targetVersion: VersionID(rawValue: try r.unsigned()), time: try r.signed())
            }
            for _ in 0..<(try reader.count()) {
                let key = try reader.text()
                guard let kind = OwnedTable.Kind(rawValue: try reader.byte()) else { throw ByteReader.Malformed() }
                owned[key] = OwnedTable(kind: kind, name: try reader.text(), base: VersionID(rawValue: try reader.unsigned()))
            }
            hiddenVersion = VersionID(rawValue: try reader.unsigned())
            for _ in 0..<(try reader.count()) {
                let key = try reader.text()
                refreshed[key] = VersionID(rawValue: try reader.unsigned())
            }
        } catch {
            throw BranchLiteError(
                "BL_CORRUPT", "the registry's record of branch \(branch.hex) cannot be read", details: ["branch_id": .string(branch.hex)])
        }
    }

    init(
        name: String, mode: BranchMode = .snapshot, status: BranchStatus = .active, parent: BranchID? = nil, parentName: String = "",
        baseVersion: VersionID, depth: Int = 0, createdAt: Int64 = 0, lastUsedAt: Int64 = 0, ttlSeconds: Int64 = 0,
        description: String? = nil, agentID: String? = nil
    ) {
        self.name = name
        self.mode = mode
        self.status = status
        self.parent = parent
        self.parentName = parentName
        self.baseVersion = baseVersion
        self.depth = depth
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.ttlSeconds = ttlSeconds
        self.description = description
        self.agentID = agentID
        hiddenVersion = baseVersion
    }
}
