import Branching
import Foundation

/// Loads a CSV or NDJSON file into one table, in one transaction: all of it or nothing.
struct TableImport {
    /// Rows handed to the session in one call.
    static let batchRows = 2_000

    let session: any BranchSession
    let table: String
    /// Texts that mean NULL besides the bare empty field.
    var nullTexts: Set<String> = []
    let progress: (Double) -> Void

    func quoted(_ name: String) -> String { "\"" + name.replacingOccurrences(of: "\"", with: "\"\"") + "\"" }

    /// `header`: nil = a first line whose fields are all text, none of them a number or date, is a header.
    func csv(path: String, delimiter: UInt8?, header: Bool?) async throws -> Int {
        let separator = try delimiter ?? sniffDelimiter(path: path)
        let size = try fileSize(path)
        let scan = try CSVReader(path: path, delimiter: separator)
        guard let first = try scan.next() else { throw DataFileError(description: "\(path) is empty") }
        let hasHeader = header ?? first.allSatisfy { field in
            !field.text.isEmpty && TypeDetector.ColumnType.allCases.dropLast().allSatisfy { !TypeDetector.fits(Array(field.text.utf8), $0) }
        }
        let names = hasHeader ? uniqueNames(first.map(\.text)) : first.indices.map { "column\($0)" }
        var detector = TypeDetector(columns: names.count)
        var record: [CSVReader.Field]? = hasHeader ? try scan.next() : first
        while let fields = record {
            guard fields.count == names.count else {
                throw DataFileError(description: "\(path):\(scan.line): \(fields.count) fields where the first line has \(names.count)")
            }
            for (column, field) in fields.enumerated() where !isNull(field) { detector.observe(field.text, column: column) }
            progress(Double(scan.bytesRead) / Double(max(size, 1)) * 0.4)
            record = try scan.next()
        }
        let types = names.indices.map { detector.type(column: $0) }
        let definitions = zip(names, types).map { "\(quoted($0)) \($1.rawValue)" }.joined(separator: ", ")
        return try await load(definitions: definitions, names: names) { insert in
            let reader = try CSVReader(path: path, delimiter: separator)
            if hasHeader { _ = try reader.next() }
            var batch: [[JSONValue]] = []
            while let fields = try reader.next() {
                batch.append(fields.enumerated().map { isNull($1) ? .null : types[$0].jsonValue($1.text) })
                if batch.count == Self.batchRows {
                    try await insert(batch)
                    batch.removeAll(keepingCapacity: true)
                    progress(0.4 + Double(reader.bytesRead) / Double(max(size, 1)) * 0.6)
                }
            }
            if !batch.isEmpty { try await insert(batch) }
        }
    }

    /// One JSON object a line; columns are the union of the keys in order of first appearance.
    func ndjson(path: String) async throws -> Int {
        let size = try fileSize(path)
        var names: [String] = []
        var kinds: [String: JSONColumn] = [:]
        try forEachObject(path) { object, keys in
            for key in keys {
                if kinds[key] == nil { names.append(key) }
                kinds[key, default: JSONColumn()].observe(object[key] ?? .null)
            }
        }
        guard !names.isEmpty else { throw DataFileError(description: "\(path) holds no JSON objects") }
        let types = names.map { kinds[$0]?.type ?? "VARCHAR" }
        let definitions = zip(names, types).map { "\(quoted($0)) \($1)" }.joined(separator: ", ")
        return try await load(definitions: definitions, names: names) { insert in
            var batch: [[JSONValue]] = []
            let lines = try LineReader(path: path)
            while let (object, _) = try lines.nextObject() {
                batch.append(zip(names, types).map { name, type in JSONColumn.fit(object[name] ?? .null, type: type) })
                if batch.count == Self.batchRows {
                    try await insert(batch)
                    batch.removeAll(keepingCapacity: true)
                    progress(0.4 + Double(lines.bytesRead) / Double(max(size, 1)) * 0.6)
                }
            }
            if !batch.isEmpty { try await insert(batch) }
        }
    }

    private func forEachObject(_ path: String, _ body: ([String: JSONValue], [String]) throws -> Void) throws {
        let lines = try LineReader(path: path)
        while let (object, keys) = try lines.nextObject() { try body(object, keys) }
    }

    private func load(
        definitions: String, names: [String], _ fill: (_ insert: ([[JSONValue]]) async throws -> Void) async throws -> Void
    ) async throws -> Int {
        var count = 0
        _ = try await session.query(QueryRequest("BEGIN"))
        do {
            _ = try await session.query(QueryRequest("CREATE TABLE \(quoted(table)) (\(definitions))"))
            try await fill { batch in count += try await session.insert(into: table, columns: names, rows: batch) }
            _ = try await session.query(QueryRequest("COMMIT"))
        } catch {
            _ = try? await session.query(QueryRequest("ROLLBACK"))
            throw error
        }
        progress(1)
        return count
    }

    private func isNull(_ field: CSVReader.Field) -> Bool { !field.quoted && (field.text.isEmpty || nullTexts.contains(field.text)) }

    /// Empty or repeated header names get names of their own, as DuckDB gives them.
    private func uniqueNames(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.enumerated().map { index, raw in
            var name = raw.trimmingCharacters(in: .whitespaces)
            if name.isEmpty { name = "column\(index)" }
            var candidate = name
            var number = 0
            while !seen.insert(candidate.lowercased()).inserted {
                number += 1
                candidate = "\(name)_\(number)"
            }
            return candidate
        }
    }
}

func fileSize(_ path: String) throws -> UInt64 {
    guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? UInt64 else {
        throw DataFileError(description: "cannot read \(path)")
    }
    return size
}
