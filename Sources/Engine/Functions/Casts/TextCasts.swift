import CSQLite

/// Casts from VARCHAR, BLOB, JSON and UUID.
extension CastCall {
    func castText(_ text: Bytes) {
        switch to {
        case .varchar, .dynamic: call.result(text: text)
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .hugeint:
            if case .value(let value) = NumberText.scaled(text, scale: 0, allowPrefixes: true), to.range.contains(value) {
                call.result(value)
            } else {
                textError(text)
            }
        case .bool:
            guard let value = NumberText.boolean(text) else { textError(text); return }
            call.result(value)
        case .double:
            guard let value = NumberText.double(text) else { textError(text); return }
            call.result(value)
        case .float:
            guard let value = NumberText.double(text) else { textError(text); return }
            call.result(Double(Float(value)))
        case .decimal:
            if case .value(let value) = NumberText.scaled(text, scale: targetScale), NumberText.fits(value, precision: targetPrecision) {
                call.result(value)
            } else {
                textError(text)
            }
        case .date:
            switch TemporalParser.date(text) {
            case .days(let days): call.result(days)
            case .malformed: conversionError("invalid date field format: \"\(quoted(text))\", expected format is (YYYY-MM-DD)")
            case .outOfRange: conversionError("date field value out of range: \"\(quoted(text))\"")
            }
        case .time:
            guard let micros = TemporalParser.time(text) else {
                conversionError("time field value out of range: \"\(quoted(text))\", expected format is ([YYYY-MM-DD ]HH:MM:SS[.MS])")
                return
            }
            call.result(micros)
        case .timestamp:
            guard let stamp = TemporalParser.timestamp(text) else { timestampError(text); return }
            call.result(stamp.micros)
        case .timestamptz:
            guard let micros = TemporalParser.timestampTZ(text) else { timestampError(text); return }
            call.result(micros)
        case .interval:
            guard let interval = IntervalParser.parse(text) else { textError(text); return }
            call.result(interval)
        case .uuid:
            var out: [UInt8] = []
            guard TemporalParser.uuid(text, into: &out) else { textError(text); return }
            call.result(text: out)
        case .json:
            if let position = JSONText.firstError(text) {
                conversionError("Malformed JSON at byte \(position) of input: unexpected character.  Input: \"\(quoted(text))\"")
                return
            }
            call.result(text: text)
        case .blob: castTextToBlob(text)
        }
    }

    private func quoted(_ text: Bytes) -> String { String(decoding: text.prefix(CastCall.quotedTextLimit), as: UTF8.self) }

    private func timestampError(_ text: Bytes) {
        conversionError(
            "invalid timestamp field format: \"\(quoted(text))\", expected format is (YYYY-MM-DD HH:MM[:SS[.US]][±HH[:MM[:SS]]| ZONE])")
    }

    /// ASCII as it is; `\xAB` is one byte; anything else must be escaped.
    private func castTextToBlob(_ text: Bytes) {
        var out: [UInt8] = []
        out.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "\\") {
                guard index + 3 < text.count, text[index + 1] == UInt8(ascii: "x"), let high = NumberText.hexDigit(text[index + 2]),
                      let low = NumberText.hexDigit(text[index + 3])
                else {
                    conversionError(
                        "Invalid hex escape code encountered in string -> blob conversion of string \"\(quoted(text))\": unterminated escape code at end of blob")
                    return
                }
                out.append(high << 4 | low)
                index += 4
            } else if byte < 128 {
                out.append(byte)
                index += 1
            } else {
                conversionError(
                    "Invalid byte encountered in STRING -> BLOB conversion of string \"\(quoted(text))\". All non-ascii characters must be escaped with hex codes (e.g. \\xAA)")
                return
            }
        }
        call.result(blob: out)
    }

    func castBlob(_ bytes: Bytes) {
        switch to {
        case .varchar: resultText { TemporalText.appendBlob(bytes, to: &$0) }
        case .dynamic, .blob: call.result(blob: bytes)
        case .json:
            var inner: [UInt8] = []
            TemporalText.appendBlob(bytes, to: &inner)
            resultText { out in inner.withUnsafeBufferPointer { JSONText.appendQuoted($0, to: &out) } }
        case .uuid:
            guard bytes.count == 16 else {
                conversionError("Could not convert a BLOB of \(bytes.count) bytes to UUID: 16 bytes are needed")
                return
            }
            resultText { out in
                for (index, byte) in bytes.enumerated() {
                    if index == 4 || index == 6 || index == 8 || index == 10 { out.append(UInt8(ascii: "-")) }
                    TemporalText.appendHex(byte, to: &out, lowerCase: true)
                }
            }
        default: unsupported()
        }
    }

    func castUUID(_ text: Bytes) {
        switch to {
        case .varchar, .dynamic: call.result(text: text)
        case .json: resultQuoted { $0.append(contentsOf: text) }
        case .blob:
            var out: [UInt8] = []
            var pending: UInt8?
            for byte in text {
                guard let digit = NumberText.hexDigit(byte) else { continue }
                if let high = pending {
                    out.append(high << 4 | digit)
                    pending = nil
                } else {
                    pending = digit
                }
            }
            call.result(blob: out)
        default: unsupported()
        }
    }

    /// The text of a JSON value as it is for VARCHAR; its scalar content for everything else.
    func castJSON(_ text: Bytes) {
        if to == .varchar || to == .dynamic || to == .json { call.result(text: text); return }
        let trimmed = NumberText.trimmed(text)
        switch trimmed.first {
        case UInt8(ascii: "\""):
            guard let content = JSONText.unquoted(trimmed) else { textError(text); return }
            content.withUnsafeBufferPointer { castText($0) }
        case UInt8(ascii: "n"): call.resultNull()
        case UInt8(ascii: "{"), UInt8(ascii: "["), nil:
            if to == .uuid || to == .date || to == .time || to == .timestamp || to == .timestamptz || to == .interval {
                textError(text)
            } else {
                conversionError("Failed to cast value to numerical: \(quoted(text))")
            }
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            if to == .bool || to.isInteger || to == .float || to == .double || to == .decimal {
                castInteger(trimmed.first == UInt8(ascii: "t") ? 1 : 0)
            } else {
                castText(trimmed)
            }
        default:
            if to == .bool, let value = NumberText.double(trimmed) { call.result(value != 0) } else { castText(trimmed) }
        }
    }
}
