/// A deterministic automaton whose states are made as texts need them: answers whether a text matches, a table look-up
/// per code point. Only for programs whose assertions look at nothing but the ends of the text.
struct LazyAutomaton {
    private let anchored: Bool
    private let classCount: Int
    /// `transitions[state * classCount + class]`: next state, or `unknown`.
    private var transitions: [Int32] = []
    private var states: [[Int]] = []
    private var matching: [Bool] = []
    /// Does the state match when the text ends in it? 0 unknown, 1 no, 2 yes.
    private var matchingAtEnd: [UInt8] = []
    private var numbers: [[Int]: Int32] = [:]
    private var start: Int32 = -1

    private static let unknown: Int32 = -1
    /// Beyond this the automaton is thrown away and grown anew: memory stays bounded for any expression.
    private static let maximumStates = 2_000

    init(_ program: RegexProgram, anchored: Bool) {
        self.anchored = anchored
        classCount = program.classes.count
    }

    mutating func run(_ program: RegexProgram, _ text: Bytes) -> Bool {
        if start < 0 { start = number(closure(program, [0], atStart: true)) }
        var state = start
        if !anchored, matching[Int(state)] { return true }
        var position = 0
        while position < text.count {
            let byte = text[position]
            let cls: Int
            if byte < 128 {
                cls = program.classes.of(UInt32(byte))
                position += 1
            } else {
                let (value, width) = UTF8Text.scalar(text, position)
                cls = program.classes.of(value)
                position += width
            }
            var next = transitions[Int(state) * classCount + cls]
            if next == LazyAutomaton.unknown { next = step(program, &state, cls) }
            state = next
            if !anchored { if matching[Int(state)] { return true } } else if states[Int(state)].isEmpty { return false }
        }
        let index = Int(state)
        if matchingAtEnd[index] == 0 { matchingAtEnd[index] = endMatches(program, states[index], atStart: text.isEmpty) ? 2 : 1 }
        // The empty text is both start and end; its verdict must not stay for other texts that end in the start state.
        if text.isEmpty {
            let verdict = matchingAtEnd[index] == 2
            matchingAtEnd[index] = 0
            return verdict
        }
        return matchingAtEnd[index] == 2
    }

    private mutating func step(_ program: RegexProgram, _ state: inout Int32, _ cls: Int) -> Int32 {
        if states.count >= LazyAutomaton.maximumStates {
            let current = states[Int(state)]
            transitions.removeAll(keepingCapacity: true)
            states.removeAll(keepingCapacity: true)
            matching.removeAll(keepingCapacity: true)
            matchingAtEnd.removeAll(keepingCapacity: true)
            numbers.removeAll(keepingCapacity: true)
            start = number(closure(program, [0], atStart: true))
            state = number(current)
        }
        var targets: [Int] = []
        for pc in states[Int(state)] where pc != LazyAutomaton.matchMark {
            if case .consume(let set) = program.instructions[pc], program.member[set][cls] { targets.append(pc + 1) }
        }
        if !anchored { targets.append(0) }
        let next = number(closure(program, targets, atStart: false))
        transitions[Int(state) * classCount + cls] = next
        return next
    }

    private mutating func number(_ set: [Int]) -> Int32 {
        if let known = numbers[set] { return known }
        let number = Int32(states.count)
        numbers[set] = number
        states.append(set)
        matching.append(set.last == LazyAutomaton.matchMark)
        matchingAtEnd.append(0)
        transitions.append(contentsOf: repeatElement(LazyAutomaton.unknown, count: classCount))
        return number
    }

    /// Stands in a state's set for the match instruction; larger than any instruction's number, so it sorts last.
    private static let matchMark = Int.max

    /// The consuming instructions (and end assertions, kept for the end) reachable without consuming, sorted.
    private func closure(_ program: RegexProgram, _ starts: [Int], atStart: Bool, atEnd: Bool = false) -> [Int] {
        var seen = Set<Int>()
        var stack = starts
        var out: [Int] = []
        while let pc = stack.popLast() {
            guard seen.insert(pc).inserted else { continue }
            if pc == LazyAutomaton.matchMark { out.append(pc); continue }
            switch program.instructions[pc] {
            case .jump(let target): stack.append(target)
            case .split(let first, let second): stack += [first, second]
            case .save: stack.append(pc + 1)
            case .assert(.textStart): if atStart { stack.append(pc + 1) }
            case .assert(.textEnd): if atEnd { stack.append(pc + 1) } else { out.append(pc) }
            case .assert: break
            case .consume: out.append(pc)
            case .match: out.append(LazyAutomaton.matchMark)
            }
        }
        return out.sorted()
    }

    private func endMatches(_ program: RegexProgram, _ set: [Int], atStart: Bool) -> Bool {
        if set.last == LazyAutomaton.matchMark { return true }
        return closure(program, set, atStart: atStart, atEnd: true).last == LazyAutomaton.matchMark
    }
}
