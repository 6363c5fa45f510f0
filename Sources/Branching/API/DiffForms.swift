/// The forms in which a diff can be written. docs/merge.md says what each holds.
public enum DiffFormat: String, Sendable, Codable, CaseIterable {
    /// One JSON document: what `diff_branch` answers, with all rows.
    case json
    /// For people: aligned columns, changed cells as `old → new`.
    case text
    /// One line per changed cell.
    case csv
    /// A patch in SQL that makes the base, exported as a SQLite file, the branch.
    case sql
    /// SQLite's changeset format (https://www.sqlite.org/sessionintro.html): bytes, rows of tables with a primary key only.
    case changeset

    /// Whether the form is no text.
    public var isBinary: Bool { self == .changeset }
}

/// How the form `text` is drawn.
public struct DiffTextStyle: Sendable, Codable, Hashable {
    /// With ANSI colours.
    public var colour: Bool
    /// Cells per line; nil: lines may be as long as they get.
    public var width: Int?

    public init(colour: Bool = false, width: Int? = nil) {
        self.colour = colour
        self.width = width
    }

    public static let plain = DiffTextStyle()
}

/// What a part of a diff is asked for with, as it goes over a wire.
public struct DiffChunkRequest: Sendable, Codable, Hashable {
    public var request: DiffRequest
    public var format: DiffFormat
    public var style: DiffTextStyle

    public init(request: DiffRequest, format: DiffFormat, style: DiffTextStyle = .plain) {
        self.request = request
        self.format = format
        self.style = style
    }
}

/// A part of a diff in one of its forms. The parts of one listing, one after the other, are the whole file.
public struct DiffChunk: Sendable, Codable, Hashable {
    public var branch: String
    public var base: String
    public var baseVersion: UInt64
    public var branchVersion: UInt64
    public var format: DiffFormat
    /// The part, where the form is text.
    public var text: String?
    /// The part in base64, where the form is bytes.
    public var data: String?
    /// Row changes and schema changes in this part.
    public var differences: Int
    /// What the form cannot hold and has left out, in sentences.
    public var notes: [String]
    /// Set when there is more.
    public var nextCursor: String?

    public init(
        branch: String, base: String, baseVersion: UInt64, branchVersion: UInt64, format: DiffFormat, text: String?, data: String?,
        differences: Int, notes: [String], nextCursor: String?
    ) {
        self.branch = branch
        self.base = base
        self.baseVersion = baseVersion
        self.branchVersion = branchVersion
        self.format = format
        self.text = text
        self.data = data
        self.differences = differences
        self.notes = notes
        self.nextCursor = nextCursor
    }

    enum CodingKeys: String, CodingKey {
        case branch, base, format, text, data, differences, notes
        case baseVersion = "base_version"
        case branchVersion = "branch_version"
        case nextCursor = "next_cursor"
    }
}

/// What was written of a diff.
public struct DiffSummary: Sendable, Codable, Hashable {
    public var baseVersion: UInt64
    public var branchVersion: UInt64
    /// Row changes and schema changes written; 0: the two are the same.
    public var differences: Int
    /// What the form cannot hold and has left out, in sentences.
    public var notes: [String]

    public init(baseVersion: UInt64, branchVersion: UInt64, differences: Int, notes: [String]) {
        self.baseVersion = baseVersion
        self.branchVersion = branchVersion
        self.differences = differences
        self.notes = notes
    }
}
