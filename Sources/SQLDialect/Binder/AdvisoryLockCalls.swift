extension Binder {
    /// `pg_advisory_lock(…)` and its relatives; nil when the call is none of them.
    func bindAdvisoryLock(_ key: String, _ call: FunctionCall, _ arguments: [Bound], range: SourceRange) throws(SQLError) -> Bound? {
        let target: String
        var isShared = false, isOfTransaction = false
        switch key {
        case "pg_advisory_unlock_all": target = "bl_advisory_unlock_all"
        case "pg_advisory_unlock", "pg_advisory_unlock_shared":
            target = "bl_advisory_unlock"
            isShared = key.hasSuffix("_shared")
        case "pg_advisory_lock", "pg_advisory_lock_shared", "pg_advisory_xact_lock", "pg_advisory_xact_lock_shared", "pg_try_advisory_lock",
            "pg_try_advisory_lock_shared", "pg_try_advisory_xact_lock", "pg_try_advisory_xact_lock_shared":
            target = key.hasPrefix("pg_try_") ? "bl_advisory_try" : "bl_advisory_lock"
            isShared = key.hasSuffix("_shared")
            isOfTransaction = key.contains("_xact_")
        default: return nil
        }
        if isStoring { throw unsupported("The advisory lock \(call.name.name.text) in what is stored", at: range) }
        usesAdvisoryLocks = true
        guard target != "bl_advisory_unlock_all" else {
            guard arguments.isEmpty else { throw wrongArguments(call, arguments, range: range) }
            return Bound(.call(target, range: range), .varchar, nullable: false)
        }
        guard (1...2).contains(arguments.count) else { throw wrongArguments(call, arguments, range: range) }
        let type: DuckType = arguments.count == 1 ? .bigint : .integer
        let numbers = try arguments.map { (argument) throws(SQLError) in try implicit(argument, to: type, in: call.name.name.text).expr }
        let all: [Expr] = [.integer(isShared ? 1 : 0), .integer(isOfTransaction ? 1 : 0)] + numbers
        return Bound(Expr(.call(FunctionCall(target, all)), range: range), target == "bl_advisory_lock" ? .varchar : .boolean)
    }
}
