import Branching

/// The four DataOps workflows as prompts.
enum PromptCatalogue {
    struct Prompt: Sendable {
        struct Parameter: Sendable {
            let name: String
            let description: String
            let isRequired: Bool
        }
        let name: String
        let title: String
        let description: String
        let parameters: [Parameter]
        let text: @Sendable ([String: String]) -> String
    }

    static let listing: JSONValue = .array(
        all.map { prompt in
            [
                "name": .string(prompt.name), "title": .string(prompt.title), "description": .string(prompt.description),
                "arguments": .array(
                    prompt.parameters.map {
                        ["name": .string($0.name), "description": .string($0.description), "required": .bool($0.isRequired)]
                    }),
            ]
        })

    static func get(_ name: String, arguments: [String: String]) throws(RPCError) -> JSONValue {
        guard let prompt = all.first(where: { $0.name == name }) else {
            let nearest = NearestWord.of(name, among: all.map(\.name))
            throw RPCError(
                RPCError.invalidParams,
                BranchLiteError("BL_UNKNOWN_PROMPT", "there is no prompt '\(name)'", hint: nearest.map { "did you mean '\($0)'?" }))
        }
        for given in arguments.keys.sorted() where !prompt.parameters.contains(where: { $0.name == given }) {
            let nearest = NearestWord.of(given, among: prompt.parameters.map(\.name))
            throw RPCError(
                RPCError.invalidParams,
                BranchLiteError(
                    "BL_UNKNOWN_ARGUMENT", "the prompt '\(name)' has no argument '\(given)'", hint: nearest.map { "did you mean '\($0)'?" }))
        }
        for parameter in prompt.parameters where parameter.isRequired && (arguments[parameter.name] ?? "").isEmpty {
            throw RPCError(
                RPCError.invalidParams,
                BranchLiteError("BL_BAD_ARGUMENT", "the prompt '\(name)' needs the argument '\(parameter.name)'", hint: parameter.description))
        }
        return [
            "description": .string(prompt.description),
            "messages": [["role": "user", "content": ["type": "text", "text": .string(prompt.text(arguments))]]],
        ]
    }

    static let all: [Prompt] = [schemaMigration, backfill, optimisation, abTesting]

    private static let branchName = Prompt.Parameter(name: "branch", description: "Name for the branch to work on.", isRequired: false)

    private static let schemaMigration = Prompt(
        name: "schema_migration_testing", title: "Test a schema migration",
        description: "Try a schema change on a branch, check that queries still work, then merge or discard.",
        parameters: [
            .init(name: "migration", description: "The change to make, as SQL or in words.", isRequired: true),
            .init(name: "checks", description: "Queries that must still work afterwards.", isRequired: false), branchName,
        ]
    ) { arguments in
        """
        Test this schema migration without touching main:

        \(arguments["migration"] ?? "")

        1. branch_create with name "\(arguments["branch"] ?? "test-schema-migration")" from main, then switch_branch to it.
        2. Look at the tables concerned (list_tables, describe_table) and run the migration with query.
        3. Run these checks on the branch and compare with main by shadow_query where the statement is valid on both sides: \
        \(arguments["checks"] ?? "the main reading queries of the tables concerned, row counts, null counts of new columns").
        4. Show diff_branch with detail "rows" and a small limit, and say in plain words what changed.
        5. Show that main is unchanged (describe_table with branch main).
        6. Call branch_conflicts. If everything is right and there are no conflicts, ask whether to branch_merge; otherwise explain and offer \
        branch_discard.
        """
    }

    private static let backfill = Prompt(
        name: "data_backfill_preview", title: "Preview a data backfill",
        description: "Run a backfill on a branch and compare row counts and distributions before and after.",
        parameters: [
            .init(name: "backfill", description: "The UPDATE or INSERT to preview, as SQL or in words.", isRequired: true),
            .init(name: "table", description: "Table that is backfilled.", isRequired: false), branchName,
        ]
    ) { arguments in
        """
        Preview this backfill\(arguments["table"].map { " of table \($0)" } ?? "") on a branch:

        \(arguments["backfill"] ?? "")

        1. branch_create with name "\(arguments["branch"] ?? "backfill-preview")" from main.
        2. With read_query on main, record row count, null count, distinct count, minimum, maximum and mean of every column concerned.
        3. Run the backfill with branch_query on the branch. Note rows_affected.
        4. Record the same figures on the branch and show both side by side; use shadow_query on ["main", the branch] for aggregates.
        5. Show diff_branch (summary, then a few rows) and point out rows that look wrong.
        6. Recommend branch_merge or branch_discard, and wait for a decision.
        """
    }

    private static let optimisation = Prompt(
        name: "query_optimization", title: "Optimise a query",
        description: "Try indexes or a denormalised table on a branch and compare plans and timings.",
        parameters: [.init(name: "sql", description: "The query to make faster.", isRequired: true), branchName]
    ) { arguments in
        """
        Make this query faster, trying every idea on a branch first:

        \(arguments["sql"] ?? "")

        1. branch_create with name "\(arguments["branch"] ?? "optimize-query")" from main.
        2. Look at the plan on main: shadow_query with branches ["main"], explain true, repeat 5.
        3. On the branch, with branch_query, add what the plan lacks: an index, or a denormalised or materialised table.
        4. shadow_query on ["main", the branch] with repeat 5 and explain true: results must be equal; compare median timings and plans.
        5. Report the speed-up and the storage it costs (unique_bytes in branch_list).
        6. Recommend branch_merge or branch_discard, and wait for a decision.
        """
    }

    private static let abTesting = Prompt(
        name: "ab_data_testing", title: "A/B test two transformations",
        description: "Run two versions of a transformation on two branches, compare them with the same queries, merge the winner.",
        parameters: [
            .init(name: "transform_a", description: "First transformation, as SQL or in words.", isRequired: true),
            .init(name: "transform_b", description: "Second transformation, as SQL or in words.", isRequired: true),
            .init(name: "metrics", description: "Queries that decide which one is better.", isRequired: false),
        ]
    ) { arguments in
        """
        Compare two transformations of the same data.

        A: \(arguments["transform_a"] ?? "")
        B: \(arguments["transform_b"] ?? "")

        1. branch_create "transform-a" and "transform-b", both from main.
        2. Run A with branch_query on transform-a and B with branch_query on transform-b.
        3. shadow_query the same analytical queries on ["main", "transform-a", "transform-b"]: \
        \(arguments["metrics"] ?? "totals, averages and distributions of the columns concerned").
        4. Show diff_branch of both and a table of the results side by side.
        5. Recommend a winner with reasons. After a decision, branch_merge the winner and branch_discard the other.
        """
    }
}
