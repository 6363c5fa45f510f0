import CSQLite

/// One kept value (SQLite's own copy of it) and, for arg_min and arg_max, what it is chosen by.
private final class KeptValue {
    var value: OpaquePointer?
    var key: OpaquePointer?
    var hasValue = false

    deinit {
        sqlite3_value_free(value)
        sqlite3_value_free(key)
    }

    func keep(_ newValue: OpaquePointer?, key newKey: OpaquePointer? = nil) {
        sqlite3_value_free(value)
        sqlite3_value_free(key)
        value = sqlite3_value_dup(newValue)
        key = newKey.flatMap { sqlite3_value_dup($0) }
        hasValue = true
    }
}

extension FunctionList {
    /// first, last, any_value, arg_min, arg_max: aggregates only; over windows SQL has first_value and last_value.
    mutating func addChoices() {
        let final: FinalCallback = { context in
            guard let context, let kept = ObjectState.take(context, KeptValue.self), kept.hasValue, let value = kept.value else { return }
            sqlite3_result_value(context, value)
        }
        aggregate(
            "bl_first", 1,
            step: { context, count, arguments in
                guard let call = Call(any: context, count, arguments), let kept = ObjectState.make(context, KeptValue.init), !kept.hasValue else { return }
                kept.keep(call.arguments[0])
            }, final: final)
        aggregate(
            "bl_last", 1,
            step: { context, count, arguments in
                guard let call = Call(any: context, count, arguments), let kept = ObjectState.make(context, KeptValue.init) else { return }
                kept.keep(call.arguments[0])
            }, final: final)
        aggregate(
            "bl_any_value", 1,
            step: { context, count, arguments in
                guard let call = Call(context, count, arguments), let kept = ObjectState.make(context, KeptValue.init), !kept.hasValue else { return }
                kept.keep(call.arguments[0])
            }, final: final)
        let nullsCount = 1 << 4
        for (name, sign) in [("arg_min", 0), ("arg_max", 1)] {
            for (suffix, flag) in [("", 0), ("_null", nullsCount)] {
                aggregate(
                    "bl_\(name)\(suffix)", 2, tag: sign | flag,
                    step: { context, count, arguments in
                        guard let call = Call(any: context, count, arguments), !call.isNull(1), call.tag & 1 << 4 != 0 || !call.isNull(0),
                              let kept = ObjectState.make(context, KeptValue.init) else { return }
                        if kept.hasValue {
                            let order = StoredOrder.compare(call.arguments[1], kept.key)
                            guard call.tag & 1 == 0 ? order < 0 : order > 0 else { return }
                        }
                        kept.keep(call.arguments[0], key: call.arguments[1])
                    }, final: final)
            }
        }
    }

    /// string_agg, as an aggregate and over windows.
    mutating func addTextAggregates() {
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context), let joined = ObjectState.take(context, JoinedText.self), joined.count > 0 else { return }
            out.result(text: joined.text)
        }
        let value: FinalCallback = { context in
            guard let out = AggregateResult(context), let joined = ObjectState.existing(context, JoinedText.self), joined.count > 0 else { return }
            out.result(text: joined.text)
        }
        for arity in [Int32(1), 2] {
            aggregate(
                "bl_string_agg", arity,
                step: { context, count, arguments in
                    guard let call = Call(context, count, arguments), let joined = ObjectState.make(context, JoinedText.init) else { return }
                    if call.count == 2 { joined.append(call.text(0), separator: call.text(1)) } else { joined.append(call.text(0), separator: nil) }
                    if joined.text.count > call.lengthLimit { call.failTooBig() }
                }, final: final, value: value,
                inverse: { context, count, arguments in
                    guard let call = Call(context, count, arguments), let joined = ObjectState.existing(context, JoinedText.self) else { return }
                    joined.removeFirst(length: call.text(0).count)
                })
        }
    }
}

/// Texts joined by separators; the oldest can be taken off again.
private final class JoinedText {
    private var bytes: [UInt8] = []
    private var start = 0
    /// Lengths of the separators between the texts that are in, oldest first.
    private var separators: [Int] = []
    private var firstSeparator = 0
    private(set) var count = 0

    var text: ArraySlice<UInt8> { bytes[start...] }

    func append(_ text: Bytes, separator: Bytes?) {
        if count > 0 {
            if let separator { bytes.append(contentsOf: separator) } else { bytes.append(UInt8(ascii: ",")) }
            separators.append(separator?.count ?? 1)
        }
        bytes.append(contentsOf: text)
        count += 1
    }

    func removeFirst(length: Int) {
        guard count > 0 else { return }
        count -= 1
        start += length
        if count == 0 {
            bytes.removeAll(keepingCapacity: true)
            separators.removeAll(keepingCapacity: true)
            start = 0
            firstSeparator = 0
            return
        }
        start += separators[firstSeparator]
        firstSeparator += 1
        // What has left is thrown away in large pieces only.
        if start > bytes.count / 2, start > 4096 {
            bytes.removeFirst(start)
            separators.removeFirst(firstSeparator)
            start = 0
            firstSeparator = 0
        }
    }
}
