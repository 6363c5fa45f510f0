import Foundation

/// Writes a number after a pattern, as PostgreSQL's `to_char` does.
///
/// Digits of the pattern are filled one after the other; the sign comes before the first that is not blank, unless the pattern says
/// where. Blanks stand for what is not there, but with FM.
struct NumberPatternWriter {
    private let pattern: NumberPattern
    /// The digits that are left to write, with their point.
    private let number: [UInt8]
    private let sign: UInt8
    /// Places of the pattern before the first digit of the number.
    private let blanks: Int
    private let zeroStart: Int
    private let hasBracket: Bool
    private let localSign: NumberPattern.LocalSign
    private let lastPlace: Int
    /// The last digit that is not a zero at the end, where FM leaves such out.
    private let lastRelevant: Int?
    private var place = 0
    private var next = 0
    private var hasWrittenSign: Bool
    /// The last place held a digit.
    private var isInNumber = false
    private var out = ""
    /// The pattern has asked for a digit behind the last one, and there PostgreSQL's text ends: `to_char(-1, '9.MI')` is ` 1`.
    private var isCut = false

    private static let minus = UInt8(ascii: "-"), plus = UInt8(ascii: "+"), point = UInt8(ascii: "."), zero = UInt8(ascii: "0"), hash = UInt8(ascii: "#")

    /// The text of an exact number.
    static func text(_ value: NumberDigits, _ pattern: NumberPattern) -> String {
        if pattern.isRoman { return roman(value.rounded(to: 0), pattern) }
        if pattern.hasExponent { return value.scientific(pattern.behind) }
        let scaled = (pattern.hasShift ? value.shifted(by: pattern.shifted) : value).rounded(to: pattern.behind)
        return text(scaled, pattern, behind: pattern.behind)
    }

    /// The text of a double: it has 15 digits, infinity and not-a-number have none.
    static func text(_ value: Double, _ pattern: NumberPattern) -> String {
        guard value.isFinite else {
            if pattern.isRoman { return roman(nil, pattern) }
            let digits = [UInt8](repeating: hash, count: pattern.before + pattern.shifted)
            if pattern.hasExponent {
                return " " + String(repeating: "#", count: pattern.before) + "." + String(repeating: "#", count: pattern.behind + 4)
            }
            return text(
                NumberDigits(isNegative: value < 0, whole: digits, fraction: [UInt8](repeating: hash, count: pattern.behind)), pattern, behind: pattern.behind)
        }
        if pattern.isRoman {
            // Halves to even, as the processor rounds.
            return roman(NumberDigits(String(Int64(max(-1e6, min(1e6, value.rounded(.toNearestOrEven))))).utf8), pattern)
        }
        if pattern.hasExponent {
            let text = String(format: "%+.\(pattern.behind)e", value)
            return text.hasPrefix("+") ? " " + text.dropFirst() : text
        }
        let scaled = pattern.hasShift ? value * power(pattern.shifted) : value
        let wholeDigits = String(format: "%.0f", abs(scaled)).utf8.count
        let behind = wholeDigits >= significantDigits ? 0 : min(pattern.behind, significantDigits - wholeDigits)
        guard let digits = NumberDigits(String(format: "%.\(behind)f", scaled).utf8) else { return "" }
        return text(digits, pattern, behind: behind)
    }

    private static let significantDigits = 15
    private static func power(_ places: Int) -> Double { (0..<places).reduce(1.0) { product, _ in product * 10 } }

    private static func text(_ digits: NumberDigits, _ pattern: NumberPattern, behind: Int) -> String {
        var writer = NumberPatternWriter(digits, pattern, behind: behind)
        for node in pattern.nodes where !writer.isCut { writer.write(node) }
        return writer.out
    }

    private init(_ digits: NumberDigits, _ pattern: NumberPattern, behind: Int) {
        self.pattern = pattern
        let before = pattern.before + (pattern.hasShift ? pattern.shifted : 0)
        sign = digits.isNegative ? NumberPatternWriter.minus : NumberPatternWriter.plus
        if digits.whole.count > before || digits.whole.first == NumberPatternWriter.hash {
            // There is no room for it.
            number = [UInt8](repeating: NumberPatternWriter.hash, count: before) + [NumberPatternWriter.point]
                + [UInt8](repeating: NumberPatternWriter.hash, count: behind)
            blanks = 0
        } else {
            number = digits.bytes
            blanks = before - digits.whole.count
        }
        zeroStart = max(0, pattern.zeroStart - 1)
        var local = pattern.localSign
        if pattern.hasPlus || pattern.hasMinus {
            // MI, PL and SG write it themselves.
            hasWrittenSign = pattern.hasMinus
            hasBracket = pattern.hasBracket
        } else {
            hasBracket = pattern.hasBracket && !(pattern.fills && !digits.isNegative)
            hasWrittenSign = !digits.isNegative && pattern.fills && !pattern.hasSign
            if local == .before, before == pattern.digitsBeforeSign { local = .behind }
        }
        localSign = local
        var relevant: Int?
        if pattern.fills, pattern.hasPoint, let point = number.firstIndex(of: NumberPatternWriter.point) {
            var last = number[point...].lastIndex { $0 != NumberPatternWriter.zero } ?? point
            // Zeros that the pattern asks for stay.
            if pattern.zeroEnd > blanks { last = max(last, min(number.count - 1, pattern.zeroEnd - blanks)) }
            relevant = last
        }
        lastRelevant = relevant
        lastPlace = behind + before - 1 + (!hasWrittenSign && blanks == 0 ? 1 : 0)
    }

    private var current: UInt8? { next < number.count ? number[next] : nil }
    private var endsAtPoint: Bool { lastRelevant.map { number[$0] == NumberPatternWriter.point } ?? false }
    /// The zero before the point of a number below one, which is not written.
    private var isLeadingZero: Bool { !pattern.hasZero && next == 0 && number.first == NumberPatternWriter.zero && pattern.behind != 0 }

    private mutating func put(_ byte: UInt8) { out.unicodeScalars.append(Unicode.Scalar(byte)) }

    private mutating func write(_ node: NumberPattern.Node) {
        guard case .word(let word, let isLower) = node else {
            if case .text(let scalar) = node { out.unicodeScalars.append(scalar) }
            return
        }
        switch word {
        case .nine, .zero, .point, .localPoint: writePlace(word)
        case .comma, .group: if isInNumber { out += "," } else if !pattern.fills { out += " " }
        case .currency: out += " "
        case .ordinal:
            guard number.first != NumberPatternWriter.hash, sign != NumberPatternWriter.minus, !pattern.hasPoint else { return }
            let ending = NumberPatternWriter.ordinalEnding(number)
            out += isLower ? ending.lowercased() : ending
        case .minus: if sign == NumberPatternWriter.minus { out += "-" } else if !pattern.fills { out += " " }
        case .plus: if sign == NumberPatternWriter.plus { out += "+" } else if !pattern.fills { out += " " }
        case .anySign: put(sign)
        case .blank, .currencyCode, .exponent, .fill, .bracket, .roman, .spelled, .sign, .shift: break
        }
    }

    private mutating func writePlace(_ word: NumberPattern.Word) {
        isInNumber = false
        if !hasWrittenSign, place >= blanks || (pattern.hasZero && zeroStart == place), !isLeadingZero || endsAtPoint { writeSign() }
        if place < blanks, zeroStart > place || !pattern.hasZero {
            if !pattern.fills { out += " " }
        } else if pattern.hasZero, place < blanks, zeroStart <= place {
            out += "0"
            isInNumber = true
        } else {
            writeDigit(word)
            if isCut { return }
        }
        var end = lastPlace + (blanks > 0 ? 1 : 0) + (pattern.hasPoint ? 1 : 0)
        if let lastRelevant, lastRelevant == next { end = place }
        if place + 1 == end {
            if hasWrittenSign, hasBracket {
                out += sign == NumberPatternWriter.plus ? " " : ">"
            } else if pattern.hasSign, localSign == .behind {
                put(sign)
            }
        }
        place += 1
    }

    /// The digit that is next, or the point.
    private mutating func writeDigit(_ word: NumberPattern.Word) {
        guard let digit = current else {
            isCut = lastRelevant.map { next <= $0 } ?? true || word == .zero
            return
        }
        if digit == NumberPatternWriter.point {
            out += "."
        } else if let lastRelevant, next > lastRelevant, word != .zero {
            // A zero at the end.
        } else if isLeadingZero {
            if !pattern.fills { out += " " } else if endsAtPoint { out += "0" }
        } else {
            put(digit)
            isInNumber = true
        }
        next += 1
    }

    private mutating func writeSign() {
        if pattern.hasSign {
            guard localSign == .before else { return }
            put(sign)
        } else if hasBracket {
            out += sign == NumberPatternWriter.plus ? " " : "<"
        } else if sign == NumberPatternWriter.minus {
            out += "-"
        } else if !pattern.fills {
            out += " "
        }
        hasWrittenSign = true
    }

    /// `ST`, `ND`, `RD` or `TH`.
    private static func ordinalEnding(_ number: [UInt8]) -> String {
        guard let last = number.last, number.count < 2 || number[number.count - 2] != UInt8(ascii: "1") else { return "TH" }
        switch last {
        case UInt8(ascii: "1"): return "ST"
        case UInt8(ascii: "2"): return "ND"
        case UInt8(ascii: "3"): return "RD"
        default: return "TH"
        }
    }

    // MARK: - Roman numbers

    private static let romanWidth = 15
    private static let romanSigns: [(Int, String)] = [
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ]

    private static func roman(_ digits: NumberDigits?, _ pattern: NumberPattern) -> String {
        var text = String(repeating: "#", count: romanWidth)
        if let digits, !digits.isNegative, var rest = Int(String(decoding: digits.whole, as: UTF8.self)), (1...3999).contains(rest) {
            text = ""
            for (value, sign) in romanSigns { while rest >= value { text += sign; rest -= value } }
        }
        var out = ""
        for node in pattern.nodes {
            switch node {
            case .text(let scalar): out.unicodeScalars.append(scalar)
            case .word(.roman, let isLower):
                let written = isLower ? text.lowercased() : text
                out += pattern.fills ? written : String(repeating: " ", count: max(0, romanWidth - written.count)) + written
            case .word(.comma, _), .word(.group, _): if !pattern.fills { out += " " }
            case .word(.currency, _): out += " "
            default: break
            }
        }
        return out
    }
}
