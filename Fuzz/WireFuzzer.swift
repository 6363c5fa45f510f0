/// The entry of libFuzzer for the PostgreSQL protocol.
@_cdecl("LLVMFuzzerTestOneInput") public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    WireFuzzTarget.run(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}
