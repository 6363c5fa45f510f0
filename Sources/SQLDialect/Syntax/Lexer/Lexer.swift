/// Cuts a text into tokens, one at a time, working on its UTF-8 bytes.
///
/// Differences between the dialects: SQLite quotes names with `[…]` and backticks too and lets a comment run to the end
/// of the text; DuckDB has `E'…'` and `$$…$$` strings, nested comments, `1_000`, and `[`, `]` for lists.
struct Lexer {
    let bytes: [UInt8]
    let dialect: Dialect
    /// Where the next token is looked for.
    var offset = 0
    /// Where the first NUL is: SQLite's parser would end there without a word.
    private let firstNUL: Int
    /// Why the last `invalid` token is invalid: its message and where the mistake is.
    private(set) var failure: (message: String, offset: Int)?

    init(_ text: String, dialect: Dialect) {
        bytes = Array(text.utf8)
        firstNUL = bytes.firstIndex(of: 0) ?? .max
        self.dialect = dialect
        // A byte order mark at the start of a script is not part of it.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    private func byte(_ at: Int) -> UInt8 { at < bytes.count ? bytes[at] : 0 }

    mutating func next() -> Token {
        let token = anyToken()
        return Int(token.end) > firstNUL ? invalid(firstNUL, firstNUL + 1, "a NUL character stands in the text") : token
    }

    private mutating func anyToken() -> Token {
        if let token = skipBlanks() { return token }
        guard offset < bytes.count else { return Token(kind: .end, keyword: nil, start: UInt32(bytes.count), end: UInt32(bytes.count)) }
        let start = offset
        let c = bytes[start]
        if Self.startsWord(c) { return word(start) }
        if Self.isDigit(c) || (c == UInt8(ascii: ".") && Self.isDigit(byte(start + 1))) { return number(start) }
        switch c {
        case UInt8(ascii: "'"): return quoted(start, contentStart: start + 1, by: c, .string, "string")
        case UInt8(ascii: "\""): return quoted(start, contentStart: start + 1, by: c, .quotedIdentifier, "quoted name")
        case UInt8(ascii: "`") where dialect == .sqlite: return quoted(start, contentStart: start + 1, by: c, .quotedIdentifier, "quoted name")
        case UInt8(ascii: "[") where dialect == .sqlite: return bracketed(start)
        default: break
        }
        if let token = parameter(start, c) { return token }
        return punctuation(start, c)
    }

    // MARK: Blanks and comments

    /// Moves past blanks and comments; returns a token only for a comment that never ends.
    private mutating func skipBlanks() -> Token? {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0B, 0x0C, 0x0D: offset += 1
            case UInt8(ascii: "-") where byte(offset + 1) == UInt8(ascii: "-"):
                offset += 2
                while offset < bytes.count, bytes[offset] != 0x0A { offset += 1 }
            case UInt8(ascii: "/") where byte(offset + 1) == UInt8(ascii: "*"):
                let start = offset
                if !skipComment() {
                    offset = bytes.count
                    if dialect == .duckdb { return invalid(start, bytes.count, "the comment that starts here never ends") }
                }
            case 0xC2 where byte(offset + 1) == 0xA0: offset += 2 // no-break space, pasted from web pages
            default: return nil
            }
        }
        return nil
    }

    /// Moves past a comment; false when it does not end.
    private mutating func skipComment() -> Bool {
        offset += 2
        var depth = 1
        while offset + 1 < bytes.count {
            if bytes[offset] == UInt8(ascii: "*"), bytes[offset + 1] == UInt8(ascii: "/") {
                offset += 2
                depth -= 1
                if depth == 0 { return true }
            } else if dialect == .duckdb, bytes[offset] == UInt8(ascii: "/"), bytes[offset + 1] == UInt8(ascii: "*") {
                offset += 2
                depth += 1
            } else {
                offset += 1
            }
        }
        return false
    }

    // MARK: Words and numbers

    static func isDigit(_ c: UInt8) -> Bool { c >= 0x30 && c <= 0x39 }
    static func startsWord(_ c: UInt8) -> Bool { (c | 0x20) >= 0x61 && (c | 0x20) <= 0x7A || c == 0x5F || c >= 0x80 }
    static func continuesWord(_ c: UInt8) -> Bool { startsWord(c) || isDigit(c) || c == UInt8(ascii: "$") }

    private mutating func word(_ start: Int) -> Token {
        if byte(start + 1) == UInt8(ascii: "'") {
            switch bytes[start] | 0x20 {
            case UInt8(ascii: "x"): return blob(start)
            case UInt8(ascii: "e") where dialect == .duckdb: return escapeString(start)
            default: break
            }
        }
        var i = start + 1
        while i < bytes.count, Self.continuesWord(bytes[i]) { i += 1 }
        offset = i
        return Token(kind: .word, keyword: Keyword.lookUp(bytes, start, i), start: UInt32(start), end: UInt32(i))
    }

    private mutating func number(_ start: Int) -> Token {
        var i = start
        if bytes[i] == UInt8(ascii: "0"), byte(i + 1) | 0x20 == UInt8(ascii: "x"), Self.hexValue(byte(i + 2)) != nil {
            i += 2
            while Self.hexValue(byte(i)) != nil || (dialect == .duckdb && byte(i) == UInt8(ascii: "_")) { i += 1 }
            return numberEnd(start, i, .hexInteger)
        }
        var kind = TokenKind.integer
        i = digits(from: i)
        // `1..2` is not a number with a point.
        if byte(i) == UInt8(ascii: "."), byte(i + 1) != UInt8(ascii: ".") {
            kind = .decimal
            i = digits(from: i + 1)
        }
        if byte(i) | 0x20 == UInt8(ascii: "e") {
            var j = i + 1
            if byte(j) == UInt8(ascii: "+") || byte(j) == UInt8(ascii: "-") { j += 1 }
            if Self.isDigit(byte(j)) {
                kind = .double
                i = digits(from: j)
            }
        }
        return numberEnd(start, i, kind)
    }

    private func digits(from start: Int) -> Int {
        var i = start
        while Self.isDigit(byte(i)) || (dialect == .duckdb && byte(i) == UInt8(ascii: "_") && i > start && Self.isDigit(byte(i + 1))) { i += 1 }
        return i
    }

    private mutating func numberEnd(_ start: Int, _ end: Int, _ kind: TokenKind) -> Token {
        var i = end
        if i < bytes.count, Self.startsWord(bytes[i]) {
            while i < bytes.count, Self.continuesWord(bytes[i]) { i += 1 }
            offset = i
            return invalid(start, i, "a number runs into a word")
        }
        return simple(kind, start, i - start)
    }

    static func hexValue(_ c: UInt8) -> UInt8? {
        switch c {
        case 0x30 ... 0x39: c - 0x30
        case 0x41 ... 0x46: c - 0x37
        case 0x61 ... 0x66: c - 0x57
        default: nil
        }
    }

    // MARK: Quoted things

    private mutating func quoted(_ start: Int, contentStart: Int, by quote: UInt8, _ kind: TokenKind, _ what: String) -> Token {
        var i = contentStart
        while i < bytes.count {
            if bytes[i] == quote {
                if byte(i + 1) != quote { return simple(kind, start, i + 1 - start) }
                i += 1
            }
            i += 1
        }
        offset = bytes.count
        return invalid(start, bytes.count, "the \(what) that starts here never ends")
    }

    private mutating func bracketed(_ start: Int) -> Token {
        var i = start + 1
        while i < bytes.count, bytes[i] != UInt8(ascii: "]") { i += 1 }
        guard i < bytes.count else {
            offset = bytes.count
            return invalid(start, bytes.count, "the quoted name that starts here never ends")
        }
        return simple(.quotedIdentifier, start, i + 1 - start)
    }

    private mutating func blob(_ start: Int) -> Token {
        var i = start + 2
        while Self.hexValue(byte(i)) != nil { i += 1 }
        guard byte(i) == UInt8(ascii: "'") else {
            offset = min(i + 1, bytes.count)
            return invalid(start, offset, "a blob literal holds hexadecimal digits only")
        }
        guard (i - start - 2) % 2 == 0 else {
            offset = i + 1
            return invalid(start, offset, "a blob literal needs an even number of hexadecimal digits")
        }
        return simple(.blob, start, i + 1 - start)
    }

    private mutating func escapeString(_ start: Int) -> Token {
        var i = start + 2
        while i < bytes.count {
            if bytes[i] == UInt8(ascii: "\\") {
                i += 2
                continue
            }
            if bytes[i] == UInt8(ascii: "'") {
                if byte(i + 1) != UInt8(ascii: "'") { return simple(.escapeString, start, i + 1 - start) }
                i += 1
            }
            i += 1
        }
        offset = bytes.count
        return invalid(start, bytes.count, "the string that starts here never ends")
    }

    /// `$$…$$` or `$tag$…$tag$` at `start`, if that is what begins here.
    private mutating func dollarString(_ start: Int) -> Token? {
        var i = start + 1
        if Self.startsWord(byte(i)) { while Self.startsWord(byte(i)) || Self.isDigit(byte(i)) { i += 1 } }
        guard byte(i) == UInt8(ascii: "$") else { return nil }
        let delimiter = bytes[start ... i]
        var j = i + 1
        while j + delimiter.count <= bytes.count {
            if bytes[j] == UInt8(ascii: "$"), bytes[j ..< j + delimiter.count].elementsEqual(delimiter) {
                return simple(.dollarString, start, j + delimiter.count - start)
            }
            j += 1
        }
        offset = bytes.count
        return invalid(start, bytes.count, "the string that starts here never ends")
    }

    // MARK: Parameters and punctuation

    private mutating func parameter(_ start: Int, _ c: UInt8) -> Token? {
        var i = start + 1
        switch c {
        case UInt8(ascii: "?"):
            while Self.isDigit(byte(i)) { i += 1 }
            return simple(.parameter, start, i - start)
        case UInt8(ascii: "#"):
            guard dialect == .duckdb, Self.isDigit(byte(i)) else { return nil }
            while Self.isDigit(byte(i)) { i += 1 }
            return simple(.positional, start, i - start)
        case UInt8(ascii: "$"), UInt8(ascii: "@"), UInt8(ascii: ":"):
            if c == UInt8(ascii: "$"), dialect == .duckdb, let token = dollarString(start) { return token }
            let accepted = dialect == .duckdb && c != UInt8(ascii: "$") ? Self.startsWord(byte(i)) : Self.continuesWord(byte(i))
            guard accepted else { return nil }
            while Self.continuesWord(byte(i)) { i += 1 }
            // SQLite's parameters may have Tcl's form `$a::b`.
            while dialect == .sqlite, c == UInt8(ascii: "$"), byte(i) == UInt8(ascii: ":"), byte(i + 1) == UInt8(ascii: ":"), Self.continuesWord(byte(i + 2)) {
                i += 2
                while Self.continuesWord(byte(i)) { i += 1 }
            }
            return simple(.parameter, start, i - start)
        default: return nil
        }
    }

    private mutating func punctuation(_ start: Int, _ c: UInt8) -> Token {
        let d = byte(start + 1), e = byte(start + 2), f = byte(start + 3)
        func second(_ character: Unicode.Scalar) -> Bool { d == UInt8(ascii: character) }
        func third(_ character: Unicode.Scalar) -> Bool { e == UInt8(ascii: character) }
        switch c {
        case UInt8(ascii: "("): return simple(.leftParen, start, 1)
        case UInt8(ascii: ")"): return simple(.rightParen, start, 1)
        case UInt8(ascii: "["): return simple(.leftBracket, start, 1)
        case UInt8(ascii: "]"): return simple(.rightBracket, start, 1)
        case UInt8(ascii: "{"): return simple(.leftBrace, start, 1)
        case UInt8(ascii: "}"): return simple(.rightBrace, start, 1)
        case UInt8(ascii: ","): return simple(.comma, start, 1)
        case UInt8(ascii: ";"): return simple(.semicolon, start, 1)
        case UInt8(ascii: "."): return simple(.dot, start, 1)
        case UInt8(ascii: ":"):
            if second(":") { return simple(.castColons, start, 2) }
            return second("=") ? simple(.assign, start, 2) : simple(.colon, start, 1)
        case UInt8(ascii: "*"): return second("*") ? simple(.power, start, 2) : simple(.star, start, 1)
        case UInt8(ascii: "+"): return simple(.plus, start, 1)
        case UInt8(ascii: "-"):
            if second(">") { return third(">") ? simple(.longArrow, start, 3) : simple(.arrow, start, 2) }
            return simple(.minus, start, 1)
        case UInt8(ascii: "/"): return second("/") ? simple(.doubleSlash, start, 2) : simple(.slash, start, 1)
        case UInt8(ascii: "%"): return simple(.percent, start, 1)
        case UInt8(ascii: "^"): return second("@") ? simple(.startsWith, start, 2) : simple(.caret, start, 1)
        case UInt8(ascii: "="):
            if second("=") { return simple(.equal, start, 2) }
            return second(">") ? simple(.fatArrow, start, 2) : simple(.equal, start, 1)
        case UInt8(ascii: "<"):
            if second("=") { return simple(.lessOrEqual, start, 2) }
            if second(">") { return simple(.notEqual, start, 2) }
            if second("<") { return simple(.shiftLeft, start, 2) }
            if second("@"), dialect == .duckdb { return simple(.containedBy, start, 2) }
            return simple(.less, start, 1)
        case UInt8(ascii: ">"):
            if second("=") { return simple(.greaterOrEqual, start, 2) }
            return second(">") ? simple(.shiftRight, start, 2) : simple(.greater, start, 1)
        case UInt8(ascii: "!"):
            if second("=") { return simple(.notEqual, start, 2) }
            if second("~") {
                if third("~") { return f == UInt8(ascii: "*") ? simple(.notDoubleTildeStar, start, 4) : simple(.notDoubleTilde, start, 3) }
                return third("*") ? simple(.notTildeStar, start, 3) : simple(.notTilde, start, 2)
            }
        case UInt8(ascii: "&"): return second("&") ? simple(.doubleAmpersand, start, 2) : simple(.ampersand, start, 1)
        case UInt8(ascii: "|"): return second("|") ? simple(.concat, start, 2) : simple(.pipe, start, 1)
        case UInt8(ascii: "~"):
            if dialect == .sqlite { return simple(.tilde, start, 1) }
            if second("~") {
                if third("~") { return simple(.tripleTilde, start, 3) }
                return third("*") ? simple(.doubleTildeStar, start, 3) : simple(.doubleTilde, start, 2)
            }
            return second("*") ? simple(.tildeStar, start, 2) : simple(.tilde, start, 1)
        case UInt8(ascii: "#") where dialect == .duckdb && second(">"): return third(">") ? simple(.hashLongArrow, start, 3) : simple(.hashArrow, start, 2)
        case UInt8(ascii: "@"): return second(">") ? simple(.contains, start, 2) : simple(.at, start, 1)
        default: break
        }
        offset = start + 1
        return invalid(start, offset, c < 0x20 || c == 0x7F ? "a control character (code \(c)) stands in the text" : "the character '\(Unicode.Scalar(c))' has no meaning here")
    }

    private mutating func simple(_ kind: TokenKind, _ start: Int, _ length: Int) -> Token {
        offset = start + length
        return Token(kind: kind, keyword: nil, start: UInt32(start), end: UInt32(start + length))
    }

    private mutating func invalid(_ start: Int, _ end: Int, _ message: String) -> Token {
        failure = (message, start)
        return Token(kind: .invalid, keyword: nil, start: UInt32(start), end: UInt32(end))
    }
}
