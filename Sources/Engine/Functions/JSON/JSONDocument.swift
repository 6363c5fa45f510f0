/// A JSON value as a tree: for functions that change documents or compare them. Numbers keep their text.
indirect enum JSONDocument: Equatable {
    case null
    case boolean(Bool)
    case number([UInt8])
    /// The content of the string, without escapes.
    case string([UInt8])
    case array([JSONDocument])
    /// In the order of the text. Of several members of one name the last counts.
    case object([(key: [UInt8], value: JSONDocument)])

    /// Nil for malformed text.
    init?(_ text: Bytes) {
        guard JSONText.firstError(text) == nil else { return nil }
        var cursor = JSONText.Cursor(text)
        self.init(&cursor)
    }

    /// The value at the cursor of a text that is known to be well-formed.
    private init?(_ cursor: inout JSONText.Cursor) {
        cursor.skipSpaces()
        let start = cursor.index
        func piece() -> Bytes { Bytes(rebasing: cursor.text[start..<cursor.index]) }
        switch cursor.current {
        case UInt8(ascii: "{"):
            var members: [(key: [UInt8], value: JSONDocument)] = []
            cursor.index += 1
            cursor.skipSpaces()
            while cursor.current == UInt8(ascii: "\"") {
                let from = cursor.index
                guard cursor.skipString(), let key = JSONText.unquoted(Bytes(rebasing: cursor.text[from..<cursor.index])) else { return nil }
                cursor.skipSpaces()
                cursor.index += 1
                guard let value = JSONDocument(&cursor) else { return nil }
                if let place = members.firstIndex(where: { $0.key == key }) { members[place].value = value } else { members.append((key, value)) }
                cursor.skipSpaces()
                guard cursor.current == UInt8(ascii: ",") else { break }
                cursor.index += 1
                cursor.skipSpaces()
            }
            cursor.index += 1
            self = .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONDocument] = []
            cursor.index += 1
            cursor.skipSpaces()
            while let byte = cursor.current, byte != UInt8(ascii: "]") {
                guard let value = JSONDocument(&cursor) else { return nil }
                elements.append(value)
                cursor.skipSpaces()
                if cursor.current == UInt8(ascii: ",") { cursor.index += 1 }
            }
            cursor.index += 1
            self = .array(elements)
        case UInt8(ascii: "\""):
            guard cursor.skipString(), let content = JSONText.unquoted(piece()) else { return nil }
            self = .string(content)
        default:
            guard cursor.skipValue(depth: 0), let first = piece().first else { return nil }
            switch first {
            case UInt8(ascii: "t"): self = .boolean(true)
            case UInt8(ascii: "f"): self = .boolean(false)
            case UInt8(ascii: "n"): self = .null
            default: self = .number([UInt8](piece()))
            }
        }
    }

    func append(to out: inout [UInt8]) {
        switch self {
        case .null: out += Array("null".utf8)
        case .boolean(let flag): out += Array((flag ? "true" : "false").utf8)
        case .number(let text): out += text
        case .string(let content): content.withUnsafeBufferPointer { JSONText.appendQuoted($0, to: &out) }
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                element.append(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                member.key.withUnsafeBufferPointer { JSONText.appendQuoted($0, to: &out) }
                out.append(UInt8(ascii: ":"))
                member.value.append(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    var bytes: [UInt8] {
        var out: [UInt8] = []
        append(to: &out)
        return out
    }

    /// Numbers by their value, members in any order.
    static func == (a: JSONDocument, b: JSONDocument) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.boolean(let x), .boolean(let y)): x == y
        case (.number(let x), .number(let y)): x == y || sameNumber(x, y)
        case (.string(let x), .string(let y)): x == y
        case (.array(let x), .array(let y)): x == y
        case (.object(let x), .object(let y)): x.count == y.count && x.allSatisfy { member in y.contains { $0.key == member.key && $0.value == member.value } }
        default: false
        }
    }

    private static func sameNumber(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        if let x = Int64(String(decoding: a, as: UTF8.self)), let y = Int64(String(decoding: b, as: UTF8.self)) { return x == y }
        return Double(String(decoding: a, as: UTF8.self)) == Double(String(decoding: b, as: UTF8.self))
    }

    // MARK: - PostgreSQL's operators

    /// `@>`: whether all of `other` is found in here, level by level. An array has a value that stands alone.
    func contains(_ other: JSONDocument, isTop: Bool = true) -> Bool {
        switch (self, other) {
        case (.object(let members), .object(let wanted)):
            wanted.allSatisfy { want in members.contains { $0.key == want.key && $0.value.contains(want.value, isTop: false) } }
        case (.array(let elements), .array(let wanted)): wanted.allSatisfy { want in elements.contains { $0.contains(want, isTop: false) } }
        case (.array(let elements), _) where isTop && !other.isContainer: elements.contains(other)
        default: !isContainer && self == other
        }
    }

    private var isContainer: Bool {
        switch self {
        case .array, .object: true
        default: false
        }
    }

    /// `?`: a key of an object, or a string of an array, or the string that it is.
    func has(_ key: [UInt8]) -> Bool {
        switch self {
        case .object(let members): members.contains { $0.key == key }
        case .array(let elements): elements.contains(.string(key))
        case .string(let content): content == key
        default: false
        }
    }

    /// The value that a path of keys and places leads to.
    func value(at path: ArraySlice<[UInt8]>) -> JSONDocument? {
        guard let step = path.first else { return self }
        switch self {
        case .object(let members): return members.last { $0.key == step }?.value.value(at: path.dropFirst())
        case .array(let elements):
            guard let place = JSONDocument.place(step, in: elements.count), elements.indices.contains(place) else { return nil }
            return elements[place].value(at: path.dropFirst())
        default: return nil
        }
    }

    /// A place among so many elements, negative ones from the end; nil for what is no number.
    private static func place(_ step: [UInt8], in count: Int) -> Int? {
        guard let number = Int(String(decoding: step, as: UTF8.self)) else { return nil }
        return number < 0 ? number + count : number
    }

    /// `jsonb_set` and, with `inserts`, `jsonb_insert`. Nothing changes where the path leads nowhere.
    func setting(_ path: ArraySlice<[UInt8]>, to value: JSONDocument, creates: Bool, inserts: Bool = false, after: Bool = false) -> JSONDocument {
        guard let step = path.first else { return self }
        let isLast = path.count == 1
        switch self {
        case .object(var members):
            if let place = members.lastIndex(where: { $0.key == step }) {
                if isLast, inserts { return self }
                members[place].value = isLast ? value : members[place].value.setting(path.dropFirst(), to: value, creates: creates, inserts: inserts, after: after)
            } else if isLast, creates {
                members.append((step, value))
            }
            return .object(members)
        case .array(var elements):
            guard let place = JSONDocument.place(step, in: elements.count) else { return self }
            if elements.indices.contains(place) {
                if isLast, inserts {
                    elements.insert(value, at: place + (after ? 1 : 0))
                } else {
                    elements[place] = isLast ? value : elements[place].setting(path.dropFirst(), to: value, creates: creates, inserts: inserts, after: after)
                }
            } else if isLast, creates {
                // Before the first or behind the last, however far off.
                elements.insert(value, at: place < 0 ? 0 : elements.count)
            }
            return .array(elements)
        default: return self
        }
    }

    /// Without members that are null.
    var stripped: JSONDocument {
        switch self {
        case .array(let elements): .array(elements.map(\.stripped))
        case .object(let members): .object(members.filter { $0.value != .null }.map { ($0.key, $0.value.stripped) })
        default: self
        }
    }
}
