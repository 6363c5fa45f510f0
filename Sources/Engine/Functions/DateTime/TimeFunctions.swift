import CSQLite

extension FunctionList {
    /// Formatting, making and epoch conversions of temporal values, and the clock.
    mutating func addTimeFunctions() {
        addTimeFormatting()
        addMakers()
        addEpochs()
        addClock()
        addZones()
        addInfinityTests()
    }

    private mutating func addTimeFormatting() {
        for kind in [TemporalKind.date, .timestamp, .timestamptz, .time] {
            scalar("bl_strftime_\(kind.word)", 2, tag: kind.rawValue) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let kind = TemporalKind(rawValue: call.tag) ?? .timestamp
                let value = call.int(0)
                var out: [UInt8] = []
                var days: Int64 = 0
                var time: Int64 = 0
                switch kind {
                case .date:
                    let value = call.date(0)
                    guard Calendar.isFiniteDate(value) else {
                        TemporalText.appendDate(value, to: &out)
                        call.result(text: out)
                        return
                    }
                    days = value
                case .time: time = call.time(0)
                default:
                    guard Calendar.isFiniteTimestamp(value) else {
                        TemporalText.appendTimestamp(value, to: &out)
                        call.result(text: out)
                        return
                    }
                    (days, time) = Calendar.split(value)
                }
                do throws(TimeFormat.FormatError) {
                    try TimeFormat.format(days: days, time: time, zone: kind == .timestamptz, call.text(1), to: &out)
                    call.result(text: out)
                } catch {
                    call.fail("BL_INVALID_INPUT: Failed to parse format specifier \(call.string(1)): \(error.message)")
                }
            }
            if kind != .time {
                for (name, flag) in [("dayname", 0), ("monthname", 1 << 8)] {
                    scalar("bl_\(name)_\(kind.word)", 1, tag: kind.rawValue | flag) { context, count, arguments in
                        guard let call = Call(context, count, arguments) else { return }
                        let tag = call.tag
                        let days = tag & 0xFF == TemporalKind.date.rawValue ? call.date(0) : CastCall.date(ofTimestamp: call.int(0))
                        guard Calendar.isFiniteDate(days) else { return }
                        call.result(text: tag & 1 << 8 == 0
                            ? TimeFormat.weekdays[Int(Calendar.dayOfWeek(days))] : TimeFormat.months[Calendar.day(days).month - 1])
                    }
                }
            }
        }
        for (name, isTry) in [("bl_strptime", 0), ("bl_try_strptime", 1)] {
            scalar(name, 2, tag: isTry) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let text = call.text(0)
                // `epoch`, `infinity` and `-infinity` need no format.
                if let first = text.first, !NumberText.isDigit(first), text.count <= 10, let stamp = TemporalParser.timestamp(text),
                   !Calendar.isFiniteTimestamp(stamp.micros) || stamp.micros == 0
                {
                    call.result(stamp.micros)
                    return
                }
                do throws(TimeFormat.ParseError) {
                    call.result(try TimeFormat.parse(text, call.text(1)))
                } catch {
                    switch error {
                    case .format(let problem):
                        call.fail("BL_INVALID_INPUT: Failed to parse format specifier \(call.string(1)): \(problem.message)")
                    case .text(let position, let message):
                        if call.tag != 0 { return }
                        call.fail(
                            "BL_CONVERSION: Could not parse string \"\(call.string(0))\" according to format specifier \"\(call.string(1))\" at position \(position + 1): \(message)")
                    case .value(let message):
                        if call.tag == 0 { call.fail("BL_CONVERSION: " + message) }
                    }
                }
            }
        }
    }

    private mutating func addMakers() {
        scalar("bl_make_date", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            guard let days = Calendar.checkedDays(year: call.int(0), month: call.int(1), day: call.int(2)) else {
                call.fail("BL_CONVERSION: Date out of range: \(call.int(0))-\(call.int(1))-\(call.int(2))")
                return
            }
            call.result(days)
        }
        scalar("bl_make_time", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            guard let micros = timeOfDay(call, from: 0), micros <= Calendar.microsPerDay else {
                call.fail("BL_CONVERSION: Time out of range: \(call.int(0)):\(call.int(1)):\(call.string(2))")
                return
            }
            call.result(micros)
        }
        scalar("bl_make_timestamp", 6) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            guard let days = Calendar.checkedDays(year: call.int(0), month: call.int(1), day: call.int(2)) else {
                call.fail("BL_CONVERSION: Date out of range: \(call.int(0))-\(call.int(1))-\(call.int(2))")
                return
            }
            guard let time = timeOfDay(call, from: 3), let micros = Calendar.join(days: days, time: time) else {
                call.fail("BL_CONVERSION: Time out of range: \(call.int(3)):\(call.int(4)):\(call.string(5))")
                return
            }
            call.result(micros)
        }
        scalar("bl_make_timestamp_micros", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.int(0))
        }
    }

    private mutating func addEpochs() {
        let scales: [(String, Int64, Int64)] = [("epoch_ms", 1, 1000), ("epoch_us", 1, 1), ("epoch_ns", 1000, 1)]
        for kind in TemporalKind.allCases {
            for (index, (name, _, _)) in scales.enumerated() {
                scalar("bl_\(name)_\(kind.word)", 1, tag: index << 8 | kind.rawValue) { context, count, arguments in
                    guard let call = Call(context, count, arguments) else { return }
                    let tag = call.tag
                    let micros: Int64
                    switch TemporalKind(rawValue: tag & 0xFF) ?? .timestamp {
                    case .interval:
                        guard let interval = call.interval(0) else { return }
                        micros = interval.key
                    case .time: micros = call.time(0)
                    case let kind:
                        guard let value = call.finiteTimestamp(0, kind) else { return }
                        micros = value
                    }
                    switch tag >> 8 {
                    // Rounded to the nearest millisecond, as DuckDB does.
                    case 0: call.result(NumberText.divideRounding(micros, by: 1000))
                    case 1: call.result(micros)
                    default:
                        let (nanos, overflow) = micros.multipliedReportingOverflow(by: 1000)
                        if overflow { call.fail("BL_CONVERSION: Could not convert TIMESTAMP to nanoseconds"); return }
                        call.result(nanos)
                    }
                }
            }
        }
        scalar("bl_epoch_ms_int64", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let (micros, overflow) = call.int(0).multipliedReportingOverflow(by: 1000)
            if overflow { call.fail("BL_CONVERSION: Could not convert Timestamp(MS) to Timestamp(US)"); return }
            call.result(micros)
        }
        scalar("bl_to_timestamp", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let micros = (call.double(0) * Double(Calendar.microsPerSecond)).rounded()
            guard let exact = Int64(exactly: micros), Calendar.isFiniteTimestamp(exact) else {
                call.fail("BL_CONVERSION: Epoch seconds out of range for TIMESTAMP WITH TIME ZONE")
                return
            }
            call.result(exact)
        }
    }

    private mutating func addClock() {
        contextual("bl_now", 0) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), let now = call.withFunctionContext({ $0.now }) else { return }
            call.result(now)
        }
        contextual("bl_current_localtimestamp", 0) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), let now = call.withFunctionContext({ $0.now }) else { return }
            call.result(now)
        }
        contextual("bl_today", 0) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), let now = call.withFunctionContext({ $0.now }) else { return }
            call.result(Calendar.split(now).days)
        }
        contextual("bl_current_time", 0) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), let now = call.withFunctionContext({ $0.now }) else { return }
            call.result(Calendar.split(now).time)
        }
    }

    private mutating func addZones() {
        // timezone(zone, TIMESTAMP) → the instant; timezone(zone, TIMESTAMPTZ) → the reading there.
        for (name, toLocal) in [("bl_timezone_timestamp", 0), ("bl_timezone_timestamptz", 1)] {
            scalar(name, 2, tag: toLocal) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let name = call.string(0)
                guard let zone = TimeZones.zone(named: name) else {
                    call.fail("BL_CONVERSION: Unknown TimeZone '\(name)'!")
                    return
                }
                let micros = call.int(1)
                guard let result = call.tag == 0 ? zone.utc(fromLocal: micros) : zone.local(fromUTC: micros) else {
                    call.fail("BL_OUT_OF_RANGE: Date and time not in timestamp range")
                    return
                }
                call.result(result)
            }
        }
    }

    private mutating func addInfinityTests() {
        for (name, wantsFinite) in [("isinf", 0), ("isfinite", 2)] {
            for (kind, isDate) in [("date", 1), ("timestamp", 0), ("timestamptz", 0)] {
                scalar("bl_\(name)_\(kind)", 1, tag: wantsFinite | isDate) { context, count, arguments in
                    guard let call = Call(context, count, arguments) else { return }
                    let tag = call.tag
                    let value = call.int(0)
                    let finite = tag & 1 != 0 ? Calendar.isFiniteDate(value) : Calendar.isFiniteTimestamp(value)
                    call.result(finite == (tag & 2 != 0))
                }
            }
        }
    }
}

/// Hours, minutes and seconds (which may have a fraction) from three arguments; `nil` when out of range.
private func timeOfDay(_ call: Call, from index: Int) -> Int64? {
    let hour = call.int(index)
    let minute = call.int(index + 1)
    let second = call.double(index + 2)
    guard (0...24).contains(hour), (0...59).contains(minute), second >= 0, second <= 60 else { return nil }
    let micros = Int64((second * Double(Calendar.microsPerSecond)).rounded())
    return hour * Calendar.microsPerHour + minute * Calendar.microsPerMinute + micros
}
