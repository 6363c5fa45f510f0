/// The rules that keep the store right, by the names that `docs/store-format.md` gives them.
///
/// Each is enforced in one place. In debug builds a test may switch one off for one store, to see that the crash
/// simulation notices; release builds always obey all of them.
enum Rule: UInt32, CaseIterable, Sendable {
    /// Images that nobody vouched for are read and compared before a record is believed.
    case verify
    /// Large commits sync their images before their record is written.
    case presync
    /// Images of groups that are known to be durable are not read at recovery.
    case watermark
    /// A damaged group that a later one calls durable is an error, not the end of the log.
    case rotlog
    /// Superblocks are written twice.
    case mirror
    /// Freed slots wait for the next durable checkpoint.
    case quarantine
    /// Groups carry the log's nonce and the checksum of the group before.
    case chain
    /// A checkpoint's free map does not count slots in flight.
    case inflight
    /// All that a superblock names is durable before it is written.
    case nodesync
    /// A superblock is durable before anything that only the older one needs is released.
    case sbsync
    /// Versions with several children stay.
    case branching
    /// No version is dropped while a checkpoint walks the versions.
    case dropwait
    /// Pinned versions stay.
    case pins
    /// Freed slots wait for read-only openers of older generations.
    case ropin
    /// A read-only opener makes sure that the generation it announced still is the newest.
    case rorecheck
    /// Recovery makes the superblock durable that it found.
    case resb
    /// Recovery copies images that may be in the cache only.
    case relocate
    /// After a failed sync the handle is dead.
    case poison
    /// A commit whose branch has moved on is refused.
    case stalehead
    /// The file is cut behind what is quarantined or in flight only.
    case truncate
    /// Commits leave the room that a checkpoint and a recovery may need.
    case reserve
    /// A checkpoint does not eat the reserve while old readers hold slots.
    case ckadmit
    /// A long log holds back writers.
    case logadmit
    /// The first checkpoint after recovery frees the old log.
    case oldlog
    /// Each freed slot is in one generation's list.
    case disjoint
    /// Recovery marks the log's extents before it hands out slots.
    case extmark
    /// A checkpoint's log position is that of what is published.
    case cutpos
    /// A new owner honours openers that outlived the old one.
    case roowner
    /// Recovery rewrites the superblock one copy at a time.
    case seqcopy
}

/// Which rules a store obeys: all of them, but for tests in debug builds.
struct RuleSwitches: Sendable {
    #if DEBUG
    private var off: UInt32 = 0

    /// All rules but these.
    init(without rules: Rule...) { for rule in rules { off |= 1 << rule.rawValue } }

    func isOff(_ rule: Rule) -> Bool { off >> rule.rawValue & 1 != 0 }
    var isMutated: Bool { off != 0 }
    #else
    init() {}

    @inline(__always) func isOff(_: Rule) -> Bool { false }
    #endif

    /// Without these rules versions lose nodes that are still in use: then nodes freed stay in memory, so that the
    /// simulation finds a wrong store rather than a dangling pointer.
    @inline(__always) var keepsFreedNodes: Bool { isOff(.pins) || isOff(.branching) || isOff(.dropwait) || isOff(.stalehead) }
}

/// Places at which a test may step in, in debug builds only.
struct TestHooks: Sendable {
    #if DEBUG
    /// A group is written (and synced if a request of it waits for that) but not published; no lock but the lead is held.
    var onGroupWritten: (@Sendable () -> Void)?

    /// Whether upkeep may run after a record now, where it is not the background thread's.
    var mayRunUpkeep: (@Sendable () -> Bool)?

    /// Whether the thread is within a checkpoint, so that it must not wait for another one.
    var runsWithinCheckpoint: (@Sendable () -> Bool)?

    func groupWritten() { onGroupWritten?() }
    var allowsUpkeep: Bool { mayRunUpkeep?() ?? true }
    var isWithinCheckpoint: Bool { runsWithinCheckpoint?() ?? false }
    #else
    @inline(__always) func groupWritten() {}
    @inline(__always) var allowsUpkeep: Bool { true }
    @inline(__always) var isWithinCheckpoint: Bool { false }
    #endif
}
