import PageStore

/// Where a form goes on that is written in parts. It names all versions that are compared, so the parts fit together however far
/// the branches have gone meanwhile (as long as the versions are kept).
struct FormCursor: Equatable {
    var baseVersion: VersionID
    var branchVersion: VersionID
    /// The versions of the parents that live branches read through to.
    var baseParent: VersionID?
    var branchParent: VersionID?
    /// What the other arguments and a live branch's own tables come to: another call must not go on here.
    var call: UInt64
    var position: Position

    struct Position: Equatable {
        /// The number of the step.
        var step = 0
        /// Whether the step has been opened.
        var isOpen = false
        /// Rows of the step that were given.
        var given = 0
        /// What the form counts over the whole file.
        var count = 0
    }

    private static let mark = "f1"

    var text: String {
        let versions = [baseVersion, branchVersion, baseParent, branchParent].map { $0.map { String($0.rawValue) } ?? "" }
        let numbers = [String(call, radix: 36), String(position.step), position.isOpen ? "1" : "0", String(position.given), String(position.count)]
        return ([FormCursor.mark] + versions + numbers).joined(separator: ".")
    }

    init(
        baseVersion: VersionID, branchVersion: VersionID, baseParent: VersionID?, branchParent: VersionID?, call: UInt64, position: Position
    ) {
        self.baseVersion = baseVersion
        self.branchVersion = branchVersion
        self.baseParent = baseParent
        self.branchParent = branchParent
        self.call = call
        self.position = position
    }

    /// - Throws: `BL_BAD_ARGUMENT` for a text that no diff gave out.
    init(_ text: String) throws(BranchLiteError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 10, parts[0] == FormCursor.mark, let base = UInt64(parts[1]), let branch = UInt64(parts[2]),
            let call = UInt64(parts[5], radix: 36), let step = Int(parts[6]), step >= 0, let given = Int(parts[8]), given >= 0,
            let count = Int(parts[9]), parts[7] == "0" || parts[7] == "1"
        else { throw FormCursor.refusal(text) }
        let parents = try [parts[3], parts[4]].map { part throws(BranchLiteError) -> VersionID? in
            if part.isEmpty { return nil }
            guard let version = UInt64(part) else { throw FormCursor.refusal(text) }
            return VersionID(rawValue: version)
        }
        self.init(
            baseVersion: VersionID(rawValue: base), branchVersion: VersionID(rawValue: branch), baseParent: parents[0], branchParent: parents[1],
            call: call, position: Position(step: step, isOpen: parts[7] == "1", given: given, count: count))
    }

    private static func refusal(_ text: String) -> BranchLiteError {
        BranchLiteError("BL_BAD_ARGUMENT", "'\(text.prefix(80))' is no cursor of a diff in this form", details: ["argument": "cursor"])
    }

    /// A hash (FNV-1a, 64 bits) of texts.
    static func hash(_ texts: [String]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for text in texts {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        }
        return hash
    }
}
