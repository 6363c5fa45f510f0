import Testing
@testable import SQLDialect
