/// A compiled regular expression. Matching takes time linear in the text, whatever the expression.
///
/// Holds scratch memory and a growing automaton: used by one thread at a time (it belongs to one statement).
final class RegexMatcher {
    private let program: RegexProgram
    private var searchAutomaton: LazyAutomaton?
    private var fullAutomaton: LazyAutomaton?
    private var threads: ThreadList
    private var nextThreads: ThreadList
    private var stack: [(pc: Int, slot: Int, old: Int)] = []
    /// Captures kept per thread: pairs for the whole match and for the groups that can be asked for.
    private let slots: Int
    /// The last group that `\9` and `regexp_extract` can name.
    static let maximumGroup = 9
    /// A byte every match starts with, when there is one.
    private let firstByte: UInt8?

    var groupCount: Int { program.groupCount }

    init(_ pattern: Bytes, options: RegexOptions) throws(RegexError) {
        if options.literal {
            var nodes: [RegexNode] = []
            for scalar in UTF8Text.scalars(pattern) {
                let set = CodePointSet(ranges: [scalar...scalar])
                nodes.append(.set(options.ignoreCase ? set.caseFolded : set))
            }
            program = try RegexProgram(.sequence(nodes), groupCount: 0)
        } else {
            var parser = RegexParser(pattern, options: options)
            let node = try parser.parse()
            program = try RegexProgram(node, groupCount: parser.groupCount)
        }
        slots = (min(program.groupCount, RegexMatcher.maximumGroup) + 1) * 2
        threads = ThreadList(instructions: program.instructions.count, slots: slots)
        nextThreads = ThreadList(instructions: program.instructions.count, slots: slots)
        firstByte = RegexMatcher.firstByte(of: program)
        if !program.hasContextAssertions {
            searchAutomaton = LazyAutomaton(program, anchored: false)
            fullAutomaton = LazyAutomaton(program, anchored: true)
        }
    }

    private static func firstByte(of program: RegexProgram) -> UInt8? {
        for instruction in program.instructions {
            switch instruction {
            case .save: continue
            case .consume(let set):
                let ranges = program.sets[set].ranges
                guard ranges.count == 1, ranges[0].count == 1, ranges[0].lowerBound < 128 else { return nil }
                return UInt8(ranges[0].lowerBound)
            default: return nil
            }
        }
        return nil
    }

    /// Is there a match anywhere?
    func matches(_ text: Bytes) -> Bool {
        if searchAutomaton != nil { return searchAutomaton?.run(program, text) ?? false }
        return find(text, from: 0) != nil
    }

    /// Does all of the text match?
    func matchesFully(_ text: Bytes) -> Bool {
        if fullAutomaton != nil { return fullAutomaton?.run(program, text) ?? false }
        return find(text, from: 0, full: true) != nil
    }

    /// Byte offsets of the leftmost match at or behind `start` (pairs of start and end per group, -1 where a group took no
    /// part), preferring alternatives from the left and long or short repetitions as they are written.
    func find(_ text: Bytes, from start: Int, full: Bool = false) -> [Int]? {
        var best: [Int]?
        threads.clear()
        var position = start
        var captures = [Int](repeating: -1, count: slots)
        while true {
            if threads.count == 0 {
                if best != nil { break }
                if full, position > start { break }
                if let firstByte, !full {
                    while position < text.count, text[position] != firstByte { position += 1 }
                    if position == text.count { break }
                }
            }
            if best == nil, !full || position == start {
                for slot in 0..<slots { captures[slot] = -1 }
                follow(0, text, position, &captures, into: &threads)
            }
            let atEnd = position >= text.count
            let (value, width) = atEnd ? (0, 1) : UTF8Text.scalar(text, position)
            let cls = atEnd ? -1 : program.classes.of(value)
            nextThreads.clear()
            scan: for index in 0..<threads.count {
                let pc = threads.order[index]
                switch program.instructions[pc] {
                case .consume(let set):
                    guard cls >= 0, program.member[set][cls] else { continue }
                    threads.load(pc, into: &captures)
                    follow(pc + 1, text, position + width, &captures, into: &nextThreads)
                case .match:
                    if full, !atEnd { continue }
                    var found = captures
                    threads.load(pc, into: &found)
                    best = found
                    // Threads behind this one are less preferred.
                    break scan
                default: continue
                }
            }
            swap(&threads, &nextThreads)
            if atEnd { break }
            position += width
        }
        return best
    }

    /// Adds every consuming instruction reachable from `start` without consuming, in order of preference.
    private func follow(_ start: Int, _ text: Bytes, _ position: Int, _ captures: inout [Int], into list: inout ThreadList) {
        stack.removeAll(keepingCapacity: true)
        stack.append((start, -1, 0))
        while let (pc, slot, old) = stack.popLast() {
            if slot >= 0 {
                captures[slot] = old
                continue
            }
            guard list.insert(pc) else { continue }
            switch program.instructions[pc] {
            case .jump(let target): stack.append((target, -1, 0))
            case .split(let first, let second):
                stack.append((second, -1, 0))
                stack.append((first, -1, 0))
            case .save(let slot) where slot >= slots: stack.append((pc + 1, -1, 0))
            case .save(let slot):
                stack.append((pc, slot, captures[slot]))
                captures[slot] = position
                stack.append((pc + 1, -1, 0))
            case .assert(let assertion):
                if RegexMatcher.holds(assertion, text, position) { stack.append((pc + 1, -1, 0)) }
            case .consume, .match: list.store(pc, captures)
            }
        }
    }

    static func holds(_ assertion: RegexNode.Assertion, _ text: Bytes, _ position: Int) -> Bool {
        func isWord(_ index: Int) -> Bool {
            guard index >= 0, index < text.count else { return false }
            let byte = text[index]
            return NumberText.isDigit(byte) || (97...122).contains(byte | 0x20) || byte == UInt8(ascii: "_")
        }
        switch assertion {
        case .textStart: return position == 0
        case .textEnd: return position == text.count
        case .lineStart: return position == 0 || text[position - 1] == 10
        case .lineEnd: return position == text.count || text[position] == 10
        case .wordBoundary: return isWord(position - 1) != isWord(position)
        case .notWordBoundary: return isWord(position - 1) == isWord(position)
        }
    }
}

/// The live threads of a step: a set of instructions in order of preference, each with its captures.
private struct ThreadList {
    private(set) var order: [Int]
    private var index: [Int]
    private var saved: [Int]
    private let slots: Int
    private(set) var count = 0

    init(instructions: Int, slots: Int) {
        order = [Int](repeating: 0, count: instructions)
        index = [Int](repeating: 0, count: instructions)
        saved = [Int](repeating: -1, count: instructions * slots)
        self.slots = slots
    }

    mutating func clear() { count = 0 }

    /// Sparse set: `false` when the instruction is in already.
    mutating func insert(_ pc: Int) -> Bool {
        let at = index[pc]
        if at < count, order[at] == pc { return false }
        index[pc] = count
        order[count] = pc
        count += 1
        return true
    }

    mutating func store(_ pc: Int, _ captures: [Int]) {
        for slot in 0..<slots { saved[pc * slots + slot] = captures[slot] }
    }

    func load(_ pc: Int, into captures: inout [Int]) {
        for slot in 0..<slots { captures[slot] = saved[pc * slots + slot] }
    }
}
