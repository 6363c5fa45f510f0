import Testing

@testable import Engine

/// `to_char` of numbers and `to_number`, compared with PostgreSQL's answers.
@Suite struct NumberPatternTests {
    private struct Answer {
        var kind: String, value: String, pattern: String, expected: String

        init?(_ line: Substring) {
            let parts = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 4 else { return nil }
            (kind, value, pattern, expected) = (parts[0], parts[1], parts[2], parts[3])
        }
    }

    private static func answer(_ line: Answer) -> String {
        if line.pattern.isEmpty { return line.kind == "t" ? "NULL" : "=" }
        do throws(NumberPattern.Malformed) {
            let pattern = try NumberPattern(line.pattern)
            switch line.kind {
            case "n": return NumberDigits(line.value.utf8).map { "=" + NumberPatternWriter.text($0, pattern) } ?? "!"
            case "d": return Double(line.value).map { "=" + NumberPatternWriter.text($0, pattern) } ?? "!"
            default:
                guard let digits = try NumberPatternReader.number(line.value.utf8, pattern) else { return "!" }
                return "=" + plain(digits, pattern, isRead: true)
            }
        } catch {
            return "!"
        }
    }

    /// A number without zeros at the end of its decimals; what V has moved stays moved.
    private static func plain(_ digits: NumberDigits, _ pattern: NumberPattern, isRead: Bool) -> String {
        var digits = isRead ? digits : digits.shifted(by: pattern.shifted)
        while digits.fraction.last == UInt8(ascii: "0") { digits.fraction.removeLast() }
        digits = digits.rounded(to: digits.fraction.count)
        return (digits.isNegative ? "-" : "") + String(decoding: digits.bytes, as: UTF8.self)
    }

    @Test func writesAndReadsAsPostgreSQLDoes() throws {
        let lines = NumberPatternFixture.lines.split(separator: "\n")
        #expect(lines.count > 2000)
        var wrong = 0
        for line in lines.compactMap(Answer.init) {
            var expected = line.expected
            if line.kind == "t", expected.hasPrefix("="), let pattern = try? NumberPattern(line.pattern), let digits = NumberDigits(expected.dropFirst().utf8) {
                expected = "=" + NumberPatternTests.plain(digits, pattern, isRead: false)
            }
            let found = NumberPatternTests.answer(line)
            if found == expected { continue }
            wrong += 1
            if wrong < 40 { Issue.record("\(line.kind) \(line.value) '\(line.pattern)': \(found), not \(expected)") }
        }
        #expect(wrong == 0)
    }

    @Test func whatIsNoNumberHasNoDigits() throws {
        #expect(NumberPatternWriter.text(Double.infinity, try NumberPattern("999.9")) == " ###.#")
        #expect(NumberPatternWriter.text(-Double.infinity, try NumberPattern("9")) == "-#")
    }
}
