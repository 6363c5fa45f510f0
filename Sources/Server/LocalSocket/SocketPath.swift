import Branching
import Crypto
import Foundation

/// Where a store's owner listens: `STORE.sock` beside the store.
struct SocketPath: Sendable, Hashable {
    /// The directory the socket is in.
    let directory: String
    /// The socket's name there.
    let name: String

    /// Bytes a socket address holds, less its terminating zero (`sun_path`).
    private static let addressCapacity = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// File names may not be longer than this.
    private static let maximumNameBytes = 255

    init(storePath: String) {
        let url = URL(fileURLWithPath: storePath).standardizedFileURL
        directory = url.deletingLastPathComponent().path
        let plain = url.lastPathComponent + ".sock"
        // `/proc/self/fd/N/` and the name must fit the address when the whole path does not (see `withAddress`); leave room for
        // the marks of a name under construction too.
        let room = Self.addressCapacity - Self.procPrefix.utf8.count - 24
        if plain.utf8.count <= room {
            name = plain
        } else {
            let digest = SHA256.hash(data: Data(plain.utf8)).prefix(8).map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
            name = ".branchlite-\(digest).sock"
        }
    }

    private init(directory: String, name: String) {
        self.directory = directory
        self.name = name
    }

    private static let procPrefix = "/proc/self/fd/"

    var path: String { directory == "/" ? "/" + name : directory + "/" + name }

    /// Gives `body` a socket address for this path.
    ///
    /// A path that is too long for an address is reached through the directory's descriptor, which has a short name in `/proc`.
    private func withAddress<Value>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(BranchLiteError) -> Value
    ) throws(BranchLiteError) -> Value {
        var text = path
        var descriptor: Int32 = -1
        if text.utf8.count > Self.addressCapacity {
            descriptor = Foundation.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else { throw Self.failure("open the directory '\(directory)'") }
            text = "\(Self.procPrefix)\(descriptor)/\(name)"
        }
        defer { if descriptor >= 0 { Foundation.close(descriptor) } }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.addressCapacity else {
            throw BranchLiteError("BL_SOCKET_PATH", "the socket path '\(path)' is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        // The closure below may not throw a typed error through the pointer helpers, so the result travels beside it.
        var outcome: Result<Value, BranchLiteError>?
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                do throws(BranchLiteError) {
                    outcome = .success(try body(rebound, socklen_t(MemoryLayout<sockaddr_un>.size)))
                } catch {
                    outcome = .failure(error)
                }
            }
        }
        guard let outcome else { throw BranchLiteError("BL_INTERNAL", "no socket address was made") }
        return try outcome.get()
    }

    private static func failure(_ what: String) -> BranchLiteError {
        let number = errno
        return BranchLiteError("BL_SOCKET", "cannot \(what): \(String(cString: strerror(number)))", details: ["errno": .integer(Int64(number))])
    }

    private static func newSocket() throws(BranchLiteError) -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure("make a socket") }
        return descriptor
    }

    /// A bound socket that only this user can reach. Only the holder of the store's lock may call this: whatever socket an earlier
    /// owner left behind is replaced.
    func bind() throws(BranchLiteError) -> Int32 {
        let descriptor = try Self.newSocket()
        do throws(BranchLiteError) {
            // The mode is set before the name exists, and the name appears by a rename: nobody can meet the socket half made, and a
            // leftover is replaced in the same step.
            guard fchmod(descriptor, S_IRUSR | S_IWUSR) == 0 else { throw Self.failure("set the mode of a socket") }
            let draft = SocketPath(directory: directory, name: "\(name).\(getpid())")
            unlink(draft.path)
            try draft.withAddress { (address, length) throws(BranchLiteError) in
                guard Foundation.bind(descriptor, address, length) == 0 else { throw Self.failure("make the socket '\(draft.path)'") }
            }
            guard chmod(draft.path, S_IRUSR | S_IWUSR) == 0, rename(draft.path, path) == 0 else {
                let error = Self.failure("make the socket '\(path)'")
                unlink(draft.path)
                throw error
            }
            return descriptor
        } catch {
            Foundation.close(descriptor)
            throw error
        }
    }

    func remove() { unlink(path) }

    /// A connected socket; nil when nobody listens there.
    func connect() throws(BranchLiteError) -> Int32? {
        let descriptor = try Self.newSocket()
        do throws(BranchLiteError) {
            let isConnected = try withAddress { (address, length) throws(BranchLiteError) -> Bool in
                while Foundation.connect(descriptor, address, length) != 0 {
                    switch errno {
                    case EINTR: continue
                    case ENOENT, ECONNREFUSED, ENOTDIR: return false
                    default: throw Self.failure("connect to '\(path)'")
                    }
                }
                return true
            }
            if isConnected { return descriptor }
            Foundation.close(descriptor)
            return nil
        } catch {
            Foundation.close(descriptor)
            throw error
        }
    }
}
