import CSQLite
import PageStore
import Testing

@testable import Engine

/// A store in memory with an engine on it.
struct Fixture {
    let store: Store
    let engine: Engine

    init(options: EngineOptions = EngineOptions(), path: String = ":memory:") throws {
        var storeOptions = StoreOptions()
        storeOptions.sync = .off
        store = try Store.open(path: path, options: storeOptions)
        engine = try Engine(store: store, options: options)
    }

    /// Two connections to main, which has a table of two rows; the second waits for the writer slot for a moment only.
    static func withTwoConnections() throws -> (Fixture, Connection, Connection) {
        let fixture = try Fixture()
        let one = try fixture.connect()
        try one.execute("CREATE TABLE t(a INTEGER PRIMARY KEY, b INT); INSERT INTO t VALUES(1, 10), (2, 20)")
        let two = try fixture.connect()
        two.busyTimeout = .milliseconds(50)
        return (fixture, one, two)
    }

    func connect(_ branch: BranchID = .main, readOnly: Bool = false) throws -> Connection {
        try engine.checkout(.head(branch), readOnly: readOnly)
    }

    /// Forks main's (or another branch's) head.
    func fork(_ number: UInt64, of parent: BranchID = .main) throws -> BranchID {
        let id = BranchID(rawValue: number)
        _ = try store.forkHead(of: parent, as: id, metadata: [], durable: false)
        return id
    }
}

/// The code of the error that `body` throws; nil when it throws none.
func code(_ body: () throws -> Void) -> String? { failure(body)?.code }

/// The error that `body` throws; nil when it throws none.
func failure(_ body: () throws -> Void) -> EngineError? {
    do {
        try body()
        return nil
    } catch {
        return error as? EngineError ?? EngineError(code: "\(error)", message: "not an error of the Engine")
    }
}

extension Connection {
    /// The first column of the first row as an integer.
    func count(_ sql: String) throws -> Int64 {
        guard case .integer(let value)? = try query(sql).first?.first else { return -1 }
        return value
    }
}

/// A small seeded generator (SplitMix64), so that a failing test can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
