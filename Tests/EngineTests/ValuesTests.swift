import SQLDialect
import Testing

@testable import Engine

@Suite struct ValuesTests {
    @Test func storedFormsComeBack() {
        let cases: [(SQLiteValue, DuckType, Value, String)] = [
            (.integer(1), .boolean, .boolean(true), "true"),
            (.integer(-5), .tinyint, .integer(-5), "-5"),
            (.integer(1234), .decimal(precision: 5, scale: 2), .decimal(unscaled: 1234, precision: 5, scale: 2), "12.34"),
            (.integer(50), .decimal(precision: 3, scale: 3), .decimal(unscaled: 50, precision: 3, scale: 3), ".050"),
            (.integer(-5), .decimal(precision: 3, scale: 2), .decimal(unscaled: -5, precision: 3, scale: 2), "-0.05"),
            (.integer(19_782), .date, .date(days: 19_782), "2024-02-29"),
            (.integer(36_000_500_000), .time, .time(micros: 36_000_500_000), "10:00:00.5"),
            (.integer(1_707_000_000_000_000), .timestamp, .timestamp(micros: 1_707_000_000_000_000), "2024-02-03 22:40:00"),
            (.integer(0), .timestampTZ, .timestampTZ(micros: 0), "1970-01-01 00:00:00+00"),
            (.real(1), .double, .double(1), "1.0"),
            (.real(Double(Float(0.1))), .float, .double(0.1), "0.1"),
            (.text("a"), .varchar, .text("a"), "a"),
            (.text("[1]"), .json, .json("[1]"), "[1]"),
            (.blob([0xAB, 97]), .blob, .blob([0xAB, 97]), "\\xABa"),
            (.null, .date, .null, "NULL"),
            (.integer(7), .hugeint, .hugeint(7), "7"),
        ]
        for (stored, type, value, text) in cases {
            #expect(Value(stored: stored, type: type) == value)
            #expect(value.text == text)
            if type != .float { #expect(value.stored == stored) }
        }
        let interval = Value.interval(months: 14, days: -3, micros: 1_500_000)
        #expect(interval.text == "1 year 2 months -3 days 00:00:01.5")
        #expect(Value(stored: interval.stored, type: .interval) == interval)
    }

    @Test func misfitsAreTakenForWhatTheyAre() {
        #expect(Value(stored: .text("2024-01-01"), type: .date) == .text("2024-01-01"))
        #expect(Value(stored: .integer(2), type: .boolean) == .integer(2))
        #expect(Value(stored: .integer(1 << 40), type: .date) == .integer(1 << 40))
        #expect(Value(stored: .blob([1]), type: .interval) == .blob([1]))
        #expect(Value(stored: .real(1.5), type: .bigint) == .double(1.5))
    }

    @Test func jsonIsExact() {
        let cases: [(Value, String)] = [
            (.null, "null"), (.boolean(false), "false"), (.integer(1 << 53), "9007199254740992"), (.integer((1 << 53) + 1), "\"9007199254740993\""),
            (.integer(-(1 << 53) - 1), "\"-9007199254740993\""), (.hugeint(6), "6"), (.double(0.1), "0.1"), (.double(1e300), "1e+300"), (.double(.nan), "\"NaN\""),
            (.double(.infinity), "\"Infinity\""), (.double(-.infinity), "\"-Infinity\""), (.decimal(unscaled: 1230, precision: 5, scale: 2), "\"12.30\""),
            (.text("a\"\\\n\u{1}é"), "\"a\\\"\\\\\\n\\u0001é\""), (.blob([1, 2, 3, 4]), "\"AQIDBA==\""), (.date(days: 0), "\"1970-01-01\""),
            (.json("{\"a\":1}"), "{\"a\":1}"), (.json("{oops"), "\"{oops\""), (.interval(months: 1, days: 0, micros: 0), "\"1 month\""),
        ]
        for (value, json) in cases { #expect(value.json == json) }
    }

    @Test func jsonParameters() {
        #expect(Value(jsonText: "12") == .integer(12))
        #expect(Value(jsonText: " 1.0 ") == .double(1))
        #expect(Value(jsonText: "1e2") == .double(100))
        #expect(Value(jsonText: "99999999999999999999") == .double(1e20))
        #expect(Value(jsonText: "\"a\\u00e9\\ud83d\\ude00\"") == .text("aé😀"))
        #expect(Value(jsonText: "[1, 2]") == .json("[1, 2]"))
        #expect(Value(jsonText: "true") == .boolean(true))
        #expect(Value(jsonText: "null") == .null)
        #expect(Value(jsonText: "{a}") == nil)
        #expect(Value(jsonText: "") == nil)
    }

    @Test func exportsReadSensibly() {
        #expect(Value.date(days: 0).exported == .text("1970-01-01"))
        #expect(Value.decimal(unscaled: 1230, precision: 5, scale: 2).exported == .text("12.30"))
        #expect(Value.decimal(unscaled: 12, precision: 5, scale: 0).exported == .integer(12))
        #expect(Value.boolean(true).exported == .integer(1))
    }

    /// Days and civil dates are inverse to each other over the whole range of DATE.
    @Test func calendarRoundTrip() {
        let seed = UInt64.random(in: .min ... .max)
        var random = RandomSource(seed: seed)
        for _ in 0..<20_000 {
            let days = Int64.random(in: Calendar.minimumDate...Calendar.maximumDate, using: &random)
            let civil = Calendar.day(days)
            #expect(Calendar.days(year: civil.year, month: civil.month, day: civil.day) == days, "seed \(seed)")
            var text: [UInt8] = []
            TemporalText.appendDate(days, to: &text)
            let parsed = text.withUnsafeBufferPointer { TemporalParser.date($0) }
            #expect(parsed == .days(days), "seed \(seed)")
        }
    }

    /// Doubles print as the shortest text that reads back as themselves.
    @Test func doubleRoundTrip() {
        let seed = UInt64.random(in: .min ... .max)
        var random = RandomSource(seed: seed)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: random.next())
            guard value.isFinite else { continue }
            var text: [UInt8] = []
            NumberText.append(value, to: &text)
            let back = text.withUnsafeBufferPointer { NumberText.double($0) }
            #expect(back == value, "seed \(seed)")
        }
    }
}
