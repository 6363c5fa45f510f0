/// Everything that can be done with a store of branches, whoever holds it: the process itself (`BranchLite`) or
/// another process that is spoken to over its socket. Doors and commands are written against this.
public protocol BranchService: Sendable {
    /// A session counts as a reference to the branch it is on until it is closed.
    func openSession(_ options: SessionOptions) async throws(BranchLiteError) -> any BranchSession

    func createBranch(_ request: BranchCreateRequest) async throws(BranchLiteError) -> BranchInfo
    func branches(_ filter: BranchFilter) async throws(BranchLiteError) -> [BranchInfo]
    /// A page of them, for stores with many.
    func branches(_ request: BranchListRequest) async throws(BranchLiteError) -> BranchPage
    func branch(_ reference: String) async throws(BranchLiteError) -> BranchInfo
    func renameBranch(_ reference: String, to name: String) async throws(BranchLiteError) -> BranchInfo
    /// `to`: nil = the parent's head; else a branch, `branch@version` or `branch@timestamp`.
    func resetBranch(_ reference: String, to: String?) async throws(BranchLiteError) -> BranchInfo
    func discardBranch(_ reference: String, force: Bool, purge: Bool) async throws(BranchLiteError) -> DiscardResult
    func undropBranch(_ reference: String) async throws(BranchLiteError) -> BranchInfo

    /// The versions of a branch that are kept, newest first.
    func history(_ request: HistoryRequest) async throws(BranchLiteError) -> HistoryResult
    /// Makes an older version the head again, as a new version, or takes a discarded branch back.
    func restore(_ request: RestoreRequest) async throws(BranchLiteError) -> RestoreResult

    func diff(_ request: DiffRequest) async throws(BranchLiteError) -> DiffResult
    /// A part of a diff in one of its forms: at most `limit` row changes from `cursor` on. The parts up to the one without a
    /// `next_cursor` are, one after the other, the whole file.
    func diffChunk(_ request: DiffRequest, format: DiffFormat, style: DiffTextStyle) async throws(BranchLiteError) -> DiffChunk
    /// A whole diff in one of its forms. `limit` and `cursor` of the request do not count.
    /// - Parameter sink: is given the bytes in order, some 64 KiB at a time.
    @discardableResult
    func writeDiff(
        _ request: DiffRequest, format: DiffFormat, style: DiffTextStyle, to sink: @Sendable @escaping ([UInt8]) throws(BranchLiteError) -> Void
    ) async throws(BranchLiteError) -> DiffSummary
    func merge(_ request: MergeRequest) async throws(BranchLiteError) -> MergeResult
    func shadow(_ request: ShadowRequest) async throws(BranchLiteError) -> ShadowResult

    func schemas(branch: String) async throws(BranchLiteError) -> [String]
    func tables(branch: String, schema: String?) async throws(BranchLiteError) -> [TableListing]
    func describe(table: String, branch: String, schema: String?) async throws(BranchLiteError) -> [ColumnListing]
    func usage(branch: String) async throws(BranchLiteError) -> [TableUsage]

    /// Brings in an ordinary SQLite file whole, as one version of `branch`, which must hold no tables of the same names.
    func importSQLite(path: String, branch: String, progress: @Sendable @escaping (Double) -> Void) async throws(BranchLiteError) -> ImportResult
    /// Writes `branch` as an ordinary SQLite file with values that read sensibly in the stock shell.
    func exportSQLite(branch: String, path: String, progress: @Sendable @escaping (Double) -> Void) async throws(BranchLiteError)
    func check(progress: @Sendable @escaping (Double) -> Void) async throws(BranchLiteError) -> CheckResult
    /// A consistent copy of the whole store while writers go on; with an earlier backup, what has not changed since is taken from it.
    @discardableResult
    func backup(_ request: BackupRequest) async throws(BranchLiteError) -> BackupResult
    /// Gives free pages of branches back and cuts the file to what is in use, while sessions go on.
    @discardableResult
    func vacuum(_ request: VacuumRequest) async throws(BranchLiteError) -> VacuumResult
    func close() async throws(BranchLiteError)
}

/// One user's line of work: its branch, dialect, transaction, temporary tables and prepared statements.
public protocol BranchSession: Sendable {
    /// The name of the session's branch.
    func currentBranch() async throws(BranchLiteError) -> String
    func switchBranch(_ reference: String) async throws(BranchLiteError) -> SwitchResult
    /// Runs all statements of `sql` (branch statements and transaction control included) and returns the last one's result.
    func query(_ request: QueryRequest) async throws(BranchLiteError) -> QueryResult
    /// As `query`, with the result of every statement.
    func script(_ request: QueryRequest) async throws(BranchLiteError) -> [QueryResult]
    /// Inserts rows into a table as fast as the engine can: values by column, one store version for the whole call.
    func insert(into table: String, columns: [String], rows: [[JSONValue]]) async throws(BranchLiteError) -> Int
    /// True while a transaction block is open.
    func inTransaction() async throws(BranchLiteError) -> Bool
    /// Stops the statement that runs now; it fails with `BL_INTERRUPTED`.
    func cancel()
    func close() async
}
