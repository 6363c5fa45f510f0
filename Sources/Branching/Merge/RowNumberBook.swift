import Engine
import PageStore
import SQLDialect

/// What a version knows of how rows of its tables without a key are numbered in versions that were merged into it.
///
/// A row that is new on both sides of a merge keeps its number on the one and gets another on the other. The target remembers
/// that, by the version that was merged, in a table of its database (`_bl_row_numbers`), so that the next merge finds the row again.
struct RowNumberBook: Hashable, Sendable {
    /// By the table's folded name, by the version that was merged: its rows' numbers to those here.
    private(set) var tables: [String: [VersionID: RowNumbers]] = [:]

    static let none = RowNumberBook()

    private init() {}

    init(_ image: DatabaseImage, _ objects: [SchemaEntry]) throws(BTreeError) {
        guard let entry = objects.first(where: { $0.type == "table" && $0.name == IdentityTable.rowNumbers }), entry.rootPage != 0 else { return }
        var runs: [String: [VersionID: [RowNumbers.Run]]] = [:]
        let cursor = TreeCursor(image, root: entry.rootPage, kind: .rowid)
        while try cursor.next() {
            let record = try cursor.record()
            var numbers: [Int64] = []
            for index in 1...4 { if case .integer(let number)? = try record.column(at: index)?.value { numbers.append(number) } }
            guard case .text(let table)? = try record.column(at: 0)?.value, numbers.count == 4, numbers[2] >= 0,
                !numbers[1].addingReportingOverflow(numbers[2]).overflow, !numbers[3].addingReportingOverflow(numbers[2]).overflow
            else {
                throw .corrupt(page: entry.rootPage, detail: "a row of \(IdentityTable.rowNumbers) has not its form")
            }
            let version = VersionID(rawValue: UInt64(bitPattern: numbers[0]))
            runs[table, default: [:]][version, default: []].append(RowNumbers.Run(first: numbers[1], count: numbers[2], to: numbers[3]))
        }
        tables = runs.mapValues { $0.mapValues { RowNumbers($0) } }
    }

    /// The same with tables called otherwise.
    func renamed(_ names: [String: String], without cleared: Set<String>) -> RowNumberBook {
        var book = RowNumberBook()
        for (table, lists) in tables where !cleared.contains(table) { book.tables[names[table].map { foldedASCII($0) } ?? table] = lists }
        return book
    }

    /// How rows of an older version are numbered here. Rows of a version that was not itself merged are found through those that
    /// come after it and were.
    func numbers(of version: VersionID, in table: String, _ store: Store) -> RowNumbers {
        guard let lists = tables[table] else { return .none }
        if let exact = lists[version] { return exact }
        let later = lists.keys.filter { store.isAncestor(version, of: $0) }
        let nearest = later.filter { one in !later.contains { $0 != one && store.isAncestor($0, of: one) } }
        return nearest.sorted().compactMap { lists[$0] }.reduce(.none) { $0.joined(with: $1) }
    }

    /// After a merge: what the source's rows are numbered here is noted, along with what the source itself had noted.
    ///
    /// - Parameter merged: for each table whose rows were merged, the source's numbers to those here.
    mutating func take(_ merged: [String: RowNumbers], from source: RowNumberBook, at version: VersionID, of branch: BranchID, _ store: Store) {
        tables = tables.mapValues { known in
            // Nothing can be found any more through a version that the store does not know.
            var lists = known.filter { $0.key == version || store.version($0.key) != nil }
            // What an older head of the same branch is numbered holds for the newer one as well.
            for (older, numbers) in lists where older != version && store.isAncestor(older, of: version) && store.version(older)?.branch == branch {
                lists[older] = nil
                lists[version] = (lists[version] ?? .none).joined(with: numbers)
            }
            return lists
        }
        for (table, numbers) in merged {
            let theirs = source.tables[table] ?? [:]
            if numbers.isEmpty, theirs.isEmpty, tables[table] == nil { continue }
            tables[table, default: [:]][version] = numbers
            for (older, list) in theirs where tables[table]?[older] == nil { tables[table]?[older] = list.then(numbers) }
        }
    }

    mutating func remove(_ table: String) { tables[table] = nil }
    mutating func copy(_ table: String, from other: RowNumberBook) { tables[table] = other.tables[table] }

    /// The rows of the table, in an order of their own.
    var rows: [[SQLiteValue]] {
        tables.sorted { $0.key < $1.key }.flatMap { table, lists in
            lists.sorted { $0.key < $1.key }.flatMap { version, numbers -> [[SQLiteValue]] in
                let known = SQLiteValue.integer(Int64(bitPattern: version.rawValue))
                // A version without runs is noted as well: its rows are numbered as they are here.
                let runs = numbers.isEmpty ? [RowNumbers.Run(first: 0, count: 0, to: 0)] : numbers.runs
                return runs.map { [.text(table), known, .integer($0.first), .integer($0.count), .integer($0.to)] }
            }
        }
    }
}
