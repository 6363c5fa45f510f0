/// Everything that can go wrong in the store. Each case has a stable `code`.
public enum StoreError: Error, Sendable, Equatable {
    /// A system call failed: the error number and what was being done.
    case io(errno: Int32, operation: String)
    /// No room for the commit and the reserve that checkpoint and recovery need. Nothing was changed.
    case diskFull
    /// Another process owns the store; 0 where its process id is not known.
    case locked(pid: Int32)
    /// The file does not begin as a store does.
    case notAStore(path: String)
    /// The file was made by a program that knows a newer format, or with features this one lacks.
    case formatVersion(found: UInt32, supported: UInt32)
    /// What was read is not what was written.
    case corrupt(branch: BranchID?, page: PageNumber?, slot: UInt64?, detail: String)
    /// A sync failed earlier: what is on the disk is unknown until the store is opened again.
    case poisoned(detail: String)
    case noSuchFile(path: String)
    case noSuchBranch(BranchID)
    case noSuchVersion(VersionID)
    case branchExists(BranchID)
    /// The branch's head is not the version the transaction or head move started from.
    case staleHead(branch: BranchID, expected: VersionID, found: VersionID)
    /// Another writer held the branch until the timeout passed or the wait was cancelled.
    case writerBusy(BranchID)
    case readOnly
    case closed
    /// An argument the store cannot take: what and why.
    case invalidArgument(String)

    /// Stable machine-readable code.
    public var code: String {
        switch self {
        case .io: return "BL_IO"
        case .diskFull: return "BL_DISK_FULL"
        case .locked: return "BL_STORE_LOCKED"
        case .notAStore: return "BL_NOT_A_STORE"
        case .formatVersion: return "BL_FORMAT_VERSION"
        case .corrupt: return "BL_CORRUPT"
        case .poisoned: return "BL_POISONED"
        case .noSuchFile: return "BL_NO_SUCH_STORE"
        case .noSuchBranch: return "BL_NO_SUCH_BRANCH"
        case .noSuchVersion: return "BL_NO_SUCH_VERSION"
        case .branchExists: return "BL_BRANCH_EXISTS"
        case .staleHead: return "BL_STALE_SNAPSHOT"
        case .writerBusy: return "BL_WRITER_BUSY"
        case .readOnly: return "BL_READ_ONLY"
        case .closed: return "BL_CLOSED"
        case .invalidArgument: return "BL_INVALID_ARGUMENT"
        }
    }

    /// A sentence that names the thing.
    public var message: String {
        switch self {
        case .io(let number, let operation): return "\(operation) failed: \(errorText(number)) (errno \(number))"
        case .diskFull: return "the disk (or the store's size limit) has no room for this; nothing was changed"
        case .locked(let pid): return pid > 0 ? "the store is in use by process \(pid)" : "the store is in use by another process"
        case .notAStore(let path): return "\(path) is not a BranchLite store"
        case .formatVersion(let found, let supported):
            return "the store has format \(found); this program knows formats up to \(supported)"
        case .corrupt(let branch, let page, let slot, let detail):
            var place: [String] = []
            if let branch { place.append("branch \(branch.hex)") }
            if let page { place.append("page \(page)") }
            if let slot { place.append("slot \(slot)") }
            return place.isEmpty ? "the store is damaged: \(detail)" : "the store is damaged (\(place.joined(separator: ", "))): \(detail)"
        case .poisoned(let detail): return "the store must be reopened: an earlier write could not be made durable (\(detail))"
        case .noSuchFile(let path): return "there is no store at \(path)"
        case .noSuchBranch(let id): return "there is no branch \(id.hex)"
        case .noSuchVersion(let id): return "there is no version \(id.rawValue) (any more)"
        case .branchExists(let id): return "branch \(id.hex) exists already"
        case .staleHead(let branch, let expected, let found):
            return "branch \(branch.hex) has moved on from version \(expected.rawValue) to \(found.rawValue)"
        case .writerBusy(let id): return "another writer holds branch \(id.hex)"
        case .readOnly: return "the store is open for reading only"
        case .closed: return "the store is closed"
        case .invalidArgument(let text): return text
        }
    }

    /// What to do about it, where there is something.
    public var hint: String? {
        switch self {
        case .diskFull: return "free some space, discard branches or raise the store's size limit, then try again"
        case .locked: return "work through that process, or open the store read-only"
        case .staleHead: return "read again and retry"
        case .writerBusy: return "retry, or wait longer"
        case .poisoned: return "close the store and open it again; recovery keeps all that was acknowledged"
        case .corrupt: return "run check, and restore from a backup what it names"
        case .formatVersion: return "use a newer version of the program"
        default: return nil
        }
    }
}

extension StoreError: CustomStringConvertible {
    public var description: String { "\(code): \(message)" }
}
