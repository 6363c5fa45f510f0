/// The table in which a branch keeps which of its tables and columns have been renamed, so that a diff and a merge tell a rename
/// from a drop and an add.
///
/// A table or column has an *origin*: the name it was made under and a generation. One that the table does not mention has its own
/// name and generation 0. Only a rename writes a row; where a name that others have as their origin is used for something new,
/// that gets a generation of its own. Being a table of the branch's own database, it goes along with forks, versions and merges.
public enum IdentityTable {
    public static let name = "_bl_identity"

    /// The table in which a branch keeps how rows without a key are numbered in what was merged into it; a merge makes it.
    public static let rowNumbers = "_bl_row_numbers"

    /// Its columns: the table's folded name; the version that was merged; from a row's number there on, how many rows have which
    /// numbers here.
    public static let rowNumbersDefinition =
        "CREATE TABLE IF NOT EXISTS main.\"_bl_row_numbers\"(tbl TEXT NOT NULL, version INTEGER NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, here INTEGER NOT NULL)"

    /// The table in which a branch keeps which of its tables were merged by themselves, and at which version; a merge makes it.
    public static let merged = "_bl_merged"

    /// Its columns: the table's folded name, the version that was merged.
    public static let mergedDefinition = "CREATE TABLE IF NOT EXISTS main.\"_bl_merged\"(tbl TEXT NOT NULL, version INTEGER NOT NULL)"

    /// Tables of ours that speak of tables by their name.
    static let notes = [rowNumbers, merged, CommentTable.name]

    static func noteMoved(_ note: String, from old: String, to new: String) -> [String] {
        [noteDropped(note, new), "UPDATE main.\"\(note)\" SET tbl = \(literal(foldedASCII(new))) WHERE tbl = \(literal(foldedASCII(old)))"]
    }

    static func noteDropped(_ note: String, _ table: String) -> String { "DELETE FROM main.\"\(note)\" WHERE tbl = \(literal(foldedASCII(table)))" }

    /// Whether a name is one of the tables that a branch keeps such things in.
    public static func isOurs(_ table: String) -> Bool { table == name || notes.contains(table) }

    /// The columns, in order: `scope` (empty for tables, else `:` and the table's folded name), `name` (folded, as it is now),
    /// `origin` (folded), `generation`.
    public static let definition =
        "CREATE TABLE IF NOT EXISTS main.\"_bl_identity\"(scope TEXT NOT NULL, name TEXT NOT NULL, origin TEXT NOT NULL, generation INTEGER NOT NULL)"

    /// The scope of all tables.
    public static let tables = ""
    /// The scope of a table's columns.
    public static func columns(of table: String) -> String { ":" + foldedASCII(table) }

    static func renamed(_ scope: String, from old: String, to new: String) -> [String] {
        let (scope, old, new) = (literal(scope), literal(foldedASCII(old)), literal(foldedASCII(new)))
        return [
            """
            INSERT INTO main."_bl_identity" SELECT \(scope), \(old), \(old), 0 \
            WHERE NOT EXISTS (SELECT 1 FROM main."_bl_identity" WHERE scope = \(scope) AND name = \(old))
            """,
            "UPDATE main.\"_bl_identity\" SET name = \(new) WHERE scope = \(scope) AND name = \(old)",
        ]
    }

    /// A table's columns come along when it is renamed.
    static func moved(from old: String, to new: String) -> [String] {
        [
            "DELETE FROM main.\"_bl_identity\" WHERE scope = \(literal(columns(of: new)))",
            "UPDATE main.\"_bl_identity\" SET scope = \(literal(columns(of: new))) WHERE scope = \(literal(columns(of: old)))",
        ]
    }

    static func dropped(_ scope: String, _ name: String) -> String {
        "DELETE FROM main.\"_bl_identity\" WHERE scope = \(literal(scope)) AND name = \(literal(foldedASCII(name)))"
    }

    static func droppedColumns(of table: String) -> String { "DELETE FROM main.\"_bl_identity\" WHERE scope = \(literal(columns(of: table)))" }

    /// Something new is not what others were made as under its name.
    static func made(_ scope: String, _ name: String) -> String {
        let (scope, name) = (literal(scope), literal(foldedASCII(name)))
        return """
            INSERT INTO main."_bl_identity" SELECT \(scope), \(name), \(name), 1 + abs(random() % 9007199254740991) \
            WHERE EXISTS (SELECT 1 FROM main."_bl_identity" WHERE scope = \(scope) AND origin = \(name)) \
            AND NOT EXISTS (SELECT 1 FROM main."_bl_identity" WHERE scope = \(scope) AND name = \(name))
            """
    }

    private static func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
