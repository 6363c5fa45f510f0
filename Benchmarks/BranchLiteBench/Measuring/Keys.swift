/// Pseudo-random keys: the same ones for the same seed, on both sides.
struct Keys {
    private var state: UInt64
    let rows: Int

    init(seed: Int, rows: Int) {
        state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        self.rows = rows
    }

    /// A key from 1 to `rows`.
    mutating func next() -> Int64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int64(state.multipliedFullWidth(by: UInt64(rows)).high) + 1
    }
}
