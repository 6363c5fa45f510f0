import Branching
import Foundation
import Testing

@testable import Server

@Suite struct StdioTests {
    /// Sends lines, waits for the end and returns what came back.
    private func run(_ lines: [String], service: FakeService = FakeService()) async throws -> [JSONValue] {
        let input = Pipe()
        let output = Pipe()
        let server = StdioServer(service: service, logger: HTTPTests.quiet)
        input.fileHandleForWriting.write(Data(lines.joined(separator: "\n").utf8))
        try input.fileHandleForWriting.close()
        await server.run(input: input.fileHandleForReading, output: output.fileHandleForWriting)
        try output.fileHandleForWriting.close()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        return try text.split(separator: UInt8(ascii: "\n")).map { try JSONReader.parse([UInt8]($0)) }
    }

    @Test func aWholeSession() async throws {
        let service = FakeService()
        let answers = try await run(
            [
                HTTPTests.initialize, #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, "",
                HTTPTests.call("switch_branch", #"{"name":"b1"}"#, id: 2), HTTPTests.call("query", #"{"sql":"SLEEP 100"}"#, id: 3) + "\r",
                HTTPTests.call("query", #"{"sql":"SELECT 2"}"#, id: 4), "not json",
            ], service: service)
        #expect(answers.count == 5)
        let byID = Dictionary(answers.map { ($0["id"]?.integerValue ?? -1, $0) }, uniquingKeysWith: { $1 })
        #expect(byID[1]?["result"]?["protocolVersion"] == "2025-06-18")
        #expect(byID[3]?["result"]?["structuredContent"]?["branch"] == "b1")
        #expect(byID[4]?["result"]?["structuredContent"]?["branch"] == "b1")
        #expect(byID[-1]?["error"]?["code"] == -32700)
        // Calls that were sent together ran in their order.
        let order = answers.compactMap { $0["id"]?.integerValue }
        #expect(order.filter { $0 > 1 } == [2, 3, 4])
        #expect(service.openSessions == 0)
    }

    @Test func cancelledCallsAreNotAnswered() async throws {
        let start = ContinuousClock.now
        let answers = try await run([
            HTTPTests.call("query", #"{"sql":"SLEEP 600000"}"#, id: 1), HTTPTests.call("query", #"{"sql":"SELECT 1"}"#, id: 2),
            #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#,
            #"{"jsonrpc":"2.0","id":3,"method":"ping"}"#,
            #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        ])
        #expect(answers.map { $0["id"] } == [3])
        #expect(ContinuousClock.now - start < .seconds(300))
    }

    @Test func batchesOnlyWhereTheVersionHasThem() async throws {
        let old = HTTPTests.initialize.replacingOccurrences(of: "2025-06-18", with: "2024-11-05")
        let batch = "[\(HTTPTests.call("branch_list", "{}", id: 2)),\(HTTPTests.call("list_tables", "{}", id: 3))]"
        let answers = try await run([old, batch])
        #expect(answers.last?.arrayValue?.count == 2)
        let refused = try await run([HTTPTests.initialize, batch])
        #expect(refused.last?["error"]?["code"] == -32600)
    }

    @Test func linesAreCutWhereTheyEnd() {
        var splitter = LineSplitter(limit: 8)
        var lines: [LineReader.Line] = []
        for piece in ["ab", "c\nd", "\n\n  \n123456789012", "34\nok"] { lines += splitter.push(ArraySlice(piece.utf8)) }
        if let last = splitter.finish() { lines.append(last) }
        #expect(lines == [.text(Array("abc".utf8)), .text(Array("d".utf8)), .tooLong, .text(Array("ok".utf8))])
    }

    @Test func logLines() throws {
        let time = Date(timeIntervalSince1970: 0)
        let json = StderrLogHandler.line(format: .json, time: time, level: .info, label: "l", message: "a\n\"b\"", metadata: ["k": "v"])
        let parsed = try JSONReader.parse(json.dropLast())
        #expect(parsed["message"] == "a\n\"b\"")
        #expect(parsed["k"] == "v")
        let text = String(decoding: StderrLogHandler.line(format: .text, time: time, level: .error, label: "l", message: "a\nb", metadata: [:]), as: UTF8.self)
        #expect(text.hasSuffix(" error a\\nb\n"))
        #expect(text.filter { $0 == "\n" }.count == 1)
    }
}

extension JSONReader {
    static func parse(_ bytes: ArraySlice<UInt8>) throws(JSONSyntaxError) -> JSONValue { try parse(Array(bytes)) }
}
