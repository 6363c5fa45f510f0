import Branching
import Engine
import SQLDialect

/// The simple query protocol.
extension Conversation {
    /// All statements of a text, in an implicit transaction when there are several; then ReadyForQuery, whatever happened.
    func simpleQuery(_ sql: String) {
        do throws(BranchLiteError) {
            guard let session else { throw BranchLiteError("BL_CLOSED", "the session is closed") }
            // The unnamed statement and portal end with a simple query.
            portals.removeValue(forKey: "")?.close()
            if let quick = session.template(sql) { return try runTemplate(quick) }
            let texts = try session.parse(sql)
            if texts.isEmpty { out.emptyQueryResponse() }
            try continueQuery(texts[...], source: sql)
        } catch {
            fail(error, source: sql)
            ready()
        }
    }

    /// Runs the rest of a simple query's statements; a COPY FROM STDIN among them interrupts it until its data is in.
    func continueQuery(_ texts: ArraySlice<StatementText>, source: String) throws(BranchLiteError) {
        var rest = texts
        while let text = rest.popFirst() {
            try requireUsable(text)
            try StatementScopes.check(text.text, principal)
            // What came before it in the message belongs to the same transaction.
            let moreFollows = !rest.isEmpty
            if case .copy(let copy) = text.node, case .from = copy.direction {
                try beginCopyIn(text, copy, moreFollows: moreFollows, rest: rest, source: source)
                machine.finish(.copyingIn)
                return
            }
            try runSimply(text, moreFollows: moreFollows)
        }
        try commitImplicit()
        machine.finish(.done)
        ready()
    }

    /// A statement that stands alone and that was met before with other literals.
    private func runTemplate(_ quick: TemplatedStatement) throws(BranchLiteError) {
        try requireUsable(quick.text)
        try StatementScopes.check(quick.text.text, principal)
        let rows = ClientRows(out: out, client: client, shapes: shapes, formats: [], described: nil)
        let completion = try run(quick.text, values: quick.values, types: quick.types, into: rows, moreFollows: false)
        out.commandComplete(CommandTag.text(completion, rows: rows.count))
        machine.finish(.done)
        ready()
    }

    private func runSimply(_ text: StatementText, moreFollows: Bool) throws(BranchLiteError) {
        switch text.node {
        case .cursor(let cursor):
            try runCursor(cursor, text, moreFollows: moreFollows)
            return
        case .copy(let copy):
            try copyOut(text, copy, moreFollows: moreFollows)
            return
        case .deallocate(let name) where try deallocate(name?.text): 
            out.commandComplete(name == nil ? "DEALLOCATE ALL" : "DEALLOCATE")
            return
        default: break
        }
        let rows = ClientRows(out: out, client: client, shapes: shapes, formats: [], described: nil)
        let completion = try run(text, values: [], types: [], into: rows, moreFollows: moreFollows)
        out.commandComplete(CommandTag.text(completion, rows: rows.count))
        noteDiscard(text)
    }

    /// Ends statements of the extended protocol by SQL, as psycopg does.
    /// - Returns: false when the name is none of those: then it is the session's to find.
    func deallocate(_ name: String?) throws(BranchLiteError) -> Bool {
        guard let name else {
            statements = [:]
            return false
        }
        return statements.removeValue(forKey: name) != nil
    }

    /// DISCARD ALL ends the statements and portals of the protocol too.
    func noteDiscard(_ text: StatementText) {
        guard case .discard(let word) = text.node, word.uppercased() == "ALL" else { return }
        statements = [:]
        closePortals()
    }
}

/// The tag of CommandComplete.
enum CommandTag {
    static func text(_ completion: Completion, rows: Int) -> String {
        switch completion.command {
        case "INSERT": "INSERT 0 \(completion.rowsAffected)"
        case "UPDATE", "DELETE", "MERGE": "\(completion.command) \(completion.rowsAffected)"
        case "SELECT": "SELECT \(rows)"
        // libpq takes a tag that begins with MERGE for one with a row count.
        case "MERGE BRANCH": "BRANCH MERGED"
        case "FETCH", "MOVE", "COPY": "\(completion.command) \(completion.rowsAffected)"
        // PostgreSQL gives the tag of CREATE TABLE AS as that of a SELECT.
        case "CREATE TABLE AS": "SELECT \(completion.rowsAffected)"
        default: completion.command
        }
    }
}
