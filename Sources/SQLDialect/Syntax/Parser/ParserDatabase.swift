// CREATE, ALTER and DROP DATABASE: to PostgreSQL's clients a branch is a database.
extension Parser {
    /// `CREATE DATABASE name [[WITH] option …]`: `TEMPLATE [=] branch` says what it is forked from. The other options are about
    /// what a store has one of.
    mutating func createDatabase() throws(SQLError) -> BranchStatement {
        let start = token.start
        advance()
        var create = BranchStatement.Create()
        create.ifNotExists = acceptIfNotExists()
        create.name = try branchName("a database name after CREATE DATABASE")
        _ = accept(.WITH)
        while !at(.end), !at(.semicolon) {
            guard token.kind == .word else { throw unexpected("an option of CREATE DATABASE") }
            let option = foldedASCII(text(of: token))
            advance()
            if option == "connection" { guard accept(.LIMIT) else { throw unexpected("LIMIT after CONNECTION") } }
            _ = accept(.equal)
            switch option {
            case "template":
                let point = try branchPoint("the name of a branch after TEMPLATE")
                let isInitial = point.moment == nil && ["template0", "template1", "default"].contains(foldedASCII(point.branch.text))
                if !isInitial { create.from = point }
            case "owner", "encoding", "locale", "lc_collate", "lc_ctype", "tablespace", "connection", "allow_connections", "is_template", "icu_locale",
                "locale_provider", "strategy", "collation_version", "oid":
                if accept(.minus) {}
                advance()
            default: throw malformed("CREATE DATABASE has no option '\(option)'", at: token)
            }
        }
        create.range = range(from: start)
        return .createDatabase(create)
    }

    /// `DROP DATABASE [IF EXISTS] name [[WITH] (FORCE)]`
    mutating func dropDatabase() throws(SQLError) -> BranchStatement {
        advance()
        let ifExists = acceptIfExists()
        let name = try branchName("a database name after DROP DATABASE")
        var force = false
        let with = accept(.WITH)
        if accept(.leftParen) {
            guard accept(.FORCE) else { throw unexpected("FORCE") }
            force = true
            try expect(.rightParen, "')'")
        } else if with {
            throw unexpected("(FORCE)")
        }
        return .dropDatabase(name, ifExists: ifExists, force: force)
    }

    /// `ALTER DATABASE name RENAME TO new`
    mutating func alterDatabase() throws(SQLError) -> BranchStatement {
        advance()
        let name = try branchName("a database name after ALTER DATABASE")
        try expect(.RENAME, after: "the database's name")
        try expect(.TO, after: "RENAME")
        return .rename(name, to: try branchName("the new name after TO"))
    }
}
