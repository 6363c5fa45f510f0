// Calls: arguments, lambdas, what follows the parentheses, windows, and the SQL standard's own call forms.
extension Parser {
    /// Functions that take a lambda: there `x -> …` is one; elsewhere `->` takes a JSON value apart.
    private static let lambdaFunctions: Set<String> = [
        "list_transform", "list_apply", "array_transform", "array_apply", "apply", "transform",
        "list_filter", "array_filter", "filter", "list_reduce", "array_reduce", "reduce", "columns",
    ]

    /// A call whose name is one word, read from the word on. The frames of calls in calls hold as little as can be:
    /// what is put together after the arguments is put together elsewhere.
    mutating func plainCall() throws(SQLError) -> Expr {
        let start = index
        advance()
        let arguments = try argumentList(of: start)
        return try finishPlainCall(start, arguments)
    }

    private mutating func finishPlainCall(_ position: Int, _ arguments: [FunctionArgument]) throws(SQLError) -> Expr {
        let word = tokens[position]
        var call = FunctionCall(ObjectName(makeIdentifier(word)), arguments)
        try finish(&call)
        return Expr(.call(call), range: range(from: word.start))
    }

    /// The call of a function whose name has been read; the next token is its '('.
    mutating func functionCall(_ name: ObjectName, _ start: UInt32) throws(SQLError) -> Expr {
        let call = try functionCallBody(name)
        return Expr(.call(call), range: range(from: start))
    }

    mutating func functionCallBody(_ name: ObjectName) throws(SQLError) -> FunctionCall {
        let arguments = try argumentList(of: index - 1)
        return try finished(name, arguments)
    }

    private mutating func finished(_ name: ObjectName, _ arguments: [FunctionArgument]) throws(SQLError) -> FunctionCall {
        var call = FunctionCall(name, arguments)
        try finish(&call)
        return call
    }

    /// The parenthesis and the arguments of the function whose name is at a position; DISTINCT and `*` are passed over
    /// and looked at again by `finish`.
    private mutating func argumentList(of position: Int) throws(SQLError) -> [FunctionArgument] {
        callStarts.append(index)
        try expect(.leftParen, "'('")
        if at(.DISTINCT) || at(.ALL) { advance() }
        if at(.star), peek().kind == .rightParen {
            advance()
            return []
        }
        var arguments: [FunctionArgument] = []
        if at(.rightParen) || at(.ORDER) { return arguments }
        let takesLambda = dialect == .duckdb && position >= 0 && Self.lambdaFunctions.contains(foldedASCII(text(of: tokens[position])))
        repeat {
            if dialect == .duckdb, at(.rightParen) { break }
            arguments.append(startsPlainArgument() ? FunctionArgument(name: nil, value: try expression()) : try argument(takesLambda))
        } while accept(.comma)
        return arguments
    }

    /// Whether the next argument is an expression and nothing else, as far as one token can tell.
    private mutating func startsPlainArgument() -> Bool {
        switch token.kind {
        case .word: if dialect == .sqlite || !at(.LAMBDA) { return peek().kind == .leftParen || peek().kind == .comma || peek().kind == .rightParen }
        case .star, .leftParen, .quotedIdentifier: return false
        default: return true
        }
        return false
    }

    /// All of a call after its arguments.
    private mutating func finish(_ call: inout FunctionCall) throws(SQLError) {
        if let opening = callStarts.popLast() {
            let first = tokens[opening + 1]
            call.isDistinct = first.keyword == .DISTINCT
            call.isStar = call.arguments.isEmpty && (first.kind == .star || tokens[min(opening + 2, tokens.count - 1)].kind == .star) && tokens[index - 1].kind == .star
        }
        if at(.ORDER) {
            advance()
            try expect(.BY, after: "ORDER")
            call.orderBy = try orderTerms()
        }
        try nullTreatment(&call)
        try expect(.rightParen, "',' or ')' after the arguments of \(call.name.name.text)")
        if token.kind == .word { try afterArguments(&call) }
    }

    private mutating func argument(_ takesLambda: Bool) throws(SQLError) -> FunctionArgument {
        try enter()
        defer { leave() }
        if dialect == .duckdb {
            if let lambda = try lambda(anyName: takesLambda) { return FunctionArgument(name: nil, value: lambda) }
            if startsStar() {
                let start = token.start
                let star = try star()
                return FunctionArgument(name: nil, value: Expr(.columns(.star(star)), range: range(from: start)))
            }
        }
        if token.kind == .word || token.kind == .quotedIdentifier, peek().kind == .assign || peek().kind == .fatArrow {
            let name = takeIdentifier()
            advance()
            return FunctionArgument(name: name, value: try expression())
        }
        return FunctionArgument(name: nil, value: try expression())
    }

    /// A lambda if one begins here: `(x, y) -> …`, `lambda x: …`, and `x -> …` where `anyName` says so.
    mutating func lambda(anyName: Bool) throws(SQLError) -> Expr? {
        let start = token.start
        var names: [Identifier] = []
        if at(.LAMBDA), peek().kind == .word || peek().kind == .quotedIdentifier {
            advance()
            names = try list { parser throws(SQLError) in try parser.identifier("a name for the lambda's argument") }
            splitColon()
            try expect(.colon, "':' after the lambda's arguments")
        } else if anyName, isName(token), peek().kind == .arrow {
            names = [takeIdentifier()]
            advance()
        } else if at(.leftParen), let count = lambdaNames() {
            advance()
            for _ in 0 ..< count {
                names.append(takeIdentifier())
                advance()
            }
            advance()
        } else {
            return nil
        }
        let body = try expression()
        return Expr(.lambda(names, body), range: range(from: start))
    }

    /// How many names stand in `(x, y) ->`, or nil when it is something else.
    private mutating func lambdaNames() -> Int? {
        var ahead = 1, count = 0
        while isName(peek(ahead)) {
            count += 1
            switch peek(ahead + 1).kind {
            case .comma: ahead += 2
            case .rightParen: return peek(ahead + 2).kind == .arrow && count > 1 ? count : nil
            default: return nil
            }
        }
        return nil
    }

    private mutating func nullTreatment(_ call: inout FunctionCall) throws(SQLError) {
        if dialect == .sqlite { return }
        if accept(.IGNORE, .NULLS) { call.nullTreatment = .ignore } else if accept(.RESPECT, .NULLS) { call.nullTreatment = .respect }
    }

    private mutating func afterArguments(_ call: inout FunctionCall) throws(SQLError) {
        if at(.WITHIN), peek().keyword == .GROUP {
            advance()
            advance()
            try expect(.leftParen, "'(' after WITHIN GROUP")
            try expect(.ORDER)
            try expect(.BY, after: "ORDER")
            call.withinGroup = try orderTerms()
            try expect(.rightParen, "')'")
        }
        try nullTreatment(&call)
        if at(.FILTER), peek().kind == .leftParen {
            advance()
            advance()
            if dialect == .sqlite { try expect(.WHERE, after: "FILTER (") } else { _ = accept(.WHERE) }
            try enter()
            call.filter = try expression()
            leave()
            try expect(.rightParen, "')' after the filter")
        }
        try nullTreatment(&call)
        if at(.OVER) {
            if peek().kind == .leftParen {
                advance()
                call.over = .definition(try windowDefinition())
            } else if isName(peek()) {
                advance()
                call.over = .named(takeIdentifier())
            }
        }
    }

    // MARK: Windows

    /// A window in parentheses.
    mutating func windowDefinition() throws(SQLError) -> WindowDefinition {
        try enter()
        defer { leave() }
        try expect(.leftParen, "'('")
        var window = WindowDefinition()
        if isName(token), !startsWindowClause() { window.base = takeIdentifier() }
        if accept(.PARTITION) {
            try expect(.BY, after: "PARTITION")
            window.partitionBy = try expressionList()
        }
        if accept(.ORDER) {
            try expect(.BY, after: "ORDER")
            window.orderBy = try orderTerms()
        }
        if let unit = token.keyword.flatMap({ WindowFrame.Unit(rawValue: $0.rawValue) }) {
            advance()
            window.frame = try frame(unit)
        }
        try expect(.rightParen, "')' after the window")
        return window
    }

    private mutating func startsWindowClause() -> Bool {
        switch token.keyword {
        case .PARTITION: peek().keyword == .BY
        case .ROWS, .RANGE, .GROUPS: peek().kind != .rightParen && peek().keyword != .PARTITION && peek().keyword != .ORDER
        default: false
        }
    }

    private mutating func frame(_ unit: WindowFrame.Unit) throws(SQLError) -> WindowFrame {
        var frame = WindowFrame(unit: unit, start: .currentRow, end: nil, exclusion: nil)
        if accept(.BETWEEN) {
            frame.start = try frameBound()
            try expect(.AND, after: "the start of the frame")
            frame.end = try frameBound()
        } else {
            frame.start = try frameBound()
        }
        if accept(.EXCLUDE) {
            if accept(.NO) {
                try expect(.OTHERS, after: "EXCLUDE NO")
                frame.exclusion = .noOthers
            } else if accept(.CURRENT) {
                try expect(.ROW, after: "EXCLUDE CURRENT")
                frame.exclusion = .currentRow
            } else if accept(.GROUP) {
                frame.exclusion = .group
            } else {
                try expect(.TIES, after: "EXCLUDE")
                frame.exclusion = .ties
            }
        }
        return frame
    }

    private mutating func frameBound() throws(SQLError) -> WindowFrame.Bound {
        if at(.UNBOUNDED), peek().keyword == .PRECEDING || peek().keyword == .FOLLOWING {
            advance()
            let preceding = at(.PRECEDING)
            advance()
            return preceding ? .unboundedPreceding : .unboundedFollowing
        }
        if accept(.CURRENT, .ROW) { return .currentRow }
        let distance = try expression()
        if accept(.PRECEDING) { return .preceding(distance) }
        if accept(.FOLLOWING) { return .following(distance) }
        throw unexpected("PRECEDING or FOLLOWING")
    }

    // MARK: The SQL standard's call forms

    mutating func standardCall(_ keyword: Keyword) throws(SQLError) -> Expr {
        try enter()
        defer { leave() }
        let start = token.start
        let name = takeIdentifier()
        if let call = try standardArguments(keyword) {
            try expect(.rightParen, "')' after the arguments of \(name.text)")
            return Expr(.call(call), range: range(from: start))
        }
        return try functionCall(ObjectName(name), start)
    }

    /// The arguments of a special form up to the ')', or nil (and nothing read) when it is an ordinary call.
    private mutating func standardArguments(_ keyword: Keyword) throws(SQLError) -> FunctionCall? {
        switch keyword {
        case .EXTRACT: try extract()
        case .TRIM: try trim()
        default: try splitByWords(keyword)
        }
    }

    private mutating func extract() throws(SQLError) -> FunctionCall? {
        guard peek().kind == .word || isString(peek()), peek(2).keyword == .FROM else { return nil }
        advance()
        let field = token
        let name = isString(field) ? unquoted(field) : text(of: field)
        advance()
        advance()
        let value = try expression()
        return FunctionCall("date_part", [Expr(.literal(.string(foldedASCII(name))), range: field.range), value])
    }

    private mutating func trim() throws(SQLError) -> FunctionCall? {
        let opening = index
        advance()
        var function = "trim"
        var special = true
        switch token.keyword {
        case .BOTH: advance()
        case .LEADING:
            function = "ltrim"
            advance()
        case .TRAILING:
            function = "rtrim"
            advance()
        default: special = false
        }
        if accept(.FROM) {
            return FunctionCall(function, [try expression()])
        }
        if at(.rightParen) {
            rewind(to: opening)
            return nil
        }
        let first = try expression()
        if accept(.FROM) { return FunctionCall(function, [try expression(), first]) }
        if special { return FunctionCall(function, [first]) }
        return try plainRest("trim", first)
    }

    /// POSITION, SUBSTRING, OVERLAY: arguments split by words, or an ordinary list by commas.
    private mutating func splitByWords(_ keyword: Keyword) throws(SQLError) -> FunctionCall? {
        if peek().kind == .rightParen { return nil }
        advance()
        let name = foldedASCII(keyword.rawValue)
        // IN must not be taken for an operator in POSITION(a IN b).
        let first = try keyword == .POSITION && !isLongOperand() ? expression(Precedence.other) : expression()
        switch keyword {
        case .POSITION:
            if accept(.IN) { return FunctionCall(name, [first, try expression()]) }
        case .SUBSTRING:
            if accept(.FROM) {
                let from = try expression()
                // `substring(x FROM 'pattern')`: the group in parentheses, or all that matches.
                if let pattern = from.stringLiteral {
                    let group: Int64 = pattern.contains("(") ? 1 : 0
                    return FunctionCall("nullif", [Expr(.call(FunctionCall("regexp_extract", [first, from, .integer(group)]))), .string("")])
                }
                return FunctionCall(name, accept(.FOR) ? [first, from, try expression()] : [first, from])
            }
            if accept(.FOR) { return FunctionCall(name, [first, .integer(1), try expression()]) }
        default:
            if accept(.PLACING) {
                let replacement = try expression()
                try expect(.FROM, after: "the replacement in OVERLAY")
                let from = try expression()
                return FunctionCall(name, accept(.FOR) ? [first, replacement, from, try expression()] : [first, replacement, from])
            }
        }
        return try plainRest(name, first)
    }

    private func isLongOperand() -> Bool { at(.NOT) }

    private mutating func plainRest(_ name: String, _ first: Expr) throws(SQLError) -> FunctionCall {
        var values = [first]
        while accept(.comma) { values.append(try expression()) }
        return FunctionCall(name, values)
    }
}
