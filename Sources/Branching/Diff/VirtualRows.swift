import Engine
import SQLDialect

/// All rows of a virtual table as its module gives them, by rowid.
struct VirtualRows {
    let columns: [String]
    let rows: [Int64: [SQLiteValue]]

    init(_ side: VersionSide, _ name: String) throws(BranchLiteError) {
        let columns = (side.schema.table(name)?.columns ?? []).map(\.name)
        self.columns = columns
        let connection = try side.connection
        rows = try mapEngine { () throws(EngineError) in
            var found: [Int64: [SQLiteValue]] = [:]
            let list = (["rowid"] + columns).map { quoteIdentifier($0) }.joined(separator: ", ")
            for row in try connection.query("SELECT \(list) FROM main.\(quoteIdentifier(name))") {
                guard case .integer(let rowid)? = row.first else { continue }
                found[rowid] = Array(row.dropFirst())
            }
            return found
        }
    }

    func json(_ rowid: Int64) -> [String: JSONValue]? {
        rows[rowid].map { VirtualRows.json(columns, $0) }
    }

    static func json(_ columns: [String], _ values: [SQLiteValue]) -> [String: JSONValue] {
        Dictionary(zip(columns, values).map { ($0, Value(stored: $1, type: .dynamic).jsonValue) }, uniquingKeysWith: { first, _ in first })
    }
}
