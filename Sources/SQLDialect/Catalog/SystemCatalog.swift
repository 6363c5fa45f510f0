/// Makes the rows of tables that show the catalog.
public enum SystemCatalog {
    /// The rows that a system parameter of a catalog table stands for; nil for other sources, which are the caller's.
    /// - Parameter cache: what was made before.
    public static func rows(
        for source: SystemSource, catalog: some Catalog, settings: LoweringSettings, cache: inout SystemCatalogCache
    ) throws(SQLError) -> SystemRows? {
        guard case .catalog(let table) = source else { return nil }
        return try cache.rows(for: table, catalog: catalog, settings: settings)
    }

    public static func rows(for source: SystemSource, catalog: some Catalog, settings: LoweringSettings) throws(SQLError) -> SystemRows? {
        var cache = SystemCatalogCache()
        return try rows(for: source, catalog: catalog, settings: settings, cache: &cache)
    }
}
