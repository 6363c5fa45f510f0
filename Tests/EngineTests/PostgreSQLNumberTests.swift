import Testing

@testable import Engine

/// Numbers as PostgreSQL 15 writes them: the examples are its own output.
@Suite struct PostgreSQLNumberTests {
    private func text(_ number: Double, isFloat: Bool = false) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: PostgreSQLNumber.maximumBytes) { buffer in
            guard let start = buffer.baseAddress else { return "" }
            return String(decoding: UnsafeBufferPointer(start: start, count: PostgreSQLNumber.write(number, isFloat: isFloat, to: start)), as: UTF8.self)
        }
    }

    @Test(arguments: [
        (0, "0"), (-0.0, "-0"), (1, "1"), (-1.5, "-1.5"), (0.1, "0.1"), (0.30000000000000004, "0.30000000000000004"), (100, "100"), (1234.5678, "1234.5678"),
        (0.0001, "0.0001"), (0.00012, "0.00012"), (0.00001, "1e-05"), (0.000099, "9.9e-05"), (123456789012345, "123456789012345"), (999999999999999, "999999999999999"),
        (1e15, "1e+15"), (1234567890123456, "1.234567890123456e+15"), (1e100, "1e+100"), (-2.5e-300, "-2.5e-300"), (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"), (3.141592653589793, "3.141592653589793"), (1e-7, "1e-07"), (123456.789e3, "123456789"),
        (99999999999999.9, "99999999999999.9"), (0.125, "0.125"), (1.0000001, "1.0000001"), (1.000000000000001, "1.000000000000001"), (33.333333333333336, "33.333333333333336"),
        (.infinity, "Infinity"), (-.infinity, "-Infinity"), (.nan, "NaN"),
    ] as [(Double, String)])
    func doubles(number: Double, expected: String) { #expect(text(number) == expected) }

    @Test(arguments: [
        (0.1, "0.1"), (1e6, "1e+06"), (999999, "999999"), (123456.7, "123456.7"), (1234567, "1.234567e+06"), (16777216, "1.6777216e+07"), (0.3333333433, "0.33333334"),
        (1e-5, "1e-05"), (3.4028234663852886e38, "3.4028235e+38"), (-2.5, "-2.5"), (0.0001, "0.0001"), (8388608, "8.388608e+06"),
    ] as [(Double, String)])
    func floats(number: Double, expected: String) { #expect(text(number, isFloat: true) == expected) }

    /// The quick way for short decimals gives what the shortest digits are; any number reads back as itself.
    @Test func roundTrips() {
        let seed = UInt64.random(in: .min ... .max)
        var random = RandomSource(seed: seed)
        for _ in 0..<40_000 {
            let scale = Int.random(in: 0...9, using: &random)
            var power = 1.0
            for _ in 0..<scale { power *= 10 }
            let whole = Double(Int64.random(in: -1_000_000_000_000_000...1_000_000_000_000_000, using: &random) >> Int64.random(in: 0...50, using: &random))
            let short = whole / power
            let any = Double(bitPattern: random.next())
            for number in [short, any, Double(Float(short))] where number.isFinite {
                let written = text(number)
                #expect(Double(written) == number, "\(number), seed \(seed)")
                #expect(digits(written) == digits(number.description), "\(number), seed \(seed)")
                let float = Float(number)
                guard float.isFinite else { continue }
                let narrow = text(Double(float), isFloat: true)
                #expect(Float(narrow) == float, "\(float), seed \(seed)")
                #expect(digits(narrow) == digits(float.description), "\(float), seed \(seed)")
            }
        }
    }

    /// The significant digits of a number.
    private func digits(_ text: String) -> String {
        let mantissa = text.prefix { $0 != "e" }.filter { $0.isNumber }
        let trimmed = mantissa.drop { $0 == "0" }
        return String(trimmed.reversed().drop { $0 == "0" }.reversed())
    }

    @Test(arguments: [
        (0, 0, "0"), (5, 2, "0.05"), (-5, 2, "-0.05"), (12345, 2, "123.45"), (-100, 2, "-1.00"), (Int64.max, 18, "9.223372036854775807"), (Int64.min, 0, "-9223372036854775808"),
        (1_000_000, 6, "1.000000"),
    ] as [(Int64, Int, String)])
    func decimals(unscaled: Int64, scale: Int, expected: String) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: PostgreSQLNumber.maximumBytes) { buffer in
            guard let start = buffer.baseAddress else { return }
            let count = PostgreSQLNumber.write(unscaled: unscaled, scale: scale, to: start)
            #expect(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) == expected)
        }
    }

    @Test func integers() {
        let seed = UInt64.random(in: .min ... .max)
        var random = RandomSource(seed: seed)
        for number in [0, 9, 10, 99, 100, 9_999, 10_000, -1, Int64.min, Int64.max] + (0..<5_000).map({ _ in Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random) }) {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: PostgreSQLNumber.maximumBytes) { buffer in
                guard let start = buffer.baseAddress else { return }
                let count = PostgreSQLNumber.write(number, to: start)
                #expect(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self) == String(number), "seed \(seed)")
            }
        }
    }
}
