/// A lock that sessions agree on by a number (https://www.postgresql.org/docs/15/explicit-locking.html#ADVISORY-LOCKS), as one asks for it.
public struct AdvisoryLockRequest: Sendable, Hashable {
    /// Two numbers of 32 bits, or one of 64: they are told apart.
    public var isPair: Bool
    public var number: Int64
    public var isShared: Bool
    /// Held to the end of the transaction; else until it is unlocked or the session ends.
    public var isOfTransaction: Bool

    public init(isPair: Bool = false, number: Int64, isShared: Bool = false, isOfTransaction: Bool = false) {
        self.isPair = isPair
        self.number = number
        self.isShared = isShared
        self.isOfTransaction = isOfTransaction
    }
}

/// The session that a connection works for, as SQL functions see it: what they ask of it and do in its name. Used on its thread.
public protocol StatementCaller: AnyObject {
    /// What `pg_backend_pid()` says.
    var processID: Int32 { get }
    /// The number of the session's transaction; nil where it has none yet and none is to be given.
    func transactionID(assigning: Bool) -> Int64?
    /// Stops the statement of another session, or ends it.
    /// - Returns: false when there is no such session.
    /// - Throws: `BL_DENIED`.
    func signalBackend(_ processID: Int64, terminates: Bool) throws(EngineError) -> Bool
    /// Changes a setting; nil: back to its default.
    /// - Returns: what it is then.
    func setSetting(_ name: String, to value: String?, isLocal: Bool) throws(EngineError) -> String
    /// Takes a lock if nobody is in its way.
    func tryLock(_ request: AdvisoryLockRequest) -> Bool
    /// Takes a lock, waiting for those who hold it.
    ///
    /// - Parameter isStopped: asked now and then whether to give up
    /// - Returns: false when `isStopped` said so.
    /// - Throws: `BL_BUSY` after the session's limit, `BL_DEADLOCK` when sessions wait for each other.
    func lock(_ request: AdvisoryLockRequest, isStopped: () -> Bool) throws(EngineError) -> Bool
    /// Gives back a lock of the session; false when it holds none such.
    func unlock(_ request: AdvisoryLockRequest) -> Bool
    func unlockAll()
}
