import Foundation

/// Brings a password into the form in which it is hashed (RFC 4013), so that two ways to type it are one password.
///
/// ASCII is taken as it is. Other text is mapped (spaces of any kind to the ASCII space, invisible characters to nothing) and brought
/// into normal form KC. Text in which a character is left that RFC 4013 forbids is taken as its UTF-8 bytes, unchanged, as PostgreSQL
/// and its clients do. The rules for text that runs from right to left are not checked, nor is what Unicode 3.2 did not know yet.
enum SaslPrep {
    static func prepare(_ password: some StringProtocol) -> [UInt8] {
        let plain = Array(password.utf8)
        if plain.allSatisfy({ $0 < 0x80 }) { return plain }
        var mapped = String.UnicodeScalarView()
        for scalar in password.unicodeScalars {
            if isSpace(scalar) { mapped.append(" ") } else if !isMappedToNothing(scalar) { mapped.append(scalar) }
        }
        let normal = String(mapped).precomposedStringWithCompatibilityMapping
        if normal.isEmpty || normal.unicodeScalars.contains(where: isProhibited) { return plain }
        return Array(normal.utf8)
    }

    /// RFC 3454, table C.1.2.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00A0, 0x1680, 0x2000 ... 0x200B, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// RFC 3454, table B.1.
    private static func isMappedToNothing(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00AD, 0x034F, 0x1806, 0x180B ... 0x180D, 0x200C, 0x200D, 0x2060, 0xFE00 ... 0xFE0F, 0xFEFF: true
        default: false
        }
    }

    /// RFC 4013, section 2.3: tables C.1.2, C.2.1 and C.2.2 to C.9 of RFC 3454.
    private static func isProhibited(_ scalar: Unicode.Scalar) -> Bool {
        if isSpace(scalar) { return true }
        switch scalar.value {
        case 0x0000 ... 0x001F, 0x007F ... 0x009F, 0x06DD, 0x070F, 0x180E, 0x2028, 0x2029, 0x2061 ... 0x2063, 0xFFF9 ... 0xFFFD,
            0x1D173 ... 0x1D17A:
            return true
        case 0xE000 ... 0xF8FF, 0xF0000 ... 0x10FFFF: return true
        case 0xFDD0 ... 0xFDEF: return true
        case 0x0340, 0x0341, 0x200E, 0x200F, 0x202A ... 0x202E, 0x206A ... 0x206F, 0x2FF0 ... 0x2FFB: return true
        case 0xE0001, 0xE0020 ... 0xE007F: return true
        default: return scalar.value & 0xFFFE == 0xFFFE
        }
    }
}
