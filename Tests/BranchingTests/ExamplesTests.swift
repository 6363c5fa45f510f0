#if canImport(Examples)
import Examples
import Testing

@Suite struct ExamplesTests {
    @Test func theQuickStartDoesTheWholeJob() async throws {
        #expect(try await quickStart(path: ":memory:") == ["Ann", "Robert"])
    }
}
#endif
