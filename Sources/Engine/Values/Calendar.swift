/// The proleptic Gregorian calendar on plain integers, as DuckDB reckons it: days and microseconds from 1970-01-01,
/// year 0 is 1 BC, no leap seconds. The conversions are the well-known shifted-era algorithms (year starting in March).
enum Calendar {
    static let microsPerMillisecond: Int64 = 1_000
    static let microsPerSecond: Int64 = 1_000_000
    static let microsPerMinute: Int64 = 60 * microsPerSecond
    static let microsPerHour: Int64 = 60 * microsPerMinute
    static let microsPerDay: Int64 = 24 * microsPerHour
    /// DuckDB counts 30 days to a month wherever an interval must become one number.
    static let daysPerMonth: Int64 = 30
    static let microsPerMonth: Int64 = daysPerMonth * microsPerDay

    /// The stored values of DATE and TIMESTAMP `infinity` and `-infinity`.
    static let dateInfinity = Int64(Int32.max)
    static let dateNegativeInfinity = -Int64(Int32.max)
    static let timestampInfinity = Int64.max
    static let timestampNegativeInfinity = -Int64.max

    /// 5877642-06-25 (BC) and 5881580-07-10: the first and last finite DATE.
    static let minimumDate = Int64(Int32.min) + 2
    static let maximumDate = Int64(Int32.max) - 1

    static func isFiniteDate(_ days: Int64) -> Bool { days != dateInfinity && days != dateNegativeInfinity }
    static func isFiniteTimestamp(_ micros: Int64) -> Bool { micros != timestampInfinity && micros != timestampNegativeInfinity }

    struct Day: Equatable {
        var year: Int64
        var month: Int
        var day: Int
    }

    @inline(__always)
    static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
        let quotient = a / b
        return (a % b != 0 && (a < 0) != (b < 0)) ? quotient - 1 : quotient
    }

    @inline(__always)
    static func floorModulo(_ a: Int64, _ b: Int64) -> Int64 { a &- floorDivide(a, b) &* b }

    /// Days from 1970-01-01 to the given day. The caller keeps `year` within what a DATE holds.
    static func days(year: Int64, month: Int, day: Int) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = floorDivide(shiftedYear, 400)
        let yearOfEra = shiftedYear &- era &* 400
        let monthFromMarch = Int64((month + 9) % 12)
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + Int64(day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era &* 146_097 &+ dayOfEra &- 719_468
    }

    /// The inverse of `days(year:month:day:)`.
    static func day(_ days: Int64) -> Day {
        // Wrapping: a value outside DATE's range gives some day, never a trap.
        let shifted = days &+ 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
        let month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        return Day(year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month, day: day)
    }

    static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    static func daysInMonth(year: Int64, month: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// `nil` when the day does not exist or is outside DATE's range.
    static func checkedDays(year: Int64, month: Int64, day: Int64) -> Int64? {
        guard (-6_000_000...6_000_000).contains(year), (1...12).contains(month),
              day >= 1, day <= Int64(daysInMonth(year: year, month: Int(month))) else { return nil }
        let result = days(year: year, month: Int(month), day: Int(day))
        return (minimumDate...maximumDate).contains(result) ? result : nil
    }

    /// Sunday 0 … Saturday 6.
    static func dayOfWeek(_ days: Int64) -> Int64 { floorModulo(days &+ 4, 7) }
    /// Monday 1 … Sunday 7.
    static func isoDayOfWeek(_ days: Int64) -> Int64 { floorModulo(days &+ 3, 7) + 1 }
    static func monday(of days: Int64) -> Int64 { days - (isoDayOfWeek(days) - 1) }

    /// 1 … 366.
    static func dayOfYear(_ days: Int64) -> Int64 {
        let civil = day(days)
        return days - self.days(year: civil.year, month: 1, day: 1) + 1
    }

    /// The ISO 8601 year and week: week 1 is the one with the year's first Thursday.
    static func isoWeek(_ days: Int64) -> (year: Int64, week: Int64) {
        let thursday = monday(of: days) + 3
        let year = day(thursday).year
        return (year, (thursday - self.days(year: year, month: 1, day: 1)) / 7 + 1)
    }

    /// The day `months` later, clipped to the month's end, as DuckDB adds months. `nil` outside DATE's range.
    static func addMonths(_ days: Int64, _ months: Int64) -> Int64? {
        guard months != 0 else { return days }
        let civil = day(days)
        let index = civil.year * 12 + Int64(civil.month - 1) + months
        let year = floorDivide(index, 12)
        let month = Int(floorModulo(index, 12)) + 1
        return checkedDays(year: year, month: Int64(month), day: Int64(min(civil.day, daysInMonth(year: year, month: month))))
    }

    /// A timestamp as its day and the microseconds into it.
    @inline(__always)
    static func split(_ micros: Int64) -> (days: Int64, time: Int64) {
        let days = floorDivide(micros, microsPerDay)
        return (days, micros &- days &* microsPerDay)
    }

    /// The timestamp of a day and a time in it; `nil` when it does not fit 64 bits.
    static func join(days: Int64, time: Int64) -> Int64? {
        let (whole, overflow) = days.multipliedReportingOverflow(by: microsPerDay)
        guard !overflow else { return nil }
        let (sum, carry) = whole.addingReportingOverflow(time)
        guard !carry, isFiniteTimestamp(sum), sum != Int64.min else { return nil }
        return sum
    }
}

/// An INTERVAL: three parts that DuckDB keeps apart, because a month has no fixed number of days and a day no fixed number
/// of hours.
struct Interval: Equatable, Sendable {
    var months: Int32 = 0
    var days: Int32 = 0
    var micros: Int64 = 0

    /// Bytes of the storage form: three big-endian integers with their sign bit flipped, so that the bytes compare as the parts do.
    static let storedSize = 16

    init(months: Int32 = 0, days: Int32 = 0, micros: Int64 = 0) {
        self.months = months
        self.days = days
        self.micros = micros
    }

    /// `nil` when the bytes are no stored interval.
    init?(stored bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == Interval.storedSize else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<8 { high = high << 8 | UInt64(bytes[index]) }
        for index in 8..<16 { low = low << 8 | UInt64(bytes[index]) }
        months = Int32(bitPattern: UInt32(truncatingIfNeeded: high >> 32) ^ 0x8000_0000)
        days = Int32(bitPattern: UInt32(truncatingIfNeeded: high) ^ 0x8000_0000)
        micros = Int64(bitPattern: low ^ 0x8000_0000_0000_0000)
    }

    init?(stored bytes: [UInt8]) {
        guard let value = bytes.withUnsafeBufferPointer({ Interval(stored: $0) }) else { return nil }
        self = value
    }

    /// The storage form.
    var stored: [UInt8] {
        let high = UInt64(UInt32(bitPattern: months) ^ 0x8000_0000) << 32 | UInt64(UInt32(bitPattern: days) ^ 0x8000_0000)
        let low = UInt64(bitPattern: micros) ^ 0x8000_0000_0000_0000
        var bytes = [UInt8]()
        bytes.reserveCapacity(Interval.storedSize)
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: high >> UInt64(shift))) }
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: low >> UInt64(shift))) }
        return bytes
    }

    /// Carries whole days out of the microseconds and whole months out of the days: the form DuckDB compares intervals in.
    var normalized: (months: Int64, days: Int64, micros: Int64) {
        let wholeMonths = Calendar.floorDivide(self.micros, Calendar.microsPerMonth)
        let micros = self.micros &- wholeMonths &* Calendar.microsPerMonth
        let days = Int64(self.days) + micros / Calendar.microsPerDay
        let months = Int64(self.months) + wholeMonths + Calendar.floorDivide(days, Calendar.daysPerMonth)
        return (months, Calendar.floorModulo(days, Calendar.daysPerMonth), micros % Calendar.microsPerDay)
    }

    /// PostgreSQL's `justify_days` (30 days become a month), `justify_hours` (24 hours become a day) and `justify_interval` (both): what
    /// is carried then has one sign with what it is carried to. Nil where it does not fit.
    func justified(days carriesDays: Bool, hours carriesHours: Bool) -> Interval? {
        var (months, days, micros) = (Int64(self.months), Int64(self.days), self.micros)
        if carriesHours {
            days += micros / Calendar.microsPerDay
            micros %= Calendar.microsPerDay
        }
        if carriesDays {
            months += days / Calendar.daysPerMonth
            days %= Calendar.daysPerMonth
            let rest = days != 0 || !carriesHours ? days.signum() : micros.signum()
            if months.signum() * rest < 0 {
                days += months.signum() * Calendar.daysPerMonth
                months -= months.signum()
            }
        }
        if carriesHours, days.signum() * micros.signum() < 0 {
            micros += days.signum() * Calendar.microsPerDay
            days -= days.signum()
        }
        guard let whole = Int32(exactly: months), let rest = Int32(exactly: days) else { return nil }
        return Interval(months: whole, days: rest, micros: micros)
    }

    /// One number that orders intervals as DuckDB does (a month is 30 days, a day 24 hours); saturates at the ends.
    var key: Int64 {
        let (wholeDays, _) = (Int64(months) * Calendar.daysPerMonth).addingReportingOverflow(Int64(days))
        let (scaled, overflow) = wholeDays.multipliedReportingOverflow(by: Calendar.microsPerDay)
        if overflow { return wholeDays < 0 ? Int64.min : Int64.max }
        let (sum, carry) = scaled.addingReportingOverflow(micros)
        return carry ? (micros < 0 ? Int64.min : Int64.max) : sum
    }

    func adding(_ other: Interval) -> Interval? {
        let (months, o1) = self.months.addingReportingOverflow(other.months)
        let (days, o2) = self.days.addingReportingOverflow(other.days)
        let (micros, o3) = self.micros.addingReportingOverflow(other.micros)
        return o1 || o2 || o3 ? nil : Interval(months: months, days: days, micros: micros)
    }

    var negated: Interval? {
        guard months != .min, days != .min, micros != .min else { return nil }
        return Interval(months: -months, days: -days, micros: -micros)
    }

    /// Multiplies each part; what is left of a month goes to the days (30 to a month), what is left of a day to the time.
    func scaled(by factor: Double) -> Interval? { scaled { $0 * factor } }

    /// As `scaled(by:)`, dividing.
    func divided(by divisor: Double) -> Interval? { scaled { $0 / divisor } }

    private func scaled(_ operation: (Double) -> Double) -> Interval? {
        let exactMonths = operation(Double(months))
        let wholeMonths = exactMonths.rounded(.towardZero)
        let exactDays = operation(Double(days)) + (exactMonths - wholeMonths) * Double(Calendar.daysPerMonth)
        // Products such as 0.7 × 10 miss the whole number by a rounding error that must not become 23:59:59.999999.
        let nearest = exactDays.rounded()
        let roundedDays = abs(exactDays - nearest) < 1e-9 ? nearest : exactDays
        let wholeDays = roundedDays.rounded(.towardZero)
        let exactMicros = (operation(Double(micros)) + (roundedDays - wholeDays) * Double(Calendar.microsPerDay)).rounded()
        guard let months = Int32(exactly: wholeMonths), let days = Int32(exactly: wholeDays), let micros = Int64(exactly: exactMicros)
        else { return nil }
        return Interval(months: months, days: days, micros: micros)
    }
}
