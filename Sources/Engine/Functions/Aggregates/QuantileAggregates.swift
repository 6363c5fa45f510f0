import CSQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// All values of a group or window. Sorted when first asked; from then on kept sorted, so that a moving window costs one
/// insertion and one removal per row.
private final class ValueBag<Element: Comparable> {
    private(set) var values: [Element] = []
    private var sorted = false
    var fraction = 0.5

    func insert(_ value: Element) {
        if sorted { values.insert(value, at: position(of: value)) } else { values.append(value) }
    }

    func remove(_ value: Element) {
        sort()
        let index = position(of: value)
        if index < values.count, values[index] == value { values.remove(at: index) }
    }

    func sort() {
        if !sorted {
            values.sort()
            sorted = true
        }
    }

    private func position(of value: Element) -> Int {
        var low = 0
        var high = values.count
        while low < high {
            let middle = (low + high) / 2
            if values[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The values below and above the wanted place, and how far between them it lies. A negative fraction counts from the top.
    func neighbours() -> (low: Element, high: Element, weight: Double)? {
        guard !values.isEmpty else { return nil }
        sort()
        let last = values.count - 1
        let place = Double(last) * abs(fraction)
        let low = Int(place.rounded(.down))
        let high = Int(place.rounded(.up))
        return fraction < 0
            ? (values[last - low], values[last - high], place - Double(low)) : (values[low], values[high], place - Double(low))
    }

    /// The first value that at least the fraction of all are not beyond.
    func discrete() -> Element? {
        guard !values.isEmpty else { return nil }
        sort()
        let count = values.count
        let rank = max(1, count - Int((Double(count) - abs(fraction) * Double(count)).rounded(.down)))
        return fraction < 0 ? values[count - rank] : values[rank - 1]
    }
}

/// How often each value occurs, and when it came first.
private final class Tally {
    struct Entry {
        var count: Int
        var first: Int
    }
    var entries: [StoredKey: Entry] = [:]
    private var rows = 0

    func add(_ key: StoredKey) {
        rows += 1
        entries[key, default: Entry(count: 0, first: rows)].count += 1
    }

    func remove(_ key: StoredKey) {
        guard var entry = entries[key] else { return }
        entry.count -= 1
        entries[key] = entry.count > 0 ? entry : nil
    }

    /// The most frequent; of several the one that came first.
    var mode: StoredKey? {
        entries.max { a, b in a.value.count != b.value.count ? a.value.count < b.value.count : a.value.first > b.value.first }?.key
    }

    var entropy: Double {
        let total = Double(entries.values.reduce(0) { $0 + $1.count })
        // In the order of appearance, so that the same rows always give the same last digit.
        return entries.values.sorted { $0.first < $1.first }.reduce(0) { sum, entry in
            sum + Double(entry.count) / total * log2(total / Double(entry.count))
        }
    }
}

extension FunctionList {
    /// Medians, quantiles, modes and what else needs all values.
    mutating func addQuantiles() {
        addContinuous()
        addIntegerQuantiles()
        addDiscrete()
        addTallies()
    }

    private mutating func addContinuous() {
        let step: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments), let bag = ObjectState.make(context, ValueBag<Double>.init) else { return }
            guard readFraction(call, { bag.fraction = $0 }) else { return }
            bag.insert(call.double(0))
        }
        let inverse: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            ObjectState.existing(context, ValueBag<Double>.self)?.remove(call.double(0))
        }
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context), let bag = ObjectState.take(context, ValueBag<Double>.self) else { return }
            finish(out, bag)
        }
        let value: FinalCallback = { context in
            guard let out = AggregateResult(context), let bag = ObjectState.existing(context, ValueBag<Double>.self) else { return }
            finish(out, bag)
        }
        aggregate("bl_median", 1, step: step, final: final, value: value, inverse: inverse)
        aggregate("bl_quantile_cont", 2, step: step, final: final, value: value, inverse: inverse)
        aggregate("bl_mad", 1, tag: 1, step: step, final: final, value: value, inverse: inverse)
    }

    /// Quantiles of what is stored as integers and stays it: decimals, timestamps; dates become timestamps.
    private mutating func addIntegerQuantiles() {
        let step: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments), let bag = ObjectState.make(context, ValueBag<Int64>.init) else { return }
            guard readFraction(call, { bag.fraction = $0 }) else { return }
            bag.insert(integer(call))
        }
        let inverse: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            ObjectState.existing(context, ValueBag<Int64>.self)?.remove(integer(call))
        }
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context), let bag = ObjectState.take(context, ValueBag<Int64>.self) else { return }
            finish(out, bag)
        }
        let value: FinalCallback = { context in
            guard let out = AggregateResult(context), let bag = ObjectState.existing(context, ValueBag<Int64>.self) else { return }
            finish(out, bag)
        }
        for (word, isDate) in [("int", 2), ("decimal", 2), ("timestamp", 0), ("time", 0), ("date", 1)] {
            aggregate("bl_median_\(word)", 1, tag: isDate, step: step, final: final, value: value, inverse: inverse)
            aggregate("bl_quantile_cont_\(word)", 2, tag: isDate, step: step, final: final, value: value, inverse: inverse)
        }
    }

    private mutating func addDiscrete() {
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context), let bag = ObjectState.take(context, ValueBag<StoredKey>.self), let key = bag.discrete() else { return }
            out.result(key)
        }
        let value: FinalCallback = { context in
            guard let out = AggregateResult(context), let bag = ObjectState.existing(context, ValueBag<StoredKey>.self), let key = bag.discrete() else { return }
            out.result(key)
        }
        for (name, arity) in [("bl_quantile_disc", Int32(2)), ("bl_median_any", 1)] {
            aggregate(
                name, arity,
                step: { context, count, arguments in
                    guard let call = Call(context, count, arguments), let bag = ObjectState.make(context, ValueBag<StoredKey>.init) else { return }
                    guard readFraction(call, { bag.fraction = $0 }) else { return }
                    bag.insert(StoredKey(call, 0))
                }, final: final, value: value,
                inverse: { context, count, arguments in
                    guard let call = Call(context, count, arguments) else { return }
                    ObjectState.existing(context, ValueBag<StoredKey>.self)?.remove(StoredKey(call, 0))
                })
        }
    }

    private mutating func addTallies() {
        let step: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments), let tally = ObjectState.make(context, Tally.init) else { return }
            tally.add(StoredKey(call, 0))
        }
        let inverse: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            ObjectState.existing(context, Tally.self)?.remove(StoredKey(call, 0))
        }
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context) else { return }
            finish(out, ObjectState.take(context, Tally.self))
        }
        let value: FinalCallback = { context in
            guard let out = AggregateResult(context) else { return }
            finish(out, ObjectState.existing(context, Tally.self))
        }
        for (name, tag) in [("bl_mode", 0), ("bl_approx_count_distinct", 1), ("bl_entropy", 2)] {
            aggregate(name, 1, tag: tag, step: step, final: final, value: value, inverse: inverse)
        }
    }
}

/// The fraction in the second argument, when there is one; reports one outside -1 … 1.
private func readFraction(_ call: Call, _ take: (Double) -> Void) -> Bool {
    guard call.count > 1 else { return true }
    let fraction = call.double(1)
    guard (-1...1).contains(fraction) else {
        call.fail("BL_OUT_OF_RANGE: QUANTILE can only take parameters in the range [-1, 1]")
        return false
    }
    take(fraction)
    return true
}

private func integer(_ call: Call) -> Int64 {
    call.tag == 1 ? CastCall.timestamp(ofDate: call.date(0)) ?? Calendar.timestampInfinity : call.int(0)
}

private func finish(_ out: AggregateResult, _ bag: ValueBag<Double>) {
    guard let (low, high, weight) = bag.neighbours() else { return }
    let quantile = low * (1 - weight) + high * weight
    guard out.tag == 1 else { out.result(quantile); return }
    let deviations = ValueBag<Double>()
    for value in bag.values { deviations.insert(abs(value - quantile)) }
    if let (low, high, weight) = deviations.neighbours() { out.result(low * (1 - weight) + high * weight) }
}

private func finish(_ out: AggregateResult, _ bag: ValueBag<Int64>) {
    guard let (low, high, weight) = bag.neighbours() else { return }
    if weight == 0 || low == high { out.result(low); return }
    if out.tag & 2 != 0, low.magnitude < 1 << 53, high.magnitude < 1 << 53 {
        // Decimals are cut off to whole units, as DuckDB does.
        out.result(Int64((Double(low) * (1 - weight) + Double(high) * weight).rounded(.towardZero)))
        return
    }
    let step = (Double(high) - Double(low)) * weight
    out.result(low &+ (Int64(exactly: step.rounded(.toNearestOrAwayFromZero)) ?? 0))
}

private func finish(_ out: AggregateResult, _ tally: Tally?) {
    switch out.tag {
    case 0: if let mode = tally?.mode { out.result(mode) }
    case 1: out.result(Int64(tally?.entries.count ?? 0))
    default: out.result(tally?.entropy ?? 0)
    }
}
