/// The table in which a branch keeps what COMMENT ON said of its objects. Being a table of the branch's own database, it goes along
/// with forks and versions.
public enum CommentTable {
    public static let name = "_bl_comments"

    /// Its columns: the folded name (SQLite's) of the table, view, sequence, index or schema; what kind of object (TABLE, VIEW,
    /// INDEX, SEQUENCE, SCHEMA, CONSTRAINT …, in upper case); the folded name of the column, or empty; the text.
    static let definition =
        "CREATE TABLE IF NOT EXISTS main.\"_bl_comments\"(tbl TEXT NOT NULL, kind TEXT NOT NULL, col TEXT NOT NULL, comment TEXT NOT NULL)"

    static func steps(_ kind: String, _ object: String, column: String, text: String?) -> [String] {
        let (object, kind, column) = (literal(foldedASCII(object)), literal(kind), literal(foldedASCII(column)))
        var steps = [definition, "DELETE FROM main.\"_bl_comments\" WHERE tbl = \(object) AND kind = \(kind) AND col = \(column)"]
        if let text { steps.append("INSERT INTO main.\"_bl_comments\" VALUES (\(object), \(kind), \(column), \(literal(text)))") }
        return steps
    }

    private static func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
