import CSQLite

/// A lock that sessions agree on by a number (https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS).
public struct AdvisoryLockKey: Sendable, Hashable {
    /// The text that stands for the database: numbers mean other locks in another.
    public var database: String
    /// Two numbers of 32 bits, or one of 64: they are told apart.
    public var isPair: Bool
    public var number: Int64

    public init(database: String, isPair: Bool, number: Int64) {
        self.database = database
        self.isPair = isPair
        self.number = number
    }
}

/// One lock asked for by a session.
public struct AdvisoryLockRequest: Sendable, Hashable {
    public var key: AdvisoryLockKey
    public var isShared: Bool
    /// Held to the end of the transaction; else until it is unlocked or the session ends.
    public var isOfTransaction: Bool

    public init(key: AdvisoryLockKey, isShared: Bool, isOfTransaction: Bool) {
        self.key = key
        self.isShared = isShared
        self.isOfTransaction = isOfTransaction
    }
}

/// Where the functions of advisory locks find the locks. A session is named by a number that the statement brings along.
public protocol AdvisoryLockSource: Sendable {
    /// Takes a lock if nobody is in its way.
    func tryLock(_ request: AdvisoryLockRequest, session: UInt64) -> Bool
    /// Takes a lock, waiting for those who hold it, on the calling thread.
    ///
    /// - Parameters:
    ///   - limit: how long it waits; nil: for ever
    ///   - isStopped: asked now and then whether to give up
    /// - Returns: false when `isStopped` said so.
    /// - Throws: `BL_BUSY` after the limit, `BL_DEADLOCK` when the sessions wait for each other.
    func lock(_ request: AdvisoryLockRequest, session: UInt64, limit: Duration?, isStopped: () -> Bool) throws(EngineError) -> Bool
    /// Gives back a lock of the session; false when it holds none such.
    func unlock(_ key: AdvisoryLockKey, isShared: Bool, session: UInt64) -> Bool
    func unlockAll(session: UInt64)
}

/// Registers `bl_advisory_lock`, `bl_advisory_try`, `bl_advisory_unlock` and `bl_advisory_unlock_all` on connections.
///
/// The first argument says who asks: `<session>@<branch>@<milliseconds>`, the last being how long it waits, empty for ever. Then for
/// locks come whether it is shared, whether it is the transaction's, and one number or two.
public enum AdvisoryLockFunctions {
    public static func register(_ source: any AdvisoryLockSource, on database: OpaquePointer) throws(EngineError) {
        for (name, body) in functions {
            let box = Unmanaged.passRetained(AdvisoryLockBox(source: source, body: body))
            let code = sqlite3_create_function_v2(
                database, name, -1, SQLITE_UTF8, box.toOpaque(),
                { context, count, arguments in
                    guard let call = Call(any: context, count, arguments), let data = sqlite3_user_data(context) else { return }
                    Unmanaged<AdvisoryLockBox>.fromOpaque(data)._withUnsafeGuaranteedRef { $0.run(call) }
                }, nil, nil,
                { data in if let data { Unmanaged<AdvisoryLockBox>.fromOpaque(data).release() } })
            if code != SQLITE_OK { throw EngineError(result: code, database: database) }
        }
    }

    fileprivate typealias Body = @Sendable (any AdvisoryLockSource, Call, Owner) -> Void

    private static let functions: [(String, Body)] = [
        ("bl_advisory_lock", { source, call, owner in
            guard let request = owner.request(call) else { return }
            let control = sqlite3_context_db_handle(call.context).flatMap { ConnectionControl.of($0) }
            do throws(EngineError) {
                if try source.lock(request, session: owner.session, limit: owner.limit, isStopped: { control?.shouldStop ?? false }) {
                    call.result(text: "")
                } else {
                    sqlite3_result_error_code(call.context, SQLITE_INTERRUPT)
                }
            } catch {
                call.fail("\(error.code): \(error.message)")
            }
        }),
        ("bl_advisory_try", { source, call, owner in
            guard let request = owner.request(call) else { return }
            call.result(source.tryLock(request, session: owner.session))
        }),
        ("bl_advisory_unlock", { source, call, owner in
            guard let request = owner.request(call) else { return }
            call.result(source.unlock(request.key, isShared: request.isShared, session: owner.session))
        }),
        ("bl_advisory_unlock_all", { source, call, owner in
            source.unlockAll(session: owner.session)
            call.result(text: "")
        }),
    ]

    /// Who asks, as the first argument says.
    fileprivate struct Owner {
        var session: UInt64
        var database: String
        var limit: Duration?

        init?(_ text: String) {
            let parts = text.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 3, let number = UInt64(parts[0]) else { return nil }
            session = number
            database = String(parts[1])
            limit = Int64(parts[2]).map { .milliseconds($0) }
        }

        /// The lock that the arguments ask for; nil, the result being NULL, when one of them is NULL.
        func request(_ call: Call) -> AdvisoryLockRequest? {
            guard (4...5).contains(call.count), !(1..<call.count).contains(where: call.isNull) else { return nil }
            let isPair = call.count == 5
            let number = isPair ? call.int(3) << 32 | call.int(4) & 0xFFFF_FFFF : call.int(3)
            return AdvisoryLockRequest(
                key: AdvisoryLockKey(database: database, isPair: isPair, number: number), isShared: call.int(1) != 0, isOfTransaction: call.int(2) != 0)
        }
    }
}

private final class AdvisoryLockBox {
    let source: any AdvisoryLockSource
    let body: AdvisoryLockFunctions.Body

    init(source: any AdvisoryLockSource, body: @escaping AdvisoryLockFunctions.Body) {
        self.source = source
        self.body = body
    }

    func run(_ call: Call) {
        guard call.count > 0, !call.isNull(0), let owner = AdvisoryLockFunctions.Owner(call.string(0)) else {
            call.fail("BL_UNSUPPORTED: advisory locks belong to a session and cannot stand in what is stored")
            return
        }
        body(source, call, owner)
    }
}
