import Branching
import NIOCore

/// Frames of the local socket: four bytes of length, most significant first, then that many bytes of JSON.
struct FrameDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    /// A longer frame ends the connection.
    static let maximumBytes = 1 << 30
    private static let headerBytes = 4

    struct TooLong: Error {}

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self).map(Int.init) else { return .needMoreData }
        guard length <= Self.maximumBytes else { throw TooLong() }
        guard buffer.readableBytes >= Self.headerBytes + length else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: Self.headerBytes)
        guard let frame = buffer.readSlice(length: length) else { return .needMoreData }
        context.fireChannelRead(wrapInboundOut(frame))
        return .continue
    }

    mutating func decodeLast(context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool) throws -> DecodingState {
        // Half a frame at the end is a peer that went away; the connection's end says so.
        .needMoreData
    }

    static func frame(_ json: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(headerBytes + json.count)
        buffer.writeInteger(UInt32(json.count))
        buffer.writeBytes(json)
        return buffer
    }
}

extension ByteBuffer {
    /// The JSON value this frame holds.
    func jsonValue() throws(JSONSyntaxError) -> JSONValue {
        try withUnsafeReadableBytes { (bytes) throws(JSONSyntaxError) -> JSONValue in
            try JSONReader.parse(bytes.bindMemory(to: UInt8.self))
        }
    }
}
