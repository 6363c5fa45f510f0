import Branching
import Foundation
import Testing

@testable import Server

@Suite struct JSONTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONReader.parse([UInt8](text.utf8)) }

    @Test func readsEveryKindOfValue() throws {
        let items: [JSONValue] = [.integer(1), .double(-2.5), .double(1000), .bool(true), .bool(false), .null, .string("x\né😀/")]
        #expect(try parse(#" {"a": [1, -2.5, 1e3, true, false, null, "x\né😀\/"], "b": {}} "#) == .object(["a": .array(items), "b": .object([:])]))
        #expect(try parse("9223372036854775807") == .integer(.max))
        #expect(try parse("9223372036854775808") == .double(9_223_372_036_854_775_808))
        #expect(try parse("\"\\ud83d\"") == "\u{FFFD}")
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\"}", "{\"a\":1,}", "01", "1.", "-", "nul", "\"a", "\"\u{1}\"", "1 2", "{1:2}", "\"\\x\"", "\"\\u12g4\"", "[1 2]", "+1", ".5",
    ])
    func refusesWhatIsNotJSON(_ text: String) { #expect(throws: JSONSyntaxError.self) { try parse(text) } }

    @Test func refusesInvalidUTF8AndDeepNesting() throws {
        #expect(throws: JSONSyntaxError.self) { try JSONReader.parse([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: "[", count: 100_000)) }
        let deepest = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(throws: Never.self) { try parse(deepest) }
    }

    @Test func writesWhatItReads() throws {
        var generator = SeededGenerator(seed: UInt64.random(in: 0...UInt64.max))
        for _ in 0..<300 {
            let value = generator.json(depth: 4)
            #expect(try JSONReader.parse(value.jsonBytes) == value, "seed \(generator.seed)")
            // Another reader agrees.
            let decoded = try JSONDecoder().decode([JSONValue].self, from: Data([UInt8(ascii: "[")] + value.jsonBytes + [UInt8(ascii: "]")]))
            #expect(decoded.first?.jsonBytes == value.jsonBytes, "seed \(generator.seed)")
        }
    }

    @Test func memberNamesAreDistinct() {
        #expect(ResultJSON.memberNames(["a", "a", "a_1", "a"]) == ["a", "a_2", "a_1", "a_3"])
        #expect(ResultJSON.memberNames(["x", "x", "x"]) == ["x", "x_1", "x_2"])
    }

    @Test func nearestWord() {
        #expect(NearestWord.of("brnch", among: ["branch", "base", "table"]) == "branch")
        #expect(NearestWord.of("zzzzzz", among: ["branch", "base"]) == nil)
        #expect(NearestWord.of("", among: ["a"]) == nil)
    }
}

/// A generator whose seed can be printed and given again.
struct SeededGenerator: RandomNumberGenerator {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func text() -> String {
        let pieces = ["a", "\"", "\\", "\n", "\u{1}", "é", "😀", "\u{7F}", "/", " ", "\u{2028}"]
        return (0..<Int.random(in: 0...6, using: &self)).map { _ in pieces.randomElement(using: &self) ?? "" }.joined()
    }

    mutating func json(depth: Int) -> JSONValue {
        switch Int.random(in: 0...(depth > 0 ? 7 : 5), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &self))
        case 3: return .double(Double.random(in: -1e6...1e6, using: &self) + 0.5e-7)
        case 4, 5: return .string(text())
        case 6: return .array((0..<Int.random(in: 0...4, using: &self)).map { _ in json(depth: depth - 1) })
        default:
            var members: [String: JSONValue] = [:]
            for _ in 0..<Int.random(in: 0...4, using: &self) { members[text()] = json(depth: depth - 1) }
            return .object(members)
        }
    }
}
