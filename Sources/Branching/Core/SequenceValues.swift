import Engine
import PageStore
import Synchronization

/// Where the sequences of a store stand, and what each session took last from them. Thread-safe.
///
/// With `BRANCHLITE_GLOBAL_IDS` on, a sequence has one state for all branches, under its name: two branches never get the same
/// value. It goes back (`setval`, `RESTART`, made again) only while there is no branch beside main. With it off, each branch has
/// a state of its own, which begins as its parent's.
///
/// What is written is ahead of what was handed out: after a crash the rest is skipped, never repeated.
final class SequenceValues: SequenceSource {
    /// Values that one write covers.
    private static let ahead = 32

    private struct State {
        var value: Int64
        var isCalled: Bool
        /// How many more values what is written covers.
        var covered = 0
    }

    private struct Memory {
        var values: [String: Int64] = [:]
        var last: Int64?
    }

    private let states = Mutex<[String: State]>([:])
    private let memories = Mutex<[String: Memory]>([:])
    private let store: Store
    private let ids: GlobalIDs
    private let isGlobal: Bool
    /// Known when the store is open: the branches' tree.
    private let registry = Mutex<Registry?>(nil)

    init(store: Store, ids: GlobalIDs, isGlobal: Bool) {
        self.store = store
        self.ids = ids
        self.isGlobal = isGlobal
    }

    func use(_ registry: Registry) { self.registry.withLock { $0 = registry } }

    /// The text by which statements name a session and its branch.
    static func sessionKey(_ number: UInt64, _ branch: BranchID) -> String { "\(number)@\(branch.hex)" }

    private static func number(_ session: String) -> String { String(session.prefix { $0 != "@" }) }
    private static func branch(_ session: String) -> BranchID? { session.firstIndex(of: "@").flatMap { BranchID(hex: String(session[session.index(after: $0)...])) } }

    func forget(session number: UInt64) { memories.withLock { $0["\(number)"] = nil } }

    // MARK: - SequenceSource

    func next(_ step: SequenceStep, session: String?) throws(EngineError) -> Int64 {
        let value = try states.withLock { states throws(EngineError) in
            let key = storeKey(step.key, session)
            var state = states[key] ?? loaded(step.key, session, states) ?? State(value: step.start, isCalled: false)
            let value = try SequenceValues.following(state, step)
            state.value = value
            state.isCalled = true
            if state.covered > 0 { state.covered -= 1 } else {
                // What is written says that the values up to it are taken.
                var (mark, covered) = (State(value: value, isCalled: true), 0)
                while covered < SequenceValues.ahead, !step.cycles, let more = try? SequenceValues.following(mark, step) {
                    mark.value = more
                    covered += 1
                }
                try write(mark, key)
                state.covered = covered
            }
            states[key] = state
            return value
        }
        note(value, of: step.key, session: session)
        return value
    }

    private static func following(_ state: State, _ step: SequenceStep) throws(EngineError) -> Int64 {
        guard state.isCalled else { return min(max(state.value, step.minimum), step.maximum) }
        let (sum, overflow) = state.value.addingReportingOverflow(step.increment)
        if !overflow, sum >= step.minimum, sum <= step.maximum { return sum }
        if !overflow, step.increment > 0, sum < step.minimum { return step.minimum }
        if !overflow, step.increment < 0, sum > step.maximum { return step.maximum }
        if step.cycles { return step.increment > 0 ? step.minimum : step.maximum }
        let name = step.key.split(separator: "/", maxSplits: 1).last ?? ""
        throw EngineError(
            code: "BL_SEQUENCE_LIMIT",
            message: "nextval: reached \(step.increment > 0 ? "maximum" : "minimum") value of sequence \"\(name)\" (\(step.increment > 0 ? step.maximum : step.minimum))")
    }

    func current(_ key: String, session: String?) -> Int64? {
        guard let session else { return nil }
        return memories.withLock { $0[SequenceValues.number(session)]?.values[key] }
    }

    func last(session: String?) -> Int64? {
        guard let session else { return nil }
        return memories.withLock { $0[SequenceValues.number(session)]?.last }
    }

    func note(_ value: Int64, of key: String, session: String?) {
        guard let session else { return }
        memories.withLock { memories in
            memories[SequenceValues.number(session), default: Memory()].values[key] = value
            memories[SequenceValues.number(session), default: Memory()].last = value
        }
    }

    func set(_ key: String, to value: Int64, isCalled: Bool, increment: Int64, session: String?) throws(EngineError) {
        if key.hasPrefix("ids/") {
            let next = isCalled && value < .max ? value + 1 : value
            do throws(BranchLiteError) {
                try ids.continue(at: next, table: String(key.dropFirst("ids/".count)), mayGoBack: mayGoBack)
            } catch {
                throw EngineError(code: error.code, message: error.message)
            }
        } else {
            try states.withLock { states throws(EngineError) in
                let stored = storeKey(key, session)
                let wanted = State(value: value, isCalled: isCalled)
                if let known = states[stored] ?? loaded(key, session, states), !mayGoBack {
                    func position(_ state: State) -> Int64 { state.isCalled ? state.value.addingReportingOverflow(increment).partialValue : state.value }
                    let isBehind = increment > 0 ? position(wanted) < position(known) : position(wanted) > position(known)
                    if isBehind { return }
                }
                try write(wanted, stored)
                states[stored] = wanted
            }
        }
        if isCalled, let session {
            memories.withLock { $0[SequenceValues.number(session), default: Memory()].values[key] = value }
        }
    }

    func state(_ key: String, session: String?) -> (value: Int64, isCalled: Bool)? {
        states.withLock { states in states[storeKey(key, session)] ?? loaded(key, session, states) }.map { ($0.value, $0.isCalled) }
    }

    func move(_ key: String, to new: String, session: String?) throws(EngineError) {
        try states.withLock { states throws(EngineError) in
            guard let state = states[storeKey(key, session)] ?? loaded(key, session, states) else { return }
            let stored = storeKey(new, session)
            try write(State(value: state.value, isCalled: state.isCalled), stored)
            states[stored] = State(value: state.value, isCalled: state.isCalled)
        }
    }

    // MARK: - The store

    /// Whether a value that was given may be given again: no other branch can have it, or each has its own.
    private var mayGoBack: Bool { !isGlobal || registry.withLock { $0 }?.hasOnlyMain ?? true }

    private func storeKey(_ key: String, _ session: String?) -> String {
        let key = GlobalIDs.bounded(key)
        guard !isGlobal, let session, let branch = SequenceValues.branch(session) else { return key }
        return key + "@" + branch.hex
    }

    /// What is written of a sequence; in a branch of its own the parent's before the branch has one.
    private func loaded(_ key: String, _ session: String?, _ states: [String: State]) -> State? {
        if isGlobal { return read(GlobalIDs.bounded(key)) }
        var branch = session.flatMap { SequenceValues.branch($0) }
        let registry = registry.withLock { $0 }
        for _ in 0..<1_000 {
            guard let id = branch else { break }
            let stored = GlobalIDs.bounded(key) + "@" + id.hex
            if let known = states[stored] { return State(value: known.value, isCalled: known.isCalled) }
            if let state = read(stored) { return state }
            branch = registry?.entry(id)?.record.parent
        }
        return read(GlobalIDs.bounded(key))
    }

    private func read(_ key: String) -> State? {
        guard let bytes = store.storeValue(key) else { return nil }
        var reader = ByteReader(bytes)
        guard let value = try? reader.signed(), let isCalled = try? reader.signed() else { return nil }
        return State(value: value, isCalled: isCalled != 0)
    }

    private func write(_ state: State, _ key: String) throws(EngineError) {
        var writer = ByteWriter()
        writer.put(state.value)
        writer.put(Int64(state.isCalled ? 1 : 0))
        do throws(StoreError) {
            try store.setStoreValue(key, writer.bytes)
        } catch {
            throw EngineError(code: "BL_IO", message: "the sequence's value cannot be kept: \(error)")
        }
    }
}
