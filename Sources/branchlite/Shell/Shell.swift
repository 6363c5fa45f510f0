import Branching
import Foundation

/// The interactive shell: `branchlite sql`.
final class Shell {
    private let service: any BranchService
    private let session: any BranchSession
    private let editor: LineEditor
    private var writer: ResultWriter
    private let paint: Paint
    private var timing = false
    private let interactive = Terminal.standardInputIsTerminal
    /// Rows drawn at most; the rest is cut off with a note. Scripts and other formats get all.
    static let mostRowsDrawn = 1_000

    init(service: any BranchService, session: any BranchSession, format: OutputFormat) {
        self.service = service
        self.session = session
        writer = ResultWriter(format: format)
        paint = Paint(enabled: Terminal.usesColour(.auto))
        let home = ProcessInfo.processInfo.environment["HOME"]
        editor = LineEditor(historyPath: home.map { $0 + "/.branchlite_history" })
    }

    /// Runs until the input ends; returns the exit status: of a script, 1 at its first error.
    func run() async -> Int32 {
        if interactive {
            Terminal.write("BranchLite. SQL ends with ;  .help lists the shell's commands.\n")
        }
        var gatherer = StatementGatherer()
        while true {
            switch editor.read(prompt: interactive ? await prompt(continuing: !gatherer.isEmpty) : "") {
            case .interrupted: gatherer.clear()
            case .endOfInput:
                if !gatherer.isEmpty, await !execute(gatherer.text), !interactive { return 1 }
                return 0
            case .line(let line):
                if gatherer.isEmpty, line.hasPrefix(".") {
                    editor.remember(line)
                    switch await command(line) {
                    case .quit: return 0
                    case .failed where !interactive: return 1
                    case .failed, .done: continue
                    }
                }
                guard let statement = gatherer.add(line) else { continue }
                editor.remember(statement)
                if await !execute(statement), !interactive { return 1 }
            }
        }
    }

    private func prompt(continuing: Bool) async -> String {
        if continuing { return "   ...> " }
        let branch = (try? await session.currentBranch()) ?? "?"
        let mark = (try? await session.inTransaction()) == true ? "*" : ""
        return paint(.cyan, branch) + mark + "> "
    }

    /// Runs SQL and writes what comes of it; false after an error, which has been reported.
    func execute(_ sql: String) async -> Bool {
        do {
            let limit = interactive && writer.format == .table ? Self.mostRowsDrawn : nil
            let results = try await session.script(QueryRequest(sql, maxRows: limit))
            for result in results {
                Terminal.write(writer.text(result))
                if timing { Terminal.write(String(format: "%.3f ms\n", result.elapsedMS)) }
            }
            return true
        } catch {
            report(error)
            return false
        }
    }

    private enum Outcome { case done, failed, quit }

    private func command(_ line: String) async -> Outcome {
        let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
        let arguments = Array(words.dropFirst())
        do {
            switch words[0] {
            case ".quit", ".exit": return .quit
            case ".help": Terminal.write(Self.help)
            case ".tables": try await showTables()
            case ".schema": try await showSchema(arguments.first)
            case ".branches": try await showBranches()
            case ".branch", ".use":
                guard let name = arguments.first else {
                    Terminal.write(try await session.currentBranch() + "\n")
                    return .done
                }
                Terminal.write("on \(try await session.switchBranch(name).branch)\n")
            case ".diff": try await showDiff(arguments)
            case ".json": writer.format = .json
            case ".csv": writer.format = .csv
            case ".table": writer.format = .table
            case ".timer": timing = arguments.first != "off"
            case ".null": writer.nullText = arguments.first ?? ""
            default: throw BranchLiteError("BL_BAD_COMMAND", "unknown command \(words[0])", hint: ".help lists the commands")
            }
            return .done
        } catch {
            report(error)
            return .failed
        }
    }

    private func showTables() async throws {
        let tables = try await service.tables(branch: session.currentBranch(), schema: nil)
        let cells: [[String?]] = tables.map { [$0.tableSchema, $0.tableName, $0.tableType] }
        Terminal.write(TableRenderer(terminalWidth: Terminal.width).render(columns: ["schema", "table", "type"].map { ResultColumn(name: $0, type: "VARCHAR") }, cells: cells))
    }

    private func showSchema(_ table: String?) async throws {
        let branch = try await session.currentBranch()
        for listing in try await service.tables(branch: branch, schema: nil) where table == nil || listing.tableName.lowercased() == table?.lowercased() {
            let columns = try await service.describe(table: listing.tableName, branch: branch, schema: listing.tableSchema)
            let cells: [[String?]] = columns.map { [$0.columnName, $0.dataType, $0.isNullable, $0.columnDefault, $0.isPrimaryKey ? "yes" : ""] }
            Terminal.write(paint(.bold, listing.tableName) + " (\(listing.tableType.lowercased()))\n")
            let headers = ["column", "type", "nullable", "default", "key"].map { ResultColumn(name: $0, type: "VARCHAR") }
            Terminal.write(TableRenderer(terminalWidth: Terminal.width, nullText: "").render(columns: headers, cells: cells))
        }
    }

    private func showBranches() async throws {
        Terminal.write(branchTable(try await service.branches(.active), current: try await session.currentBranch()))
    }

    private func showDiff(_ arguments: [String]) async throws {
        let current = try await session.currentBranch()
        let branch = arguments.first ?? current
        let base = arguments.count > 1 ? arguments[1] : "main"
        let style = DiffTextStyle(colour: paint.enabled, width: Terminal.width)
        let summary = try await service.writeDiff(DiffRequest(branch: branch, base: base, detail: .rows), format: .text, style: style) { Terminal.write($0) }
        if summary.differences == 0 { Terminal.write("no differences\n") }
    }

    static let help = """
        .tables              tables and views of the branch
        .schema [TABLE]      columns and types
        .branches            living branches
        .use BRANCH          switch to a branch (also: USE BRANCH name;)
        .diff [BRANCH [BASE]]  what a branch changed
        .table .json .csv    how results are written
        .timer [off]         time of each statement
        .null TEXT           how NULL is drawn
        .quit                leave (also Ctrl-D)
        Statements end with a semicolon and may take several lines. Ctrl-C forgets what was typed; Ctrl-R searches back.

        """
}

/// Living branches in columns, the current one marked as git marks it.
func branchTable(_ branches: [BranchInfo], current: String?) -> String {
    let columns = [("", "VARCHAR"), ("name", "VARCHAR"), ("mode", "VARCHAR"), ("status", "VARCHAR"), ("parent", "VARCHAR"), ("sessions", "BIGINT"), ("tables modified", "VARCHAR"), ("bytes", "BIGINT"), ("expires", "VARCHAR")]
        .map { ResultColumn(name: $0.0, type: $0.1) }
    let cells: [[String?]] = branches.map {
        [$0.name == current ? "*" : "", $0.name, $0.mode.rawValue, $0.status.rawValue, $0.parent, String($0.sessions), $0.tablesModified.joined(separator: ", "), String($0.uniqueBytes), $0.expiresAt ?? "never"]
    }
    return TableRenderer(terminalWidth: Terminal.width, nullText: "").render(columns: columns, cells: cells)
}

/// An error as git words it: `error: …`, and a line of its own for the hint.
func report(_ error: any Error) {
    let paint = Paint(enabled: Terminal.standardErrorIsTerminal)
    if let error = error as? BranchLiteError {
        var message = error.message
        if let line = error.details["line"]?.integerValue, let column = error.details["column"]?.integerValue, !message.contains("line ") {
            message += " (line \(line), column \(column))"
        }
        Terminal.complain(paint(.red, "error") + ": \(message) [\(error.code)]")
        if let hint = error.hint { Terminal.complain(paint(.yellow, "hint") + ": \(hint)") }
    } else {
        Terminal.complain(paint(.red, "error") + ": \(error)")
    }
}
