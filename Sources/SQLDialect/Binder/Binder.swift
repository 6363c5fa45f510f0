/// Binds one statement: resolves names, gives types, and lowers to SQLite's SQL in one pass.
///
/// Not shared: one binder serves one statement on one thread.
final class Binder {
    let catalog: any Catalog
    let settings: LoweringSettings
    /// The statement whose parameters are numbered.
    let statement: Statement
    /// The text that ranges point into: the statement's, or a view's while its body is bound.
    var source: String
    /// The branch that unqualified names mean: the session's, or a view's own while its body is bound.
    var contextBranch: BranchKey
    var contextMoment: ReadMoment?
    /// The branch that is schema 0 when the steps run: the session's, or the one that a session on main writes.
    var executionBranch: BranchKey

    // What is collected on the way.
    var reads: Set<TableReference> = []
    var writes: Set<TableReference> = []
    var attachments: [Attachment] = []
    var materializes: [String] = []
    var refreshes: [String] = []
    var systemParameters: [SystemParameter] = []
    var parameters: [ParameterInfo] = []
    var isCacheable = true
    /// What is bound goes into the schema: it cannot know the session.
    var isStoring = false
    /// Whether it takes a value from a sequence, or sets one.
    var advancesSequences = false
    var usesAdvisoryLocks = false
    /// What the statement has to say besides its result.
    var notices: [Notice] = []
    /// The table whose AUTOINCREMENT key the statement fills.
    var numberedTable: String?
    /// Sequences that the table being made brings along.
    var ownedSequences: [(info: SequenceInfo, name: Identifier)] = []

    /// Common tables in sight, the innermost WITH last.
    var commonTables: [[String: CommonTableInfo]] = []
    var viewDepth = 0
    /// WHERE of the SELECTs that are being bound, outermost first: they say which schemas a table of the catalogue is asked for.
    var conditions: [Expr] = []
    /// Whether the view whose body is being bound is a temporary one.
    var viewIsTemporary = false
    /// Whether table names are written with their SQLite schema. Not inside stored views and triggers, where SQLite
    /// looks in the object's own database.
    var qualifiesTables = true
    /// Whether references to other databases are allowed at all (not in what is stored).
    var usesAttachments = false
    private var parameterOrdinals: [UInt32: Int]?
    private var parameterNames: [String: Int] = [:]
    private var parameterCount = 0
    var aliasCounter = 0
    /// How often an alias or a view has been written out: those that use others twice would double without end.
    private var expansions = 0
    /// Whether SELECT lists must give their columns names because something will be put around them.
    var namesColumns = false

    init(catalog: any Catalog, settings: LoweringSettings, statement: Statement, source: String) {
        self.catalog = catalog
        self.settings = settings
        self.statement = statement
        self.source = source
        contextBranch = catalog.activeBranch
        executionBranch = catalog.activeBranch
    }

    // MARK: - Errors

    func position(_ range: SourceRange) -> SourcePosition? {
        range.isKnown ? SourcePosition(utf8Offset: Int(range.start), in: source) : nil
    }

    func error(_ code: String, _ message: String, at range: SourceRange, hint: String? = nil) -> SQLError {
        SQLError(code: code, message: message, hint: hint, position: position(range))
    }

    func typeError(_ message: String, at range: SourceRange, hint: String? = nil) -> SQLError {
        error(BinderCode.type, message, at: range, hint: hint)
    }

    func unsupported(_ construct: String, at range: SourceRange, hint: String? = nil) -> SQLError {
        .unsupported(construct, at: range, in: source, hint: hint)
    }

    /// Counts an alias or view that is written out.
    func countExpansion(at range: SourceRange) throws(SQLError) {
        expansions += 1
        guard expansions <= LoweringSettings.maximumExpansions else {
            throw error(
                SQLError.Code.tooDeep, "The statement's aliases and views come to more than \(LoweringSettings.maximumExpansions) when they are written out", at: range)
        }
    }

    // MARK: - Parameters

    /// The parameter as an expression of the lowered SQL. Ordinals follow the text, whatever order the clauses are bound in.
    func bind(_ parameter: Parameter, range: SourceRange) throws(SQLError) -> Bound {
        let ordinal: Int
        switch parameter {
        case .numbered(let number):
            guard number >= 1, number <= LoweringSettings.maximumParameters else {
                throw error(BinderCode.bind, "The parameter number \(number) is out of range", at: range)
            }
            ordinal = number
        case .named(let name):
            let ordinals = try ordinalsByOffset()
            ordinal = ordinals[range.start] ?? parameterNames[String(name.dropFirst())] ?? 1
        case .anonymous:
            ordinal = try ordinalsByOffset()[range.start] ?? 1
        }
        while parameters.count < ordinal {
            let next = parameters.count
            parameters.append(ParameterInfo(ordinal: next + 1, name: nil, type: next < settings.parameterTypes.count ? settings.parameterTypes[next] : nil))
        }
        if case .named(let name) = parameter { parameters[ordinal - 1].name = String(name.dropFirst()) }
        let expr = Expr(.parameter(.numbered(ordinal)), range: range)
        guard let type = parameters[ordinal - 1].type, ordinal <= settings.parameterTypes.count, settings.parameterTypes[ordinal - 1] != nil else {
            var bound = Bound(expr, .dynamic)
            bound.flexibility = .parameter(ordinal)
            return bound
        }
        var bound = Bound(expr, type)
        if type == .varchar { bound.flexibility = .textParameter }
        if type == .null { bound.flexibility = .null }
        return bound
    }

    private func ordinalsByOffset() throws(SQLError) -> [UInt32: Int] {
        if let parameterOrdinals { return parameterOrdinals }
        var collector = ParameterCollector()
        _ = try collector.rewrite(statement)
        let found = collector.found.sorted { $0.offset < $1.offset }
        var next = 1
        var result: [UInt32: Int] = [:]
        for (offset, parameter) in found {
            switch parameter {
            case .anonymous:
                result[offset] = next
                next += 1
            case .numbered(let number): next = max(next, number + 1)
            case .named(let text):
                let name = String(text.dropFirst())
                if let known = parameterNames[name] {
                    result[offset] = known
                } else {
                    parameterNames[name] = next
                    result[offset] = next
                    next += 1
                }
            }
        }
        parameterOrdinals = result
        parameterCount = next - 1
        return result
    }

    /// Notes the type that the context gives to a parameter.
    func note(_ ordinal: Int, type: DuckType) {
        guard ordinal <= parameters.count, parameters[ordinal - 1].type == nil, type != .dynamic, type != .null else { return }
        parameters[ordinal - 1].type = type
    }

    /// A parameter that the caller fills itself at each execution; its number comes after the user's.
    func systemParameter(_ source: SystemSource) throws(SQLError) -> Expr {
        if let known = systemParameters.first(where: { $0.source == source }) { return Expr(.parameter(.numbered(known.index))) }
        let index = try userParameterCount() + systemParameters.count + 1
        systemParameters.append(SystemParameter(index: index, source: source))
        return Expr(.parameter(.numbered(index)))
    }

    private func userParameterCount() throws(SQLError) -> Int {
        _ = try ordinalsByOffset()
        return parameterCount
    }

    // MARK: - Names in the lowered SQL

    /// SQLite's schema name of a branch (nil where it must not be written), noting what has to be attached.
    func schemaName(of branch: BranchKey, moment: ReadMoment?) throws(SQLError) -> Identifier? {
        if branch == executionBranch, moment == nil { return qualifiesTables ? "main" : nil }
        let attachment = Attachment(branch: branch, moment: moment)
        if !attachments.contains(attachment) { attachments.append(attachment) }
        usesAttachments = true
        return Identifier(attachment.alias)
    }

    /// A name for something that the user did not name.
    func freshName(_ stem: String) -> Identifier {
        aliasCounter += 1
        return Identifier("_\(stem)\(aliasCounter)")
    }
}

/// Finds the parameters of a statement.
private struct ParameterCollector: SyntaxRewriter {
    var found: [(offset: UInt32, parameter: Parameter)] = []

    mutating func rewrite(_ expr: Expr) throws(SQLError) -> Expr {
        if case .parameter(let parameter) = expr.node {
            found.append((expr.range.start, parameter))
            return expr
        }
        return try rewriteChildren(of: expr)
    }
}

/// A common table expression as the binder knows it.
struct CommonTableInfo {
    var lowered: Identifier
    var columns: [RelationColumn]
}
