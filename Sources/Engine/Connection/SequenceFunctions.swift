import CSQLite

/// One value asked of a sequence: under which key its state is kept, and how its values follow each other.
public struct SequenceStep: Sendable, Hashable {
    public var key: String
    public var start: Int64
    public var increment: Int64
    public var minimum: Int64
    public var maximum: Int64
    public var cycles: Bool
}

/// Where sequences get and keep their values: they do not stand in the branch's pages. A session is named by a text that
/// the statement brings along; nil in a default that SQLite evaluates by itself.
public protocol SequenceSource: Sendable {
    func next(_ step: SequenceStep, session: String?) throws(EngineError) -> Int64
    /// What `next` gave last to the session; nil before the first.
    func current(_ key: String, session: String?) -> Int64?
    /// What the session took last from any sequence.
    func last(session: String?) -> Int64?
    func set(_ key: String, to value: Int64, isCalled: Bool, increment: Int64, session: String?) throws(EngineError)
    /// Notes what the session took of another numbering.
    func note(_ value: Int64, of key: String, session: String?)
    /// Where the sequence stands; nil before its first value.
    func state(_ key: String, session: String?) -> (value: Int64, isCalled: Bool)?
    func move(_ key: String, to new: String, session: String?) throws(EngineError)
}

/// Registers the functions of sequences on connections: `bl_nextval`, `bl_setval`, `bl_currval`, `bl_lastval`, `bl_noted`,
/// `bl_sequence_last`, `bl_sequence_called`, `bl_sequence_moved`.
public enum SequenceFunctions {
    public static func register(_ source: any SequenceSource, on database: OpaquePointer) throws(EngineError) {
        for (name, count, body) in functions {
            let box = Unmanaged.passRetained(SequenceFunctionBox(source: source, body: body))
            let code = sqlite3_create_function_v2(
                database, name, count, SQLITE_UTF8, box.toOpaque(),
                { context, count, arguments in
                    guard let context, let data = sqlite3_user_data(context) else { return }
                    Unmanaged<SequenceFunctionBox>.fromOpaque(data).takeUnretainedValue().run(context, SequenceArguments(count: Int(count), values: arguments))
                }, nil, nil,
                { data in if let data { Unmanaged<SequenceFunctionBox>.fromOpaque(data).release() } })
            if code != SQLITE_OK { throw EngineError(result: code, database: database) }
        }
    }

    fileprivate typealias Body = @Sendable (any SequenceSource, SequenceArguments) throws(EngineError) -> Int64?

    /// Each with its number of arguments. The first argument is the session.
    private static let functions: [(String, Int32, Body)] = [
        ("bl_nextval", 7, { (source, arguments) throws(EngineError) in
            try source.next(
                SequenceStep(
                    key: arguments.text(1) ?? "", start: arguments.integer(2), increment: arguments.integer(3), minimum: arguments.integer(4),
                    maximum: arguments.integer(5), cycles: arguments.integer(6) != 0), session: arguments.text(0))
        }),
        ("bl_setval", 5, { (source, arguments) throws(EngineError) in
            guard !arguments.isNull(2), !arguments.isNull(3) else { return nil }
            try source.set(
                arguments.text(1) ?? "", to: arguments.integer(2), isCalled: arguments.integer(3) != 0, increment: arguments.integer(4), session: arguments.text(0))
            return arguments.integer(2)
        }),
        ("bl_currval", 2, { (source, arguments) throws(EngineError) in
            let key = arguments.text(1) ?? ""
            if let value = source.current(key, session: arguments.text(0)) { return value }
            throw EngineError(code: "BL_SEQUENCE_NOT_USED", message: "currval of sequence \"\(key.split(separator: "/", maxSplits: 1).last ?? "")\" is not yet defined in this session")
        }),
        ("bl_lastval", 1, { (source, arguments) throws(EngineError) in
            if let value = source.last(session: arguments.text(0)) { return value }
            throw EngineError(code: "BL_SEQUENCE_NOT_USED", message: "lastval is not yet defined in this session")
        }),
        ("bl_noted", 3, { (source, arguments) throws(EngineError) in
            source.note(arguments.integer(2), of: arguments.text(1) ?? "", session: arguments.text(0))
            return arguments.integer(2)
        }),
        ("bl_sequence_last", 3, { (source, arguments) throws(EngineError) in
            source.state(arguments.text(1) ?? "", session: arguments.text(0))?.value ?? arguments.integer(2)
        }),
        ("bl_sequence_called", 2, { (source, arguments) throws(EngineError) in
            source.state(arguments.text(1) ?? "", session: arguments.text(0))?.isCalled == true ? 1 : 0
        }),
        ("bl_sequence_moved", 3, { (source, arguments) throws(EngineError) in
            try source.move(arguments.text(1) ?? "", to: arguments.text(2) ?? "", session: arguments.text(0))
            return nil
        }),
    ]
}

/// The arguments of one call.
private struct SequenceArguments {
    let count: Int
    let values: UnsafeMutablePointer<OpaquePointer?>?

    private subscript(_ index: Int) -> OpaquePointer? { index < count ? values?[index] : nil }

    func isNull(_ index: Int) -> Bool { self[index].map { sqlite3_value_type($0) == SQLITE_NULL } ?? true }
    func integer(_ index: Int) -> Int64 { self[index].map { sqlite3_value_int64($0) } ?? 0 }
    func text(_ index: Int) -> String? { isNull(index) ? nil : self[index].flatMap { sqlite3_value_text($0) }.map { String(cString: $0) } }
}

private final class SequenceFunctionBox {
    let source: any SequenceSource
    let body: SequenceFunctions.Body

    init(source: any SequenceSource, body: @escaping SequenceFunctions.Body) {
        self.source = source
        self.body = body
    }

    func run(_ context: OpaquePointer, _ arguments: SequenceArguments) {
        do throws(EngineError) {
            if let value = try body(source, arguments) { sqlite3_result_int64(context, value) } else { sqlite3_result_null(context) }
        } catch {
            sqlite3_result_error(context, "\(error.code): \(error.message)", -1)
        }
    }
}
