import Glibc
@testable import PageStore

extension World {
    /// Enters the record that an operation is about to write, then runs it. The record may be durable even if it fails.
    func submit(_ request: Model.Request, _ store: Store, _ body: () throws -> Void) throws {
        let lsn = store.registry.published + 1
        let before = model
        var moment = model.last
        let expected = model.apply(request, lsn: lsn, to: &moment)
        if expected {
            model.moments[lsn] = moment
            model.issued = lsn
        }
        do {
            try body()
        } catch let error as StoreError {
            if !isFatal(error, store) { // refused: no record
                let durable = model.durable
                model = before
                model.durable = durable
            }
            throw error
        }
        try require(expected, "\(request) was not refused")
        try require(store.registry.published == lsn, "LSN \(store.registry.published) after a record, expected \(lsn)")
        acknowledge(lsn, store)
    }

    private func acknowledge(_ lsn: UInt64, _ store: Store) {
        model.acknowledged = lsn
        model.versions[lsn]?.time = store.version(VersionID(rawValue: lsn))?.timeMicros ?? 0
        noteDurable(store)
    }

    /// A write that was prepared and only has to be submitted.
    private struct Prepared {
        var request: Model.Request
        /// Returns the version it made, if it makes one.
        var run: () throws -> VersionID?
        /// Whether it is durable when it returns.
        var durable: Bool
    }

    func write(_ kind: Step.Kind, _ store: Store) throws {
        guard let prepared = try prepare(kind, store) else { return }
        let lsn = store.registry.published + 1
        try submit(prepared.request, store) {
            let version = try prepared.run()
            if let version { try require(version.rawValue == lsn, "version \(version.rawValue), expected \(lsn)") }
        }
        if prepared.durable { try require(model.durable >= lsn, "acknowledged before it was durable") }
        count(kind.rawValue)
    }

    private func prepare(_ kind: Step.Kind, _ store: Store) throws -> Prepared? {
        let full = profile.sync == .full
        switch kind {
        case .fork:
            guard store.branchCount < 8 else { return nil }
            let branch = BranchID(rawValue: nextBranch)
            nextBranch += 1
            let durable = chance(0.3)
            if chance(0.5) {
                let source = randomHead(store)
                note("  fork \(branch.rawValue) from the head of \(source.rawValue)")
                return Prepared(request: .fork(source: source, version: 0, branch: branch, metadata: [1]), run: {
                    _ = try store.forkHead(of: source, as: branch, metadata: [1], durable: durable)
                    return nil
                }, durable: durable)
            }
            let version = randomVersion(store)
            note("  fork \(branch.rawValue) from version \(version)")
            return Prepared(request: .fork(source: nil, version: version, branch: branch, metadata: [2]), run: {
                try store.fork(from: VersionID(rawValue: version), as: branch, metadata: [2], durable: durable)
                return nil
            }, durable: durable)
        case .discard:
            let branch = randomHead(store)
            if branch == .main { return nil }
            let durable = chance(0.3)
            note("  discard \(branch.rawValue)")
            return Prepared(request: .discard(branch), run: { try store.discard(branch, durable: durable); return nil }, durable: durable)
        case .move:
            let branch = randomHead(store), target = randomVersion(store)
            let merged: UInt64? = chance(0.2) ? randomVersion(store) : nil
            note("  move \(branch.rawValue) to version \(target)\(merged.map { ", merging \($0)" } ?? "")")
            return Prepared(request: .move(branch: branch, target: target, merged: merged), run: {
                try store.moveHead(of: branch, to: VersionID(rawValue: target), mergedFrom: merged.map { VersionID(rawValue: $0) })
            }, durable: full)
        case .metadata:
            let branch = randomHead(store)
            let bytes = [UInt8](repeating: UInt8(int(0 ..< 256)), count: chance(0.3) ? 1500 : 1)
            note("  metadata of \(branch.rawValue): \(bytes.count) bytes")
            return Prepared(request: .metadata(branch, bytes), run: { try store.setMetadata(branch, bytes); return nil }, durable: false)
        case .value:
            let key = chance(0.5) ? "a" : "b"
            let value: [UInt8]? = chance(0.3) ? nil : [UInt8](repeating: UInt8(int(0 ..< 256)), count: chance(0.3) ? 1500 : 1)
            note("  value \(key)")
            return Prepared(request: .value(key, value), run: { try store.setStoreValue(key, value); return nil }, durable: false)
        default:
            return try prepareCommit(store)
        }
    }

    private func prepareCommit(_ store: Store) throws -> Prepared? {
        let branch = randomHead(store)
        let slot = try store.acquireWriter(of: branch, timeout: .zero)
        let base = try store.snapshot(of: branch)
        var content = model.versions[base.version.rawValue] ?? Model.Version()
        let transaction = try store.begin(slot, on: base)
        let big = chance(0.1)
        let near = PageNumber(int(1 ..< 60))
        if chance(0.1) {
            let pages = PageNumber(int(0 ..< 40))
            transaction.truncate(toPageCount: pages)
            content.pages = content.pages.filter { $0.key <= pages }
            content.pageCount = pages
        }
        var written: [PageNumber] = []
        for _ in 0 ..< (big ? int(8 ..< 30) : int(1 ..< 6)) {
            let page = chance(0.6) ? near + PageNumber(int(0 ..< 6)) : PageNumber(int(1 ..< 70))
            let tag = chance(0.2) ? UInt64(int(1 ..< 3)) : nextTag
            nextTag += 1
            content.pages[page] = tag
            content.pageCount = max(content.pageCount, page)
            written.append(page)
            try transaction.write(page, from: Model.page(tag))
        }
        if chance(0.08) {
            transaction.rollback()
            slot.release()
            note("  roll back pages \(written)")
            return nil
        }
        let metadata: [UInt8]? = chance(0.1) ? [UInt8(int(0 ..< 256))] : nil
        let merged: UInt64? = chance(0.15) ? randomVersion(store) : nil
        note("  commit on \(branch.rawValue) over version \(base.version.rawValue): pages \(written)\(merged.map { ", merging \($0)" } ?? "")")
        content.time = 0
        // The head moves before the commit at times: then it must be refused.
        if chance(0.04), branch != .main || chance(0.5) {
            try submit(.move(branch: branch, target: base.version.rawValue, merged: nil), store) {
                _ = try store.moveHead(of: branch, to: base.version)
            }
        }
        return Prepared(
            request: .commit(branch: branch, base: base.version.rawValue, content: content, merged: merged, metadata: metadata),
            run: {
                defer { slot.release() }
                return try transaction.commit(mergedFrom: merged.map { VersionID(rawValue: $0) }, metadata: metadata)
            },
            durable: profile.sync == .full
        )
    }

    // MARK: groups of several requests

    /// Several requests that become one group: while the leader holds a group of its own, the others queue up one by one.
    func group(_ store: Store) throws {
        let kinds = (0 ..< int(2 ..< 5)).map { _ in [.commit, .commit, .fork, .discard, .move, .value].randomElement(using: &random) ?? Step.Kind.commit }
        var prepared: [Prepared] = []
        for kind in kinds {
            do { if let one = try prepare(kind, store) { prepared.append(one) } } catch StoreError.writerBusy { continue } // a branch has one writer
        }
        // Room for the images of one may be made by dropping versions: not those that others name.
        let named = try prepared.flatMap(\.request.versions).map { try store.snapshot(at: VersionID(rawValue: $0)) }
        defer { withExtendedLifetime(named) {} }
        let outcomes = Outcomes(count: prepared.count)
        var expectations: [UInt64?] = []
        var threads: [PageStore.Thread] = []
        let lead: [UInt8] = [UInt8(int(0 ..< 256))]
        whenGroupIsWritten { [self] in
            // The leader's record is issued; what is queued from here on becomes the next group.
            var lsn = model.issued
            var moment = model.last
            for (index, one) in prepared.enumerated() {
                let before = (model, moment)
                let accepted = model.apply(one.request, lsn: lsn + 1, to: &moment)
                expectations.append(accepted ? lsn + 1 : nil)
                let queued = store.log.queued
                nonisolated(unsafe) let request = one // this thread does not touch it until it has joined the other
                threads.append(PageStore.Thread { outcomes.set(index, Result { try request.run()?.rawValue }) })
                while store.log.queued == queued, !outcomes.isSet(index) { sched_yield() }
                if outcomes.isSet(index) { // refused before it was queued, for want of room for its images
                    (model, moment) = before
                    expectations[index] = nil
                } else if accepted {
                    lsn += 1
                }
            }
            if lsn > model.issued {
                model.moments[lsn] = moment
                model.issued = lsn
            }
        }
        defer { whenGroupIsWritten(nil) }
        let first = store.registry.published + 1
        var leadFailure: StoreError?
        var moment = model.last
        _ = model.apply(.value("lead", lead), lsn: first, to: &moment)
        model.moments[first] = moment
        model.issued = first
        hookBox.upkeep = false
        do throws(StoreError) { try store.setStoreValue("lead", lead) } catch { leadFailure = error }
        for thread in threads { thread.join() }
        hookBox.upkeep = true
        if let leadFailure {
            if !isFatal(leadFailure, store) { model.cut(after: first - 1) }
            throw leadFailure
        }
        try require(!threads.isEmpty || prepared.isEmpty, "the leader wrote no group")
        // A group for which the log has no room is refused as a whole.
        if let full = try refusedGroup(outcomes, expectations) {
            model.cut(after: first)
            acknowledge(first, store)
            throw full
        }
        var fatal: StoreError?
        for index in prepared.indices {
            switch outcomes.get(index) {
            case .success(let version):
                guard let lsn = expectations[index] else { throw Violation("\(prepared[index].request) was not refused in a group") }
                if let version { try require(version == lsn, "version \(version) in a group, expected \(lsn)") }
                acknowledge(lsn, store)
            case .failure(let error as StoreError):
                if isFatal(error, store) { fatal = error; continue }
                guard expectations[index] != nil else { continue }
                throw Violation("\(prepared[index].request) failed in a group: \(error)")
            case .failure(let error):
                throw error
            }
        }
        model.acknowledged = max(model.acknowledged, store.registry.published)
        noteDurable(store)
        if let fatal { throw fatal }
        store.afterRecord()
        count("group of \(prepared.count)")
    }

    private func refusedGroup(_ outcomes: Outcomes, _ expectations: [UInt64?]) throws -> StoreError? {
        let accepted = expectations.indices.filter { expectations[$0] != nil }
        let full = accepted.filter { if case .failure(StoreError.diskFull) = outcomes.get($0) { true } else { false } }
        if full.isEmpty { return nil }
        try require(full.count == accepted.count, "\(full.count) of \(accepted.count) requests of a group were refused for want of room")
        return .diskFull
    }

    // MARK: operations within operations

    func writeAroundCheckpoint(_ store: Store) throws {
        var left = int(1 ..< 5)
        let checkpoints = chance(0.7)
        var failure: (any Error)?
        disk.setHook { [self] in
            left -= 1
            // A commit that lacks room makes a checkpoint of its own: no other can run within that.
            guard left == 0, store.maintenance.lock.tryLock() else { return }
            store.maintenance.lock.unlock()
            do {
                if checkpoints { try checkpoint(store) } else { try store.reclaim() }
            } catch let error as Violation { failure = error } catch {}
        }
        defer { disk.setHook(nil) }
        note("  with a \(checkpoints ? "checkpoint" : "reclaim") at operation \(left)")
        try write(.commit, store)
        if let failure { throw failure }
    }

    func checkpointAroundWrites(_ store: Store) throws {
        var left = int(1 ..< 8)
        var failure: (any Error)?
        let reclaims = chance(0.3) && profile.rules.isOff(.dropwait)
        disk.setHook { [self] in
            left -= 1
            if left > 0 || failure != nil || left < -3 { return }
            do {
                if reclaims { try store.reclaim() } else { try write(chance(0.7) ? .commit : .move, store) }
            } catch { failure = error }
        }
        hookBox.withinCheckpoint = true
        defer {
            disk.setHook(nil)
            hookBox.withinCheckpoint = false
        }
        try store.checkpoint()
        noteDurable(store)
        if let failure { throw failure }
        count("checkpoint")
    }

    func checkpointBeforePublishing(_ store: Store) throws {
        var failure: (any Error)?
        let reclaims = chance(0.4)
        whenGroupIsWritten { [self] in
            do {
                if reclaims { try store.reclaim() }
                try store.checkpoint()
            } catch { failure = error }
            noteDurable(store)
        }
        defer { whenGroupIsWritten(nil) }
        try write(chance(0.7) ? .commit : .move, store)
        if let failure { throw failure }
    }

    /// Results of requests on other threads.
    private final class Outcomes: @unchecked Sendable { // `results` under `lock`
        private let lock = Lock()
        private var results: [Result<UInt64?, any Error>?]
        init(count: Int) { results = Array(repeating: nil, count: count) }
        func set(_ index: Int, _ result: Result<UInt64?, any Error>) { lock.withLock { results[index] = result } }
        func isSet(_ index: Int) -> Bool { lock.withLock { results[index] != nil } }
        func get(_ index: Int) -> Result<UInt64?, any Error> { lock.withLock { results[index] } ?? .failure(StoreError.closed) }
    }
}
