/// Why the bytes of a client are no message. The connection cannot go on after it, for where the next message begins is not known.
struct ProtocolError: Error, Equatable {
    var message: String
    var sqlState = "08P01"
}

/// Takes bytes as they come and gives messages. Holds at most one incomplete message and never more than its limit.
struct MessageDecoder {
    /// Limits of a message's length in bytes.
    struct Limits {
        /// Before the client is known: PostgreSQL's own bound of a start-up packet.
        var startup = 10_000
        /// Messages before the client has said who it is (passwords, SASL).
        var unauthenticated = 65_535
        var message = 256 << 20
    }

    private let limits: Limits
    private var bytes: [UInt8] = []
    private var position = 0
    private var isStarted = false
    var isAuthenticated = false

    init(limits: Limits = Limits()) { self.limits = limits }

    /// Bytes that have come and are no message yet.
    var pendingBytes: Int { bytes.count - position }

    /// Bytes of memory that are held for them.
    var capacity: Int { bytes.capacity }

    mutating func append(_ more: some Collection<UInt8>) {
        if position > 0, position == bytes.count {
            bytes.removeAll(keepingCapacity: bytes.capacity <= MessageDecoder.keptCapacity)
            position = 0
        } else if position > MessageDecoder.compactionThreshold {
            bytes.removeSubrange(..<position)
            position = 0
        }
        bytes.append(contentsOf: more)
    }

    private static let keptCapacity = 1 << 20
    private static let compactionThreshold = 1 << 16

    /// The type of the next message, if its first byte is there; for a look ahead.
    var nextType: UInt8? { isStarted && position < bytes.count ? bytes[position] : nil }

    /// The next message, or nil when more bytes are needed.
    mutating func next() throws(ProtocolError) -> FrontendMessage? {
        if !isStarted { return try nextStartup() }
        guard pendingBytes >= 5 else { return nil }
        let type = bytes[position]
        let length = Int(int32(at: position + 1))
        guard MessageDecoder.knownTypes.contains(type) else {
            throw ProtocolError(message: "invalid frontend message type \(type)")
        }
        let limit = isAuthenticated ? limits.message : limits.unauthenticated
        guard length >= 4, length <= limit else {
            throw ProtocolError(
                message: length < 4 ? "invalid message length \(length)" : "a message of \(length) bytes is longer than the limit of \(limit) bytes",
                sqlState: length < 4 ? "08P01" : "54000")
        }
        guard pendingBytes >= 1 + length else { return nil }
        var reader = MessageReader(bytes: bytes, position: position + 5, end: position + 1 + length)
        position += 1 + length
        let message = try message(type, &reader)
        guard reader.isAtEnd else { throw ProtocolError(message: "invalid message format: \(reader.remaining) bytes too many") }
        return message
    }

    private static let knownTypes = Set("QPBDECSHdcfpFX".utf8)

    private func int32(at offset: Int) -> Int32 {
        Int32(bitPattern: UInt32(bytes[offset]) << 24 | UInt32(bytes[offset + 1]) << 16 | UInt32(bytes[offset + 2]) << 8 | UInt32(bytes[offset + 3]))
    }

    private static let cancelCode: Int32 = 80_877_102
    private static let tlsCode: Int32 = 80_877_103
    private static let gssCode: Int32 = 80_877_104

    private mutating func nextStartup() throws(ProtocolError) -> FrontendMessage? {
        guard pendingBytes >= 8 else { return nil }
        let length = Int(int32(at: position))
        guard length >= 8, length <= limits.startup else { throw ProtocolError(message: "invalid length of startup packet") }
        guard pendingBytes >= length else { return nil }
        let code = int32(at: position + 4)
        var reader = MessageReader(bytes: bytes, position: position + 8, end: position + length)
        position += length
        switch code {
        case MessageDecoder.tlsCode: return .tlsRequest
        case MessageDecoder.gssCode: return .gssRequest
        case MessageDecoder.cancelCode:
            let key = CancelKey(processID: try reader.int32(), secret: try reader.int32())
            return .cancel(key)
        default: break
        }
        let major = Int(code >> 16), minor = Int(code & 0xffff)
        guard major == 3 else {
            throw ProtocolError(message: "unsupported frontend protocol \(major).\(minor): server supports 3.0", sqlState: "0A000")
        }
        var startup = FrontendMessage.Startup(major: major, minor: minor, parameters: [])
        while !reader.isAtEnd {
            let name = try reader.string()
            if name.isEmpty { break }
            startup.parameters.append(.init(name: name, value: try reader.string()))
        }
        guard reader.isAtEnd else { throw ProtocolError(message: "invalid startup packet layout: expected terminator as last byte") }
        isStarted = true
        return .startup(startup)
    }

    private func message(_ type: UInt8, _ reader: inout MessageReader) throws(ProtocolError) -> FrontendMessage {
        switch type {
        case UInt8(ascii: "Q"): return .query(try reader.string())
        case UInt8(ascii: "P"):
            var parse = FrontendMessage.Parse(name: try reader.string(), sql: try reader.string(), parameterTypes: [])
            let count = try reader.count(ofAtLeast: 4)
            for _ in 0..<count { parse.parameterTypes.append(UInt32(bitPattern: try reader.int32())) }
            return .parse(parse)
        case UInt8(ascii: "B"): return .bind(try bind(&reader))
        case UInt8(ascii: "D"), UInt8(ascii: "C"):
            let kind = try reader.byte()
            guard let target = FrontendMessage.Target(rawValue: kind) else {
                throw ProtocolError(message: "invalid \(type == UInt8(ascii: "D") ? "DESCRIBE" : "CLOSE") message subtype \(kind)")
            }
            let name = try reader.string()
            return type == UInt8(ascii: "D") ? .describe(target, name: name) : .close(target, name: name)
        case UInt8(ascii: "E"):
            let portal = try reader.string()
            // PostgreSQL reads zero and anything below it as "no limit".
            return .execute(portal: portal, maximumRows: max(0, Int(try reader.int32())))
        case UInt8(ascii: "S"): return .sync
        case UInt8(ascii: "H"): return .flush
        case UInt8(ascii: "d"): return .copyData(reader.rest())
        case UInt8(ascii: "c"): return .copyDone
        case UInt8(ascii: "f"): return .copyFail(try reader.string())
        case UInt8(ascii: "p"): return .authentication(reader.rest())
        case UInt8(ascii: "F"):
            _ = reader.rest()
            return .functionCall
        default: return .terminate
        }
    }

    private func bind(_ reader: inout MessageReader) throws(ProtocolError) -> FrontendMessage.Bind {
        var bind = FrontendMessage.Bind(portal: try reader.string(), statement: try reader.string(), parameterFormats: [], parameters: [], resultFormats: [])
        bind.parameterFormats = try formats(&reader)
        let count = try reader.count(ofAtLeast: 4)
        bind.parameters.reserveCapacity(count)
        for _ in 0..<count {
            let length = try reader.int32()
            if length == -1 { bind.parameters.append(nil) } else { bind.parameters.append(try reader.slice(Int(length))) }
        }
        bind.resultFormats = try formats(&reader)
        guard bind.parameterFormats.count <= 1 || bind.parameterFormats.count == count else {
            throw ProtocolError(message: "bind message has \(bind.parameterFormats.count) parameter formats but \(count) parameters")
        }
        return bind
    }

    private func formats(_ reader: inout MessageReader) throws(ProtocolError) -> [ValueFormat] {
        let count = try reader.count(ofAtLeast: 2)
        var formats: [ValueFormat] = []
        for _ in 0..<count {
            let code = try reader.int16()
            guard let format = ValueFormat(rawValue: code) else { throw ProtocolError(message: "unsupported format code: \(code)", sqlState: "22023") }
            formats.append(format)
        }
        return formats
    }
}

/// Reads the fields of one message.
struct MessageReader {
    private let bytes: [UInt8]
    private var position: Int
    private let end: Int

    init(bytes: [UInt8], position: Int, end: Int) {
        self.bytes = bytes
        self.position = position
        self.end = end
    }

    var remaining: Int { end - position }
    var isAtEnd: Bool { position >= end }

    private func short() -> ProtocolError { ProtocolError(message: "insufficient data left in message") }

    mutating func byte() throws(ProtocolError) -> UInt8 {
        guard remaining >= 1 else { throw short() }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func int16() throws(ProtocolError) -> Int16 {
        guard remaining >= 2 else { throw short() }
        defer { position += 2 }
        return Int16(bitPattern: UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1]))
    }

    mutating func int32() throws(ProtocolError) -> Int32 {
        guard remaining >= 4 else { throw short() }
        defer { position += 4 }
        return Int32(
            bitPattern: UInt32(bytes[position]) << 24 | UInt32(bytes[position + 1]) << 16 | UInt32(bytes[position + 2]) << 8 | UInt32(bytes[position + 3]))
    }

    /// A number of things of at least `size` bytes each: more than the message can hold is an error at once.
    mutating func count(ofAtLeast size: Int) throws(ProtocolError) -> Int {
        let count = Int(UInt16(bitPattern: try int16()))
        guard count * size <= remaining else { throw short() }
        return count
    }

    mutating func slice(_ length: Int) throws(ProtocolError) -> ArraySlice<UInt8> {
        guard length >= 0, remaining >= length else { throw short() }
        defer { position += length }
        return bytes[position..<position + length]
    }

    /// A text up to its zero byte.
    mutating func string() throws(ProtocolError) -> String {
        guard let zero = bytes[position..<end].firstIndex(of: 0) else { throw ProtocolError(message: "invalid string in message") }
        defer { position = zero + 1 }
        guard let text = String(validating: bytes[position..<zero], as: UTF8.self) else {
            throw ProtocolError(message: "invalid byte sequence for encoding \"UTF8\"", sqlState: "22021")
        }
        return text
    }

    mutating func rest() -> [UInt8] {
        defer { position = end }
        return [UInt8](bytes[position..<end])
    }
}
