/// How a table's rows lie in its b-tree, worked out from its schema: the bridge from declared to stored columns.
public struct StoredTable: Sendable, Hashable {
    /// One stored column.
    public struct Column: Sendable, Hashable {
        /// The column's name.
        public let name: String
        /// Its place among the declared columns, hidden and generated ones included, from 0.
        public let declaredIndex: Int
        /// The declared type as written; empty where there is none.
        public let declaredType: String
        /// Its place in the primary key from 1; 0 when it is no part of it.
        public let primaryKeyPosition: Int
        /// Whether its values are generated (STORED; VIRTUAL ones are not in the b-tree).
        public let isGenerated: Bool
    }

    /// The b-tree that is ordered by the declared primary key.
    public struct PrimaryKey: Sendable, Hashable {
        /// The automatic index of a rowid table; nil for a WITHOUT ROWID table, whose own b-tree it is.
        public let indexName: String?
        /// How that b-tree is ordered.
        public let order: KeyOrder
        /// The key's columns by stored index, in that order.
        public let columns: [Int]
    }

    /// The table's name.
    public let name: String
    /// Whether it is a WITHOUT ROWID table.
    public let isWithoutRowid: Bool
    /// The columns in stored order: `columns[i]` is what ``RowView/value(at:)`` gives for `i`.
    public let columns: [Column]
    /// How to read and order the rows.
    public let layout: TableLayout
    /// The declared primary key; nil where there is none or it is the rowid.
    public let primaryKey: PrimaryKey?

    /// The stored index of the column `name` (ASCII case ignored); nil if there is none.
    public func index(of name: String) -> Int? {
        columns.firstIndex { $0.name.lowercased() == name.lowercased() }
    }

    /// The pairs of columns of the same name, for ``DatabaseDiff/rows(old:new:comparing:method:)``.
    public static func pairsByName(old: StoredTable, new: StoredTable) -> [ColumnPair] {
        old.columns.indices.compactMap { index in
            new.index(of: old.columns[index].name).map { ColumnPair(old: index, new: $0) }
        }
    }
}

/// The affinity that SQLite gives a column by its declared type (section 3.1 of SQLite's document on datatypes).
enum ColumnAffinity {
    case integer, text, blob, real, numeric

    init(declaredType: String) {
        let type = declaredType.uppercased()
        if type.contains("INT") {
            self = .integer
        } else if type.contains("CHAR") || type.contains("CLOB") || type.contains("TEXT") {
            self = .text
        } else if type.isEmpty || type.contains("BLOB") {
            self = .blob
        } else if type.contains("REAL") || type.contains("FLOA") || type.contains("DOUB") {
            self = .real
        } else {
            self = .numeric
        }
    }
}

extension Connection {
    /// How the rows of a table are stored.
    ///
    /// - Throws: ``EngineError`` with `BL_NO_SUCH_TABLE`, or with `BL_UNSUPPORTED` when a column of the primary
    ///   key has a collation that is not one of SQLite's own.
    public func storedTable(_ name: String, in schema: String = "main") throws(EngineError) -> StoredTable {
        let declared = try columns(of: name, in: schema)
        guard !declared.isEmpty else {
            throw EngineError(code: EngineErrorCode.noSuchTable, message: "no such table: \(name)", table: name)
        }
        let isWithoutRowid = try internally { () throws(EngineError) in
            try query(
                "SELECT 1 FROM pragma_table_list(?1) WHERE schema = ?2 COLLATE NOCASE AND wr <> 0",
                [.text(name), .text(schema)]
            ).isEmpty == false
        }
        let keyIndex = try indexes(of: name, in: schema).first { $0.origin == "pk" }
        let isStored = { (index: Int) in declared[index].hidden != 2 && declared[index].hidden != 1 }
        var order: [Int] = []
        var kind = TreeKind.rowid
        let keyOrder = try keyIndex.map { index throws(EngineError) in try Self.keyOrder(index, of: name) }
        if isWithoutRowid, let keyIndex, let keyOrder {
            order = keyIndex.columns.map(\.columnPosition)
            kind = .keyed(keyOrder)
        }
        order += declared.indices.filter { isStored($0) && !order.contains($0) }

        var layout = TableLayout(kind: kind)
        // The alias of the rowid is a lone key column of type INTEGER; where SQLite made an index for the key
        // (`INTEGER PRIMARY KEY DESC`), the column is an ordinary one.
        let keyed = declared.indices.filter { declared[$0].primaryKeyPosition > 0 }
        if !isWithoutRowid, keyIndex == nil, keyed.count == 1, let only = keyed.first,
           declared[only].declaredType.uppercased() == "INTEGER" {
            layout.rowidColumn = order.firstIndex(of: only)
        }
        for (stored, index) in order.enumerated() {
            let affinity = ColumnAffinity(declaredType: declared[index].declaredType)
            if affinity == .real { layout.realColumns.insert(stored) }
            layout.defaults.append(try constantDefault(declared[index].defaultSQL, affinity))
        }
        return StoredTable(
            name: name, isWithoutRowid: isWithoutRowid,
            columns: order.map { index in
                StoredTable.Column(
                    name: declared[index].name, declaredIndex: index, declaredType: declared[index].declaredType,
                    primaryKeyPosition: declared[index].primaryKeyPosition, isGenerated: declared[index].isGenerated
                )
            },
            layout: layout,
            primaryKey: keyIndex.flatMap { index in
                keyOrder.map { keyOrder in
                    let columns = index.columns.compactMap { column in order.firstIndex(of: column.columnPosition) }
                    return StoredTable.PrimaryKey(indexName: isWithoutRowid ? nil : index.name, order: keyOrder, columns: columns)
                }
            }
        )
    }

    private static func keyOrder(_ index: SchemaIndex, of table: String) throws(EngineError) -> KeyOrder {
        var key: [KeyColumn] = []
        for column in index.columns {
            guard let collation = Collation(name: column.collation) else {
                throw EngineError(
                    code: EngineErrorCode.unsupported,
                    message: "the primary key of \(table) is ordered by the collation \(column.collation)",
                    hint: "Row diffs know BINARY, NOCASE and RTRIM.", table: table, column: column.name
                )
            }
            key.append(KeyColumn(collation: collation, descending: column.isDescending))
        }
        return KeyOrder(columns: key)
    }

    /// What rows hold that are older than the column. ALTER TABLE takes constant defaults only, so what cannot be
    /// evaluated without a row is never needed and counts as NULL.
    private func constantDefault(_ sql: String?, _ affinity: ColumnAffinity) throws(EngineError) -> SQLiteValue {
        guard let sql else { return .null }
        let rows: [[SQLiteValue]]
        do throws(EngineError) {
            rows = try internally { () throws(EngineError) in
                try query("SELECT v, CAST(v AS TEXT), CAST(v AS NUMERIC) FROM (SELECT (\(sql)) AS v)")
            }
        } catch {
            return .null
        }
        guard let row = rows.first, row.count == 3 else { return .null }
        switch (row[0], affinity) {
        case (.integer, .text), (.real, .text): return row[1]
        case (.integer(let number), .real): return .real(Double(number))
        case (.text(let text), .integer), (.text(let text), .numeric), (.text(let text), .real):
            // Only a text that is a number from end to end is converted.
            guard let number = Double(text.filter { $0 != " " }), number.isFinite else { return row[0] }
            if affinity == .real { return .real(number) }
            return row[2]
        case (.real, .integer), (.real, .numeric): return row[2]
        default: return row[0]
        }
    }
}
