import CSQLite

/// A value as a sort key; NULL is a key here.
enum SortKey {
    case null
    case value(StoredKey)

    init(_ call: Call, _ index: Int) { self = call.isNull(index) ? .null : .value(StoredKey(call, index)) }
}

/// One letter per key: `a` ascending, `d` descending, NULLs last; in capitals NULLs first.
struct SortOrder {
    private let letters: [UInt8]

    init?(_ text: Bytes, keys: Int) {
        guard text.count == keys, text.allSatisfy({ "aAdD".utf8.contains($0) }) else { return nil }
        letters = [UInt8](text)
    }

    /// Negative, zero or positive as `a` comes before, beside or behind `b`.
    func compare(_ a: [SortKey], _ b: [SortKey]) -> Int {
        for (index, letter) in letters.enumerated() {
            let nullsFirst = letter & 0x20 == 0
            switch (a[index], b[index]) {
            case (.null, .null): continue
            case (.null, .value): return nullsFirst ? -1 : 1
            case (.value, .null): return nullsFirst ? 1 : -1
            case (.value(let x), .value(let y)):
                if x == y { continue }
                return (x < y) == (letter | 0x20 == UInt8(ascii: "a")) ? -1 : 1
            }
        }
        return 0
    }
}

/// The texts of a group with the keys they are to be ordered by.
private final class OrderedTexts {
    struct Row {
        var text: [UInt8]
        var keys: [SortKey]
    }
    var rows: [Row] = []
    var seen: Set<[UInt8]> = []
    var order: SortOrder?
    var separator: [UInt8] = [UInt8(ascii: ",")]
    var size = 0

    /// Separator and texts, in order; equal keys keep the order of the rows.
    func joined() -> [UInt8] {
        var sorted = rows
        if let order {
            // The standard library's sort is stable in fact but not in contract; the row's place settles ties.
            let places = rows.indices.sorted { a, b in
                let comparison = order.compare(rows[a].keys, rows[b].keys)
                return comparison != 0 ? comparison < 0 : a < b
            }
            sorted = places.map { rows[$0] }
        }
        var out: [UInt8] = []
        out.reserveCapacity(size)
        for (index, row) in sorted.enumerated() {
            if index > 0 { out += separator }
            out += row.text
        }
        return out
    }
}

/// The value that comes first (or last) by its keys.
private final class OrderedChoice {
    var value: OpaquePointer?
    var keys: [SortKey]?
    deinit { sqlite3_value_free(value) }
}

extension FunctionList {
    /// Aggregates with an ORDER BY or DISTINCT of their own.
    mutating func addOrderedAggregates() {
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context), let texts = ObjectState.take(context, OrderedTexts.self), !texts.rows.isEmpty else { return }
            out.result(text: texts.joined()[...])
        }
        let distinct = 1
        let ordered = 2
        for (name, arity, tag) in [
            ("bl_string_agg_ordered", Int32(-1), ordered), ("bl_string_agg_distinct_ordered", -1, distinct | ordered), ("bl_string_agg_distinct", 2, distinct),
        ] {
            aggregate(
                name, arity, tag: tag,
                step: { context, count, arguments in
                    guard let call = Call(any: context, count, arguments), call.count >= 2, !call.isNull(0), !call.isNull(1),
                          let texts = ObjectState.make(context, OrderedTexts.init) else { return }
                    let text = call.text(0)
                    let bytes = [UInt8](text)
                    if call.tag & 1 != 0, !texts.seen.insert(bytes).inserted { return }
                    var keys: [SortKey] = []
                    if call.tag & 2 != 0 {
                        guard readOrder(call, at: 2, into: &texts.order) else { return }
                        for index in 3..<max(3, call.count) { keys.append(SortKey(call, index)) }
                    }
                    if texts.rows.isEmpty { texts.separator = [UInt8](call.text(1)) }
                    texts.size += bytes.count + texts.separator.count
                    guard texts.size <= call.lengthLimit else { call.failTooBig(); return }
                    texts.rows.append(OrderedTexts.Row(text: bytes, keys: keys))
                }, final: final)
        }
        let choice: FinalCallback = { context in
            guard let context, let choice = ObjectState.take(context, OrderedChoice.self), let value = choice.value else { return }
            sqlite3_result_value(context, value)
        }
        for (name, isLast) in [("bl_first_ordered", 0), ("bl_last_ordered", 1)] {
            aggregate(
                name, -1, tag: isLast,
                step: { context, count, arguments in
                    guard let call = Call(any: context, count, arguments), call.count >= 2, let choice = ObjectState.make(context, OrderedChoice.init)
                    else { return }
                    var order: SortOrder?
                    guard readOrder(call, at: 1, into: &order), let order else { return }
                    let keys = (2..<max(2, call.count)).map { SortKey(call, $0) }
                    if let held = choice.keys {
                        let comparison = order.compare(keys, held)
                        guard call.tag == 0 ? comparison < 0 : comparison >= 0 else { return }
                    }
                    sqlite3_value_free(choice.value)
                    choice.value = sqlite3_value_dup(call.arguments[0])
                    choice.keys = keys
                }, final: choice)
        }
    }
}

/// Reads the order once; reports one that does not fit the number of keys.
func readOrder(_ call: Call, at index: Int, into order: inout SortOrder?) -> Bool {
    if order != nil { return true }
    guard index < call.count else {
        call.fail("BL_INVALID_INPUT: an ordered aggregate needs its order")
        return false
    }
    order = SortOrder(call.text(index), keys: call.count - index - 1)
    if order == nil { call.fail("BL_INVALID_INPUT: '\(call.string(index))' is no order for \(call.count - index - 1) keys") }
    return order != nil
}
