import Branching
import Engine
import SQLDialect

/// Bytes that are sent once there are this many of them.
enum Flushing {
    static let threshold = 64 * 1024
}

/// Rows on their way to the client as they are made.
final class ClientRows: RowReceiver {
    private let out: OutputBuffer
    private let client: any ClientConnection
    /// Formats as the client asked for them.
    private let formats: [ValueFormat]
    /// The columns the client has been told of; nil: they are told before the first row.
    private let described: [PortalColumn]?
    /// 0 = all.
    private let limit: Int
    private let shapes: ShapeCache
    private var encoder = RowEncoder(columns: [])
    private(set) var count = 0

    init(
        out: OutputBuffer, client: any ClientConnection, shapes: ShapeCache, formats: [ValueFormat], described: [PortalColumn]?, limit: Int = 0
    ) {
        self.shapes = shapes
        self.out = out
        self.client = client
        self.formats = formats
        self.described = described
        self.limit = limit
    }

    func begin(_ columns: [PortalColumn]) throws(EngineError) {
        if let described, !ResultShape.isSame(described, columns) { throw ResultShape.changed }
        if formats.count > 1, formats.count != columns.count {
            throw EngineError(code: "BL_PROTOCOL", message: "bind message has \(formats.count) result formats but query has \(columns.count) columns")
        }
        let shape = shapes.shape(columns, formats)
        encoder = shape.encoder
        if described == nil { out.append(shape.description) }
    }

    func take(_ statement: PreparedStatement, hasRow: Bool) throws(EngineError) -> Bool {
        var hasRow = hasRow
        while hasRow {
            let start = out.count
            do throws(EngineError) {
                try encoder.append(statement, to: out)
            } catch {
                out.truncate(to: start)
                throw error
            }
            count &+= 1
            if out.count >= Flushing.threshold { try flush() }
            if limit > 0, count >= limit { return false }
            hasRow = try statement.step()
        }
        return true
    }

    func take(_ row: [TypedValue]) throws(EngineError) {
        let start = out.count
        do throws(EngineError) {
            try encoder.append(row, to: out)
        } catch {
            out.truncate(to: start)
            throw error
        }
        count += 1
        if out.count >= Flushing.threshold { try flush() }
    }

    private func flush() throws(EngineError) {
        try client.send(out.bytes)
        out.clear()
    }
}

/// Rows kept for a portal that the client reads in parts, where they cannot be made later.
final class BufferedRows: RowReceiver {
    /// What a portal may keep, by an estimate of its values' sizes.
    static let byteLimit = 256 << 20
    private static let bytesOfValue = 24

    private var columns: [PortalColumn] = []
    private var rows: [[TypedValue]] = []
    private var bytes = 0
    private var next = 0

    var isAtEnd: Bool { next >= rows.count }

    func begin(_ columns: [PortalColumn]) { self.columns = columns }

    func take(_ statement: PreparedStatement, hasRow: Bool) throws(EngineError) -> Bool {
        var hasRow = hasRow
        while hasRow {
            try take(columns.indices.map { Value(stored: statement.value($0), type: columns[$0].type) })
            hasRow = try statement.step()
        }
        return true
    }

    func take(_ row: [TypedValue]) throws(EngineError) {
        rows.append(row)
        for value in row {
            bytes += BufferedRows.bytesOfValue
            switch value {
            case .text(let text), .json(let text), .uuid(let text): bytes += text.utf8.count
            case .blob(let content): bytes += content.count
            default: break
            }
        }
        if bytes > BufferedRows.byteLimit {
            throw EngineError(
                code: "BL_RESULT_TOO_LARGE", message: "a result that is read in parts inside a writing transaction may have \(BufferedRows.byteLimit >> 20) MB",
                hint: "read it without a row limit, or outside the transaction")
        }
    }

    /// Hands up to `limit` rows (0 = all) on.
    func deliver(_ limit: Int, to receiver: any RowReceiver) throws(EngineError) -> Int {
        try receiver.begin(columns)
        let end = limit == 0 ? rows.count : min(rows.count, next + limit)
        let start = next
        while next < end {
            try receiver.take(rows[next])
            rows[next] = []
            next += 1
        }
        return end - start
    }
}

/// Rows that are passed over: MOVE.
final class SkippedRows: RowReceiver {
    /// 0 = all.
    private let limit: Int
    private(set) var count = 0

    init(limit: Int) { self.limit = limit }

    func begin(_ columns: [PortalColumn]) {}

    func take(_ statement: PreparedStatement, hasRow: Bool) throws(EngineError) -> Bool {
        var hasRow = hasRow
        while hasRow {
            count += 1
            if limit > 0, count >= limit { return false }
            hasRow = try statement.step()
        }
        return true
    }

    func take(_ row: [TypedValue]) { count += 1 }
}

/// What a client knows of a result.
enum ResultShape {
    static func encoder(_ columns: [PortalColumn], _ formats: [ValueFormat]) -> RowEncoder {
        RowEncoder(
            columns: columns.enumerated().map { ColumnEncoder($1, ValueFormat.of($0, in: formats)) })
    }

    static func fields(_ columns: [PortalColumn], _ formats: [ValueFormat]) -> [FieldDescription] {
        columns.enumerated().map { ColumnEncoder.field($1, ValueFormat.of($0, in: formats)) }
    }

    static func isSame(_ described: [PortalColumn], _ columns: [PortalColumn]) -> Bool {
        if described == columns { return true }
        return described.count == columns.count && zip(described, columns).allSatisfy { $0.type == $1.type && $0.name == $1.name }
    }

    static let changed = EngineError(
        code: "BL_RESULT_CHANGED", message: "cached plan must not change result type", hint: "prepare the statement again")
}

/// Encoders and row descriptions of results that a connection has had lately. Confined to its conversation.
final class ShapeCache {
    struct Shape {
        let columns: [PortalColumn]
        let formats: [ValueFormat]
        let encoder: RowEncoder
        /// The RowDescription message.
        let description: [UInt8]
    }

    private static let capacity = 16
    private var shapes: [Shape] = []
    private var next = 0

    func shape(_ columns: [PortalColumn], _ formats: [ValueFormat]) -> Shape {
        // A kept plan gives the same array each time; comparing two different ones ends at the first column, as a rule.
        for shape in shapes where shape.columns == columns && shape.formats == formats { return shape }
        let scratch = OutputBuffer(capacity: 512)
        scratch.rowDescription(ResultShape.fields(columns, formats))
        let made = Shape(columns: columns, formats: formats, encoder: ResultShape.encoder(columns, formats), description: [UInt8](scratch.bytes))
        if shapes.count < ShapeCache.capacity {
            shapes.append(made)
        } else {
            shapes[next] = made
            next = (next + 1) % ShapeCache.capacity
        }
        return made
    }
}
