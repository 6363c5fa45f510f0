import PageStore

/// The rules for names of branches.
///
/// A name is 1 to 255 bytes of UTF-8: letters, digits, marks and symbols of any script, blanks inside. Not allowed: control
/// characters, quotes, backslash, semicolon, `@` (it parts a branch from a version), a blank at either end, and the reserved
/// names of ``reservedNames`` and ``reservedPrefixes``. Names are kept as written and compared without regard to case, as SQL
/// identifiers are.
enum BranchNaming {
    static let maximumBytes = 255
    static let reservedNames: Set<String> = ["main", "public", "temp", "information_schema"]
    static let reservedPrefixes = ["pg_", "sqlite_", "bl_", "_bl_", "@"]
    private static let forbidden: Set<Unicode.Scalar> = ["'", "\"", "`", "\\", ";", "@"]
    static let schemaPrefix = "branch_"

    /// - Throws: `BL_BAD_NAME` saying what is wrong with the name.
    static func validate(_ name: String) throws(BranchLiteError) {
        func refuse(_ reason: String) -> BranchLiteError {
            let shown = name.utf8.count > 60 ? String(name.prefix(40)) + "…" : name
            return BranchLiteError(
                "BL_BAD_NAME", "'\(shown)' cannot be the name of a branch: \(reason)",
                hint: "use letters, digits and signs such as - _ . /, at most \(maximumBytes) bytes", details: ["name": .string(shown)])
        }
        if name.isEmpty { throw refuse("it is empty") }
        if name.utf8.count > maximumBytes { throw refuse("it is longer than \(maximumBytes) bytes") }
        for scalar in name.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse:
                throw refuse("it has a control or invisible character (U+\(String(scalar.value, radix: 16, uppercase: true)))")
            default: break
            }
            if forbidden.contains(scalar), name.first != "@" { throw refuse("it has the character \(scalar)") }
        }
        if name.first?.isWhitespace == true || name.last?.isWhitespace == true { throw refuse("it begins or ends with a blank") }
        let key = fold(name)
        if reservedNames.contains(key) { throw refuse("the name is reserved") }
        if let prefix = reservedPrefixes.first(where: { key.hasPrefix($0) }) { throw refuse("names that begin with '\(prefix)' are reserved") }
    }

    /// The form in which names are compared.
    static func fold(_ name: String) -> String { name.lowercased() }

    static func schemaName(of id: BranchID) -> String { id == .main ? "main" : schemaPrefix + id.hex }

    /// The id in a schema name `branch_<12 hex digits>`.
    static func id(inSchemaName text: String) -> BranchID? {
        guard text.hasPrefix(schemaPrefix) else { return nil }
        return BranchID(hex: String(text.dropFirst(schemaPrefix.count)))
    }
}

/// A branch, perhaps as of one of its versions: `name`, `@name`, an id, a schema name, each with `@version` or `@timestamp`
/// after it (`main@42`, `main@2026-01-31T10:00:00Z`; a timestamp without a zone is in UTC).
struct BranchReference: Sendable, Hashable {
    /// Which version of the branch is meant.
    enum Moment: Sendable, Hashable {
        case head
        case version(VersionID)
        case timestamp(micros: Int64)
        /// What follows the `@` is neither a number nor a timestamp.
        case unreadable(String)
    }

    var name: String
    var moment = Moment.head

    init(_ text: String) {
        let bare = text.first == "@" ? text.dropFirst() : Substring(text)
        // No name has an '@' inside.
        guard let at = bare.firstIndex(of: "@"), at != bare.startIndex else {
            name = String(bare)
            return
        }
        name = String(bare[..<at])
        let rest = String(bare[bare.index(after: at)...])
        if let number = UInt64(rest) {
            moment = .version(VersionID(rawValue: number))
        } else if let micros = Timestamps.read(rest) {
            moment = .timestamp(micros: micros)
        } else {
            moment = .unreadable(rest)
        }
    }
}
