import CSQLite
import SQLDialect

/// Prepared statements by their text, the least recently used of which makes room for a new one.
struct StatementCache {
    let capacity: Int
    private var statements: [ExactText: Statement] = [:]
    private var clock: UInt64 = 0

    init(capacity: Int) { self.capacity = max(0, capacity) }

    /// An idle statement for this text.
    mutating func take(_ sql: String) -> Statement? {
        guard let statement = statements[ExactText(sql)], !statement.isLent else { return nil }
        clock += 1
        statement.stamp = clock
        return statement
    }

    /// Keeps a statement, unless its text is kept already (then the newcomer ends with its use).
    mutating func insert(_ statement: Statement) {
        guard capacity > 0, statements[ExactText(statement.sql)] == nil else { return }
        if statements.count >= capacity,
            let oldest = statements.values.filter({ !$0.isLent }).min(by: { $0.stamp < $1.stamp })
        {
            statements.removeValue(forKey: ExactText(oldest.sql))
        }
        guard statements.count < capacity else { return }
        clock += 1
        statement.stamp = clock
        statements[ExactText(statement.sql)] = statement
    }

    /// Finalizes all statements, once nobody uses them.
    mutating func removeAll() { statements.removeAll() }

    /// Ends the use of all statements.
    func resetAll() {
        for statement in statements.values where statement.isLent { statement.finish() }
    }
}
