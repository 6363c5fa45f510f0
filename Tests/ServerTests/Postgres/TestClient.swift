import Branching
import Engine
import Foundation
import Logging
import Synchronization

@testable import Server

/// A client of a conversation without a network: sends messages, keeps what comes back.
final class TestClient: ClientConnection {
    private let received = Mutex<[UInt8]>([])
    private let closed = Mutex(false)
    let box: Conversation.Box
    let isEncrypted = false
    let offersTLS: Bool
    let isLoopback = true
    let address = "127.0.0.1"
    let store: BranchLite

    init(store: BranchLite, offersTLS: Bool = false, limits: MessageDecoder.Limits = .init()) {
        self.store = store
        self.offersTLS = offersTLS
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        box = Conversation.Box(state: ServerState(store: store, logger: logger, authenticator: PostgresAuthenticator(access: .open), limits: limits))
        box.start(self)
    }

    /// A store in memory with a client that has not said anything yet.
    static func onNewStore(limits: MessageDecoder.Limits = .init()) async throws -> TestClient {
        TestClient(store: try await BranchLite.open(":memory:"), limits: limits)
    }

    func send(_ bytes: UnsafeRawBufferPointer) { received.withLock { $0.append(contentsOf: bytes) } }
    func startTLS() {}
    func sessionHasBegun() {}
    func close() { closed.withLock { $0 = true } }
    var isClosed: Bool { closed.withLock { $0 } }

    /// Gives bytes to the conversation and returns what it answered when it has dealt with them.
    func exchange(_ bytes: [UInt8]) async throws -> [UInt8] {
        let box = box
        box.run { $0.receive(bytes) }
        try await box.thread.run {}
        return received.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
    }

    /// As `exchange`, with the answer as a transcript: one line a message.
    func transcript(_ messages: [UInt8]...) async throws -> [String] { Transcript.lines(try await exchange(messages.flatMap { $0 })) }

    /// Connects; the transcript of the start-up.
    @discardableResult
    func connect(_ parameters: [String: String] = [:]) async throws -> [String] {
        var all = ["user": "tester", "database": "main"]
        all.merge(parameters) { $1 }
        return try await transcript(Message.startup(all))
    }

    func end() async throws {
        box.end()
        try await box.thread.run {}
        try await store.close()
    }
}

/// Messages as a client writes them.
enum Message {
    static func int32(_ value: Int) -> [UInt8] { withUnsafeBytes(of: Int32(value).bigEndian) { Array($0) } }
    static func int16(_ value: Int) -> [UInt8] { withUnsafeBytes(of: Int16(value).bigEndian) { Array($0) } }
    static func text(_ value: String) -> [UInt8] { Array(value.utf8) + [0] }
    static func message(_ type: Character, _ body: [UInt8]) -> [UInt8] { Array(String(type).utf8) + int32(body.count + 4) + body }

    static func startup(_ parameters: [String: String], version: Int = 196_608) -> [UInt8] {
        let body = int32(version) + parameters.sorted { $0.key < $1.key }.flatMap { text($0.key) + text($0.value) } + [0]
        return int32(body.count + 4) + body
    }

    static func query(_ sql: String) -> [UInt8] { message("Q", text(sql)) }

    static func parse(_ sql: String, name: String = "", types: [Int] = []) -> [UInt8] {
        message("P", text(name) + text(sql) + int16(types.count) + types.flatMap(int32))
    }

    static func bind(_ values: [String?] = [], portal: String = "", statement: String = "", results: [Int] = []) -> [UInt8] {
        var body = text(portal) + text(statement) + int16(0) + int16(values.count)
        for value in values {
            guard let value else {
                body += int32(-1)
                continue
            }
            body += int32(value.utf8.count) + Array(value.utf8)
        }
        return message("B", body + int16(results.count) + results.flatMap(int16))
    }

    static func describe(_ kind: Character, _ name: String = "") -> [UInt8] { message("D", Array(String(kind).utf8) + text(name)) }
    static func close(_ kind: Character, _ name: String = "") -> [UInt8] { message("C", Array(String(kind).utf8) + text(name)) }
    static func execute(_ portal: String = "", rows: Int = 0) -> [UInt8] { message("E", text(portal) + int32(rows)) }
    static var sync: [UInt8] { message("S", []) }
    static var flush: [UInt8] { message("H", []) }
    static func copyData(_ data: String) -> [UInt8] { message("d", Array(data.utf8)) }
    static var copyDone: [UInt8] { message("c", []) }
    static func copyFail(_ reason: String) -> [UInt8] { message("f", text(reason)) }
    static var terminate: [UInt8] { message("X", []) }
}

/// What the server sent, one line a message.
enum Transcript {
    static func lines(_ bytes: [UInt8]) -> [String] {
        var lines: [String] = []
        var index = 0
        func int(_ at: Int, _ size: Int) -> Int { bytes[at..<at + size].reduce(0) { $0 << 8 | Int($1) } }
        while index + 5 <= bytes.count {
            let type = Character(UnicodeScalar(bytes[index]))
            let length = int(index + 1, 4)
            let body = Array(bytes[(index + 5)..<(index + 1 + length)])
            lines.append(line(type, body))
            index += 1 + length
        }
        if index < bytes.count { lines.append("rest \(bytes.count - index)") }
        return lines
    }

    private static func texts(_ body: [UInt8]) -> [String] {
        body.split(separator: 0, omittingEmptySubsequences: false).dropLast().map { String(decoding: $0, as: UTF8.self) }
    }

    private static func line(_ type: Character, _ body: [UInt8]) -> String {
        func int16(_ at: Int) -> Int { Int(body[at]) << 8 | Int(body[at + 1]) }
        func int32(_ at: Int) -> Int { Int(Int32(bitPattern: body[at..<at + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) })) }
        switch type {
        case "R": return "Authentication \(int32(0))"
        case "S": return "ParameterStatus " + texts(body).joined(separator: "=")
        case "K": return "BackendKeyData"
        case "Z": return "Ready \(Character(UnicodeScalar(body[0])))"
        case "C": return "Complete \(texts(body)[0])"
        case "1": return "ParseComplete"
        case "2": return "BindComplete"
        case "3": return "CloseComplete"
        case "n": return "NoData"
        case "s": return "Suspended"
        case "I": return "Empty"
        case "c": return "CopyDone"
        case "G": return "CopyIn \(body[0]) \(int16(1))"
        case "H": return "CopyOut \(body[0]) \(int16(1))"
        case "d": return "CopyData " + String(decoding: body, as: UTF8.self).replacing("\n", with: "⏎").replacing("\t", with: "⇥")
        case "t": return "Parameters " + (0..<int16(0)).map { String(int32(2 + $0 * 4)) }.joined(separator: ",")
        case "T":
            var at = 2
            var fields: [String] = []
            for _ in 0..<int16(0) {
                let end = body[at...].firstIndex(of: 0) ?? body.endIndex
                fields.append("\(String(decoding: body[at..<end], as: UTF8.self)):\(int32(end + 7))")
                at = end + 19
            }
            return "Row " + fields.joined(separator: ",")
        case "D":
            var at = 2
            var values: [String] = []
            for _ in 0..<int16(0) {
                let length = int32(at)
                at += 4
                if length < 0 {
                    values.append("∅")
                    continue
                }
                values.append(String(decoding: body[at..<at + length], as: UTF8.self))
                at += length
            }
            return "Data " + values.joined(separator: "|")
        case "E", "N":
            var fields: [Character: String] = [:]
            for field in texts(body) where !field.isEmpty { fields[field.first ?? "?"] = String(field.dropFirst()) }
            return "\(type == "E" ? "Error" : "Notice") \(fields["S"] ?? "") \(fields["C"] ?? "") \(fields["M"] ?? "")"
        default: return "\(type) \(body.count)"
        }
    }
}
