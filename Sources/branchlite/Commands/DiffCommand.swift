import ArgumentParser
import Branching
import Foundation

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "What a branch changed, schema and rows.",
        discussion: """
            text: rows in columns, in colour on a terminal; changed cells read old → new. json: one document. csv: a line per changed \
            cell. sql: a patch; applied with `sqlite3 -bail FILE < PATCH` to the base exported as a SQLite file it gives the branch. \
            changeset: SQLite's own format, for sqlite3changeset_apply(). docs/merge.md describes them.
            """)

    @OptionGroup var location: StoreArguments
    @Argument(help: "The branch, or branch@version.") var branch: String
    @Argument(help: ArgumentHelp("What to compare it with: a branch, or branch@version (main).", valueName: "base")) var positionalBase: String?
    @Option(name: .customLong("base"), help: "The same, as an option.") var base: String?
    @Option(help: "merge_base: what the branch changed; head: how it differs from the base now.") var against: DiffAgainst = .mergeBase
    @Option(help: "One table only.") var table: String?
    @Option(help: "text, json, csv, sql or changeset.") var format: DiffFormat?
    @Flag(help: "The same as --format sql.") var sql = false
    @Flag(help: "The same as --format json.") var json = false
    @Option(name: [.short, .long], help: "Write to this file, which appears when it is complete.") var output: String?
    @Option(help: "The most rows shown (text, json).") var limit: Int?
    @Flag(help: "Counts only (text, json).") var stat = false
    @Flag(help: "Exit with 1 when there are differences, as git does.") var exitCode = false
    @Option(help: "auto, always or never.") var color: ColourChoice = .auto

    private var form: DiffFormat { format ?? (sql ? .sql : json ? .json : .text) }

    func validate() throws {
        let forms = Set([format, sql ? DiffFormat.sql : nil, json ? DiffFormat.json : nil].compactMap { $0 })
        if forms.count > 1 { throw ValidationError("--format, --sql and --json ask for different forms") }
        if positionalBase != nil, base != nil { throw ValidationError("the base is given twice") }
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
        if limit != nil || stat, form != .text, form != .json {
            throw ValidationError("\(form.rawValue) is written whole: --limit and --stat are for text and json")
        }
    }

    func run() async throws {
        let request = DiffRequest(
            branch: branch, base: base ?? positionalBase ?? "main", against: against, table: table, detail: stat ? .summary : .rows, limit: limit ?? 1 << 30)
        if form.isBinary, output == nil, Terminal.standardOutputIsTerminal {
            throw BranchLiteError("BL_BAD_ARGUMENT", "a changeset is no text for a terminal", hint: "give --output FILE, or redirect it")
        }
        let target = try DiffOutput(path: output)
        let isDifferent: Bool
        do {
            isDifferent = try await StoreAccess(location).withService { try await write(request, $0, target) }
            try target.finish()
        } catch {
            target.abandon()
            // As a program that SIGPIPE ends, and as quietly.
            if let error = error as? BranchLiteError, error.code == DiffOutput.readerIsGone { throw ExitCode(128 + SIGPIPE) }
            throw error
        }
        if exitCode && isDifferent { throw ExitCode(1) }
    }

    /// - Returns: whether there are differences.
    private func write(_ request: DiffRequest, _ service: any BranchService, _ target: DiffOutput) async throws -> Bool {
        let paint = Paint(enabled: output == nil ? Terminal.usesColour(color) : color == .always)
        if form == .json, limit != nil || stat {
            let result = try await service.diff(request)
            try target.put(Array((encodedJSON(result, pretty: true) + "\n").utf8))
            return Self.isDifferent(result)
        }
        if stat {
            let result = try await service.diff(request)
            try target.put(Array(DiffRenderer(paint: paint).statistics(result).utf8))
            return Self.isDifferent(result)
        }
        let style = DiffTextStyle(colour: paint.enabled, width: output == nil ? Terminal.width : nil)
        if limit != nil {
            let part = try await service.diffChunk(request, format: form, style: style)
            try target.put(Array((part.text ?? "").utf8))
            if part.nextCursor != nil { try target.put(Array((paint(.dim, "… more rows (--limit)") + "\n").utf8)) }
            return part.differences > 0
        }
        let summary = try await service.writeDiff(request, format: form, style: style) { bytes throws(BranchLiteError) in try target.put(bytes) }
        for note in summary.notes { Terminal.complain("note: \(note)") }
        return summary.differences > 0
    }

    private static func isDifferent(_ result: DiffResult) -> Bool {
        !result.schema.isEmpty || result.tables.contains { $0.inserted + $0.updated + $0.deleted > 0 }
    }
}

/// Standard output, or a file that gets its name when it is complete.
final class DiffOutput: Sendable {

    private let path: String?
    private let file: FileHandle

    init(path: String?) throws(BranchLiteError) {
        self.path = path
        guard let path else {
            file = .standardOutput
            return
        }
        let partial = DiffOutput.partial(path)
        guard FileManager.default.createFile(atPath: partial, contents: nil), let file = FileHandle(forWritingAtPath: partial) else {
            throw BranchLiteError("BL_IO", "could not create \(partial)")
        }
        self.file = file
    }

    private static func partial(_ path: String) -> String { path + ".part" }

    func put(_ bytes: [UInt8]) throws(BranchLiteError) {
        let number = bytes.withUnsafeBytes { buffer -> Int32 in
            var rest = UnsafeRawBufferPointer(buffer)
            while !rest.isEmpty {
                let written = write(file.fileDescriptor, rest.baseAddress, rest.count)
                if written < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            }
            return 0
        }
        if number == EPIPE, path == nil { throw BranchLiteError(DiffOutput.readerIsGone, "nobody reads standard output any more") }
        if number != 0 { throw BranchLiteError("BL_IO", "could not write \(path ?? "standard output"): \(String(cString: strerror(number)))") }
    }

    /// The code of the error when what standard output was piped into has ended (`branchlite diff b | head`).
    static let readerIsGone = "BL_PIPE_CLOSED"

    func finish() throws(BranchLiteError) {
        guard let path else { return }
        do {
            try file.synchronize()
            try file.close()
        } catch {
            throw BranchLiteError("BL_IO", "could not write \(path): \(error.localizedDescription)")
        }
        if rename(DiffOutput.partial(path), path) != 0 { throw BranchLiteError("BL_IO", "could not rename \(DiffOutput.partial(path)) to \(path)") }
    }

    func abandon() {
        guard let path else { return }
        try? file.close()
        try? FileManager.default.removeItem(atPath: DiffOutput.partial(path))
    }
}
