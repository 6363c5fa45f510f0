import Testing
import SQLDialect

/// A store of branches in a dictionary, for binder tests. Schemas are made by lowering CREATE statements, so that the
/// tables look as the duckdb dialect makes them.
final class FakeCatalog: Catalog {
    struct Branch {
        var name: String
        var rows: [SchemaRow] = []
        var live: LiveState?
    }

    var branches: [BranchKey: Branch] = [:]
    var activeBranch = BranchKey.main
    var temporaryRows: [SchemaRow] = []
    var connectionName: String? = "hatidata"
    var settings = LoweringSettings(dialect: .duckdb)
    private var cache: [BranchKey: BranchSchema] = [:]

    init() { branches[.main] = Branch(name: "main") }

    var temporarySchema: BranchSchema? { temporaryRows.isEmpty ? nil : BranchSchema(rows: temporaryRows) }
    func displayName(of branch: BranchKey) -> String { branches[branch]?.name ?? branch.hex }

    func branch(named name: String) -> BranchLookup {
        for (key, branch) in branches where branch.name == name || key.schemaName == name || key.hex == name { return .found(key) }
        let underscored = branches.filter { $0.value.name.replacing("-", with: "_") == name }
        if underscored.count > 1 { return .ambiguous(underscored.values.map(\.name).sorted()) }
        return underscored.keys.first.map { .found($0) } ?? .none
    }

    var branchNames: [String] { branches.values.map(\.name).sorted() }

    func schema(of branch: BranchKey, at moment: ReadMoment?) throws(SQLError) -> BranchSchema {
        if let known = cache[branch] { return known }
        guard let entry = branches[branch] else { throw SQLError(code: "BL_BRANCH_GONE", message: "The branch \(branch.hex) is gone") }
        let schema = BranchSchema(rows: entry.rows)
        cache[branch] = schema
        return schema
    }

    func live(of branch: BranchKey) -> LiveState? { branches[branch]?.live }

    func fork(_ hex: String, name: String, live: LiveState? = nil) -> BranchKey {
        let key = BranchKey(hex: hex)
        branches[key] = Branch(name: name, rows: branches[.main]?.rows ?? [], live: live)
        return key
    }

    func lower(_ sql: String, types: [DuckType?] = []) throws -> LoweredStatement {
        var settings = settings
        settings.parameterTypes = types
        let statement = try #require(try Parser.parse(sql, dialect: settings.dialect).first)
        return try Lowering.lower(statement, source: sql, catalog: self, settings: settings)
    }

    /// Runs DDL against the rows of the branch: CREATE adds, everything else is not known here.
    func define(_ sql: String) throws {
        for statement in try Parser.parse(sql, dialect: settings.dialect) {
            let lowered = try Lowering.lower(statement, source: sql, catalog: self, settings: settings)
            for step in lowered.steps { add(step.sql) }
        }
    }

    private func add(_ sql: String) {
        guard let statement = try? Parser.parse(sql, dialect: .sqlite).first else { return }
        let row: SchemaRow
        // SQLite stores the text with the schema's name taken out.
        let text = sql.replacing("CREATE TABLE main.", with: "CREATE TABLE ").replacing("CREATE VIEW main.", with: "CREATE VIEW ")
            .replacing("CREATE INDEX main.", with: "CREATE INDEX ").replacing("CREATE TRIGGER main.", with: "CREATE TRIGGER ")
        switch statement.node {
        case .createTable(let create): row = SchemaRow(type: "table", name: create.name.name.text, tableName: create.name.name.text, sql: text)
        case .createView(let create): row = SchemaRow(type: "view", name: create.name.name.text, tableName: create.name.name.text, sql: text)
        case .createIndex(let create): row = SchemaRow(type: "index", name: create.name?.name.text ?? "", tableName: create.table.name.text, sql: text)
        case .createTrigger(let create): row = SchemaRow(type: "trigger", name: create.name.name.text, tableName: create.table.name.text, sql: text)
        default: return
        }
        branches[activeBranch]?.rows.append(row)
        cache[activeBranch] = nil
    }

    /// The shop that most tests speak of.
    static func shop() throws -> FakeCatalog {
        let catalog = FakeCatalog()
        try catalog.define(shopSchema)
        return catalog
    }

    static let shopSchema = """
        CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, email VARCHAR UNIQUE, active BOOLEAN DEFAULT true,
          balance DECIMAL(10,2) DEFAULT 0, score DOUBLE, created DATE, last_login TIMESTAMP, age SMALLINT, uid UUID, data JSON);
        CREATE TABLE orders (id BIGINT PRIMARY KEY, user_id INTEGER REFERENCES users(id), amount DECIMAL(10,2) NOT NULL,
          status VARCHAR DEFAULT 'new', order_date DATE, placed_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, quantity INTEGER);
        CREATE TABLE products (sku VARCHAR PRIMARY KEY, name VARCHAR, price DECIMAL(8,3), tags VARCHAR, weight FLOAT, stock INTEGER CHECK (stock >= 0));
        CREATE TABLE events (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER, kind VARCHAR, payload JSON, at TIMESTAMP, at_tz TIMESTAMPTZ, t TIME, b BLOB);
        CREATE TABLE line_items (order_id BIGINT, line INTEGER, sku VARCHAR, qty INTEGER, PRIMARY KEY (order_id, line));
        CREATE INDEX orders_user ON orders (user_id);
        CREATE VIEW active_users AS SELECT id, name, balance FROM users WHERE active;
        CREATE SCHEMA analytics;
        CREATE TABLE analytics.daily (day DATE PRIMARY KEY, total DECIMAL(12,2));
        """
}
