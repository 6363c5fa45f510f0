@testable import PageStore

/// What a store should hold: the registry after each group of records, and every version ever made.
struct Model: Sendable {
    /// The registry as of one log sequence number.
    struct Moment: Equatable, Sendable {
        var heads: [BranchID: UInt64] = [.main: 0]
        var generations: [BranchID: UInt64] = [.main: 0]
        var metadata: [BranchID: [UInt8]] = [.main: []]
        var values: [String: [UInt8]] = [:]
    }

    struct Version: Sendable {
        var branch = BranchID.main
        var parents: [UInt64] = []
        /// Tags of the pages that were written.
        var pages: [PageNumber: UInt64] = [:]
        var pageCount: UInt32 = 0
        var counter: UInt32 = 0
        var time: Int64 = 0
    }

    /// A request as the log is asked for it.
    enum Request: Sendable {
        case commit(branch: BranchID, base: UInt64, content: Version, merged: UInt64?, metadata: [UInt8]?)
        case fork(source: BranchID?, version: UInt64, branch: BranchID, metadata: [UInt8])
        case discard(BranchID)
        case move(branch: BranchID, target: UInt64, merged: UInt64?)
        case metadata(BranchID, [UInt8])
        case value(String, [UInt8]?)

        /// Versions that must be there.
        var versions: [UInt64] {
            switch self {
            case .commit(_, _, _, let merged, _): return merged.map { [$0] } ?? []
            case .fork(let source, let version, _, _): return source == nil ? [version] : []
            case .move(_, let target, let merged): return [target] + (merged.map { [$0] } ?? [])
            case .discard, .metadata, .value: return []
            }
        }
    }

    /// Ends of groups only: recovery never stops within one.
    var moments: [UInt64: Moment] = [0: Moment()]
    var versions: [UInt64: Version] = [0: Version()]
    /// The last record that may be on the disk.
    var issued: UInt64 = 0
    /// The last record that a caller was told of.
    var acknowledged: UInt64 = 0
    /// The last record that must survive a power loss.
    var durable: UInt64 = 0

    var last: Moment { moments[issued] ?? Moment() }

    /// Applies a request as record `lsn`; false if it is refused.
    mutating func apply(_ request: Request, lsn: UInt64, to moment: inout Moment) -> Bool {
        switch request {
        case .commit(let branch, let base, var content, let merged, let metadata):
            guard moment.heads[branch] == base else { return false }
            content.branch = branch
            content.parents = [base] + (merged.map { $0 == base ? [] : [$0] } ?? [])
            content.counter = (versions[base]?.counter ?? 0) &+ 1
            versions[lsn] = content
            moment.heads[branch] = lsn
            if let metadata { moment.metadata[branch] = metadata }
        case .fork(let source, let version, let branch, let metadata):
            guard moment.heads[branch] == nil else { return false }
            if let source {
                guard let head = moment.heads[source] else { return false }
                moment.heads[branch] = head
            } else {
                moment.heads[branch] = version
            }
            moment.generations[branch] = 0
            moment.metadata[branch] = metadata
        case .discard(let branch):
            guard branch != .main, moment.heads[branch] != nil else { return false }
            moment.heads[branch] = nil
            moment.generations[branch] = nil
            moment.metadata[branch] = nil
        case .move(let branch, let target, let merged):
            guard let head = moment.heads[branch], var version = versions[target] else { return false }
            version.branch = branch
            version.parents = [target] + (merged.map { $0 == target ? [] : [$0] } ?? [])
            version.counter = (versions[head]?.counter ?? 0) &+ 1
            versions[lsn] = version
            moment.heads[branch] = lsn
            moment.generations[branch, default: 0] += 1
        case .metadata(let branch, let bytes):
            guard moment.heads[branch] != nil else { return false }
            moment.metadata[branch] = bytes
        case .value(let key, let bytes):
            moment.values[key] = bytes
        }
        return true
    }

    /// Forgets the records after `lsn`.
    mutating func cut(after lsn: UInt64) {
        if issued > lsn {
            for k in lsn + 1 ... issued {
                moments[k] = nil
                versions[k] = nil
            }
        }
        issued = lsn
        acknowledged = min(acknowledged, lsn)
    }

    // MARK: ancestry

    /// The version and all its ancestors.
    func ancestors(of version: UInt64) -> Set<UInt64> {
        var seen: Set<UInt64> = [version]
        var stack = [version]
        while let next = stack.popLast() {
            for parent in versions[next]?.parents ?? [] where seen.insert(parent).inserted { stack.append(parent) }
        }
        return seen
    }

    /// The common ancestors that are ancestors of no other, newest first.
    func mergeBases(_ a: UInt64, _ b: UInt64) -> [UInt64] {
        let common = ancestors(of: a).intersection(ancestors(of: b)).sorted(by: >)
        var covered: Set<UInt64> = []
        var best: [UInt64] = []
        for version in common where !covered.contains(version) {
            best.append(version)
            covered.formUnion(ancestors(of: version))
        }
        return best
    }

    // MARK: pages

    static func page(_ tag: UInt64) -> [UInt8] {
        // Pages of near tags differ a little only, so that some are kept as differences.
        var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: tag / 64), count: Profile.pageSize)
        bytes.withUnsafeMutableBytes { buffer in
            buffer.storeBytes(of: tag, toByteOffset: 200, as: UInt64.self)
            buffer.storeBytes(of: tag, toByteOffset: 1000, as: UInt64.self)
        }
        return bytes
    }

    /// The tag of a page, or nil if its halves do not fit together.
    static func tag(_ bytes: UnsafeRawPointer) -> UInt64? {
        let first = bytes.loadUnaligned(fromByteOffset: 200, as: UInt64.self)
        return first == bytes.loadUnaligned(fromByteOffset: 1000, as: UInt64.self) ? first : nil
    }
}
