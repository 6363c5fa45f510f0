import CSQLite

/// BranchLite's SQL functions (`bl_…`) are registered on a connection when a statement first names them: there are
/// hundreds, and a connection to a new branch must be cheap.
struct FunctionsOnDemand {
    private var known: Set<String> = []

    /// Registers what `text` names, after SQLite said that a function is missing.
    ///
    /// - Parameters:
    ///   - message: SQLite's error message.
    ///   - text: the statement, all of whose functions are registered in one go.
    /// - Returns: whether something was registered, so that another try is worth it.
    mutating func supply(
        after message: String, for text: Substring, on database: OpaquePointer, context: FunctionContext
    ) -> Bool {
        guard let missing = missingFunction(message) else { return false }
        guard register(missing, on: database, context: context) else { return false }
        for name in FunctionsOnDemand.names(in: text) { _ = register(name, on: database, context: context) }
        return true
    }

    /// The name in SQLite's message; a default's function is missed in other words than a statement's: `unknown function: f()`.
    private func missingFunction(_ message: String) -> String? {
        if message.hasPrefix("no such function: ") { return message.dropFirst("no such function: ".count).lowercased() }
        guard message.hasPrefix("unknown function: ") else { return nil }
        return message.dropFirst("unknown function: ".count).prefix { $0 != "(" }.lowercased()
    }

    private mutating func register(_ name: String, on database: OpaquePointer, context: FunctionContext) -> Bool {
        guard !known.contains(name), FunctionRegistry.register(named: name, on: database, context: context) else { return false }
        known.insert(name)
        return true
    }

    /// Words of a text that could be names of our functions. Too many do no harm (a string may hold one).
    private static func names(in text: Substring) -> Set<String> {
        var found: Set<String> = []
        var word: [UInt8] = []
        func isWordByte(_ byte: UInt8) -> Bool {
            (byte | 32 >= 97 && byte | 32 <= 122) || (byte >= 48 && byte <= 57) || byte == 95
        }
        func take() {
            if word.count > 3, word[0] | 32 == 98, word[1] | 32 == 108, word[2] == 95 {
                found.insert(String(decoding: word, as: UTF8.self).lowercased())
            }
            word.removeAll(keepingCapacity: true)
        }
        for byte in text.utf8 {
            if isWordByte(byte) { word.append(byte) } else if !word.isEmpty { take() }
        }
        take()
        return found
    }
}

extension Connection {
    /// After a failure: registers the missing functions of our own. Returns true when another try is worth it.
    func supplyFunctions(for text: Substring) -> Bool {
        guard let message = sqlite3_errmsg(database) else { return false }
        return functions.supply(after: String(cString: message), for: text, on: database, context: functionContext)
    }
}
