/// An index as `pg_index` shows it: made by CREATE INDEX, or what a PRIMARY KEY or UNIQUE constraint stands on.
struct CatalogIndex: Sendable {
    struct Key: Sendable {
        /// The column, from 1; 0 for an expression.
        var number: Int
        /// The column's name in quotes where it needs them, or the expression.
        var text: String
        var isDescending: Bool
        var nullsFirst: Bool

        /// As CREATE INDEX has it.
        var definition: String {
            let order = isDescending ? " DESC" : ""
            guard nullsFirst != isDescending else { return text + order }
            return text + order + (nullsFirst ? " NULLS FIRST" : " NULLS LAST")
        }
    }

    var name: String
    var keys: [Key]
    var isUnique = false
    var isPrimary = false
    /// The constraint that it is made for.
    var constraint: Int?
    var condition: String?

    /// Reads the text of a CREATE INDEX; nil when it is not one.
    init?(_ row: SchemaRow, of table: TableInfo) {
        guard let sql = row.sql, let statement = try? Parser.parse(sql, dialect: .sqlite).first, case .createIndex(let create) = statement.node else { return nil }
        name = SchemaNaming.decode(row.name).name
        isUnique = create.isUnique
        condition = create.filter.map { table.shownText(of: $0, in: sql) }
        keys = create.columns.map { column in
            let descending = column.direction == .descending
            let nullsFirst = column.nulls.map { $0 == .first } ?? descending
            if let found = column.columnName, let index = table.columnIndex(found.text) {
                return Key(number: index + 1, text: Printer.quoteIfNeeded(table.columns[index].name), isDescending: descending, nullsFirst: nullsFirst)
            }
            let written = table.shownText(of: column.expr, in: sql)
            let isCall = if case .call = column.expr.node { true } else { false }
            return Key(number: 0, text: isCall ? written : "(\(written))", isDescending: descending, nullsFirst: nullsFirst)
        }
    }

    /// The index of a key.
    init(_ constraint: CatalogConstraint, number: Int, of table: TableInfo) {
        name = constraint.name
        isUnique = true
        isPrimary = constraint.kind == .primaryKey
        self.constraint = number
        keys = constraint.columns.map {
            Key(number: $0 + 1, text: Printer.quoteIfNeeded(table.columns[$0].name), isDescending: false, nullsFirst: false)
        }
    }

    /// CREATE INDEX as PostgreSQL prints it; pretty: with no more parentheses than a reader needs.
    func definition(on table: String, isPretty: Bool = false) -> String {
        let condition = condition.map { isPretty ? " WHERE \($0)" : " WHERE (\($0))" } ?? ""
        return "CREATE \(isUnique ? "UNIQUE " : "")INDEX \(Printer.quoteIfNeeded(name)) ON \(table) USING btree "
            + "(\(keys.map(\.definition).joined(separator: ", ")))\(condition)"
    }
}
