import SQLDialect
import Testing

@testable import Engine
@testable import SQLDialect

/// The binder's catalog and the registry are two rooms' halves of one thing: what the one lowers to, the other must have.
@Suite struct FunctionsCatalogTests {
    @Test func everythingTheBinderCallsIsThere() {
        let integers = CastType.allCases.filter(\.isInteger).map(\.word)
        let moments = ["date", "timestamp", "timestamptz"]
        var checked = 0
        for line in ScalarFunctionTable.lines + AggregateFunctionTable.lines {
            guard let name = line.split(separator: " ").last.map(String.init), name.hasPrefix("bl_") else { continue }
            let expanded = name.contains("{w}") ? integers.map { name.replacing("{w}", with: $0) }
                : name.contains("{t}") ? moments.map { name.replacing("{t}", with: $0) } : [name]
            for name in expanded {
                checked += 1
                #expect(FunctionRegistry.contains(name), "\(name), from: \(line)")
            }
        }
        #expect(checked > 200)
    }
}
