import Glibc

/// The entry of libFuzzer for SQLite's format: BRANCHLITE_FUZZ_TARGET names one of `SQLiteFuzzTargets`.
private let target: @Sendable ([UInt8]) -> Void = {
    let name = getenv("BRANCHLITE_FUZZ_TARGET").map { String(cString: $0) } ?? "pages"
    guard let found = SQLiteFuzzTargets.all.first(where: { $0.name == name }) else {
        print("no target '\(name)': \(SQLiteFuzzTargets.all.map(\.name))")
        exit(64)
    }
    return found.run
}()

@_cdecl("LLVMFuzzerTestOneInput") public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    target(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}
