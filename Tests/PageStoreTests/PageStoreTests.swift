import Testing
@testable import PageStore
