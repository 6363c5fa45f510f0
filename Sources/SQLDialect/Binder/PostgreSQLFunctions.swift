extension Binder {
    /// Whether a role may do something: there is one role, and it may.
    private static let privilegeFunctions: Set<String> = [
        "has_table_privilege", "has_any_column_privilege", "has_column_privilege", "has_database_privilege", "has_function_privilege",
        "has_language_privilege", "has_schema_privilege", "has_sequence_privilege", "has_server_privilege", "has_tablespace_privilege", "has_type_privilege",
        "has_foreign_data_wrapper_privilege", "pg_has_role",
    ]

    /// A function of PostgreSQL's; nil when the call is none.
    func bindPostgreSQLFunction(_ key: String, _ call: FunctionCall, _ arguments: [Bound], range: SourceRange) throws(SQLError) -> Bound? {
        let name = call.name.name.text
        func expect(_ counts: ClosedRange<Int>) throws(SQLError) {
            guard counts.contains(arguments.count) else { throw wrongArguments(call, arguments, range: range) }
        }
        func texts() throws(SQLError) -> [Bound] { try arguments.map { (value) throws(SQLError) in try text(value, name) } }
        func null(_ type: DuckType) -> Bound { Bound(Expr(.cast(.null, TypeName(type == .varchar ? "TEXT" : "INTEGER"), isTry: false), range: range), type) }
        if Binder.privilegeFunctions.contains(key) {
            try expect(2...4)
            return Bound(constant: .boolean(true), .boolean, range: range)
        }
        switch key {
        case "current_schemas":
            try expect(1...1)
            let own: Constant = .text(contextBranch.schemaName)
            let withSystem = arguments[0].constant == .boolean(true) || arguments[0].constant == .text("true") || arguments[0].constant == .text("t")
            let schemas: [Constant] = withSystem ? [.text("pg_catalog"), own] : [own]
            return listValue(schemas.map { Bound(constant: $0, .varchar, range: range) }, of: .varchar, range: range)
        case "pg_backend_pid":
            try expect(0...0)
            return self.call("bl_backend_pid", [], .integer, range: range, nullable: false)
        case "pg_cancel_backend", "pg_terminate_backend":
            // The time that PostgreSQL waits for the end is read and left.
            try expect(key == "pg_cancel_backend" ? 1...1 : 1...2)
            let ends = Bound(constant: .integer(key == "pg_cancel_backend" ? 0 : 1), .integer, range: range)
            return self.call("bl_signal_backend", [try implicit(arguments[0], to: .integer, in: name), ends], .boolean, range: range)
        case "txid_current", "pg_current_xact_id", "txid_current_if_assigned", "pg_current_xact_id_if_assigned":
            try expect(0...0)
            let assigns = Bound(constant: .integer(key.hasSuffix("_if_assigned") ? 0 : 1), .integer, range: range)
            return self.call("bl_transaction_id", [assigns], .bigint, range: range)
        case "pg_is_in_recovery", "pg_is_other_temp_schema", "pg_is_wal_replay_paused": return Bound(constant: .boolean(false), .boolean, range: range)
        case "pg_my_temp_schema": return Bound(constant: .integer(0), .bigint, range: range)
        case "pg_client_encoding", "getdatabaseencoding": return Bound(constant: .text("UTF8"), .varchar, range: range)
        case "inet_server_addr", "inet_client_addr": return null(.varchar)
        case "inet_server_port", "inet_client_port": return null(.integer)
        case "pg_postmaster_start_time", "pg_conf_load_time":
            try expect(0...0)
            return self.call("bl_start_time", [], .timestampTZ, range: range, nullable: false)
        case "clock_timestamp":
            try expect(0...0)
            return self.call("bl_clock_timestamp", [], .timestampTZ, range: range, nullable: false)
        case "pg_sleep":
            try expect(1...1)
            return self.call("bl_sleep", [try implicit(arguments[0], to: .double, in: name)], .varchar, range: range)
        case "hashtext", "hashtextextended":
            try expect(key == "hashtext" ? 1...1 : 2...2)
            let value = try text(arguments[0], name)
            guard arguments.count == 2 else { return self.call("bl_hashtext", [value], .integer, range: range) }
            return self.call("bl_hashtext", [value, try implicit(arguments[1], to: .bigint, in: name)], .bigint, range: range)
        case "quote_ident":
            try expect(1...1)
            return self.call("bl_quote_ident", try texts(), .varchar, range: range)
        case "quote_literal", "quote_nullable":
            try expect(1...1)
            let quoted = self.call("bl_quote_literal", [try cast(arguments[0], to: .varchar)], .varchar, range: range)
            return key == "quote_literal" ? quoted : self.call("coalesce", [quoted, Bound(constant: .text("NULL"), .varchar, range: range)], .varchar, range: range)
        case "pg_size_pretty":
            try expect(1...1)
            return self.call("bl_size_pretty", [try cast(arguments[0], to: .bigint)], .varchar, range: range)
        case "num_nulls", "num_nonnulls":
            guard let first = arguments.first else { throw wrongArguments(call, arguments, range: range) }
            let isCounted: (Bound) -> Expr = { Expr(.isNull($0.expr, negated: key == "num_nonnulls")) }
            return Bound(arguments.dropFirst().reduce(isCounted(first)) { .binary($0, .add, isCounted($1)) }, .integer, nullable: false)
        case "lpad", "rpad":
            guard arguments.count == 2 else { return nil }
            let blank = Bound(constant: .text(" "), .varchar, range: range)
            return self.call("bl_" + key, [try text(arguments[0], name), try implicit(arguments[1], to: .integer, in: name), blank], .varchar, range: range)
        case "encode":
            guard arguments.count == 2 else { return nil }
            let bytes = try cast(arguments[0], to: .blob)
            switch try format(arguments[1], of: name) {
            case "hex": return self.call("lower", [self.call("bl_hex_blob", [bytes], .varchar, range: range)], .varchar, range: range)
            case "base64": return self.call("bl_to_base64", [bytes], .varchar, range: range)
            default: throw unsupported("\(name) in this format", at: arguments[1].range, hint: "There are hex and base64")
            }
        case "decode":
            guard arguments.count == 2 else { return nil }
            let value = try text(arguments[0], name)
            switch try format(arguments[1], of: name) {
            case "hex": return self.call("bl_unhex", [value], .blob, range: range)
            case "base64": return self.call("bl_from_base64", [value], .blob, range: range)
            default: throw unsupported("\(name) in this format", at: arguments[1].range, hint: "There are hex and base64")
            }
        case "format":
            // PostgreSQL's placeholders, not those of DuckDB's fmt.
            guard case .text(let pattern)? = arguments.first?.constant, !pattern.contains("{"), ["%s", "%I", "%L", "$s", "$I", "$L"].contains(where: pattern.contains) else { return nil }
            return self.call("bl_format_sql", try arguments.map { (value) throws(SQLError) in try cast(value, to: .varchar) }, .varchar, range: range)
        case "to_char":
            guard arguments.count == 2, arguments[0].type.isNumeric else { return nil }
            let pattern = try text(arguments[1], name)
            switch arguments[0].type {
            case .float, .double: return self.call("bl_to_char_double", [try cast(arguments[0], to: .double), pattern], .varchar, range: range)
            default: return self.call("bl_to_char_decimal", [try cast(arguments[0], to: .varchar), pattern], .varchar, range: range)
            }
        case "to_number":
            try expect(2...2)
            let type = Binder.numberType(arguments[1].constant)
            let scale = Bound(constant: .integer(type.decimalShape.map { Int64($0.scale) } ?? -1), .integer, range: range)
            return self.call("bl_to_number", [try text(arguments[0], name), try text(arguments[1], name), scale], type, range: range, nullable: true)
        case "to_timestamp":
            guard arguments.count == 2, let format = try datePattern(arguments[1]) else { return nil }
            return try cast(self.call("bl_strptime", [try text(arguments[0], name), format], .timestamp, range: range), to: .timestampTZ)
        case "to_regclass", "to_regtype", "to_regproc", "to_regprocedure", "to_regnamespace", "to_regrole":
            try expect(1...1)
            guard let type = RegistryType(rawValue: String(key.dropFirst("to_".count))) else { return nil }
            return try reference(to: arguments[0], type, isTry: true, range: range)
        case "set_config":
            try expect(3...3)
            return self.call(
                "bl_set_config", [try text(arguments[0], name), try cast(arguments[1], to: .varchar), try cast(arguments[2], to: .boolean)], .varchar, range: range)
        default:
            if let bound = try bindJSONCall(key, call, arguments, range: range) { return bound }
            return try bindAdvisoryLock(key, call, arguments, range: range)
        }
    }

    /// The type of `to_number` with a pattern: a decimal as wide as the pattern, or a double where the pattern is not known or too wide.
    private static func numberType(_ pattern: Constant?) -> DuckType {
        guard case .text(let text)? = pattern else { return .double }
        var (before, behind) = (0, 0), isBehind = false, isQuoted = false
        for character in text.uppercasedASCII {
            switch character {
            case "\"": isQuoted.toggle()
            case _ where isQuoted: break
            case "9", "0": if isBehind { behind += 1 } else { before += 1 }
            case ".", "D", "V": isBehind = true
            default: break
            }
        }
        let precision = max(1, before + behind)
        return precision <= DuckType.maximumStoredPrecision ? .decimal(precision: precision, scale: behind) : .double
    }

    private func format(_ value: Bound, of name: String) throws(SQLError) -> String {
        guard case .text(let text)? = value.constant else { throw unsupported("\(name) in a format that is not a constant", at: value.range) }
        return foldedASCII(text)
    }

    // MARK: - Patterns of dates

    /// PostgreSQL's words for parts of a moment, longest first, and strftime's for them.
    private static let dateWords: [(word: String, format: String)] = [
        ("HH24", "%H"), ("HH12", "%I"), ("YYYY", "%Y"), ("Month", "%B"), ("A.M.", "%p"), ("Mon", "%b"), ("Day", "%A"), ("DDD", "%j"), ("YY", "%y"),
        ("MM", "%m"), ("DD", "%d"), ("HH", "%I"), ("MI", "%M"), ("SS", "%S"), ("MS", "%g"), ("US", "%f"), ("AM", "%p"), ("PM", "%p"), ("Dy", "%a"),
    ]

    /// A constant pattern of `to_char`, `to_date` and `to_timestamp` as strftime's; nil for one that is strftime's already, or no
    /// constant.
    func datePattern(_ value: Bound) throws(SQLError) -> Bound? {
        guard case .text(let pattern)? = value.constant, !pattern.contains("%") else { return nil }
        var rest = Substring(pattern), result = ""
        while let character = rest.first {
            if character == "\"" {
                let quoted = rest.dropFirst().prefix { $0 != "\"" }
                result += quoted
                rest = rest.dropFirst(quoted.count + 2)
                continue
            }
            if rest.hasPrefix("FM") || rest.hasPrefix("fm") { rest = rest.dropFirst(2); continue }
            if let (word, format) = Binder.dateWords.first(where: { rest.hasPrefix($0.word) || rest.hasPrefix(foldedASCII($0.word)) }) {
                // Names in lower case are words of their own, which strftime does not have.
                if ["Month", "Mon", "Day", "Dy"].contains(word), !rest.hasPrefix(word) { throw unsupported("The pattern '\(rest.prefix(word.count))'", at: value.range) }
                result += format
                rest = rest.dropFirst(word.count)
                continue
            }
            guard !character.isLetter || character == "T" || character == "Z" else { throw unsupported("The pattern '\(rest)' of a date", at: value.range) }
            result.append(character)
            rest = rest.dropFirst()
        }
        return Bound(constant: .text(result), .varchar, range: value.range)
    }
}
