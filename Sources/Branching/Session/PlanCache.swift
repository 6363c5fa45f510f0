import PageStore
import SQLDialect

/// A session's parsed texts and lowered statements. Confined to its session.
struct PlanCache {
    /// Statements that are kept; beyond it the cache starts anew, which costs each statement one more parse.
    static let capacity = 256
    /// Longer texts are not worth the memory.
    static let longestText = 16 * 1024

    /// What a lowered statement hangs on besides the schemas.
    struct Key: Hashable {
        var text: ExactText
        var index: UInt32
        var branch: BranchID
        var dialect: Dialect
        /// As the caller gave them.
        var parameterTypes: [DuckType?] = []
    }

    struct Plan {
        var lowered: LoweredStatement
        var dependencies: SessionCatalog.Dependencies
        var namesEpoch: UInt64
        let shape = Shape()
    }

    /// What a plan's result looks like, worked out once. Confined to the session.
    final class Shape {
        var columns: [PortalColumn]?
    }

    private struct TextKey: Hashable {
        var text: ExactText
        var dialect: Dialect
    }

    private var texts: [TextKey: [ParsedStatement]] = [:]
    private var plans: [Key: Plan] = [:]

    func parsed(_ text: String, _ dialect: Dialect) -> [ParsedStatement]? { texts[TextKey(text: ExactText(text), dialect: dialect)] }

    mutating func keep(_ statements: [ParsedStatement], of text: String, _ dialect: Dialect) {
        guard text.utf8.count <= PlanCache.longestText else { return }
        if texts.count >= PlanCache.capacity { texts.removeAll(keepingCapacity: true) }
        texts[TextKey(text: ExactText(text), dialect: dialect)] = statements
    }

    subscript(key: Key) -> Plan? { plans[key] }

    mutating func keep(_ plan: Plan, for key: Key) {
        guard key.text.text.utf8.count <= PlanCache.longestText else { return }
        if plans.count >= PlanCache.capacity { plans.removeAll(keepingCapacity: true) }
        plans[key] = plan
    }

    mutating func remove(_ key: Key) { plans[key] = nil }

    mutating func removeAll() {
        texts = [:]
        plans = [:]
    }
}
