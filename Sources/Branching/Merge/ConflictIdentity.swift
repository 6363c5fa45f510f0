import Engine

/// Names conflicts: a hash of the table, the key and the three values, so that a resolution made for other values than those
/// now at hand refuses itself.
enum ConflictIdentity {
    static func row(
        table: String, kind: MergeConflict.Kind, key: [String: JSONValue], columns: [String], base: [String: JSONValue]?,
        branch: [String: JSONValue]?, target: [String: JSONValue]?
    ) -> MergeConflict {
        let id = hash([
            table, kind.rawValue, JSONValue.object(key).compactText, text(base), text(branch), text(target),
        ])
        return MergeConflict(id: id, table: table, key: key, kind: kind, columns: columns, base: base, branch: branch, target: target)
    }

    static func schema(type: SchemaChange.ObjectType, name: String, columns: [String] = [], base: String?, branch: String?, target: String?) -> MergeConflict {
        func side(_ sql: String?) -> [String: JSONValue]? { sql.map { ["sql": .string($0)] } }
        return row(
            table: name, kind: .schema, key: ["type": .string(type.rawValue), "name": .string(name)], columns: columns, base: side(base), branch: side(branch),
            target: side(target))
    }

    private static func text(_ values: [String: JSONValue]?) -> String {
        guard let values else { return "-" }
        return values.keys.sorted().map { "\(JSONValue.string($0).compactText):\(values[$0]?.compactText ?? "null")" }.joined(separator: ",")
    }

    /// 96 bits made of two runs of FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/) with different offsets. It guards against
    /// stale resolutions, not against an enemy.
    private static func hash(_ parts: [String]) -> String {
        var (low, high): (UInt64, UInt64) = (0xCBF2_9CE4_8422_2325, 0x6C62_272E_07BB_0142)
        for part in parts {
            for byte in part.utf8 {
                low = (low ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
                high = (high ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
                high ^= low >> 29
            }
            // A mark between the parts, which UTF-8 never has.
            low = (low ^ 0xFF) &* 0x0000_0100_0000_01B3
            high = (high ^ 0xFF) &* 0x0000_0100_0000_01B3
        }
        func hex(_ value: UInt64) -> String {
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return hex(low ^ (high << 1)) + hex(high).prefix(8)
    }
}
