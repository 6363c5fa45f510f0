@testable import PageStore

/// What a simulation found wrong.
struct Violation: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

func require(_ condition: Bool, _ text: @autoclosure () -> String) throws {
    if !condition { throw Violation(text()) }
}

extension Model {
    /// Compares a pinned version with the model's, page for page.
    func verify(_ snapshot: Snapshot, _ id: UInt64, _ what: String) throws {
        guard let version = versions[id] else { throw Violation("\(what): version \(id) was never made") }
        try require(snapshot.pageCount == version.pageCount, "\(what): version \(id) has \(snapshot.pageCount) pages, expected \(version.pageCount)")
        try require(snapshot.changeCounter == version.counter, "\(what): version \(id) has counter \(snapshot.changeCounter), expected \(version.counter)")
        let last = max(version.pageCount, version.pages.keys.max() ?? 0)
        if last == 0 { return }
        try withUnsafeTemporaryAllocation(byteCount: Profile.pageSize, alignment: 16) { buffer in
            guard let base = buffer.baseAddress else { return }
            for page in 1 ... last {
                let status = snapshot.read(page, into: base)
                guard status == .ok || status == .absent else {
                    throw Violation("\(what): version \(id) page \(page): \(snapshot.failure(reading: page).map { "\($0)" } ?? "\(status)")")
                }
                let expected = version.pages[page] ?? 0
                guard let found = Model.tag(base), found == expected else {
                    throw Violation("\(what): version \(id) page \(page): \(Model.tag(base).map { "tag \($0)" } ?? "torn"), expected tag \(expected)")
                }
            }
        }
    }

    /// Compares branches, values, versions, their pages and merge bases with the model as of `lsn`.
    func verify(_ store: Store, lsn: UInt64, retention: Int64, now: Int64, _ what: String) throws {
        guard let moment = moments[lsn] else { throw Violation("\(what): LSN \(lsn) is not the end of a group that was issued") }
        let branches = store.branches()
        let heads = Dictionary(uniqueKeysWithValues: branches.map { ($0.id, $0.head.rawValue) })
        try require(heads == moment.heads, "\(what): heads at LSN \(lsn): \(heads), expected \(moment.heads)")
        for branch in branches {
            try require(branch.metadata == moment.metadata[branch.id], "\(what): metadata of \(branch.id.hex)")
            try require(branch.generation == moment.generations[branch.id], "\(what): generation of \(branch.id.hex)")
        }
        for key in ["a", "b", "lead"] { try require(store.storeValue(key) == moment.values[key], "\(what): store value \(key)") }
        let kept = store.registry.versions.keys.sorted()
        for id in kept { try verify(try store.snapshot(at: VersionID(rawValue: id)), id, what) }
        if retention > 0 {
            let there = Set(kept)
            for (id, version) in versions where id <= lsn && version.time > 0 && version.time + retention > now + 1 {
                try require(there.contains(id), "\(what): version \(id) of time \(version.time) is gone at \(now), before its time")
            }
        }
        let ordered = moment.heads.values.sorted()
        for i in ordered.indices {
            let a = ordered[i], b = ordered[(i + 1) % ordered.count]
            let found = store.mergeBases(VersionID(rawValue: a), VersionID(rawValue: b)).map(\.rawValue)
            let expected = mergeBases(a, b)
            try require(found == expected, "\(what): merge bases of \(a) and \(b): \(found), expected \(expected)")
        }
    }

    /// No slot both free and reachable, none lost.
    static func soundness(_ store: Store, _ what: String) throws {
        let report = try store.check()
        try require(report.isSound, "\(what): \(report.problems.prefix(5))")
    }
}
