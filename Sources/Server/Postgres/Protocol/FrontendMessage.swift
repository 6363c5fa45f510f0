/// What a client sends (https://www.postgresql.org/docs/15/protocol-message-formats.html).
enum FrontendMessage: Equatable {
    // Before the session begins: messages without a type byte.
    case startup(Startup)
    case tlsRequest
    /// GSSAPI encryption, which is never granted.
    case gssRequest
    case cancel(CancelKey)

    /// Simple query.
    case query(String)
    case parse(Parse)
    case bind(Bind)
    case describe(Target, name: String)
    /// `maximumRows`: 0 = all.
    case execute(portal: String, maximumRows: Int)
    case close(Target, name: String)
    case sync
    case flush
    case copyData([UInt8])
    case copyDone
    case copyFail(String)
    /// A password or a SASL message: which, the state of the conversation says.
    case authentication([UInt8])
    case functionCall
    case terminate

    struct Startup: Equatable {
        var major: Int
        var minor: Int
        var parameters: [Parameter]

        struct Parameter: Equatable {
            var name: String
            var value: String
        }

        subscript(name: String) -> String? { parameters.last { $0.name == name }?.value }
    }

    struct Parse: Equatable {
        var name: String
        var sql: String
        /// 0 = the server is to find out.
        var parameterTypes: [UInt32]
    }

    struct Bind: Equatable {
        var portal: String
        var statement: String
        var parameterFormats: [ValueFormat]
        /// nil = NULL.
        var parameters: [ArraySlice<UInt8>?]
        var resultFormats: [ValueFormat]
    }

    /// What Describe and Close are about.
    enum Target: UInt8 {
        case statement = 0x53 // S
        case portal = 0x50 // P
    }
}

/// How a value is written.
enum ValueFormat: Int16 {
    case text = 0
    case binary = 1

    /// The format of one of several values: none given = text, one given = for all.
    static func of(_ index: Int, in formats: [ValueFormat]) -> ValueFormat {
        switch formats.count {
        case 0: .text
        case 1: formats[0]
        default: index < formats.count ? formats[index] : .text
        }
    }
}

/// What a client must show to cancel the statement of another connection.
struct CancelKey: Hashable, Sendable {
    var processID: Int32
    var secret: Int32
}
