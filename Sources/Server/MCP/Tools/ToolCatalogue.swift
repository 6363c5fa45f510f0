import Branching

/// The tools there are.
struct ToolCatalogue: Sendable {
    let tools: [ToolDefinition]
    /// The result of `tools/list` as JSON text, made once.
    let listing: [UInt8]
    private let byName: [String: ToolDefinition]

    init(_ tools: [ToolDefinition]) {
        self.tools = tools
        var byName: [String: ToolDefinition] = [:]
        var entries: [JSONValue] = []
        for tool in tools {
            for name in [tool.name] + tool.aliases {
                byName[name] = tool
                entries.append(tool.listing(as: name))
            }
        }
        self.byName = byName
        listing = JSONValue.object(["tools": .array(entries)]).jsonBytes
    }

    func tool(named name: String) -> ToolDefinition? { byName[name] }

    func unknownTool(_ name: String) -> BranchLiteError {
        let names = byName.keys.sorted()
        return BranchLiteError(
            "BL_UNKNOWN_TOOL", "there is no tool '\(name)'",
            hint: NearestWord.of(name, among: names).map { "did you mean '\($0)'?" } ?? "tools/list names them all",
            details: ["tool": .string(name)])
    }

    static let standard = ToolCatalogue(BranchTools.all + QueryTools.all + CatalogueTools.all)
}


/// Arguments that several tools have.
enum CommonArguments {
    /// Wherever one branch is meant, its name, id or schema name will do, under any of these argument names.
    static let branchSpellings = ["branch", "name", "branch_id"]

    static func branch(as name: String = "branch", _ description: String, required: Bool = false) -> Argument {
        Argument(name, .string, description, required: required, aliases: branchSpellings.filter { $0 != name })
    }

    static let sessionBranch = branch("Branch to use for this call (name, id or schema name); without it the session's branch.")
    static let parameters = Argument(
        "params", .array(of: .any), "Values for the placeholders (? or $1, $2, …) in the SQL, in order.", default: [],
        schema: ["type": "array", "items": [:]])
    static let maxRows = Argument(
        "max_rows", .integer(minimum: 0), "The most rows to return; `truncated` tells when there were more.", default: .integer(Int64(QueryTools.defaultMaxRows)))
    static let timeout = Argument(
        "timeout_ms", .integer(minimum: 1), "Milliseconds after which the statement is stopped.", default: .integer(Int64(QueryTools.defaultTimeoutMS)))
}

/// Creating, comparing, merging and discarding.
enum BranchTools {
    static let defaultListLimit = 1000

    static let all: [ToolDefinition] = [create, switchBranch, list, diff, merge, conflicts, reset, discard, history, restore, shadow]

    static let create = ToolDefinition(
        "branch_create", title: "Create branch",
        """
        Creates an isolated branch of the data: instant, whatever the size, and nothing is copied until it is written. Changes on the \
        branch never touch main before branch_merge. The session stays where it is; use switch_branch or the branch argument of query \
        to work on the new branch.
        """,
        arguments: [
            Argument("name", .string, "Name for the branch (letters, digits, hyphens, underscores; unique). Made from the id when left out."),
            Argument("from", .string, "Branch to fork: name, id, schema name, branch@version or branch@timestamp.", default: "main"),
            Argument(
                "mode", .choice(BranchMode.allCases.map(\.rawValue)),
                "snapshot: as of now, nothing done elsewhere changes it. live: tables the branch has not written follow main.",
                default: "snapshot"),
            Argument(
                "ttl_seconds", .integer(minimum: 0), "Seconds since last use after which the branch may be removed; 0 keeps it forever.",
                default: 86400),
            Argument("description", .string, "What the branch is for; shown by branch_list."),
            Argument("agent_id", .string, "Who makes the branch; shown by branch_list."),
            Argument("durable", .boolean, "true: on disk before the answer, not with the branch's first commit.", default: false),
        ],
        output: OutputSchemas.branch, scope: .branch)

    static let switchBranch = ToolDefinition(
        "switch_branch", title: "Switch branch",
        "Makes a branch this session's active one: from then on every query without a branch argument goes there. Switch to main to go back.",
        arguments: [CommonArguments.branch(as: "name", "Branch to switch to: name, id or schema name.", required: true)],
        output: OutputSchemas.object(["branch": OutputSchemas.text, "previous": OutputSchemas.text], required: ["branch", "previous"]),
        scope: .read, idempotent: true)

    static let list = ToolDefinition(
        "branch_list", title: "List branches",
        "Lists branches with their mode, status, parent, changed tables, sessions that use them and the storage they alone hold.",
        arguments: [
            Argument("status", .choice(BranchFilter.allCases.map(\.rawValue)), "Which branches to list.", default: "active"),
            Argument("limit", .integer(minimum: 1), "The most branches in one answer.", default: .integer(Int64(defaultListLimit))),
            Argument("cursor", .string, "next_cursor of the previous answer, to go on from there."),
        ],
        output: OutputSchemas.object(
            ["branches": OutputSchemas.array(of: OutputSchemas.branch), "next_cursor": OutputSchemas.optionalText], required: ["branches"]), text: .array, scope: .read, readOnly: true, idempotent: true)

    static let diff = ToolDefinition(
        "diff_branch", aliases: ["branch_diff"], title: "Compare branches",
        """
        Shows what a branch changed: schema objects and, per table, rows inserted, updated and deleted. detail "rows" adds the rows \
        themselves with their values before and after. against "merge_base" (default) is what the branch did since it was forked or \
        last merged; "head" is how it differs from the base as it is now. With another format than json the answer holds a part of the \
        diff in that form (text, or base64 in data for a changeset) and next_cursor while there is more. Touches nothing.
        """,
        arguments: [
            CommonArguments.branch("Branch to look at: name, id or schema name; without it the session's branch."),
            Argument("base", .string, "What to compare with: a branch or branch@version.", default: "main"),
            Argument("against", .choice(DiffAgainst.allCases.map(\.rawValue)), "The state of the base to compare with.", default: "merge_base"),
            Argument("table", .string, "Only this table."),
            Argument("detail", .choice(DiffDetail.allCases.map(\.rawValue)), "summary: counts only. rows: the changed rows too.", default: "summary"),
            Argument(
                "format", .choice(DiffFormat.allCases.map(\.rawValue)),
                "json: schema and tables as objects. text: for people. csv: a line per changed cell. sql: a patch that makes the base, exported as a SQLite file, the branch. changeset: SQLite's own format.",
                default: "json"),
            Argument("limit", .integer(minimum: 1), "The most changed rows in one answer.", default: 100),
            Argument("cursor", .string, "next_cursor of the previous answer, to go on from there."),
        ],
        output: OutputSchemas.diff, scope: .read, readOnly: true, idempotent: true)

    static let resolutions = Argument(
        "resolutions", .array(of: .object),
        "Decisions for conflicts, each for one conflict_id, or for a whole table, or for a column of a table.", default: [],
        schema: [
            "type": "array",
            "items": [
                "type": "object", "additionalProperties": false, "required": ["take"],
                "properties": [
                    "conflict_id": ["type": "string", "description": "id of a conflict as branch_conflicts or branch_merge reported it."],
                    "table": ["type": "string"], "column": ["type": "string"],
                    "take": ["type": "string", "enum": ["branch", "target", "base", "value"]],
                    "value": ["description": "With take \"value\": the value, or an object of values by column."],
                ],
            ],
        ])

    static let merge = ToolDefinition(
        "branch_merge", title: "Merge branch",
        """
        Brings a branch's changes to its target by a three-way merge, cell by cell, in one transaction. Without conflicts all strategies \
        behave alike. With conflicts: manual (the usual default) applies nothing and returns every conflict for a second call with \
        resolutions; branch_wins and main_wins settle them; abort fails. Look first with dry_run or branch_conflicts.
        """,
        arguments: [
            CommonArguments.branch("Branch to merge: name, id or schema name.", required: true),
            Argument("target", .string, "Branch to merge into. A branch other than main can be brought up to date with main this way.", default: "main"),
            Argument("strategy", .choice(MergeStrategy.allCases.map(\.rawValue)), "What to do with conflicts; without it the server's default."),
            Argument("tables", .array(of: .string), "Merge only these tables; all when left out."),
            Argument("dry_run", .boolean, "true: report what would happen and change nothing.", default: false),
            Argument("expected_version", .integer(minimum: 0), "Refuse if the target is no longer at this version."),
            resolutions,
            Argument(
                "discard", .boolean, "true: discard the branch after the merge, unless other sessions use it; the result's discarded says whether it is gone.",
                default: false),
            Argument("message", .string, "Note kept with the merge."),
            Argument(
                "counts", .boolean, "false: do not count what a fast-forward changed, so that it takes the same time whatever its size.", default: true),
            Argument(
                "conflict_limit", .integer(minimum: 0), "Conflicts listed at most; conflict_count is the number of all.",
                default: .integer(Int64(MergeRequest.defaultConflictLimit))),
        ],
        output: OutputSchemas.merge, scope: .merge, destructive: true)

    static let conflicts = ToolDefinition(
        "branch_conflicts", title: "Preview merge conflicts",
        "Reports what a merge of the branch would do and every conflict it would meet, with the values at the base and on both sides. Touches nothing.",
        arguments: [
            CommonArguments.branch("Branch that would be merged; without it the session's branch."),
            Argument("target", .string, "Branch it would be merged into.", default: "main"),
            Argument(
                "conflict_limit", .integer(minimum: 0), "Conflicts listed at most; conflict_count is the number of all.",
                default: .integer(Int64(MergeRequest.defaultConflictLimit))),
        ],
        output: OutputSchemas.merge, scope: .read, readOnly: true, idempotent: true)

    static let reset = ToolDefinition(
        "branch_reset", title: "Reset branch",
        "Throws away everything the branch changed and starts it again from its parent (or from `to`). It keeps its id, name and sessions.",
        arguments: [
            CommonArguments.branch("Branch to reset.", required: true),
            Argument("to", .string, "Branch or branch@version to start from; without it the parent as it is now."),
        ],
        output: OutputSchemas.branch, scope: .branch, destructive: true, idempotent: true)

    static let discard = ToolDefinition(
        "branch_discard", title: "Discard branch",
        "Removes a branch and its changes. It can be taken back for a while unless purge is set. main cannot be discarded.",
        arguments: [
            CommonArguments.branch("Branch to discard.", required: true),
            Argument("force", .boolean, "true: even if other sessions are on the branch.", default: false),
            Argument("purge", .boolean, "true: free its storage now; it cannot be taken back.", default: false),
        ],
        output: OutputSchemas.object(
            ["discarded": OutputSchemas.flag, "branch_id": OutputSchemas.text, "bytes_freed": OutputSchemas.integer],
            required: ["discarded", "branch_id", "bytes_freed"]),
        scope: .branch, destructive: true)

    static let history = ToolDefinition(
        "branch_history", title: "Branch history",
        """
        Lists the versions of a branch that are kept, newest first: number, time, session, statement, rows changed. Use a version with \
        branch_restore, as branch@version in branch_create, or in SQL as FROM t AT (VERSION => n). Touches nothing.
        """,
        arguments: [
            CommonArguments.branch("Branch to look at: name, id or schema name; without it the session's branch."),
            Argument("limit", .integer(minimum: 1), "The most versions in one answer.", default: 100),
            Argument("before", .integer(minimum: 0), "Only versions older than this one: next_before of the previous answer."),
        ],
        output: OutputSchemas.history, scope: .read, readOnly: true, idempotent: true)

    static let restore = ToolDefinition(
        "branch_restore", title: "Restore branch",
        """
        Makes an older version of a branch (main too) its head again, as a new version: undoes a merge, an update, a dropped table. \
        Nothing is lost: the versions in between stay in branch_history and can be restored in turn. Without version or timestamp a \
        discarded branch is taken back.
        """,
        arguments: [
            CommonArguments.branch("Branch to restore: name, id or schema name; one that was discarded too.", required: true),
            Argument("version", .integer(minimum: 0), "Version to show again, as branch_history lists it."),
            Argument("timestamp", .string, "In place of a version: what the branch showed at that time (2026-01-31T10:00:00Z; UTC without a zone)."),
        ],
        output: OutputSchemas.restore, scope: .branch, destructive: true)

    static let shadow = ToolDefinition(
        "shadow_query", title: "Shadow query",
        """
        Runs one reading statement on several branches at the same time and compares results and timings: which are equal, which rows \
        differ, by how much single numbers differ, which branch is fastest. Use repeat for trustworthy timings and explain for the plans.
        """,
        arguments: [
            Argument("sql", .string, "The SELECT to run on every branch.", required: true),
            Argument(
                "branches", .array(of: .string), "Branches to run on, the one to compare against first, for example [\"main\", \"my-branch\"].",
                required: true),
            CommonArguments.parameters,
            Argument("repeat", .integer(minimum: 1), "Timed runs per branch.", default: 1),
            Argument("explain", .boolean, "true: return each branch's query plan.", default: false),
            Argument("tolerance", .number(minimum: 0), "Numbers that differ by no more than this count as equal.", default: 0),
            CommonArguments.timeout,
        ],
        output: OutputSchemas.shadow, scope: .read, readOnly: true, idempotent: true)
}

/// Running SQL.
enum QueryTools {
    static let defaultMaxRows = 1000
    static let defaultTimeoutMS = 30_000

    static let all: [ToolDefinition] = [query, readQuery, branchQuery]

    private static let sql = Argument("sql", .string, "One or more SQL statements in DuckDB's dialect; the last one's result is returned.", required: true)

    static let query = ToolDefinition(
        "query", aliases: ["run_sql"], title: "Run SQL",
        """
        Runs SQL, reading or writing (DML, DDL, transactions), on the session's branch or on the branch given. Other branches can be read \
        in the same statement as "branch-name".table, main as main.table; writes go to one branch only.
        """,
        arguments: [sql, CommonArguments.parameters, CommonArguments.sessionBranch, CommonArguments.maxRows, CommonArguments.timeout],
        output: OutputSchemas.query, text: .array, scope: .read, destructive: true)

    static let readQuery = ToolDefinition(
        "read_query", aliases: ["run_sql_readonly"], title: "Run reading SQL",
        "As query, but refuses anything that writes. Safe to call at any time.",
        arguments: [sql, CommonArguments.parameters, CommonArguments.sessionBranch, CommonArguments.maxRows, CommonArguments.timeout],
        output: OutputSchemas.query, text: .array, scope: .read, readOnly: true, idempotent: true)

    static let branchQuery = ToolDefinition(
        "branch_query", title: "Run SQL on a branch",
        "As query, on the branch given, without switching the session to it.",
        arguments: [
            CommonArguments.branch(as: "branch_id", "Branch to run on: id, name or schema name.", required: true), sql,
            CommonArguments.parameters, CommonArguments.maxRows, CommonArguments.timeout,
        ],
        output: OutputSchemas.query, text: .array, scope: .read, destructive: true)
}

/// Looking at schemas.
enum CatalogueTools {
    static let all: [ToolDefinition] = [schemas, tables, describe, usage]

    static let schemas = ToolDefinition(
        "list_schemas", title: "List schemas", "Lists the schema names that SQL on the session's branch can use as qualifiers.",
        arguments: [CommonArguments.sessionBranch], output: OutputSchemas.list("schemas", of: OutputSchemas.text), text: .array, scope: .read,
        readOnly: true, idempotent: true)

    static let tables = ToolDefinition(
        "list_tables", title: "List tables", "Lists the tables and views of a branch.",
        arguments: [Argument("schema", .string, "Only this schema."), CommonArguments.sessionBranch],
        output: OutputSchemas.list(
            "tables",
            of: OutputSchemas.object(
                ["table_schema": OutputSchemas.text, "table_name": OutputSchemas.text, "table_type": OutputSchemas.text],
                required: ["table_schema", "table_name", "table_type"])),
        text: .array, scope: .read, readOnly: true, idempotent: true)

    static let describe = ToolDefinition(
        "describe_table", title: "Describe table", "Lists a table's columns with type, nullability, default and primary key.",
        arguments: [
            Argument("table_name", .string, "Table or view.", required: true, aliases: ["table"]),
            Argument("schema", .string, "Schema the table is in, if not the default one."), CommonArguments.sessionBranch,
        ],
        output: OutputSchemas.list(
            "columns",
            of: OutputSchemas.object(
                [
                    "column_name": OutputSchemas.text, "data_type": OutputSchemas.text, "is_nullable": OutputSchemas.text,
                    "column_default": OutputSchemas.optionalText, "is_primary_key": OutputSchemas.flag,
                ], required: ["column_name", "data_type"])),
        text: .array, scope: .read, readOnly: true, idempotent: true)

    static let usage = ToolDefinition(
        "get_usage_stats", title: "Table sizes", "Lists the tables of a branch with their row counts and column counts.",
        arguments: [CommonArguments.sessionBranch],
        output: OutputSchemas.list(
            "tables",
            of: OutputSchemas.object(
                [
                    "table_schema": OutputSchemas.text, "table_name": OutputSchemas.text, "estimated_size": OutputSchemas.integer,
                    "column_count": OutputSchemas.integer,
                ], required: ["table_schema", "table_name", "estimated_size", "column_count"])),
        text: .array, scope: .read, readOnly: true, idempotent: true)
}
