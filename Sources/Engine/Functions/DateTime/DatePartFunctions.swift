import CSQLite

/// What kind of temporal value a function takes; decides how its stored integer is read.
enum TemporalKind: Int, CaseIterable {
    case date, timestamp, timestamptz, time, interval

    var word: String { "\(self)" }
}

extension Call {
    /// The date part an argument names; parsed once per statement when it is constant. Reports an unknown one.
    func datePart(_ index: Int) -> DatePart? {
        if let cached = sqlite3_get_auxdata(context, Int32(index)) {
            return DatePart(rawValue: UInt8(truncatingIfNeeded: Int(bitPattern: cached) - 1))
        }
        guard let part = DatePart(text(index)) else {
            fail("BL_CONVERSION: extract specifier \"\(string(index))\" not recognized")
            return nil
        }
        // The part travels as the pointer's bits (plus one, so that it is never null): nothing to free.
        sqlite3_set_auxdata(context, Int32(index), UnsafeMutableRawPointer(bitPattern: Int(part.rawValue) + 1), nil)
        return part
    }

    /// A DATE or TIMESTAMP argument as microseconds. `nil` for infinities; a date too far for a timestamp is reported.
    func finiteTimestamp(_ index: Int, _ kind: TemporalKind) -> Int64? {
        if kind == .date {
            let value = date(index)
            guard Calendar.isFiniteDate(value) else { return nil }
            guard let micros = Calendar.join(days: value, time: 0) else {
                fail("BL_CONVERSION: Date out of range in timestamp conversion")
                return nil
            }
            return micros
        }
        let value = int(index)
        return Calendar.isFiniteTimestamp(value) ? value : nil
    }

    func result(_ value: DatePartValue) {
        switch value {
        case .integer(let value): result(value)
        case .double(let value): result(value)
        case .unsupported(let message): fail("BL_UNSUPPORTED: " + message)
        }
    }
}

/// The value of one part.
enum DatePartValue {
    case integer(Int64)
    case double(Double)
    case unsupported(String)
}

extension DatePart {
    /// The part of a day and the microseconds into it.
    func value(days: Int64, time: Int64) -> DatePartValue {
        switch self {
        case .year: return .integer(Calendar.day(days).year)
        case .month: return .integer(Int64(Calendar.day(days).month))
        case .day: return .integer(Int64(Calendar.day(days).day))
        case .decade: return .integer(Calendar.day(days).year / 10)
        case .century: return .integer(DatePart.epochOfYears(Calendar.day(days).year, 100))
        case .millennium: return .integer(DatePart.epochOfYears(Calendar.day(days).year, 1000))
        case .quarter: return .integer(Int64((Calendar.day(days).month - 1) / 3 + 1))
        case .dow: return .integer(Calendar.dayOfWeek(days))
        case .isodow: return .integer(Calendar.isoDayOfWeek(days))
        case .doy: return .integer(Calendar.dayOfYear(days))
        case .week: return .integer(Calendar.isoWeek(days).week)
        case .isoyear: return .integer(Calendar.isoWeek(days).year)
        case .yearweek:
            let (year, week) = Calendar.isoWeek(days)
            return .integer(year * 100 + (year > 0 ? week : -week))
        case .era: return .integer(Calendar.day(days).year > 0 ? 1 : 0)
        case .timezone, .timezoneHour, .timezoneMinute: return .integer(0)
        case .epoch:
            return .double(Double(days) * 86_400 + Double(time) / Double(Calendar.microsPerSecond))
        case .julian:
            return .double(Double(days) + DatePart.julianEpoch + Double(time) / Double(Calendar.microsPerDay))
        case .hour, .minute, .second, .millisecond, .microsecond: return timeValue(time) ?? .integer(0)
        }
    }

    /// The Julian day number DuckDB gives 1970-01-01 (counted from midnight).
    private static let julianEpoch = 2_440_588.0

    /// Centuries and millennia have no year zero: 1…100 is the first, 0 and before are negative.
    private static func epochOfYears(_ year: Int64, _ length: Int64) -> Int64 {
        year > 0 ? (year - 1) / length + 1 : year / length - 1
    }

    /// The part of a time of day; `nil` for parts a time has not.
    func timeValue(_ micros: Int64) -> DatePartValue? {
        switch self {
        case .hour: .integer(micros / Calendar.microsPerHour)
        case .minute: .integer(micros / Calendar.microsPerMinute % 60)
        case .second: .integer(micros / Calendar.microsPerSecond % 60)
        case .millisecond: .integer(micros % Calendar.microsPerMinute / Calendar.microsPerMillisecond)
        case .microsecond: .integer(micros % Calendar.microsPerMinute)
        case .epoch: .double(Double(micros) / Double(Calendar.microsPerSecond))
        case .timezone, .timezoneHour, .timezoneMinute: .integer(0)
        default: nil
        }
    }

    func value(of interval: Interval) -> DatePartValue {
        let months = Int64(interval.months)
        switch self {
        case .year: return .integer(months / 12)
        case .month: return .integer(months % 12)
        case .day: return .integer(Int64(interval.days))
        case .decade: return .integer(months / 120)
        case .century: return .integer(months / 1200)
        case .millennium: return .integer(months / 12_000)
        case .quarter: return .integer(months % 12 / 3 + 1)
        case .epoch:
            // A year counts 365¼ days here, a month 30: as PostgreSQL and DuckDB reckon it.
            let days = Double(months / 12) * 365.25 + Double(months % 12) * Double(Calendar.daysPerMonth) + Double(interval.days)
            return .double(days * 86_400 + Double(interval.micros) / Double(Calendar.microsPerSecond))
        case .hour, .minute, .second, .millisecond, .microsecond:
            return timeValue(interval.micros) ?? .integer(0)
        default: return .unsupported("\"interval\" units \"\(self)\" not recognized")
        }
    }
}

extension FunctionList {
    /// `bl_date_part_<kind>(part, x)` and the short forms such as `bl_year_date(x)`.
    mutating func addDateParts() {
        for kind in TemporalKind.allCases {
            scalar("bl_date_part_\(kind.word)", 2, tag: kind.rawValue) { context, count, arguments in
                guard let call = Call(context, count, arguments), let part = call.datePart(0) else { return }
                evaluateDatePart(call, argument: 1, part: part, kind: TemporalKind(rawValue: call.tag) ?? .timestamp)
            }
        }
        let names: [(String, DatePart)] = [
            ("year", .year), ("month", .month), ("day", .day), ("hour", .hour), ("minute", .minute), ("second", .second),
            ("millisecond", .millisecond), ("microsecond", .microsecond), ("quarter", .quarter), ("week", .week),
            ("dayofweek", .dow), ("isodow", .isodow), ("dayofyear", .doy), ("isoyear", .isoyear), ("yearweek", .yearweek),
            ("decade", .decade), ("century", .century), ("millennium", .millennium), ("era", .era), ("epoch", .epoch), ("julian", .julian),
        ]
        for (name, part) in names {
            for kind in TemporalKind.allCases {
                if kind == .time, part.timeValue(0) == nil { continue }
                if kind == .interval, case .unsupported = part.value(of: Interval()) { continue }
                scalar("bl_\(name)_\(kind.word)", 1, tag: Int(part.rawValue) << 8 | kind.rawValue) { context, count, arguments in
                    guard let call = Call(context, count, arguments) else { return }
                    let tag = call.tag
                    guard let part = DatePart(rawValue: UInt8(truncatingIfNeeded: tag >> 8)),
                          let kind = TemporalKind(rawValue: tag & 0xFF) else { return }
                    evaluateDatePart(call, argument: 0, part: part, kind: kind)
                }
            }
        }
    }
}

@inline(__always)
private func evaluateDatePart(_ call: Call, argument: Int, part: DatePart, kind: TemporalKind) {
    switch kind {
    case .date:
        let days = call.date(argument)
        guard Calendar.isFiniteDate(days) else { return }
        call.result(part.value(days: days, time: 0))
    case .timestamp, .timestamptz:
        let micros = call.int(argument)
        guard Calendar.isFiniteTimestamp(micros) else { return }
        if part == .epoch { call.result(Double(micros) / Double(Calendar.microsPerSecond)); return }
        let (days, time) = Calendar.split(micros)
        call.result(part.value(days: days, time: time))
    case .time:
        guard let value = part.timeValue(call.time(argument)) else {
            call.fail("BL_UNSUPPORTED: \"time\" units \"\(part)\" not recognized")
            return
        }
        call.result(value)
    case .interval:
        guard let interval = call.interval(argument) else { return }
        call.result(part.value(of: interval))
    }
}
