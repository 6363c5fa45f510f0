// BEGIN, COMMIT, ROLLBACK, savepoints.
extension Parser {
    mutating func transaction(_ keyword: Keyword) throws(SQLError) -> TransactionStatement {
        advance()
        switch keyword {
        case .BEGIN, .START:
            var lock: TransactionStatement.Lock?
            if keyword == .START { try expect(.TRANSACTION, after: "START") } else if let found = token.keyword.flatMap({ TransactionStatement.Lock(rawValue: $0.rawValue) }) {
                lock = found
                advance()
            }
            transactionWord(named: true)
            return .begin(lock: lock, try characteristics())
        case .COMMIT, .END:
            transactionWord(named: true)
            return .commit(chain: try chain())
        case .ROLLBACK, .ABORT:
            transactionWord(named: false)
            if keyword == .ROLLBACK, accept(.TO) {
                if at(.SAVEPOINT), isName(peek()) { advance() }
                return .rollbackTo(try identifier("a savepoint name"))
            }
            return .rollback(chain: try chain())
        case .SAVEPOINT: return .savepoint(try identifier("a savepoint name"))
        default:
            if at(.SAVEPOINT), isName(peek()) { advance() }
            return .release(try identifier("a savepoint name"))
        }
    }

    /// `TRANSACTION` or `WORK`; SQLite lets a name follow TRANSACTION, which means nothing.
    private mutating func transactionWord(named: Bool) {
        if accept(.TRANSACTION) {
            if named, dialect == .sqlite, isName(token) { advance() }
        } else {
            _ = accept(.WORK)
        }
    }

    private mutating func chain() throws(SQLError) -> Bool {
        guard accept(.AND) else { return false }
        let chain = !accept(.NO)
        try expect(.CHAIN, after: "AND")
        return chain
    }

    mutating func characteristics() throws(SQLError) -> TransactionStatement.Characteristics {
        var result = TransactionStatement.Characteristics()
        while true {
            if accept(.ISOLATION) {
                try expect(.LEVEL, after: "ISOLATION")
                result.isolation = try isolation()
            } else if accept(.READ) {
                if accept(.ONLY) { result.isReadOnly = true } else {
                    try expect(.WRITE, after: "READ")
                    result.isReadOnly = false
                }
            } else if accept(.NOT) {
                try expect(.DEFERRABLE, after: "NOT")
                result.isDeferrable = false
            } else if accept(.DEFERRABLE) {
                result.isDeferrable = true
            } else {
                return result
            }
            _ = accept(.comma)
        }
    }

    private mutating func isolation() throws(SQLError) -> TransactionStatement.Isolation {
        if accept(.SERIALIZABLE) || accept(.SNAPSHOT) { return .serializable }
        if accept(.REPEATABLE) {
            try expect(.READ, after: "REPEATABLE")
            return .repeatableRead
        }
        try expect(.READ, after: "ISOLATION LEVEL")
        if accept(.COMMITTED) { return .readCommitted }
        try expect(.UNCOMMITTED, after: "READ")
        return .readUncommitted
    }
}
