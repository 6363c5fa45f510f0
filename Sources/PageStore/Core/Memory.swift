import Glibc

/// Raw memory by the system's allocator, aligned for any basic type: cheaper than Swift's, which asks for an alignment each time.
enum Memory {
    @inline(__always) static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        guard let memory = malloc(max(bytes, 1)) else { preconditionFailure("out of memory") }
        return memory
    }

    @inline(__always) static func release(_ memory: UnsafeMutableRawPointer) { free(memory) }
}
