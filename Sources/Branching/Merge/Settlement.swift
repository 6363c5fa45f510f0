import SQLDialect

/// How conflicts are settled: by a resolution made for this very conflict, for its table or for a column, else by the strategy.
struct Settlement {
    enum Side { case branch, target, base, value(JSONValue) }

    let strategy: MergeStrategy
    private var byID: [String: MergeResolution] = [:]
    private var byTable: [String: MergeResolution] = [:]
    private var byColumn: [String: MergeResolution] = [:]

    /// - Throws: `BL_BAD_ARGUMENT` for a resolution that names nothing, or takes a value without giving one.
    init(strategy: MergeStrategy, resolutions: [MergeResolution]) throws(BranchLiteError) {
        self.strategy = strategy
        for (index, resolution) in resolutions.enumerated() {
            func refuse(_ problem: String) -> BranchLiteError {
                BranchLiteError("BL_BAD_ARGUMENT", "resolution \(index + 1) \(problem)", details: ["argument": "resolutions"])
            }
            if resolution.take == .value, resolution.value == nil { throw refuse("takes a value and gives none") }
            if let id = resolution.conflictID {
                byID[id] = resolution
            } else if let column = resolution.column {
                byColumn[Settlement.key(resolution.table, column)] = resolution
            } else if let table = resolution.table {
                byTable[foldedASCII(table)] = resolution
            } else {
                throw refuse("names neither a conflict nor a table nor a column")
            }
        }
    }

    /// The resolutions made for single conflicts.
    var conflictIDs: Set<String> { Set(byID.keys) }

    private static func key(_ table: String?, _ column: String) -> String { (table.map { foldedASCII($0) } ?? "*") + "\u{0}" + foldedASCII(column) }

    /// The side to take of a whole conflict, or of one of its columns; nil: nobody has decided.
    func side(of conflict: MergeConflict, column: String? = nil) -> Settlement.Side? {
        side(table: conflict.table, column: column) { conflict.id }
    }

    /// - Parameter id: asked for only where single conflicts were resolved.
    func side(table: String, column: String? = nil, id: () -> String) -> Settlement.Side? {
        if !byID.isEmpty, let resolution = byID[id()] { return side(resolution, column) }
        if let column, !byColumn.isEmpty, let resolution = byColumn[Settlement.key(table, column)] ?? byColumn[Settlement.key(nil, column)] {
            return side(resolution, nil)
        }
        if !byTable.isEmpty, let resolution = byTable[foldedASCII(table)] { return side(resolution, column) }
        switch strategy {
        case .branchWins: return .branch
        case .mainWins: return .target
        case .manual, .abort: return nil
        }
    }

    private func side(_ resolution: MergeResolution, _ column: String?) -> Settlement.Side? {
        switch resolution.take {
        case .branch: return .branch
        case .target: return .target
        case .base: return .base
        case .value:
            guard let value = resolution.value else { return nil }
            // A row's value is an object by column; one that leaves this column out leaves it to the target.
            if let column, case .object(let members) = value { return members[column].map(Settlement.Side.value) ?? .target }
            return .value(value)
        }
    }
}
