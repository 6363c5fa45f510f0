/// Random bytes of the operating system, fit for keys, salts and nonces.
public enum RandomBytes {
    public static func make(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0 ..< count).map { _ in UInt8.random(in: 0 ... .max, using: &generator) }
    }
}
