import Glibc

/// Copying between two files at the same place.
enum FileCopy {
    /// Throws `corrupt` if the source ends before, `diskFull`, `io`.
    static func copy(from source: any StoreFile, to target: any StoreFile, at offset: UInt64, count: Int) throws(StoreError) {
        let done = copyInside(source.descriptor, target.descriptor, at: offset, count: count)
        if done == count { return }
        var bytes = [UInt8](repeating: 0, count: count - done)
        let position = offset + UInt64(done)
        guard try PageIO.read(source, at: position, into: &bytes) == bytes.count else {
            throw .corrupt(branch: nil, page: nil, slot: nil, detail: "the file ends before offset \(position + UInt64(bytes.count))")
        }
        try PageIO(file: target, pageSize: StoreLimits.minimumPageSize).write(at: position, bytes)
    }

    private typealias Call = @convention(c) (
        Int32, UnsafeMutablePointer<Int64>?, Int32, UnsafeMutablePointer<Int64>?, Int, UInt32
    ) -> Int

    /// `copy_file_range`, which the headers hide from Swift; nil on a system that does not have it.
    private static let call: Call? = dlsym(nil, "copy_file_range").map { unsafeBitCast($0, to: Call.self) }

    /// Lets the operating system copy as much as it will; returns how much that was. What it does not do, for whatever reason, the
    /// caller does, and meets the error there.
    private static func copyInside(_ source: Int32, _ target: Int32, at offset: UInt64, count: Int) -> Int {
        guard let call, source >= 0, target >= 0 else { return 0 }
        var done = 0
        while done < count {
            var from = Int64(offset) + Int64(done)
            var to = from
            let n = call(source, &from, target, &to, count - done, 0)
            if n < 0, errno == EINTR { continue }
            if n <= 0 { break }
            done += n
        }
        return done
    }
}
