/// Which keywords may be names where, by dialect.
///
/// SQLite's sets follow the fallback list of its grammar; words that only DuckDB knows are plain names there. DuckDB's
/// follow PostgreSQL's classes, a little wider: what can only be read one way is let through.
struct KeywordRules: Sendable {
    /// Words that are never a name without quotes.
    let reserved: Set<Keyword>
    /// Words that are never an alias without AS.
    let notBareAlias: Set<Keyword>

    static let sqlite = KeywordRules(
        reserved: [
            .ADD, .ALL, .ALTER, .AND, .AS, .AUTOINCREMENT, .BETWEEN, .CASE, .CHECK, .COLLATE, .COMMIT, .CONSTRAINT, .CREATE,
            .DEFAULT, .DEFERRABLE, .DELETE, .DISTINCT, .DROP, .ELSE, .ESCAPE, .EXCEPT, .EXISTS, .FOREIGN, .FROM, .GROUP, .HAVING,
            .IN, .INDEX, .INSERT, .INTERSECT, .INTO, .IS, .ISNULL, .JOIN, .LIMIT, .NOT, .NOTHING, .NOTNULL, .NULL, .ON, .OR,
            .ORDER, .PRIMARY, .REFERENCES, .RETURNING, .SELECT, .SET, .TABLE, .THEN, .TO, .TRANSACTION, .UNION, .UNIQUE,
            .UPDATE, .USING, .VALUES, .WHEN, .WHERE,
        ],
        alsoNotBareAlias: [.CROSS, .FULL, .INDEXED, .INNER, .LEFT, .NATURAL, .OUTER, .RIGHT, .WINDOW, .OFFSET]
    )

    /// SQLite's keywords that may be names where nothing else can be read: the fallback list of its grammar and a few more.
    static let sqliteFallback: Set<Keyword> = [
        .ABORT, .ACTION, .AFTER, .ALWAYS, .ANALYZE, .ASC, .ATTACH, .BEFORE, .BEGIN, .BY, .CASCADE, .CAST, .COLUMN, .CONFLICT, .CROSS,
        .CURRENT, .CURRENT_DATE, .CURRENT_TIME, .CURRENT_TIMESTAMP, .DATABASE, .DEFERRED, .DESC, .DETACH, .DO, .EACH, .END,
        .EXCLUDE, .EXCLUSIVE, .EXPLAIN, .FAIL, .FILTER, .FIRST, .FOLLOWING, .FOR, .FULL, .GENERATED, .GLOB, .GROUPS, .IF, .IGNORE,
        .IMMEDIATE, .INDEXED, .INITIALLY, .INNER, .INSTEAD, .KEY, .LAST, .LEFT, .LIKE, .MATCH, .MATERIALIZED, .NATURAL, .NO,
        .NULLS, .OF, .OFFSET, .OTHERS, .OUTER, .OVER, .PARTITION, .PLAN, .PRAGMA, .PRECEDING, .QUERY, .RAISE, .RANGE,
        .RECURSIVE, .REGEXP, .REINDEX, .RELEASE, .RENAME, .REPLACE, .RESTRICT, .RIGHT, .ROLLBACK, .ROW, .ROWS, .SAVEPOINT, .TEMP,
        .TEMPORARY, .TIES, .TRIGGER, .TRUE, .FALSE, .UNBOUNDED, .VACUUM, .VIEW, .VIRTUAL, .WINDOW, .WITH, .WITHOUT,
    ]

    static let duckdb = KeywordRules(
        reserved: [
            .ALL, .ANALYSE, .AND, .ANY, .AS, .ASC, .ASYMMETRIC, .BOTH, .CASE, .CAST, .CHECK, .COLLATE, .CONSTRAINT,
            .CREATE, .DEFAULT, .DEFERRABLE, .DESC, .DISTINCT, .DO, .ELSE, .END, .EXCEPT, .FALSE, .FETCH, .FOR, .FOREIGN,
            .FROM, .GROUP, .HAVING, .IN, .INITIALLY, .INTERSECT, .INTO, .LATERAL, .LEADING, .LIMIT, .NOT, .NULL, .OFFSET, .ON,
            .ONLY, .OR, .ORDER, .PIVOT, .PLACING, .PRIMARY, .QUALIFY, .REFERENCES, .RETURNING, .SELECT, .SOME, .SYMMETRIC,
            .TABLE, .THEN, .TO, .TRAILING, .TRUE, .UNION, .UNIQUE, .UNPIVOT, .USING, .VARIADIC, .WHEN, .WHERE, .WINDOW, .WITH,
            .JOIN, .IS, .LIKE, .ILIKE, .BETWEEN, .ISNULL, .NOTNULL, .TRY_CAST, .SET, .VALUES,
        ],
        alsoNotBareAlias: [
            .ANTI, .ASOF, .AT, .CROSS, .ESCAPE, .EXISTS, .FILTER, .FULL, .GLOB, .INDEXED, .INNER, .LEFT, .MATCH, .NATURAL, .OUTER, .OVER,
            .POSITIONAL, .REGEXP, .RIGHT, .SAMPLE, .SEMI, .SIMILAR, .TABLESAMPLE, .WITHIN, .WITHOUT, .DELETE, .INSERT, .UPDATE,
            .EXCLUDE, .RENAME, .REPLACE,
        ]
    )

    static func of(_ dialect: Dialect) -> KeywordRules { dialect == .sqlite ? sqlite : duckdb }

    private init(reserved: Set<Keyword>, alsoNotBareAlias: Set<Keyword>) {
        self.reserved = reserved
        notBareAlias = reserved.union(alsoNotBareAlias)
    }
}
