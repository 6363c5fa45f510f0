import Branching
import Synchronization

/// A store reached through its owner, and taken over when the owner goes away: by opening it here, or through whoever was quicker.
///
/// The call that meets the owner's end still fails with `BL_OWNER_GONE` unless it only reads: what it did before the owner went is not
/// known. Sessions end with the owner; new ones can be opened at once.
final class SuccessorService: BranchService {
    typealias Opener = @Sendable () async throws(BranchLiteError) -> any BranchService

    private struct State {
        var service: any BranchService
        /// Counts the owners so far, so that only one of the calls that met an owner's end looks for the next.
        var generation = 0
        var succession: Task<Result<any BranchService, BranchLiteError>, Never>?
    }

    static let ownerGoneCode = "BL_OWNER_GONE"

    private let state: Mutex<State>
    private let opener: Opener

    /// - Parameters:
    ///   - service: the connection to the present owner.
    ///   - opener: opens the store here or connects to its new owner.
    init(_ service: any BranchService, opener: @escaping Opener) {
        state = Mutex(State(service: service))
        self.opener = opener
    }

    private func run<Answer>(
        retries: Bool = false, _ body: (any BranchService) async throws(BranchLiteError) -> Answer
    ) async throws(BranchLiteError) -> Answer {
        let (service, generation) = state.withLock { ($0.service, $0.generation) }
        do throws(BranchLiteError) {
            return try await body(service)
        } catch {
            guard error.code == Self.ownerGoneCode else { throw error }
            let next = try await successor(of: generation)
            guard retries else {
                var known = error
                known.hint = "the store has been taken over; look whether the call took effect, and repeat it if not"
                throw known
            }
            return try await body(next)
        }
    }

    /// The service that follows the one of `generation`, found once for all callers.
    private func successor(of generation: Int) async throws(BranchLiteError) -> any BranchService {
        let opener = opener
        let task = state.withLock { state -> Task<Result<any BranchService, BranchLiteError>, Never>? in
            guard state.generation == generation else { return nil }
            if let running = state.succession { return running }
            let task = Task { () -> Result<any BranchService, BranchLiteError> in
                do throws(BranchLiteError) { return .success(try await opener()) } catch { return .failure(error) }
            }
            state.succession = task
            return task
        }
        guard let task else { return state.withLock { $0.service } }
        let outcome = await task.value
        return try state.withLock { state -> Result<any BranchService, BranchLiteError> in
            guard state.generation == generation else { return .success(state.service) }
            state.succession = nil
            if case .success(let service) = outcome {
                state.service = service
                state.generation += 1
            }
            return outcome
        }.get()
    }

    func openSession(_ options: SessionOptions) async throws(BranchLiteError) -> any BranchSession {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.openSession(options) }
    }

    func createBranch(_ request: BranchCreateRequest) async throws(BranchLiteError) -> BranchInfo {
        try await run { service throws(BranchLiteError) in try await service.createBranch(request) }
    }

    func branches(_ filter: BranchFilter) async throws(BranchLiteError) -> [BranchInfo] {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.branches(filter) }
    }

    func branches(_ request: BranchListRequest) async throws(BranchLiteError) -> BranchPage {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.branches(request) }
    }

    func branch(_ reference: String) async throws(BranchLiteError) -> BranchInfo {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.branch(reference) }
    }

    func renameBranch(_ reference: String, to name: String) async throws(BranchLiteError) -> BranchInfo {
        try await run { service throws(BranchLiteError) in try await service.renameBranch(reference, to: name) }
    }

    func resetBranch(_ reference: String, to: String?) async throws(BranchLiteError) -> BranchInfo {
        try await run { service throws(BranchLiteError) in try await service.resetBranch(reference, to: to) }
    }

    func discardBranch(_ reference: String, force: Bool, purge: Bool) async throws(BranchLiteError) -> DiscardResult {
        try await run { service throws(BranchLiteError) in try await service.discardBranch(reference, force: force, purge: purge) }
    }

    func undropBranch(_ reference: String) async throws(BranchLiteError) -> BranchInfo {
        try await run { service throws(BranchLiteError) in try await service.undropBranch(reference) }
    }

    func history(_ request: HistoryRequest) async throws(BranchLiteError) -> HistoryResult {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.history(request) }
    }

    func restore(_ request: RestoreRequest) async throws(BranchLiteError) -> RestoreResult {
        try await run { service throws(BranchLiteError) in try await service.restore(request) }
    }

    func diff(_ request: DiffRequest) async throws(BranchLiteError) -> DiffResult {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.diff(request) }
    }

    func diffChunk(_ request: DiffRequest, format: DiffFormat, style: DiffTextStyle) async throws(BranchLiteError) -> DiffChunk {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.diffChunk(request, format: format, style: style) }
    }

    func writeDiff(
        _ request: DiffRequest, format: DiffFormat, style: DiffTextStyle, to sink: @Sendable @escaping ([UInt8]) throws(BranchLiteError) -> Void
    ) async throws(BranchLiteError) -> DiffSummary {
        // Not tried again: the sink has had a part of it.
        try await run { service throws(BranchLiteError) in try await service.writeDiff(request, format: format, style: style, to: sink) }
    }

    func merge(_ request: MergeRequest) async throws(BranchLiteError) -> MergeResult {
        try await run(retries: request.dryRun) { service throws(BranchLiteError) in try await service.merge(request) }
    }

    func shadow(_ request: ShadowRequest) async throws(BranchLiteError) -> ShadowResult {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.shadow(request) }
    }

    func schemas(branch: String) async throws(BranchLiteError) -> [String] {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.schemas(branch: branch) }
    }

    func tables(branch: String, schema: String?) async throws(BranchLiteError) -> [TableListing] {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.tables(branch: branch, schema: schema) }
    }

    func describe(table: String, branch: String, schema: String?) async throws(BranchLiteError) -> [ColumnListing] {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.describe(table: table, branch: branch, schema: schema) }
    }

    func usage(branch: String) async throws(BranchLiteError) -> [TableUsage] {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.usage(branch: branch) }
    }

    func importSQLite(path: String, branch: String, progress: @Sendable @escaping (Double) -> Void) async throws(BranchLiteError) -> ImportResult {
        try await run { service throws(BranchLiteError) in try await service.importSQLite(path: path, branch: branch, progress: progress) }
    }

    func exportSQLite(branch: String, path: String, progress: @Sendable @escaping (Double) -> Void) async throws(BranchLiteError) {
        try await run { service throws(BranchLiteError) in try await service.exportSQLite(branch: branch, path: path, progress: progress) }
    }

    func check(progress: @Sendable @escaping (Double) -> Void) async throws(BranchLiteError) -> CheckResult {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.check(progress: progress) }
    }

    func backup(_ request: BackupRequest) async throws(BranchLiteError) -> BackupResult {
        try await run { service throws(BranchLiteError) in try await service.backup(request) }
    }

    func vacuum(_ request: VacuumRequest) async throws(BranchLiteError) -> VacuumResult {
        try await run(retries: true) { service throws(BranchLiteError) in try await service.vacuum(request) }
    }

    func close() async throws(BranchLiteError) {
        let (service, succession) = state.withLock { ($0.service, $0.succession) }
        if let succession, case .success(let next) = await succession.value { try await next.close() }
        try await service.close()
    }
}
