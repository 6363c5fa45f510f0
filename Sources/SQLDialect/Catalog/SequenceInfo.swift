/// A sequence: how its values follow each other. Where it stands is not part of it: values are handed out store-wide.
///
/// A sequence is stored as a view of its name, so that it forks, is compared, merged, renamed and dropped like one, and no table
/// can have its name. SQLite sees constants; the definition is the original text behind them.
public struct SequenceInfo: Sendable, Hashable {
    public var start: Int64
    public var increment: Int64
    public var minimum: Int64
    public var maximum: Int64
    public var cycles: Bool
    public var cache: Int64
    /// SMALLINT, INTEGER or BIGINT.
    public var type: DuckType
    /// The column that it belongs to, as written: `schema.table.column` or `table.column`.
    public var owner: [String]

    public init(start: Int64 = 1, increment: Int64 = 1, minimum: Int64 = 1, maximum: Int64 = .max, cycles: Bool = false, cache: Int64 = 1, type: DuckType = .bigint, owner: [String] = []) {
        self.start = start
        self.increment = increment
        self.minimum = minimum
        self.maximum = maximum
        self.cycles = cycles
        self.cache = cache
        self.type = type
        self.owner = owner
    }

    /// How the text of a stored sequence begins.
    static let textPrefix = "CREATE SEQUENCE "

    /// The statement that makes it, under a name.
    func definition(_ name: Identifier) -> CreateSequence {
        var create = CreateSequence(name: ObjectName(name), options: [
            .type(TypeName(type.name)), .increment(increment), .minValue(minimum), .maxValue(maximum), .start(start), .cache(cache), .cycle(cycles),
        ])
        if !owner.isEmpty { create.options.append(.ownedBy(ColumnReference(path: owner.map { Identifier($0) }))) }
        return create
    }

    /// What stands in the branch's schema.
    func stored(_ name: ObjectName, plainName: Identifier) -> String {
        // The whole definition, as constants: what a comment says is no difference between two views.
        let values: [(String, Expr)] = [
            ("last_value", .integer(start)), ("log_cnt", .integer(0)), ("is_called", .integer(0)), ("data_type", .string(type.name)), ("increment", .integer(increment)),
            ("minimum_value", .integer(minimum)), ("maximum_value", .integer(maximum)), ("cycle_option", .integer(cycles ? 1 : 0)), ("cache_size", .integer(cache)),
            ("owned_by", owner.isEmpty ? .null : .string(owner.joined(separator: "."))),
        ]
        let core = SelectCore(items: values.map { .expr($0.1, alias: nil) })
        let view = CreateView(name: name, columns: values.map { Identifier($0.0) }, select: Select(core))
        let text = Printer.print(Statement(.createSequence(definition(plainName))))
        return Printer.print(Statement(.createView(view))) + " " + TableInfo.viewMark.open + TableInfo.percentEncoded(text) + TableInfo.viewMark.close
    }

    /// Reads a stored text; nil when it is another view's.
    static func read(_ view: TableInfo.ViewText?) -> SequenceInfo? {
        guard let view, view.dialect == .duckdb, view.text.hasPrefix(textPrefix), let parsed = try? Parser.parse(view.text, dialect: .duckdb),
            case .createSequence(let create)? = parsed.first?.node
        else { return nil }
        var info = SequenceInfo()
        do throws(SQLError) { try info.apply(create.options) } catch { return nil }
        return info
    }

    /// Changes it as the options say.
    /// - Returns: the value to start again from, when RESTART was among them.
    /// - Throws: what does not go together.
    @discardableResult
    mutating func apply(_ options: [CreateSequence.Option]) throws(SQLError) -> Int64? {
        var (minimum, maximum, start): (Int64??, Int64??, Int64?) = (nil, nil, nil)
        var restart: Int64??
        let before = self
        for option in options {
            switch option {
            case .type(let name):
                switch foldedASCII(name.name) {
                case "smallint", "int2", "short": type = .smallint
                case "integer", "int", "int4": type = .integer
                case "bigint", "int8", "long": type = .bigint
                default: throw SQLError(code: BinderCode.bind, message: "A sequence must be of type SMALLINT, INTEGER or BIGINT, not \(name.name)")
                }
            case .increment(let value):
                guard value != 0 else { throw SQLError(code: BinderCode.bind, message: "The INCREMENT of a sequence must not be zero") }
                increment = value
            case .minValue(let value): minimum = .some(value)
            case .maxValue(let value): maximum = .some(value)
            case .start(let value): start = value
            case .cycle(let value): cycles = value
            case .cache(let value): cache = max(1, value)
            case .ownedBy(let column): owner = column?.path.map(\.text) ?? []
            case .restart(let value): restart = .some(value)
            case .sequenceName: break
            }
        }
        let (lowest, highest): (Int64, Int64) =
            switch type {
            case .smallint: (Int64(Int16.min), Int64(Int16.max))
            case .integer: (Int64(Int32.min), Int64(Int32.max))
            default: (.min, .max)
            }
        func bound(_ given: Int64??, _ known: Int64, _ natural: Int64) -> Int64 {
            switch given {
            case .some(.some(let value)): value
            case .some(.none): natural
            case .none: type == before.type && (increment > 0) == (before.increment > 0) ? known : natural
            }
        }
        self.minimum = max(lowest, bound(minimum, before.minimum, increment > 0 ? 1 : lowest))
        self.maximum = min(highest, bound(maximum, before.maximum, increment > 0 ? highest : -1))
        guard self.minimum < self.maximum else {
            throw SQLError(code: BinderCode.bind, message: "The MINVALUE (\(self.minimum)) of a sequence must be less than its MAXVALUE (\(self.maximum))")
        }
        if let start { self.start = start } else if minimum != nil || maximum != nil || (increment > 0) != (before.increment > 0) {
            self.start = increment > 0 ? max(before.start, self.minimum) : self.maximum
        }
        if start == nil, self.minimum != before.minimum, increment > 0, before.start == before.minimum { self.start = self.minimum }
        guard (self.minimum...self.maximum).contains(self.start) else {
            throw SQLError(code: BinderCode.bind, message: "The START value (\(self.start)) of a sequence must lie between its MINVALUE and its MAXVALUE")
        }
        guard let restart else { return nil }
        return restart ?? self.start
    }
}

extension TableInfo {
    /// What it is, when it is a sequence.
    public var sequence: SequenceInfo? { kind == .view ? SequenceInfo.read(view) : nil }
    /// Whether it is a sequence, by a look at its text.
    public var isSequence: Bool { kind == .view && view?.dialect == .duckdb && view?.text.hasPrefix(SequenceInfo.textPrefix) == true }
}

extension SchemaRow {
    /// Whether it is a sequence: a view that only stands for one.
    public var isSequence: Bool { type == "view" && sql?.contains(TableInfo.viewMark.open + SequenceInfo.textPrefix) == true }
}

extension BranchSchema {
    /// The names (SQLite's form) of the sequences, in the schema's order.
    public var sequenceNames: [String] { rows.lazy.filter(\.isSequence).map(\.name) }
}
