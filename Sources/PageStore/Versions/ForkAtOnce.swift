extension Store {
    /// As `fork`, on a thread that must not wait: false, with nothing done, where another writer of the log would have to be
    /// waited for or the log goes on in another extent. Its only system call is a write of one record to the page cache.
    /// Not durable before the next sync. Throws `noSuchVersion`, `branchExists`.
    public func forkAtOnce(from version: VersionID, as branch: BranchID, metadata: [UInt8] = []) throws(StoreError) -> Bool {
        try checkSizes(metadata: metadata, origin: [])
        let request = LogRequest(.fork(version: version.rawValue, headOf: nil, as: branch, metadata: metadata), durable: false)
        guard try log.submitAtOnce(request, atMost: metadata.count + Registry.branchBytes) != nil else { return false }
        // Without a thread of its own the store would make a checkpoint here; the next operation that may wait does.
        if options.backgroundMaintenance { afterRecord() }
        return true
    }
}
