import PageStore

/// One row of `sqlite_schema`, read below SQL.
public struct SchemaEntry: Sendable, Hashable {
    /// The root page of `sqlite_schema` itself.
    public static let root: PageNumber = 1

    /// `table`, `index`, `view` or `trigger`.
    public let type: String
    /// The object's name.
    public let name: String
    /// The table that the object belongs to.
    public let tableName: String
    /// The root page of its b-tree; 0 for views, triggers and virtual tables.
    public let rootPage: PageNumber
    /// The statement that made it; nil for automatic indexes.
    public let sql: String?

    public init(type: String, name: String, tableName: String, rootPage: PageNumber, sql: String?) {
        self.type = type
        self.name = name
        self.tableName = tableName
        self.rootPage = rootPage
        self.sql = sql
    }

    init(_ record: RecordView) throws(BTreeError) {
        var columns = record.columns
        func text(_ column: ColumnView?) -> String? {
            guard let column, column.storageClass == .text else { return nil }
            return String(decoding: column.bytes, as: UTF8.self)
        }
        guard let type = text(try columns.next()), let name = text(try columns.next()),
              let tableName = text(try columns.next())
        else { throw .corrupt(page: record.page, detail: "a row of sqlite_schema has no name or type") }
        self.type = type
        self.name = name
        self.tableName = tableName
        let stored = try columns.next()?.integer ?? 0
        guard let root = PageNumber(exactly: stored) else {
            throw .corrupt(page: record.page, detail: "the root page \(stored) of \(name) is impossible")
        }
        rootPage = root
        sql = text(try columns.next())
    }
}

extension DatabaseImage {
    /// The rows of `sqlite_schema` in rowid order; none for a database of no pages.
    ///
    /// - Throws: ``BTreeError`` when the schema's b-tree is corrupt or unreadable.
    public func schema() throws(BTreeError) -> [SchemaEntry] {
        guard pageCount > 0 else { return [] }
        let cursor = TreeCursor(self, root: SchemaEntry.root, kind: .rowid)
        var entries: [SchemaEntry] = []
        while try cursor.next() { entries.append(try SchemaEntry(cursor.record())) }
        return entries
    }

    /// The root page of the table `name` (compared as SQLite does, ignoring ASCII case); nil if there is none.
    public func rootPage(ofTable name: String) throws(BTreeError) -> PageNumber? {
        let wanted = name.lowercased()
        for entry in try schema() where entry.type == "table" && entry.name.lowercased() == wanted {
            return entry.rootPage == 0 ? nil : entry.rootPage
        }
        return nil
    }
}
