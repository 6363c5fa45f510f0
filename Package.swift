// swift-tools-version: 6.1
import Foundation
import PackageDescription

// BRANCHLITE_LIBRARY_ONLY=1 leaves out the doors and the executable, and with them every dependency:
// embedding the library needs neither SwiftNIO nor Hummingbird, and this is how CI proves it.
let libraryOnly = ProcessInfo.processInfo.environment["BRANCHLITE_LIBRARY_ONLY"] == "1"

let strict: [SwiftSetting] = [.swiftLanguageMode(.v6)]

var products: [Product] = [
    .library(name: "BranchLite", targets: ["Branching"]),
    .library(name: "BranchLiteEngine", targets: ["Engine"]),
]

var targets: [Target] = [
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .target(name: "PageStore", swiftSettings: strict),
    .target(name: "SQLDialect", swiftSettings: strict),
    .target(name: "Engine", dependencies: ["PageStore", "SQLDialect", "CSQLite"], swiftSettings: strict),
    .target(name: "Branching", dependencies: ["Engine", "SQLDialect", "PageStore"], swiftSettings: strict),
    .testTarget(name: "PageStoreTests", dependencies: ["PageStore"], swiftSettings: strict),
    .testTarget(name: "SQLDialectTests", dependencies: ["SQLDialect"], swiftSettings: strict),
    .testTarget(name: "EngineTests", dependencies: ["Engine", "PageStore", "SQLDialect", "CSQLite"], swiftSettings: strict),
    .target(name: "Examples", dependencies: ["Branching"], path: "Examples/Sources", swiftSettings: strict),
    .testTarget(name: "BranchingTests", dependencies: ["Branching", "Engine", "Examples", "CSQLite"], swiftSettings: strict),
]

var dependencies: [Package.Dependency] = []

if !libraryOnly {
    products.append(.executable(name: "branchlite", targets: ["branchlite"]))
    products.append(.executable(name: "BranchLiteBench", targets: ["BranchLiteBench"]))
    dependencies += [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.5.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.12.0" ..< "5.0.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.20.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.8.0"),
    ]
    targets += [
        .systemLibrary(name: "CPolling"),
        .target(
            name: "Server",
            dependencies: [
                "Branching", "Engine", "SQLDialect", "CPolling",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "branchlite",
            dependencies: [
                "CSQLite",
                "Server",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ServerTests",
            dependencies: ["Server", .product(name: "HummingbirdTesting", package: "hummingbird")],
            swiftSettings: strict
        ),
        .testTarget(name: "CommandTests", dependencies: ["branchlite"], swiftSettings: strict),
        .executableTarget(
            name: "BranchLiteBench",
            dependencies: ["Branching", "Engine", "PageStore", "CSQLite"],
            path: "Benchmarks/BranchLiteBench",
            swiftSettings: strict
        ),
    ]
}

let package = Package(name: "BranchLite", products: products, dependencies: dependencies, targets: targets)
