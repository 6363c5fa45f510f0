/// Letters without their accents.
enum Accents {
    /// The base letter of every accented Latin, Greek or Cyrillic letter, found by composing: two characters that are
    /// canonically equivalent are equal (and hash alike) in Swift, so `e` + U+0301 finds `é`.
    private static let bases: [Character: UInt32] = {
        let letters: [ClosedRange<UInt32>] = [0x41...0x5A, 0x61...0x7A, 0x391...0x3A9, 0x3B1...0x3C9, 0x410...0x44F]
        let marks: [UInt32] = Array(0x300...0x315) + Array(0x31B...0x331) + [0x338, 0x342, 0x344, 0x345]
        let first: [UInt32] = [0x301, 0x302, 0x303, 0x304, 0x306, 0x307, 0x308, 0x30A, 0x313, 0x314, 0x31B, 0x323, 0x327, 0x328]
        let second: [UInt32] = [0x300, 0x301, 0x303, 0x304, 0x306, 0x307, 0x308, 0x309, 0x30C, 0x323, 0x342, 0x345]
        var table: [Character: UInt32] = [:]
        func add(_ scalars: [UInt32], base: UInt32) {
            var view = String.UnicodeScalarView()
            for value in scalars { if let scalar = Unicode.Scalar(value) { view.append(scalar) } }
            let text = String(view)
            if text.count == 1, let character = text.first { table[character] = base }
        }
        for base in letters.joined() {
            for mark in marks { add([base, mark], base: base) }
            for mark in first { for next in second { add([base, mark, next], base: base) } }
        }
        return table
    }()

    static func strip(_ text: String) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count)
        for character in text {
            if character.isASCII {
                out.append(contentsOf: character.utf8)
            } else if let base = bases[character] {
                UTF8Text.append(base, to: &out)
            } else {
                for scalar in character.unicodeScalars where !UTF8Text.isMark(scalar.value) { UTF8Text.append(scalar.value, to: &out) }
            }
        }
        return out
    }
}
