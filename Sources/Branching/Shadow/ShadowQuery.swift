import Engine
import PageStore
import SQLDialect

extension StoreContext {
    /// Runs one reading query on several branches, each on its own pinned version, and compares the answers: `shadow_query`.
    ///
    /// All branches are read as of one moment of the store and run at the same time. Repeated runs are timed one at a time, the
    /// branches in turn, so that they do not disturb each other; a run of all at once comes before and is not timed. A branch on
    /// which the query fails has its error in its result; the others are compared all the same.
    func shadow(_ request: ShadowRequest) async throws(BranchLiteError) -> ShadowResult {
        try requireShadow()
        try ShadowQuery.check(request)
        var points: [Point] = []
        for branch in request.branches { points.append(try resolve(branch)) }
        let query = ShadowQuery(self, request, points)
        return try await withTaskCancellationHandler {
            await query.finish(query.run())
        } onCancel: {
            query.cancel()
        }.get()
    }
}

/// One shadow query on its way.
private final class ShadowQuery: Sendable {
    private let context: StoreContext
    private let request: ShadowRequest
    private let points: [StoreContext.Point]
    /// By position in `points`; what keeps a branch from having one is its error.
    private let runners: [Result<ShadowRunner, BranchLiteError>]

    static let maximumRepetitions = 1_000
    static let maximumBranches = 100

    static func check(_ request: ShadowRequest) throws(BranchLiteError) {
        func refuse(_ argument: String, _ problem: String) -> BranchLiteError {
            BranchLiteError("BL_BAD_ARGUMENT", problem, details: ["argument": .string(argument)])
        }
        if request.branches.isEmpty { throw refuse("branches", "a shadow query needs at least one branch") }
        if request.branches.count > maximumBranches { throw refuse("branches", "a shadow query takes at most \(maximumBranches) branches, not \(request.branches.count)") }
        if !(1...maximumRepetitions).contains(request.repetitions) { throw refuse("repeat", "repeat must be from 1 to \(maximumRepetitions), not \(request.repetitions)") }
        if !(request.tolerance >= 0) { throw refuse("tolerance", "tolerance must be 0 or more, not \(request.tolerance)") }
    }

    init(_ context: StoreContext, _ request: ShadowRequest, _ points: [StoreContext.Point]) {
        self.context = context
        self.request = request
        self.points = points
        var limit: Duration? = context.configuration.queryTimeout > .zero ? context.configuration.queryTimeout : nil
        if let asked = request.timeoutMS, asked > 0 { limit = min(limit ?? .milliseconds(asked), .milliseconds(asked)) }
        let deadline = limit.map { ContinuousClock.now + $0 }
        let values = request.parameters.map(\.parameterValue)
        runners = points.map { point in
            do throws(BranchLiteError) {
                return .success(try ShadowRunner(context, point, dialect: request.dialect, values: values, deadline: deadline))
            } catch {
                return .failure(error)
            }
        }
    }

    private var living: [(index: Int, runner: ShadowRunner)] {
        runners.enumerated().compactMap { index, runner in (try? runner.get()).map { (index, $0) } }
    }

    func cancel() { for (_, runner) in living { runner.cancel() } }

    /// Gives everything back, whatever came of it.
    func finish(_ result: Result<ShadowResult, BranchLiteError>) async -> Result<ShadowResult, BranchLiteError> {
        for (_, runner) in living { await runner.close() }
        return result
    }

    func run() async -> Result<ShadowResult, BranchLiteError> {
        var errors: [Int: BranchLiteError] = [:]
        for (index, runner) in runners.enumerated() { if case .failure(let error) = runner { errors[index] = error } }
        do throws(BranchLiteError) {
            try await open(&errors)
        } catch {
            return .failure(error)
        }
        var answers = await runAll(&errors)
        var times = answers.mapValues { [$0.elapsedMS] }
        if request.repetitions > 1 {
            times = [:]
            for _ in 0..<request.repetitions {
                for (index, runner) in living where errors[index] == nil {
                    do throws(BranchLiteError) {
                        times[index, default: []].append(try await runner.run().elapsedMS)
                    } catch {
                        errors[index] = error
                        answers[index] = nil
                    }
                }
            }
        }
        var plans: [Int: [String]] = [:]
        if request.explain { for (index, runner) in living where errors[index] == nil { plans[index] = try? await runner.plan() } }
        return .success(result(answers, times, plans, errors))
    }

    // MARK: - Open

    /// Pins all branches at one moment and binds the query on each. Which other branches it reads is known only then, so a
    /// second moment, with those, may be needed.
    private func open(_ errors: inout [Int: BranchLiteError]) async throws(BranchLiteError) {
        let heads = Set(points.filter { !$0.isFixed }.map(\.id))
        var ids = heads
        for point in points where point.entry.record.mode == .live { if let parent = point.entry.record.parent { ids.insert(parent) } }
        for attempt in 1...ShadowQuery.moments {
            let pinned = try pin(ids)
            var wanted = ids
            var snapshots: [Int: Snapshot] = [:]
            for (index, runner) in living {
                let point = points[index]
                do throws(BranchLiteError) {
                    let snapshot = if point.isFixed { try context.snapshot(at: point.version) } else { try ShadowQuery.found(pinned[point.id], point.name) }
                    snapshots[index] = snapshot
                    wanted.formUnion(try await runner.prepare(request.sql, at: snapshot))
                    errors[index] = nil
                } catch {
                    if ShadowQuery.isRefusal(error) { throw error }
                    errors[index] = error
                }
            }
            if wanted != ids, attempt < ShadowQuery.moments {
                ids = wanted
                continue
            }
            for (index, runner) in living where errors[index] == nil {
                guard let snapshot = snapshots[index] else { continue }
                do throws(BranchLiteError) { try await runner.open(snapshot, pinned) } catch { errors[index] = error }
            }
            return
        }
    }

    /// Moments that are tried until one has all branches that are read.
    private static let moments = 3

    private func pin(_ ids: Set<BranchID>) throws(BranchLiteError) -> [BranchID: Snapshot] {
        let order = ids.sorted()
        let context = context
        let snapshots = try mapStore { () throws(StoreError) in try context.store.snapshots(of: order) }
        return Dictionary(zip(order, snapshots), uniquingKeysWith: { first, _ in first })
    }

    private static func found(_ snapshot: Snapshot?, _ name: String) throws(BranchLiteError) -> Snapshot {
        guard let snapshot else { throw Registry.gone(name, undrop: true) }
        return snapshot
    }

    /// What is wrong with the query itself, on whatever branch.
    private static func isRefusal(_ error: BranchLiteError) -> Bool {
        ["BL_READ_ONLY", "BL_BAD_ARGUMENT", "BL_PARSE_ERROR", "BL_TOO_DEEP", "BL_UNSUPPORTED"].contains(error.code)
    }

    // MARK: - Run

    /// All branches at the same time.
    private func runAll(_ errors: inout [Int: BranchLiteError]) async -> [Int: ShadowRunner.Answer] {
        let ready = living.filter { errors[$0.index] == nil }
        let outcomes = await withTaskGroup(of: (Int, Result<ShadowRunner.Answer, BranchLiteError>).self) { group in
            for (index, runner) in ready {
                group.addTask {
                    do throws(BranchLiteError) { return (index, .success(try await runner.run())) } catch { return (index, .failure(error)) }
                }
            }
            var outcomes: [(Int, Result<ShadowRunner.Answer, BranchLiteError>)] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        var answers: [Int: ShadowRunner.Answer] = [:]
        for (index, outcome) in outcomes {
            switch outcome {
            case .success(let answer): answers[index] = answer
            case .failure(let error): errors[index] = error
            }
        }
        return answers
    }

    // MARK: - Result

    private func name(_ point: StoreContext.Point) -> String { point.isFixed ? "\(point.name)@\(point.version.rawValue)" : point.name }

    private func result(
        _ answers: [Int: ShadowRunner.Answer], _ times: [Int: [Double]], _ plans: [Int: [String]], _ errors: [Int: BranchLiteError]
    ) -> ShadowResult {
        var branches: [ShadowBranchResult] = []
        var compared: [ShadowComparer.Side] = []
        for (index, point) in points.enumerated() {
            let answer = answers[index]
            let timing = ShadowQuery.timing(times[index] ?? [])
            branches.append(ShadowBranchResult(
                branch: name(point), columns: answer?.columns ?? [], rows: (answer?.rows ?? []).map { $0.map(\.jsonValue) }, rowCount: answer?.rows.count ?? 0,
                elapsedMS: timing, plan: plans[index], error: errors[index]))
            if let answer, errors[index] == nil {
                compared.append(ShadowComparer.Side(branch: name(point), columns: answer.columns, rows: answer.rows, medianMS: timing.median))
            }
        }
        let isOrdered = ShadowComparer.isOrdered(request.sql, request.dialect)
        return ShadowResult(branches: branches, comparison: ShadowComparer(sides: compared, tolerance: request.tolerance, isOrdered: isOrdered).comparison())
    }

    private static func timing(_ times: [Double]) -> ShadowBranchResult.Timing {
        let sorted = times.sorted()
        guard let first = sorted.first, let last = sorted.last else { return ShadowBranchResult.Timing(min: 0, median: 0, max: 0) }
        let middle = sorted.count / 2
        let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        return ShadowBranchResult.Timing(min: first, median: median, max: last)
    }
}
