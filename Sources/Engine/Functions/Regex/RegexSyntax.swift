/// What is wrong with a regular expression, in RE2's words.
struct RegexError: Error, Equatable {
    let message: String
}

/// A set of code points: sorted, disjoint, closed ranges.
struct CodePointSet: Equatable, Sendable {
    var ranges: [ClosedRange<UInt32>] = []

    static let maximum: UInt32 = 0x10FFFF
    static let all = CodePointSet(ranges: [0...maximum])

    init(ranges: [ClosedRange<UInt32>] = []) { self.ranges = ranges }

    mutating func insert(_ range: ClosedRange<UInt32>) { ranges.append(range) }
    mutating func insert(_ other: CodePointSet) { ranges.append(contentsOf: other.ranges) }

    /// Sorted and joined; every other operation expects this form.
    var normalized: CodePointSet {
        var out: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = out.last, range.lowerBound <= last.upperBound || range.lowerBound == last.upperBound + 1 {
                out[out.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                out.append(range)
            }
        }
        return CodePointSet(ranges: out)
    }

    var inverted: CodePointSet {
        var out: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in normalized.ranges {
            if range.lowerBound > next { out.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= CodePointSet.maximum { out.append(next...CodePointSet.maximum) }
        return CodePointSet(ranges: out)
    }

    /// With the other case of every letter.
    var caseFolded: CodePointSet {
        var out = self
        for range in ranges {
            // Case pairs end long before this; larger ranges (such as inverted classes) hold both cases of the rest anyway.
            guard range.lowerBound <= CodePointSet.lastCased else { continue }
            for value in range.lowerBound...min(range.upperBound, CodePointSet.lastCased) {
                let lower = UTF8Text.lower(value)
                let upper = UTF8Text.upper(value)
                if lower != value { out.insert(lower...lower) }
                if upper != value { out.insert(upper...upper) }
            }
        }
        return out.normalized
    }

    private static let lastCased: UInt32 = 0x1E943

    static let digits = CodePointSet(ranges: [48...57])
    static let words = CodePointSet(ranges: [48...57, 65...90, 95...95, 97...122])
    static let spaces = CodePointSet(ranges: [9...10, 12...13, 32...32])
}

/// The syntax tree of a regular expression.
indirect enum RegexNode {
    enum Assertion { case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary }

    case empty
    case set(CodePointSet)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    case repeated(RegexNode, minimum: Int, maximum: Int?, greedy: Bool)
    case group(RegexNode, index: Int)
    case assertion(Assertion)
}

struct RegexOptions: Equatable {
    var ignoreCase = false
    var dotMatchesNewline = false
    var literal = false
    var replaceAll = false
}

/// Reads RE2's syntax: Perl's without backreferences and look-around, which cannot be matched in linear time.
struct RegexParser {
    private let pattern: [UInt32]
    private var index = 0
    private(set) var groupCount = 0
    private var depth = 0
    private var ignoreCase: Bool
    private var dotMatchesNewline: Bool
    private var multiLine = false
    private var ungreedy = false

    /// Groups inside each other, and the largest count in `{n,m}`: RE2 has the same bounds.
    static let maximumDepth = 250
    static let maximumRepeat = 1000

    init(_ pattern: Bytes, options: RegexOptions) {
        self.pattern = UTF8Text.scalars(pattern)
        ignoreCase = options.ignoreCase
        dotMatchesNewline = options.dotMatchesNewline
    }

    mutating func parse() throws(RegexError) -> RegexNode {
        let node = try alternatives()
        if index < pattern.count { throw RegexError(message: "unexpected ): \(text(0))") }
        return node
    }

    // MARK: Helpers

    private func text(_ from: Int, _ to: Int? = nil) -> String {
        var out: [UInt8] = []
        for scalar in pattern[min(from, pattern.count)..<min(to ?? pattern.count, pattern.count)] { UTF8Text.append(scalar, to: &out) }
        return String(decoding: out, as: UTF8.self)
    }

    private func at(_ offset: Int = 0) -> UInt32? { index + offset < pattern.count ? pattern[index + offset] : nil }
    private func isNext(_ character: Unicode.Scalar, _ offset: Int = 0) -> Bool { at(offset) == character.value }

    private func literal(_ value: UInt32) -> RegexNode {
        let set = CodePointSet(ranges: [value...value])
        return .set(ignoreCase ? set.caseFolded : set)
    }

    // MARK: Grammar

    private mutating func alternatives() throws(RegexError) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        guard depth <= RegexParser.maximumDepth else { throw RegexError(message: "expression nests too deeply") }
        var branches = [try sequence()]
        while isNext("|") {
            index += 1
            branches.append(try sequence())
        }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(RegexError) -> RegexNode {
        var nodes: [RegexNode] = []
        while let character = at(), character != 0x7C, character != 0x29 {
            if isNext("\\"), isNext("Q", 1) {
                index += 2
                while index < pattern.count, !(isNext("\\") && isNext("E", 1)) {
                    nodes.append(literal(pattern[index]))
                    index += 1
                }
                index = min(index + 2, pattern.count)
                continue
            }
            let start = index
            guard let atom = try atom() else { continue }
            nodes.append(try quantified(atom, from: start))
        }
        return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func quantified(_ atom: RegexNode, from start: Int) throws(RegexError) -> RegexNode {
        var node = atom
        var quantified = false
        while let character = at() {
            let begin = index
            var minimum = 0
            var maximum: Int?
            switch character {
            case 0x2A: index += 1
            case 0x2B:
                minimum = 1
                index += 1
            case 0x3F:
                maximum = 1
                index += 1
            case 0x7B:
                guard let counts = try repetition() else { return node }
                (minimum, maximum) = counts
            default: return node
            }
            if quantified { throw RegexError(message: "bad repetition operator: \(text(begin - 1, index))") }
            quantified = true
            var greedy = !ungreedy
            if isNext("?") {
                greedy.toggle()
                index += 1
            }
            node = .repeated(node, minimum: minimum, maximum: maximum, greedy: greedy)
        }
        return node
    }

    /// `{n}`, `{n,}`, `{n,m}`; anything else is a literal brace.
    private mutating func repetition() throws(RegexError) -> (Int, Int?)? {
        var cursor = index + 1
        func number() -> Int? {
            var value: Int?
            while cursor < pattern.count, (48...57).contains(pattern[cursor]) {
                value = min((value ?? 0) * 10 + Int(pattern[cursor] - 48), 100_000)
                cursor += 1
            }
            return value
        }
        guard let minimum = number() else { return nil }
        var maximum: Int? = minimum
        if cursor < pattern.count, pattern[cursor] == 0x2C {
            cursor += 1
            maximum = number()
        }
        guard cursor < pattern.count, pattern[cursor] == 0x7D else { return nil }
        cursor += 1
        if minimum > RegexParser.maximumRepeat || (maximum ?? 0) > RegexParser.maximumRepeat || (maximum ?? minimum) < minimum {
            throw RegexError(message: "invalid repetition size: \(text(index, cursor))")
        }
        index = cursor
        return (minimum, maximum)
    }

    private mutating func atom() throws(RegexError) -> RegexNode? {
        let character = pattern[index]
        switch character {
        case 0x28: return try group()
        case 0x5B: return try bracket()
        case 0x2E:
            index += 1
            return .set(dotMatchesNewline ? .all : CodePointSet(ranges: [10...10]).inverted)
        case 0x5E:
            index += 1
            return .assertion(multiLine ? .lineStart : .textStart)
        case 0x24:
            index += 1
            return .assertion(multiLine ? .lineEnd : .textEnd)
        case 0x2A, 0x2B, 0x3F: throw RegexError(message: "no argument for repetition operator: \(text(index, index + 1))")
        case 0x5C: return try escape()
        default:
            index += 1
            return literal(character)
        }
    }

    private mutating func group() throws(RegexError) -> RegexNode? {
        let start = index
        index += 1
        let saved = (ignoreCase, dotMatchesNewline, multiLine, ungreedy)
        if isNext("?") {
            var cursor = index + 1
            if cursor < pattern.count, pattern[cursor] == 0x50 { cursor += 1 }
            if cursor < pattern.count, pattern[cursor] == 0x3C, cursor + 1 < pattern.count, pattern[cursor + 1] != 0x3D, pattern[cursor + 1] != 0x21 {
                // (?<name>…) and (?P<name>…): a group like any other; its name only reads well.
                guard let end = pattern[cursor...].firstIndex(of: 0x3E), end > cursor + 1,
                      pattern[(cursor + 1)..<end].allSatisfy({ letter in CodePointSet.words.ranges.contains { $0.contains(letter) } })
                else { throw RegexError(message: "invalid named capture group: \(text(start))") }
                index = end + 1
                return try capture(start: start, restoring: saved)
            }
            index += 1
            var value = true
            while let flag = at() {
                switch flag {
                case 0x69: ignoreCase = value
                case 0x73: dotMatchesNewline = value
                case 0x6D: multiLine = value
                case 0x55: ungreedy = value
                case 0x2D: value = false
                case 0x29:
                    // (?i): the flags hold to the end of the enclosing group.
                    index += 1
                    return nil
                case 0x3A:
                    index += 1
                    let node = try alternatives()
                    guard isNext(")") else { throw RegexError(message: "missing ): \(text(0))") }
                    index += 1
                    (ignoreCase, dotMatchesNewline, multiLine, ungreedy) = saved
                    return node
                default: throw RegexError(message: "invalid perl operator: \(text(start, index + 1))")
                }
                index += 1
            }
            throw RegexError(message: "missing ): \(text(0))")
        }
        return try capture(start: start, restoring: saved)
    }

    private mutating func capture(start: Int, restoring saved: (Bool, Bool, Bool, Bool)) throws(RegexError) -> RegexNode {
        groupCount += 1
        let number = groupCount
        let node = try alternatives()
        guard isNext(")") else { throw RegexError(message: "missing ): \(text(0))") }
        index += 1
        (ignoreCase, dotMatchesNewline, multiLine, ungreedy) = saved
        return .group(node, index: number)
    }

    // MARK: Escapes and classes

    private mutating func escape() throws(RegexError) -> RegexNode {
        guard let next = at(1) else { throw RegexError(message: "trailing \\ at end of regexp: \(text(index))") }
        switch next {
        case 0x41: index += 2; return .assertion(.textStart)
        case 0x7A: index += 2; return .assertion(.textEnd)
        case 0x62: index += 2; return .assertion(.wordBoundary)
        case 0x42: index += 2; return .assertion(.notWordBoundary)
        case 0x43: index += 2; return .set(.all)
        default: break
        }
        if let set = try classEscape() { return .set(ignoreCase ? set.caseFolded : set) }
        return literal(try characterEscape())
    }

    /// `\d`, `\pL`, … at the cursor; `nil` when it is no class.
    private mutating func classEscape() throws(RegexError) -> CodePointSet? {
        guard let next = at(1) else { return nil }
        switch next {
        case 0x64: index += 2; return .digits
        case 0x44: index += 2; return CodePointSet.digits.inverted
        case 0x77: index += 2; return .words
        case 0x57: index += 2; return CodePointSet.words.inverted
        case 0x73: index += 2; return .spaces
        case 0x53: index += 2; return CodePointSet.spaces.inverted
        case 0x70, 0x50:
            let start = index
            index += 2
            var inverted = next == 0x50
            var name: String
            if isNext("{") {
                guard let end = pattern[index...].firstIndex(of: 0x7D) else { throw RegexError(message: "invalid character class range: \(text(start))") }
                name = text(index + 1, end)
                index = end + 1
            } else {
                name = text(index, index + 1)
                index += 1
            }
            if name.hasPrefix("^") {
                inverted.toggle()
                name.removeFirst()
            }
            guard let set = UnicodeClasses.set(named: name) else { throw RegexError(message: "invalid character class range: \(text(start, index))") }
            return inverted ? set.inverted : set
        default: return nil
        }
    }

    /// An escape that stands for one code point; moves past it.
    private mutating func characterEscape() throws(RegexError) -> UInt32 {
        let start = index
        index += 1
        guard let character = at() else { throw RegexError(message: "trailing \\ at end of regexp: \(text(start))") }
        index += 1
        switch character {
        case 0x61: return 7
        case 0x66: return 12
        case 0x6E: return 10
        case 0x72: return 13
        case 0x74: return 9
        case 0x76: return 11
        case 0x30:
            var value: UInt32 = 0
            var digits = 0
            while digits < 2, let digit = at(), (48...55).contains(digit) {
                value = value * 8 + digit - 48
                digits += 1
                index += 1
            }
            return value
        case 0x78:
            var value: UInt32 = 0
            if isNext("{") {
                index += 1
                let from = index
                while let digit = at().flatMap({ UInt8(exactly: $0) }).flatMap(NumberText.hexDigit), value <= CodePointSet.maximum {
                    value = value * 16 + UInt32(digit)
                    index += 1
                }
                guard index > from, isNext("}"), value <= CodePointSet.maximum else { throw RegexError(message: "invalid escape sequence: \(text(start, index + 1))") }
                index += 1
                return value
            }
            for _ in 0..<2 {
                guard let digit = at().flatMap({ UInt8(exactly: $0) }).flatMap(NumberText.hexDigit) else {
                    throw RegexError(message: "invalid escape sequence: \(text(start, index + 1))")
                }
                value = value * 16 + UInt32(digit)
                index += 1
            }
            return value
        default:
            // Letters and digits without a meaning are errors, so that they can be given one; punctuation stands for itself.
            if character < 0x80, CodePointSet.words.ranges.contains(where: { $0.contains(character) }), character != 0x5F {
                throw RegexError(message: "invalid escape sequence: \(text(start, index))")
            }
            return character
        }
    }

    private mutating func bracket() throws(RegexError) -> RegexNode {
        let start = index
        index += 1
        var inverted = false
        if isNext("^") {
            inverted = true
            index += 1
        }
        var set = CodePointSet()
        var first = true
        while first || !isNext("]") {
            first = false
            guard index < pattern.count else { throw RegexError(message: "missing ]: \(text(start))") }
            if isNext("["), isNext(":", 1) {
                let body = pattern[(index + 2)...]
                if let end = body.indices.first(where: { pattern[$0] == 0x3A && $0 + 1 < pattern.count && pattern[$0 + 1] == 0x5D }) {
                    let name = text(index + 2, end)
                    guard let posix = UnicodeClasses.posix(name) else {
                        throw RegexError(message: "invalid character class range: \(text(index, end + 2))")
                    }
                    set.insert(posix)
                    index = end + 2
                    continue
                }
            }
            if isNext("\\"), let escaped = try classEscape() {
                set.insert(escaped)
                continue
            }
            let rangeStart = index
            let low = try classCharacter()
            if isNext("-"), let after = at(1), after != 0x5D {
                index += 1
                let high = try classCharacter()
                guard low <= high else { throw RegexError(message: "invalid character class range: \(text(rangeStart, index))") }
                set.insert(low...high)
            } else {
                set.insert(low...low)
            }
        }
        index += 1
        set = set.normalized
        if ignoreCase { set = set.caseFolded }
        return .set(inverted ? set.inverted : set)
    }

    private mutating func classCharacter() throws(RegexError) -> UInt32 {
        guard let character = at() else { throw RegexError(message: "missing ]: \(text(0))") }
        if character == 0x5C { return try characterEscape() }
        index += 1
        return character
    }
}
