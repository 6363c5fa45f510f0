import CSQLite

extension FunctionList {
    /// Sums, averages, counts, products, logic and bits.
    mutating func addAggregates() {
        addIntegerSums()
        addDoubleSums()
        addIntervalSums()
        addLogic()
        addBits()
        addChoices()
        addTextAggregates()
    }

    // MARK: Exact sums

    private mutating func addIntegerSums() {
        let step: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            aggregateState(context, WideSum.self)?.pointee.add(call.int(0))
        }
        let inverse: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            aggregateState(context, WideSum.self)?.pointee.remove(call.int(0))
        }
        let sum: FinalCallback = { context in
            guard let out = AggregateResult(context), let state = existingState(context, WideSum.self)?.pointee, state.count > 0 else { return }
            if let exact = state.exact { out.result(exact) } else { out.fail("BL_OUT_OF_RANGE: Overflow in sum: the result needs more than 64 bits") }
        }
        aggregate("bl_sum_int", 1, step: step, final: sum, value: sum, inverse: inverse)
        let average: FinalCallback = { context in
            guard let out = AggregateResult(context), let state = existingState(context, WideSum.self)?.pointee, state.count > 0 else { return }
            out.result(state.double / Double(state.count))
        }
        aggregate("bl_avg_int", 1, step: step, final: average, value: average, inverse: inverse)
        let moment: FinalCallback = { context in
            guard let out = AggregateResult(context), let state = existingState(context, WideSum.self)?.pointee, state.count > 0 else { return }
            out.result(state.average)
        }
        aggregate("bl_avg_timestamp", 1, step: step, final: moment, value: moment, inverse: inverse)
        aggregate("bl_avg_time", 1, step: step, final: moment, value: moment, inverse: inverse)
        let day: FinalCallback = { context in
            guard let out = AggregateResult(context), let state = existingState(context, WideSum.self)?.pointee, state.count > 0 else { return }
            // The mean of days as a moment; the sum of days is far from 64 bits.
            let days = state.average
            let rest = (state.exact ?? 0) &- days &* state.count
            out.result(days &* Calendar.microsPerDay &+ rest &* Calendar.microsPerDay / state.count)
        }
        aggregate("bl_avg_date", 1, step: step, final: day, value: day, inverse: inverse)

        struct Scaled: BitwiseCopyable {
            var sum: WideSum
            var scale: Int64
        }
        let decimal: FinalCallback = { context in
            guard let out = AggregateResult(context), let state = existingState(context, Scaled.self)?.pointee, state.sum.count > 0 else { return }
            out.result(state.sum.double / (Double(state.sum.count) * NumberText.powerOfTen(Int(state.scale))))
        }
        aggregate(
            "bl_avg_decimal", 2,
            step: { context, count, arguments in
                guard let call = Call(context, count, arguments), let state = aggregateState(context, Scaled.self) else { return }
                state.pointee.sum.add(call.int(0))
                state.pointee.scale = call.int(1)
            }, final: decimal, value: decimal,
            inverse: { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                aggregateState(context, Scaled.self)?.pointee.sum.remove(call.int(0))
            })

        let countIf: FinalCallback = { context in
            AggregateResult(context)?.result(existingState(context, WideSum.self)?.pointee.exact ?? 0)
        }
        aggregate(
            "bl_count_if", 1,
            step: { context, count, arguments in
                guard let call = Call(context, count, arguments), call.int(0) != 0 else { return }
                aggregateState(context, WideSum.self)?.pointee.add(1)
            }, final: countIf, value: countIf,
            inverse: { context, count, arguments in
                guard let call = Call(context, count, arguments), call.int(0) != 0 else { return }
                aggregateState(context, WideSum.self)?.pointee.remove(1)
            })
    }

    // MARK: Sums of doubles

    private mutating func addDoubleSums() {
        let step: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            aggregateState(context, FloatingSum.self)?.pointee.add(call.double(0))
        }
        let inverse: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            aggregateState(context, FloatingSum.self)?.pointee.remove(call.double(0))
        }
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context), let state = existingState(context, FloatingSum.self)?.pointee, state.count > 0 else { return }
            out.result(out.tag == 1 ? state.total / Double(state.count) : state.total)
        }
        for (name, tag) in [("bl_sum_double", 0), ("bl_fsum", 0), ("bl_avg_double", 1), ("bl_favg", 1)] {
            aggregate(name, 1, tag: tag, step: step, final: final, value: final, inverse: inverse)
        }
        struct Product: BitwiseCopyable {
            /// Of the factors that are not zero; means nothing before the first of them.
            var product: Double
            var zeros: Int64
            var count: Int64
        }
        let product: FinalCallback = { context in
            guard let out = AggregateResult(context), let state = existingState(context, Product.self)?.pointee, state.count > 0 else { return }
            out.result(state.zeros > 0 ? 0 : state.product)
        }
        aggregate(
            "bl_product", 1,
            step: { context, count, arguments in
                guard let call = Call(context, count, arguments), let state = aggregateState(context, Product.self) else { return }
                let factor = call.double(0)
                let before = state.pointee.count == state.pointee.zeros ? 1 : state.pointee.product
                if factor == 0 { state.pointee.zeros += 1 } else { state.pointee.product = before * factor }
                state.pointee.count += 1
            }, final: product, value: product,
            inverse: { context, count, arguments in
                guard let call = Call(context, count, arguments), let state = aggregateState(context, Product.self) else { return }
                let factor = call.double(0)
                if factor == 0 { state.pointee.zeros -= 1 } else { state.pointee.product /= factor }
                state.pointee.count -= 1
            })
    }

    private mutating func addIntervalSums() {
        struct Sum: BitwiseCopyable {
            var months: Int64
            var days: Int64
            var micros: Int64
            var count: Int64
        }
        let step: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments), let interval = call.interval(0), let state = aggregateState(context, Sum.self) else { return }
            let (micros, over) = state.pointee.micros.addingReportingOverflow(interval.micros)
            if over { call.fail("BL_OUT_OF_RANGE: Overflow in sum of INTERVAL"); return }
            state.pointee.micros = micros
            state.pointee.months += Int64(interval.months)
            state.pointee.days += Int64(interval.days)
            state.pointee.count += 1
        }
        let inverse: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments), let interval = call.interval(0), let state = aggregateState(context, Sum.self) else { return }
            state.pointee.micros = state.pointee.micros.subtractingReportingOverflow(interval.micros).partialValue
            state.pointee.months -= Int64(interval.months)
            state.pointee.days -= Int64(interval.days)
            state.pointee.count -= 1
        }
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context), let state = existingState(context, Sum.self)?.pointee, state.count > 0 else { return }
            let n = out.tag == 1 ? state.count : 1
            // What is left of a part goes down to the next: 30 days to a month.
            let days = state.days + state.months % n * Calendar.daysPerMonth
            let micros = state.micros.addingReportingOverflow(days % n &* Calendar.microsPerDay)
            guard let wholeMonths = Int32(exactly: state.months / n), let wholeDays = Int32(exactly: days / n), !micros.overflow else {
                out.fail("BL_OUT_OF_RANGE: Overflow in sum of INTERVAL")
                return
            }
            out.result(blob: Interval(months: wholeMonths, days: wholeDays, micros: micros.partialValue / n).stored)
        }
        aggregate("bl_sum_interval", 1, tag: 0, step: step, final: final, value: final, inverse: inverse)
        aggregate("bl_avg_interval", 1, tag: 1, step: step, final: final, value: final, inverse: inverse)
    }

    // MARK: Logic and bits

    private mutating func addLogic() {
        struct Counts: BitwiseCopyable {
            var yes: Int64
            var no: Int64
        }
        let step: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments), let state = aggregateState(context, Counts.self) else { return }
            if call.int(0) != 0 { state.pointee.yes += 1 } else { state.pointee.no += 1 }
        }
        let inverse: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments), let state = aggregateState(context, Counts.self) else { return }
            if call.int(0) != 0 { state.pointee.yes -= 1 } else { state.pointee.no -= 1 }
        }
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context), let state = existingState(context, Counts.self)?.pointee, state.yes + state.no > 0 else { return }
            out.result(Int64((out.tag == 0 ? state.no == 0 : state.yes > 0) ? 1 : 0))
        }
        aggregate("bl_bool_and", 1, tag: 0, step: step, final: final, value: final, inverse: inverse)
        aggregate("bl_bool_or", 1, tag: 1, step: step, final: final, value: final, inverse: inverse)
    }

    private mutating func addBits() {
        // How many values have each bit: and, or, xor can all be read from that, and values can leave a window again.
        let step: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            countBits(context, call.int(0), 1)
        }
        let inverse: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            countBits(context, call.int(0), -1)
        }
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context), let counts = sqlite3_aggregate_context(context, 0)?.assumingMemoryBound(to: Int64.self),
                  counts[64] > 0 else { return }
            var result: UInt64 = 0
            for bit in 0..<64 {
                let isSet = switch out.tag {
                case 0: counts[bit] == counts[64]
                case 1: counts[bit] > 0
                default: counts[bit] % 2 != 0
                }
                if isSet { result |= 1 << UInt64(bit) }
            }
            out.result(Int64(bitPattern: result))
        }
        for (name, tag) in [("bl_bit_and", 0), ("bl_bit_or", 1), ("bl_bit_xor", 2)] {
            aggregate(name, 1, tag: tag, step: step, final: final, value: final, inverse: inverse)
        }
    }
}

private func countBits(_ context: OpaquePointer?, _ value: Int64, _ delta: Int64) {
    // 64 counters and the number of values.
    guard let counts = sqlite3_aggregate_context(context, Int32(65 * MemoryLayout<Int64>.size))?.assumingMemoryBound(to: Int64.self) else { return }
    var rest = UInt64(bitPattern: value)
    while rest != 0 {
        counts[rest.trailingZeroBitCount] += delta
        rest &= rest - 1
    }
    counts[64] += delta
}

/// A compensated (Neumaier) sum of doubles: as exact as DuckDB's `fsum`, independent of the order of the rows for all
/// practical purposes, and values can be taken out again when a window moves on.
struct FloatingSum: BitwiseCopyable {
    var sum: Double
    var lost: Double
    /// Infinities come and go by count, not by arithmetic.
    var positiveInfinities: Int64
    var negativeInfinities: Int64
    var count: Int64

    @inline(__always)
    private mutating func accumulate(_ value: Double) {
        let next = sum + value
        lost += abs(sum) >= abs(value) ? (sum - next) + value : (value - next) + sum
        sum = next
    }

    @inline(__always)
    mutating func add(_ value: Double) {
        count += 1
        if value.isFinite { accumulate(value) } else if value > 0 { positiveInfinities += 1 } else { negativeInfinities += 1 }
    }

    mutating func remove(_ value: Double) {
        count -= 1
        if value.isFinite { accumulate(-value) } else if value > 0 { positiveInfinities -= 1 } else { negativeInfinities -= 1 }
    }

    var total: Double {
        if positiveInfinities > 0 { return negativeInfinities > 0 ? .nan : .infinity }
        if negativeInfinities > 0 { return -.infinity }
        let total = sum + lost
        return total.isNaN ? sum : total
    }
}
