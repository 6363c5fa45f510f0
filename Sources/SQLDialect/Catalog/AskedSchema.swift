/// Which branches' rows a statement asks the catalogue for besides those of its own branch and main: what its WHERE compares the name
/// of a schema to.
public enum AskedSchema: Sendable, Hashable {
    /// The name of one schema.
    case name(String)
    /// Every schema whose name begins so; `_` stands for any character.
    case prefix(String)
    /// The schema of what has an oid: lowered SQL for a number, as programs have it from an earlier answer.
    case object(String)

    /// What the name of one schema asks for: nothing, when it cannot be that of a branch.
    static func equal(_ name: String) -> AskedSchema? { foldedASCII(name).hasPrefix(named) ? .name(name) : nil }

    /// What a pattern of LIKE asks for. One that does not say `branch…` asks for no other branch: programs send `%` to say nothing.
    /// What comes after a wildcard or something escaped is left to the condition itself.
    static func like(_ pattern: String) -> AskedSchema? {
        let prefix = String(pattern.prefix(while: isOfName))
        return foldedASCII(prefix).hasPrefix(named) ? .prefix(prefix) : nil
    }

    /// What a regular expression asks for: a name alone, as psql writes it (`^(name)$`).
    static func regularExpression(_ pattern: String) -> AskedSchema? {
        var name = Substring(pattern)
        for (opening, closing) in [("^", "$"), ("(", ")")] where name.hasPrefix(opening) && name.hasSuffix(closing) { name = name.dropFirst().dropLast() }
        return name.allSatisfy(isOfName) ? equal(String(name)) : nil
    }

    /// How the schema names of branches begin.
    private static let named = "branch"

    private static func isOfName(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" || character == "-" }

    /// The living branches that are asked for: those whose schema has such a name.
    func branches(in catalog: any Catalog) -> [BranchKey] {
        switch self {
        case .name(let name):
            guard case .found(let branch) = catalog.branch(named: name), equalIgnoringASCIICase(branch.schemaName, name) else { return [] }
            return [branch]
        // Only a session knows which oids it has given.
        case .object: return []
        case .prefix(let prefix):
            let wanted = Array(foldedASCII(prefix).utf8), any = UInt8(ascii: "_")
            return catalog.branchNames.compactMap { name in
                guard case .found(let branch) = catalog.branch(named: name) else { return nil }
                let schema = branch.schemaName.utf8
                return schema.count >= wanted.count && zip(schema, wanted).allSatisfy { $0 == $1 || $1 == any } ? branch : nil
            }
        }
    }
}
