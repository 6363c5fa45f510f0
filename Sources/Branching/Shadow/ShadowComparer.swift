import Engine
import SQLDialect

/// Compares the answers of one query on several branches: which are equal, and how the others differ from the first.
struct ShadowComparer {
    struct Side {
        var branch: String
        var columns: [ResultColumn]
        var rows: [[Value]]
        var medianMS: Double
    }

    let sides: [Side]
    /// Numbers closer than this count as equal.
    let tolerance: Double
    /// The query says in which order its rows come; else the order counts for nothing.
    let isOrdered: Bool

    /// Differences that are listed at most.
    static let listedDifferences = 1_000

    static func isOrdered(_ sql: String, _ dialect: Dialect) -> Bool {
        guard let statement = try? Parser.parse(sql, dialect: dialect).first, case .select(let select) = statement.node else { return false }
        return select.orderBy != nil
    }

    func comparison() -> ShadowComparison {
        var groups: [[Int]] = []
        for index in sides.indices {
            if let group = groups.firstIndex(where: { isEqual(sides[$0[0]], sides[index]) }) {
                groups[group].append(index)
            } else {
                groups.append([index])
            }
        }
        var differences: [JSONValue] = []
        if let first = sides.first, groups.count > 1 {
            let equal = Set(groups.first { $0.contains(0) } ?? [])
            for (index, side) in sides.enumerated() where !equal.contains(index) && differences.count < ShadowComparer.listedDifferences {
                differences += self.differences(first, side)
            }
        }
        return ShadowComparison(
            equalGroups: groups.map { $0.map { sides[$0].branch } }, allEqual: groups.count <= 1,
            differences: Array(differences.prefix(ShadowComparer.listedDifferences)), deltas: deltas(),
            fastest: sides.min { $0.medianMS < $1.medianMS }?.branch)
    }

    // MARK: - Equality

    private func isEqual(_ a: Side, _ b: Side) -> Bool {
        guard a.rows.count == b.rows.count, a.columns.map(\.name) == b.columns.map(\.name) else { return false }
        if zip(a.rows, b.rows).allSatisfy(isEqual) { return true }
        if isOrdered { return false }
        // Without an order of its own the rows are the same if they are in some order.
        return zip(a.rows.sorted(by: isBefore), b.rows.sorted(by: isBefore)).allSatisfy(isEqual)
    }

    private func isEqual(_ a: [Value], _ b: [Value]) -> Bool { a.count == b.count && zip(a, b).allSatisfy(isEqual) }

    private func isEqual(_ a: Value, _ b: Value) -> Bool {
        if a == b { return true }
        if let x = a.integerValue, let y = b.integerValue, tolerance == 0 { return x == y }
        guard let x = a.doubleValue, let y = b.doubleValue else {
            // The same text under another type (a column retyped on one side) is the same answer.
            return a != .null && b != .null && a.doubleValue == nil && b.doubleValue == nil && a.text.utf8.elementsEqual(b.text.utf8)
        }
        return x == y || x.isNaN && y.isNaN || abs(x - y) <= tolerance
    }

    /// An order of rows in which those that are equal but for their numbers' last digits come to the same places.
    private func isBefore(_ a: [Value], _ b: [Value]) -> Bool {
        // Texts first: they are compared exactly.
        for (x, y) in zip(a, b) where x.doubleValue == nil || y.doubleValue == nil {
            let (left, right) = (x.doubleValue == nil ? x.text : "", y.doubleValue == nil ? y.text : "")
            if left != right { return left < right }
        }
        for (x, y) in zip(a, b) {
            guard let left = x.doubleValue, let right = y.doubleValue, abs(left - right) > tolerance else { continue }
            return left < right
        }
        return false
    }

    // MARK: - Rows that differ

    /// Leading columns whose values tell all rows of both sides apart; nil where none do. A last column of its own is never the
    /// whole key: then every row is one of a kind.
    private func key(_ a: Side, _ b: Side) -> Int? {
        guard a.columns.map(\.name) == b.columns.map(\.name), a.columns.count > 1 else { return nil }
        for length in 1..<a.columns.count {
            if a.columns[length - 1].type == "DOUBLE" || a.columns[length - 1].type == "FLOAT" { return nil }
            let isKey = [a, b].allSatisfy { side in Set(side.rows.map { Array($0.prefix(length)) }).count == side.rows.count }
            if isKey { return length }
        }
        return nil
    }

    private func object(_ side: Side, _ row: [Value], _ range: Range<Int>? = nil) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for index in range ?? row.indices where index < row.count && index < side.columns.count {
            var name = side.columns[index].name
            var copy = 0
            while members[name] != nil {
                copy += 1
                name = "\(side.columns[index].name)_\(copy)"
            }
            members[name] = row[index].jsonValue
        }
        return .object(members)
    }

    private func differences(_ first: Side, _ side: Side) -> [JSONValue] {
        guard let length = key(first, side) else { return unkeyed(first, side) }
        var found: [JSONValue] = []
        var rest = Dictionary(side.rows.map { (Array($0.prefix(length)), $0) }, uniquingKeysWith: { first, _ in first })
        func note(_ kind: RowChangeKind, _ before: [Value]?, _ after: [Value]?, _ changed: [String]) {
            guard let row = after ?? before else { return }
            found.append(.object([
                "branch": .string(side.branch), "kind": .string(kind.rawValue), "key": object(side, row, 0..<length),
                "before": before.map { object(first, $0) } ?? .null, "after": after.map { object(side, $0) } ?? .null,
                "changed_columns": .array(changed.map(JSONValue.string)),
            ]))
        }
        for row in first.rows where found.count < ShadowComparer.listedDifferences {
            guard let there = rest.removeValue(forKey: Array(row.prefix(length))) else {
                note(.deleted, row, nil, [])
                continue
            }
            let changed = row.indices.filter { !isEqual(row[$0], there[$0]) }.map { first.columns[$0].name }
            if !changed.isEmpty { note(.updated, row, there, changed) }
        }
        // In the order of the answer.
        for row in side.rows where found.count < ShadowComparer.listedDifferences && rest[Array(row.prefix(length))] != nil { note(.inserted, nil, row, []) }
        return found
    }

    /// Without a key a row is either there, or not, or there more often.
    private func unkeyed(_ first: Side, _ side: Side) -> [JSONValue] {
        var counts: [[Value]: Int] = [:]
        for row in first.rows { counts[row, default: 0] -= 1 }
        for row in side.rows { counts[row, default: 0] += 1 }
        return counts.filter { $0.value != 0 }.sorted { isBefore($0.key, $1.key) }.prefix(ShadowComparer.listedDifferences).map { row, count in
            .object([
                "branch": .string(side.branch), "kind": .string(count > 0 ? RowChangeKind.inserted.rawValue : RowChangeKind.deleted.rawValue),
                "row": object(count > 0 ? side : first, row), "count": .integer(Int64(abs(count))),
            ])
        }
    }

    // MARK: - Aggregates

    /// Single-row answers: by numeric column, each branch's value minus the first's.
    private func deltas() -> [String: [String: JSONValue]] {
        guard let first = sides.first, let base = first.rows.first, sides.allSatisfy({ $0.rows.count == 1 }), sides.count > 1 else { return [:] }
        var deltas: [String: [String: JSONValue]] = [:]
        for (index, column) in first.columns.enumerated() where index < base.count {
            guard let from = base[index].doubleValue else { continue }
            var members: [String: JSONValue] = [:]
            for side in sides.dropFirst() {
                guard let row = side.rows.first, index < row.count, side.columns[index].name == column.name, let to = row[index].doubleValue else { continue }
                if let a = base[index].integerValue, let b = row[index].integerValue, case let (delta, overflow) = b.subtractingReportingOverflow(a), !overflow {
                    members[side.branch] = .integer(delta)
                } else {
                    members[side.branch] = .double(to - from)
                }
            }
            if !members.isEmpty { deltas[column.name] = members }
        }
        return deltas
    }
}
