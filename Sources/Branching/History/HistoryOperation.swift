import Engine
import PageStore
import SQLDialect

/// `branch_history`: the versions of a branch that are kept.
extension StoreContext {
    /// A kept version and what is known of how it came about.
    struct HistoryLine {
        var version: VersionEntry
        var branch: String
        var session: String?
        var statement: String?
        var rowsChanged: Int?
        var isHead: Bool
    }

    func history(_ request: HistoryRequest) throws(BranchLiteError) -> HistoryResult {
        let entry = try registry.resolve(request.branch)
        let (lines, next) = try historyLines(of: entry, limit: request.limit, before: request.before)
        let versions = lines.map { line in
            VersionInfo(
                version: line.version.id.rawValue, time: Timestamps.text(micros: line.version.timeMicros), branch: line.branch, session: line.session,
                statement: line.statement, rowsChanged: line.rowsChanged, parents: line.version.parents.map(\.rawValue), isHead: line.isHead)
        }
        return HistoryResult(branch: entry.record.name, branchID: entry.id.hex, versions: versions, nextBefore: next)
    }

    /// - Returns: the lines, and where to go on when there are older ones.
    func historyLines(of entry: Registry.Entry, limit: Int, before: UInt64?) throws(BranchLiteError) -> ([HistoryLine], next: UInt64?) {
        try requireBranching()
        guard limit > 0 else { throw BranchLiteError("BL_BAD_ARGUMENT", "limit must be at least 1, not \(limit)", details: ["argument": "limit"]) }
        let head = try head(of: entry.id)
        let more = limit.addingReportingOverflow(1)
        let found = store.history(of: entry.id, before: before.map { VersionID(rawValue: $0) }, limit: more.overflow ? limit : more.partialValue)
        let shown = found.prefix(limit).filter(\.hasDatabase)
        let operations = audit.versions()
        var counter = RowCounter(self, only: entry.record.mode == .live ? Set(entry.record.owned.keys) : nil)
        var lines: [HistoryLine] = []
        for version in shown {
            let older = found.first { $0.id < version.id && $0.branch == version.branch && $0.hasDatabase }?.id
                ?? version.parents.first.flatMap { store.version($0)?.hasDatabase == true ? $0 : nil }
            var line = HistoryLine(version: version, branch: registry.name(of: version.branch), isHead: version.id == head)
            if let operation = operations[version.id] {
                (line.session, line.statement) = (operation.origin, operation.statement)
            } else if let target = version.parents.first, isMove(version, to: target) {
                // What it says of itself is said of the version it moved to.
                line.statement = "head moved to version \(target.rawValue)"
            } else if let origin = VersionOrigin(decoding: version.origin) {
                (line.session, line.statement) = (origin.who, origin.what)
            }
            line.rowsChanged = try older.map { older throws(BranchLiteError) in try counter.count(from: older, to: version.id) } ?? nil
            lines.append(line)
        }
        return (lines, found.count > limit ? shown.last?.id.rawValue : nil)
    }

    /// Whether a version has the very pages of its parent: a restore, reset or fast-forward.
    private func isMove(_ version: VersionEntry, to target: VersionID) -> Bool {
        guard let now = try? store.snapshot(at: version.id), let before = try? store.snapshot(at: target) else { return false }
        var differs = now.pageCount != before.pageCount
        if !differs { try? now.forEachChangedPage(since: before) { _ in differs = true; return false } }
        return !differs
    }
}

/// Counts the rows that differ between neighbouring versions, within bounds that keep a listing quick.
struct RowCounter {
    /// A version that changed more pages than this is not counted.
    static let pagesPerVersion = 16_384
    /// Pages in all that one listing looks at.
    static let pagesPerListing = 65_536

    private let context: StoreContext
    /// Folded names of the tables that count; nil: all.
    private let tables: Set<String>?
    private var room = RowCounter.pagesPerListing

    init(_ context: StoreContext, only tables: Set<String>?) {
        self.context = context
        self.tables = tables
    }

    /// Nil where it would take too long, or where a version has been dropped meanwhile.
    mutating func count(from older: VersionID, to newer: VersionID) throws(BranchLiteError) -> Int? {
        guard let before = try? context.store.snapshot(at: older), let after = try? context.store.snapshot(at: newer) else { return nil }
        var pages = 0
        let limit = min(room, RowCounter.pagesPerVersion)
        do {
            try after.forEachChangedPage(since: before) { _ in
                pages += 1
                return pages <= limit
            }
        } catch {
            throw BranchLiteError(any: error)
        }
        if pages == 0 { return 0 }
        if pages > limit { return nil }
        room -= pages
        if let known = context.rowCounts[older, newer], tables == nil { return known }
        let sides = SideCache(context)
        defer { sides.close() }
        var rows = 0
        for pair in try TablePair.all(BranchFace(sides, FixedView(older)), BranchFace(sides, FixedView(newer))) {
            if let tables, !tables.contains(pair.new?.key ?? pair.key), !tables.contains(pair.old?.key ?? pair.key) { continue }
            rows += try DiffListing(sides, pair)?.counts().total ?? 0
        }
        if tables == nil { context.rowCounts[older, newer] = rows }
        return rows
    }
}

extension VersionEntry {
    /// Whether there is something to read, restore or fork: the store's first version is from before main had a database.
    var hasDatabase: Bool { pageCount > 0 }
}
