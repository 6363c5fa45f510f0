import Branching
import Engine
import SQLDialect

/// DECLARE, FETCH, MOVE and CLOSE: a cursor is a portal that SQL names.
extension Conversation {
    func describeCursor(_ cursor: CursorStatement, in text: StatementText, _ types: [DuckType?]) throws(BranchLiteError) -> StatementDescription {
        switch cursor {
        case .declare(let declaration):
            guard let session else { throw BranchLiteError("BL_CLOSED", "the session is closed") }
            return StatementDescription(parameters: try session.describe(text.query(of: declaration), types: types).parameters, columns: nil)
        case .fetch(_, let name, let isMove):
            return StatementDescription(parameters: [], columns: isMove ? nil : try cursorPortal(name.text).query.description.columns)
        case .close: return StatementDescription(parameters: [], columns: nil)
        }
    }

    private func cursorPortal(_ name: String) throws(BranchLiteError) -> Portal {
        guard let portal = portals[name] else { throw BranchLiteError("BL_NO_SUCH_CURSOR", "cursor \"\(name)\" does not exist") }
        return portal
    }

    /// - Parameter portal: the one that runs the statement itself, in the extended protocol: it has the parameters and the formats.
    func runCursor(_ cursor: CursorStatement, _ text: StatementText, moreFollows: Bool, portal: Portal? = nil) throws(BranchLiteError) {
        switch cursor {
        case .declare(let declaration):
            try declare(declaration, text.query(of: declaration), portal)
            out.commandComplete("DECLARE CURSOR")
        case .fetch(let count, let name, let isMove):
            let target = try cursorPortal(name.text)
            let limit = switch count {
            case .all: 0
            case .rows(let number): number
            }
            if limit < 0 { throw BranchLiteError("BL_UNSUPPORTED", "a cursor goes forward only: FETCH \(limit) is not supported") }
            if case .rows(0) = count {
                // PostgreSQL gives the current row again, which a cursor that goes forward only has let go of.
                throw BranchLiteError("BL_UNSUPPORTED", "a cursor goes forward only: FETCH 0 is not supported")
            }
            try fetch(target, limit, isMove, portal)
        case .close(let name):
            if let name {
                _ = try cursorPortal(name.text)
                portals.removeValue(forKey: name.text)?.close()
            } else {
                for (name, portal) in portals where portal.isCursor {
                    portal.close()
                    portals[name] = nil
                }
            }
            out.commandComplete(name == nil ? "CLOSE CURSOR ALL" : "CLOSE CURSOR")
        }
    }

    private func declare(_ declaration: CursorStatement.Declaration, _ text: StatementText, _ portal: Portal?) throws(BranchLiteError) {
        guard let session else { throw BranchLiteError("BL_CLOSED", "the session is closed") }
        if block != .open, block != .implicit, !declaration.isHeld {
            throw BranchLiteError("BL_NO_TRANSACTION", "DECLARE CURSOR can only be used in transaction blocks", hint: "BEGIN first, or declare it WITH HOLD")
        }
        if portals[declaration.name.text] != nil {
            throw BranchLiteError("BL_DUPLICATE_CURSOR", "cursor \"\(declaration.name.text)\" already exists")
        }
        let declared = portal?.query.description.parameters.map(Optional.some) ?? []
        let description = try session.describe(text, types: declared)
        guard description.columns != nil, !text.mayWrite else {
            throw BranchLiteError("BL_PARSE_ERROR", "DECLARE CURSOR must have a query that only reads")
        }
        let prepared = PreparedQuery(text: text, source: portal?.query.source ?? "", declared: declared, declaredOIDs: [], description: description)
        let made = Portal(query: prepared, values: portal?.values ?? [], formats: declaration.isBinary ? [.binary] : [])
        made.isCursor = true
        made.isHeld = declaration.isHeld
        // What it reads is settled now, whatever is written before the first FETCH.
        if let cursor = try session.openCursor(text, values: made.values, types: description.parameters) {
            made.progress = .cursor(cursor)
        } else {
            let kept = BufferedRows()
            let completion = try session.run(text, values: made.values, types: description.parameters, into: kept)
            made.progress = .buffered(kept, completion)
        }
        portals[declaration.name.text] = made
    }

    private func fetch(_ target: Portal, _ limit: Int, _ isMove: Bool, _ own: Portal?) throws(BranchLiteError) {
        if isMove {
            let skipped = SkippedRows(limit: limit)
            let (_, count) = try proceed(target, limit, into: skipped)
            out.commandComplete("MOVE \(count ?? skipped.count)")
            return
        }
        // In the extended protocol the formats are those that the FETCH was bound with.
        let formats = own.map(\.formats) ?? target.formats
        let columns = target.query.description.columns ?? []
        if own == nil { out.append(shapes.shape(columns, formats).description) }
        let rows = ClientRows(out: out, client: client, shapes: shapes, formats: formats, described: columns, limit: limit)
        let (_, count) = try proceed(target, limit, into: rows)
        out.commandComplete("FETCH \(count ?? rows.count)")
    }
}
