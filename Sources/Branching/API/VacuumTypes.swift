/// Arguments of a vacuum.
public struct VacuumRequest: Sendable, Codable, Hashable {
    /// Compact this branch only; nil: every branch of which a good part is free pages.
    public var branch: String?
    /// Drop older versions too (not discarded branches): what large deletes freed is kept by them for a while.
    public var dropHistory: Bool

    public init(branch: String? = nil, dropHistory: Bool = false) {
        self.branch = branch
        self.dropHistory = dropHistory
    }

    enum CodingKeys: String, CodingKey {
        case branch
        case dropHistory = "drop_history"
    }
}

/// What a vacuum did.
public struct VacuumResult: Sendable, Codable, Hashable {
    /// Bytes of the store's file.
    public var bytesBefore: UInt64
    public var bytesAfter: UInt64
    /// Free pages that branches gave back.
    public var freedPages: Int
    /// Pages of the file that were moved towards its front.
    public var movedPages: Int
    /// Bytes that older versions and discarded branches still hold.
    public var historyBytes: UInt64
    /// False if sessions that read or write without a pause kept it from moving all there was to move.
    public var complete: Bool

    enum CodingKeys: String, CodingKey {
        case complete
        case bytesBefore = "bytes_before"
        case bytesAfter = "bytes_after"
        case freedPages = "freed_pages"
        case movedPages = "moved_pages"
        case historyBytes = "history_bytes"
    }

    public init(bytesBefore: UInt64, bytesAfter: UInt64, freedPages: Int, movedPages: Int, historyBytes: UInt64, complete: Bool) {
        self.bytesBefore = bytesBefore
        self.bytesAfter = bytesAfter
        self.freedPages = freedPages
        self.movedPages = movedPages
        self.historyBytes = historyBytes
        self.complete = complete
    }
}
