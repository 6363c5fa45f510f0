import CSQLite

extension FunctionList {
    /// Code points, hexadecimal, binary, base64, digests, URLs, paths.
    mutating func addStringEncodings() {
        addCodePoints()
        addHexadecimal()
        addBase64AndDigests()
        addURLs()
        addPaths()
        addSizes()
    }

    private mutating func addCodePoints() {
        scalar("bl_chr", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let value = call.int(0)
            guard (0...0x10FFFF).contains(value), !(0xD800...0xDFFF).contains(value) else {
                call.fail("BL_INVALID_INPUT: Invalid UTF8 Codepoint \(value)")
                return
            }
            var out: [UInt8] = []
            UTF8Text.append(UInt32(value), to: &out)
            call.result(text: out)
        }
        for (name, whenEmpty) in [("bl_ascii", 0), ("bl_unicode", -1)] {
            scalar(name, 1, tag: whenEmpty) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let text = call.text(0)
                call.result(text.isEmpty ? Int64(call.tag) : Int64(UTF8Text.scalar(text, 0).value))
            }
        }
        scalar("bl_encode", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(blob: call.text(0))
        }
        scalar("bl_decode", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let bytes = call.blob(0)
            guard String(validating: bytes, as: UTF8.self) != nil else {
                call.fail("BL_CONVERSION: Failure in decode: could not convert blob to UTF8 string, the blob contained invalid UTF8 characters")
                return
            }
            call.result(text: bytes)
        }
    }

    private mutating func addHexadecimal() {
        for (name, isBlob) in [("bl_hex_varchar", 0), ("bl_hex_blob", 1)] {
            scalar(name, 1, tag: isBlob) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                var out: [UInt8] = []
                for byte in call.tag == 1 ? call.blob(0) : call.text(0) { TemporalText.appendHex(byte, to: &out) }
                call.result(text: out)
            }
        }
        scalar("bl_hex_int64", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(text: String(UInt64(bitPattern: call.int(0)), radix: 16, uppercase: true))
        }
        scalar("bl_bin_int64", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(text: String(UInt64(bitPattern: call.int(0)), radix: 2))
        }
        scalar("bl_bin_varchar", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            var out: [UInt8] = []
            for byte in call.text(0) { for bit in 0..<8 { out.append(48 + (byte >> UInt8(7 - bit) & 1)) } }
            call.result(text: out)
        }
        for (name, bits) in [("bl_unhex", 4), ("bl_unbin", 1)] {
            scalar(name, 1, tag: bits) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let text = call.text(0)
                let bits = call.tag
                let perByte = 8 / bits
                var out: [UInt8] = []
                var pending: UInt8 = 0
                // A first group that is too short stands for the low bits of its byte.
                var filled = (perByte - text.count % perByte) % perByte
                for byte in text {
                    guard let digit = NumberText.hexDigit(byte), digit < 1 << bits else {
                        call.fail("BL_INVALID_INPUT: Invalid input for \(bits == 4 ? "hex" : "binary") digit: \(Character(Unicode.Scalar(byte)))")
                        return
                    }
                    pending = pending << UInt8(bits) | digit
                    filled += 1
                    if filled == perByte {
                        out.append(pending)
                        pending = 0
                        filled = 0
                    }
                }
                call.result(blob: out)
            }
        }
        for arity in [Int32(2), 3] {
            scalar("bl_to_base", arity) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let value = call.int(0)
                let radix = call.small(1)
                let minimum = call.count == 3 ? call.small(2) : 0
                guard value >= 0 else { call.fail("BL_INVALID_INPUT: 'to_base' number must be greater than or equal to 0"); return }
                guard (2...36).contains(radix) else { call.fail("BL_INVALID_INPUT: 'to_base' radix must be between 2 and 36"); return }
                guard (0...64).contains(minimum) else { call.fail("BL_INVALID_INPUT: 'to_base' min_length must be between 0 and 64"); return }
                let digits = String(value, radix: radix, uppercase: true)
                call.result(text: String(repeating: "0", count: max(0, minimum - digits.utf8.count)) + digits)
            }
        }
    }

    private mutating func addBase64AndDigests() {
        scalar("bl_to_base64", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            var out: [UInt8] = []
            Base64.append(call.blob(0), to: &out)
            call.result(text: out)
        }
        scalar("bl_from_base64", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            guard let bytes = Base64.decode(call.text(0)) else {
                call.fail("BL_CONVERSION: Could not decode string \"\(call.string(0))\" as base64")
                return
            }
            call.result(blob: bytes)
        }
        for (name, which) in [("bl_md5", 0), ("bl_sha1", 1), ("bl_sha256", 2)] {
            scalar(name, 1, tag: which) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let message = call.type(0) == SQLITE_BLOB ? call.blob(0) : call.text(0)
                let digest = switch call.tag {
                case 0: Digests.md5(message)
                case 1: Digests.sha1(message)
                default: Digests.sha256(message)
                }
                var out: [UInt8] = []
                for byte in digest { TemporalText.appendHex(byte, to: &out, lowerCase: true) }
                call.result(text: out)
            }
        }
    }

    private mutating func addURLs() {
        scalar("bl_url_encode", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            var out: [UInt8] = []
            for byte in call.text(0) {
                if NumberText.isDigit(byte) || (97...122).contains(byte | 0x20) || "-_.~".utf8.contains(byte) {
                    out.append(byte)
                } else {
                    out.append(UInt8(ascii: "%"))
                    TemporalText.appendHex(byte, to: &out)
                }
            }
            call.result(text: out)
        }
        scalar("bl_url_decode", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let text = call.text(0)
            var out: [UInt8] = []
            var index = 0
            while index < text.count {
                if text[index] == UInt8(ascii: "%"), index + 2 < text.count, let high = NumberText.hexDigit(text[index + 1]),
                   let low = NumberText.hexDigit(text[index + 2])
                {
                    out.append(high << 4 | low)
                    index += 3
                } else {
                    out.append(text[index])
                    index += 1
                }
            }
            guard String(validating: out, as: UTF8.self) != nil else { call.fail("BL_INVALID_INPUT: Failed to decode string \"\(call.string(0))\" using URL decoding - decoded value is invalid UTF8"); return }
            call.result(text: out)
        }
    }

    private mutating func addPaths() {
        for (name, which) in [("bl_parse_filename", 0), ("bl_parse_dirname", 1), ("bl_parse_dirpath", 2)] {
            for arity in which == 0 ? [Int32(1), 2] : [Int32(1)] {
                scalar(name, arity, tag: which) { context, count, arguments in
                    guard let call = Call(context, count, arguments) else { return }
                    let text = call.text(0)
                    let slash = text.lastIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
                    switch call.tag {
                    case 0:
                        let file = text[(slash.map { $0 + 1 } ?? 0)...]
                        if call.count == 2, call.int(1) != 0, let dot = file.lastIndex(of: UInt8(ascii: ".")), dot > file.startIndex {
                            call.result(text: file[..<dot])
                        } else {
                            call.result(text: file)
                        }
                    case 1:
                        let first = text.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
                        guard let first else { call.result(text: ""); return }
                        call.result(text: first == 0 ? text[...0] : text[..<first])
                    default:
                        guard let slash else { call.result(text: ""); return }
                        call.result(text: text[..<slash])
                    }
                }
            }
        }
    }

    private mutating func addSizes() {
        for (name, decimal) in [("bl_format_bytes", 0), ("bl_format_bytes_decimal", 1)] {
            scalar(name, 1, tag: decimal) { context, count, arguments in
                guard let call = Call(context, count, arguments) else { return }
                let isDecimal = call.tag == 1
                let base: UInt64 = isDecimal ? 1000 : 1024
                let units = isDecimal ? ["kB", "MB", "GB", "TB", "PB"] : ["KiB", "MiB", "GiB", "TiB", "PiB"]
                let bytes = call.int(0)
                let sign = bytes < 0 ? "-" : ""
                if bytes.magnitude < base {
                    call.result(text: "\(sign)\(bytes.magnitude) byte\(bytes.magnitude == 1 ? "" : "s")")
                    return
                }
                var whole = bytes.magnitude
                var rest: UInt64 = 0
                var unit = -1
                while whole >= base, unit + 1 < units.count {
                    rest = whole % base
                    whole /= base
                    unit += 1
                }
                // One digit behind the point, cut off, not rounded.
                call.result(text: "\(sign)\(whole).\(rest * 10 / base) \(units[unit])")
            }
        }
    }
}
