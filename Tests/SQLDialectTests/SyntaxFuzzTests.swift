import Foundation
import Testing
@testable import SQLDialect

/// Damages statements of the corpus and checks that whatever comes of them is read or refused in order: no crash, no
/// hang, and what is read prints to a text that reads back to the same tree.
@Suite struct SyntaxFuzzTests {
    /// SplitMix64: small, fast and the same everywhere.
    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// Words and signs that turn up in statements, put in where they do not belong.
    static let fragments = [
        "(", ")", ",", ".", "*", "=", "::", "[", "]", "{", "}", "->", "->>", "||", "-", "--", "/*", "*/", "'", "\"", "`", "$$", ":", "?", "@", "#1", ";",
        "SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "IS", "NULL", "CASE", "WHEN", "END", "AS", "ON", "JOIN", "LEFT", "UNION", "ALL", "VALUES", "WITH",
        "GROUP BY", "ORDER BY", "LIMIT", "INTERVAL", "CAST(", "EXISTS (", "(SELECT 1)", "DISTINCT", "COLLATE", "LIKE", "ESCAPE", "BETWEEN", "OVER (", "FILTER (WHERE",
        "CREATE", "TABLE", "BRANCH", "DEFAULT", "INSERT INTO", "SET", "COLUMNS(*)", "EXCLUDE", "REPLACE", "1", "'x'", "1e9", "0x", "x'0", "a", "t.", "\u{0}", "é", "\u{1F600}",
    ]

    static func mutate(_ corpus: [String], _ generator: inout Generator) -> String {
        var bytes = Array((corpus.randomElement(using: &generator) ?? "").utf8)
        for _ in 0 ..< Int.random(in: 1 ... 4, using: &generator) {
            let at = Int.random(in: 0 ... bytes.count, using: &generator)
            let end = min(bytes.count, at + Int.random(in: 0 ... 12, using: &generator))
            switch Int.random(in: 0 ..< 8, using: &generator) {
            case 0: bytes.removeSubrange(at ..< end)
            case 1: bytes.insert(contentsOf: (" " + (fragments.randomElement(using: &generator) ?? "") + " ").utf8, at: at)
            case 2: bytes.insert(contentsOf: bytes[at ..< end], at: at)
            case 3: if at < bytes.count { bytes[at] = UInt8.random(in: 0 ... 255, using: &generator) }
            case 4: bytes.removeSubrange(at...)
            case 5:
                let other = Array((corpus.randomElement(using: &generator) ?? "").utf8)
                let from = Int.random(in: 0 ... other.count, using: &generator)
                bytes.replaceSubrange(at..., with: other[from...])
            case 6: bytes.replaceSubrange(at ..< end, with: (" " + (fragments.randomElement(using: &generator) ?? "") + " ").utf8)
            default:
                // A word for a word.
                let words = String(decoding: bytes, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false).map(String.init)
                if words.count > 1 {
                    var swapped = words
                    swapped.swapAt(Int.random(in: 0 ..< words.count, using: &generator), Int.random(in: 0 ..< words.count, using: &generator))
                    bytes = Array(swapped.joined(separator: " ").utf8)
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func setting(_ name: String) -> UInt64? { ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } }

    @Test(arguments: Dialect.allCases)
    func damagedStatementsAreReadOrRefused(dialect: Dialect) {
        let seed = Self.setting("BRANCHLITE_FUZZ_SEED") ?? UInt64.random(in: 0 ... .max)
        let rounds = Self.setting("BRANCHLITE_FUZZ_ROUNDS") ?? 2000
        var generator = Generator(state: seed)
        let corpus = SyntaxCorpus.statements(dialect)
        var readBack = 0
        for round in 0 ..< rounds {
            let sql = Self.mutate(corpus, &generator)
            let clock = ContinuousClock.now
            if let parsed = try? Parser.parse(sql, dialect: dialect) {
                let printed = parsed.map { Printer.print($0, target: dialect) }.joined(separator: ";\n")
                do {
                    let again = try Parser.parse(printed, dialect: dialect)
                    if again != parsed { Issue.record("seed \(seed), round \(round), \(dialect): \(sql)\nprinted: \(printed)") }
                    readBack += 1
                } catch {
                    // Printed text may need a level more than the original had.
                    if error.code != "BL_TOO_DEEP" { Issue.record("seed \(seed), round \(round), \(dialect): \(sql)\nprinted: \(printed)\n\(error)") }
                }
            }
            #expect(clock.duration(to: .now) < .seconds(5), "seed \(seed), round \(round): \(sql)")
        }
        #expect(readBack > 0, "seed \(seed): no damaged statement was readable")
    }
}
