import CSQLite

/// What the functions of one connection share: the transaction's time, the state of `random()`, and the session they run for.
///
/// Belongs to one connection and is used only on that connection's thread.
public final class FunctionContext {
    private var micros: Int64?
    var random: RandomSource
    /// The session that the connection works for; nil in a pool.
    public weak var caller: (any StatementCaller)?

    public init() {
        micros = nil
        random = RandomSource(seed: UInt64.random(in: .min ... .max))
    }

    /// The time `now()` and its like answer: microseconds since 1970-01-01 UTC, read from the system's clock at the first
    /// use after `endMoment()` and then constant.
    public var now: Int64 {
        if let micros { return micros }
        let current = SystemClock.nowMicros()
        micros = current
        return current
    }

    /// Ends the time that `now()` holds on to: called by the connection when a transaction (or a statement outside one) ends.
    public func endMoment() { micros = nil }

    /// Fixes the time, for tests and for replaying.
    public func setMoment(micros: Int64) { self.micros = micros }
}

typealias ScalarCallback = @Sendable @convention(c) (OpaquePointer?, Int32, UnsafeMutablePointer<OpaquePointer?>?) -> Void
typealias FinalCallback = @Sendable @convention(c) (OpaquePointer?) -> Void

/// One SQL function as SQLite is told of it.
struct FunctionDefinition: Sendable {
    enum Body: Sendable {
        case scalar(ScalarCallback)
        /// `value` and `inverse` are present when the function works over a moving window.
        case aggregate(step: ScalarCallback, final: FinalCallback, value: FinalCallback?, inverse: ScalarCallback?)
    }

    var name: String
    /// -1: any number.
    var argumentCount: Int32
    var flags: Int32
    /// Reaches the callback as its user data; meaning is the callback's own.
    var tag: Int
    /// The callback wants the connection's `FunctionContext` instead of a tag.
    var needsContext: Bool
    var body: Body
}

/// All SQL functions and aggregates that lowered SQL may call; every name starts with `bl_`.
public enum FunctionRegistry {
    /// Everything there is, in registration order.
    static let definitions: [FunctionDefinition] = {
        var list = FunctionList()
        list.addCasts()
        list.addIntegers()
        list.addDecimals()
        list.addDoubles()
        list.addDateParts()
        list.addDateArithmetic()
        list.addTimeFunctions()
        list.addStrings()
        list.addStringSearch()
        list.addStringEncodings()
        list.addSimilarities()
        list.addRegularExpressions()
        list.addFormatting()
        list.addGeneral()
        list.addCatalog()
        list.addJSON()
        list.addAggregates()
        list.addStatistics()
        list.addQuantiles()
        list.addOrderedAggregates()
        list.addLists()
        list.addListAggregates()
        list.addPostgreSQL()
        list.addCaller()
        list.addNumberPatterns()
        list.addJSONDocuments()
        list.addExports()
        return list.definitions
    }()

    private static let byName: [String: [FunctionDefinition]] = Dictionary(grouping: definitions, by: \.name)

    /// Names of all functions, sorted.
    public static var names: [String] { byName.keys.sorted() }

    /// Is there a function of that name (in lower case)?
    public static func contains(_ name: String) -> Bool { byName[name] != nil }

    /// Registers every function on the connection. The context is kept alive by SQLite until the connection closes.
    /// - Returns: `SQLITE_OK`, or SQLite's error code when it runs out of memory.
    @discardableResult
    public static func register(on db: OpaquePointer, context: FunctionContext) -> Int32 {
        for definition in definitions {
            let code = register(definition, on: db, context: context)
            if code != SQLITE_OK { return code }
        }
        return SQLITE_OK
    }

    /// Registers the functions of one name, for connections that register on demand (on "no such function").
    /// - Returns: whether there is such a function and SQLite took it.
    public static func register(named name: String, on db: OpaquePointer, context: FunctionContext) -> Bool {
        guard let definitions = byName[name.lowercased()] else { return false }
        return definitions.allSatisfy { register($0, on: db, context: context) == SQLITE_OK }
    }

    private static func register(_ definition: FunctionDefinition, on db: OpaquePointer, context: FunctionContext) -> Int32 {
        let userData: UnsafeMutableRawPointer?
        let destroy: (@convention(c) (UnsafeMutableRawPointer?) -> Void)?
        if definition.needsContext {
            userData = Unmanaged.passRetained(context).toOpaque()
            destroy = { pointer in if let pointer { Unmanaged<FunctionContext>.fromOpaque(pointer).release() } }
        } else {
            userData = UnsafeMutableRawPointer(bitPattern: definition.tag)
            destroy = nil
        }
        let flags = SQLITE_UTF8 | definition.flags
        switch definition.body {
        case .scalar(let callback):
            return sqlite3_create_function_v2(
                db, definition.name, definition.argumentCount, flags, userData, callback, nil, nil, destroy)
        case .aggregate(let step, let final, let value, let inverse):
            return sqlite3_create_window_function(
                db, definition.name, definition.argumentCount, flags, userData, step, final, value, inverse, destroy)
        }
    }
}

/// Collects definitions; the families of functions extend it with what they provide.
struct FunctionList {
    private(set) var definitions: [FunctionDefinition] = []

    private static let pure = SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS

    /// A function whose result depends on nothing but its arguments.
    mutating func scalar(_ name: String, _ argumentCount: Int32, tag: Int = 0, _ callback: @escaping ScalarCallback) {
        definitions.append(FunctionDefinition(
            name: name, argumentCount: argumentCount, flags: FunctionList.pure, tag: tag, needsContext: false, body: .scalar(callback)))
    }

    /// A function that reads the connection's context: the clock or the random source.
    mutating func contextual(_ name: String, _ argumentCount: Int32, _ callback: @escaping ScalarCallback) {
        definitions.append(FunctionDefinition(
            name: name, argumentCount: argumentCount, flags: SQLITE_INNOCUOUS, tag: 0, needsContext: true, body: .scalar(callback)))
    }

    /// A function whose result may be another each time.
    mutating func volatile(_ name: String, _ argumentCount: Int32, _ callback: @escaping ScalarCallback) {
        definitions.append(FunctionDefinition(
            name: name, argumentCount: argumentCount, flags: SQLITE_INNOCUOUS, tag: 0, needsContext: false, body: .scalar(callback)))
    }

    mutating func aggregate(
        _ name: String, _ argumentCount: Int32, tag: Int = 0, step: @escaping ScalarCallback, final: @escaping FinalCallback,
        value: FinalCallback? = nil, inverse: ScalarCallback? = nil
    ) {
        definitions.append(FunctionDefinition(
            name: name, argumentCount: argumentCount, flags: FunctionList.pure, tag: tag, needsContext: false,
            body: .aggregate(step: step, final: final, value: value, inverse: inverse)))
    }
}
