/// Timestamps as people and programs write them.
public enum TimestampText {
    /// Microseconds since 1970-01-01 00:00:00 UTC of `2026-01-31`, `2026-01-31 10:00:00`, `2026-01-31T10:00:00.5+02:00` and the
    /// like; in UTC where the text names no zone. Nil for anything else.
    public static func micros(_ text: String) -> Int64? {
        var text = text
        return text.withUTF8 { TemporalParser.timestampTZ($0) }
    }
}
