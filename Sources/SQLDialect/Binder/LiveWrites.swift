/// What a statement does with a table it names as written: how far its effects reach in a live branch.
enum WriteEffect {
    /// Rows are added.
    case insert
    /// Rows are changed or go: what refers to them is checked or changed too.
    case change
    /// Something is made on the table; no row changes.
    case define
    /// The table or a column gets another name: what refers to it is rewritten.
    case rename
    /// The table goes, and with it its rows.
    case drop
}

extension Binder {
    /// Notes that the statement writes the table, and in a live branch what SQLite will touch or look at because of it: it
    /// works on the branch's own pages, where a table that reads through is as of an older moment.
    func noteWrite(_ target: WriteTable, _ effect: WriteEffect) throws(SQLError) {
        writes.insert(target.reference)
        guard !target.isTemporary, catalog.live(of: target.branch) != nil else { return }
        if target.isReadThrough { materialize(target.name) }
        var involved = LiveInvolvement(binder: self, branch: target.branch)
        try involved.write(target.name, effect)
    }

    /// The table becomes the branch's own before the statement runs.
    func materialize(_ name: String) {
        if !materializes.contains(where: { equalIgnoringASCIICase($0, name) }) { materializes.append(name) }
    }

    /// The branch's hidden copy is brought to what the parent has before the statement runs.
    fileprivate func refresh(_ name: String) {
        if !refreshes.contains(where: { equalIgnoringASCIICase($0, name) }) { refreshes.append(name) }
    }

    /// The index or trigger of that name that a branch shows: of a table of its own, or of one that reads through.
    func visibleObject(_ type: String, named name: String, in branch: BranchKey) throws(SQLError) -> SchemaRow? {
        let schema = try catalog.schema(of: branch, at: nil)
        let row = type == "index" ? schema.index(named: name) : schema.trigger(named: name)
        guard let live = catalog.live(of: branch) else { return row }
        if let row, live.owned.contains(foldedASCII(row.tableName)) { return row }
        guard let through = try visibleObject(type, named: name, in: live.parent) else { return nil }
        let key = foldedASCII(through.tableName)
        return live.owned.contains(key) || live.dropped.contains(key) ? nil : through
    }
}

/// Walks from a written table to all that is written or read because of it: by triggers, and by foreign keys both ways.
private struct LiveInvolvement {
    let binder: Binder
    let branch: BranchKey
    private var written: Set<String> = []
    private var read: Set<String> = []

    init(binder: Binder, branch: BranchKey) {
        self.binder = binder
        self.branch = branch
    }

    private struct Found {
        var info: TableInfo
        var holder: BranchKey
    }

    private func find(_ name: String) throws(SQLError) -> Found? {
        try binder.lookUp(name, in: branch, moment: nil).map { Found(info: $0.0, holder: $0.1) }
    }

    mutating func write(_ name: String, _ effect: WriteEffect) throws(SQLError) {
        if effect == .define { return }
        guard written.insert(foldedASCII(name)).inserted, let found = try find(name) else { return }
        if effect == .insert || effect == .change { try fireTriggers(of: found) }
        if found.info.kind == .view {
            // SQLite finds the rows that an INSTEAD OF trigger is for by running the view.
            return try look(at: found, isRoot: true)
        }
        for key in found.info.foreignKeys { try look(at: key.table) }
        if effect != .insert || LiveInvolvement.replaces(found.info) { try followReferences(to: found, effect) }
    }

    /// Tables that refer to one whose rows change: those that change with it become the branch's own, others are checked.
    private mutating func followReferences(to found: Found, _ effect: WriteEffect) throws(SQLError) {
        for (name, holder) in try referring(to: found.info.name, in: branch) {
            guard let child = try find(name), child.holder == holder else { continue }
            let keys = child.info.foreignKeys.filter { equalIgnoringASCIICase($0.table, found.info.name) }
            if keys.isEmpty { continue }
            if effect == .rename || effect == .drop || keys.contains(where: \.isActive) {
                if child.holder != branch { binder.materialize(child.info.name) }
                if effect != .rename { try write(name, .change) }
            } else {
                try look(at: name)
            }
        }
    }

    /// Tables with a foreign key to one, of the branch's own database and of those it reads through to: not all of them are shown.
    private func referring(to table: String, in branch: BranchKey) throws(SQLError) -> [(name: String, holder: BranchKey)] {
        let here = try binder.catalog.schema(of: branch, at: nil).tables(referringTo: table).map { (name: $0, holder: branch) }
        guard let live = binder.catalog.live(of: branch) else { return here }
        return here + (try referring(to: table, in: live.parent))
    }

    /// Whether a plain INSERT may remove rows: `ON CONFLICT REPLACE` in the table's definition.
    private static func replaces(_ info: TableInfo) -> Bool { foldedASCII(info.sql).contains("on conflict replace") }

    private mutating func fireTriggers(of found: Found) throws(SQLError) {
        for row in try binder.catalog.schema(of: found.holder, at: nil).triggers(of: found.info.name) {
            guard let sql = row.sql, let parsed = try? Parser.parse(sql, dialect: .sqlite), let trigger = parsed.first else { continue }
            var collector = TableNameCollector()
            _ = try collector.rewrite(trigger)
            for name in collector.written {
                guard let target = try find(name) else { continue }
                if target.holder != branch { binder.materialize(target.info.name) }
                try write(name, .change)
            }
            for name in collector.read { try look(at: name) }
        }
    }

    private mutating func look(at name: String) throws(SQLError) {
        if let found = try find(name) { try look(at: found, isRoot: false) }
    }

    /// SQLite reads the table itself, without our names: it has to be as the branch shows it.
    private mutating func look(at found: Found, isRoot: Bool) throws(SQLError) {
        guard read.insert(foldedASCII(found.info.name)).inserted else { return }
        if found.holder != branch, !isRoot { binder.refresh(found.info.name) }
        guard found.info.kind == .view, let parsed = try? Parser.parse(found.info.sql, dialect: .sqlite), let view = parsed.first else { return }
        var collector = TableNameCollector()
        _ = try collector.rewrite(view)
        for name in collector.read { try look(at: name) }
    }
}

/// The names of tables in a statement: those that it writes, and those that it reads.
struct TableNameCollector: SyntaxRewriter {
    var read: [String] = []
    var written: [String] = []

    mutating func rewrite(_ table: TableRef) throws(SQLError) -> TableRef {
        if case .table(let source) = table.node { read.append(source.name.name.text) }
        return try rewriteChildren(of: table)
    }

    mutating func rewrite(_ expr: Expr) throws(SQLError) -> Expr {
        if case .membership(_, .table(let name), _) = expr.node { read.append(name.name.text) }
        return try rewriteChildren(of: expr)
    }

    mutating func rewrite(_ target: WriteTarget) throws(SQLError) -> WriteTarget {
        written.append(target.name.name.text)
        return target
    }
}

extension Insert {
    /// Whether rows that are there may go or change.
    var effect: WriteEffect { conflict == .replace || !upserts.isEmpty ? .change : .insert }
}

extension AlterTable {
    var effect: WriteEffect {
        actions.allSatisfy { if case .addColumn = $0 { true } else { false } } ? .define : .rename
    }
}
