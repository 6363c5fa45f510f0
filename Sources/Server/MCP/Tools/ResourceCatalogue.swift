import Branching
import Foundation

/// The resources there are: the branch list, and each branch's schema and diff.
enum ResourceCatalogue {
    static let mimeType: JSONValue = "application/json"

    static let fixed: JSONValue = [
        [
            "uri": "branchlite://branches", "name": "branches", "title": "Branches",
            "description": "All living branches with mode, status, parent and what they changed.", "mimeType": mimeType,
        ]
    ]

    static let templates: JSONValue = [
        [
            "uriTemplate": "branchlite://branches/{name}/schema", "name": "branch-schema", "title": "Schema of a branch",
            "description": "Tables, views and columns of a branch.", "mimeType": mimeType,
        ],
        [
            "uriTemplate": "branchlite://branches/{name}/diff", "name": "branch-diff", "title": "Changes of a branch",
            "description": "What a branch changed in schema and rows since it left main.", "mimeType": mimeType,
        ],
    ]

    enum Resource: Hashable {
        case branches
        case schema(branch: String)
        case diff(branch: String)
    }

    private static let scheme = "branchlite://"

    static func parse(_ uri: String) -> Resource? {
        guard uri.hasPrefix(scheme) else { return nil }
        let parts = uri.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false).map { $0.removingPercentEncoding }
        guard parts.first == "branches" else { return nil }
        if parts.count == 1 { return .branches }
        guard parts.count == 3, let branch = parts[1], !branch.isEmpty else { return nil }
        switch parts[2] {
        case "schema": return .schema(branch: branch)
        case "diff": return .diff(branch: branch)
        default: return nil
        }
    }

    /// The resource's text.
    static func read(_ resource: Resource, _ service: any BranchService) async throws(BranchLiteError) -> [UInt8] {
        switch resource {
        case .branches: return try ResultJSON.encode(await service.branches(.active))
        case .diff(let branch): return try ResultJSON.encode(await service.diff(DiffRequest(branch: branch, detail: .rows)))
        case .schema(let branch):
            var tables: [SchemaOfTable] = []
            for listing in try await service.tables(branch: branch, schema: nil) {
                let columns = try await service.describe(table: listing.tableName, branch: branch, schema: listing.tableSchema)
                tables.append(SchemaOfTable(listing: listing, columns: columns))
            }
            return try ResultJSON.encode(SchemaOfBranch(branch: branch, tables: tables))
        }
    }

    private struct SchemaOfBranch: Encodable {
        let branch: String
        let tables: [SchemaOfTable]
    }

    private struct SchemaOfTable: Encodable {
        let listing: TableListing
        let columns: [ColumnListing]

        enum CodingKeys: String, CodingKey { case columns }

        func encode(to encoder: any Encoder) throws {
            try listing.encode(to: encoder)
            var box = encoder.container(keyedBy: CodingKeys.self)
            try box.encode(columns, forKey: .columns)
        }
    }
}
