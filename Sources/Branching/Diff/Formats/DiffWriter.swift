import Engine
import PageStore
import SQLDialect

/// A part of a form: what comes before, the rows of one table, what comes after. A form is a list of them that follows from the two
/// versions alone, so that a listing goes on from the number of a step and the number of its rows given.
protocol DiffStep: AnyObject {
    /// Writes what comes before the rows.
    /// - Returns: false when there is nothing to be written of this step at all.
    func open(_ out: FormOutput) throws(BranchLiteError) -> Bool
    /// The rows; nil when the step has none.
    func changes() throws(BranchLiteError) -> (any ChangeSource)?
    func write(_ change: FormChange, _ out: FormOutput) throws(BranchLiteError)
    /// Writes what was kept back, since a part of the file ends here.
    func flush(_ out: FormOutput) throws(BranchLiteError)
    /// Writes what comes after the rows.
    func close(_ out: FormOutput) throws(BranchLiteError)
}

extension DiffStep {
    func flush(_ out: FormOutput) throws(BranchLiteError) {}
    func close(_ out: FormOutput) throws(BranchLiteError) {}
}

/// Where a form is written to, and what it counts.
final class FormOutput {
    var bytes: [UInt8] = []
    /// Rows of the open step that were given before the one at hand.
    var given = 0
    /// What the form counts over the whole file; goes on in the next part.
    var count = 0
    /// Row changes and schema changes written.
    var differences = 0
    var notes: [String] = []

    func text(_ text: String) { bytes.append(contentsOf: text.utf8) }
}

/// A fixed text.
final class TextStep: DiffStep {
    private let text: String
    private let differences: Int

    init(_ text: String, differences: Int = 0) {
        self.text = text
        self.differences = differences
    }

    func open(_ out: FormOutput) -> Bool {
        out.text(text)
        out.differences += differences
        return true
    }

    func changes() -> (any ChangeSource)? { nil }
    func write(_ change: FormChange, _ out: FormOutput) {}
}

/// Writes a diff in one of its forms, part by part, in memory that does not grow with it. Belongs to one thread.
final class DiffWriter {
    let comparison: Comparison
    private let call: UInt64
    private let steps: [any DiffStep]
    private let output = FormOutput()
    private var step = 0
    private var isOpen = false
    private var source: (any ChangeSource)?
    /// The row after which the open step goes on.
    private var resume: RowChangePosition?

    init(_ context: StoreContext, _ request: DiffRequest, _ format: DiffFormat, _ style: DiffTextStyle) throws(BranchLiteError) {
        let cursor = try request.cursor.map { text throws(BranchLiteError) in try FormCursor(text) }
        call = FormCursor.hash([
            format.rawValue, request.against.rawValue, request.table ?? "", request.detail.rawValue, "\(style.colour) \(style.width ?? 0)",
        ])
        if let cursor, cursor.call != call { throw DiffCursor.refused("the cursor belongs to a call with other arguments") }
        let comparison = try Comparison(context, request, cursor?.views)
        self.comparison = comparison
        do throws(BranchLiteError) {
            switch format {
            case .json: steps = try JSONForm.steps(comparison, request.detail)
            case .text: steps = try TextForm.steps(comparison, request.detail, style)
            case .csv: steps = try CSVForm.steps(comparison)
            case .sql: steps = try SQLPatch(comparison).steps()
            case .changeset:
                let form = try ChangesetForm(comparison)
                steps = form.steps
                // Once for the whole file.
                if cursor == nil { output.notes = form.notes }
            }
        } catch {
            comparison.close()
            throw error
        }
        if let cursor {
            (step, isOpen, output.given, output.count) = (cursor.step, cursor.isOpen, cursor.given, cursor.count)
            resume = cursor.views.position
        }
    }

    func close() {
        // Statements end before the connections that they run on are given back.
        source = nil
        comparison.close()
    }

    /// Differences written and notes made since the last time this was asked.
    func takeAccount() -> (differences: Int, notes: [String]) {
        defer { (output.differences, output.notes) = (0, []) }
        return (output.differences, output.notes)
    }

    /// Whether all has been written.
    var isAtEnd: Bool { step >= steps.count }

    /// Where the next part goes on; nil when all has been written.
    func cursor() throws(BranchLiteError) -> FormCursor? {
        if isAtEnd { return nil }
        var views = comparison.views
        views.position = output.given > 0 ? try source?.position() ?? resume : nil
        var cursor = FormCursor(views: views, call: call)
        (cursor.step, cursor.isOpen, cursor.given, cursor.count) = (step, isOpen, output.given, output.count)
        return cursor
    }

    /// The next part, empty when nothing is left: at most `rows` row changes, and about `size` bytes.
    func next(rows: Int, size: Int) throws(BranchLiteError) -> [UInt8] {
        output.bytes.removeAll(keepingCapacity: true)
        var room = rows
        while step < steps.count, output.bytes.count < size {
            let current = steps[step]
            if !isOpen {
                output.given = 0
                guard try current.open(output) else {
                    step += 1
                    continue
                }
                isOpen = true
            }
            if source == nil {
                source = try current.changes()
                if let resume { try source?.seek(after: resume) }
                resume = nil
            }
            while let rest = source {
                if room == 0 || output.bytes.count >= size {
                    try current.flush(output)
                    return output.bytes
                }
                guard let change = try rest.next() else { break }
                try current.write(change, output)
                output.given += 1
                room -= 1
            }
            try current.close(output)
            source = nil
            step += 1
            isOpen = false
            output.given = 0
        }
        return output.bytes
    }
}

extension StoreContext {
    /// Bytes after which a part of a diff ends, however few rows it has.
    static let diffPartBytes = 1 << 20
    /// Bytes given to a sink at a time.
    private static let sinkBytes = 1 << 16

    /// A part of a diff in one of its forms.
    func diffChunk(_ request: DiffRequest, _ format: DiffFormat, _ style: DiffTextStyle) throws(BranchLiteError) -> DiffChunk {
        guard request.limit > 0 else {
            throw BranchLiteError("BL_BAD_ARGUMENT", "limit must be at least 1, not \(request.limit)", details: ["argument": "limit"])
        }
        let writer = try diffWriter(request, format, style)
        defer { writer.close() }
        let bytes = try writer.next(rows: request.limit, size: StoreContext.diffPartBytes)
        let cursor = try writer.cursor()?.text
        let account = writer.takeAccount()
        let comparison = writer.comparison
        let data: String? = if format.isBinary, case .string(let base64) = Value.blob(bytes).jsonValue { base64 } else { nil }
        return DiffChunk(
            branch: comparison.branch.name, base: comparison.base.name, baseVersion: comparison.baseVersion.rawValue,
            branchVersion: comparison.branchVersion.rawValue, format: format, text: format.isBinary ? nil : String(decoding: bytes, as: UTF8.self),
            data: data, differences: account.differences, notes: account.notes,
            nextCursor: cursor)
    }

    private func diffWriter(_ request: DiffRequest, _ format: DiffFormat, _ style: DiffTextStyle) throws(BranchLiteError) -> DiffWriter {
        do throws(BranchLiteError) {
            return try DiffWriter(self, request, format, style)
        } catch {
            guard request.cursor != nil, error.code == "BL_NO_SUCH_VERSION" else { throw error }
            throw BranchLiteError(
                "BL_NO_SUCH_VERSION", "the diff cannot go on: \(error.message)",
                hint: "ask again without a cursor; BRANCHLITE_HISTORY says how long older versions are kept", details: ["argument": "cursor"])
        }
    }

    /// A whole diff in one of its forms.
    func writeDiff(
        _ request: DiffRequest, _ format: DiffFormat, _ style: DiffTextStyle, to sink: ([UInt8]) throws(BranchLiteError) -> Void
    ) throws(BranchLiteError) -> DiffSummary {
        let writer = try DiffWriter(self, request, format, style)
        defer { writer.close() }
        while true {
            let bytes = try writer.next(rows: .max, size: StoreContext.sinkBytes)
            if !bytes.isEmpty { try sink(bytes) }
            if writer.isAtEnd { break }
        }
        let account = writer.takeAccount()
        return DiffSummary(
            baseVersion: writer.comparison.baseVersion.rawValue, branchVersion: writer.comparison.branchVersion.rawValue,
            differences: account.differences, notes: account.notes)
    }
}
