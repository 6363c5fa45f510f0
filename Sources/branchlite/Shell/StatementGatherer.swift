import CSQLite

/// Gathers lines until they make whole statements: SQLite's own tokenizer (`sqlite3_complete`) says when, so that
/// semicolons in strings, comments and trigger bodies do not end one. https://www.sqlite.org/c3ref/complete.html
struct StatementGatherer {
    private(set) var text = ""

    var isEmpty: Bool { text.allSatisfy(\.isWhitespace) }

    /// Adds a line; returns the gathered text once it is complete.
    mutating func add(_ line: String) -> String? {
        text += text.isEmpty ? line : "\n" + line
        guard !isEmpty else {
            text = ""
            return nil
        }
        guard sqlite3_complete(text) == 1 else { return nil }
        defer { text = "" }
        return text
    }

    mutating func clear() { text = "" }
}
