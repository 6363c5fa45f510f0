import PageStore

/// Finding a kept version by number and by time.
extension StoreContext {
    /// The version of that number, if it is one of the branch's and still kept.
    /// - Throws: `BL_NO_SUCH_VERSION`.
    func version(_ version: VersionID, of entry: Registry.Entry) throws(BranchLiteError) -> VersionID {
        guard let found = store.version(version), found.hasDatabase else {
            throw BranchLiteError(
                "BL_NO_SUCH_VERSION", "branch '\(entry.record.name)' has no version \(version.rawValue) (any more)",
                hint: "branch_history lists those that are kept; BRANCHLITE_HISTORY and BRANCHLITE_HISTORY_BYTES say for how long",
                details: ["branch": .string(entry.record.name), "version": .integer(Int64(clamping: version.rawValue))])
        }
        // A version made on another branch is this branch's too when it is among the ancestors of its head.
        if found.branch != entry.id, !store.isAncestor(version, of: try head(of: entry.id)) {
            throw BranchLiteError(
                "BL_NO_SUCH_VERSION", "version \(version.rawValue) is not one of branch '\(entry.record.name)'",
                hint: "branch_history lists the branch's versions",
                details: ["branch": .string(entry.record.name), "version": .integer(Int64(clamping: version.rawValue))])
        }
        return version
    }

    /// The newest kept version that the branch showed at a time. Within `BRANCHLITE_HISTORY` it may be older than what was the
    /// head then by a minute or an hour, as history is thinned; beyond it only what certainly was the head will do.
    /// - Throws: `BL_NO_SUCH_VERSION`.
    func version(asOf micros: Int64, of entry: Registry.Entry) throws(BranchLiteError) -> VersionID {
        let found = store.version(of: entry.id, asOf: micros, base: entry.record.baseVersion)
        if let found, found.version.hasDatabase, found.isExact || micros >= clock.now() - configuration.history.microseconds { return found.version.id }
        let oldest = store.history(of: entry.id).last(where: \.hasDatabase)
        throw BranchLiteError(
            "BL_NO_SUCH_VERSION", "no version of branch '\(entry.record.name)' as of \(Timestamps.text(micros: micros)) is kept",
            hint: oldest.map { "the oldest kept version, \($0.id.rawValue), is of \(Timestamps.text(micros: $0.timeMicros))" },
            details: ["branch": .string(entry.record.name), "timestamp": .string(Timestamps.text(micros: micros))])
    }
}
