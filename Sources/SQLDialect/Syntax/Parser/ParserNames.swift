// Names, strings and types.
extension Parser {
    // MARK: Identifiers

    /// Whether the token can be a name.
    func isName(_ token: Token) -> Bool {
        switch token.kind {
        case .quotedIdentifier: true
        case .word: token.keyword.map { !rules.reserved.contains($0) } ?? true
        // SQLite takes a string for a name wherever only a name can stand.
        case .string: dialect == .sqlite
        default: false
        }
    }

    /// The identifier a token spells, whatever it is reserved for.
    func makeIdentifier(_ token: Token) -> Identifier {
        switch token.kind {
        case .quotedIdentifier, .string:
            Identifier(unquoted(token), quoted: true, isDoubleQuoted: lexer.bytes[Int(token.start)] == UInt8(ascii: "\""), range: token.range)
        default: Identifier(text(of: token), range: token.range)
        }
    }

    mutating func takeIdentifier() -> Identifier {
        let identifier = makeIdentifier(token)
        advance()
        return identifier
    }

    /// A name, or the error that `what` was expected.
    mutating func identifier(_ what: String) throws(SQLError) -> Identifier {
        guard isName(token) else { throw unexpected(what) }
        if token.kind == .quotedIdentifier, token.end - token.start == 2, dialect == .duckdb {
            throw malformed("a quoted name may not be empty", at: token)
        }
        return takeIdentifier()
    }

    /// A name after AS or a dot: in the duckdb dialect any word will do.
    mutating func label(_ what: String) throws(SQLError) -> Identifier {
        if token.kind == .word, dialect == .duckdb { return takeIdentifier() }
        if token.kind == .string { return takeIdentifier() }
        return try identifier(what)
    }

    /// An alias without AS, if there is one.
    mutating func bareAlias() -> Identifier? {
        switch token.kind {
        case .quotedIdentifier: return takeIdentifier()
        case .string where dialect == .sqlite: return takeIdentifier()
        case .word:
            if let keyword = token.keyword, rules.notBareAlias.contains(keyword), !isAliasAfterAll(keyword) { return nil }
            return takeIdentifier()
        default: return nil
        }
    }

    /// Words that are syntax only if the right thing follows; else they are aliases like any other.
    private mutating func isAliasAfterAll(_ keyword: Keyword) -> Bool {
        if rules.reserved.contains(keyword) { return false }
        // `t at JOIN …`: AT is syntax only before a version or a time in parentheses.
        if keyword == .AT { return peek().kind != .leftParen }
        let following = peek()
        switch keyword {
        case .OFFSET, .INDEXED, .CROSS, .FULL, .INNER, .LEFT, .NATURAL, .OUTER, .RIGHT, .ESCAPE, .GLOB, .REGEXP, .MATCH: return false
        case .WINDOW: return !(following.kind == .word && peek(2).keyword == .AS)
        default:
            // Followed by the end or a separator, a soft word cannot begin a clause.
            switch following.kind {
            case .end, .semicolon, .comma, .rightParen: return true
            default: return following.keyword == .FROM || following.keyword == .WHERE
            }
        }
    }

    /// The rest of a dotted name whose first part has been read.
    mutating func objectName(_ what: String) throws(SQLError) -> ObjectName {
        let first = try identifier(what)
        guard at(.dot) else { return ObjectName(first) }
        advance()
        let second = try label("a name after '.'")
        guard at(.dot) else { return ObjectName(schema: first, name: second) }
        advance()
        let third = try label("a name after '.'")
        if at(.dot) { throw unexpected("no fourth part in a name") }
        return ObjectName(catalog: first, schema: second, name: third)
    }

    /// `(a, b)` if there is one.
    mutating func optionalColumnList() throws(SQLError) -> [Identifier] {
        guard at(.leftParen) else { return [] }
        return try parenthesized("a column name") { parser throws(SQLError) in try parser.identifier("a column name") }
    }

    // MARK: Strings

    /// The value of a quoted token: quotes taken off, doubled quotes made single, escapes resolved.
    func unquoted(_ token: Token) -> String {
        let bytes = lexer.bytes
        var start = Int(token.start), end = Int(token.end) - 1
        switch token.kind {
        case .escapeString:
            return unescaped(start + 2, end)
        case .dollarString:
            start += 1
            while bytes[start] != UInt8(ascii: "$") { start += 1 }
            let delimiterLength = start + 1 - Int(token.start)
            end = Int(token.end) - delimiterLength
            return String(decoding: bytes[start + 1 ..< end], as: UTF8.self)
        default: break
        }
        let quote = bytes[start]
        start += 1
        if quote == UInt8(ascii: "[") { return String(decoding: bytes[start ..< end], as: UTF8.self) }
        guard bytes[start ..< end].contains(quote) else { return String(decoding: bytes[start ..< end], as: UTF8.self) }
        var result: [UInt8] = []
        result.reserveCapacity(end - start)
        var i = start
        while i < end {
            result.append(bytes[i])
            i += bytes[i] == quote ? 2 : 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Whether `U&'…'` is next: a string with `\\0061` and `\\+01F600` in it.
    mutating func startsUnicodeString() -> Bool {
        guard token.kind == .word, isWord("u") else { return false }
        let ampersand = peek(), string = peek(2)
        return ampersand.kind == .ampersand && string.kind == .string && touch(token, ampersand) && touch(ampersand, string)
    }

    mutating func unicodeString() throws(SQLError) -> Expr {
        let start = token.start
        advance()
        advance()
        let current = token
        let scalars = Array(unquoted(current).unicodeScalars)
        advance()
        var result = String.UnicodeScalarView()
        var i = 0
        while i < scalars.count {
            guard scalars[i] == "\\" else {
                result.append(scalars[i])
                i += 1
                continue
            }
            if i + 1 < scalars.count, scalars[i + 1] == "\\" {
                result.append("\\")
                i += 2
                continue
            }
            let isLong = i + 1 < scalars.count && scalars[i + 1] == "+"
            let from = i + (isLong ? 2 : 1), to = from + (isLong ? 6 : 4)
            guard to <= scalars.count, let code = UInt32(scalars[from ..< to].map { String($0) }.joined(), radix: 16), let scalar = Unicode.Scalar(code) else {
                throw malformed("an escape in a U& string is a backslash and four hexadecimal digits, or \\+ and six", at: current)
            }
            result.append(scalar)
            i = to
        }
        return Expr(.literal(.string(String(result))), range: range(from: start))
    }

    /// The value of an `E'…'` string between two offsets.
    private func unescaped(_ start: Int, _ end: Int) -> String {
        let bytes = lexer.bytes
        var result = String.UnicodeScalarView()
        var plain: [UInt8] = []
        func flush() {
            result.append(contentsOf: String(decoding: plain, as: UTF8.self).unicodeScalars)
            plain.removeAll(keepingCapacity: true)
        }
        func hex(_ from: Int, _ count: Int) -> (value: UInt32, length: Int) {
            var value: UInt32 = 0, length = 0
            while length < count, from + length < end, let digit = Lexer.hexValue(bytes[from + length]) {
                value = value << 4 | UInt32(digit)
                length += 1
            }
            return (value, length)
        }
        var i = start
        while i < end {
            let c = bytes[i]
            if c == UInt8(ascii: "'") {
                plain.append(c)
                i += 2
                continue
            }
            guard c == UInt8(ascii: "\\"), i + 1 < end else {
                plain.append(c)
                i += 1
                continue
            }
            let escape = bytes[i + 1]
            i += 2
            switch escape {
            case UInt8(ascii: "n"): plain.append(0x0A)
            case UInt8(ascii: "t"): plain.append(0x09)
            case UInt8(ascii: "r"): plain.append(0x0D)
            case UInt8(ascii: "b"): plain.append(0x08)
            case UInt8(ascii: "f"): plain.append(0x0C)
            case UInt8(ascii: "x"), UInt8(ascii: "u"), UInt8(ascii: "U"):
                let count = escape == UInt8(ascii: "x") ? 2 : escape == UInt8(ascii: "u") ? 4 : 8
                let (value, length) = hex(i, count)
                if length == 0 { plain.append(escape) } else if let scalar = Unicode.Scalar(value) {
                    flush()
                    result.append(scalar)
                }
                i += length
            case 0x30 ... 0x37:
                var value = UInt32(escape - 0x30), length = 1
                while length < 3, i < end, bytes[i] >= 0x30, bytes[i] <= 0x37 {
                    value = value << 3 | UInt32(bytes[i] - 0x30)
                    i += 1
                    length += 1
                }
                if let scalar = Unicode.Scalar(value) {
                    flush()
                    result.append(scalar)
                }
            default: plain.append(escape)
            }
        }
        flush()
        return String(result)
    }

    func isString(_ token: Token) -> Bool { token.kind == .string || token.kind == .escapeString || token.kind == .dollarString }

    mutating func string(_ what: String) throws(SQLError) -> String {
        guard isString(token) else { throw unexpected(what) }
        let value = unquoted(token)
        advance()
        return value
    }

    /// A whole number with an optional sign.
    mutating func signedInteger(_ what: String) throws(SQLError) -> Int64 {
        let negative = at(.minus)
        if negative || at(.plus) { advance() }
        guard at(.integer) || at(.hexInteger) else { throw unexpected(what) }
        let digits = (negative ? "-" : "") + text(of: token).filter { $0 != "_" }
        guard let value = Int64(digits) else { throw malformed("\(digits) does not fit in 64 bits", at: token) }
        advance()
        return value
    }

    // MARK: Types

    /// A type name. In SQLite any run of words is one; in DuckDB a word, or one of the SQL standard's phrases.
    mutating func typeName() throws(SQLError) -> TypeName {
        // Two levels: the frames of types in types are large.
        try enter()
        try enter()
        defer {
            leave()
            leave()
        }
        let start = token.start
        var type: TypeName
        if dialect == .sqlite {
            guard isName(token) else { throw unexpected("a type name") }
            var words: [Identifier] = []
            while isName(token), !endsType(token) { words.append(takeIdentifier()) }
            if words.isEmpty { words.append(takeIdentifier()) }
            type = TypeName(words: words)
            if at(.leftParen) { type.arguments = try typeArguments() }
        } else {
            type = try duckdbTypeName()
        }
        while true {
            if at(.leftBracket), dialect == .duckdb {
                advance()
                if at(.integer) {
                    type.dimensions.append(Int(text(of: token)))
                    advance()
                } else {
                    type.dimensions.append(nil)
                }
                try expect(.rightBracket, "']' after the array size")
            } else if at(.ARRAY), dialect == .duckdb {
                advance()
                type.dimensions.append(nil)
            } else {
                break
            }
        }
        type.range = range(from: start)
        return type
    }

    /// Words that begin a column constraint rather than go on with SQLite's type name.
    private mutating func endsType(_ token: Token) -> Bool {
        guard token.kind == .word, let keyword = token.keyword else { return false }
        switch keyword {
        case .GENERATED: return peek().keyword == .ALWAYS
        default: return false
        }
    }

    /// Whether a type name can be next; some are reserved words elsewhere.
    mutating func startsType() -> Bool {
        if isName(token) { return true }
        return dialect == .duckdb && (at(.ARRAY) || at(.UNION)) && peek().kind == .leftParen
    }

    private mutating func duckdbTypeName() throws(SQLError) -> TypeName {
        guard startsType() else { throw unexpected("a type name") }
        // PostgreSQL's clients write their types with the schema they live in.
        if peek().kind == .dot {
            guard isWord("pg_catalog") || isWord("information_schema") else { throw unsupported("a type in a schema", at: token) }
            advance()
            advance()
        }
        guard startsType() else { throw unexpected("a type name") }
        var words = [takeIdentifier()]
        let first = words[0].quoted ? "" : words[0].key
        switch first {
        case "double": if isWord("precision") { words.append(takeIdentifier()) }
        case "character", "char", "national", "bit", "nchar":
            while isWord("varying") || isWord("character") || isWord("char") { words.append(takeIdentifier()) }
        case "unsigned", "signed": if isName(token) { words.append(takeIdentifier()) }
        // Our own mark of a column's type, as stored schemas have it.
        case "duckdb": while isName(token), token.keyword == nil || at(.TIME) || at(.TIMESTAMP) || at(.INTERVAL) { words.append(takeIdentifier()) }
        default: break
        }
        var type = TypeName(words: words)
        if at(.leftParen) { type.arguments = try typeArguments() }
        if first == "time" || first == "timestamp" {
            if (at(.WITH) || at(.WITHOUT)), peek().keyword == .TIME, peek(2).keyword == .ZONE {
                for _ in 0 ..< 3 { type.words.append(takeIdentifier()) }
            }
        }
        return type
    }

    /// Whether the token is this word, which is no keyword. The word is in lower case.
    func isWord(_ word: String) -> Bool {
        guard token.kind == .word, Int(token.end - token.start) == word.utf8.count else { return false }
        return equalIgnoringASCIICase(text(of: token), word)
    }

    mutating func acceptWord(_ word: String) -> Bool {
        guard isWord(word) else { return false }
        advance()
        return true
    }

    private mutating func typeArguments() throws(SQLError) -> [TypeArgument] {
        advance()
        var arguments: [TypeArgument] = []
        while !at(.rightParen) {
            arguments.append(try typeArgument())
            if !accept(.comma) { break }
        }
        try expect(.rightParen, "')' after the type's arguments")
        return arguments
    }

    private mutating func typeArgument() throws(SQLError) -> TypeArgument {
        switch token.kind {
        case .plus, .minus, .integer, .decimal, .double, .hexInteger:
            let start = token.start
            if at(.plus) || at(.minus) { advance() }
            switch token.kind {
            case .integer, .decimal, .double, .hexInteger: advance()
            default: throw unexpected("a number")
            }
            return .number(slice(start, previousEnd))
        case .string where dialect == .duckdb: return .string(try string("a string"))
        default: break
        }
        if dialect == .duckdb {
            let following = peek()
            // `a INT` is a field; `DOUBLE PRECISION` and `DECIMAL(4,1)` are types.
            if following.kind == .word || following.kind == .quotedIdentifier, !startsLongType(token) {
                let name = try label("a field name")
                return .field(name, try typeName())
            }
        }
        return .type(try typeName())
    }

    private mutating func startsLongType(_ token: Token) -> Bool {
        guard token.kind == .word else { return false }
        let following = peek()
        let next = foldedASCII(text(of: following))
        switch foldedASCII(text(of: token)) {
        case "double": return next == "precision"
        case "character", "char", "bit", "national": return next == "varying" || next == "character" || next == "char"
        case "time", "timestamp": return (next == "with" || next == "without") && peek(2).keyword == .TIME
        default: return false
        }
    }
}
