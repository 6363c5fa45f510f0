import CSQLite
import PageStore

/// Another branch in a connection, read-only, under an alias.
struct Attachment {
    let alias: String
    let target: BranchTarget
    let file: BranchFile
    var stamp: UInt64
}

extension BranchTarget {
    /// Whether both show the same: the same branch's head, or the same version.
    func isSame(as other: BranchTarget) -> Bool {
        switch (self, other) {
        case (.head(let a), .head(let b)): a == b
        case (.pinned(let a), .pinned(let b)): a.branch == b.branch && a.version == b.version
        default: false
        }
    }
}

extension Connection {
    /// The aliases of the branches attached now.
    public var attachedAliases: [String] { attachments.map(\.alias) }

    /// Attaches a branch (or a version of one) read-only. Does nothing when the alias shows it already; an alias
    /// that shows something else is attached anew.
    ///
    /// Throws `BL_TOO_MANY_ATTACHED` when no attached branch can make room.
    public func attach(_ target: BranchTarget, as alias: String) throws(EngineError) {
        try ensureAttached([(alias, target)])
    }

    /// Attaches all of these together. Of the other attached branches, the least recently used make room where
    /// there are too many; those of this list never do.
    public func ensureAttached(_ wanted: [(alias: String, target: BranchTarget)]) throws(EngineError) {
        guard wanted.count <= options.maxAttachedBranches else { throw tooManyAttached(wanted.count) }
        for (alias, target) in wanted {
            if let index = attachments.firstIndex(where: { $0.alias == alias }) {
                if attachments[index].target.isSame(as: target) {
                    attachments[index].stamp = nextStamp()
                    continue
                }
                try detach(alias)
            }
            if attachments.count >= options.maxAttachedBranches {
                let kept = Set(wanted.map(\.alias))
                let idle = attachments.filter {
                    !kept.contains($0.alias) && $0.file.state.pointee.lock == SQLITE_LOCK_NONE
                }
                guard let oldest = idle.min(by: { $0.stamp < $1.stamp }) else { throw tooManyAttached(attachments.count + 1) }
                try detach(oldest.alias)
            }
            try attachNew(target, as: alias)
        }
    }

    private func attachNew(_ target: BranchTarget, as alias: String) throws(EngineError) {
        let (branch, fixed) = Connection.split(target)
        let file = BranchFile(
            store: store, branch: branch, fixed: fixed, isReadOnly: true, opensReadOnly: true,
            busyTimeout: .zero, control: control)
        // A transaction or caller that reads one moment of the store goes on doing so.
        if fixed == nil {
            if transaction.pinsMoment {
                file.moment = try transaction.snapshotAtMoment(of: branch)
            } else if momentDepth > 0, let moment = mainFile.moment {
                file.moment = try snapshot(of: branch, notAfter: moment.version)
            }
        }
        let ticket = BranchVFS.ticket(for: file)
        do {
            try internally { () throws(EngineError) in
                try runRaw("ATTACH '\(ticket)' AS \(quoteIdentifier(alias))")
            }
        } catch {
            BranchVFS.withdraw(ticket)
            if let storeError = file.storeError { throw EngineError(storeError) }
            throw error
        }
        attachments.append(Attachment(alias: alias, target: target, file: file, stamp: nextStamp()))
    }

    /// Detaches a branch. Throws `BL_BUSY` while a statement or transaction still reads it.
    public func detach(_ alias: String) throws(EngineError) {
        guard let index = attachments.firstIndex(where: { $0.alias == alias }) else { return }
        try internally { () throws(EngineError) in try runRaw("DETACH \(quoteIdentifier(alias))") }
        attachments.remove(at: index)
    }

    func detachAll() throws(EngineError) {
        for alias in attachedAliases { try detach(alias) }
    }

    private func nextStamp() -> UInt64 { (attachments.map(\.stamp).max() ?? 0) + 1 }

    private func tooManyAttached(_ count: Int) -> EngineError {
        EngineError(
            code: EngineErrorCode.tooManyAttached,
            message: "a statement can read at most \(options.maxAttachedBranches) branches besides its own, this one needs \(count)",
            hint: "split the statement, or copy what it needs into a temporary table first")
    }

    /// The newest version of a branch that is not younger than a moment of the store.
    func snapshot(of branch: BranchID, notAfter moment: VersionID) throws(EngineError) -> Snapshot {
        let enough = 64
        do throws(StoreError) {
            let head = try store.snapshot(of: branch)
            if head.version <= moment { return head }
            if let version = store.versions(of: branch, limit: enough).filter({ $0.id <= moment }).max(by: { $0.id < $1.id }) {
                return try store.snapshot(at: version.id)
            }
        } catch {
            throw EngineError(error)
        }
        throw EngineError(
            code: EngineErrorCode.staleSnapshot,
            message: "branch \(branch.hex) is no longer kept as it was when this transaction began",
            hint: "name the branch in the transaction's first statement, or run the transaction again")
    }
}

/// An SQL identifier in double quotes.
public func quoteIdentifier(_ name: String) -> String {
    "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
}
