/// Names and literals as SQL text, for PostgreSQL's quoting functions and the names of relations.
public enum QuotedText {
    /// A name, in quotes where it needs them.
    public static func identifier(_ name: String) -> String { Printer.quoteIfNeeded(name) }

    /// A literal; one with a backslash as `E'…'`.
    public static func literal(_ text: String) -> String {
        guard text.contains("\\") else { return Printer.quoteString(text) }
        return " E" + Printer.quoteString(text.replacing("\\", with: "\\\\"))
    }

    /// The parts of a written name, quotes taken off, unquoted parts in lower case.
    static func parts(_ text: String) -> [String] {
        var parts: [String] = [], current = "", isQuoted = false, plain = ""
        let scalars = Array(text.unicodeScalars)
        var i = 0
        func flush() -> String {
            defer { plain = "" }
            return foldedASCII(plain.split(separator: " ").joined(separator: " "))
        }
        while i < scalars.count {
            let scalar = scalars[i]
            if isQuoted {
                if scalar == "\"" {
                    if i + 1 < scalars.count, scalars[i + 1] == "\"" { current += "\""; i += 1 } else { isQuoted = false }
                } else {
                    current.unicodeScalars.append(scalar)
                }
            } else if scalar == "\"" {
                isQuoted = true
            } else if scalar == "." {
                parts.append(current + flush())
                current = ""
            } else {
                plain.unicodeScalars.append(scalar)
            }
            i += 1
        }
        parts.append(current + flush())
        return parts
    }

    /// A relation's name as the catalogue writes it: without the schema where that is the one in sight.
    public static func relation(_ text: String, in schema: String) -> String {
        let parts = parts(text)
        guard let name = parts.last else { return text }
        guard parts.count > 1 else { return Printer.quoteIfNeeded(name) }
        let qualifier = parts[parts.count - 2]
        if Binder.systemSchemas.contains(qualifier) {
            // A relation of the catalogue that is in sight.
            return qualifier == "pg_catalog" ? Printer.quoteIfNeeded(name) : qualifier + "." + name
        }
        if qualifier == "public" || qualifier == foldedASCII(schema) { return Printer.quoteIfNeeded(name) }
        return Printer.quoteIfNeeded(qualifier) + "." + Printer.quoteIfNeeded(name)
    }
}
