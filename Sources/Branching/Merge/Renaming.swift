import Engine
import SQLDialect

extension Connection {
    /// Gives a version the names that it has in a merge.
    func rename(_ script: MergeNames.Script) throws(BranchLiteError) {
        if !script.clearing.isEmpty {
            try suspended { () throws(BranchLiteError) in for statement in script.clearing { try run(statement) } }
        }
        try rename(script.statements)
    }

    /// Runs the statements that rename tables and columns in a version. SQLite looks at every view meanwhile and fails on one that is
    /// broken, whatever that one reads; views of the duckdb dialect, which keep to their own text, are taken out and put back as they were.
    func rename(_ statements: [String]) throws(BranchLiteError) {
        var aside: [SchemaRow] = []
        for statement in statements {
            if !statement.hasPrefix("ALTER TABLE") {
                try putBack(aside)
                aside = []
            } else if aside.isEmpty {
                aside = try SchemaCache.schema(on: self).viewsOfDuckDB
                for view in aside { try run("DROP VIEW main.\(quoteIdentifier(view.name))") }
            }
            try run(statement)
        }
        try putBack(aside)
    }

    private func putBack(_ views: [SchemaRow]) throws(BranchLiteError) {
        for view in views { if let sql = view.sql { try run(sql) } }
    }

    private func run(_ sql: String) throws(BranchLiteError) {
        try mapEngine { () throws(EngineError) in try execute(sql) }
    }
}
