import CSQLite

extension FunctionList {
    /// Lengths, pieces, padding, case, replacing, joining of text.
    mutating func addStrings() {
        addLengths()
        addPieces()
        addCase()
        addPadding()
        addReplacing()
        addJoining()
    }

    private mutating func addLengths() {
        scalar("bl_length", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(UTF8Text.count(call.text(0)))
        }
        scalar("bl_strlen", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.text(0).count)
        }
        scalar("bl_length_blob", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.blob(0).count)
        }
        scalar("bl_bit_length", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.text(0).count * 8)
        }
        scalar("bl_length_grapheme", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(call.string(0).count)
        }
    }

    private mutating func addPieces() {
        for (name, isRight) in [("left", 0), ("right", 1)] {
            scalar("bl_\(name)", 2, tag: isRight) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let text = call.text(0)
                let wanted = call.small(1)
                let total = UTF8Text.count(text)
                let kept = wanted >= 0 ? min(wanted, total) : max(0, total + wanted)
                if call.tag == 0 {
                    call.result(text: text[..<UTF8Text.offset(text, of: kept)])
                } else {
                    call.result(text: text[UTF8Text.offset(text, of: total - kept)...])
                }
            }
            scalar("bl_\(name)_grapheme", 2, tag: isRight) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let text = call.string(0)
                let wanted = call.small(1)
                let kept = wanted >= 0 ? wanted : max(0, text.count + wanted)
                call.result(text: String(call.tag == 0 ? text.prefix(kept) : text.suffix(kept)))
            }
        }
        for arity in [Int32(2), 3] {
            scalar("bl_substr", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let text = call.text(0)
                let ascii = UTF8Text.isASCII(text)
                let total = ascii ? text.count : UTF8Text.count(text)
                let (from, to) = substringRange(total: total, start: call.small(1), length: call.count == 3 ? call.small(2) : nil)
                if ascii {
                    call.result(text: text[from..<to])
                } else {
                    let begin = UTF8Text.offset(text, of: from)
                    call.result(text: text[begin..<UTF8Text.offset(text, of: to - from, from: begin)])
                }
            }
            scalar("bl_substring_grapheme", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let text = call.string(0)
                let (from, to) = substringRange(total: text.count, start: call.small(1), length: call.count == 3 ? call.small(2) : nil)
                call.result(text: String(text.dropFirst(from).prefix(to - from)))
            }
        }
        scalar("bl_split_part", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let text = call.text(0)
            let separator = call.text(1)
            let wanted = call.small(2)
            var pieces: [Range<Int>] = []
            var start = 0
            if separator.isEmpty {
                while start < text.count {
                    let end = start + UTF8Text.width(text, start)
                    pieces.append(start..<end)
                    start = end
                }
            } else {
                while let found = UTF8Text.find(separator, in: text, from: start) {
                    pieces.append(start..<found)
                    start = found + separator.count
                }
                pieces.append(start..<text.count)
            }
            let index = wanted > 0 ? wanted - 1 : pieces.count + wanted
            guard wanted != 0, pieces.indices.contains(index) else { call.result(text: ""); return }
            call.result(text: text[pieces[index]])
        }
    }

    private mutating func addCase() {
        scalar("bl_lower", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(text: UTF8Text.mapCase(call.text(0), UTF8Text.lower))
        }
        scalar("bl_upper", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(text: UTF8Text.mapCase(call.text(0), UTF8Text.upper))
        }
        scalar("bl_initcap", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            var inWord = false
            call.result(text: UTF8Text.mapCase(call.text(0)) { scalar in
                let properties = Unicode.Scalar(scalar)?.properties
                let isWord = properties.map { $0.isAlphabetic || $0.numericType != nil } ?? false
                defer { inWord = isWord }
                return inWord ? UTF8Text.lower(scalar) : UTF8Text.upper(scalar)
            })
        }
        scalar("bl_reverse", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let text = call.text(0)
            if UTF8Text.isASCII(text) {
                call.result(text: [UInt8](text.reversed()))
            } else {
                call.result(text: String(call.string(0).reversed()))
            }
        }
        scalar("bl_strip_accents", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let text = call.text(0)
            if UTF8Text.isASCII(text) { call.resultArgument(0); return }
            call.result(text: Accents.strip(call.string(0)))
        }
    }

    private mutating func addPadding() {
        for (name, isRight) in [("lpad", 0), ("rpad", 1)] {
            scalar("bl_\(name)", 3, tag: isRight) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let text = call.text(0)
                let fill = call.text(2)
                let width = max(0, call.small(1))
                let total = UTF8Text.count(text)
                if width <= total { call.result(text: text[..<UTF8Text.offset(text, of: width)]); return }
                guard !fill.isEmpty else {
                    call.fail("BL_INVALID_INPUT: Insufficient padding in \(call.tag == 0 ? "LPAD" : "RPAD").")
                    return
                }
                guard width <= call.lengthLimit else { call.failTooBig(); return }
                var padding: [UInt8] = []
                var missing = width - total
                var index = 0
                while missing > 0 {
                    let size = UTF8Text.width(fill, index)
                    padding.append(contentsOf: fill[index..<(index + size)])
                    index += size
                    if index >= fill.count { index = 0 }
                    missing -= 1
                }
                call.result(text: call.tag == 0 ? padding + text : [UInt8](text) + padding)
            }
        }
        scalar("bl_repeat", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let isBlob = call.type(0) == SQLITE_BLOB
            let text = isBlob ? call.blob(0) : call.text(0)
            let times = max(0, call.int(1))
            let (size, over) = times.multipliedReportingOverflow(by: Int64(text.count))
            guard !over, size <= Int64(call.lengthLimit) else { call.failTooBig(); return }
            var out: [UInt8] = []
            out.reserveCapacity(Int(size))
            if !text.isEmpty { for _ in 0..<times { out.append(contentsOf: text) } }
            if isBlob { call.result(blob: out) } else { call.result(text: out) }
        }
        for (name, sides) in [("trim", 3), ("ltrim", 1), ("rtrim", 2)] {
            for arity in [Int32(1), 2] {
                scalar("bl_\(name)", arity, tag: sides) { context, count, arguments in
                    guard let call = Call(context, count, arguments) else { return }
                    let text = call.text(0)
                    let set = call.count == 2 ? UTF8Text.scalars(call.text(1)) : [32]
                    let sides = call.tag
                    var start = 0
                    var end = text.count
                    while sides & 1 != 0, start < end {
                        let (value, width) = UTF8Text.scalar(text, start)
                        guard set.contains(value) else { break }
                        start += width
                    }
                    while sides & 2 != 0, end > start {
                        var last = end - 1
                        while last > start, UTF8Text.isContinuation(text[last]) { last -= 1 }
                        guard set.contains(UTF8Text.scalar(text, last).value) else { break }
                        end = last
                    }
                    call.result(text: text[start..<end])
                }
            }
        }
    }

    private mutating func addReplacing() {
        scalar("bl_replace", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let text = call.text(0)
            let from = call.text(1)
            let to = call.text(2)
            guard !from.isEmpty, var found = UTF8Text.find(from, in: text) else { call.resultArgument(0); return }
            var out: [UInt8] = []
            out.reserveCapacity(text.count)
            let limit = call.lengthLimit
            var start = 0
            while true {
                out.append(contentsOf: text[start..<found])
                out.append(contentsOf: to)
                if out.count > limit { call.failTooBig(); return }
                start = found + from.count
                guard let next = UTF8Text.find(from, in: text, from: start) else { break }
                found = next
            }
            out.append(contentsOf: text[start...])
            call.result(text: out)
        }
        scalar("bl_translate", 3) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let from = UTF8Text.scalars(call.text(1))
            let to = UTF8Text.scalars(call.text(2))
            var out: [UInt8] = []
            for scalar in UTF8Text.scalars(call.text(0)) {
                guard let index = from.firstIndex(of: scalar) else { UTF8Text.append(scalar, to: &out); continue }
                if index < to.count { UTF8Text.append(to[index], to: &out) }
            }
            call.result(text: out)
        }
        for arity in [Int32(3), 4] {
            scalar("bl_overlay", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let text = UTF8Text.scalars(call.text(0))
                let start = min(max(call.small(2) - 1, 0), text.count)
                let length = max(0, call.count == 4 ? call.small(3) : UTF8Text.count(call.text(1)))
                var out: [UInt8] = []
                for scalar in text[..<start] { UTF8Text.append(scalar, to: &out) }
                out.append(contentsOf: call.text(1))
                for scalar in text[min(start + length, text.count)...] { UTF8Text.append(scalar, to: &out) }
                call.result(text: out)
            }
        }
    }

    private mutating func addJoining() {
        scalar("bl_concat", -1) { context, count, arguments in
            guard let call = Call(any: context, count, arguments) else { return }
            var out: [UInt8] = []
            for index in 0..<call.count where !call.isNull(index) { out.append(contentsOf: call.text(index)) }
            call.result(text: out)
        }
        scalar("bl_concat_ws", -1) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), call.count > 0, !call.isNull(0) else { return }
            var out: [UInt8] = []
            var first = true
            for index in 1..<max(1, call.count) where !call.isNull(index) {
                if !first { out.append(contentsOf: call.text(0)) }
                first = false
                out.append(contentsOf: call.text(index))
            }
            call.result(text: out)
        }
    }
}

/// The characters that `substr` takes, as offsets from 0: a negative start counts from the end, a negative length takes
/// what lies before the start.
private func substringRange(total: Int, start: Int, length: Int?) -> (from: Int, to: Int) {
    let first = start < 0 ? total + 1 + start : start
    guard let length else {
        let from = min(max(first - 1, 0), total)
        return (from, total)
    }
    let low = length < 0 ? first + length : first
    let high = length < 0 ? first : first + length
    let from = min(max(low - 1, 0), total)
    return (from, min(max(high - 1, from), total))
}
