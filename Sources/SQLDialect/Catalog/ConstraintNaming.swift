/// A constraint of a table as PostgreSQL speaks of it: every one has a name, the user's or a generated one.
public struct ConstraintInfo: Sendable, Hashable {
    public enum Kind: Sendable, Hashable { case primaryKey, unique, foreignKey, check }

    public var name: String
    public var kind: Kind
    /// The names of its columns, in order; of a CHECK that stands with a column, that one.
    public var columns: [String]
    /// Whether the user gave the name.
    public var isNamed: Bool

    /// Where it stands in the definition.
    enum Place: Sendable, Hashable {
        case column(Int, constraint: Int)
        case table(Int)
    }

    var place: Place
}

/// Names of constraints: `t_pkey`, `t_c_key`, `t_c_fkey`, `t_c_check`, with a number where one is taken, as PostgreSQL makes them.
enum ConstraintNaming {
    /// All constraints but NOT NULL, in the order of the definition.
    static func constraints(table: String, columns: [ColumnDefinition], constraints: [TableConstraint]) -> [ConstraintInfo] {
        var found: [ConstraintInfo] = []
        func note(_ name: String?, _ kind: ConstraintInfo.Kind, _ columns: [String], _ place: ConstraintInfo.Place) {
            found.append(ConstraintInfo(name: name ?? "", kind: kind, columns: columns, isNamed: name != nil, place: place))
        }
        for (index, column) in columns.enumerated() {
            for (position, constraint) in column.constraints.enumerated() {
                let place = ConstraintInfo.Place.column(index, constraint: position)
                switch constraint.kind {
                case .primaryKey: note(keyName(constraint.name), .primaryKey, [column.name.text], place)
                case .unique: note(constraint.name?.text, .unique, [column.name.text], place)
                case .references: note(constraint.name?.text, .foreignKey, [column.name.text], place)
                case .check: note(checkName(constraint.name), .check, [column.name.text], place)
                default: break
                }
            }
        }
        for (index, constraint) in constraints.enumerated() {
            let place = ConstraintInfo.Place.table(index)
            switch constraint.kind {
            case .primaryKey(let list, _, _): note(keyName(constraint.name), .primaryKey, list.compactMap(\.columnName?.text), place)
            case .unique(let list, _): note(constraint.name?.text, .unique, list.compactMap(\.columnName?.text), place)
            case .foreignKey(let names, _): note(constraint.name?.text, .foreignKey, names.map(\.text), place)
            case .check(let expr, _): note(checkName(constraint.name), .check, checkedColumns(expr), place)
            }
        }
        var used = Set(found.filter(\.isNamed).map { foldedASCII($0.name) })
        for index in found.indices where !found[index].isNamed {
            let stem = generated(table, found[index])
            var name = stem, number = 0
            while !used.insert(foldedASCII(name)).inserted {
                number += 1
                name = stem + String(number)
            }
            found[index].name = name
        }
        return found
    }

    private static func generated(_ table: String, _ constraint: ConstraintInfo) -> String {
        let columns = constraint.columns.joined(separator: "_")
        return switch constraint.kind {
        case .primaryKey: "\(table)_pkey"
        case .unique: "\(table)_\(columns)_key"
        case .foreignKey: "\(table)_\(columns)_fkey"
        case .check: constraint.columns.count == 1 ? "\(table)_\(columns)_check" : "\(table)_check"
        }
    }

    private static func checkedColumns(_ expr: Expr) -> [String] {
        var names: [String] = []
        try? expr.forEachExpression { (inner) throws(SQLError) in
            if let column = inner.columnReference, !names.contains(where: { equalIgnoringASCIICase($0, column.name.text) }) { names.append(column.name.text) }
        }
        return names
    }

    /// What stands between the type of a key that is the rowid and the name that the user gave to the key.
    static let keySeparator = "/"

    static func keyMark(type: DuckType, name: Identifier?) -> Identifier {
        Identifier(TableInfo.constraintMark + type.name + (name.map { keySeparator + $0.text } ?? ""))
    }

    /// The user's name of a primary key.
    static func keyName(_ name: Identifier?) -> String? {
        guard let name else { return nil }
        guard let mark = TableInfo.marked(name.text) else { return name.text }
        return mark.firstIndex(of: "/").map { String(mark[mark.index(after: $0)...]) }
    }

    /// The type in the mark of a key.
    static func keyType(_ mark: String) -> DuckType? { DuckType(typeName: String(mark.prefix { $0 != "/" })) }

    /// The user's name of a CHECK; one without is named by its text.
    static func checkName(_ name: Identifier?) -> String? {
        guard let name else { return nil }
        guard let expr = try? Parser.parseExpression(name.text, dialect: .duckdb), expr.columnReference?.path.count != 1 else { return name.text }
        return nil
    }
}

extension TableInfo {
    /// Its constraints but NOT NULL, each with a name.
    public var constraints: [ConstraintInfo] {
        guard let definition, case .definition(let columns, let constraints) = definition.body else { return [] }
        return ConstraintNaming.constraints(table: SchemaNaming.decode(name).name, columns: columns, constraints: constraints)
    }
}
