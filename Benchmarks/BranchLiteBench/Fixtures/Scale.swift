/// How much data and how many rounds a run of the store suite takes.
struct Scale {
    /// A run of seconds on little data, to see that the suite works: its figures mean nothing.
    var isQuick = false
    /// Interleaved rounds of which the median counts.
    var rounds = 7
    /// Rows of the table that is written and of which points are read: 10 times the cache.
    var rows = 1_000_000
    /// Rows of the table that fits into the cache.
    var cachedRows = 100_000
    /// Page cache of both sides for point reads, in KiB.
    var cacheKiB = 12 << 10
    /// Bytes of rows in the large store.
    var largeBytes = 1 << 30
    /// Bytes it is made grow to for opening and forks.
    var hugeBytes = 10 << 30
    /// Commits with a sync each, of a round's worth.
    var syncedCommits = 1_000
    /// Commits of a round without.
    var commits = 10_000
    var lookups = 50_000
    var depths = [1, 10, 100, 1_000, 10_000]
    var branchCounts = [1, 1_000, 10_000, 100_000]
    /// Branches with ten changed rows each that live at once.
    var manyBranches = 100_000
    var openBranches = 10_000
    /// Rows of the tables that are compared.
    var diffSizes = [100_000, 1_000_000, 10_000_000]
    /// Rows that both sides of a merge change.
    var mergedRows = 10_000_000
    /// Rounds of create, write, discard.
    var loopRounds = 10_000

    /// Commits with a sync each go in more and shorter rounds: now and then a sync takes fifty times as long as the others, and the
    /// median is to be that of rounds without.
    var syncedRounds: (rounds: Int, commits: Int) {
        let parts = isQuick ? 1 : 4
        return (rounds * parts, syncedCommits / parts)
    }

    static let quick = Scale(
        isQuick: true, rounds: 1, rows: 5_000, cachedRows: 500, cacheKiB: 60, largeBytes: 2 << 20, hugeBytes: 4 << 20,
        syncedCommits: 50, commits: 100, lookups: 200, depths: [1, 10, 30], branchCounts: [1, 50], manyBranches: 50, openBranches: 50, diffSizes: [1_000, 5_000], mergedRows: 20_000,
        loopRounds: 200)

    /// The page cache of rows that are not about the cache: SQLite's default.
    static let defaultCacheKiB = 2_000
}
