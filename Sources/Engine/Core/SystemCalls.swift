// Functions of the C library whose names our own types hide.
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// `close(2)`.
func closeDescriptor(_ descriptor: Int32) { _ = close(descriptor) }
