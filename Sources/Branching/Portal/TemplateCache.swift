import PageStore
import SQLDialect

/// A statement whose literals have become parameters, ready to run.
public struct TemplatedStatement: Sendable {
    public let text: StatementText
    public let values: [TypedValue]
    public let types: [DuckType]
}

/// Templates that a session has met. Confined to it.
struct TemplateCache {
    static let capacity = 256

    struct Entry {
        let text: StatementText
        /// The types of the literals' places; nil: it is to be run as it was written.
        let types: [DuckType]?
        let branch: BranchID
        /// What the types were found with: they hold while it stands.
        let plan: PlanCache.Plan?
    }

    private var entries: [ExactText: Entry] = [:]

    subscript(text: String) -> Entry? { entries[ExactText(text)] }

    mutating func keep(_ entry: Entry, for text: String) {
        if entries.count >= TemplateCache.capacity { entries.removeAll(keepingCapacity: true) }
        entries[ExactText(text)] = entry
    }

    mutating func removeAll() { entries = [:] }
}

extension StatementSession {
    /// The statement of a text with its literals as parameters, where that is known to mean the same; nil: take it as it is.
    public func template(_ sql: String) -> TemplatedStatement? { core.template(sql) }
}

extension SessionCore {
    func template(_ sql: String) -> TemplatedStatement? {
        // Inside a transaction that has changed the schema nothing is kept.
        guard dialect == .duckdb, !isClosed, !wasExpired, let template = StatementTemplate(sql) else { return nil }
        let entry: TemplateCache.Entry
        if let known = templates[template.text], known.branch == branch, known.plan.map(stands) ?? true {
            entry = known
        } else if let made = try? learn(template) {
            entry = made
        } else {
            return nil
        }
        guard let types = entry.types, let values = template.values(as: types) else { return nil }
        return TemplatedStatement(text: entry.text, values: values, types: types)
    }

    /// Finds the types of a template's places, from the context as for parameters that a client leaves open.
    private func learn(_ template: StatementTemplate) throws(BranchLiteError) -> TemplateCache.Entry? {
        let statements = try parse(template.text)
        guard statements.count == 1 else { return nil }
        let text = StatementText(statement: statements[0], source: template.text)
        defer { finishRequest() }
        let connection = try connection(to: branch)
        parameterTypes = []
        let plan = try plan(text.statement, source: text.source, connection)
        // What cannot be kept (live branches, changed schemas) is bound anew each time anyway.
        guard plan.lowered.isCacheable, !plan.dependencies.isTransient, plan.lowered.command == nil else { return nil }
        let found = plan.lowered.parameters.map(\.type)
        let types = found.compactMap { $0 }
        let entry = TemplateCache.Entry(
            text: text, types: types.count == found.count && found.count == template.literals.count ? types : nil, branch: branch, plan: plan)
        templates.keep(entry, for: template.text)
        return entry
    }
}
