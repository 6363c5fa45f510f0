/// The parts of a date, time or interval that `date_part`, `date_trunc`, `date_diff` and INTERVAL literals name.
enum DatePart: UInt8, CaseIterable {
    case year, month, day, decade, century, millennium, microsecond, millisecond, second, minute, hour
    case epoch, dow, isodow, week, isoyear, quarter, doy, yearweek, era, timezone, timezoneHour, timezoneMinute, julian

    /// Any of DuckDB's spellings, in any case.
    init?(_ name: some StringProtocol) {
        guard let part = DatePart.byName[name.lowercased()] else { return nil }
        self = part
    }

    init?(_ bytes: Bytes) {
        // The common spellings are short; a lower-case copy on the stack's small string needs no allocation.
        guard bytes.count <= 16 else { return nil }
        guard let part = DatePart.byName[String(decoding: bytes, as: UTF8.self).lowercased()] else { return nil }
        self = part
    }

    /// May stand as a unit in an interval.
    var isIntervalUnit: Bool {
        switch self {
        case .year, .month, .day, .decade, .century, .millennium, .microsecond, .millisecond, .second, .minute, .hour, .week, .quarter: true
        default: false
        }
    }

    private static let byName: [String: DatePart] = {
        let spellings: [(DatePart, [String])] = [
            (.year, ["year", "yr", "y", "years", "yrs"]),
            (.month, ["month", "mon", "months", "mons"]),
            (.day, ["day", "days", "d", "dayofmonth"]),
            (.decade, ["decade", "dec", "decades", "decs"]),
            (.century, ["century", "cent", "centuries", "c"]),
            (.millennium, ["millennium", "mil", "millenniums", "millennia", "mils", "millenium"]),
            (.microsecond, ["microseconds", "microsecond", "us", "usec", "usecs", "usecond", "useconds"]),
            (.millisecond, ["milliseconds", "millisecond", "ms", "msec", "msecs", "msecond", "mseconds"]),
            (.second, ["second", "sec", "seconds", "secs", "s"]),
            (.minute, ["minute", "min", "minutes", "mins", "m"]),
            (.hour, ["hour", "hr", "hours", "hrs", "h"]),
            (.epoch, ["epoch"]),
            (.dow, ["dow", "dayofweek", "weekday"]),
            (.isodow, ["isodow"]),
            (.week, ["week", "weeks", "w", "weekofyear"]),
            (.doy, ["doy", "dayofyear"]),
            (.quarter, ["quarter", "quarters"]),
            (.yearweek, ["yearweek"]),
            (.isoyear, ["isoyear"]),
            (.era, ["era"]),
            (.timezone, ["timezone"]),
            (.timezoneHour, ["timezone_hour"]),
            (.timezoneMinute, ["timezone_minute"]),
            (.julian, ["julian", "jd"]),
        ]
        var table: [String: DatePart] = [:]
        for (part, names) in spellings { for name in names { table[name] = part } }
        return table
    }()
}
