import Engine
import PageStore
import SQLDialect

extension StoreContext {
    /// Merges a branch into another: `branch_merge`; with `dryRun` also `branch_conflicts`.
    /// - Parameters:
    ///   - origin: who asked, for the version's origin and the audit trail.
    ///   - ownSessions: sessions of the caller on the branch, which do not keep it from being discarded.
    func merge(_ request: MergeRequest, origin: String, ownSessions: Int = 0) throws(BranchLiteError) -> MergeResult {
        try requireBranching()
        guard request.conflictLimit >= 0 else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "conflict_limit must be 0 or more, not \(request.conflictLimit)", details: ["argument": "conflict_limit"])
        }
        let settlement = try Settlement(strategy: request.strategy ?? configuration.mergeStrategy, resolutions: request.resolutions)
        // The target may move while the merge is made: then it is made again, at last while the target's writer slot is held. A dry
        // run never takes that: it only has to begin before the head that it has looked up moves.
        let attempts = request.dryRun ? StoreContext.dryRunAttempts : StoreContext.mergeAttempts
        for attempt in 1...attempts {
            let holds = attempt == attempts && !request.dryRun
            let held = holds ? try writer(of: try resolve(request.target).id) : nil
            let merge: MergeAttempt
            do throws(BranchLiteError) {
                merge = try MergeAttempt(self, request, settlement, origin: origin, held: held, ownSessions: ownSessions)
            } catch {
                if let held { engine.checkin(held) }
                throw error
            }
            defer { merge.close() }
            if let result = try merge.run() { return result }
        }
        throw BranchLiteError("BL_STALE_TARGET", "'\(request.target)' kept moving while the merge was planned", hint: "try again")
    }

    private static let mergeAttempts = 4
    private static let dryRunAttempts = 100

    /// A connection to a branch with its writer slot taken and a transaction open.
    fileprivate func writer(of id: BranchID) throws(BranchLiteError) -> Connection {
        let connection = try mapEngine { () throws(EngineError) in try engine.checkout(.head(id)) }
        do throws(EngineError) {
            try connection.transaction.begin(.readCommitted)
            try connection.transaction.prepareToWrite()
            return connection
        } catch {
            engine.checkin(connection)
            throw BranchLiteError(error)
        }
    }

    /// A connection to a branch with a transaction open that nobody sees, and that nobody waits for. Nil: the branch is at another
    /// version by now.
    func privateWriter(of id: BranchID, at version: VersionID) throws(BranchLiteError) -> Connection? {
        let connection = try mapEngine { () throws(EngineError) in try engine.checkout(.head(id)) }
        do throws(EngineError) {
            try connection.transaction.begin(.readCommitted)
            if try connection.transaction.prepareToWritePrivately() == version { return connection }
            engine.checkin(connection)
            return nil
        } catch {
            engine.checkin(connection)
            throw BranchLiteError(error)
        }
    }
}

extension Connection {
    /// As `withoutEnforcement`, for a body that throws our errors.
    func suspended<Answer>(_ body: () throws(BranchLiteError) -> Answer) throws(BranchLiteError) -> Answer {
        var outcome: Swift.Result<Answer, BranchLiteError>?
        do throws(EngineError) {
            try withoutEnforcement { () throws(EngineError) in
                do throws(BranchLiteError) {
                    outcome = .success(try body())
                } catch {
                    outcome = .failure(error)
                }
            }
        } catch {
            throw BranchLiteError(error)
        }
        guard let outcome else { throw BranchLiteError("BL_INTERNAL", "the merge did not run") }
        return try outcome.get()
    }
}
