/// A regular expression as instructions for a non-deterministic automaton (Thompson's construction).
struct RegexProgram {
    enum Instruction {
        /// Consumes one code point of class set `set`, goes on at the next instruction.
        case consume(set: Int)
        case jump(Int)
        /// Two ways on, the first preferred.
        case split(Int, Int)
        case save(Int)
        case assert(RegexNode.Assertion)
        case match
    }

    private(set) var instructions: [Instruction] = []
    /// The distinct sets that instructions consume, as membership per code point class.
    private(set) var sets: [CodePointSet] = []
    let groupCount: Int
    private(set) var classes: CodePointClasses
    /// `member[set][class]`.
    private(set) var member: [[Bool]] = []
    private(set) var hasContextAssertions = false

    /// RE2 bounds the memory of a program; this bounds its instructions.
    static let maximumInstructions = 60_000

    init(_ node: RegexNode, groupCount: Int) throws(RegexError) {
        self.groupCount = groupCount
        classes = CodePointClasses(sets: [])
        try emit(.save(0))
        try compile(node)
        try emit(.save(1))
        try emit(.match)
        classes = CodePointClasses(sets: sets)
        let classes = classes
        member = sets.map { set in
            // Ranges and representatives both ascend: one walk over the two.
            var range = 0
            return classes.representatives.map { value in
                while range < set.ranges.count, set.ranges[range].upperBound < value { range += 1 }
                return range < set.ranges.count && set.ranges[range].lowerBound <= value
            }
        }
    }

    @discardableResult
    private mutating func emit(_ instruction: Instruction) throws(RegexError) -> Int {
        guard instructions.count < RegexProgram.maximumInstructions else { throw RegexError(message: "pattern too large - compile failed") }
        instructions.append(instruction)
        return instructions.count - 1
    }

    private mutating func compile(_ node: RegexNode) throws(RegexError) {
        switch node {
        case .empty: break
        case .set(let set):
            let index: Int
            if let known = sets.firstIndex(of: set) {
                index = known
            } else {
                index = sets.count
                sets.append(set)
            }
            try emit(.consume(set: index))
        case .sequence(let nodes): for node in nodes { try compile(node) }
        case .alternatives(let nodes):
            var exits: [Int] = []
            for (position, node) in nodes.enumerated() {
                guard position < nodes.count - 1 else { try compile(node); break }
                let split = try emit(.match)
                try compile(node)
                exits.append(try emit(.match))
                instructions[split] = .split(split + 1, instructions.count)
            }
            for exit in exits { instructions[exit] = .jump(instructions.count) }
        case .repeated(let inner, let minimum, let maximum, let greedy): try repeated(inner, minimum, maximum, greedy)
        case .group(let inner, let index):
            try emit(.save(index * 2))
            try compile(inner)
            try emit(.save(index * 2 + 1))
        case .assertion(let assertion):
            switch assertion {
            case .textStart, .textEnd: break
            default: hasContextAssertions = true
            }
            try emit(.assert(assertion))
        }
    }

    private mutating func repeated(_ inner: RegexNode, _ minimum: Int, _ maximum: Int?, _ greedy: Bool) throws(RegexError) {
        func split(_ into: Int, _ past: Int) -> Instruction { greedy ? .split(into, past) : .split(past, into) }
        for _ in 0..<(maximum == nil ? max(0, minimum - 1) : minimum) { try compile(inner) }
        if let maximum {
            var splits: [Int] = []
            for _ in 0..<max(0, maximum - minimum) {
                splits.append(try emit(.match))
                try compile(inner)
            }
            for position in splits { instructions[position] = split(position + 1, instructions.count) }
            return
        }
        // x* is (x+)?: an empty first round then ends the loop, as RE2 has it.
        let skip = minimum == 0 ? try emit(.match) : nil
        let loop = instructions.count
        try compile(inner)
        let again = try emit(.match)
        instructions[again] = split(loop, again + 1)
        if let skip { instructions[skip] = split(skip + 1, instructions.count) }
    }
}

/// Code points that no set of a program tells apart, as small numbers.
struct CodePointClasses {
    private let ascii: [UInt16]
    /// Starts of the ranges of equal class, ascending from 0.
    private let starts: [UInt32]
    /// One code point of each class.
    let representatives: [UInt32]
    var count: Int { representatives.count }

    init(sets: [CodePointSet]) {
        var bounds: Set<UInt32> = [0]
        for set in sets {
            for range in set.ranges {
                bounds.insert(range.lowerBound)
                if range.upperBound < CodePointSet.maximum { bounds.insert(range.upperBound + 1) }
            }
        }
        let starts = bounds.sorted()
        self.starts = starts
        representatives = starts
        ascii = (0..<128).map { value in UInt16(clamping: CodePointClasses.search(starts, UInt32(value))) }
    }

    private static func search(_ starts: [UInt32], _ value: UInt32) -> Int {
        var low = 0
        var high = starts.count
        while low < high {
            let middle = (low + high) / 2
            if starts[middle] <= value { low = middle + 1 } else { high = middle }
        }
        return low - 1
    }

    @inline(__always)
    func of(_ value: UInt32) -> Int {
        value < 128 ? Int(ascii[Int(value)]) : CodePointClasses.search(starts, value)
    }
}
