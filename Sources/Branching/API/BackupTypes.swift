/// Arguments of a backup.
public struct BackupRequest: Sendable, Codable, Hashable {
    /// The file to write; it must not exist.
    public var path: String
    /// An earlier backup of the store: page images that have not changed since are taken from it instead of read from the store.
    /// The new backup is whole all the same.
    public var since: String?

    public init(path: String, since: String? = nil) {
        self.path = path
        self.since = since
    }
}

/// What a backup copied, in bytes.
public struct BackupResult: Sendable, Codable, Hashable {
    public var path: String
    /// What the store had in use at that moment.
    public var bytes: UInt64
    /// What was read from the store.
    public var copiedBytes: UInt64
    /// What was taken from the earlier backup.
    public var reusedBytes: UInt64

    enum CodingKeys: String, CodingKey {
        case path, bytes
        case copiedBytes = "copied_bytes"
        case reusedBytes = "reused_bytes"
    }

    public init(path: String, bytes: UInt64, copiedBytes: UInt64, reusedBytes: UInt64) {
        self.path = path
        self.bytes = bytes
        self.copiedBytes = copiedBytes
        self.reusedBytes = reusedBytes
    }
}

extension BranchService {
    /// A consistent copy of the whole store while writers go on.
    /// - Parameter earlier: an earlier backup, from which unchanged page images are taken.
    @discardableResult
    public func backup(to path: String, since earlier: String? = nil) async throws(BranchLiteError) -> BackupResult {
        try await backup(BackupRequest(path: path, since: earlier))
    }
}
