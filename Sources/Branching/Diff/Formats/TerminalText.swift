/// Texts in the cells of a terminal.
public enum TerminalText {
    /// How many terminal cells a text takes: combining marks take none, East Asian wide characters and emoji take two.
    /// The ranges are those of Unicode's EastAsianWidth (W and F), coarse where a block is wide throughout.
    public static func width(_ text: String) -> Int {
        var cells = 0
        for character in text {
            guard let scalar = character.unicodeScalars.first else { continue }
            if scalar.value < 0x300 {
                cells += scalar.value < 0x20 ? 0 : 1
            } else if scalar.properties.generalCategory == .nonspacingMark || scalar.properties.generalCategory == .format {
                continue
            } else {
                cells += isWide(scalar.value) || scalar.properties.isEmojiPresentation ? 2 : 1
            }
        }
        return cells
    }

    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            true
        default: false
        }
    }

    /// `text` in exactly `width` cells: padded, or cut with an ellipsis. Control characters are shown as escapes, so that
    /// data cannot move the cursor or change colours.
    public static func fitted(_ text: String, to width: Int, alignRight: Bool) -> String {
        var shown = text
        if TerminalText.width(shown) > width {
            var kept = ""
            var used = 0
            for character in shown {
                let cells = TerminalText.width(String(character))
                if used + cells > width - 1 { break }
                kept.append(character)
                used += cells
            }
            shown = kept + "…"
        }
        let padding = String(repeating: " ", count: max(0, width - TerminalText.width(shown)))
        return alignRight ? padding + shown : shown + padding
    }

    /// Control characters replaced by visible escapes.
    public static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7F {
                    out += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
                } else {
                    out.unicodeScalars.append(scalar)
                }
            }
        }
        return out
    }
}
