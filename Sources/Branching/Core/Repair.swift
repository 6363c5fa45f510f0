import Engine
import Foundation
import PageStore

/// What `Repair` got out of a damaged store.
public struct RepairResult: Codable, Sendable, Equatable {
    public struct Branch: Codable, Sendable, Equatable {
        /// The branch's name; its identity where the record that names it is lost.
        public var name: String
        public var id: String
        public var pages: UInt32
        /// Pages of the head that cannot be read. Empty: the branch is whole.
        public var damagedPages: [UInt32]
        /// The SQLite file with the branch; of one that is damaged, with zeros for the damaged pages.
        public var file: String?
        /// For a damaged head: the newest version before it that is whole, and its file.
        public var wholeVersion: UInt64?
        public var wholeVersionFile: String?
        /// What else is to be said.
        public var notes: [String]

        public var isWhole: Bool { damagedPages.isEmpty && file != nil }

        enum CodingKeys: String, CodingKey {
            case name, id, pages, file, notes
            case damagedPages = "damaged_pages"
            case wholeVersion = "whole_version"
            case wholeVersionFile = "whole_version_file"
        }
    }

    public var branches: [Branch]
    /// What is not as it was last in the store as a whole.
    public var notes: [String]

    /// Whether nothing is lost.
    public var isComplete: Bool { notes.isEmpty && branches.allSatisfy { $0.isWhole && $0.notes.isEmpty } }
}

/// Gets out of a damaged store what is intact: every branch as a SQLite file. The store itself is only read.
public enum Repair {
    /// Versions before a damaged head that are looked at for a whole one.
    private static let olderVersions = 100

    /// Writes the branches of the store at `path` into `directory`, which is made if need be.
    ///
    /// - Throws: `BL_FILE_EXISTS` where the directory holds something already, `BL_STORE_LOCKED` while a process owns the
    ///   store, `BL_NOT_A_STORE` where nothing of a store is found.
    public static func run(
        store path: String, into directory: String, progress: @Sendable (String, Double) -> Void = { _, _ in }
    ) throws(BranchLiteError) -> RepairResult {
        try makeDirectory(directory)
        let salvage = try mapStore { () throws(StoreError) in try Store.salvage(path: path) }
        let store = salvage.store
        var result = RepairResult(branches: [], notes: salvage.notes)
        var taken: Set<String> = []
        // The engine reads schemas; without one (main is lost) files keep the types as the store has them.
        let engine = try? Engine(store: store)
        let schemas = engine.map { SchemaCache(engine: $0, store: store) }
        defer {
            engine?.close()
            try? store.close()
        }
        for branch in store.branches().sorted(by: { $0.id < $1.id }) {
            let (name, isLive, known) = record(of: branch)
            var notes = known
            if isLive { notes.append("the branch is live: tables that it reads through are in the files of the branches below it") }
            var stem = fileName(name)
            if !taken.insert(stem.lowercased()).inserted {
                stem += "-" + branch.id.hex
                taken.insert(stem.lowercased())
            }
            result.branches.append(try salvaged(branch, name, stem, store, schemas, directory, notes) { progress(name, $0) })
        }
        return result
    }

    private static func makeDirectory(_ directory: String) throws(BranchLiteError) {
        let manager = FileManager.default
        do {
            try manager.createDirectory(atPath: directory, withIntermediateDirectories: true)
            guard try manager.contentsOfDirectory(atPath: directory).isEmpty else {
                throw BranchLiteError("BL_FILE_EXISTS", "\(directory) is not empty", hint: "name a new directory")
            }
        } catch let error as BranchLiteError {
            throw error
        } catch {
            throw BranchLiteError("BL_IO", "cannot make the directory \(directory): \(error.localizedDescription)")
        }
    }

    private static func record(of branch: BranchEntry) -> (name: String, isLive: Bool, notes: [String]) {
        do throws(BranchLiteError) {
            let record = try BranchRecord(decoding: branch.metadata, of: branch.id)
            return (record.name, record.mode == .live, record.isLiving ? [] : ["the branch was discarded"])
        } catch {
            // A main that nobody has renamed or merged into has none.
            if branch.id == .main { return ("main", false, []) }
            return (branch.id.hex, false, ["the record with the branch's name is lost"])
        }
    }

    /// The name with only what any file system takes.
    private static func fileName(_ name: String) -> String {
        let text = String(name.unicodeScalars.map { scalar in
            scalar.isASCII && (CharacterSet.alphanumerics.contains(scalar) || "-_.".unicodeScalars.contains(scalar)) ? Character(scalar) : "_"
        })
        return text.isEmpty || text.hasPrefix(".") ? "_" + text : text
    }

    private static func salvaged(
        _ branch: BranchEntry, _ name: String, _ stem: String, _ store: Store, _ schemas: SchemaCache?, _ directory: String, _ notes: [String],
        progress: (Double) -> Void
    ) throws(BranchLiteError) -> RepairResult.Branch {
        let snapshot = try mapStore { () throws(StoreError) in try store.snapshot(of: branch.id) }
        let all = Double(max(1, snapshot.pageCount))
        var found = RepairResult.Branch(
            name: name, id: branch.id.hex, pages: snapshot.pageCount, damagedPages: snapshot.damagedPages { progress(0.5 * Double($0) / all) },
            file: nil, wholeVersion: nil, wholeVersionFile: nil, notes: notes)
        if found.damagedPages.isEmpty {
            let path = directory + "/" + stem + ".db"
            if let problem = write(snapshot, path, schemas, store) { found.notes.append(problem) }
            found.file = path
            return found
        }
        let path = directory + "/" + stem + ".damaged.db"
        try writeRaw(snapshot, path)
        found.file = path
        for version in store.versions(of: branch.id, limit: olderVersions).dropFirst() {
            guard let older = try? store.snapshot(at: version.id), older.damagedPages().isEmpty else { continue }
            let path = directory + "/\(stem)@\(version.id.rawValue).db"
            if let problem = write(older, path, schemas, store) { found.notes.append(problem) }
            found.wholeVersion = version.id.rawValue
            found.wholeVersionFile = path
            break
        }
        return found
    }

    /// Writes a whole version as `export` does, or if its schema makes no sense, page by page. Returns what went wrong.
    private static func write(_ snapshot: Snapshot, _ path: String, _ schemas: SchemaCache?, _ store: Store) -> String? {
        guard let schemas else { return raw(snapshot, path) }
        do {
            let schema = try schemas.schema(at: snapshot)
            try Engine.exportSQLiteFile(
                snapshot, pageSize: store.pageSize, to: path,
                finish: { file throws(EngineError) in try ReadableExport.rewrite(file, schema) })
            return nil
        } catch {
            let problem = "exported page by page, with the store's own types: \(BranchLiteError(any: error).message)"
            return raw(snapshot, path).map { problem + "; " + $0 } ?? problem
        }
    }

    private static func raw(_ snapshot: Snapshot, _ path: String) -> String? {
        do throws(BranchLiteError) {
            try writeRaw(snapshot, path)
            return nil
        } catch {
            return error.message
        }
    }

    /// Writes the pages as they are, zeros for those that cannot be read.
    private static func writeRaw(_ snapshot: Snapshot, _ path: String) throws(BranchLiteError) {
        do {
            try Data().write(to: URL(fileURLWithPath: path))
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            defer { try? file.close() }
            var bytes = Data(count: snapshot.pageSize)
            let pageCount = snapshot.possiblePageCount
            for page in PageNumber(0) ..< pageCount {
                let status = bytes.withUnsafeMutableBytes { buffer in buffer.baseAddress.map { snapshot.read(page + 1, into: $0) } }
                if status != .ok { bytes = Data(count: snapshot.pageSize) }
                try file.write(contentsOf: bytes)
            }
            try file.synchronize()
        } catch {
            throw BranchLiteError("BL_IO", "cannot write \(path): \(error.localizedDescription)")
        }
    }
}
