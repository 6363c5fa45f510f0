/// Where diff, merge and shadow queries plug in: each is a function of the context that runs on the calling engine thread.
extension StoreContext {
    func diff(_ request: DiffRequest) throws(BranchLiteError) -> DiffResult {
        try requireBranching()
        throw BranchLiteError("BL_UNSUPPORTED", "diff is not built in")
    }

    /// - Parameter origin: who asked, for the version's origin and the audit trail.
    func merge(_ request: MergeRequest, origin: String) throws(BranchLiteError) -> MergeResult {
        try requireBranching()
        throw BranchLiteError("BL_UNSUPPORTED", "merge is not built in")
    }

    /// Branches run at the same time, so this one is asynchronous and takes its threads from the engine.
    func shadow(_ request: ShadowRequest) async throws(BranchLiteError) -> ShadowResult {
        try requireShadow()
        throw BranchLiteError("BL_UNSUPPORTED", "shadow queries are not built in")
    }
}
