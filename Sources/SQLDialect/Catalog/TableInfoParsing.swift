extension TableInfo {
    /// The prefix of a constraint name that carries something of the duckdb dialect: the type of a rowid alias
    /// (`CONSTRAINT "duckdb:BIGINT" PRIMARY KEY`), or a default as it was written (`CONSTRAINT "duckdb:now()" DEFAULT …`).
    static let constraintMark = "duckdb:"
    /// What stands around the original text at the end of a view of the duckdb dialect.
    static let viewMark = (open: "/*duckdb:", close: "*/")

    /// Reads a CREATE TABLE as it stands in `sqlite_schema`.
    /// - Throws: `BL_PARSE_ERROR` when it is not one.
    public init(parsing sql: String) throws(SQLError) {
        let statements = try Parser.parse(sql, dialect: .sqlite)
        guard statements.count == 1, case .createTable(let table) = statements[0].node else {
            throw SQLError(code: SQLError.Code.parse, message: "Not a CREATE TABLE statement: \(sql.prefix(60))")
        }
        self.init(table, sql: sql)
    }

    init(_ table: CreateTable, sql: String) {
        self.init(name: table.name.name.text, kind: .table, columns: [], sql: sql)
        definition = table
        isWithoutRowid = table.withoutRowid
        isStrict = table.isStrict
        guard case .definition(let definitions, let constraints) = table.body else { return }
        for definition in definitions { add(definition, sql: sql) }
        for constraint in constraints { add(constraint, sql: sql) }
        finish()
    }

    /// A view or virtual table, or a table whose text cannot be read.
    init(name: String, kind: Kind, columns: [ColumnInfo], sql: String) {
        self.name = name
        self.kind = kind
        self.columns = columns
        self.sql = sql
        primaryKey = []
        rowidAlias = nil
        isWithoutRowid = false
        isAutoincrement = false
        isStrict = false
        uniqueConstraints = []
        foreignKeys = []
        checks = []
        view = nil
        definition = nil
        hasStrictKey = false
        relationColumns = RelationColumn.numbered(columns)
        if kind == .view { view = TableInfo.viewText(sql) }
    }

    private mutating func add(_ definition: ColumnDefinition, sql: String) {
        let declared = definition.type.map { TableInfo.text(of: $0) } ?? ""
        let (type, storage) = ColumnInfo.interpret(declaredType: declared)
        var column = ColumnInfo(name: definition.name.text, type: type, storage: storage, declaredType: declared)
        let index = columns.count
        for constraint in definition.constraints {
            let mark = constraint.name.flatMap { TableInfo.marked($0.text) }
            switch constraint.kind {
            case .primaryKey(let direction, _, let autoincrement):
                primaryKey = [index]
                isAutoincrement = autoincrement
                if !isWithoutRowid, direction != .descending, equalIgnoringASCIICase(declared, "INTEGER") {
                    rowidAlias = index
                    if let mark, let marked = ConstraintNaming.keyType(mark) {
                        column.type = marked
                        column.storage = .duckdb
                        column.declaredType = ColumnInfo.declaration(of: marked)
                        hasStrictKey = !autoincrement
                    }
                }
            case .notNull:
                column.isNotNull = true
                column.identity = ColumnIdentity(constraint.name)
            case .unique: uniqueConstraints.append([index]); column.isUnique = true
            case .check(let expr): checks.append(expr.range.text(in: sql))
            case .defaultValue(let expr): column.defaultText = mark ?? TableInfo.defaultText(expr, sql: sql)
            case .collate(let name): column.collation = name.text
            case .references(let key): foreignKeys.append(ForeignKeyInfo([definition.name], key))
            case .generated(_, let storage): column.generated = storage == .stored ? .stored : .virtual
            case .null, .identity: break
            }
        }
        columns.append(column)
    }

    private mutating func add(_ constraint: TableConstraint, sql: String) {
        func indices(_ list: [IndexedColumn]) -> [Int] { list.compactMap { $0.columnName.flatMap { columnIndex($0.text) } } }
        switch constraint.kind {
        case .primaryKey(let list, _, let autoincrement):
            primaryKey = indices(list)
            isAutoincrement = isAutoincrement || autoincrement
            if !isWithoutRowid, primaryKey.count == 1, list[0].direction != .descending,
                equalIgnoringASCIICase(columns[primaryKey[0]].declaredType, "INTEGER") {
                rowidAlias = primaryKey[0]
            }
        case .unique(let list, _):
            let key = indices(list)
            uniqueConstraints.append(key)
            if key.count == 1 { columns[key[0]].isUnique = true }
        case .check(let expr, _): checks.append(expr.range.text(in: sql))
        case .foreignKey(let names, let key): foreignKeys.append(ForeignKeyInfo(names, key))
        }
    }

    private mutating func finish() {
        for index in primaryKey {
            columns[index].isPrimaryKey = true
            // A rowid alias is never NULL, nor is a key of a WITHOUT ROWID table; other keys may be, in SQLite.
            if index == rowidAlias || isWithoutRowid { columns[index].isNotNull = true }
        }
        relationColumns = RelationColumn.numbered(columns)
    }

    /// The declared type as it stands, one blank between words.
    static func text(of type: TypeName) -> String {
        let arguments = argumentTexts(type)
        return arguments.isEmpty ? type.name : type.name + "(" + arguments.joined(separator: ",") + ")"
    }

    static func argumentTexts(_ type: TypeName) -> [String] {
        type.arguments.compactMap { argument in
            switch argument {
            case .number(let digits): digits
            case .string(let string): string
            case .type(let inner): text(of: inner)
            case .field: nil
            }
        }
    }

    static func marked(_ constraintName: String) -> String? {
        constraintName.hasPrefix(constraintMark) ? String(constraintName.dropFirst(constraintMark.count)) : nil
    }

    private static func defaultText(_ expr: Expr, sql: String) -> String {
        let text = expr.range.text(in: sql)
        return text.isEmpty ? Printer.print(expr) : text
    }

    /// The text to bind a view from: the original one when the duckdb dialect made it.
    static func viewText(_ sql: String) -> ViewText {
        if sql.hasSuffix(viewMark.close), let start = sql.range(ofLast: viewMark.open) {
            let escaped = sql[start.upperBound...].dropLast(viewMark.close.count)
            return ViewText(text: percentDecoded(escaped), dialect: .duckdb)
        }
        return ViewText(text: sql, dialect: .sqlite)
    }

    /// `text` so that it can stand inside a comment: `*`, `/` and `%` are percent-escaped.
    static func percentEncoded(_ text: String) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "%"): result += Array("%25".utf8)
            case UInt8(ascii: "*"): result += Array("%2A".utf8)
            case UInt8(ascii: "/"): result += Array("%2F".utf8)
            default: result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    static func percentDecoded(_ text: some StringProtocol) -> String {
        var result: [UInt8] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16) {
                result.append(value)
                bytes = bytes.dropFirst(2)
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension ForeignKeyInfo {
    init(_ names: [Identifier], _ key: ForeignKey) {
        self.init(columns: names.map(\.text), table: key.table.name.text, referencedColumns: key.columns.map(\.text))
        isActive = [key.onDelete, key.onUpdate].contains { action in
            switch action {
            case .cascade, .setNull, .setDefault: true
            case .restrict, .noAction, nil: false
            }
        }
    }
}

extension String {
    /// The last place where `other` stands; nil when it stands nowhere.
    func range(ofLast other: String) -> Range<String.Index>? {
        let haystack = Array(utf8), needle = Array(other.utf8)
        guard !needle.isEmpty, haystack.count >= needle.count else { return nil }
        var start = haystack.count - needle.count
        while start >= 0 {
            if haystack[start] == needle[0], haystack[start ..< start + needle.count].elementsEqual(needle) {
                let from = utf8.index(utf8.startIndex, offsetBy: start)
                return from ..< utf8.index(from, offsetBy: needle.count)
            }
            start -= 1
        }
        return nil
    }
}
