import Engine
import PageStore
import SQLDialect

extension StoreContext {
    /// What a branch changed, or how it differs from another: `diff_branch`.
    func diff(_ request: DiffRequest) throws(BranchLiteError) -> DiffResult {
        try requireBranching()
        guard request.limit > 0 else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "limit must be at least 1, not \(request.limit)", details: ["argument": "limit"])
        }
        let cursor = try request.cursor.map { text throws(BranchLiteError) in try DiffCursor(text) }
        do throws(BranchLiteError) {
            let comparison = try Comparison(self, request, cursor)
            defer { comparison.close() }
            return try comparison.result(request, cursor)
        } catch {
            guard cursor != nil, error.code == "BL_NO_SUCH_VERSION" else { throw error }
            throw BranchLiteError(
                "BL_NO_SUCH_VERSION", "the listing cannot go on: \(error.message)",
                hint: "ask again without a cursor; BRANCHLITE_HISTORY says how long older versions are kept", details: ["argument": "cursor"])
        }
    }
}

extension Comparison {
    /// The answer of `diff_branch`: a page of it from `cursor` on.
    fileprivate func result(_ request: DiffRequest, _ cursor: DiffCursor?) throws(BranchLiteError) -> DiffResult {
        var result = DiffResult(
            branch: branch.name, base: base.name, baseVersion: baseVersion.rawValue, branchVersion: branchVersion.rawValue,
            schema: try schemaChanges(), tables: [])
        var room = request.limit
        for pair in try tables() {
            let key = pair.key
            if let cursor, key < cursor.table { continue }
            if pair.isSame { continue }
            guard let listing = try DiffListing(sides, pair) else { continue }
            guard request.detail == .rows else {
                let counts = try listing.counts()
                if counts.total > 0 { result.tables.append(listing.summary(counts)) }
                continue
            }
            if room == 0 {
                guard try listing.hasChanges() else { continue }
                result.nextCursor = self.cursor(key).text
                return result
            }
            let known = cursor?.table == key ? cursor : nil
            let page = try listing.page(after: known?.position, room: room, known: known?.counts)
            if page.rows.isEmpty { continue }
            var difference = listing.summary(page.counts)
            difference.rows = page.rows
            result.tables.append(difference)
            room -= page.rows.count
            if let next = page.next {
                var cursor = self.cursor(key)
                cursor.position = next
                cursor.counts = page.counts
                result.nextCursor = cursor.text
                return result
            }
        }
        return result
    }

    private func cursor(_ key: String) -> DiffCursor {
        var cursor = views
        (cursor.table, cursor.position, cursor.counts) = (key, nil, nil)
        return cursor
    }
}
