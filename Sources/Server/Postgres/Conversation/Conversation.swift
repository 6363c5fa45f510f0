import Branching
import Engine
import SQLDialect

/// One client's conversation: takes its bytes, runs what they ask for, writes the answers.
///
/// Confined to the connection's `EngineThread`, where SQLite may block for as long as it has to; the network lives elsewhere.
final class Conversation {
    let state: ServerState
    let client: any ClientConnection
    let thread: EngineThread
    private let cancelSlot: CancelSlot
    /// When the last message was done with.
    private(set) var lastActivity = ContinuousClock.now
    private var decoder: MessageDecoder
    var machine = PostgresMachine()
    let out = OutputBuffer()

    var session: StatementSession?
    var cancelKey: CancelKey?
    var principal = Principal.local
    var startup: FrontendMessage.Startup?
    var login: LoginExchange?

    var statements: [String: PreparedQuery] = [:]
    var portals: [String: Portal] = [:]
    var block = TransactionBlock.none
    let shapes = ShapeCache()
    var copy: CopyIn?
    /// Statements of the simple query that the COPY interrupts; nil in the extended protocol.
    var copyRest: ArraySlice<StatementText>?
    var copySource = ""
    /// Settings as they were last reported to the client.
    var reported: [String: String] = [:]
    private var reportedRevision = -1

    init(state: ServerState, client: any ClientConnection, thread: EngineThread, cancelSlot: CancelSlot = CancelSlot()) {
        self.cancelSlot = cancelSlot
        self.state = state
        self.client = client
        self.thread = thread
        decoder = MessageDecoder(limits: state.limits)
    }

    /// Takes bytes of the client and does what they ask.
    func receive(_ bytes: some Collection<UInt8>) {
        defer {
            lastActivity = ContinuousClock.now
        }
        decoder.append(bytes)
        while !machine.isClosed {
            do throws(ProtocolError) {
                guard let message = try decoder.next() else { break }
                perform(machine.receive(message))
            } catch {
                end(with: error)
            }
        }
        flush()
        if machine.isClosed { client.close() }
    }

    /// The client is gone.
    func disconnect() {
        machine.finish(.ended)
        closeSession()
    }

    /// The server is stopping: tells the client, if no transaction is under way or `force` is set.
    /// - Returns: false when the client is to be left alone for now.
    func shutDown(force: Bool) -> Bool {
        if machine.isClosed { return true }
        if !force, block != .none || copy != nil { return false }
        report(ErrorReport(severity: .fatal, sqlState: "57P01", message: "terminating connection due to administrator command", code: "BL_SHUTTING_DOWN"))
        machine.finish(.ended)
        flush()
        closeSession()
        client.close()
        return true
    }

    /// Ends the connection with an error.
    func terminate(_ report: ErrorReport) {
        guard !machine.isClosed else { return }
        var report = report
        report.severity = .fatal
        self.report(report)
        machine.finish(.ended)
        flush()
        closeSession()
        client.close()
    }

    private func closeSession() {
        closePortals()
        copy?.abort()
        copy = nil
        if let cancelKey { state.leave(cancelKey) }
        cancelKey = nil
        cancelSlot.set(nil)
        session?.close()
        session = nil
    }

    // MARK: - Actions

    private func perform(_ action: PostgresMachine.Action) {
        switch action {
        case .ignore: break
        case .answerTLSRequest:
            // What came behind the request in the clear could be another's, who stands between the client and us (CVE-2021-23214).
            if decoder.pendingBytes > 0 { refusePlainBytes() } else { answerTLSRequest() }
        case .refuseGSS:
            out.append(UInt8(ascii: "N"))
            flush()
        case .cancel(let key):
            state.cancel(key)
            machine.finish(.ended)
        case .start(let startup): start(startup)
        case .authenticate(let bytes): authenticate(bytes)
        case .query(let sql): simpleQuery(sql)
        case .parse(let parse): attempt(parse.sql) { () throws(BranchLiteError) in try self.parse(parse) }
        case .bind(let bind): attempt(statements[bind.statement]?.source) { () throws(BranchLiteError) in try self.bind(bind) }
        case .describe(let target, let name): attempt(nil) { () throws(BranchLiteError) in try self.describe(target, name) }
        case .execute(let portal, let maximumRows):
            let follows = decoder.nextType.map { $0 != UInt8(ascii: "S") } ?? true
            attempt(portals[portal]?.query.source) { () throws(BranchLiteError) in try self.execute(portal, maximumRows, moreFollows: follows) }
        case .close(let target, let name): close(target, name)
        case .sync: sync()
        case .flush: flush()
        case .copyData(let bytes): copyData(bytes)
        case .copyDone: copyDone()
        case .copyFail(let reason): copyFail(reason)
        case .fail(let error):
            report(ErrorReport(sqlState: error.sqlState, message: error.message, code: "BL_PROTOCOL"))
            failBlock()
            let wasCopying = copy != nil
            copy?.abort()
            copy = nil
            machine.finish(.failed)
            if machine.phase == .ready, wasCopying || error.sqlState == "0A000" { ready() }
        case .end(let error):
            if let error { end(with: error) } else { closeSession() }
        }
    }

    /// Runs a step of the extended protocol; an error is reported, and the rest up to Sync passed over.
    private func attempt(_ source: String?, _ body: () throws(BranchLiteError) -> Void) {
        do throws(BranchLiteError) {
            try body()
            if case .copyingIn = machine.phase { return }
            machine.finish(copy == nil ? .done : .copyingIn)
        } catch {
            fail(error, source: source)
        }
    }

    /// Reports an error, which ends the transaction's usefulness.
    func fail(_ error: BranchLiteError, source: String?) {
        report(SQLState.report(error, source: source))
        failBlock()
        machine.finish(.failed)
    }

    /// Ends a connection on which bytes came in the clear after it had asked for TLS.
    func refusePlainBytes() {
        guard !machine.isClosed else { return }
        end(with: ProtocolError(message: "received unencrypted data after SSL request"))
        out.clear()
        client.close()
    }

    private func end(with error: ProtocolError) {
        report(ErrorReport(severity: .fatal, sqlState: error.sqlState, message: error.message, code: "BL_PROTOCOL"))
        machine.finish(.ended)
        closeSession()
    }

    func report(_ report: ErrorReport) { out.error(report) }

    // MARK: - Sending

    /// Sends what has been written. A client that is gone ends the conversation.
    func flush() {
        guard !out.isEmpty else { return }
        do throws(EngineError) {
            try client.send(out.bytes)
        } catch {
            machine.finish(.ended)
        }
        out.clear()
    }

    func ready() {
        reportSettings()
        out.readyForQuery(block.status)
    }

    /// Tells the client of settings that have changed since it was last told.
    private func reportSettings() {
        guard let session, session.settingsRevision != reportedRevision else { return }
        reportedRevision = session.settingsRevision
        for name in ReportedSettings.names {
            guard let value = ReportedSettings.value(name, session), reported[name] != value else { continue }
            reported[name] = value
            out.parameterStatus(name, value)
        }
    }

    func authenticated(_ session: StatementSession) {
        decoder.isAuthenticated = true
        cancelSlot.set(session.cancelHandle)
    }
}

/// Settings whose values a client is told of without asking
/// (https://www.postgresql.org/docs/15/protocol-flow.html, "Asynchronous Operations").
enum ReportedSettings {
    static let names = [
        "server_version", "server_encoding", "client_encoding", "application_name", "is_superuser", "session_authorization", "DateStyle", "IntervalStyle",
        "TimeZone", "integer_datetimes", "standard_conforming_strings", "default_transaction_read_only", "in_hot_standby",
    ]

    static func value(_ name: String, _ session: StatementSession) -> String? {
        switch name {
        case "is_superuser": "on"
        case "in_hot_standby": "off"
        default: session.setting(name)
        }
    }
}
