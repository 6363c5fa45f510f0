import Branching
import Foundation
import Testing

@testable import Server

/// Seeded runs of what `make fuzz` and longer runs do to the PostgreSQL door: BRANCHLITE_FUZZ_SEED repeats one, BRANCHLITE_FUZZ_RUNS says how long it is.
@Suite(.timeLimit(.minutes(10))) struct WireFuzzTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static var seed: UInt64 { environment["BRANCHLITE_FUZZ_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 0...UInt64.max) }
    private static func runs(_ usual: Int) -> Int { environment["BRANCHLITE_FUZZ_RUNS"].flatMap { Int($0) } ?? usual }

    @Test func decoderAndMachineSurviveAnything() {
        let seed = WireFuzzTests.seed
        print("fuzz wire: seed \(seed)")  // before: a crash takes the process
        var random = SeededGenerator(seed: seed)
        let interesting: [UInt8] = [0, 0, 0, 1, 3, 4, 5, 8, 22, 0x50, 0x51, 0x42, 0x45, 0x53, 0x64, 127, 128, 255]
        for _ in 0..<WireFuzzTests.runs(500) {
            WireFuzzTarget.run(
                (0..<Int.random(in: 0...600, using: &random)).map { _ in
                    Bool.random(using: &random) ? UInt8.random(in: 0...255, using: &random) : interesting.randomElement(using: &random) ?? 0
                })
        }
    }

    /// Damaged transcripts, given whole and in pieces to two conversations on stores of their own: both answer the same, an error is followed by
    /// Ready or by the end, and where every message still has its length a last Sync is answered.
    @Test func answersDoNotDependOnHowBytesAreCut() async throws {
        let seed = WireFuzzTests.seed
        print("fuzz conversation: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for run in 0..<WireFuzzTests.runs(80) {
            let transcript = TranscriptMaker.transcript(&random)
            let (whole, wholeClosed) = try await answer(to: [transcript.bytes])
            var pieces: [[UInt8]] = [], at = 0
            let longest = [1, 3, 40, 400].randomElement(using: &random) ?? 1
            while at < transcript.bytes.count {
                let count = min(Int.random(in: 1...longest, using: &random), transcript.bytes.count - at)
                pieces.append(Array(transcript.bytes[at..<at + count]))
                at += count
            }
            let (cut, cutClosed) = try await answer(to: pieces)
            let place: Comment = "seed \(seed), transcript \(run) (\(transcript.damage)), pieces of up to \(longest)"
            if whole != cut {
                let index = zip(whole, cut).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? min(whole.count, cut.count)
                Issue.record("\(place): answer \(index) is \(whole.dropFirst(index).prefix(3)) whole, \(cut.dropFirst(index).prefix(3)) in pieces, after \(whole.prefix(index).suffix(4))")
            }
            #expect(wholeClosed == cutClosed, place)
            errorsEndInOrder(whole, wholeClosed, place)
            if transcript.isFramed, !wholeClosed { #expect(whole.last?.hasPrefix("Ready ") == true, place) }
        }
    }

    private func answer(to pieces: [[UInt8]]) async throws -> ([String], isClosed: Bool) {
        let client = try await TestClient.onNewStore(limits: .init(startup: 10_000, unauthenticated: 65_535, message: 1 << 20))
        try await client.connect()
        _ = try await client.exchange(Message.query("CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR); INSERT INTO t VALUES (1, 'one'), (2, NULL), (3, 'three')"))
        var bytes: [UInt8] = []
        for piece in pieces { bytes += try await client.exchange(piece) }
        let isClosed = client.isClosed
        try await client.end()
        return (Transcript.lines(bytes), isClosed)
    }

    private func errorsEndInOrder(_ lines: [String], _ isClosed: Bool, _ place: Comment) {
        for (index, line) in lines.enumerated() where line.hasPrefix("Error ") {
            let next = lines.dropFirst(index + 1).first { !$0.hasPrefix("ParameterStatus ") && !$0.hasPrefix("Notice ") }
            if line.hasPrefix("Error FATAL") {
                #expect(next == nil && isClosed, "\(place): \(next ?? "nothing") after \(line)")
            } else {
                #expect(next?.hasPrefix("Ready ") ?? true || next?.hasPrefix("Error FATAL") ?? true, "\(place): \(next ?? "") after \(line)")
            }
        }
    }
}
