import CSQLite

/// Casts from DATE, TIME, TIMESTAMP, TIMESTAMPTZ and INTERVAL.
extension CastCall {
    func castDate(_ days: Int64) {
        switch to {
        case .varchar, .dynamic: resultText { TemporalText.appendDate(days, to: &$0) }
        case .json: resultQuoted { TemporalText.appendDate(days, to: &$0) }
        case .timestamp, .timestamptz:
            guard let micros = CastCall.timestamp(ofDate: days) else {
                conversionError("Date out of range in timestamp conversion")
                return
            }
            call.result(micros)
        default: unsupported()
        }
    }

    /// Midnight of the day; infinities stay infinite. `nil` when it does not fit a timestamp.
    static func timestamp(ofDate days: Int64) -> Int64? {
        if days == Calendar.dateInfinity { return Calendar.timestampInfinity }
        if days == Calendar.dateNegativeInfinity { return Calendar.timestampNegativeInfinity }
        return Calendar.join(days: days, time: 0)
    }

    /// The day of a timestamp; infinities stay infinite.
    static func date(ofTimestamp micros: Int64) -> Int64 {
        if micros == Calendar.timestampInfinity { return Calendar.dateInfinity }
        if micros == Calendar.timestampNegativeInfinity { return Calendar.dateNegativeInfinity }
        return Calendar.split(micros).days
    }

    func castTime(_ micros: Int64) {
        switch to {
        case .varchar, .dynamic: resultText { TemporalText.appendTime(micros, to: &$0) }
        case .json: resultQuoted { TemporalText.appendTime(micros, to: &$0) }
        case .interval: call.result(Interval(micros: micros))
        default: unsupported()
        }
    }

    func castTimestamp(_ micros: Int64, withZone: Bool) {
        let append: (inout [UInt8]) -> Void = {
            if withZone { TemporalText.appendTimestampTZ(micros, to: &$0) } else { TemporalText.appendTimestamp(micros, to: &$0) }
        }
        switch to {
        case .varchar, .dynamic: resultText(append)
        case .json: resultQuoted(append)
        case .timestamp, .timestamptz: call.result(micros)
        case .date: call.result(CastCall.date(ofTimestamp: micros))
        case .time:
            guard Calendar.isFiniteTimestamp(micros) else { conversionError("Can't get TIME of infinite TIMESTAMP"); return }
            call.result(Calendar.split(micros).time)
        default: unsupported()
        }
    }

    func castInterval(_ interval: Interval) {
        switch to {
        case .varchar, .dynamic: resultText { TemporalText.appendInterval(interval, to: &$0) }
        case .json: resultQuoted { TemporalText.appendInterval(interval, to: &$0) }
        case .time: call.result(Calendar.floorModulo(interval.micros, Calendar.microsPerDay))
        default: unsupported()
        }
    }
}
