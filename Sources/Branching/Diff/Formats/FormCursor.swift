import Engine

/// Where a form goes on that is written in parts: the versions that are compared, as a listing's cursor names them, and the step of the
/// form with the last row given of it.
struct FormCursor {
    /// The versions, and the row after which the step goes on.
    var views: DiffCursor
    /// What the other arguments come to: another call must not go on here.
    var call: UInt64
    /// The number of the step.
    var step = 0
    /// Whether the step has been opened.
    var isOpen = false
    /// Rows of the step that were given.
    var given = 0
    /// What the form counts over the whole file.
    var count = 0

    var text: String {
        let numbers = [String(call, radix: 36), String(step), isOpen ? "1" : "0", String(given), String(count)]
        return ([views.text] + numbers).joined(separator: ".")
    }

    init(views: DiffCursor, call: UInt64) {
        self.views = views
        self.call = call
    }

    /// - Throws: `BL_BAD_ARGUMENT` for a text that no diff in this form gave out.
    init(_ text: String) throws(BranchLiteError) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 6, let call = UInt64(parts[1], radix: 36), let step = Int(parts[2]), step >= 0, parts[3] == "0" || parts[3] == "1",
            let given = Int(parts[4]), given >= 0, let count = Int(parts[5]), count >= 0
        else { throw DiffCursor.refused("'\(text.prefix(80))' is no cursor of a diff in this form") }
        self.init(views: try DiffCursor(String(parts[0])), call: call)
        (self.step, isOpen, self.given, self.count) = (step, parts[3] == "1", given, count)
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
