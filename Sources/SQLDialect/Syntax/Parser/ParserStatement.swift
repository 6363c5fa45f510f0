// Which statement it is.
extension Parser {
    /// One statement, without a semicolon.
    mutating func statement() throws(SQLError) -> Statement {
        try enter()
        defer { leave() }
        let start = token.start
        let node = try statementNode()
        return Statement(node, range: range(from: start))
    }

    private mutating func statementNode() throws(SQLError) -> StatementNode {
        if at(.leftParen), dialect == .duckdb { return .select(try query()) }
        guard let keyword = token.keyword, token.kind == .word else {
            if let accepted = try acceptedVerb() { return accepted }
            throw noStatement()
        }
        switch keyword {
        case .SELECT, .VALUES: return .select(try query())
        case .FROM, .TABLE: if dialect == .duckdb { return .select(try query()) }
        case .WITH, .INSERT, .REPLACE, .UPDATE, .DELETE, .TRUNCATE: return try dataStatement(keyword)
        case .CREATE: return try create()
        case .DROP: return try drop()
        case .ALTER: return try alter()
        case .BEGIN, .START, .COMMIT, .END, .ROLLBACK, .ABORT, .SAVEPOINT, .RELEASE: return .transaction(try transaction(keyword))
        case .DIFF, .UNDROP, .RESTORE: return .branch(try branchStatement(keyword))
        case .MERGE:
            if peek().keyword == .BRANCH { return .branch(try branchStatement(keyword)) }
            throw unsupported("MERGE INTO", at: token, hint: "use INSERT … ON CONFLICT DO UPDATE; branches merge with MERGE BRANCH")
        default: if let node = try utility(keyword) { return node }
        }
        throw noStatement()
    }

    private mutating func dataStatement(_ keyword: Keyword) throws(SQLError) -> StatementNode {
        let start = token.start
        switch keyword {
        case .TRUNCATE: return try truncate()
        case .WITH:
            let with = try with()
            switch token.keyword {
            case .INSERT, .REPLACE: return .insert(try insert(with))
            case .UPDATE: return .update(try update(with))
            case .DELETE: return .delete(try delete(with))
            case .MERGE: throw unsupported("MERGE INTO", at: token)
            default:
                guard startsQuery(token) || at(.leftParen) else { throw unexpected("SELECT, INSERT, UPDATE or DELETE after WITH") }
                return .select(try query(with, start))
            }
        case .UPDATE: return .update(try update(nil))
        case .DELETE: return .delete(try delete(nil))
        default: return .insert(try insert(nil))
        }
    }

    /// The words that statements begin with, for the hint of the error message.
    private static let verbs = [
        "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "WITH", "VALUES", "BEGIN", "COMMIT", "ROLLBACK", "EXPLAIN",
        "PRAGMA", "SHOW", "SET", "USE", "MERGE", "DIFF", "DESCRIBE", "SUMMARIZE", "TRUNCATE", "REPLACE", "SAVEPOINT", "RELEASE",
        "ANALYZE", "VACUUM", "COPY", "ATTACH", "DETACH", "FROM", "RESET", "RESTORE", "UNDROP",
    ]

    private func noStatement() -> SQLError {
        guard token.kind == .word else { return unexpected("a statement") }
        let word = text(of: token).uppercasedASCII
        // One or two slips of the finger, fewer in a short word.
        let slips = word.utf8.count <= 4 ? 1 : 2
        let nearest = Self.verbs.map { ($0, Self.editDistance($0, word, atMost: slips)) }.min { $0.1 < $1.1 }
        guard let nearest, nearest.1 <= slips, nearest.0 != word else { return unexpected("a statement") }
        return unexpected("a statement", hint: "did you mean \(nearest.0)?")
    }

    /// How many letters must be added, dropped, changed or swapped with their neighbour to make one word the other.
    private static func editDistance(_ a: String, _ b: String, atMost limit: Int) -> Int {
        let x = Array(a.utf8), y = Array(b.utf8)
        if abs(x.count - y.count) > limit { return limit + 1 }
        var beforePrevious: [Int] = [], previous = Array(0 ... y.count)
        for i in 1 ... x.count {
            var row = [i]
            for j in 1 ... y.count {
                var best = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (x[i - 1] == y[j - 1] ? 0 : 1))
                if i > 1, j > 1, x[i - 1] == y[j - 2], x[i - 2] == y[j - 1] { best = min(best, beforePrevious[j - 2] + 1) }
                row.append(best)
            }
            beforePrevious = previous
            previous = row
        }
        return previous[y.count]
    }
}
