import Branching
import SQLDialect

/// The options of a COPY (https://www.postgresql.org/docs/15/sql-copy.html).
struct CopyFormat: Equatable {
    enum Kind: String { case text, csv, binary }
    enum Header { case none, line, match }

    var kind = Kind.text
    var delimiter = UInt8(ascii: "\t")
    var null: [UInt8] = Array("\\N".utf8)
    var header = Header.none
    var quote = UInt8(ascii: "\"")
    var escape = UInt8(ascii: "\"")
    /// Columns by name; `allQuoted`: all of them.
    var forceQuote: Set<String> = []
    var allQuoted = false
    var forceNotNull: Set<String> = []
    var forceNull: Set<String> = []

    /// - Throws: `BL_BAD_ARGUMENT` naming the option.
    init(_ options: [CopyOption]) throws(BranchLiteError) {
        func bad(_ message: String) -> BranchLiteError { BranchLiteError("BL_BAD_ARGUMENT", message) }
        var given: [String: CopyOption] = [:]
        for option in options {
            let key = option.name.key
            if given[key] != nil { throw bad("the COPY option \(key) is given twice") }
            given[key] = option
        }
        func texts(_ name: String) -> [String] { given[name]?.values.map(CopyFormat.text) ?? [] }
        if let word = texts("format").first {
            guard let known = Kind(rawValue: word.lowercased()) else {
                throw BranchLiteError("BL_UNSUPPORTED", "the COPY format '\(word)' is not supported", hint: "text, csv or binary")
            }
            kind = known
        }
        if kind == .csv {
            delimiter = UInt8(ascii: ",")
            null = []
        }
        func single(_ name: String) throws(BranchLiteError) -> UInt8? {
            guard let text = texts(name).first else { return nil }
            guard text.utf8.count == 1, let byte = text.utf8.first, byte != 10, byte != 13 else {
                throw bad("COPY \(name) must be a single one-byte character")
            }
            return byte
        }
        for name in given.keys.sorted() {
            switch name {
            case "format", "oids": break
            // Rows are frozen by nature: every version is.
            case "freeze": break
            case "encoding":
                guard let encoding = texts(name).first?.lowercased().filter({ $0 != "-" }), encoding == "utf8" || encoding == "sql_ascii" || encoding == "unicode" else {
                    throw BranchLiteError("BL_UNSUPPORTED", "COPY in another encoding than UTF8 is not supported")
                }
            case "delimiter", "delimiters", "sep":
                try requireNot(.binary, name)
                delimiter = try single(name) ?? delimiter
            case "null", "nullstr":
                try requireNot(.binary, name)
                null = Array((texts(name).first ?? "").utf8)
                if null.contains(10) || null.contains(13) { throw bad("COPY null representation cannot use newline or carriage return") }
            case "header":
                try requireNot(.binary, name)
                let word = texts(name).first?.lowercased() ?? "true"
                switch word {
                case "match": header = .match
                case "true", "on", "1", "t", "yes": header = .line
                case "false", "off", "0", "f", "no": header = .none
                default: throw bad("COPY header requires a Boolean value or \"match\"")
                }
            case "quote":
                try require(.csv, name)
                quote = try single(name) ?? quote
                if given["escape"] == nil { escape = quote }
            case "escape":
                try require(.csv, name)
                escape = try single(name) ?? escape
            case "force_quote":
                try require(.csv, name)
                let names = texts(name)
                if names.isEmpty { allQuoted = true } else { forceQuote = Set(names.map(foldedASCII)) }
            case "force_not_null":
                try require(.csv, name)
                forceNotNull = Set(texts(name).map(foldedASCII))
            case "force_null":
                try require(.csv, name)
                forceNull = Set(texts(name).map(foldedASCII))
            default: throw BranchLiteError("BL_UNSUPPORTED", "the COPY option '\(name)' is not supported")
            }
        }
        if kind != .binary, null.contains(delimiter) { throw bad("COPY delimiter must not appear in the NULL specification") }
        if kind == .csv, delimiter == quote { throw bad("COPY delimiter and quote must be different") }
        if kind == .text, "\\.abcdefghijklmnopqrstuvwxyz0123456789".utf8.contains(delimiter) {
            throw bad("COPY delimiter cannot be \"\(Character(UnicodeScalar(delimiter)))\"")
        }
    }

    private func requireNot(_ kind: Kind, _ option: String) throws(BranchLiteError) {
        if self.kind == kind { throw BranchLiteError("BL_BAD_ARGUMENT", "cannot specify \(option.uppercased()) in \(kind.rawValue.uppercased()) mode") }
    }

    private func require(_ kind: Kind, _ option: String) throws(BranchLiteError) {
        if self.kind != kind { throw BranchLiteError("BL_BAD_ARGUMENT", "COPY \(option) is available only in \(kind.rawValue.uppercased()) mode") }
    }

    /// A word or literal of an option.
    private static func text(_ expr: Expr) -> String {
        switch expr.node {
        case .column(let reference): reference.path.map(\.text).joined(separator: ".")
        case .literal(let literal):
            switch literal {
            case .string(let text), .decimal(let text), .double(let text), .bigInteger(let text): text
            case .boolean(let flag): flag ? "true" : "false"
            case .integer(let number): String(number)
            case .null: ""
            case .blob(let bytes): String(decoding: bytes, as: UTF8.self)
            }
        default: ""
        }
    }
}
