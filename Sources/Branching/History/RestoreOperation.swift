import PageStore

/// `branch_restore`: an older version becomes the head again, as a new version; a discarded branch is taken back.
extension StoreContext {
    func restore(_ request: RestoreRequest, origin: String) throws(BranchLiteError) -> RestoreResult {
        try requireBranching()
        let reference = BranchReference(request.branch)
        let moment = try moment(request, reference)
        let living = try? registry.resolve(reference.name)
        let entry: Registry.Entry = if let living { living } else { try trashedEntry(reference.name) }
        let head = try head(of: entry.id)
        guard let moment else {
            if living != nil {
                throw BranchLiteError(
                    "BL_BAD_ARGUMENT", "'\(entry.record.name)' is not discarded: say which of its versions to restore",
                    hint: "branch_history lists them", details: ["branch": .string(entry.record.name), "argument": "version"])
            }
            let info = try undropBranch(entry.id.hex, origin: origin)
            return RestoreResult(
                branch: info.name, branchID: info.branchID, version: head.rawValue, previousVersion: head.rawValue, restoredVersion: nil, undropped: true)
        }
        if entry.record.mode == .live {
            throw BranchLiteError(
                "BL_UNSUPPORTED", "older versions of the live branch '\(entry.record.name)' cannot be restored: the tables it reads through have moved on since",
                hint: "RESET BRANCH starts it again from its parent", details: ["branch": .string(entry.record.name)])
        }
        let target = switch moment {
        case .version(let version): try self.version(version, of: entry)
        case .timestamp(let micros): try version(asOf: micros, of: entry)
        }
        if living == nil { _ = try undropBranch(entry.id.hex, origin: origin) }
        let (previous, version) = try moveHead(of: entry, to: target, origin: origin)
        return RestoreResult(
            branch: registry.name(of: entry.id), branchID: entry.id.hex, version: version.rawValue, previousVersion: previous.rawValue,
            restoredVersion: target.rawValue, undropped: living == nil)
    }

    private enum Wanted {
        case version(VersionID)
        case timestamp(Int64)
    }

    /// The version or time asked for: by argument, or behind the branch's name.
    private func moment(_ request: RestoreRequest, _ reference: BranchReference) throws(BranchLiteError) -> Wanted? {
        func refuse(_ problem: String) -> BranchLiteError { BranchLiteError("BL_BAD_ARGUMENT", problem, hint: "give a version or a timestamp") }
        if request.version != nil, request.timestamp != nil { throw refuse("both a version and a timestamp are given") }
        if let version = request.version {
            if reference.moment != .head { throw refuse("both '\(request.branch)' and the argument name a version") }
            return .version(VersionID(rawValue: version))
        }
        if let text = request.timestamp {
            if reference.moment != .head { throw refuse("both '\(request.branch)' and the argument name a version") }
            guard let micros = Timestamps.read(text) else { throw refuse("'\(text)' is no timestamp such as 2026-01-31T10:00:00Z") }
            return .timestamp(micros)
        }
        switch reference.moment {
        case .head: return nil
        case .version(let version): return .version(version)
        case .timestamp(let micros): return .timestamp(micros)
        case .unreadable(let text): throw refuse("'\(text)' in '\(request.branch)' is neither a version nor a timestamp")
        }
    }

    /// A discarded branch; where there is none, the error that any other operation would give.
    private func trashedEntry(_ name: String) throws(BranchLiteError) -> Registry.Entry {
        if let found = try? registry.resolveTrashed(name) { return found }
        return try registry.resolve(name)
    }

    /// The target's pages become the head, unless they are it already.
    private func moveHead(
        of entry: Registry.Entry, to target: VersionID, origin: String
    ) throws(BranchLiteError) -> (previous: VersionID, version: VersionID) {
        let now = clock.now()
        let moved = try withWriter(of: entry.id) { () throws(BranchLiteError) -> (previous: VersionID, version: VersionID) in
            let head = try self.head(of: entry.id)
            if head == target { return (head, head) }
            let version = try registry.change(entry.id) { (record: inout BranchRecord) throws(BranchLiteError) in
                guard record.isLiving else { throw Registry.gone(record.name, undrop: true) }
                record.status = .active
                record.lastUsedAt = max(record.lastUsedAt, now)
            } write: { metadata throws(BranchLiteError) in
                try mapStore { () throws(StoreError) in
                    try store.moveHead(of: entry.id, to: target, mergedFrom: nil, expectedHead: head, metadata: metadata)
                }
            }
            return (head, version)
        }
        if moved.version != moved.previous {
            audit.note(
                "restore", branch: entry.id, name: registry.name(of: entry.id), origin: origin, detail: "to version \(target.rawValue)", at: now,
                version: moved.version)
        }
        return moved
    }
}
