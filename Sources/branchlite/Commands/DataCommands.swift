import ArgumentParser
import Branching
import Foundation

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring in a SQLite file (kept whole), a CSV or an NDJSON file.")

    @OptionGroup var location: StoreArguments
    @Argument(help: "The file.") var file: String
    @Option(name: [.short, .customLong("branch")], help: "The branch to import into.") var branch = "main"
    @Option(help: "The table (default: the file's name); for CSV and NDJSON.") var table: String?
    @Option(help: "sqlite, csv or ndjson (default: by content and name).") var format: FileFormat?
    @Option(help: "CSV: the delimiter (default: found).") var delimiter: String?
    @Flag(inversion: .prefixedNo, help: "CSV: the first line names the columns (default: found).") var header: Bool?
    @Option(name: .customLong("null"), help: "CSV: a text that means NULL (repeatable; the bare empty field always does).") var nullTexts: [String] = []

    enum FileFormat: String, ExpressibleByArgument, CaseIterable { case sqlite, csv, ndjson }

    func validate() throws {
        if let delimiter, delimiter.utf8.count != 1, delimiter != "\\t" { throw ValidationError("--delimiter takes one character") }
    }

    func run() async throws {
        guard FileManager.default.isReadableFile(atPath: file) else { throw DataFileError(description: "cannot read \(file)") }
        let format = try format ?? detectFormat()
        let bar = ProgressBar(URL(fileURLWithPath: file).lastPathComponent)
        defer { bar.finish() }
        let summary = try await StoreAccess(location).withService { service in
            if format == .sqlite {
                let absolute = URL(fileURLWithPath: file).path
                let result = try await service.importSQLite(path: absolute, branch: branch, progress: { bar.update($0) })
                return result.tables.map { "\($0.tableName): \($0.estimatedSize) rows" }.joined(separator: "\n")
            }
            let session = try await service.openSession(SessionOptions(branch: branch, dialect: .duckdb, origin: "branchlite import"))
            let name = table ?? URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent
            let load = TableImport(session: session, table: name, nullTexts: Set(nullTexts), progress: { bar.update($0) })
            let separator = delimiter == "\\t" ? UInt8(ascii: "\t") : delimiter?.utf8.first
            do {
                let rows = try await format == .csv ? load.csv(path: file, delimiter: separator, header: header) : load.ndjson(path: file)
                await session.close()
                return "\(name): \(rows) rows"
            } catch {
                await session.close()
                throw error
            }
        }
        bar.finish()
        Terminal.write("imported into \(branch)\n" + summary + "\n")
    }

    /// A SQLite file says so in its first 16 bytes; otherwise the name decides.
    private func detectFormat() throws -> FileFormat {
        let head = try FileHandle(forReadingFrom: URL(fileURLWithPath: file)).read(upToCount: 16) ?? Data()
        if head.starts(with: Data("SQLite format 3\0".utf8)) { return .sqlite }
        switch URL(fileURLWithPath: file).pathExtension.lowercased() {
        case "csv", "tsv", "txt": return .csv
        case "ndjson", "jsonl", "json": return .ndjson
        default: throw DataFileError(description: "\(file) is no SQLite file, and its name does not say what it is; use --format")
        }
    }
}

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a branch as an ordinary SQLite file, or one table as CSV.")

    @OptionGroup var location: StoreArguments
    @Argument(help: "The file to write.") var file: String
    @Option(name: [.short, .customLong("branch")], help: "The branch.") var branch = "main"
    @Option(help: "CSV of this table only.") var table: String?
    @Flag(help: "Replace the file if it exists.") var force = false

    func run() async throws {
        if FileManager.default.fileExists(atPath: file) {
            guard force else { throw DataFileError(description: "\(file) exists; --force replaces it") }
            try FileManager.default.removeItem(atPath: file)
        }
        let bar = ProgressBar(URL(fileURLWithPath: file).lastPathComponent)
        defer { bar.finish() }
        let csvTable = table ?? (file.lowercased().hasSuffix(".csv") ? URL(fileURLWithPath: file).deletingPathExtension().lastPathComponent : nil)
        try await StoreAccess(location).withService { service in
            guard let csvTable else {
                try await service.exportSQLite(branch: branch, path: URL(fileURLWithPath: file).path, progress: { bar.update($0) })
                return
            }
            let session = try await service.openSession(SessionOptions(branch: branch, dialect: .duckdb, readOnly: true, origin: "branchlite export"))
            do {
                let quoted = "\"" + csvTable.replacingOccurrences(of: "\"", with: "\"\"") + "\""
                let result = try await session.query(QueryRequest("SELECT * FROM \(quoted)"))
                try Data(ResultWriter(format: .csv).text(result).utf8).write(to: URL(fileURLWithPath: file))
                await session.close()
            } catch {
                await session.close()
                throw error
            }
        }
    }
}

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "check", abstract: "Verify every checksum and every reference of the store.")
    @OptionGroup var location: StoreArguments
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
        let bar = ProgressBar("check")
        let result = try await StoreAccess(location, mustExist: true).withService { try await $0.check(progress: { bar.update($0) }) }
        bar.finish()
        if json {
            Terminal.write(encodedJSON(result, pretty: true) + "\n")
        } else {
            for problem in result.problems { Terminal.write(problem + "\n") }
            Terminal.write("\(result.clean ? "ok" : "DAMAGED"): \(result.branches) branches, \(result.versions) versions, \(result.pages) pages, \(result.bytes) bytes\n")
        }
        if !result.clean { throw ExitCode(1) }
    }
}

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "backup", abstract: "Copy the whole store, consistently, while writers go on.",
        discussion: """
            The copy is a store by itself, verified before it appears under its name. With --since, page images that have not changed \
            since that earlier backup are taken from it and not read from the store; on file systems that can, both share their blocks.
            """)
    @OptionGroup var location: StoreArguments
    @Argument(help: "The file to write; it must not exist.") var destination: String
    @Option(help: "An earlier backup of the store.") var since: String?
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
        let path = URL(fileURLWithPath: destination).path
        guard !FileManager.default.fileExists(atPath: path) else { throw DataFileError(description: "\(destination) exists") }
        let earlier = since.map { URL(fileURLWithPath: $0).path }
        if let earlier, !FileManager.default.fileExists(atPath: earlier) { throw DataFileError(description: "there is no earlier backup \(since ?? earlier)") }
        let result = try await StoreAccess(location, mustExist: true).withService { try await $0.backup(to: path, since: earlier) }
        if json { return Terminal.write(encodedJSON(result, pretty: true) + "\n") }
        let reused = earlier == nil ? "" : ", \(result.reusedBytes) of them unchanged since \(since ?? "")"
        Terminal.write("backed up to \(destination): \(result.bytes) bytes\(reused)\n")
    }
}

struct VacuumCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vacuum", abstract: "Give free pages back and cut the store's file to what is in use.",
        discussion: """
            Sessions go on meanwhile; pages are moved in moments in which none of them reads or writes. What large deletes freed is kept \
            by older versions for a while (BRANCHLITE_HISTORY); --drop-history lets these go.
            """)
    @OptionGroup var location: StoreArguments
    @Option(help: "Compact only this branch; otherwise all that have many free pages.") var branch: String?
    @Flag(help: "Drop older versions too. Discarded branches stay.") var dropHistory = false
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
        let request = VacuumRequest(branch: branch, dropHistory: dropHistory)
        let result = try await StoreAccess(location, mustExist: true).withService { try await $0.vacuum(request) }
        if json { return Terminal.write(encodedJSON(result, pretty: true) + "\n") }
        Terminal.write("\(result.bytesBefore) bytes before, \(result.bytesAfter) after; \(result.freedPages) free pages given back, \(result.movedPages) moved\n")
        if !result.complete { Terminal.write("sessions were too busy for all of it: run it again\n") }
        if result.historyBytes > 0, !dropHistory { Terminal.write("older versions and discarded branches hold \(result.historyBytes) bytes (--drop-history)\n") }
    }
}

struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "config", abstract: "Every setting, its value and where it came from.")
    @OptionGroup var location: StoreArguments
    @OptionGroup var flags: SettingFlags
    @Flag(help: "As JSON.") var json = false

    func run() throws {
        let values = try location.load(extra: flags.flags).values
        if json {
            let entries = values.map { ["setting": $0.setting.key, "value": $0.display, "source": $0.source.description, "variable": $0.setting.environment.first ?? ""] }
            Terminal.write(encodedJSON(entries, pretty: true) + "\n")
            return
        }
        let columns = ["setting", "value", "from", "variable"].map { ResultColumn(name: $0, type: "VARCHAR") }
        let cells: [[String?]] = values.map { [$0.setting.key, $0.display, $0.source.description, $0.setting.environment.joined(separator: " / ")] }
        Terminal.write(TableRenderer(terminalWidth: Terminal.width, nullText: "").render(columns: columns, cells: cells))
    }
}
