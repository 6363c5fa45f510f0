import CSQLite

/// Arithmetic on stored temporal values: sums, differences, truncation, counting of parts.
enum DateArithmetic {
    /// Months first (clipped to the month's end), then days, then time. Infinities stay. `nil` on overflow.
    static func add(_ interval: Interval, to micros: Int64) -> Int64? {
        guard Calendar.isFiniteTimestamp(micros) else { return micros }
        var (days, time) = Calendar.split(micros)
        guard let moved = Calendar.addMonths(days, Int64(interval.months)) else { return nil }
        days = moved + Int64(interval.days)
        let (sum, overflow) = time.addingReportingOverflow(interval.micros)
        if overflow { return nil }
        time = sum
        return Calendar.join(days: days + Calendar.floorDivide(time, Calendar.microsPerDay), time: Calendar.floorModulo(time, Calendar.microsPerDay))
    }

    /// Whole days and the rest, both of the sign of the difference. `nil` on overflow.
    static func difference(_ a: Int64, _ b: Int64) -> Interval? {
        let (micros, overflow) = a.subtractingReportingOverflow(b)
        guard !overflow, let days = Int32(exactly: micros / Calendar.microsPerDay) else { return nil }
        return Interval(days: days, micros: micros % Calendar.microsPerDay)
    }

    /// The difference counted in years, months, days and time as people do it.
    static func age(_ a: Int64, _ b: Int64) -> Interval {
        let (aDays, aTime) = Calendar.split(a)
        let (bDays, bTime) = Calendar.split(b)
        let aDay = Calendar.day(aDays)
        let bDay = Calendar.day(bDays)
        let negative = a < b
        let sign: Int64 = negative ? -1 : 1
        var months = sign * ((aDay.year - bDay.year) * 12 + Int64(aDay.month - bDay.month))
        var days = sign * Int64(aDay.day - bDay.day)
        var micros = sign * (aTime - bTime)
        while micros < 0 {
            micros += Calendar.microsPerDay
            days -= 1
        }
        while days < 0 {
            let month = negative ? aDay : bDay
            days += Int64(Calendar.daysInMonth(year: month.year, month: month.month))
            months -= 1
        }
        return Interval(months: Int32(clamping: sign * months), days: Int32(clamping: sign * days), micros: sign * micros)
    }

    /// Complete months from `start` to `end`; the last day of a shorter month completes one.
    static func completeMonths(from start: Int64, to end: Int64) -> Int64 {
        if start > end { return -completeMonths(from: end, to: start) }
        var start = start
        let (endDays, endTime) = Calendar.split(end)
        let endDay = Calendar.day(endDays)
        let monthEnd = Calendar.daysInMonth(year: endDay.year, month: endDay.month)
        if endDay.day == monthEnd {
            let (startDays, startTime) = Calendar.split(start)
            let startDay = Calendar.day(startDays)
            if startDay.day > monthEnd || startDay.day == monthEnd && startTime < endTime {
                let moved = Calendar.days(year: startDay.year, month: startDay.month, day: monthEnd)
                start = Calendar.join(days: moved, time: startTime) ?? start
            }
        }
        return Int64(age(end, start).months)
    }

    /// How many boundaries of the part lie between `start` and `end`. `nil`: not a part that can be counted.
    static func boundaries(_ part: DatePart, from start: Int64, to end: Int64) -> Int64? {
        let (startDays, _) = Calendar.split(start)
        let (endDays, _) = Calendar.split(end)
        func years(_ unit: Int64) -> Int64 { Calendar.day(endDays).year / unit - Calendar.day(startDays).year / unit }
        func units(_ micros: Int64) -> Int64 { Calendar.floorDivide(end, micros) - Calendar.floorDivide(start, micros) }
        func months(_ unit: Int64) -> Int64 {
            let from = Calendar.day(startDays)
            let to = Calendar.day(endDays)
            return Calendar.floorDivide(to.year * 12 + Int64(to.month - 1), unit) - Calendar.floorDivide(from.year * 12 + Int64(from.month - 1), unit)
        }
        switch part {
        case .year: return years(1)
        case .decade: return years(10)
        case .century: return years(100)
        case .millennium: return years(1000)
        case .month: return months(1)
        case .quarter: return months(3)
        case .day, .dow, .isodow, .doy, .julian: return endDays - startDays
        case .week, .yearweek: return (endDays - startDays) / 7
        case .isoyear: return Calendar.isoWeek(endDays).year - Calendar.isoWeek(startDays).year
        case .hour: return units(Calendar.microsPerHour)
        case .minute: return units(Calendar.microsPerMinute)
        case .second, .epoch: return units(Calendar.microsPerSecond)
        case .millisecond: return units(Calendar.microsPerMillisecond)
        case .microsecond: return end.subtractingReportingOverflow(start).partialValue
        case .era, .timezone, .timezoneHour, .timezoneMinute: return nil
        }
    }

    /// How many complete parts lie between `start` and `end`.
    static func complete(_ part: DatePart, from start: Int64, to end: Int64) -> Int64? {
        func units(_ micros: Int64) -> Int64 { end.subtractingReportingOverflow(start).partialValue / micros }
        switch part {
        case .year, .isoyear: return completeMonths(from: start, to: end) / 12
        case .decade: return completeMonths(from: start, to: end) / 120
        case .century: return completeMonths(from: start, to: end) / 1200
        case .millennium: return completeMonths(from: start, to: end) / 12_000
        case .month: return completeMonths(from: start, to: end)
        case .quarter: return completeMonths(from: start, to: end) / 3
        case .week, .yearweek: return units(7 * Calendar.microsPerDay)
        case .day, .dow, .isodow, .doy, .julian: return units(Calendar.microsPerDay)
        case .hour: return units(Calendar.microsPerHour)
        case .minute: return units(Calendar.microsPerMinute)
        case .second, .epoch: return units(Calendar.microsPerSecond)
        case .millisecond: return units(Calendar.microsPerMillisecond)
        case .microsecond: return units(1)
        case .era, .timezone, .timezoneHour, .timezoneMinute: return nil
        }
    }

    /// The start of the part's period, for a finite timestamp.
    static func truncate(_ part: DatePart, _ micros: Int64) -> Int64? {
        let (days, time) = Calendar.split(micros)
        func year(_ unit: Int64) -> Int64? {
            Calendar.join(days: Calendar.days(year: Calendar.day(days).year / unit * unit, month: 1, day: 1), time: 0)
        }
        func unit(_ unit: Int64) -> Int64? { Calendar.join(days: days, time: time / unit * unit) }
        switch part {
        case .year: return year(1)
        case .decade: return year(10)
        case .century: return year(100)
        case .millennium: return year(1000)
        case .quarter, .month:
            let civil = Calendar.day(days)
            let month = part == .month ? civil.month : (civil.month - 1) / 3 * 3 + 1
            return Calendar.join(days: Calendar.days(year: civil.year, month: month, day: 1), time: 0)
        case .week, .yearweek: return Calendar.join(days: Calendar.monday(of: days), time: 0)
        case .isoyear:
            let fourth = Calendar.days(year: Calendar.isoWeek(days).year, month: 1, day: 4)
            return Calendar.join(days: Calendar.monday(of: fourth), time: 0)
        case .day, .dow, .isodow, .doy, .julian: return Calendar.join(days: days, time: 0)
        case .hour: return unit(Calendar.microsPerHour)
        case .minute: return unit(Calendar.microsPerMinute)
        case .second, .epoch: return unit(Calendar.microsPerSecond)
        case .millisecond: return unit(Calendar.microsPerMillisecond)
        case .microsecond: return micros
        case .era, .timezone, .timezoneHour, .timezoneMinute: return nil
        }
    }

    static func truncate(_ part: DatePart, _ interval: Interval) -> Interval? {
        func months(_ unit: Int32) -> Interval { Interval(months: interval.months / unit * unit) }
        func micros(_ unit: Int64) -> Interval {
            Interval(months: interval.months, days: interval.days, micros: interval.micros / unit * unit)
        }
        switch part {
        case .millennium: return months(12_000)
        case .century: return months(1200)
        case .decade: return months(120)
        case .year, .isoyear: return months(12)
        case .quarter: return months(3)
        case .month: return months(1)
        case .week, .yearweek: return Interval(months: interval.months, days: interval.days / 7 * 7)
        case .day, .dow, .isodow, .doy, .julian: return Interval(months: interval.months, days: interval.days)
        case .hour: return micros(Calendar.microsPerHour)
        case .minute: return micros(Calendar.microsPerMinute)
        case .second, .epoch: return micros(Calendar.microsPerSecond)
        case .millisecond: return micros(Calendar.microsPerMillisecond)
        case .microsecond: return interval
        case .era, .timezone, .timezoneHour, .timezoneMinute: return nil
        }
    }

    // MARK: Buckets

    /// DuckDB aligns buckets of days and shorter to Monday 2000-01-03, and buckets of months to 2000-01-01.
    static let dayOrigin: Int64 = 946_857_600 * Calendar.microsPerSecond
    static let monthOrigin: Int64 = 946_684_800 * Calendar.microsPerSecond

    enum BucketError: Error { case mixed, notPositive, outOfRange }

    static func bucket(width: Interval, _ micros: Int64, origin: Int64?) throws(BucketError) -> Int64 {
        guard Calendar.isFiniteTimestamp(micros) else { return micros }
        if width.months == 0 {
            let (scaled, o1) = Int64(width.days).multipliedReportingOverflow(by: Calendar.microsPerDay)
            let (period, o2) = scaled.addingReportingOverflow(width.micros)
            guard !o1, !o2 else { throw .outOfRange }
            guard period > 0 else { throw .notPositive }
            let start = Calendar.floorModulo(origin ?? dayOrigin, period)
            let (shifted, o3) = micros.subtractingReportingOverflow(start)
            guard !o3 else { throw .outOfRange }
            let (floor, o4) = shifted.subtractingReportingOverflow(Calendar.floorModulo(shifted, period))
            let (result, o5) = floor.addingReportingOverflow(start)
            guard !o4, !o5 else { throw .outOfRange }
            return result
        }
        guard width.days == 0, width.micros == 0 else { throw .mixed }
        guard width.months > 0 else { throw .notPositive }
        func month(_ micros: Int64) -> Int64 {
            let civil = Calendar.day(Calendar.split(micros).days)
            return civil.year * 12 + Int64(civil.month - 1)
        }
        let start = Calendar.floorModulo(month(origin ?? monthOrigin), Int64(width.months))
        let index = month(micros) - start
        let first = index - Calendar.floorModulo(index, Int64(width.months)) + start
        let days = Calendar.days(year: Calendar.floorDivide(first, 12), month: Int(Calendar.floorModulo(first, 12)) + 1, day: 1)
        guard let result = Calendar.join(days: days, time: 0) else { throw .outOfRange }
        return result
    }
}
