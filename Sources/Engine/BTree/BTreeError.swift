import PageStore

/// What can be wrong with a database image read page by page.
public enum BTreeError: Error, Sendable, Equatable {
    /// The bytes of `page` are not what SQLite's file format allows; `detail` says what is wrong.
    case corrupt(page: PageNumber, detail: String)
    /// The store below could not read a page: an I/O error, or a checksum that does not fit.
    case store(StoreError)
    /// The page could not be read at all.
    case unreadable(page: PageNumber, detail: String)
    /// The database keeps its text in an encoding other than UTF-8.
    case unsupportedTextEncoding(String)
    /// The two trees are of different kinds or have differently ordered keys, so their rows cannot be matched by key.
    case incomparable(detail: String)

    /// The stable code of the error.
    public var code: String {
        switch self {
        case .corrupt: "BL_CORRUPT"
        case .store(let error): error.code
        case .unreadable: "BL_IO"
        case .unsupportedTextEncoding: "BL_UNSUPPORTED"
        case .incomparable: "BL_INCOMPARABLE"
        }
    }

    /// A sentence that names the page or the thing that is wrong.
    public var message: String {
        switch self {
        case .corrupt(let page, let detail): "Database page \(page) is corrupt: \(detail)"
        case .store(let error): error.message
        case .unreadable(let page, let detail): "Database page \(page) cannot be read: \(detail)"
        case .unsupportedTextEncoding(let name):
            "The database stores text as \(name); only UTF-8 databases can be compared"
        case .incomparable(let detail): "The tables cannot be compared row by row: \(detail)"
        }
    }
}

extension BTreeError: CustomStringConvertible {
    public var description: String { "\(code): \(message)" }
}
