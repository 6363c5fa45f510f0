import Branching

/// What an argument must be.
indirect enum ArgumentType: Sendable, Hashable {
    case string
    case choice([String])
    case integer(minimum: Int64)
    case number(minimum: Double)
    case boolean
    case array(of: ArgumentType)
    case object
    case any

    /// As a message says it.
    var description: String {
        switch self {
        case .string: "a string"
        case .choice(let words): "one of " + words.map { "\"\($0)\"" }.joined(separator: ", ")
        case .integer(let minimum): minimum == .min ? "an integer" : "an integer of at least \(minimum)"
        case .number(let minimum): "a number of at least \(minimum)"
        case .boolean: "true or false"
        case .array(.any): "an array"
        case .array(let element): "an array whose items are each \(element.description)"
        case .object: "an object"
        case .any: "any JSON value"
        }
    }

    func accepts(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.any, _), (.string, .string), (.boolean, .bool), (.object, .object): true
        case (.choice(let words), .string(let word)): words.contains(word)
        case (.integer(let minimum), _): value.integerValue.map { $0 >= minimum } ?? false
        case (.number(let minimum), .integer(let number)): Double(number) >= minimum
        case (.number(let minimum), .double(let number)): number >= minimum
        case (.array(let element), .array(let items)): items.allSatisfy(element.accepts)
        default: false
        }
    }

    /// As JSON Schema.
    var schema: [String: JSONValue] {
        switch self {
        case .string: ["type": "string"]
        case .choice(let words): ["type": "string", "enum": .array(words.map(JSONValue.string))]
        case .integer(let minimum): minimum == .min ? ["type": "integer"] : ["type": "integer", "minimum": .integer(minimum)]
        case .number(let minimum): ["type": "number", "minimum": .double(minimum)]
        case .boolean: ["type": "boolean"]
        case .array(let element): ["type": "array", "items": .object(element.schema)]
        case .object: ["type": "object"]
        case .any: [:]
        }
    }
}

/// One argument of a tool.
struct Argument: Sendable, Hashable {
    let name: String
    let type: ArgumentType
    let description: String
    let isRequired: Bool
    /// What the schema shows as default; what really happens without the argument is the operation's own affair.
    let defaultValue: JSONValue?
    /// Other names that mean the same.
    let aliases: [String]
    /// A full schema where the type alone says too little.
    let detailedSchema: JSONValue?

    init(
        _ name: String, _ type: ArgumentType, _ description: String, required: Bool = false, default defaultValue: JSONValue? = nil,
        aliases: [String] = [], schema detailedSchema: JSONValue? = nil
    ) {
        self.name = name
        self.type = type
        self.description = description
        isRequired = required
        self.defaultValue = defaultValue
        self.aliases = aliases
        self.detailedSchema = detailedSchema
    }

    var schema: JSONValue {
        var members = detailedSchema?.objectValue ?? type.schema
        members["description"] = .string(isRequired && !aliases.isEmpty ? description + " Required." : description)
        members["default"] = defaultValue
        return .object(members)
    }
}

/// What a key must be allowed in order to call a tool.
public enum Scope: String, Sendable, Codable, CaseIterable {
    case read, write, branch, merge, admin
}

/// How a tool's result is worded as text.
enum ResultText: Sendable, Hashable {
    /// The same object as the structured form.
    case object
    /// The bare array (HatiData's clients expect it of the list-like tools).
    case array
}

/// Everything that is said about a tool to clients, and what its arguments are checked against.
struct ToolDefinition: Sendable {
    let name: String
    let aliases: [String]
    let title: String
    let description: String
    let arguments: [Argument]
    let output: JSONValue
    let text: ResultText
    let scope: Scope
    let isReadOnly: Bool
    let isDestructive: Bool
    let isIdempotent: Bool

    init(
        _ name: String, aliases: [String] = [], title: String, _ description: String, arguments: [Argument], output: JSONValue,
        text: ResultText = .object, scope: Scope, readOnly: Bool = false, destructive: Bool = false, idempotent: Bool = false
    ) {
        self.name = name
        self.aliases = aliases
        self.title = title
        self.description = description
        self.arguments = arguments
        self.output = output
        self.text = text
        self.scope = scope
        isReadOnly = readOnly
        isDestructive = destructive
        isIdempotent = idempotent
    }

    /// The entry of `tools/list` under one of the tool's names.
    func listing(as name: String) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for argument in arguments {
            properties[argument.name] = argument.schema
            for alias in argument.aliases {
                var members = argument.type.schema
                members["description"] = .string("Same as `\(argument.name)`; give one of them.")
                properties[alias] = .object(members)
            }
        }
        // An argument with other names cannot be listed as required: any of its names will do.
        let required = arguments.filter { $0.isRequired && $0.aliases.isEmpty }.map { JSONValue.string($0.name) }
        var input: [String: JSONValue] = ["type": "object", "properties": .object(properties), "additionalProperties": false]
        if !required.isEmpty { input["required"] = .array(required) }
        return [
            "name": .string(name),
            "title": .string(title),
            "description": .string(name == self.name ? description : "\(description) (Another name of \(self.name).)"),
            "inputSchema": .object(input),
            "outputSchema": output,
            "annotations": [
                "title": .string(title), "readOnlyHint": .bool(isReadOnly), "destructiveHint": .bool(isDestructive),
                "idempotentHint": .bool(isIdempotent), "openWorldHint": false,
            ],
        ]
    }

    /// Checks `given` against the schema and returns it under the arguments' own names, without nulls.
    ///
    /// - Throws: `BL_UNKNOWN_ARGUMENT` naming the nearest known one, `BL_BAD_ARGUMENT` naming argument and expected type.
    func validate(_ given: [String: JSONValue]) throws(BranchLiteError) -> [String: JSONValue] {
        var checked: [String: JSONValue] = [:]
        var spelling: [String: String] = [:]
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            guard let argument = arguments.first(where: { $0.name == name || $0.aliases.contains(name) }) else { throw unknownArgument(name) }
            // Many clients send null for what they leave out.
            if value == .null, argument.type != .any { continue }
            guard argument.type.accepts(value) else {
                throw BranchLiteError(
                    "BL_BAD_ARGUMENT", "the argument '\(name)' of \(self.name) must be \(argument.type.description), not \(Self.shown(value))",
                    details: ["tool": .string(self.name), "argument": .string(name), "expected": .string(argument.type.description)])
            }
            if let other = spelling[argument.name], checked[argument.name] != value {
                throw BranchLiteError(
                    "BL_BAD_ARGUMENT", "'\(other)' and '\(name)' of \(self.name) mean the same and have different values", hint: "give one of them",
                    details: ["tool": .string(self.name), "argument": .string(name)])
            }
            checked[argument.name] = value
            spelling[argument.name] = name
        }
        for argument in arguments where argument.isRequired && checked[argument.name] == nil {
            throw BranchLiteError(
                "BL_BAD_ARGUMENT", "\(name) needs the argument '\(argument.name)', \(argument.type.description)", hint: argument.description,
                details: ["tool": .string(name), "argument": .string(argument.name), "expected": .string(argument.type.description)])
        }
        return checked
    }

    private func unknownArgument(_ name: String) -> BranchLiteError {
        let known = arguments.flatMap { [$0.name] + $0.aliases }
        let nearest = NearestWord.of(name, among: known)
        return BranchLiteError(
            "BL_UNKNOWN_ARGUMENT", "\(self.name) has no argument '\(name)'",
            hint: nearest.map { "did you mean '\($0)'?" }
                ?? (known.isEmpty ? "it takes no arguments" : "it takes " + arguments.map { "'\($0.name)'" }.joined(separator: ", ")),
            details: ["tool": .string(self.name), "argument": .string(name), "known": .array(known.map(JSONValue.string))])
    }

    private static let shownLength = 60

    private static func shown(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text.utf8.count <= shownLength ? "the string \"\(text)\"" : "a string of \(text.utf8.count) bytes"
        case .integer(let number): "\(number)"
        case .double(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        default: value.kindName
        }
    }
}

/// Finds what a misspelt word was probably meant to be.
enum NearestWord {
    /// The closest of `candidates` by edit distance, if it is close enough to be a likely slip.
    static func of(_ word: String, among candidates: [String]) -> String? {
        let wanted = Array(word.lowercased().unicodeScalars)
        // Nobody misspells a word this long; the distance would only cost time.
        guard wanted.count <= 64 else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in candidates {
            let distance = editDistance(wanted, Array(candidate.lowercased().unicodeScalars))
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        guard let best, best.distance <= max(2, wanted.count / 2), best.distance < max(wanted.count, 1) else { return nil }
        return best.word
    }

    private static func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var row = Array(0...b.count)
        for i in 1...a.count {
            var diagonal = row[0]
            row[0] = i
            for j in 1...b.count {
                let above = row[j]
                row[j] = a[i - 1] == b[j - 1] ? diagonal : Swift.min(diagonal, above, row[j - 1]) + 1
                diagonal = above
            }
        }
        return row[b.count]
    }
}
