/// HatiData's table functions that look rows of a table up for a prompt.
enum ContextFunction: String {
    /// `hatidata_context(table, words, count)`: the rows in whose text columns most of the words are found.
    case text = "hatidata_context"
    /// `hatidata_rag_context(table, column, vector, count)`: the rows whose vector is nearest, by the cosine of the angle.
    case vector = "hatidata_rag_context"

    /// Shorter words say little.
    fileprivate static let shortestWord = 3
    fileprivate static let defaultCount: Int64 = 10
}

extension Binder {
    func bindContext(_ function: ContextFunction, _ source: FunctionSource, range: SourceRange, scope: Scope) throws(SQLError) -> TableRef {
        let arguments = source.call.arguments.map(\.value)
        let given = function == .text ? 2...3 : 3...4
        guard given.contains(arguments.count) else {
            throw error(BinderCode.bind, "\(function.rawValue) takes \(given.lowerBound) or \(given.upperBound) arguments, \(arguments.count) were given", at: range)
        }
        let table = try word(arguments[0], "The table of \(function.rawValue)").split(separator: ".").map { Printer.quoteIfNeeded(String($0)) }.joined(separator: ".")
        var count = ContextFunction.defaultCount
        if arguments.count == given.upperBound, let last = arguments.last {
            guard case .integer(let number)? = try value(of: try cast(try bind(last, Scope(parent: nil)), to: .bigint)), number >= 0 else {
                throw error(BinderCode.bind, "The number of rows of \(function.rawValue) must be a whole number that is known before the statement runs", at: last.range)
            }
            count = number
        }
        let query: BoundQuery
        switch function {
        case .text:
            let words = try word(arguments[1], "What \(function.rawValue) looks for").lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
            let long = words.filter { $0.count >= ContextFunction.shortestWord }
            let columns = try bind(text: "SELECT * FROM \(table)", range: range).columns.filter { $0.type == .varchar }.map { "s." + Printer.quote($0.name) }
            guard !columns.isEmpty else { throw error(BinderCode.bind, "The table \(table) has no text column for \(function.rawValue) to look in", at: range) }
            let found = (long.isEmpty ? words : long).map { word in "(" + columns.map { "contains(lower(\($0)), '\(word)')" }.joined(separator: " OR ") + ")" }
            let score = found.map { "CASE WHEN \($0) THEN 1 ELSE 0 END" }.joined(separator: " + ")
            let rows = found.isEmpty ? "FALSE" : "\(found.joined(separator: " OR ")) ORDER BY \(score) DESC"
            query = try bind(text: "SELECT s.* FROM \(table) AS s WHERE \(rows) LIMIT \(count)", range: range)
        case .vector:
            let column = "s." + Printer.quote(try word(arguments[1], "The column of \(function.rawValue)"))
            guard case .list(let items) = arguments[2].node else {
                throw error(BinderCode.bind, "The vector of \(function.rawValue) must be a list such as [0.1, 0.2]", at: arguments[2].range)
            }
            var numbers: [Double] = []
            for item in items {
                guard case .double(let number)? = try value(of: try cast(try bind(item, Scope(parent: nil)), to: .double)) else {
                    throw error(BinderCode.bind, "The vector of \(function.rawValue) must be made of numbers", at: item.range)
                }
                numbers.append(number)
            }
            let vector = "[" + numbers.map { "(\($0))::DOUBLE" }.joined(separator: ", ") + "]"
            let cosine = "(SELECT sum(x * y) / nullif(sqrt(sum(x * x)) * sqrt(sum(y * y)), 0) FROM unnest(\(column)::DOUBLE[], \(vector)) AS z(x, y))"
            query = try bind(text: "SELECT s.* FROM \(table) AS s WHERE len(\(column)::DOUBLE[]) = \(numbers.count) ORDER BY \(cosine) DESC NULLS LAST LIMIT \(count)", range: range)
        }
        return try add(query, alias: source.alias, scope: scope, range: range, name: function.rawValue)
    }

    /// A text argument: a constant, or a parameter's value.
    private func word(_ expr: Expr, _ what: String) throws(SQLError) -> String {
        guard case .text(let text)? = try value(of: try cast(try bind(expr, Scope(parent: nil)), to: .varchar)) else {
            throw error(BinderCode.bind, "\(what) must be a text that is known before the statement runs", at: expr.range)
        }
        return text
    }

    /// Binds a query that is made here; an error in it is one of the call.
    private func bind(text: String, range: SourceRange) throws(SQLError) -> BoundQuery {
        let saved = source
        source = text
        defer { source = saved }
        do throws(SQLError) {
            guard let statement = try Parser.parse(text, dialect: .duckdb).first, case .select(let select) = statement.node else {
                throw SQLError(code: SQLError.Code.parse, message: "It is not a query")
            }
            return try bindQuery(select, parent: nil)
        } catch {
            source = saved
            throw self.error(error.code, error.message, at: range, hint: error.hint)
        }
    }
}
