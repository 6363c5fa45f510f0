import Glibc

/// The entry of libFuzzer for the store: BRANCHLITE_FUZZ_TARGET names one of `StoreFuzzTargets`.
private let target: @Sendable ([UInt8]) -> Void = {
    let name = getenv("BRANCHLITE_FUZZ_TARGET").map { String(cString: $0) } ?? "store"
    guard let found = StoreFuzzTargets.all.first(where: { $0.name == name }) else {
        print("no target '\(name)': \(StoreFuzzTargets.all.map(\.name))")
        exit(64)
    }
    return found.run
}()

@_cdecl("LLVMFuzzerTestOneInput") public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    target(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}
