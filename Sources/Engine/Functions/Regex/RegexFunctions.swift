import CSQLite

/// A compiled expression kept with a statement (SQLite's auxiliary data), and what it was compiled from.
private final class CachedRegex {
    let matcher: RegexMatcher
    let options: RegexOptions
    let optionText: [UInt8]

    init(matcher: RegexMatcher, options: RegexOptions, optionText: [UInt8]) {
        self.matcher = matcher
        self.options = options
        self.optionText = optionText
    }
}

extension Call {
    /// The expression in argument 1 with the options in `optionIndex` (if given); compiled once per statement when both are
    /// constant. Reports an error in either.
    fileprivate func regex(optionIndex: Int, replacing: Bool = false) -> CachedRegex? {
        let optionText = optionIndex < count ? [UInt8](text(optionIndex)) : []
        if let pointer = sqlite3_get_auxdata(context, 1) {
            let cached = Unmanaged<CachedRegex>.fromOpaque(pointer).takeUnretainedValue()
            if cached.optionText == optionText { return cached }
        }
        var options = RegexOptions()
        for byte in optionText {
            switch byte {
            case UInt8(ascii: "c"): options.ignoreCase = false
            case UInt8(ascii: "i"): options.ignoreCase = true
            case UInt8(ascii: "l"): options.literal = true
            case UInt8(ascii: "m"), UInt8(ascii: "n"), UInt8(ascii: "p"): options.dotMatchesNewline = false
            case UInt8(ascii: "s"): options.dotMatchesNewline = true
            case UInt8(ascii: "g"):
                guard replacing else {
                    fail("BL_INVALID_INPUT: Option 'g' (global replace) is only valid for regexp_replace")
                    return nil
                }
                options.replaceAll = true
            case 32, 9, 10: break
            default:
                fail("BL_INVALID_INPUT: Unrecognized Regex option \(Character(Unicode.Scalar(byte)))")
                return nil
            }
        }
        do throws(RegexError) {
            let matcher = try RegexMatcher(text(1), options: options)
            let cached = CachedRegex(matcher: matcher, options: options, optionText: optionText)
            sqlite3_set_auxdata(context, 1, Unmanaged.passRetained(cached).toOpaque()) { pointer in
                if let pointer { Unmanaged<CachedRegex>.fromOpaque(pointer).release() }
            }
            return cached
        } catch {
            fail("BL_INVALID_INPUT: \(error.message)")
            return nil
        }
    }
}

extension FunctionList {
    /// regexp_matches, regexp_full_match, regexp_replace, regexp_extract and their kin.
    mutating func addRegularExpressions() {
        for arity in [Int32(2), 3] {
            scalar("bl_regexp_matches", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments), let regex = call.regex(optionIndex: 2) else { return }
                call.result(regex.matcher.matches(call.text(0)))
            }
            scalar("bl_regexp_full_match", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments), let regex = call.regex(optionIndex: 2) else { return }
                call.result(regex.matcher.matchesFully(call.text(0)))
            }
            scalar("bl_regexp_count", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments), let regex = call.regex(optionIndex: 2) else { return }
                let text = call.text(0)
                var position = 0
                var found = 0
                while position <= text.count, let match = regex.matcher.find(text, from: position) {
                    found += 1
                    position = match[1] > match[0] ? match[1] : match[1] < text.count ? match[1] + UTF8Text.width(text, match[1]) : text.count + 1
                }
                call.result(found)
            }
        }
        for arity in [Int32(2), 3] {
            scalar("bl_regexp_split", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments), let regex = call.regex(optionIndex: 2) else { return }
                let text = call.text(0)
                var parts: [[UInt8]] = []
                var position = 0, start = 0
                func add(_ end: Int) {
                    var out: [UInt8] = []
                    JSONText.appendQuoted(Bytes(rebasing: text[start..<end]), to: &out)
                    parts.append(out)
                }
                while position < text.count, let match = regex.matcher.find(text, from: position) {
                    guard match[1] > match[0] else {
                        // An empty match parts the characters.
                        position = match[0] + (match[0] < text.count ? UTF8Text.width(text, match[0]) : 1)
                        if position < text.count { add(position); start = position }
                        continue
                    }
                    add(match[0])
                    start = match[1]
                    position = match[1]
                }
                add(text.count)
                call.result(list: parts)
            }
        }
        scalar("bl_similar_to", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments), let regex = call.regex(optionIndex: 2) else { return }
            call.result(regex.matcher.matchesFully(call.text(0)))
        }
        for arity in [Int32(3), 4] {
            scalar("bl_regexp_replace", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments), let regex = call.regex(optionIndex: 3, replacing: true) else { return }
                replace(call, regex)
            }
        }
        for arity in [Int32(2), 3, 4] {
            scalar("bl_regexp_extract", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments), let regex = call.regex(optionIndex: 3) else { return }
                let text = call.text(0)
                let group = call.count > 2 ? call.small(2) : 0
                guard (0...9).contains(group) else { call.fail("BL_INVALID_INPUT: Group index must be between 0 and 9!"); return }
                guard group <= regex.matcher.groupCount, regex.matcher.matches(text), let match = regex.matcher.find(text, from: 0),
                      match[group * 2] >= 0
                else { call.result(text: ""); return }
                call.result(text: text[match[group * 2]..<match[group * 2 + 1]])
            }
        }
        scalar("bl_regexp_escape", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            var out: [UInt8] = []
            for byte in call.text(0) {
                if byte == 0 { out.append(contentsOf: "\\x00".utf8); continue }
                let plain = byte >= 0x80 || NumberText.isDigit(byte) || (97...122).contains(byte | 0x20) || byte == UInt8(ascii: "_")
                if !plain { out.append(UInt8(ascii: "\\")) }
                out.append(byte)
            }
            call.result(text: out)
        }
    }
}

/// The first match, or all with option `g`, replaced; `\0`…`\9` in the replacement stand for the groups.
private func replace(_ call: Call, _ regex: CachedRegex) {
    let text = call.text(0)
    let replacement = call.text(2)
    var index = 0
    while index < replacement.count {
        if replacement[index] == UInt8(ascii: "\\") {
            index += 1
            guard index < replacement.count, NumberText.isDigit(replacement[index]) || replacement[index] == UInt8(ascii: "\\") else {
                call.fail("BL_INVALID_INPUT: invalid replacement string '\(call.string(2))': a backslash must be followed by a digit or a backslash")
                return
            }
            if NumberText.isDigit(replacement[index]), Int(replacement[index] - 48) > regex.matcher.groupCount {
                call.fail("BL_INVALID_INPUT: invalid replacement string '\(call.string(2))': the pattern has only \(regex.matcher.groupCount) groups")
                return
            }
        }
        index += 1
    }
    guard regex.matcher.matches(text) else { call.resultArgument(0); return }
    let limit = call.lengthLimit
    var out: [UInt8] = []
    out.reserveCapacity(text.count)
    var position = 0
    var lastEnd = -1
    while position <= text.count, let match = regex.matcher.find(text, from: position) {
        out.append(contentsOf: text[position..<match[0]])
        if match[0] == match[1], match[0] == lastEnd {
            // An empty match right behind the last one is none: step over one code point.
            guard match[0] < text.count else { position = text.count; break }
            let width = UTF8Text.width(text, match[0])
            out.append(contentsOf: text[match[0]..<(match[0] + width)])
            position = match[0] + width
            lastEnd = -1
            continue
        }
        var index = 0
        while index < replacement.count {
            let byte = replacement[index]
            if byte == UInt8(ascii: "\\"), index + 1 < replacement.count {
                let next = replacement[index + 1]
                if NumberText.isDigit(next) {
                    let group = Int(next - 48) * 2
                    if match[group] >= 0 { out.append(contentsOf: text[match[group]..<match[group + 1]]) }
                } else {
                    out.append(next)
                }
                index += 2
            } else {
                out.append(byte)
                index += 1
            }
        }
        if out.count > limit { call.failTooBig(); return }
        position = match[1]
        lastEnd = match[1]
        if !regex.options.replaceAll { break }
    }
    if position < text.count { out.append(contentsOf: text[position...]) }
    call.result(text: out)
}
