/// Reads a number after a pattern, as PostgreSQL's `to_number` does: leniently, place by place. What is no digit, point or sign is
/// passed over where the pattern has something of the kind.
struct NumberPatternReader {
    private let pattern: NumberPattern
    private let input: [UInt8]
    private var place = 0
    private var sign: UInt8?
    private var whole: [UInt8] = []
    private var fraction: [UInt8] = []
    private var hasPoint = false

    private static let minus = UInt8(ascii: "-"), plus = UInt8(ascii: "+")

    /// The number that a text holds; nil when it holds none.
    /// - Throws: for patterns that only write, and for more digits than the pattern has.
    static func number(_ text: some Sequence<UInt8>, _ pattern: NumberPattern) throws(NumberPattern.Malformed) -> NumberDigits? {
        if pattern.hasExponent { throw NumberPattern.Malformed(message: "\"EEEE\" not supported for input") }
        if pattern.isRoman { throw NumberPattern.Malformed(message: "\"RN\" not supported for input") }
        var reader = NumberPatternReader(pattern: pattern, input: Array(text))
        for node in pattern.nodes {
            if reader.isAtEnd { break }
            reader.read(node)
        }
        guard !reader.whole.isEmpty || !reader.fraction.isEmpty else { return nil }
        let whole = reader.whole.drop { $0 == UInt8(ascii: "0") }
        guard whole.count <= pattern.before + pattern.shifted else { throw NumberPattern.Malformed(message: "numeric field overflow", isRange: true) }
        return NumberDigits(isNegative: reader.sign == minus, whole: whole.isEmpty ? [UInt8(ascii: "0")] : Array(whole), fraction: reader.fraction)
    }

    private init(pattern: NumberPattern, input: [UInt8]) {
        self.pattern = pattern
        self.input = input
    }

    private var isAtEnd: Bool { place >= input.count }
    private var current: UInt8 { place < input.count ? input[place] : 0 }
    private var hasDigits: Bool { !whole.isEmpty || !fraction.isEmpty }

    private mutating func read(_ node: NumberPattern.Node) {
        guard case .word(let word, _) = node else { return skipCharacter() }
        switch word {
        case .nine, .zero, .point, .localPoint:
            readPlace(word)
            place += 1
        case .comma, .group: if !pattern.fills, current == UInt8(ascii: ",") { place += 1 }
        case .currency: skipOther(1)
        case .ordinal: if !pattern.hasPoint { skipOther(2) }
        case .minus: readSign([NumberPatternReader.minus])
        case .plus: readSign([NumberPatternReader.plus])
        case .anySign: readSign([NumberPatternReader.minus, NumberPatternReader.plus])
        case .blank, .currencyCode, .exponent, .fill, .bracket, .roman, .spelled, .sign, .shift: break
        }
    }

    private mutating func skipCharacter() {
        place += 1
        while place < input.count, input[place] & 0xC0 == 0x80 { place += 1 }
    }

    /// Passes over characters that can be no part of a number.
    private mutating func skipOther(_ count: Int) {
        for _ in 0..<count {
            guard !isAtEnd, !"0123456789.,+-".utf8.contains(current) else { return }
            skipCharacter()
        }
    }

    private mutating func readSign(_ signs: [UInt8]) {
        guard signs.contains(current) else { return skipOther(1) }
        sign = current
        place += 1
    }

    /// Leaves the place at the last byte that was read.
    private mutating func readPlace(_ word: NumberPattern.Word) {
        if current == UInt8(ascii: " ") { place += 1 }
        if isAtEnd { return }
        if sign == nil, word == .zero || word == .nine, !hasDigits {
            if pattern.hasSign, pattern.localSign == .before {
                if current == NumberPatternReader.minus || current == NumberPatternReader.plus { sign = current; place += 1 }
            } else if current == NumberPatternReader.minus || (pattern.hasBracket && current == UInt8(ascii: "<")) {
                sign = NumberPatternReader.minus
                place += 1
            } else if current == NumberPatternReader.plus {
                sign = NumberPatternReader.plus
                place += 1
            }
        }
        if isAtEnd { return }
        var hasRead = false
        if NumberText.isDigit(current) {
            if hasPoint, fraction.count == pattern.behind { return }
            if hasPoint { fraction.append(current) } else { whole.append(current) }
            hasRead = true
        } else if pattern.hasPoint, !hasPoint, current == UInt8(ascii: ".") {
            hasPoint = true
            hasRead = true
        }
        guard sign == nil, hasDigits else { return }
        if pattern.hasSign {
            // The sign that S means stands right behind the last digit.
            guard hasRead, place + 1 < input.count, [NumberPatternReader.minus, NumberPatternReader.plus].contains(input[place + 1]) else { return }
            place += 1
            sign = current
        } else if !hasRead, pattern.hasPlus || pattern.hasMinus, current == NumberPatternReader.minus || current == NumberPatternReader.plus {
            sign = current
        }
    }
}
