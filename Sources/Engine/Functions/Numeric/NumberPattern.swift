/// A pattern of PostgreSQL's `to_char` and `to_number` for numbers (https://www.postgresql.org/docs/15/functions-formatting.html):
/// `FM999,990.00`, `S9`, `RN`. Separators and signs are those of the locale C.
struct NumberPattern {
    enum Word: String, CaseIterable {
        case comma = ",", point = ".", zero = "0", nine = "9", blank = "B", currencyCode = "C", localPoint = "D", exponent = "EEEE", fill = "FM", group = "G"
        case currency = "L", minus = "MI", plus = "PL", bracket = "PR", roman = "RN", anySign = "SG", spelled = "SP", sign = "S", ordinal = "TH", shift = "V"
    }

    enum Node {
        /// `isLower`: written in lower case, which counts for `rn` and `th`.
        case word(Word, isLower: Bool)
        /// A character that is no word; quoted texts are such characters.
        case text(Unicode.Scalar)
    }

    enum LocalSign { case none, before, behind }

    private(set) var nodes: [Node] = []
    /// Digits before and behind the point, and behind V.
    private(set) var before = 0
    private(set) var behind = 0
    private(set) var shifted = 0
    private(set) var localSign = LocalSign.none
    /// How many digits stand before S.
    private(set) var digitsBeforeSign = 0
    /// The place of the first 0 among the digits, from 1; 0: there is none.
    private(set) var zeroStart = 0
    private(set) var zeroEnd = 0
    private(set) var hasPoint = false
    private(set) var fills = false
    private(set) var hasSign = false
    private(set) var hasMinus = false
    private(set) var hasPlus = false
    private(set) var hasBracket = false
    private(set) var hasShift = false
    private(set) var hasExponent = false
    private(set) var isRoman = false
    private var hasBlank = false
    var hasZero: Bool { zeroStart > 0 }

    /// What is wrong with a pattern.
    struct Malformed: Error {
        let message: String
        /// It is the number that does not fit.
        var isRange = false
    }

    /// - Throws: what does not go together.
    init(_ text: String) throws(Malformed) {
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.first {
            if let (word, isLower) = NumberPattern.word(at: rest) {
                try note(word)
                nodes.append(.word(word, isLower: isLower))
                rest = rest.dropFirst(word.rawValue.count)
                continue
            }
            rest = rest.dropFirst()
            switch scalar {
            case "\"":
                while let quoted = rest.popFirst(), quoted != "\"" {
                    nodes.append(.text(quoted == "\\" ? rest.popFirst() ?? quoted : quoted))
                }
            case "\\" where rest.first == "\"":
                rest = rest.dropFirst()
                nodes.append(.text("\""))
            default: nodes.append(.text(scalar))
            }
        }
    }

    /// Words in order of length, so that the longest is found.
    private static let words = Word.allCases.sorted { $0.rawValue.count > $1.rawValue.count }

    private static func word(at rest: Substring.UnicodeScalarView) -> (Word, isLower: Bool)? {
        for word in words {
            if rest.starts(with: word.rawValue.unicodeScalars) { return (word, false) }
            if rest.starts(with: word.rawValue.lowercased().unicodeScalars) { return (word, true) }
        }
        return nil
    }

    private mutating func note(_ word: Word) throws(Malformed) {
        func refuse(_ condition: Bool, _ message: String) throws(Malformed) { if condition { throw Malformed(message: message) } }
        try refuse(hasExponent && word != .exponent, "\"EEEE\" must be the last pattern used")
        switch word {
        case .nine:
            try refuse(hasBracket, "\"9\" must be ahead of \"PR\"")
            if hasShift { shifted += 1 } else if hasPoint { behind += 1 } else { before += 1 }
        case .zero:
            try refuse(hasBracket, "\"0\" must be ahead of \"PR\"")
            if zeroStart == 0, !hasPoint { zeroStart = before + 1 }
            if hasPoint { behind += 1 } else { before += 1 }
            zeroEnd = before + behind
        case .blank: if before == 0, behind == 0, !hasZero { hasBlank = true }
        case .point, .localPoint:
            try refuse(hasPoint, "multiple decimal points")
            try refuse(hasShift, "cannot use \"V\" and decimal point together")
            hasPoint = true
        case .fill: fills = true
        case .sign:
            try refuse(hasSign, "cannot use \"S\" twice")
            try refuse(hasPlus || hasMinus || hasBracket, "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together")
            hasSign = true
            if hasPoint { localSign = .behind } else { (localSign, digitsBeforeSign) = (.before, before) }
        case .minus:
            try refuse(hasSign, "cannot use \"S\" and \"MI\" together")
            hasMinus = true
        case .plus:
            try refuse(hasSign, "cannot use \"S\" and \"PL\" together")
            hasPlus = true
        case .anySign:
            try refuse(hasSign, "cannot use \"S\" and \"SG\" together")
            (hasMinus, hasPlus) = (true, true)
        case .bracket:
            try refuse(hasSign || hasPlus || hasMinus, "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together")
            hasBracket = true
        case .roman: isRoman = true
        case .shift:
            try refuse(hasPoint, "cannot use \"V\" and decimal point together")
            hasShift = true
        case .exponent:
            try refuse(hasExponent, "cannot use \"EEEE\" twice")
            try refuse(
                hasBlank || fills || hasSign || hasBracket || hasMinus || hasPlus || isRoman || hasShift, "\"EEEE\" is incompatible with other formats")
            hasExponent = true
        case .comma, .group, .currency, .currencyCode, .ordinal, .spelled: break
        }
    }
}

/// The digits of a number, rounded: what stands before the point, behind it, and the sign.
struct NumberDigits {
    var isNegative: Bool
    var whole: [UInt8]
    var fraction: [UInt8]

    /// `whole.fraction`, without a point where there is no fraction.
    var bytes: [UInt8] { fraction.isEmpty ? whole : whole + [UInt8(ascii: ".")] + fraction }

    var isZero: Bool { whole.allSatisfy { $0 == UInt8(ascii: "0") } && fraction.allSatisfy { $0 == UInt8(ascii: "0") } }

    init(isNegative: Bool, whole: [UInt8], fraction: [UInt8]) {
        self.isNegative = isNegative
        self.whole = whole
        self.fraction = fraction
    }

    /// A decimal number as text: `-12.50`; nil for others.
    init?(_ text: some Sequence<UInt8>) {
        var bytes = Array(text)[...]
        isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, parts.allSatisfy({ $0.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }), !bytes.isEmpty else { return nil }
        whole = Array(first.drop { $0 == UInt8(ascii: "0") })
        if whole.isEmpty { whole = [UInt8(ascii: "0")] }
        fraction = parts.count > 1 ? Array(parts[1]) : []
    }

    /// The number times ten to some power.
    func shifted(by places: Int) -> NumberDigits {
        var result = self
        result.whole += fraction.prefix(places)
        result.fraction = Array(fraction.dropFirst(places))
        if places > fraction.count { result.whole += [UInt8](repeating: UInt8(ascii: "0"), count: places - fraction.count) }
        result.whole = Array(result.whole.drop { $0 == UInt8(ascii: "0") })
        if result.whole.isEmpty { result.whole = [UInt8(ascii: "0")] }
        return result
    }

    /// With so many digits behind the point, halves away from zero.
    func rounded(to places: Int) -> NumberDigits {
        var result = self
        let padding = places - fraction.count
        if padding >= 0 {
            result.fraction += [UInt8](repeating: UInt8(ascii: "0"), count: padding)
        } else {
            result.fraction = Array(fraction.prefix(places))
            if fraction[places] >= UInt8(ascii: "5") { result.increment() }
        }
        if result.isZero { result.isNegative = false }
        return result
    }

    private mutating func increment() {
        for index in fraction.indices.reversed() {
            if fraction[index] < UInt8(ascii: "9") { fraction[index] += 1; return }
            fraction[index] = UInt8(ascii: "0")
        }
        for index in whole.indices.reversed() {
            if whole[index] < UInt8(ascii: "9") { whole[index] += 1; return }
            whole[index] = UInt8(ascii: "0")
        }
        whole.insert(UInt8(ascii: "1"), at: 0)
    }

    /// `1.23e+04`, with so many digits behind the point; a blank stands for plus.
    func scientific(_ places: Int) -> String {
        let digits = whole + fraction
        guard let first = digits.firstIndex(where: { $0 != UInt8(ascii: "0") }) else {
            return " 0" + (places > 0 ? "." + String(repeating: "0", count: places) : "") + "e+00"
        }
        var exponent = whole.count - 1 - first
        var mantissa = NumberDigits(isNegative: isNegative, whole: [digits[first]], fraction: Array(digits[(first + 1)...])).rounded(to: places)
        if mantissa.whole.count > 1 {
            exponent += 1
            mantissa = NumberDigits(isNegative: isNegative, whole: [UInt8(ascii: "1")], fraction: mantissa.fraction)
        }
        let power = String(exponent.magnitude)
        return (isNegative ? "-" : " ") + String(decoding: mantissa.bytes, as: UTF8.self) + "e" + (exponent < 0 ? "-" : "+") + (power.count < 2 ? "0" : "") + power
    }
}
