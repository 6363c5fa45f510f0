/// What a session keeps of the catalogue between statements: the rows it made, for as long as the schemas are the ones they
/// were made from. A client that looks at a schema asks for the same tables many times.
public struct SystemCatalogCache: Sendable {
    /// What the rows depend on.
    struct Basis: Sendable {
        var branch: BranchKey
        var database: String?
        var settings: LoweringSettings
        var isPathEmpty: Bool
        var lives: [LiveState?]
        /// Kept alive, so that another schema cannot come to lie at the same address.
        var schemas: [BranchSchema]

        init(_ catalog: some Catalog, _ settings: LoweringSettings) throws(SQLError) {
            branch = catalog.activeBranch
            database = catalog.connectionName
            self.settings = settings
            isPathEmpty = CatalogRows.isPathEmpty(catalog)
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
            branch == other.branch && database == other.database && settings == other.settings && isPathEmpty == other.isPathEmpty && lives == other.lives
                && schemas.count == other.schemas.count && zip(schemas, other.schemas).allSatisfy { $0 === $1 }
        }
    }

    private var basis: Basis?
    private var known: [SystemTable: SystemRows] = [:]
    /// Rows that are not kept for the next statement, for as long as a statement may still be reading them.
    private var passing: [SystemRows] = []
    private static let mostPassing = 64
    private(set) var objects: CatalogObjects?
    private var others = KnownObjects()

    public init() {}

    /// The rows of a table: those that are known, or new ones.
    mutating func rows(for table: SystemTable, catalog: some Catalog, settings: LoweringSettings) throws(SQLError) -> SystemRows {
        let own: Set<BranchKey> = [catalog.activeBranch, .main]
        var table = table
        if !table.asked.isEmpty { table.asked = try others.resolved(table.asked, in: catalog, besides: own) }
        let current = try Basis(catalog, settings)
        if basis.map({ !$0.isSame(as: current) }) ?? true {
            for rows in known.values { pass(rows) }
            known = [:]
            objects = nil
            basis = current
        }
        let isKept = table.branch == nil && table.asked.isEmpty && table.subject == nil && SystemCatalogCache.dependsOnSchemas(table.name)
        if isKept, let rows = known[table] { return rows }
        var writer = CatalogRows(catalog: catalog, settings: settings)
        if table.branch == nil, table.asked.isEmpty, let objects { writer.use(objects) }
        try writer.fill(table)
        if table.branch == nil, table.asked.isEmpty, let made = writer.madeObjects { objects = made }
        if !table.asked.isEmpty, let made = writer.madeObjects { others.note(made, besides: own) }
        let rows = SystemRows(writer.rows, followedBy: FixedRows.about(table.name))
        if isKept { known[table] = rows } else { pass(rows) }
        return rows
    }

    private mutating func pass(_ rows: SystemRows) {
        passing.append(rows)
        if passing.count > SystemCatalogCache.mostPassing { passing.removeFirst(passing.count - SystemCatalogCache.mostPassing) }
    }

    /// Whether its rows change only with the schemas: those about branches come and go with them, settings are set.
    private static func dependsOnSchemas(_ name: SystemTable.Name) -> Bool {
        switch name {
        case .relation(let name): !name.hasSuffix("database") && name != "pg_catalog.pg_settings"
        case .lookup(let lookup): lookup != .settings
        default: false
        }
    }
}
