import Foundation

/// Reads lines from a terminal with editing keys and history; from a pipe it simply reads lines.
///
/// Emacs keys as in other shells: arrows, Home/End, Ctrl-A/E/B/F/K/U/W/L/D/C, Alt-B/F, Ctrl-P/N and Ctrl-R (search back).
final class LineEditor {
    enum Input: Equatable {
        case line(String)
        /// Ctrl-C: forget what was typed.
        case interrupted
        case endOfInput
    }

    private(set) var history: [String] = []
    private let historyPath: String?
    static let longestHistory = 2_000
    private let interactive = Terminal.standardInputIsTerminal && Terminal.standardOutputIsTerminal

    init(historyPath: String?) {
        self.historyPath = historyPath
        guard let historyPath, let text = try? String(contentsOfFile: historyPath, encoding: .utf8) else { return }
        history = text.split(separator: "\n").map { $0.replacingOccurrences(of: "\u{1F}", with: "\n") }
    }

    /// Remembers an entry (several lines count as one) and writes the history file, readable by its owner alone.
    func remember(_ entry: String) {
        let trimmed = entry.trimmingCharacters(in: .whitespacesAndNewlines)
        guard interactive, !trimmed.isEmpty, history.last != trimmed else { return }
        history.append(trimmed)
        if history.count > Self.longestHistory { history.removeFirst(history.count - Self.longestHistory) }
        guard let historyPath else { return }
        let text = history.map { $0.replacingOccurrences(of: "\n", with: "\u{1F}") }.joined(separator: "\n") + "\n"
        let descriptor = open(historyPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { return }
        try? FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: Data(text.utf8))
    }

    func read(prompt: String) -> Input {
        guard interactive else {
            return readLine(strippingNewline: true).map(Input.line) ?? .endOfInput
        }
        var saved = termios()
        guard tcgetattr(STDIN_FILENO, &saved) == 0 else { return readLine().map(Input.line) ?? .endOfInput }
        var raw = saved
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG | IEXTEN)
        raw.c_iflag &= ~tcflag_t(IXON | ICRNL)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw)
        defer { tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved) }
        var line = EditedLine(prompt: prompt, history: history)
        line.draw()
        while true {
            switch line.accept(readKey()) {
            case nil: continue
            case .some(let input):
                Terminal.write("\r\n")
                return input
            }
        }
    }

    enum Key: Equatable {
        case character(Character)
        case enter, backspace, delete, left, right, up, down, home, end, wordLeft, wordRight
        case control(Character)
        case endOfInput, unknown
    }

    private func readByte() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            let count = Foundation.read(STDIN_FILENO, &byte, 1)
            if count == 1 { return byte }
            if count < 0 && errno == EINTR { continue }
            return nil
        }
    }

    private func readKey() -> Key {
        guard let byte = readByte() else { return .endOfInput }
        switch byte {
        case 13, 10: return .enter
        case 127, 8: return .backspace
        case 27: return readEscape()
        case 1...26: return .control(Character(UnicodeScalar(byte + 96)))
        default: return readCharacter(first: byte)
        }
    }

    private func readEscape() -> Key {
        guard let second = readByte() else { return .endOfInput }
        switch second {
        case UInt8(ascii: "b"): return .wordLeft
        case UInt8(ascii: "f"): return .wordRight
        case UInt8(ascii: "["), UInt8(ascii: "O"):
            var parameters: [UInt8] = []
            while let byte = readByte() {
                if byte >= 0x40 && byte <= 0x7E {
                    switch (byte, parameters) {
                    case (UInt8(ascii: "A"), _): return .up
                    case (UInt8(ascii: "B"), _): return .down
                    case (UInt8(ascii: "C"), _): return parameters.isEmpty ? .right : .wordRight
                    case (UInt8(ascii: "D"), _): return parameters.isEmpty ? .left : .wordLeft
                    case (UInt8(ascii: "H"), _): return .home
                    case (UInt8(ascii: "F"), _): return .end
                    case (UInt8(ascii: "~"), [UInt8(ascii: "3")]): return .delete
                    case (UInt8(ascii: "~"), [UInt8(ascii: "1")]), (UInt8(ascii: "~"), [UInt8(ascii: "7")]): return .home
                    case (UInt8(ascii: "~"), [UInt8(ascii: "4")]), (UInt8(ascii: "~"), [UInt8(ascii: "8")]): return .end
                    default: return .unknown
                    }
                }
                parameters.append(byte)
            }
            return .endOfInput
        default: return .unknown
        }
    }

    private func readCharacter(first: UInt8) -> Key {
        var bytes = [first]
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1
        while bytes.count < length, let byte = readByte() { bytes.append(byte) }
        guard let character = String(decoding: bytes, as: UTF8.self).first else { return .unknown }
        return .character(character)
    }
}

/// The line being edited: its text, the cursor, and the way through the history.
struct EditedLine {
    let prompt: String
    let history: [String]
    var text: [Character] = []
    var cursor = 0
    private var historyIndex: Int
    private var draft: [Character] = []
    /// Non-nil while Ctrl-R searches.
    private var search: String?

    init(prompt: String, history: [String]) {
        self.prompt = prompt
        self.history = history
        historyIndex = history.count
    }

    func draw() {
        let shown = search.map { "(search) \($0): " } ?? prompt
        let line = String(text).replacingOccurrences(of: "\n", with: "⏎")
        var out = "\r\u{1B}[K" + shown + line
        let after = displayWidth(String(text[cursor...]))
        if after > 0 { out += "\u{1B}[\(after)D" }
        Terminal.write(out)
    }

    /// Takes one key; returns the finished input, or nil while the line goes on.
    mutating func accept(_ key: LineEditor.Key) -> LineEditor.Input? {
        if search != nil, acceptSearch(key) {
            draw()
            return nil
        }
        switch key {
        case .enter: return .line(String(text))
        case .endOfInput: return .endOfInput
        case .control("d"):
            if text.isEmpty { return .endOfInput }
            if cursor < text.count { text.remove(at: cursor) }
        case .control("c"): return .interrupted
        case .character(let character): insert(character)
        case .backspace where cursor > 0:
            cursor -= 1
            text.remove(at: cursor)
        case .delete where cursor < text.count: text.remove(at: cursor)
        case .left, .control("b"): cursor = max(0, cursor - 1)
        case .right, .control("f"): cursor = min(text.count, cursor + 1)
        case .home, .control("a"): cursor = 0
        case .end, .control("e"): cursor = text.count
        case .wordLeft: cursor = wordStart(before: cursor)
        case .wordRight: cursor = wordEnd(after: cursor)
        case .control("k"): text.removeSubrange(cursor...)
        case .control("u"):
            text.removeSubrange(..<cursor)
            cursor = 0
        case .control("w"):
            let start = wordStart(before: cursor)
            text.removeSubrange(start ..< cursor)
            cursor = start
        case .control("l"): Terminal.write("\u{1B}[H\u{1B}[2J")
        case .control("r"): search = ""
        case .control("i"): insert("\t")
        case .up, .control("p"): walk(-1)
        case .down, .control("n"): walk(1)
        default: break
        }
        draw()
        return nil
    }

    private mutating func insert(_ character: Character) {
        text.insert(character, at: cursor)
        cursor += 1
    }

    private mutating func walk(_ step: Int) {
        let next = historyIndex + step
        guard (0...history.count).contains(next) else { return }
        if historyIndex == history.count { draft = text }
        historyIndex = next
        text = next == history.count ? draft : Array(history[next])
        cursor = text.count
    }

    /// True when the key belonged to the search.
    private mutating func acceptSearch(_ key: LineEditor.Key) -> Bool {
        var wanted = search ?? ""
        var from = historyIndex
        switch key {
        case .character(let character):
            wanted.append(character)
            from = history.count
        case .backspace:
            wanted = String(wanted.dropLast())
            from = history.count
        case .control("r"): break
        default:
            search = nil
            return key == .control("c")
        }
        search = wanted
        if let found = history[..<min(from, history.count)].lastIndex(where: { $0.contains(wanted) }) {
            historyIndex = found
            text = Array(history[found])
            cursor = text.count
        }
        return true
    }

    private func wordStart(before position: Int) -> Int {
        var index = position
        while index > 0, !(text[index - 1].isLetter || text[index - 1].isNumber) { index -= 1 }
        while index > 0, text[index - 1].isLetter || text[index - 1].isNumber { index -= 1 }
        return index
    }

    private func wordEnd(after position: Int) -> Int {
        var index = position
        while index < text.count, !(text[index].isLetter || text[index].isNumber) { index += 1 }
        while index < text.count, text[index].isLetter || text[index].isNumber { index += 1 }
        return index
    }
}
