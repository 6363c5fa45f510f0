/// The words that the grammar knows. Which of them may also be names depends on the dialect; see `KeywordSet`.
enum Keyword: String, CaseIterable, Sendable {
    case ABORT, ACTION, ADD, AFTER, AGAINST, ALL, ALTER, ALWAYS, ANALYSE, ANALYZE, AND, ANTI, ANY, ARRAY, AS, ASC, ASOF, ASYMMETRIC, AT
    case ATTACH, AUTOINCREMENT
    case BEFORE, BEGIN, BERNOULLI, BETWEEN, BOTH, BRANCH, BRANCHES, BY
    case CACHE, CALL, CASCADE, CASE, CAST, CHAIN, CHARACTERISTICS, CHECK, CHECKPOINT, CLOSE, COLLATE, COLUMN, COLUMNS, COMMENT
    case COMMIT, COMMITTED, CONFLICT, CONSTRAINT, COPY, CREATE, CROSS, CUBE, CURRENT
    case CURRENT_DATE, CURRENT_TIME, CURRENT_TIMESTAMP, CYCLE
    case DATA, DATABASE, DATABASES, DEALLOCATE, DECLARE, DEFAULT, DEFERRABLE, DEFERRED, DELETE, DESC, DESCRIBE, DESCRIPTION
    case DETACH, DIFF, DISCARD, DISTINCT, DO, DROP, DRY
    case EACH, ELSE, END, ENUM, ESCAPE, EXCEPT, EXCLUDE, EXCLUSIVE, EXECUTE, EXISTS, EXPLAIN, EXPORT, EXTRACT
    case FAIL, FALSE, FETCH, FILTER, FIRST, FOLLOWING, FOR, FORCE, FOREIGN, FROM, FULL, FUNCTION
    case GENERATED, GLOB, GLOBAL, GRANT, GROUP, GROUPING, GROUPS
    case HAVING
    case IF, IGNORE, ILIKE, IMMEDIATE, IMPORT, IN, INCREMENT, INDEX, INDEXED, INITIALLY, INNER, INSERT, INSTALL, INSTEAD, INTERSECT
    case INTERVAL, INTO, IS, ISNULL, ISOLATION
    case JOIN
    case KEY, KILL
    case LAMBDA, LAST, LATERAL, LEADING, LEFT, LEVEL, LIKE, LIMIT, LISTEN, LIVE, LOAD, LOCAL, LOCALTIME, LOCALTIMESTAMP, LOCK
    case MACRO, MAP, MATCH, MATERIALIZED, MAXVALUE, MERGE, MINVALUE, MODE, MOVE
    case NAME, NAMES, NATURAL, NEXT, NO, NOT, NOTHING, NOTIFY, NOTNULL, NULL, NULLS
    case OF, OFFSET, ON, ONLY, OR, ORDER, ORDINALITY, OTHERS, OUTER, OVER, OVERLAY, OVERRIDING
    case PARTITION, PERCENT, PIVOT, PIVOT_LONGER, PIVOT_WIDER, PLACING, PLAN, POSITION, POSITIONAL, PRAGMA, PRECEDING, PREPARE, PRIMARY
    case QUALIFY, QUERY
    case RAISE, RANGE, READ, REASSIGN, RECURSIVE, REFERENCES, REFRESH, REGEXP, REINDEX, RELEASE, RENAME, REPEATABLE, REPLACE, RESET, RESPECT
    case RESTART, RESTORE, RESTRICT, RETURNING, REVOKE, RIGHT, ROLLBACK, ROLLUP, ROW, ROWS, RUN
    case SAMPLE, SAVEPOINT, SCHEMA, SCHEMAS, SECRET, SECURITY, SELECT, SEMI, SEQUENCE, SERIALIZABLE, SESSION, SET, SETS, SHOW, SIMILAR
    case SNAPSHOT, SOME, START, STDIN, STDOUT, STORED, STRATEGY, STRICT, SUBSTRING, SUMMARIZE, SYMMETRIC, SYSTEM
    case TABLE, TABLES, TABLESAMPLE, TEMP, TEMPORARY, THEN, TIES, TIME, TIMESTAMP, TO, TRAILING, TRANSACTION, TRIGGER, TRIM, TRUE
    case TRUNCATE, TRY_CAST, TTL, TYPE
    case UNBOUNDED, UNCOMMITTED, UNDROP, UNION, UNIQUE, UNKNOWN, UNLISTEN, UNLOGGED, UNPIVOT, UPDATE, USE, USING
    case VACUUM, VALUES, VARIABLE, VARIADIC, VARYING, VERSION, VIEW, VIRTUAL
    case WHEN, WHERE, WINDOW, WITH, WITHIN, WITHOUT, WORK, WRITE
    case ZONE

    /// Looks a word up, without regard to the case of its letters.
    static func lookUp(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Keyword? { KeywordTable.shared.find(bytes, start, end) }
}

/// A hash table from the bytes of a word to its keyword, with open addressing.
private struct KeywordTable: Sendable {
    static let shared = KeywordTable()
    private static let slotCount = 1024 // a power of two, more than three times the number of keywords

    private var slots: [Keyword?]
    private var names: [[UInt8]]
    private let longest: Int

    init() {
        slots = Array(repeating: nil, count: Self.slotCount)
        names = Array(repeating: [], count: Self.slotCount)
        var longest = 0
        for keyword in Keyword.allCases {
            let name = Array(keyword.rawValue.utf8)
            longest = max(longest, name.count)
            var slot = Self.hash(name, 0, name.count) & (Self.slotCount - 1)
            while slots[slot] != nil { slot = (slot + 1) & (Self.slotCount - 1) }
            slots[slot] = keyword
            names[slot] = name
        }
        self.longest = longest
    }

    private static func upper(_ byte: UInt8) -> UInt8 { byte >= 0x61 && byte <= 0x7A ? byte & 0xDF : byte }

    private static func hash(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Int {
        var hash: UInt32 = 2_166_136_261 // FNV-1a
        for i in start ..< end { hash = (hash ^ UInt32(upper(bytes[i]))) &* 16_777_619 }
        return Int(hash ^ (hash >> 15))
    }

    func find(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Keyword? {
        let length = end - start
        guard length >= 2, length <= longest else { return nil }
        var slot = Self.hash(bytes, start, end) & (Self.slotCount - 1)
        while let keyword = slots[slot] {
            if names[slot].count == length {
                var i = 0
                while i < length, names[slot][i] == Self.upper(bytes[start + i]) { i += 1 }
                if i == length { return keyword }
            }
            slot = (slot + 1) & (Self.slotCount - 1)
        }
        return nil
    }
}
