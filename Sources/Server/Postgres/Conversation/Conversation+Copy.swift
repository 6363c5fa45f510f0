import Branching
import SQLDialect

/// COPY between a table and the client.
extension Conversation {
    private func format(of copy: Copy) throws(BranchLiteError) -> CopyFormat {
        if case .file = copy.endpoint {
            throw BranchLiteError("BL_UNSUPPORTED", "COPY of files on the server is not supported", hint: "use STDIN or STDOUT; psql's \\copy does")
        }
        return try CopyFormat(copy.options)
    }

    /// - Parameters:
    ///   - rest: statements of the same simple query that come after it; nil in the extended protocol
    func beginCopyIn(
        _ text: StatementText, _ copy: Copy, moreFollows: Bool, rest: ArraySlice<StatementText>?, source: String
    ) throws(BranchLiteError) {
        guard let session else { throw BranchLiteError("BL_CLOSED", "the session is closed") }
        let format = try format(of: copy)
        guard case .table(let name, _) = copy.source else { throw BranchLiteError("BL_UNSUPPORTED", "COPY of a query FROM is not supported") }
        if moreFollows, block == .none {
            try session.beginImplicit()
            block = .implicit
        }
        let begun = CopyIn(try session.beginCopy(text), format, table: name.name.text)
        self.copy = begun
        copyRest = rest
        copySource = source
        out.copyInResponse(begun.valueFormat, columns: begun.columns)
        flush()
    }

    func copyData(_ bytes: [UInt8]) {
        guard let copy else { return machine.finish(.continues) }
        do throws(BranchLiteError) {
            try copy.receive(bytes)
            machine.finish(.continues)
        } catch {
            failCopy(error)
        }
    }

    func copyDone() {
        guard let copy else { return machine.finish(.done) }
        self.copy = nil
        do throws(BranchLiteError) {
            let count = try copy.finish()
            out.commandComplete("COPY \(count)")
            machine.finish(.done)
            guard let rest = copyRest else { return }
            copyRest = nil
            try continueQuery(rest, source: copySource)
        } catch {
            failCopy(error)
        }
    }

    func copyFail(_ reason: String) {
        failCopy(BranchLiteError("BL_CANCELLED", "COPY from stdin failed: \(reason)"))
    }

    private func failCopy(_ error: BranchLiteError) {
        copy?.abort()
        copy = nil
        let isSimple = copyRest != nil || !machine.isExtendedCopy
        copyRest = nil
        fail(error, source: nil)
        if isSimple { ready() }
        flush()
    }

    func copyOut(_ text: StatementText, _ copy: Copy, moreFollows: Bool) throws(BranchLiteError) {
        guard let session else { throw BranchLiteError("BL_CLOSED", "the session is closed") }
        let rows = CopyOutRows(out: out, client: client, format: try format(of: copy))
        try session.copyOut(text, into: rows)
        rows.finish()
        out.commandComplete("COPY \(rows.count)")
    }
}
