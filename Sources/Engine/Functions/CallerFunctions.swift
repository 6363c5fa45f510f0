import CSQLite

extension FunctionList {
    /// Functions that ask something of the session which runs the statement, or do something in its name.
    mutating func addCaller() {
        contextual("bl_backend_pid", 0) { context, count, arguments in
            answer(context, count, arguments) { call, caller in call.result(Int64(caller.processID)) }
        }
        // Whether to give the transaction a number if it has none.
        contextual("bl_transaction_id", 1) { context, count, arguments in
            answer(context, count, arguments) { call, caller in
                if let number = caller.transactionID(assigning: call.int(0) != 0) { call.result(number) }
            }
        }
        // The name, the value, and whether it holds for the transaction only.
        contextual("bl_set_config", 3) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), !call.isNull(0), let caller = call.withFunctionContext({ $0.caller }) ?? nil else { return }
            do throws(EngineError) {
                let value = try caller.setSetting(call.string(0), to: call.isNull(1) ? nil : call.string(1), isLocal: !call.isNull(2) && call.int(2) != 0)
                call.result(text: value)
            } catch {
                call.fail("\(error.code): \(error.message)")
            }
        }
        // The other session's number, and whether it is to end.
        contextual("bl_signal_backend", 2) { context, count, arguments in
            answer(context, count, arguments) { (call, caller) throws(EngineError) in
                call.result(try caller.signalBackend(call.int(0), terminates: call.int(1) != 0))
            }
        }
        // For locks: whether it is shared, whether it is the transaction's, and one number or two.
        contextual("bl_advisory_lock", -1) { context, count, arguments in
            answer(context, count, arguments) { (call, caller) throws(EngineError) in
                let control = sqlite3_context_db_handle(call.context).flatMap { ConnectionControl.of($0) }
                if try caller.lock(lockRequest(call), isStopped: { control?.shouldStop ?? false }) {
                    call.result(text: "")
                } else {
                    sqlite3_result_error_code(call.context, SQLITE_INTERRUPT)
                }
            }
        }
        contextual("bl_advisory_try", -1) { context, count, arguments in
            answer(context, count, arguments) { call, caller in call.result(caller.tryLock(lockRequest(call))) }
        }
        contextual("bl_advisory_unlock", -1) { context, count, arguments in
            answer(context, count, arguments) { call, caller in call.result(caller.unlock(lockRequest(call))) }
        }
        contextual("bl_advisory_unlock_all", 0) { context, count, arguments in
            answer(context, count, arguments) { call, caller in
                caller.unlockAll()
                call.result(text: "")
            }
        }
    }
}

/// Runs `body` with the session, unless an argument is NULL.
private func answer(
    _ context: OpaquePointer?, _ count: Int32, _ arguments: UnsafeMutablePointer<OpaquePointer?>?,
    _ body: (Call, any StatementCaller) throws(EngineError) -> Void
) {
    guard let call = Call(context, count, arguments) else { return }
    guard let caller = call.withFunctionContext({ $0.caller }) ?? nil else {
        call.fail("BL_UNSUPPORTED: this function belongs to a session, and there is none here")
        return
    }
    do throws(EngineError) {
        try body(call, caller)
    } catch {
        call.fail("\(error.code): \(error.message)")
    }
}

private func lockRequest(_ call: Call) -> AdvisoryLockRequest {
    let isPair = call.count > 3
    let first = call.count > 2 ? call.int(2) : 0
    return AdvisoryLockRequest(
        isPair: isPair, number: isPair ? first << 32 | call.int(3) & 0xFFFF_FFFF : first, isShared: call.int(0) != 0, isOfTransaction: call.int(1) != 0)
}
