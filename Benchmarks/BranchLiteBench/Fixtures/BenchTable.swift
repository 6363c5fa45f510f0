/// The bench's table: rows of about 110 bytes, as the design's prototype had them.
enum BenchTable {
    static let create = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b REAL, c TEXT)"
    /// `count` rows with ids from `first`.
    static func fill(first: Int, count: Int) -> String {
        """
        WITH RECURSIVE n(i) AS (SELECT \(first) UNION ALL SELECT i + 1 FROM n WHERE i < \(first + count - 1))
        INSERT INTO t SELECT i, i * 7919 % 100003, i * 0.5, substr(printf('%032d-%032d-%032d', i, i * 31, i * 17), 1, 90) FROM n
        """
    }

    /// Statements that fill the table with `count` rows: some made, the others copied from them, which is quicker.
    static func fillFast(count: Int) -> [String] {
        let made = min(count, 1_000_000)
        var statements = [create, fill(first: 1, count: made)]
        var first = made + 1
        while first <= count {
            statements.append("INSERT INTO t SELECT id + \(first - 1), a, b, c FROM t WHERE id <= \(min(made, count - first + 1))")
            first += made
        }
        return statements
    }

    static let indexes = ["CREATE INDEX t_a ON t(a)", "CREATE INDEX t_b ON t(b)"]

    static let bytesPerRow = 112
    static let select = "SELECT a, c FROM t WHERE id = ?1"
    static let update = "UPDATE t SET a = a + 1 WHERE id = ?1"
    static let insert = "INSERT INTO t VALUES (?1, ?2, ?3, ?4)"
    static let scan = "SELECT count(*), sum(a), sum(b), max(length(c)) FROM t"
}
