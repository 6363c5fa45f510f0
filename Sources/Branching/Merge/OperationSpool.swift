import Engine

/// Changes to rows put aside, in order: a few in memory, more in a temporary file.
final class OperationSpool {
    private let spool: Spool
    private var lists: [ColumnList] = []
    private var numbers: [ObjectIdentifier: Int] = [:]

    /// Bytes kept in memory.
    static let memory = 4 << 20

    init() { spool = Spool(memoryLimit: OperationSpool.memory) }

    var isEmpty: Bool { spool.isEmpty }

    private enum Kind: Int64 { case insert, numberedInsert, update, updateByRowid, delete, deleteByRowid }

    func append(_ operation: RowOperation) throws(BranchLiteError) {
        let record: [SQLiteValue]
        switch operation {
        case .insert(let list, let values, let rowid?): record = head(.numberedInsert, list) + [.integer(rowid)] + values
        case .insert(let list, let values, nil): record = head(.insert, list) + values
        case .update(.rowid(let rowid), let list, let values): record = head(.updateByRowid, list) + [.integer(rowid)] + values
        case .update(.key(let keys, let key), let list, let values): record = head(.update, list, keys) + key + values
        case .delete(.rowid(let rowid)): record = [.integer(Kind.deleteByRowid.rawValue), .integer(rowid)]
        case .delete(.key(let keys, let key)): record = head(.delete, keys) + key
        }
        let spool = spool
        try mapEngine { () throws(EngineError) in try spool.append(record) }
    }

    func next() throws(BranchLiteError) -> RowOperation? {
        let spool = spool
        guard let record = try mapEngine({ () throws(EngineError) in try spool.next() }) else { return nil }
        guard let kind = number(record, 0).flatMap(Kind.init(rawValue:)) else { throw OperationSpool.unreadable }
        switch kind {
        case .insert: return .insert(try list(record, 1), Array(record.dropFirst(2)), rowid: nil)
        case .numberedInsert: return .insert(try list(record, 1), Array(record.dropFirst(3)), rowid: number(record, 2))
        case .updateByRowid: return .update(.rowid(number(record, 2) ?? 0), try list(record, 1), Array(record.dropFirst(3)))
        case .update:
            let keys = try list(record, 2)
            let rest = record.dropFirst(3)
            return .update(.key(keys, Array(rest.prefix(keys.names.count))), try list(record, 1), Array(rest.dropFirst(keys.names.count)))
        case .delete: return .delete(.key(try list(record, 1), Array(record.dropFirst(2))))
        case .deleteByRowid: return .delete(.rowid(number(record, 1) ?? 0))
        }
    }

    private func head(_ kind: Kind, _ lists: ColumnList...) -> [SQLiteValue] {
        [.integer(kind.rawValue)] + lists.map { .integer(Int64(number(of: $0))) }
    }

    private func number(of list: ColumnList) -> Int {
        if let known = numbers[ObjectIdentifier(list)] { return known }
        numbers[ObjectIdentifier(list)] = lists.count
        lists.append(list)
        return lists.count - 1
    }

    private func number(_ record: [SQLiteValue], _ index: Int) -> Int64? {
        guard record.indices.contains(index), case .integer(let number) = record[index] else { return nil }
        return number
    }

    private func list(_ record: [SQLiteValue], _ index: Int) throws(BranchLiteError) -> ColumnList {
        guard let number = number(record, index), lists.indices.contains(Int(number)) else { throw OperationSpool.unreadable }
        return lists[Int(number)]
    }

    private static var unreadable: BranchLiteError { BranchLiteError("BL_INTERNAL", "a change put aside by a merge cannot be read back") }
}
