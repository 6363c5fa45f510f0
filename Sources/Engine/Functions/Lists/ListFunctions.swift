import CSQLite
import SQLDialect

extension FunctionList {
    mutating func addLists() {
        addListMaking()
        addListParts()
        addListTests()
        addListTexts()
    }

    private mutating func addListMaking() {
        for (name, isRaw) in [("bl_list_value", 0), ("bl_list_value_nested", 1)] {
            scalar(name, -1, tag: isRaw) { context, count, arguments in
                guard let call = Call(any: context, count, arguments) else { return }
                var elements: [[UInt8]] = []
                for index in 0..<call.count {
                    guard let element = ListElements.element(call, index, isRaw: call.tag == 1) else { return }
                    elements.append(element)
                }
                call.result(list: elements)
            }
        }
        scalar("bl_list_concat", -1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            concatenate(call)
        }
        scalar("bl_list_concat_nonnull", 2) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), !(call.isNull(0) && call.isNull(1)) else { return }
            concatenate(call)
        }
        scalar("bl_list_zip", -1) { context, count, arguments in
            guard let call = Call(any: context, count, arguments) else { return }
            var lists: [[[UInt8]]] = []
            for index in 0..<call.count {
                guard !call.isNull(index) else { lists.append([]); continue }
                guard let list = call.list(index) else { return }
                lists.append(list)
            }
            let length = lists.map(\.count).max() ?? 0
            call.result(list: (0..<length).map { place in
                ListElements.join(lists.map { place < $0.count ? $0[place] : ListElements.null })
            })
        }
        scalar("bl_list_series", 4) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let stop = call.int(1), step = call.int(2), inclusive = call.int(3) != 0
            var value = call.int(0)
            var out: [UInt8] = [UInt8(ascii: "[")]
            // Some million numbers: a slip of the keys must not fill the memory. More of them come as rows, from `range` in FROM.
            let limit = min(call.lengthLimit, 16 << 20)
            while step > 0 ? value < stop || (inclusive && value == stop) : step < 0 && (value > stop || (inclusive && value == stop)) {
                if out.count > 1 { out.append(UInt8(ascii: ",")) }
                NumberText.append(value, to: &out)
                guard out.count < limit else { call.failTooBig(); return }
                let (next, overflow) = value.addingReportingOverflow(step)
                if overflow { break }
                value = next
            }
            out.append(UInt8(ascii: "]"))
            call.result(text: out)
        }
    }

    private mutating func addListParts() {
        scalar("bl_list_length", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments), let list = call.list(0) else { return }
            call.result(list.count)
        }
        // Places count from 1, negative ones from the end.
        scalar("bl_list_element", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let list = call.list(0) else { return }
            let place = call.int(1)
            let index = place > 0 ? place - 1 : place < 0 ? Int64(list.count) + place : -1
            guard index >= 0, index < Int64(list.count) else { return }
            call.result(element: list[Int(index)])
        }
        scalar("bl_list_slice", 3) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), !call.isNull(0), let list = call.list(0) else { return }
            let length = Int64(list.count)
            func place(_ index: Int) -> Int64 {
                let value = call.int(index)
                return value < 0 ? max(0, length + value + 1) : value
            }
            let lower = call.isNull(1) ? 1 : max(1, place(1)), upper = call.isNull(2) ? length : min(length, place(2))
            guard lower <= upper else { call.result(list: []); return }
            call.result(list: list[Int(lower - 1)..<Int(upper)])
        }
        scalar("bl_list_remove", 2) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), !call.isNull(0), let list = call.list(0), let item = listItem(call, 1) else { return }
            call.result(list: list.filter { ListElements.compare($0, item) != 0 })
        }
        scalar("bl_list_reverse", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments), let list = call.list(0) else { return }
            call.result(list: list.reversed())
        }
        scalar("bl_list_sort", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments), let list = call.list(0) else { return }
            call.result(list: list.sorted { ListElements.compare($0, $1) < 0 })
        }
        scalar("bl_list_distinct", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments), let list = call.list(0) else { return }
            var seen: Set<[UInt8]> = [ListElements.null]
            call.result(list: list.filter { seen.insert($0).inserted })
        }
    }

    private mutating func addListTests() {
        scalar("bl_list_position", 2) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), !call.isNull(0), let list = call.list(0), let item = listItem(call, 1) else { return }
            guard let index = list.firstIndex(where: { ListElements.compare($0, item) == 0 }) else { return }
            call.result(index + 1)
        }
        scalar("bl_list_contains", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let list = call.list(0), let item = listItem(call, 1) else { return }
            call.result(list.contains { ListElements.compare($0, item) == 0 })
        }
        for (name, all) in [("bl_list_has_any", 0), ("bl_list_has_all", 1)] {
            scalar(name, 2, tag: all) { context, count, arguments in
                guard let call = Call(context, count, arguments), let list = call.list(0), let wanted = call.list(1) else { return }
                let held = Set(list)
                let isHeld: ([UInt8]) -> Bool = { $0 != ListElements.null && held.contains($0) }
                call.result(call.tag == 1 ? wanted.allSatisfy(isHeld) : wanted.contains(where: isHeld))
            }
        }
        scalar("bl_list_key", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments), let list = call.list(0) else { return }
            var out: [UInt8] = []
            ListElements.appendKey(list, to: &out)
            call.result(blob: out)
        }
    }

    private mutating func addListTexts() {
        for (name, isTry) in [("bl_list_parse", 0), ("bl_try_list_parse", 1)] {
            scalar(name, 1, tag: isTry) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                if let items = ListText.parse(call.string(0)) {
                    call.result(text: ListText.json(items))
                } else if call.tag == 0 {
                    call.fail("BL_CONVERSION: Could not convert string '\(String(call.string(0).prefix(CastCall.quotedTextLimit)))' to a list")
                }
            }
        }
        // The second argument is the list's type.
        scalar("bl_list_text", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let type = listType(call) else { return }
            call.result(text: Value(stored: .text(call.string(0)), type: type).text)
        }
        scalar("bl_list_texts", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let element = listType(call)?.element, let list = call.list(0) else { return }
            call.result(list: list.map { item in
                let value = Value(stored: ListElements.stored(item), type: element)
                guard !value.isNull else { return ListElements.null }
                var out: [UInt8] = []
                JSONText.appendQuoted(value.text, to: &out)
                return out
            })
        }
        scalar("bl_list_json", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let type = listType(call) else { return }
            var out: [UInt8] = []
            appendDocument(Value(stored: .text(call.string(0)), type: type), to: &out)
            call.result(text: out)
        }
        for arity in [Int32(2), 3] {
            // NULLs are left out, or written as the third argument says.
            scalar("bl_list_join", arity) { context, count, arguments in
                guard let call = Call(any: context, count, arguments), !call.isNull(0), !call.isNull(1), let list = call.list(0) else { return }
                let separator = [UInt8](call.text(1))
                let missing = call.count > 2 && !call.isNull(2) ? [UInt8](call.text(2)) : nil
                var out: [UInt8] = []
                var isFirst = true
                for item in list {
                    let text: [UInt8]
                    if item == ListElements.null {
                        guard let missing else { continue }
                        text = missing
                    } else {
                        text = item.withUnsafeBufferPointer { JSONText.unquoted($0) } ?? item
                    }
                    if !isFirst { out += separator }
                    isFirst = false
                    out += text
                    guard out.count <= call.lengthLimit else { call.failTooBig(); return }
                }
                call.result(text: out)
            }
            // Without a separator every character is an element; an element that is the third argument is NULL.
            scalar("bl_list_split", arity) { context, count, arguments in
                guard let call = Call(any: context, count, arguments), !call.isNull(0) else { return }
                let missing = call.count > 2 && !call.isNull(2) ? call.string(2) : nil
                let text = call.text(0)
                var parts: [String] = []
                if call.isNull(1) {
                    parts = String(decoding: text, as: UTF8.self).unicodeScalars.map { String($0) }
                } else if !text.isEmpty || call.count == 2 {
                    parts = split(text, call.text(1))
                }
                call.result(list: parts.map { part in
                    if part == missing { return ListElements.null }
                    var out: [UInt8] = []
                    JSONText.appendQuoted(part, to: &out)
                    return out
                })
            }
        }
    }
}

private func concatenate(_ call: Call) {
    var elements: [[UInt8]] = []
    for index in 0..<call.count where !call.isNull(index) {
        guard let list = call.list(index) else { return }
        elements += list
    }
    call.result(list: elements)
}

/// An element given as a value: a list among lists is its own text.
private func listItem(_ call: Call, _ index: Int) -> [UInt8]? {
    if call.type(index) == SQLITE_TEXT, call.text(index).first == UInt8(ascii: "["), call.text(0).dropFirst().first == UInt8(ascii: "[") {
        return ListElements.element(call, index, isRaw: true)
    }
    return ListElements.element(call, index)
}

private func listType(_ call: Call) -> DuckType? {
    if let type = DuckType(typeName: call.string(1)), type.element != nil { return type }
    call.fail("BL_TYPE_ERROR: '\(call.string(1))' is no type of a list")
    return nil
}

/// The pieces of a text between separators; an empty separator parts the characters.
private func split(_ text: Bytes, _ separator: Bytes) -> [String] {
    guard !separator.isEmpty else { return String(decoding: text, as: UTF8.self).unicodeScalars.map { String($0) } }
    var parts: [String] = []
    var start = 0, index = 0
    while index + separator.count <= text.count {
        if text[index] == separator[0], Bytes(rebasing: text[index..<(index + separator.count)]).elementsEqual(separator) {
            parts.append(String(decoding: text[start..<index], as: UTF8.self))
            index += separator.count
            start = index
        } else {
            index += 1
        }
    }
    parts.append(String(decoding: text[start...], as: UTF8.self))
    return parts
}

/// A value as a part of a JSON document, as the casts to JSON write it.
private func appendDocument(_ value: Value, to out: inout [UInt8]) {
    switch value {
    case .list(let items):
        out.append(UInt8(ascii: "["))
        for (index, item) in items.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            appendDocument(item, to: &out)
        }
        out.append(UInt8(ascii: "]"))
    case .integer(let number), .hugeint(let number): NumberText.append(number, to: &out)
    case .decimal(let unscaled, _, let scale): NumberText.append(NumberText.decimalToDouble(unscaled, scale: scale), to: &out)
    default: value.appendJSON(to: &out)
    }
}
