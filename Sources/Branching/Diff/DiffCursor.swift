import Engine

/// Where a listing of row changes goes on. It names both versions, so pages of one listing agree however far the branches
/// have gone meanwhile (as long as the versions are kept), and the number of changes of a table already given.
struct DiffCursor {
    var baseVersion: UInt64
    var branchVersion: UInt64
    var table: String
    /// Changes of that table that were given before.
    var given: Int

    var text: String {
        let fields = "\(baseVersion).\(branchVersion).\(given)."
        return fields + table.utf8.map { hex($0) }.joined()
    }

    init(baseVersion: UInt64, branchVersion: UInt64, table: String, given: Int) {
        self.baseVersion = baseVersion
        self.branchVersion = branchVersion
        self.table = table
        self.given = given
    }

    /// - Throws: `BL_BAD_ARGUMENT` for a text that no diff gave out.
    init(_ text: String) throws(BranchLiteError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, let base = UInt64(parts[0]), let branch = UInt64(parts[1]), let given = Int(parts[2]), given >= 0,
            let name = DiffCursor.decode(parts[3])
        else { throw BranchLiteError("BL_BAD_ARGUMENT", "'\(text.prefix(80))' is no cursor of a diff", details: ["argument": "cursor"]) }
        self.init(baseVersion: base, branchVersion: branch, table: name, given: given)
    }

    private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }

    private static func decode(_ text: Substring) -> String? {
        guard text.utf8.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        var rest = text
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
