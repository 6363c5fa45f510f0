import Branching
import SQLDialect

/// From the first byte to the first ReadyForQuery.
extension Conversation {
    func answerTLSRequest() {
        guard client.offersTLS else {
            out.append(UInt8(ascii: "N"))
            flush()
            return
        }
        client.startTLS()
        machine.finish(.tlsStarted)
    }

    func start(_ startup: FrontendMessage.Startup) {
        self.startup = startup
        guard let user = startup["user"], !user.isEmpty else {
            return refuse(ErrorReport(sqlState: "28000", message: "no PostgreSQL user name specified in startup packet"))
        }
        if let replication = startup["replication"], !["false", "off", "no", "0"].contains(replication.lowercased()) {
            return refuse(ErrorReport(sqlState: "0A000", message: "replication connections are not supported", code: "BL_UNSUPPORTED"))
        }
        let unknown = startup.parameters.map(\.name).filter { $0.hasPrefix("_pq_.") }
        if startup.minor > 0 || !unknown.isEmpty { out.negotiateProtocolVersion(minor: 0, unknown: unknown) }
        let peer = LoginPeer(user: user, address: client.address, isTLS: client.isEncrypted, isLoopback: client.isLoopback)
        let (exchange, step) = state.authenticator.begin(peer)
        login = exchange
        follow(step)
    }

    func authenticate(_ bytes: [UInt8]) {
        guard let step = login?.receive(bytes) else { return refuse(ErrorReport(sqlState: "08P01", message: "no authentication is under way", code: "BL_PROTOCOL")) }
        follow(step)
    }

    private func follow(_ step: LoginStep) {
        switch step {
        case .ask(let request):
            out.authentication(request)
            machine.finish(.challenged)
        case .accept(let principal, let messages):
            for message in messages { out.authentication(message) }
            self.principal = principal
            login = nil
            open()
        case .refuse(let failure):
            state.logger.info("login refused", metadata: ["user": "\(startup?["user"] ?? "")", "address": "\(client.address)", "reason": "\(failure.reason)"])
            var report = SQLState.report(failure.error)
            report.sqlState = failure.sqlState
            refuse(report)
        }
    }

    private func refuse(_ report: ErrorReport) {
        var report = report
        report.severity = .fatal
        self.report(report)
        machine.finish(.ended)
    }

    /// The client is who it says: opens its session on the branch it asked for.
    private func open() {
        guard let startup, let user = startup["user"] else { return }
        let database = startup["database"].flatMap { $0.isEmpty ? nil : $0 } ?? user
        do throws(BranchLiteError) {
            // Whatever is done here reads.
            if !principal.allows(.read) { throw ToolDispatcher.missingScope(.read, principal, "a PostgreSQL session") }
            let settings = try StartupSettings(startup)
            let branch = try branch(for: database, user: user)
            let thread = thread
            let conversation = ConversationHandle(self)
            let opened = try state.store.statementSession(
                SessionOptions(branch: branch, dialect: .duckdb, readOnly: !principal.allows(.write), origin: settings.applicationName ?? user),
                thread: thread,
                onExpiry: { thread.async { conversation.value?.session?.expireTransaction() } },
                onIdle: { thread.async { conversation.value?.session?.rest() } },
                onClose: { _ = try? await thread.run { conversation.value?.disconnect() } })
            session = opened
            opened.connectionName = database
            try opened.setAtStart("user", user)
            try opened.setAtStart("session_authorization", user)
            for setting in settings.values { try opened.setAtStart(setting.name, setting.value) }
            let key = state.enter(opened.cancelHandle)
            cancelKey = key
            opened.identify(Backend(processID: key.processID, principal: principal.id, isAdmin: principal.allows(.admin))) {
                thread.async {
                    conversation.value?.terminate(
                        ErrorReport(sqlState: "57P01", message: "terminating connection due to administrator command", code: "BL_TERMINATED"))
                }
            }
            authenticated(opened)
            machine.finish(.authenticated)
            for name in ReportedSettings.names {
                guard let value = ReportedSettings.value(name, opened) else { continue }
                reported[name] = value
                out.parameterStatus(name, value)
            }
            out.backendKeyData(key)
            out.readyForQuery(.idle)
            client.sessionHasBegun()
        } catch {
            refuse(SQLState.report(error))
        }
    }

    /// Databases that mean main unless a branch has that name: what clients of PostgreSQL and HatiData connect to by default.
    static let namesOfMain: Set<String> = ["main", "hatidata", "branchlite", "postgres", "default", "analytics", "iceberg_catalog"]

    private func branch(for database: String, user: String) throws(BranchLiteError) -> String {
        if state.store.hasBranch(database) { return database }
        if Conversation.namesOfMain.contains(database.lowercased()) || database == user { return "main" }
        // Says which branch may have been meant.
        return database
    }
}

/// A conversation that closures on its own thread may reach. Only there is `value` used.
final class ConversationHandle: @unchecked Sendable { // confined to the conversation's EngineThread
    weak var value: Conversation?
    init(_ value: Conversation) { self.value = value }
}

/// Settings that a client sends on connecting: as start-up parameters, and in `options` as `-c name=value` or `--name=value`.
struct StartupSettings {
    struct Item: Equatable {
        var name: String
        var value: String
    }

    private(set) var values: [Item] = []

    var applicationName: String? { values.last { $0.name == "application_name" }?.value }

    init(_ startup: FrontendMessage.Startup) throws(BranchLiteError) {
        for parameter in startup.parameters {
            switch parameter.name {
            case "user", "database", "replication": break
            case "options": values += try StartupSettings.options(parameter.value)
            default: if !parameter.name.hasPrefix("_pq_.") { values.append(Item(name: parameter.name.lowercased(), value: parameter.value)) }
            }
        }
    }

    /// The words of `options`: a backslash takes the next character as it is.
    static func options(_ text: String) throws(BranchLiteError) -> [Item] {
        var words: [String] = []
        var word: String?
        var isEscaped = false
        for character in text {
            if isEscaped {
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
                word = word ?? ""
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let done = word { words.append(done) }
        var items: [Item] = []
        var index = 0
        while index < words.count {
            var setting = words[index]
            index += 1
            if setting == "-c" {
                guard index < words.count else { throw BranchLiteError("BL_BAD_SETTING", "-c in the start-up options needs name=value") }
                setting = words[index]
                index += 1
            } else if setting.hasPrefix("-c") {
                setting.removeFirst(2)
            } else if setting.hasPrefix("--") {
                setting.removeFirst(2)
            } else {
                throw BranchLiteError("BL_BAD_SETTING", "'\(setting)' is no start-up option", hint: "write -c name=value")
            }
            guard let equals = setting.firstIndex(of: "="), equals != setting.startIndex else {
                throw BranchLiteError("BL_BAD_SETTING", "'\(setting)' in the start-up options is not name=value")
            }
            items.append(Item(name: setting[..<equals].lowercased().replacing("-", with: "_"), value: String(setting[setting.index(after: equals)...])))
        }
        return items
    }
}
