import CSQLite

extension FunctionList {
    /// PostgreSQL's functions of JSON that DuckDB has not.
    mutating func addJSONDocuments() {
        scalar("bl_json_typeof", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments), let document = parsedDocument(call, 0) else { return }
            let type = switch document {
            case .null: "null"
            case .boolean: "boolean"
            case .number: "number"
            case .string: "string"
            case .array: "array"
            case .object: "object"
            }
            call.result(text: type)
        }
        scalar("bl_json_strip_nulls", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments), let document = parsedDocument(call, 0) else { return }
            call.result(text: document.stripped.bytes)
        }
        scalar("bl_json_contains", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let whole = parsedDocument(call, 0), let part = parsedDocument(call, 1) else { return }
            call.result(whole.contains(part))
        }
        scalar("bl_json_has_key", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let document = parsedDocument(call, 0) else { return }
            call.result(document.has([UInt8](call.text(1))))
        }
        // Keys as a list; whether all of them are wanted or any.
        scalar("bl_json_has_keys", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments), let document = parsedDocument(call, 0), let keys = parsedPath(call, 1) else { return }
            call.result(call.int(2) != 0 ? keys.allSatisfy(document.has) : keys.contains(where: document.has))
        }
        // The document, the path as a list, and whether the value is wanted as text.
        scalar("bl_json_path", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments), let document = parsedDocument(call, 0), let path = parsedPath(call, 1) else { return }
            guard let found = document.value(at: path[...]) else { return }
            if call.int(2) != 0 {
                if found == .null { return }
                if case .string(let content) = found { return call.result(text: content) }
            }
            call.result(text: found.bytes)
        }
        // The document, the path as a list, the value, whether what is missing is made, whether to insert, whether behind.
        scalar("bl_json_set", 6) { context, count, arguments in
            guard let call = Call(context, count, arguments), let document = parsedDocument(call, 0), let path = parsedPath(call, 1), let value = parsedDocument(call, 2) else { return }
            call.result(text: document.setting(path[...], to: value, creates: call.int(3) != 0, inserts: call.int(4) != 0, after: call.int(5) != 0).bytes)
        }
        // Lists of what a document has: its elements or values as JSON (0) or text (1), its keys (2).
        scalar("bl_json_parts", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let document = parsedDocument(call, 0) else { return }
            let wanted = call.small(1)
            switch document {
            case .array(let elements) where wanted < 2: call.result(text: parts(elements, asText: wanted == 1))
            case .object(let members) where wanted == 2: call.result(text: parts(members.map { .string($0.key) }, asText: true))
            case .object(let members) where wanted >= 3: call.result(text: parts(members.map(\.value), asText: wanted == 4))
            case .array: call.fail("BL_INVALID_INPUT: cannot take the members of an array")
            case .object: call.fail("BL_INVALID_INPUT: cannot extract elements from an object")
            default: call.fail("BL_INVALID_INPUT: cannot take a scalar apart")
            }
        }
    }
}

/// A list's text: every element is a string, null stays null where it is wanted as text.
private func parts(_ elements: [JSONDocument], asText: Bool) -> [UInt8] {
    JSONDocument.array(elements.map { element in
        switch element {
        case .null where asText: .null
        case .string where asText: element
        default: .string(element.bytes)
        }
    }).bytes
}

private func parsedDocument(_ call: Call, _ index: Int) -> JSONDocument? {
    if let found = JSONDocument(call.text(index)) { return found }
    call.fail("BL_INVALID_INPUT: Malformed JSON: \(call.string(index).prefix(CastCall.quotedTextLimit))")
    return nil
}

/// A list of texts; nil when an element is none.
private func parsedPath(_ call: Call, _ index: Int) -> [[UInt8]]? {
    guard case .array(let elements)? = JSONDocument(call.text(index)) else { return nil }
    var steps: [[UInt8]] = []
    for element in elements {
        guard case .string(let step) = element else {
            call.fail("BL_INVALID_INPUT: a path cannot have NULL in it")
            return nil
        }
        steps.append(step)
    }
    return steps
}
