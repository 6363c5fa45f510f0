// The statements about branches.
extension Parser {
    // MARK: Names

    /// The name of a branch: an identifier, with hyphens inside when it is not quoted, or a string.
    mutating func branchName(_ what: String = "a branch name") throws(SQLError) -> BranchName {
        if token.kind == .quotedIdentifier || isString(token) {
            let name = BranchName(unquoted(token), range: token.range)
            advance()
            return name
        }
        guard token.kind == .word, token.keyword.map({ !rules.reserved.contains($0) || hyphenFollows() }) ?? true else { throw unexpected(what) }
        let start = token.start
        let end = hyphenatedEnd(Int(start))
        if end > Int(token.end) { readAgain(from: end) } else { advance() }
        return BranchName(slice(start, UInt32(end)), range: SourceRange(Int(start), end))
    }

    private func hyphenFollows() -> Bool { hyphenatedEnd(Int(token.start)) > Int(token.end) }

    /// Where a word that may hold single hyphens ends.
    private func hyphenatedEnd(_ start: Int) -> Int {
        let bytes = lexer.bytes
        var i = start
        while i < bytes.count {
            if Lexer.continuesWord(bytes[i]) { i += 1 } else if bytes[i] == UInt8(ascii: "-"), i + 1 < bytes.count, Lexer.continuesWord(bytes[i + 1]) {
                i += 2
            } else {
                break
            }
        }
        return i
    }

    /// Goes on at an offset of the text, forgetting the tokens made beyond.
    private mutating func readAgain(from offset: Int) {
        tokens.removeSubrange((index + 1)...)
        tokens[index].end = UInt32(offset)
        lexer.offset = offset
        advance()
    }

    /// `name`, `name@version`, `name@'timestamp'` or `name AT (VERSION => n)`; in quotes too, when what follows the last `@` is a
    /// number or begins as a timestamp does.
    mutating func branchPoint(_ what: String = "a branch name") throws(SQLError) -> BranchPoint {
        let isQuoted = token.kind != .word
        let name = try branchName(what)
        let bytes = lexer.bytes
        let at = Int(name.range.end)
        if at < bytes.count, bytes[at] == UInt8(ascii: "@") {
            if at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "'") {
                readAgain(from: at + 1)
                return BranchPoint(name, moment: .timestamp(try string("a timestamp after '@'")))
            }
            var end = at + 1
            while end < bytes.count, Lexer.isDigit(bytes[end]) { end += 1 }
            guard let version = UInt64(slice(UInt32(at + 1), UInt32(end))) else {
                throw malformed("a version number or a timestamp in quotes is expected after '@'", at: token)
            }
            readAgain(from: end)
            return BranchPoint(name, version: version)
        }
        if let moment = try branchMoment() { return BranchPoint(name, moment: moment) }
        guard isQuoted, let mark = name.text.utf8.lastIndex(of: UInt8(ascii: "@")), mark != name.text.startIndex else { return BranchPoint(name) }
        let rest = name.text[name.text.index(after: mark)...]
        let branch = BranchName(String(name.text[..<mark]), range: name.range)
        if let version = UInt64(rest) { return BranchPoint(branch, version: version) }
        // A branch's name has no '@' inside: what begins as a year does is a timestamp, right or wrong.
        guard rest.utf8.count > 4, rest.utf8.prefix(4).allSatisfy(Lexer.isDigit) else { return BranchPoint(name) }
        return BranchPoint(branch, moment: .timestamp(String(rest)))
    }

    /// `AT (VERSION => n)` or `AT (TIMESTAMP => '…')` behind a branch's name.
    private mutating func branchMoment() throws(SQLError) -> BranchMoment? {
        guard at(.AT), peek().kind == .leftParen, peek(2).keyword == .VERSION || peek(2).keyword == .TIMESTAMP else { return nil }
        advance()
        advance()
        let isVersion = at(.VERSION)
        advance()
        guard at(.fatArrow) || at(.assign) else { throw unexpected("'=>' after \(isVersion ? "VERSION" : "TIMESTAMP")") }
        advance()
        let moment = isVersion ? BranchMoment.version(try versionNumber()) : .timestamp(try timestampText())
        try expect(.rightParen, "')'")
        return moment
    }

    private mutating func versionNumber() throws(SQLError) -> UInt64 {
        guard at(.integer), let number = UInt64(text(of: token)) else { throw unexpected("a version number") }
        advance()
        return number
    }

    /// A string, `TIMESTAMP` before it or not.
    private mutating func timestampText() throws(SQLError) -> String {
        _ = accept(.TIMESTAMP)
        return try string("a timestamp such as '2026-01-31 10:00:00'")
    }

    // MARK: Statements

    mutating func createBranch() throws(SQLError) -> BranchStatement.Create {
        let start = token.start
        advance()
        var create = BranchStatement.Create()
        create.ifNotExists = acceptIfNotExists()
        switch token.keyword {
        case .FROM, .MODE, .TTL: if peek().kind != .end, !(at(.MODE) && peek().keyword == .FROM) { break } else { fallthrough }
        default: if !at(.end), !at(.semicolon) { create.name = try branchName("a branch name after CREATE BRANCH") }
        }
        while token.kind == .word {
            switch token.keyword {
            case .FROM:
                advance()
                create.from = try branchPoint("a branch name after FROM")
            case .MODE:
                advance()
                let word = isString(token) ? unquoted(token) : text(of: token)
                guard let mode = BranchStatement.Mode(rawValue: foldedASCII(word)) else { throw unexpected("LIVE or SNAPSHOT after MODE") }
                advance()
                create.mode = mode
            case .TTL:
                advance()
                _ = accept(.INTERVAL)
                create.ttl = try ttl()
            case .DESCRIPTION, .COMMENT:
                advance()
                create.description = try string("a description")
            default: throw unexpected("FROM, MODE, TTL or DESCRIPTION")
            }
        }
        create.range = range(from: start)
        return create
    }

    /// A time to live: a string such as `'24 hours'`, a number of seconds, or a number and a unit.
    private mutating func ttl() throws(SQLError) -> String {
        if isString(token) { return try string("a time to live") }
        guard at(.integer) || at(.decimal) else { throw unexpected("a time such as '24 hours' after TTL") }
        var value = text(of: token)
        advance()
        if token.kind == .word, Self.unit(text(of: token)) != nil {
            value += " " + foldedASCII(text(of: token))
            advance()
        }
        return value
    }

    /// DIFF, MERGE, RESTORE and UNDROP.
    mutating func branchStatement(_ keyword: Keyword) throws(SQLError) -> BranchStatement {
        advance()
        try expect(.BRANCH, after: keyword.rawValue)
        switch keyword {
        case .DIFF: return try diffBranch()
        case .MERGE: return try mergeBranch()
        case .RESTORE: return try restoreBranch()
        default: return .undrop(try branchName())
        }
    }

    /// `RESTORE BRANCH name [TO VERSION n | TO TIMESTAMP '…']`, `RESTORE BRANCH name@n`, `RESTORE BRANCH name AT (VERSION => n)`.
    private mutating func restoreBranch() throws(SQLError) -> BranchStatement {
        let point = try branchPoint("a branch name after RESTORE BRANCH")
        guard point.moment == nil, accept(.TO) else { return .restore(point.branch, to: point.moment) }
        if accept(.VERSION) { return .restore(point.branch, to: .version(try versionNumber())) }
        if at(.TIMESTAMP) { return .restore(point.branch, to: .timestamp(try timestampText())) }
        throw unexpected("VERSION or TIMESTAMP after TO")
    }

    private mutating func diffBranch() throws(SQLError) -> BranchStatement {
        let name = try branchName()
        var against: BranchPoint?, table: ObjectName?
        while true {
            if accept(.AGAINST) { against = try branchPoint("a branch name after AGAINST") } else if accept(.TABLE) {
                table = try objectName("a table name after TABLE")
            } else {
                return .diff(name, against: against, table: table)
            }
        }
    }

    private mutating func mergeBranch() throws(SQLError) -> BranchStatement {
        let name = try branchName()
        var target: BranchName?, strategy: Identifier?, dryRun = false
        while true {
            if accept(.INTO) { target = try branchName("a branch name after INTO") } else if accept(.STRATEGY) {
                guard token.kind == .word || token.kind == .quotedIdentifier || isString(token) else { throw unexpected("a strategy") }
                strategy = Identifier(token.kind == .word ? text(of: token) : unquoted(token), range: token.range)
                advance()
            } else if accept(.DRY) {
                try expect(.RUN, after: "DRY")
                dryRun = true
            } else {
                return .merge(name, into: target, strategy: strategy, dryRun: dryRun)
            }
        }
    }

    mutating func dropBranch() throws(SQLError) -> BranchStatement {
        advance()
        let ifExists = acceptIfExists()
        let name = try branchName("a branch name after DROP BRANCH")
        return .drop(name, ifExists: ifExists, force: accept(.FORCE))
    }

    mutating func alterBranch() throws(SQLError) -> BranchStatement {
        advance()
        let name = try branchName("a branch name after ALTER BRANCH")
        try expect(.RENAME, after: "the branch's name")
        try expect(.TO, after: "RENAME")
        return .rename(name, to: try branchName("the new name after TO"))
    }

    mutating func resetBranch() throws(SQLError) -> BranchStatement {
        advance()
        advance()
        let name = try branchName("a branch name after RESET BRANCH")
        return .reset(name, to: accept(.TO) ? try branchPoint("a branch name after TO") : nil)
    }
}
