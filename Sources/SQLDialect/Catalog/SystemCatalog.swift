/// Makes the rows of tables that show the catalog.
public enum SystemCatalog {
    /// The JSON text that a system parameter of a catalog table holds; nil for other sources, which are the caller's.
    public static func json(for source: SystemSource, catalog: some Catalog, settings: LoweringSettings) throws(SQLError) -> String? {
        guard case .catalog(let table) = source else { return nil }
        var writer = CatalogRows(catalog: catalog, settings: settings)
        try writer.fill(table)
        return writer.json
    }
}
