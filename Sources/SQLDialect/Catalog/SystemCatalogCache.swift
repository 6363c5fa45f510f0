/// What a session keeps of the catalogue between statements: the rows it made, for as long as the schemas are the ones they
/// were made from. A client that looks at a schema asks for the same tables many times.
public struct SystemCatalogCache: Sendable {
    /// What the rows depend on.
    struct Basis: Sendable {
        var branch: BranchKey
        var database: String?
        var settings: LoweringSettings
        var lives: [LiveState?]
        /// Kept alive, so that another schema cannot come to lie at the same address.
        var schemas: [BranchSchema]

        init(_ catalog: some Catalog, _ settings: LoweringSettings) throws(SQLError) {
            branch = catalog.activeBranch
            database = catalog.connectionName
            self.settings = settings
            // Which parameters a statement has is nothing to the catalogue.
            self.settings.parameterTypes = []
            lives = []
            schemas = []
            var next: [BranchKey] = [branch, .main]
            var seen: Set<BranchKey> = []
            while let key = next.popLast() {
                guard seen.insert(key).inserted else { continue }
                schemas.append(try catalog.schema(of: key, at: nil))
                let live = catalog.live(of: key)
                lives.append(live)
                if let live { next.append(live.parent) }
            }
        }

        func isSame(as other: Basis) -> Bool {
            branch == other.branch && database == other.database && settings == other.settings && lives == other.lives
                && schemas.count == other.schemas.count && zip(schemas, other.schemas).allSatisfy { $0 === $1 }
        }
    }

    private var basis: Basis?
    private var texts: [SystemTable: String] = [:]
    private(set) var objects: CatalogObjects?

    public init() {}

    /// The rows of a table: those that are known, or new ones.
    mutating func json(for table: SystemTable, catalog: some Catalog, settings: LoweringSettings) throws(SQLError) -> String {
        let current = try Basis(catalog, settings)
        if basis.map({ !$0.isSame(as: current) }) ?? true {
            texts = [:]
            objects = nil
            basis = current
        }
        let isKept = table.branch == nil && table.subject == nil && SystemCatalogCache.dependsOnSchemas(table.name)
        if isKept, let known = texts[table] { return known }
        var writer = CatalogRows(catalog: catalog, settings: settings)
        if table.branch == nil, let objects { writer.use(objects) }
        try writer.fill(table)
        if table.branch == nil, let made = writer.madeObjects { objects = made }
        if isKept { texts[table] = writer.json }
        return writer.json
    }

    /// Whether its rows change only with the schemas: those about branches come and go with them.
    private static func dependsOnSchemas(_ name: SystemTable.Name) -> Bool {
        switch name {
        case .relation(let name): !name.hasSuffix("database")
        case .lookup: true
        default: false
        }
    }
}
