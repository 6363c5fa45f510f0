import Synchronization

/// Named classes of code points: `\pL`, `\p{Greek}`, `[[:alpha:]]`.
enum UnicodeClasses {
    private static let cache = Mutex<[String: CodePointSet]>([:])

    /// A general category (one letter or two) or a script; `nil` for a name there is none for.
    static func set(named name: String) -> CodePointSet? {
        if name == "Any" { return .all }
        if let script = scripts[name] { return CodePointSet(ranges: script).normalized }
        guard let categories = categories(name) else { return nil }
        if let known = cache.withLock({ $0[name] }) { return known }
        var ranges: [ClosedRange<UInt32>] = []
        var start: UInt32?
        // Nothing is assigned above the last variation selector but private use, which is one category.
        for value in UInt32(0)...0xE0200 {
            let inside = Unicode.Scalar(value).map { categories.contains($0.properties.generalCategory) } ?? categories.contains(.surrogate)
            if inside, start == nil { start = value }
            if !inside, let first = start {
                ranges.append(first...(value - 1))
                start = nil
            }
        }
        if let first = start { ranges.append(first...0xE0200) }
        if categories.contains(.privateUse) { ranges += [0xF0000...0xFFFFD, 0x100000...0x10FFFD] }
        let set = CodePointSet(ranges: ranges).normalized
        cache.withLock { $0[name] = set }
        return set
    }

    private static func categories(_ name: String) -> Set<Unicode.GeneralCategory>? {
        let table: [(String, Unicode.GeneralCategory)] = [
            ("Lu", .uppercaseLetter), ("Ll", .lowercaseLetter), ("Lt", .titlecaseLetter), ("Lm", .modifierLetter), ("Lo", .otherLetter),
            ("Mn", .nonspacingMark), ("Mc", .spacingMark), ("Me", .enclosingMark), ("Nd", .decimalNumber), ("Nl", .letterNumber),
            ("No", .otherNumber), ("Pc", .connectorPunctuation), ("Pd", .dashPunctuation), ("Ps", .openPunctuation), ("Pe", .closePunctuation),
            ("Pi", .initialPunctuation), ("Pf", .finalPunctuation), ("Po", .otherPunctuation), ("Sm", .mathSymbol), ("Sc", .currencySymbol),
            ("Sk", .modifierSymbol), ("So", .otherSymbol), ("Zs", .spaceSeparator), ("Zl", .lineSeparator), ("Zp", .paragraphSeparator),
            ("Cc", .control), ("Cf", .format), ("Cs", .surrogate), ("Co", .privateUse),
        ]
        let matching = table.filter { name.count == 1 ? $0.0.hasPrefix(name) : $0.0 == name }
        return matching.isEmpty ? nil : Set(matching.map(\.1))
    }

    /// The blocks of the scripts people search for; rare and historic letters outside them are left out.
    private static let scripts: [String: [ClosedRange<UInt32>]] = [
        "Latin": [0x41...0x5A, 0x61...0x7A, 0xAA...0xAA, 0xBA...0xBA, 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2B8, 0x1E00...0x1EFF, 0x2C60...0x2C7F, 0xA722...0xA7FF, 0xFF21...0xFF3A, 0xFF41...0xFF5A],
        "Greek": [0x370...0x373, 0x375...0x377, 0x37A...0x37D, 0x37F...0x37F, 0x384...0x384, 0x386...0x386, 0x388...0x3E1, 0x3F0...0x3FF, 0x1F00...0x1FFE],
        "Cyrillic": [0x400...0x484, 0x487...0x52F, 0x1C80...0x1C88, 0x2DE0...0x2DFF, 0xA640...0xA69F],
        "Armenian": [0x531...0x58F], "Hebrew": [0x591...0x5F4], "Arabic": [0x600...0x604, 0x606...0x6FF, 0x750...0x77F, 0x8A0...0x8FF, 0xFB50...0xFDFF, 0xFE70...0xFEFC],
        "Devanagari": [0x900...0x950, 0x955...0x963, 0x966...0x97F], "Thai": [0xE01...0xE3A, 0xE40...0xE5B],
        "Hangul": [0x1100...0x11FF, 0x3131...0x318E, 0xA960...0xA97C, 0xAC00...0xD7FB], "Hiragana": [0x3041...0x3096, 0x309D...0x309F],
        "Katakana": [0x30A1...0x30FA, 0x30FD...0x30FF, 0x31F0...0x31FF, 0xFF66...0xFF9D],
        "Han": [0x2E80...0x2FD5, 0x3005...0x3005, 0x3007...0x3007, 0x3021...0x3029, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAD9, 0x20000...0x323AF],
    ]

    static func posix(_ name: String) -> CodePointSet? {
        var name = name
        let inverted = name.hasPrefix("^")
        if inverted { name.removeFirst() }
        let set: CodePointSet
        switch name {
        case "alnum": set = CodePointSet(ranges: [48...57, 65...90, 97...122])
        case "alpha": set = CodePointSet(ranges: [65...90, 97...122])
        case "ascii": set = CodePointSet(ranges: [0...127])
        case "blank": set = CodePointSet(ranges: [9...9, 32...32])
        case "cntrl": set = CodePointSet(ranges: [0...31, 127...127])
        case "digit": set = .digits
        case "graph": set = CodePointSet(ranges: [33...126])
        case "lower": set = CodePointSet(ranges: [97...122])
        case "print": set = CodePointSet(ranges: [32...126])
        case "punct": set = CodePointSet(ranges: [33...47, 58...64, 91...96, 123...126])
        case "space": set = CodePointSet(ranges: [9...13, 32...32])
        case "upper": set = CodePointSet(ranges: [65...90])
        case "word": set = .words
        case "xdigit": set = CodePointSet(ranges: [48...57, 65...70, 97...102])
        default: return nil
        }
        return inverted ? set.inverted : set
    }
}
