/// What a token is; the text is in the source.
enum TokenKind: UInt8, Sendable {
    case end
    /// A token the lexer could not make sense of; the error is in the lexer.
    case invalid
    /// An unquoted word, keyword or not.
    case word
    case quotedIdentifier
    case string
    /// `E'…'` with backslash escapes.
    case escapeString
    /// `$$…$$`, `$tag$…$tag$`
    case dollarString
    /// `x'…'`
    case blob
    case integer
    case hexInteger
    case decimal
    case double
    /// `?`, `?1`, `:a`, `@a`, `$a`, `$1`
    case parameter
    /// `#1`
    case positional
    case leftParen, rightParen, leftBracket, rightBracket, leftBrace, rightBrace
    case comma, semicolon, dot, colon, castColons, assign, fatArrow
    case star, plus, minus, slash, doubleSlash, percent, power, caret
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
    case shiftLeft, shiftRight, ampersand, pipe, concat, doubleAmpersand
    case arrow, longArrow
    case hashArrow, hashLongArrow
    case tilde, tildeStar, notTilde, notTildeStar
    /// PostgreSQL's spellings of LIKE, ILIKE and GLOB: `~~`, `~~*`, `!~~`, `!~~*`, `~~~`
    case doubleTilde, doubleTildeStar, notDoubleTilde, notDoubleTildeStar, tripleTilde
    case startsWith, contains, containedBy, at
}

struct Token: Sendable {
    var kind: TokenKind
    var keyword: Keyword?
    var start: UInt32
    var end: UInt32

    var range: SourceRange { SourceRange(start: start, end: end) }
}
