import CSQLite

extension FunctionList {
    /// Stored values as an ordinary SQLite file should hold them; what is not listed here is exported as it is stored.
    mutating func addExports() {
        for kind in [TemporalKind.date, .time, .timestamp, .timestamptz] {
            scalar("bl_export_\(kind.word)", 1, tag: kind.rawValue) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                // Text and other misfits of imported columns already read sensibly.
                guard call.type(0) == SQLITE_INTEGER else { call.resultArgument(0); return }
                var out: [UInt8] = []
                let value = call.int(0)
                switch TemporalKind(rawValue: call.tag) ?? .timestamp {
                case .date: TemporalText.appendDate(call.date(0), to: &out)
                case .time: TemporalText.appendTime(call.time(0), to: &out)
                case .timestamptz: TemporalText.appendTimestampTZ(value, to: &out)
                default: TemporalText.appendTimestamp(value, to: &out)
                }
                call.result(text: out)
            }
        }
        scalar("bl_export_decimal", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            guard call.type(0) == SQLITE_INTEGER else { call.resultArgument(0); return }
            var out: [UInt8] = []
            NumberText.appendDecimal(call.int(0), scale: call.digits(1), to: &out)
            call.result(text: out)
        }
        scalar("bl_export_interval", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments), let interval = call.interval(0) else { return }
            var out: [UInt8] = []
            TemporalText.appendInterval(interval, to: &out)
            call.result(text: out)
        }
    }
}
