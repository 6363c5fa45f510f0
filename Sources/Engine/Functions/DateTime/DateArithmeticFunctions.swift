import CSQLite

private let timestampRangeError = "BL_OUT_OF_RANGE: Date and time not in timestamp range"

extension FunctionList {
    /// Sums, differences, truncation, counting and buckets of dates and timestamps.
    mutating func addDateArithmetic() {
        addTruncation()
        addDifferences()
        addSums()
        addBuckets()
        addIntervals()
    }

    private mutating func addTruncation() {
        for kind in [TemporalKind.date, .timestamp, .timestamptz] {
            scalar("bl_date_trunc_\(kind.word)", 2, tag: kind.rawValue) { context, count, arguments in
                guard let call = Call(context, count, arguments), let part = call.datePart(0) else { return }
                var micros = call.int(1)
                if call.tag == TemporalKind.date.rawValue {
                    guard let start = CastCall.timestamp(ofDate: max(Calendar.dateNegativeInfinity, min(micros, Calendar.dateInfinity))) else { call.fail(timestampRangeError); return }
                    micros = start
                }
                guard Calendar.isFiniteTimestamp(micros) else { call.result(micros); return }
                guard let result = DateArithmetic.truncate(part, micros) else {
                    call.fail("BL_UNSUPPORTED: Specifier type not implemented for DATETRUNC: \(part)")
                    return
                }
                call.result(result)
            }
        }
        scalar("bl_date_trunc_interval", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let part = call.datePart(0), let interval = call.interval(1) else { return }
            guard let result = DateArithmetic.truncate(part, interval) else {
                call.fail("BL_UNSUPPORTED: Specifier type not implemented for DATETRUNC: \(part)")
                return
            }
            call.result(result)
        }
        for kind in [TemporalKind.date, .timestamp, .timestamptz] {
            scalar("bl_last_day_\(kind.word)", 1, tag: kind.rawValue) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let days = call.tag == TemporalKind.date.rawValue ? call.date(0) : CastCall.date(ofTimestamp: call.int(0))
                guard Calendar.isFiniteDate(days) else { return }
                let civil = Calendar.day(days)
                call.result(days + Int64(Calendar.daysInMonth(year: civil.year, month: civil.month) - civil.day))
            }
        }
    }

    private mutating func addDifferences() {
        let complete = 1 << 8
        for (name, flag) in [("date_diff", 0), ("date_sub", complete)] {
            for kind in [TemporalKind.date, .timestamp, .timestamptz] {
                scalar("bl_\(name)_\(kind.word)", 3, tag: kind.rawValue | flag) { context, count, arguments in
                    guard let call = Call(context, count, arguments), let part = call.datePart(0) else { return }
                    let tag = call.tag
                    let kind = TemporalKind(rawValue: tag & 0xFF) ?? .timestamp
                    guard let start = call.finiteTimestamp(1, kind), let end = call.finiteTimestamp(2, kind) else { return }
                    let result = tag & 1 << 8 != 0
                        ? DateArithmetic.complete(part, from: start, to: end) : DateArithmetic.boundaries(part, from: start, to: end)
                    guard let result else {
                        call.fail("BL_UNSUPPORTED: Specifier type not implemented for DATEDIFF: \(part)")
                        return
                    }
                    call.result(result)
                }
            }
            scalar("bl_\(name)_time", 3, tag: flag) { context, count, arguments in
                guard let call = Call(context, count, arguments), let part = call.datePart(0) else { return }
                switch part {
                case .hour, .minute, .second, .epoch, .millisecond, .microsecond: break
                default: call.fail("BL_UNSUPPORTED: \"time\" units \"\(part)\" not recognized"); return
                }
                let start = call.time(1)
                let end = call.time(2)
                let result = call.tag != 0
                    ? DateArithmetic.complete(part, from: start, to: end) : DateArithmetic.boundaries(part, from: start, to: end)
                if let result { call.result(result) }
            }
        }
        for word in ["timestamp", "timestamptz"] {
            scalar("bl_age_\(word)", 2) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let a = call.int(0)
                let b = call.int(1)
                guard Calendar.isFiniteTimestamp(a), Calendar.isFiniteTimestamp(b) else { return }
                call.result(DateArithmetic.age(a, b))
            }
            contextual("bl_age_\(word)", 1) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let b = call.int(0)
                guard Calendar.isFiniteTimestamp(b), let now = call.withFunctionContext({ $0.now }) else { return }
                call.result(DateArithmetic.age(now &- Calendar.floorModulo(now, Calendar.microsPerDay), b))
            }
            scalar("bl_\(word)_sub_\(word)", 2) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let a = call.int(0)
                let b = call.int(1)
                guard Calendar.isFiniteTimestamp(a), Calendar.isFiniteTimestamp(b) else {
                    call.fail("BL_OUT_OF_RANGE: Cannot subtract infinite timestamps")
                    return
                }
                call.result(DateArithmetic.difference(a, b), orOverflowIn: "subtraction")
            }
        }
    }

    private mutating func addSums() {
        for (name, sign) in [("add", 1), ("sub", -1)] {
            scalar("bl_date_\(name)_int", 2, tag: sign) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let days = call.date(0)
                guard Calendar.isFiniteDate(days) else { call.result(days); return }
                let (delta, o1) = call.int(1).multipliedReportingOverflow(by: Int64(call.tag))
                let (sum, o2) = days.addingReportingOverflow(delta)
                guard !o1, !o2, (Calendar.minimumDate...Calendar.maximumDate).contains(sum) else {
                    call.fail("BL_OUT_OF_RANGE: Date out of range")
                    return
                }
                call.result(sum)
            }
            for kind in [TemporalKind.date, .timestamp, .timestamptz] {
                scalar("bl_\(kind.word)_\(name)_interval", 2, tag: kind.rawValue | (sign < 0 ? 1 << 8 : 0)) { context, count, arguments in
                    guard let call = Call(context, count, arguments), var interval = call.interval(1) else { return }
                    let tag = call.tag
                    if tag & 1 << 8 != 0 {
                        guard let negated = interval.negated else { call.fail(timestampRangeError); return }
                        interval = negated
                    }
                    var micros = call.int(0)
                    if tag & 0xFF == TemporalKind.date.rawValue {
                        guard let start = CastCall.timestamp(ofDate: max(Calendar.dateNegativeInfinity, min(micros, Calendar.dateInfinity))) else { call.fail(timestampRangeError); return }
                        micros = start
                    }
                    guard let result = DateArithmetic.add(interval, to: micros) else { call.fail(timestampRangeError); return }
                    call.result(result)
                }
            }
            scalar("bl_time_\(name)_interval", 2, tag: sign) { context, count, arguments in
                guard let call = Call(context, count, arguments), let interval = call.interval(1) else { return }
                let delta = interval.micros % Calendar.microsPerDay * Int64(call.tag)
                call.result(Calendar.floorModulo(call.time(0) + delta, Calendar.microsPerDay))
            }
        }
        scalar("bl_date_add_time", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            guard let start = CastCall.timestamp(ofDate: call.date(0)) else { call.fail(timestampRangeError); return }
            guard Calendar.isFiniteTimestamp(start) else { call.result(start); return }
            call.result(start &+ call.time(1))
        }
        // DATEADD(part, n, x) of Snowflake and SQL Server.
        for kind in [TemporalKind.date, .timestamp, .timestamptz] {
            scalar("bl_dateadd_\(kind.word)", 3, tag: kind.rawValue) { context, count, arguments in
                guard let call = Call(context, count, arguments), let part = call.datePart(0) else { return }
                guard let interval = IntervalParser.make(whole: call.int(1), part: part) else {
                    call.fail("BL_OUT_OF_RANGE: \(part) is no unit to add, or the number of them is out of range")
                    return
                }
                var micros = call.int(2)
                if call.tag == TemporalKind.date.rawValue {
                    guard let start = CastCall.timestamp(ofDate: max(Calendar.dateNegativeInfinity, min(micros, Calendar.dateInfinity))) else { call.fail(timestampRangeError); return }
                    micros = start
                }
                guard let result = DateArithmetic.add(interval, to: micros) else { call.fail(timestampRangeError); return }
                call.result(result)
            }
        }
        scalar("bl_dateadd_days", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments), let part = call.datePart(0) else { return }
            let days = call.date(2)
            guard Calendar.isFiniteDate(days) else { call.result(days); return }
            guard let interval = IntervalParser.make(whole: call.int(1), part: part), interval.micros == 0,
                  let moved = Calendar.addMonths(days, Int64(interval.months)),
                  (Calendar.minimumDate...Calendar.maximumDate).contains(moved + Int64(interval.days))
            else {
                call.fail("BL_OUT_OF_RANGE: \(part) is no unit to add to a DATE, or the number of them is out of range")
                return
            }
            call.result(moved + Int64(interval.days))
        }
    }

    private mutating func addBuckets() {
        for kind in [TemporalKind.date, .timestamp, .timestamptz] {
            for arity in [Int32(2), 3] {
                scalar("bl_time_bucket_\(kind.word)", arity, tag: kind.rawValue) { context, count, arguments in
                    guard let call = Call(context, count, arguments), let width = call.interval(0) else { return }
                    let isDate = call.tag == TemporalKind.date.rawValue
                    func stamp(_ index: Int) -> Int64? { isDate ? CastCall.timestamp(ofDate: call.date(index)) : call.int(index) }
                    func give(_ micros: Int64) { call.result(isDate ? CastCall.date(ofTimestamp: micros) : micros) }
                    guard let micros = stamp(1) else { call.fail(timestampRangeError); return }
                    do throws(DateArithmetic.BucketError) {
                        guard call.count == 3 else {
                            give(try DateArithmetic.bucket(width: width, micros, origin: nil))
                            return
                        }
                        if call.type(2) == SQLITE_BLOB {
                            guard let offset = call.interval(2), let negated = offset.negated,
                                  let moved = DateArithmetic.add(negated, to: micros) else { return }
                            let bucket = try DateArithmetic.bucket(width: width, moved, origin: nil)
                            guard let result = DateArithmetic.add(offset, to: bucket) else { call.fail(timestampRangeError); return }
                            give(result)
                        } else {
                            guard let origin = stamp(2) else { call.fail(timestampRangeError); return }
                            guard Calendar.isFiniteTimestamp(origin) else { return }
                            give(try DateArithmetic.bucket(width: width, micros, origin: origin))
                        }
                    } catch {
                        switch error {
                        case .mixed: call.fail("BL_UNSUPPORTED: Month intervals cannot have day or time component")
                        case .notPositive: call.fail("BL_UNSUPPORTED: Period must be greater than 0")
                        case .outOfRange: call.fail(timestampRangeError)
                        }
                    }
                }
            }
        }
    }

    private mutating func addIntervals() {
        scalar("bl_interval_add", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let a = call.interval(0), let b = call.interval(1) else { return }
            call.result(a.adding(b), orOverflowIn: "addition")
        }
        scalar("bl_interval_sub", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let a = call.interval(0), let b = call.interval(1) else { return }
            call.result(b.negated.flatMap { a.adding($0) }, orOverflowIn: "subtraction")
        }
        scalar("bl_interval_neg", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments), let a = call.interval(0) else { return }
            call.result(a.negated, orOverflowIn: "negation")
        }
        scalar("bl_interval_mul", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let a = call.interval(0) else { return }
            call.result(a.scaled(by: call.double(1)), orOverflowIn: "multiplication")
        }
        scalar("bl_interval_div", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let a = call.interval(0) else { return }
            let divisor = call.double(1)
            guard divisor != 0 else { call.fail("BL_DIVISION_BY_ZERO: Division by zero in INTERVAL division"); return }
            call.result(a.divided(by: divisor), orOverflowIn: "division")
        }
        scalar("bl_interval_make", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            guard let months = Int32(exactly: call.int(0)), let days = Int32(exactly: call.int(1)) else {
                call.fail("BL_OUT_OF_RANGE: Interval value out of range")
                return
            }
            call.result(Interval(months: months, days: days, micros: call.int(2)))
        }
        for (name, parts) in [("days", 1), ("hours", 2), ("interval", 3)] {
            scalar("bl_justify_\(name)", 1, tag: parts) { context, count, arguments in
                guard let call = Call(context, count, arguments), let interval = call.interval(0) else { return }
                call.result(interval.justified(days: call.tag & 1 != 0, hours: call.tag & 2 != 0), orOverflowIn: "justification")
            }
        }
        scalar("bl_interval_key", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments), let interval = call.interval(0) else { return }
            call.result(interval.key)
        }
        scalar("bl_normalized_interval", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments), let interval = call.interval(0) else { return }
            let (months, days, micros) = interval.normalized
            call.result(Interval(months: Int32(clamping: months), days: Int32(clamping: days), micros: micros))
        }
        let units: [(String, DatePart)] = [
            ("millennia", .millennium), ("centuries", .century), ("decades", .decade), ("years", .year), ("quarters", .quarter),
            ("months", .month), ("weeks", .week), ("days", .day), ("hours", .hour), ("minutes", .minute), ("seconds", .second),
            ("milliseconds", .millisecond), ("microseconds", .microsecond),
        ]
        for (name, part) in units {
            scalar("bl_to_\(name)", 1, tag: Int(part.rawValue)) { context, count, arguments in
                guard let call = Call(context, count, arguments),
                      let part = DatePart(rawValue: UInt8(truncatingIfNeeded: call.tag)) else { return }
                let result: Interval?
                if call.type(0) == SQLITE_INTEGER {
                    result = IntervalParser.make(whole: call.int(0), part: part)
                } else {
                    let value = call.double(0)
                    result = Int64(exactly: value.rounded(.towardZero)).flatMap {
                        IntervalParser.make(whole: $0, fraction: value - Double($0), part: part)
                    }
                }
                guard let result else { call.fail("BL_OUT_OF_RANGE: Interval value \(call.string(0)) \(part)s out of range"); return }
                call.result(result)
            }
        }
    }
}
