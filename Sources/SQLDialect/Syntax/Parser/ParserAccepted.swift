// What PostgreSQL's clients and dumps send and has no meaning here: it is read to its end, and what it would do is left.
extension Parser {
    /// Reads to the end of the statement, which began `back` words before; its first two words are its verb.
    mutating func acceptedStatement(back: Int, verb: String? = nil) throws(SQLError) -> StatementNode {
        let start = index
        rewind(to: index - back)
        var name: Identifier?, words: [String] = []
        while !at(.end), !at(.semicolon) {
            if token.kind == .invalid { throw unexpected("the rest of the statement") }
            words.append(text(of: token))
            if name == nil, index > start, isName(token), !at(.IF), !at(.NOT), !at(.EXISTS) { name = takeIdentifier() } else { advance() }
        }
        return .accepted(verb: verb ?? words.prefix(2).map(\.uppercasedASCII).joined(separator: " "), name: name, text: words.joined(separator: " "))
    }

    /// GRANT, REVOKE, REASSIGN, SECURITY LABEL, LOCK TABLE, CLUSTER: nil when the next word is none of them.
    mutating func acceptedVerb() throws(SQLError) -> StatementNode? {
        guard dialect == .duckdb, token.kind == .word else { return nil }
        let verb = text(of: token).uppercasedASCII
        switch verb {
        case "GRANT", "REVOKE", "CLUSTER": break
        case "REASSIGN": return try acceptedStatement(back: 0, verb: "REASSIGN OWNED")
        case "SECURITY": return try acceptedStatement(back: 0, verb: "SECURITY LABEL")
        case "LOCK": return try acceptedStatement(back: 0, verb: "LOCK TABLE")
        default: return nil
        }
        return try acceptedStatement(back: 0, verb: verb)
    }

    /// ALTER of what is not here, and of owners: after ALTER. Nil when it is another ALTER.
    mutating func acceptedAlter() throws(SQLError) -> StatementNode? {
        guard dialect == .duckdb, token.kind == .word else { return nil }
        let kind = text(of: token).uppercasedASCII
        switch kind {
        case "DEFAULT": return try acceptedStatement(back: 1, verb: "ALTER DEFAULT PRIVILEGES")
        case "EXTENSION": return try acceptedStatement(back: 1, verb: "ALTER EXTENSION")
        case "SCHEMA", "TYPE", "DOMAIN", "FUNCTION", "PROCEDURE", "AGGREGATE", "DATABASE", "LANGUAGE":
            // Only a new owner is nothing to do.
            var ahead = 1
            while peek(ahead).kind != .end, peek(ahead).kind != .semicolon, peek(ahead).kind != .invalid {
                let word = peek(ahead)
                if word.kind == .word, equalIgnoringASCIICase(text(of: word), "owner"), peek(ahead + 1).keyword == .TO {
                    return try acceptedStatement(back: 1, verb: "ALTER \(kind)")
                }
                ahead += 1
            }
            return nil
        default: return nil
        }
    }

    /// An action of ALTER TABLE that has no meaning here: `OWNER TO x`, `REPLICA IDENTITY FULL`, `CLUSTER ON i`, `SET (…)`.
    mutating func acceptedAction() throws(SQLError) -> AlterTable.Action? {
        guard dialect == .duckdb, token.kind == .word else { return nil }
        let word = text(of: token).uppercasedASCII, next = peek()
        let second = next.kind == .word ? text(of: next).uppercasedASCII : ""
        switch (word, second) {
        case ("OWNER", "TO"), ("CLUSTER", "ON"), ("REPLICA", "IDENTITY"): skipAction()
        case ("SET", "TABLESPACE"), ("SET", "LOGGED"), ("SET", "UNLOGGED"), ("SET", "ACCESS"), ("SET", "STATISTICS"), ("SET", "STORAGE"), ("SET", "COMPRESSION"):
            skipAction()
            return .accepted("SET \(second)")
        case ("SET", ""), ("RESET", ""):
            guard next.kind == .leftParen else { return nil }
            skipAction()
            return .accepted("\(word) ()")
        case ("SET", "WITHOUT"): skipAction()
        case ("ENABLE", _), ("DISABLE", _):
            if second == "TRIGGER" || second == "ROW" || second == "RULE" || second == "ALWAYS" || second == "REPLICA" {
                throw unsupported("ALTER TABLE … \(word) \(second)", at: token)
            }
            return nil
        case ("VALIDATE", "CONSTRAINT"):
            advance()
            advance()
            return .validateConstraint(try identifier("a constraint name"))
        case ("INHERIT", _), ("ATTACH", "PARTITION"), ("DETACH", "PARTITION"), ("NO", "INHERIT"), ("FORCE", "ROW"):
            throw unsupported("ALTER TABLE … \(word) \(second)", at: token)
        default: return nil
        }
        return .accepted("\(word) \(second)")
    }

    /// Reads to the comma or the end of the statement.
    private mutating func skipAction() {
        var depth = 0
        while !at(.end), !at(.semicolon), token.kind != .invalid {
            if at(.leftParen) { depth += 1 }
            if at(.rightParen) { depth -= 1 }
            if at(.comma), depth == 0 { return }
            advance()
        }
    }

    /// Reads `( … )`.
    mutating func skipParentheses() throws(SQLError) {
        try expect(.leftParen, "'('")
        var depth = 1
        while depth > 0 {
            switch token.kind {
            case .leftParen: depth += 1
            case .rightParen: depth -= 1
            case .end, .semicolon, .invalid: throw unexpected("')'")
            default: break
            }
            advance()
        }
    }

    /// What may follow the columns of CREATE TABLE in PostgreSQL; false when nothing of it is next.
    mutating func acceptTableOption(_ table: inout CreateTable) throws(SQLError) -> Bool {
        if at(.WITH), peek().kind == .leftParen {
            advance()
            try skipParentheses()
        } else if isWord("tablespace") {
            advance()
            _ = try identifier("a name after TABLESPACE")
        } else if at(.USING) {
            advance()
            _ = try identifier("an access method after USING")
        } else if at(.ON), peek().keyword == .COMMIT || equalIgnoringASCIICase(text(of: peek()), "commit") {
            let start = token
            advance()
            advance()
            if acceptWord("preserve") {
                try expect(.ROWS, after: "PRESERVE")
            } else if accept(.DELETE) {
                try expect(.ROWS, after: "DELETE")
                table.onCommit = .deleteRows
            } else if accept(.DROP) {
                table.onCommit = .drop
            } else {
                throw unexpected("PRESERVE ROWS, DELETE ROWS or DROP after ON COMMIT")
            }
            if !table.isTemporary { throw malformed("ON COMMIT can only be used on temporary tables", at: start) }
        } else if isWord("inherits") {
            throw unsupported("INHERITS", at: token)
        } else {
            return false
        }
        return true
    }
}
