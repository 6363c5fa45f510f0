import Engine
import PageStore

/// Where a listing of row changes goes on.
///
/// It names the versions that are compared (for a live branch its own tables and its parent's version with them), so pages of
/// one listing agree however far the branches have gone meanwhile, and the key of the last change given, so a page costs what
/// it holds. The counts of the table that is being listed are worked out with its first page and carried along.
struct DiffCursor: Hashable {
    var branch: BranchID
    var base: BranchID
    var new: FixedView
    var old: FixedView
    /// The own tables of a live branch are compared one by one with the versions they were taken from.
    var isByTable: Bool
    /// The table (folded name) with which the listing goes on.
    var table: String
    /// The last change that was given of it; nil: none yet.
    var position: RowChangePosition?
    /// How many changes it has in all, where that is known.
    var counts: RowDiffCounts?

    /// The form of the text; others are refused.
    private static let format: UInt8 = 2

    var text: String {
        var writer = ByteWriter()
        writer.put(DiffCursor.format)
        writer.put(branch.rawValue)
        writer.put(base.rawValue)
        for view in [new, old] {
            writer.put(view.version.rawValue)
            writer.put(optional: view.live) { writer, live in
                writer.put(live.parent.rawValue)
                writer.put(UInt64(live.own.count))
                for (key, mark) in live.own.sorted(by: { $0.key < $1.key }) {
                    writer.put(key)
                    writer.put(mark.kind.rawValue)
                    writer.put(mark.name)
                    writer.put(mark.base.rawValue)
                }
            }
        }
        writer.put(isByTable ? 1 : 0 as UInt8)
        writer.put(table)
        writer.put(optional: counts) { writer, counts in
            for number in [counts.inserted, counts.updated, counts.deleted] { writer.put(UInt64(number)) }
        }
        writer.put(optional: position) { writer, position in
            writer.put(position.phase)
            switch position.key {
            case .rowid(let rowid):
                writer.put(0 as UInt8)
                writer.put(rowid)
            case .record(let bytes):
                writer.put(1 as UInt8)
                writer.put(UInt64(bytes.count))
                for byte in bytes { writer.put(byte) }
            }
        }
        return Base64URL.encode(writer.bytes + DiffCursor.checksum(writer.bytes))
    }

    init(branch: BranchID, base: BranchID, new: FixedView, old: FixedView, isByTable: Bool, table: String) {
        self.branch = branch
        self.base = base
        self.new = new
        self.old = old
        self.isByTable = isByTable
        self.table = table
    }

    /// - Throws: `BL_BAD_ARGUMENT` for a text that no diff gave out.
    init(_ text: String) throws(BranchLiteError) {
        if text.utf8.contains(UInt8(ascii: ".")) {
            throw DiffCursor.refused("the cursor comes from an older version of BranchLite", hint: "ask again without a cursor")
        }
        let refusal = DiffCursor.refused("'\(text.prefix(80))' is no cursor of a diff")
        guard let bytes = Base64URL.decode(text), bytes.count > 4 else { throw refusal }
        let content = Array(bytes.dropLast(4))
        guard DiffCursor.checksum(content) == Array(bytes.suffix(4)) else { throw refusal }
        do throws(ByteReader.Malformed) {
            var reader = ByteReader(content)
            guard try reader.byte() == DiffCursor.format else { throw ByteReader.Malformed() }
            branch = BranchID(rawValue: try reader.unsigned())
            base = BranchID(rawValue: try reader.unsigned())
            new = try DiffCursor.view(&reader)
            old = try DiffCursor.view(&reader)
            isByTable = try reader.byte() == 1
            table = try reader.text()
            counts = try reader.optional { (reader) throws(ByteReader.Malformed) in
                RowDiffCounts(inserted: try DiffCursor.number(&reader), deleted: 0, updated: 0).with(
                    updated: try DiffCursor.number(&reader), deleted: try DiffCursor.number(&reader))
            }
            position = try reader.optional { (reader) throws(ByteReader.Malformed) in
                let phase = try reader.byte()
                if try reader.byte() == 0 { return RowChangePosition(phase: phase, key: .rowid(try reader.signed())) }
                var bytes: [UInt8] = []
                for _ in 0..<(try reader.count()) { bytes.append(try reader.byte()) }
                return RowChangePosition(phase: phase, key: .record(bytes))
            }
            guard reader.isAtEnd else { throw ByteReader.Malformed() }
        } catch { throw refusal }
    }

    static func refused(_ message: String, hint: String? = nil) -> BranchLiteError {
        BranchLiteError("BL_BAD_ARGUMENT", message, hint: hint, details: ["argument": "cursor"])
    }

    private static func view(_ reader: inout ByteReader) throws(ByteReader.Malformed) -> FixedView {
        let version = VersionID(rawValue: try reader.unsigned())
        let live = try reader.optional { (reader) throws(ByteReader.Malformed) in
            let parent = VersionID(rawValue: try reader.unsigned())
            var own: [String: OwnedTable] = [:]
            for _ in 0..<(try reader.count()) {
                let key = try reader.text()
                guard let kind = OwnedTable.Kind(rawValue: try reader.byte()) else { throw ByteReader.Malformed() }
                own[key] = OwnedTable(kind: kind, name: try reader.text(), base: VersionID(rawValue: try reader.unsigned()))
            }
            return FixedView.Live(parent: parent, own: own)
        }
        return FixedView(version, live: live)
    }

    private static func number(_ reader: inout ByteReader) throws(ByteReader.Malformed) -> Int {
        guard let number = Int(exactly: try reader.unsigned()) else { throw ByteReader.Malformed() }
        return number
    }

    /// FNV-1a: tells a cursor from a text that was cut or mistyped, no more.
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        var hash: UInt32 = 0x811C_9DC5
        for byte in bytes { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return (0..<4).map { UInt8(truncatingIfNeeded: hash >> UInt32(8 * $0)) }
    }
}

extension RowDiffCounts {
    fileprivate func with(updated: Int, deleted: Int) -> RowDiffCounts { RowDiffCounts(inserted: inserted, deleted: deleted, updated: updated) }
}

/// Base 64 with the alphabet that needs no escaping in URLs and shells, without padding.
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 4 / 3 + 3)
        var (held, bits): (UInt32, UInt32) = (0, 0)
        for byte in bytes {
            held = held << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(alphabet[Int(held >> bits & 0x3F)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(held << (6 - bits) & 0x3F)]) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for a text that `encode` did not make.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (held, bits): (UInt32, UInt32) = (0, 0)
        for letter in text.utf8 {
            guard let value = value(letter) else { return nil }
            held = held << 6 | value
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: held >> bits))
            }
        }
        // Bits that stand for nothing are zeros in a text that `encode` made.
        return encode(bytes) == text ? bytes : nil
    }

    private static func value(_ letter: UInt8) -> UInt32? {
        switch letter {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(letter) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(letter) - 97 + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(letter) - 48 + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
