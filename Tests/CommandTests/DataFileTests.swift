import Branching
import Foundation
import Testing

@testable import branchlite

@Suite struct DataFileTests {
    private func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".csv").path
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    private func records(_ text: String, delimiter: Character = ",") throws -> [[String]] {
        let path = try file(text)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let reader = try CSVReader(path: path, delimiter: delimiter.asciiValue ?? 0x2C)
        var found: [[String]] = []
        while let fields = try reader.next() { found.append(fields.map { ($0.quoted ? "'" : "") + $0.text }) }
        return found
    }

    @Test func readsQuotesLineBreaksAndByteOrderMarks() throws {
        #expect(try records("\u{FEFF}a,b\r\n1,\"x, \"\"y\"\"\nz\"\n\n2,\n") == [["a", "b"], ["1", "'x, \"y\"\nz"], ["2", ""]])
        #expect(try records("a;b\n\"\";c", delimiter: ";") == [["a", "b"], ["'", "c"]])
        #expect(try records("") == [])
        #expect(try records("only") == [["only"]])
    }

    @Test func anOpenQuoteNamesItsLine() throws {
        #expect(throws: DataFileError.self) { try records("a,b\n1,\"never closed\n") }
    }

    @Test func findsTheDelimiter() throws {
        for (text, expected) in [("a,b\n1,2\n", ","), ("a;b\n1,5;2\n", ";"), ("a\tb\n1\t2\n", "\t"), ("a|b\n1|2\n", "|"), ("alone\nx\n", ",")] {
            let path = try file(text)
            defer { try? FileManager.default.removeItem(atPath: path) }
            #expect(try sniffDelimiter(path: path) == Character(expected).asciiValue)
        }
    }

    @Test(arguments: [
        (["true", "FALSE"], "BOOLEAN"), (["1", "-20", "9223372036854775807"], "BIGINT"), (["1", "2.5"], "DOUBLE"), (["1e5", "3"], "DOUBLE"),
        (["007", "010"], "VARCHAR"), (["2024-02-29", "1999-12-31"], "DATE"), (["2023-02-29"], "VARCHAR"),
        (["2024-02-29 10:00:00", "2024-02-29"], "TIMESTAMP"), (["2013-01-01T05:00:00Z"], "TIMESTAMP"), (["12:34:56", "00:00:00.123"], "TIME"),
        (["24:00:00"], "VARCHAR"), (["1", "x"], "VARCHAR"), ([], "VARCHAR"), (["9223372036854775808"], "DOUBLE"), (["-"], "VARCHAR"), (["."], "VARCHAR"),
    ])
    func detectsTypes(_ values: [String], _ expected: String) {
        var detector = TypeDetector(columns: 1)
        for value in values { detector.observe(value, column: 0) }
        #expect(detector.type(column: 0).rawValue == expected)
    }

    @Test func readsObjectsLineByLine() throws {
        let path = try file("{\"a\": 1}\n\n{\"b\": [1, 2]}")
        defer { try? FileManager.default.removeItem(atPath: path) }
        let reader = try LineReader(path: path)
        #expect(try reader.nextObject()?.0 == ["a": 1])
        #expect(try reader.nextObject()?.0 == ["b": [1, 2]])
        #expect(try reader.nextObject() == nil)
        let broken = try file("{\"a\": 1}\n[2]\n")
        defer { try? FileManager.default.removeItem(atPath: broken) }
        let second = try LineReader(path: broken)
        _ = try second.nextObject()
        #expect(throws: DataFileError.self) { try second.nextObject() }
    }
}
