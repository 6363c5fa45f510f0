import CSQLite

/// The elements of a group with the keys they are to be ordered by.
private final class GatheredElements {
    var elements: [[UInt8]] = []
    var keys: [[SortKey]] = []
    var seen: Set<[UInt8]> = []
    var order: SortOrder?
    var size = 2

    /// In order; equal keys keep the order of the rows.
    func ordered() -> [[UInt8]] {
        guard let order else { return elements }
        let places = elements.indices.sorted { a, b in
            let comparison = order.compare(keys[a], keys[b])
            return comparison != 0 ? comparison < 0 : a < b
        }
        return places.map { elements[$0] }
    }
}

extension FunctionList {
    /// Aggregates that make a list; the second argument tells that the values are lists themselves (1) or JSON documents (2).
    mutating func addListAggregates() {
        let distinct = 1, ordered = 2, keepsEmpty = 4
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context) else { return }
            guard let gathered = ObjectState.take(context, GatheredElements.self) else {
                // A subquery that collects no rows is an empty list; an aggregate of none is NULL.
                if out.tag & 4 != 0 { out.result(text: Array("[]".utf8)[...]) }
                return
            }
            out.result(text: ListElements.join(gathered.ordered())[...])
        }
        for (name, arity, tag) in [
            ("bl_list_agg", Int32(2), 0), ("bl_list_agg_distinct", 2, distinct), ("bl_list_agg_ordered", -1, ordered),
            ("bl_list_agg_distinct_ordered", -1, distinct | ordered), ("bl_list_collect", 2, keepsEmpty),
        ] {
            aggregate(
                name, arity, tag: tag,
                step: { context, count, arguments in
                    guard let call = Call(any: context, count, arguments), call.count >= 2,
                          let gathered = ObjectState.make(context, GatheredElements.init),
                          let element = ListElements.element(call, 0, isRaw: call.int(1) == 1, isDocument: call.int(1) == 2) else { return }
                    if call.tag & 1 != 0, !gathered.seen.insert(element).inserted { return }
                    if call.tag & 2 != 0 {
                        guard readOrder(call, at: 2, into: &gathered.order) else { return }
                        gathered.keys.append((3..<max(3, call.count)).map { SortKey(call, $0) })
                    }
                    gathered.size += element.count + 1
                    guard gathered.size <= call.lengthLimit else { call.failTooBig(); return }
                    gathered.elements.append(element)
                }, final: final)
        }
    }
}
