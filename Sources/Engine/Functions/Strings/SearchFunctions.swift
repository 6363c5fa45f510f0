import CSQLite

extension FunctionList {
    /// Finding text in text: prefixes, positions, LIKE, GLOB.
    mutating func addStringSearch() {
        scalar("bl_starts_with", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.text(0).starts(with: call.text(1)))
        }
        scalar("bl_ends_with", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let text = call.text(0)
            let suffix = call.text(1)
            call.result(suffix.count <= text.count && text[(text.count - suffix.count)...].elementsEqual(suffix))
        }
        scalar("bl_contains", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(UTF8Text.find(call.text(1), in: call.text(0)) != nil)
        }
        scalar("bl_strpos", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let text = call.text(0)
            guard let found = UTF8Text.find(call.text(1), in: text) else { call.result(0); return }
            call.result(UTF8Text.count(Bytes(rebasing: text[..<found])) + 1)
        }
        for (name, fold) in [("bl_like", 0), ("bl_ilike", 1)] {
            for arity in [Int32(2), 3] {
                scalar(name, arity, tag: fold) { context, count, arguments in
                    guard let call = Call(context, count, arguments) else { return }
                    var escape: UInt8?
                    if call.count == 3 {
                        let text = call.text(2)
                        guard text.count <= 1 else {
                            call.fail("BL_INVALID_INPUT: Invalid escape string. Escape string must be empty or one character.")
                            return
                        }
                        escape = text.first
                    }
                    let pattern = call.text(1)
                    if let escape, LikePattern.endsInEscape(pattern, escape) {
                        call.fail("BL_INVALID_INPUT: Like pattern must not end with escape character!")
                        return
                    }
                    call.result(LikePattern.matches(call.text(0), pattern, escape: escape, foldCase: call.tag == 1))
                }
            }
        }
        scalar("bl_glob", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(GlobPattern.matches(call.text(0), call.text(1)))
        }
    }
}

/// LIKE as the standard has it: `%` any run, `_` one code point, no escape character unless one is named.
enum LikePattern {
    static func endsInEscape(_ pattern: Bytes, _ escape: UInt8) -> Bool {
        var index = 0
        while index < pattern.count {
            if pattern[index] == escape {
                index += 1
                if index == pattern.count { return true }
            }
            index += 1
        }
        return false
    }

    /// Greedy with one point to come back to (the last `%`): quadratic at worst, never exponential.
    static func matches(_ text: Bytes, _ pattern: Bytes, escape: UInt8?, foldCase: Bool) -> Bool {
        var at = 0
        var index = 0
        var retryPattern = -1
        var retryText = 0
        while at < text.count {
            if index < pattern.count {
                var byte = pattern[index]
                var literal = index
                if let escape, byte == escape, index + 1 < pattern.count {
                    literal = index + 1
                } else if byte == UInt8(ascii: "%") {
                    index += 1
                    retryPattern = index
                    retryText = at
                    continue
                } else if byte == UInt8(ascii: "_") {
                    at += UTF8Text.width(text, at)
                    index += 1
                    continue
                }
                byte = pattern[literal]
                if byte < 0x80, text[at] < 0x80 {
                    if byte == text[at] || foldCase && lowered(byte) == lowered(text[at]) {
                        at += 1
                        index = literal + 1
                        continue
                    }
                } else {
                    let (wanted, wantedWidth) = UTF8Text.scalar(pattern, literal)
                    let (found, foundWidth) = UTF8Text.scalar(text, at)
                    if wanted == found || foldCase && UTF8Text.lower(wanted) == UTF8Text.lower(found) {
                        at += foundWidth
                        index = literal + wantedWidth
                        continue
                    }
                }
            }
            guard retryPattern >= 0 else { return false }
            retryText += UTF8Text.width(text, retryText)
            at = retryText
            index = retryPattern
        }
        while index < pattern.count, pattern[index] == UInt8(ascii: "%"), escape != UInt8(ascii: "%") { index += 1 }
        return index == pattern.count
    }

    @inline(__always)
    private static func lowered(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte + 32 : byte }
}

/// GLOB as shells have it: `*`, `?`, `[a-z]`, `[!a-z]`, backslash before a special character.
enum GlobPattern {
    static func matches(_ text: Bytes, _ pattern: Bytes) -> Bool {
        var at = 0
        var index = 0
        var retryPattern = -1
        var retryText = 0
        while at < text.count {
            if index < pattern.count {
                switch pattern[index] {
                case UInt8(ascii: "*"):
                    index += 1
                    retryPattern = index
                    retryText = at
                    continue
                case UInt8(ascii: "?"):
                    at += UTF8Text.width(text, at)
                    index += 1
                    continue
                case UInt8(ascii: "["):
                    let (found, width) = UTF8Text.scalar(text, at)
                    if let end = matchSet(pattern, index, found) {
                        at += width
                        index = end
                        continue
                    }
                default:
                    let escaped = pattern[index] == UInt8(ascii: "\\") && index + 1 < pattern.count
                    let literal = escaped ? index + 1 : index
                    if pattern[literal] == text[at] {
                        at += 1
                        index = literal + 1
                        continue
                    }
                }
            }
            guard retryPattern >= 0 else { return false }
            retryText += UTF8Text.width(text, retryText)
            at = retryText
            index = retryPattern
        }
        while index < pattern.count, pattern[index] == UInt8(ascii: "*") { index += 1 }
        return index == pattern.count
    }

    /// The index behind the set at `start` when the code point is in it.
    private static func matchSet(_ pattern: Bytes, _ start: Int, _ value: UInt32) -> Int? {
        var index = start + 1
        var inverted = false
        if index < pattern.count, pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^") {
            inverted = true
            index += 1
        }
        var found = false
        var first = true
        while index < pattern.count, first || pattern[index] != UInt8(ascii: "]") {
            first = false
            let (low, width) = UTF8Text.scalar(pattern, index)
            index += width
            if index + 1 < pattern.count, pattern[index] == UInt8(ascii: "-"), pattern[index + 1] != UInt8(ascii: "]") {
                let (high, highWidth) = UTF8Text.scalar(pattern, index + 1)
                index += 1 + highWidth
                if low <= value, value <= high { found = true }
            } else if low == value {
                found = true
            }
        }
        guard index < pattern.count else { return nil }
        return found != inverted ? index + 1 : nil
    }
}
