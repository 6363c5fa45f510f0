/// Which branches the oids are of that a session was given of other branches than its own and main: a program that has looked up such a
/// table by its schema's name asks on by its oid.
struct KnownObjects: Sendable {
    private var branches: [UInt32: BranchKey] = [:]
    /// Beyond it the oldest are forgotten with the others.
    private static let capacity = 50_000

    /// Notes everything of those branches.
    mutating func note(_ objects: CatalogObjects, besides own: Set<BranchKey>) {
        if branches.count > KnownObjects.capacity { branches = [:] }
        for namespace in objects.namespaces where !own.contains(namespace.branch) { branches[namespace.oid] = namespace.branch }
        for relation in objects.relations where !own.contains(relation.shown.branch) {
            let branch = relation.shown.branch
            branches[relation.oid] = branch
            for index in relation.indexes { branches[index.oid] = branch }
            for constraint in relation.constraints { branches[constraint.oid] = branch }
        }
        for sequence in objects.sequences where !own.contains(sequence.namespace.branch) { branches[sequence.oid] = sequence.namespace.branch }
    }

    /// What a statement asks for, as names of schemas of other branches that there are; empty for one that asks for none.
    func resolved(_ asked: [AskedSchema], in catalog: some Catalog, besides own: Set<BranchKey>) throws(SQLError) -> [AskedSchema] {
        var found: [AskedSchema] = []
        for item in asked {
            var meant: [BranchKey] = []
            if case .object(let expression) = item {
                guard !branches.isEmpty, let oid = try number(expression, in: catalog), let branch = branches[oid], case .found = catalog.branch(named: branch.schemaName)
                else { continue }
                meant = [branch]
            } else {
                meant = item.branches(in: catalog)
            }
            for branch in meant where !own.contains(branch) && !found.contains(.name(branch.schemaName)) { found.append(.name(branch.schemaName)) }
        }
        return found
    }

    private func number(_ expression: String, in catalog: some Catalog) throws(SQLError) -> UInt32? {
        if let plain = UInt32(expression) { return plain }
        return switch try catalog.evaluate(expression) {
        case .integer(let number)?: UInt32(exactly: number)
        case .text(let text)?: UInt32(text)
        default: nil
        }
    }
}
