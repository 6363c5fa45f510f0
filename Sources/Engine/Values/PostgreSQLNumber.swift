/// Numbers in PostgreSQL's text format, written where they are wanted: no allocation, no copy.
public enum PostgreSQLNumber {
    /// No number takes more bytes.
    public static let maximumBytes = 32

    /// The digits of a number; returns how many there are.
    @inline(__always)
    static func writeDigits(_ value: UInt64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        let count = digitCount(value)
        writeDigits(value, count: count, to: out)
        return count
    }

    /// The last `count` digits of a number, with zeros in front where it has fewer.
    @inline(__always)
    static func writeDigits(_ value: UInt64, count: Int, to out: UnsafeMutablePointer<UInt8>) {
        let pairs: StaticString = """
            0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
            5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
            """
        let table = pairs.utf8Start
        var rest = value
        var place = count
        while place >= 2 {
            let pair = Int(truncatingIfNeeded: rest % 100) &* 2
            rest /= 100
            place &-= 2
            out[place] = table[pair]
            out[place &+ 1] = table[pair &+ 1]
        }
        if place == 1 { out[0] = 48 &+ UInt8(truncatingIfNeeded: rest % 10) }
    }

    @inline(__always)
    private static func digitCount(_ value: UInt64) -> Int {
        var rest = value
        var count = 1
        while rest >= 10_000 {
            rest /= 10_000
            count &+= 4
        }
        return rest < 10 ? count : rest < 100 ? count &+ 1 : rest < 1_000 ? count &+ 2 : count &+ 3
    }

    /// An integer.
    public static func write(_ value: Int64, to out: UnsafeMutablePointer<UInt8>) -> Int {
        guard value < 0 else { return writeDigits(value.magnitude, to: out) }
        out[0] = UInt8(ascii: "-")
        return 1 &+ writeDigits(value.magnitude, to: out + 1)
    }

    /// A decimal: exactly `scale` digits after the point, none and no point at scale 0.
    /// - Parameter scale: up to 18
    public static func write(unscaled: Int64, scale: Int, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var power: UInt64 = 1
        for _ in 0..<scale { power &*= 10 }
        var length = 0
        if unscaled < 0 {
            out[0] = UInt8(ascii: "-")
            length = 1
        }
        length &+= writeDigits(unscaled.magnitude / power, to: out + length)
        guard scale > 0 else { return length }
        out[length] = UInt8(ascii: ".")
        writeDigits(unscaled.magnitude % power, count: scale, to: out + length + 1)
        return length &+ 1 &+ scale
    }

    /// A floating-point number as `float8out` (`float4out` where `isFloat`) writes it with `extra_float_digits` above zero: the shortest digits
    /// that read back the same, with an exponent below 1e-4 and from 1e15 (1e6) on.
    public static func write(_ number: Double, isFloat: Bool, to out: UnsafeMutablePointer<UInt8>) -> Int {
        writeShort(number, isFloat: isFloat, to: out) ?? writeShortest(number, isFloat: isFloat, to: out)
    }

    /// Numbers with few digits, as most are that people store. Nil for others.
    ///
    /// A decimal of up to fifteen digits (six) is told apart from its neighbours by every double (float). So `whole / 10^k`, which is rounded
    /// correctly, gives the number back only if its digits are those of `whole`; the first k for which it does leaves no zeros at the end.
    @inline(__always)
    private static func writeShort(_ number: Double, isFloat: Bool, to out: UnsafeMutablePointer<UInt8>) -> Int? {
        let magnitude = number.magnitude
        // NaN fails both.
        guard magnitude >= 1e-4, magnitude < (isFloat ? 1e6 : 1e15) else { return nil }
        var power = 1.0
        var scale = 0
        while scale <= 6 {
            let whole = (magnitude * power).rounded()
            if whole >= (isFloat ? 1e6 : 1e15) { return nil }
            let back = whole / power
            if isFloat ? Float(back) == Float(magnitude) : back == magnitude {
                let digits = UInt64(whole)
                return write(unscaled: number < 0 ? -Int64(digits) : Int64(digits), scale: scale, to: out)
            }
            power *= 10
            scale &+= 1
        }
        return nil
    }

    @inline(never)
    private static func writeShortest(_ number: Double, isFloat: Bool, to out: UnsafeMutablePointer<UInt8>) -> Int {
        var length = 0
        func put(_ byte: UInt8) {
            out[length] = byte
            length += 1
        }
        func put(_ text: StaticString) {
            for index in 0..<text.utf8CodeUnitCount { put(text.utf8Start[index]) }
        }
        if number.isNaN {
            put("NaN")
            return length
        }
        if number.sign == .minus { put(UInt8(ascii: "-")) }
        if number.isInfinite {
            put("Infinity")
            return length
        }
        var description = isFloat ? Float(number).description : number.description
        return description.withUTF8 { text in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count + 1) { digits in
                var count = 0
                var exponent = 0
                var point: Int?
                var place = text.first == UInt8(ascii: "-") ? 1 : 0
                while place < text.count {
                    let byte = text[place]
                    place += 1
                    if byte == UInt8(ascii: ".") {
                        point = count
                    } else if byte == UInt8(ascii: "e") {
                        let isNegative = text[place] == UInt8(ascii: "-")
                        if isNegative || text[place] == UInt8(ascii: "+") { place += 1 }
                        while place < text.count {
                            exponent = exponent * 10 + Int(text[place]) - 48
                            place += 1
                        }
                        if isNegative { exponent = -exponent }
                    } else {
                        digits[count] = byte
                        count += 1
                    }
                }
                // Where the point stands: 1 for 1.5, 0 for 0.15.
                var scientific = (point ?? count) + exponent
                var first = 0
                while first < count, digits[first] == 48 { first += 1 }
                scientific -= first
                while count > first, digits[count - 1] == 48 { count -= 1 }
                count -= first
                guard count > 0 else {
                    put(48)
                    return length
                }
                let power = scientific - 1
                if power < -4 || power >= (isFloat ? 6 : 15) {
                    put(digits[first])
                    if count > 1 { put(UInt8(ascii: ".")) }
                    for index in first + 1..<first + count { put(digits[index]) }
                    put(UInt8(ascii: "e"))
                    put(UInt8(ascii: power < 0 ? "-" : "+"))
                    if abs(power) < 10 { put(48) }
                    length += writeDigits(UInt64(abs(power)), to: out + length)
                } else {
                    if scientific <= 0 {
                        put("0.")
                        for _ in 0..<(-scientific) { put(48) }
                    }
                    for index in 0..<max(count, scientific) {
                        if index == scientific, index > 0 { put(UInt8(ascii: ".")) }
                        put(index < count ? digits[first + index] : 48)
                    }
                }
                return length
            }
        }
    }
}
