/// Makes the rows of tables that show the catalog.
public enum SystemCatalog {
    /// The JSON text that a system parameter of a catalog table holds; nil for other sources, which are the caller's.
    /// - Parameter cache: what was made before.
    public static func json(
        for source: SystemSource, catalog: some Catalog, settings: LoweringSettings, cache: inout SystemCatalogCache
    ) throws(SQLError) -> String? {
        guard case .catalog(let table) = source else { return nil }
        return try cache.json(for: table, catalog: catalog, settings: settings)
    }

    public static func json(for source: SystemSource, catalog: some Catalog, settings: LoweringSettings) throws(SQLError) -> String? {
        var cache = SystemCatalogCache()
        return try json(for: source, catalog: catalog, settings: settings, cache: &cache)
    }
}
