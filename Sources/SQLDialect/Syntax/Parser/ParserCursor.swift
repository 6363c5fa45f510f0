// DECLARE, FETCH, MOVE and CLOSE.
extension Parser {
    mutating func cursorStatement(_ keyword: Keyword) throws(SQLError) -> CursorStatement {
        let start = token
        advance()
        switch keyword {
        case .DECLARE: return .declare(try cursorDeclaration())
        case .CLOSE:
            if accept(.ALL) || accept(.star) { return .close(nil) }
            return .close(try identifier("the name of a cursor after CLOSE"))
        default:
            let count = try cursorCount(keyword.rawValue, start)
            if !accept(.FROM) { _ = accept(.IN) }
            return .fetch(count, from: try identifier("the name of a cursor"), isMove: keyword == .MOVE)
        }
    }

    /// `name [BINARY] [ASENSITIVE | INSENSITIVE] [[NO] SCROLL] CURSOR [WITH | WITHOUT HOLD] FOR query`
    private mutating func cursorDeclaration() throws(SQLError) -> CursorStatement.Declaration {
        let name = try identifier("the name of a cursor after DECLARE")
        var isBinary = false, isHeld = false
        while !isWord("cursor") {
            if acceptWord("binary") {
                isBinary = true
            } else if acceptWord("insensitive") || acceptWord("asensitive") {
                // Every cursor here reads one moment.
                continue
            } else if at(.NO) {
                advance()
                guard acceptWord("scroll") else { throw unexpected("SCROLL after NO") }
            } else if isWord("scroll") {
                throw unsupported("SCROLL for a cursor", at: token, hint: "cursors go forward only: leave SCROLL out")
            } else {
                throw unexpected("CURSOR")
            }
        }
        advance()
        if accept(.WITH) {
            guard acceptWord("hold") else { throw unexpected("HOLD after WITH") }
            isHeld = true
        } else if accept(.WITHOUT) {
            guard acceptWord("hold") else { throw unexpected("HOLD after WITHOUT") }
        }
        try expect(.FOR, after: "CURSOR")
        return CursorStatement.Declaration(name: name, isBinary: isBinary, isHeld: isHeld, query: try statement())
    }

    /// `NEXT`, `FORWARD [n | ALL]`, `ALL`, `n`, or nothing, which is one row.
    private mutating func cursorCount(_ verb: String, _ start: Token) throws(SQLError) -> CursorStatement.Count {
        if accept(.NEXT) { return .rows(1) }
        if accept(.ALL) { return .all }
        for word in ["prior", "last", "absolute", "relative", "backward"] where isWord(word) && peek().kind != .end && peek().kind != .semicolon {
            throw unsupported("\(verb) \(word.uppercasedASCII)", at: start, hint: "cursors go forward only")
        }
        if at(.FIRST), peek().kind != .end, peek().kind != .semicolon {
            throw unsupported("\(verb) FIRST", at: start, hint: "cursors go forward only")
        }
        let isForward = isWord("forward") && peek().kind != .end && peek().kind != .semicolon
        if isForward {
            advance()
            if accept(.ALL) { return .all }
        }
        guard at(.integer) else { return .rows(1) }
        guard let count = Int(text(of: token)) else { throw unexpected("a number of rows") }
        advance()
        return .rows(count)
    }
}
