/// Compares texts of definitions as SQLite keeps them.
public enum SQLText {
    /// Whether two texts are the same but for blanks, the case of words and how names are quoted: `"u"` and `u`. SQLite's ALTER TABLE
    /// writes a new name as the statement at hand quoted it.
    ///
    /// - Parameter renamed: folded names that may stand in `a` where `b` has others (folded as well).
    public static func isSame(_ a: String?, _ b: String?, renamed: [String: String] = [:]) -> Bool {
        guard let a, let b else { return a == nil && b == nil }
        if a.utf8.elementsEqual(b.utf8) { return true }
        var (left, right) = (Lexer(a, dialect: .sqlite), Lexer(b, dialect: .sqlite))
        while true {
            let (one, other) = (left.next(), right.next())
            if one.kind == .end || other.kind == .end { return one.kind == other.kind && !hasComment(a) && !hasComment(b) }
            if one.kind == .invalid || other.kind == .invalid { return false }
            let (mine, theirs) = (text(of: one, left), text(of: other, right))
            if mine == theirs { continue }
            guard mine.first == "n", let new = renamed[String(mine.dropFirst())], theirs == "n" + new else { return false }
        }
    }

    /// A comment can be the text that a view is read by.
    private static func hasComment(_ text: String) -> Bool { text.contains("/*") || text.contains("--") }

    private static func text(of token: Token, _ lexer: Lexer) -> String {
        let bytes = lexer.bytes[Int(token.start) ..< Int(token.end)]
        switch token.kind {
        case .word: return "n" + foldedASCII(String(decoding: bytes, as: UTF8.self))
        case .quotedIdentifier:
            guard let opening = bytes.first, bytes.count >= 2 else { return "" }
            let content = String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
            let quote = String(UnicodeScalar(opening))
            return "n" + foldedASCII(opening == UInt8(ascii: "[") ? content : content.replacing(quote + quote, with: quote))
        case .string, .blob: return "s" + String(decoding: bytes, as: UTF8.self)
        default: return "t" + String(decoding: bytes, as: UTF8.self)
        }
    }
}
