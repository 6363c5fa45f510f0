import Branching
import Engine
import SQLDialect

/// The extended query protocol: Parse, Bind, Describe, Execute, Close, Sync.
extension Conversation {
    func parse(_ parse: FrontendMessage.Parse) throws(BranchLiteError) {
        guard let session else { throw BranchLiteError("BL_CLOSED", "the session is closed") }
        if !parse.name.isEmpty, statements[parse.name] != nil {
            throw BranchLiteError("BL_DUPLICATE_STATEMENT", "prepared statement \"\(parse.name)\" already exists")
        }
        let texts = try session.parse(parse.sql)
        guard texts.count <= 1 else { throw BranchLiteError("BL_PARSE_ERROR", "cannot insert multiple commands into a prepared statement") }
        statements[parse.name] = try prepare(texts.first, source: parse.sql, oids: parse.parameterTypes)
        out.parseComplete()
    }

    private func prepare(_ text: StatementText?, source: String, oids: [UInt32]) throws(BranchLiteError) -> PreparedQuery {
        guard let text, let session else {
            return PreparedQuery(text: nil, source: source, declared: [], declaredOIDs: [], description: StatementDescription(parameters: [], columns: nil))
        }
        try requireUsable(text)
        try StatementScopes.check(text.text, principal)
        let declared = oids.map(PostgreSQLParameter.duckType(oid:))
        let description: StatementDescription
        if case .cursor(let cursor) = text.node {
            description = try describeCursor(cursor, in: text, declared)
        } else {
            description = try session.describe(text, types: declared)
        }
        return PreparedQuery(text: text, source: source, declared: declared, declaredOIDs: oids, description: description)
    }

    private func query(named name: String) throws(BranchLiteError) -> PreparedQuery {
        guard let query = statements[name] else {
            throw BranchLiteError(
                "BL_NO_SUCH_STATEMENT", name.isEmpty ? "unnamed prepared statement does not exist" : "prepared statement \"\(name)\" does not exist")
        }
        return query
    }

    func bind(_ bind: FrontendMessage.Bind) throws(BranchLiteError) {
        let query = try query(named: bind.statement)
        if let text = query.text { try requireUsable(text) }
        let types = query.description.parameters
        guard bind.parameters.count == types.count else {
            throw BranchLiteError(
                "BL_PARAMETERS",
                "bind message supplies \(bind.parameters.count) parameters, but prepared statement \"\(bind.statement)\" requires \(types.count)")
        }
        if !bind.portal.isEmpty, portals[bind.portal] != nil {
            throw BranchLiteError("BL_DUPLICATE_CURSOR", "cursor \"\(bind.portal)\" already exists")
        }
        var values: [TypedValue] = []
        values.reserveCapacity(types.count)
        for (index, type) in types.enumerated() {
            values.append(
                try ParameterDecoder.value(bind.parameters[index], ValueFormat.of(index, in: bind.parameterFormats), as: type, position: index + 1))
        }
        if let columns = query.description.columns, bind.resultFormats.count > 1, bind.resultFormats.count != columns.count {
            throw BranchLiteError("BL_PROTOCOL", "bind message has \(bind.resultFormats.count) result formats but query has \(columns.count) columns")
        }
        portals[bind.portal]?.close()
        portals[bind.portal] = Portal(query: query, values: values, formats: bind.resultFormats)
        out.bindComplete()
    }

    func describe(_ target: FrontendMessage.Target, _ name: String) throws(BranchLiteError) {
        switch target {
        case .statement:
            let query = try query(named: name)
            out.parameterDescription(query.parameterOIDs)
            describe(query.description.columns, [])
        case .portal:
            let portal = try portal(named: name)
            describe(portal.query.description.columns, portal.formats)
        }
    }

    private func describe(_ columns: [PortalColumn]?, _ formats: [ValueFormat]) {
        if let columns { out.append(shapes.shape(columns, formats).description) } else { out.noData() }
    }

    func portal(named name: String) throws(BranchLiteError) -> Portal {
        guard let portal = portals[name] else { throw BranchLiteError("BL_NO_SUCH_CURSOR", "portal \"\(name)\" does not exist") }
        return portal
    }

    func execute(_ name: String, _ maximumRows: Int, moreFollows: Bool) throws(BranchLiteError) {
        let portal = try portal(named: name)
        guard let text = portal.query.text else {
            out.emptyQueryResponse()
            return
        }
        try requireUsable(text)
        switch text.node {
        case .cursor(let cursor):
            try runCursor(cursor, text, moreFollows: moreFollows, portal: portal)
            return
        case .copy(let copy):
            if case .from = copy.direction {
                try beginCopyIn(text, copy, moreFollows: moreFollows, rest: nil, source: portal.query.source)
            } else {
                try copyOut(text, copy, moreFollows: moreFollows)
            }
            return
        case .deallocate(let name) where try deallocate(name?.text):
            out.commandComplete("DEALLOCATE")
            return
        default: break
        }
        let (completion, rows) = try fetch(portal, text, maximumRows, moreFollows: moreFollows)
        if let completion { out.commandComplete(CommandTag.text(completion, rows: rows)) } else { out.portalSuspended() }
        noteDiscard(text)
    }

    /// Rows of a portal, written as DataRow messages.
    /// - Returns: how many; and the completion, nil when the portal may have more.
    private func fetch(_ portal: Portal, _ text: StatementText, _ limit: Int, moreFollows: Bool) throws(BranchLiteError) -> (Completion?, Int) {
        let columns = portal.query.description.columns
        if case .ready = portal.progress {
            guard limit > 0, columns != nil else {
                let rows = ClientRows(out: out, client: client, shapes: shapes, formats: portal.formats, described: columns ?? [])
                portal.progress = .finished
                return (try run(text, values: portal.values, types: portal.query.description.parameters, into: rows, moreFollows: moreFollows), rows.count)
            }
            try start(portal, text, moreFollows: moreFollows)
        }
        let rows = ClientRows(out: out, client: client, shapes: shapes, formats: portal.formats, described: columns ?? [], limit: limit)
        let (completion, count) = try proceed(portal, limit, into: rows)
        return (completion, count ?? rows.count)
    }

    /// Begins a portal that is read in parts.
    private func start(_ portal: Portal, _ text: StatementText, moreFollows: Bool) throws(BranchLiteError) {
        guard let session else { throw BranchLiteError("BL_CLOSED", "the session is closed") }
        if !text.mayWrite, let cursor = try session.openCursor(text, values: portal.values, types: portal.query.description.parameters) {
            portal.progress = .cursor(cursor)
        } else {
            let kept = BufferedRows()
            let completion = try run(text, values: portal.values, types: portal.query.description.parameters, into: kept, moreFollows: moreFollows)
            portal.progress = .buffered(kept, completion)
        }
    }

    /// Gives a portal's next rows to a receiver.
    /// - Returns: the completion, nil when there may be more; and the number of rows where the receiver does not know it.
    func proceed(_ portal: Portal, _ limit: Int, into rows: any RowReceiver) throws(BranchLiteError) -> (Completion?, Int?) {
        switch portal.progress {
        case .ready, .finished: return (Completion(command: "SELECT", rowsAffected: 0, returnsRows: true), 0)
        case .cursor(let cursor):
            guard let session else { throw BranchLiteError("BL_CLOSED", "the session is closed") }
            try engine { () throws(EngineError) in try rows.begin(cursor.columns) }
            try cursor.fetch(into: rows, session: session)
            guard cursor.isAtEnd else { return (nil, nil) }
            portal.progress = .finished
            return (Completion(command: "SELECT", rowsAffected: 0, returnsRows: true), nil)
        case .buffered(let kept, let completion):
            let count = try engine { () throws(EngineError) in try kept.deliver(limit, to: rows) }
            guard kept.isAtEnd, limit == 0 || count < limit else { return (nil, count) }
            portal.progress = .finished
            return (completion, count)
        }
    }

    private func engine<Answer>(_ body: () throws(EngineError) -> Answer) throws(BranchLiteError) -> Answer {
        do throws(EngineError) { return try body() } catch { throw BranchLiteError(error.code, error.message, hint: error.hint) }
    }

    func close(_ target: FrontendMessage.Target, _ name: String) {
        switch target {
        case .statement: statements[name] = nil
        case .portal: portals.removeValue(forKey: name)?.close()
        }
        out.closeComplete()
        machine.finish(.done)
    }

    /// The end of a series of messages: what they did is committed.
    func sync() {
        do throws(BranchLiteError) {
            try commitImplicit()
        } catch {
            report(SQLState.report(error))
        }
        if block == .none { closeTransactionPortals(committing: true) }
        machine.finish(.done)
        ready()
        flush()
    }

    // MARK: - Portals

    /// Portals end with their transaction, but for cursors that are held: those live on once it has been committed.
    func closeTransactionPortals(committing: Bool) {
        for (name, portal) in portals {
            if committing, portal.isHeld { portal.hasOutlived = true }
            if portal.hasOutlived { continue }
            portal.close()
            portals[name] = nil
        }
    }

    func closePortals() {
        for portal in portals.values { portal.close() }
        portals = [:]
    }
}

/// What a client declares a parameter to be.
enum PostgreSQLParameter {
    /// Nil: the context is to say. `numeric` is left to it too, for a decimal here has a shape.
    static func duckType(oid: UInt32) -> DuckType? {
        if oid == 0 || oid == PostgreSQLType.unknown.oid || oid == PostgreSQLType.numeric.oid { return nil }
        return PostgreSQLType(oid: oid)?.duckType()
    }
}
