import Testing

@testable import Branching
import SQLDialect

/// Every statement that HatiData's Python client and its MCP server send in cloud mode, in their order.
@Suite struct HatiDataStatementsTests {
    @Test func branchToolsWork() async throws {
        let fixture = try await Fixture("CREATE TABLE users(id INTEGER, name VARCHAR); INSERT INTO users VALUES (1, 'ann'); CREATE TABLE other(a INTEGER)", dialect: .duckdb)
        let session = fixture.session
        let schema = "branch_0123456789ab"
        // branch_create
        try await session.query("CREATE SCHEMA \"\(schema)\"")
        let tables = try await session.texts("SELECT table_name FROM information_schema.tables WHERE table_schema = 'main' AND table_type = 'BASE TABLE'")
        #expect(Set(tables) == ["users", "other"])
        for table in tables { try await session.query("CREATE VIEW \"\(schema)\".\"\(table)\" AS SELECT * FROM main.\"\(table)\"") }
        try await session.query("CREATE OR REPLACE VIEW \"\(schema)\".\"users\" AS SELECT * FROM main.\"users\"; CREATE VIEW IF NOT EXISTS \"\(schema)\".\"users\" AS SELECT * FROM main.\"users\"")
        // branch_query, with the write that fails on a view of theirs
        try await session.query("SET search_path = '\(schema),main'")
        try await session.query("INSERT INTO users VALUES (2, 'bob')")
        try await session.query("CREATE VIEW IF NOT EXISTS \"\(schema)\".\"other\" AS SELECT * FROM main.\"other\"")
        #expect(try await session.number("SELECT count(*) FROM users") == 2)
        try await session.query("SET search_path = 'main'")
        #expect(try await session.number("SELECT count(*) FROM users") == 1)
        // branch_list: a pattern or a name of branch schemas asks for them, from main
        try await fixture.db.createBranch(BranchCreateRequest(name: "plain"))
        let living = try await session.texts("SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'branch_%'")
        #expect(living.count == 2 && living.contains(schema) && living.allSatisfy { $0.hasPrefix("branch_") })
        #expect(try await session.texts("SELECT table_type, COUNT(*) AS cnt FROM information_schema.tables WHERE table_schema = '\(schema)' GROUP BY table_type ORDER BY table_type") == ["BASE TABLE|1", "VIEW|1"])
        // branch_merge
        #expect(try await session.texts("SELECT table_name FROM information_schema.tables WHERE table_schema = '\(schema)' AND table_type = 'BASE TABLE'") == ["users"])
        try await session.query("DROP TABLE IF EXISTS main.\"users\"")
        try await session.query("CREATE TABLE main.\"users\" AS SELECT * FROM \"\(schema)\".\"users\"")
        try await session.query("DROP SCHEMA \"\(schema)\" CASCADE")
        #expect(try await session.texts("SELECT name FROM users ORDER BY id") == ["ann", "bob"])
        // branch_discard
        try await session.query("DROP SCHEMA IF EXISTS \"branch_0123456789ff\" CASCADE")
        try await fixture.close()
    }

    @Test func memoryAndTraceAndTriggerStatementsWork() async throws {
        let fixture = try await Fixture(dialect: .duckdb)
        let session = fixture.session
        for _ in 0..<2 {
            try await session.query(
                """
                CREATE SCHEMA IF NOT EXISTS "_hatidata_memory_local";
                CREATE TABLE IF NOT EXISTS "_hatidata_memory_local".agent_memories (
                    memory_id   VARCHAR PRIMARY KEY, agent_id VARCHAR NOT NULL, content TEXT NOT NULL, memory_type VARCHAR NOT NULL DEFAULT 'fact',
                    importance  DOUBLE DEFAULT 0.5, metadata VARCHAR,
                    created_at  VARCHAR DEFAULT (strftime(now(), '%Y-%m-%dT%H:%M:%SZ')), last_accessed_at VARCHAR DEFAULT (strftime(now(), '%Y-%m-%dT%H:%M:%SZ')));
                CREATE TABLE IF NOT EXISTS "_hatidata_memory_local".agent_state (
                    agent_id VARCHAR NOT NULL, key VARCHAR NOT NULL, value VARCHAR NOT NULL, version BIGINT DEFAULT 1,
                    updated_at VARCHAR DEFAULT (strftime(now(), '%Y-%m-%dT%H:%M:%SZ')), PRIMARY KEY (agent_id, key));
                CREATE SCHEMA IF NOT EXISTS "_hatidata_cot_local";
                CREATE TABLE IF NOT EXISTS "_hatidata_cot_local".agent_traces (
                    trace_id VARCHAR PRIMARY KEY, session_id VARCHAR NOT NULL, agent_id VARCHAR NOT NULL, org_id VARCHAR DEFAULT 'local', step_number INTEGER NOT NULL,
                    step_type VARCHAR NOT NULL, content TEXT NOT NULL, input_data VARCHAR, output_data VARCHAR, model_name VARCHAR, token_count INTEGER DEFAULT 0,
                    latency_ms INTEGER DEFAULT 0, importance DOUBLE DEFAULT 0.5, metadata VARCHAR, prev_hash VARCHAR NOT NULL DEFAULT '', hash VARCHAR NOT NULL,
                    has_embedding BOOLEAN DEFAULT FALSE, created_at VARCHAR DEFAULT (strftime(now(), '%Y-%m-%dT%H:%M:%SZ')));
                CREATE SCHEMA IF NOT EXISTS "_hatidata_triggers_local";
                CREATE TABLE IF NOT EXISTS "_hatidata_triggers_local".trigger_registry (
                    trigger_id VARCHAR PRIMARY KEY, org_id VARCHAR DEFAULT 'local', name VARCHAR NOT NULL, concept VARCHAR NOT NULL, threshold DOUBLE DEFAULT 0.7,
                    action_type VARCHAR NOT NULL, action_config VARCHAR DEFAULT '{}', enabled BOOLEAN DEFAULT TRUE, cooldown_ms BIGINT DEFAULT 60000,
                    last_fired_at VARCHAR, fire_count BIGINT DEFAULT 0, created_at VARCHAR DEFAULT (strftime(now(), '%Y-%m-%dT%H:%M:%SZ')),
                    updated_at VARCHAR DEFAULT (strftime(now(), '%Y-%m-%dT%H:%M:%SZ')))
                """)
        }
        try await session.query(
            "INSERT INTO \"_hatidata_memory_local\".agent_memories (memory_id, agent_id, content, memory_type, importance, metadata) VALUES ($1, $2, $3, $4, $5, $6)",
            "m1", "a", "The sky is blue", "fact", 0.5, String?.none)
        #expect(try await session.query(
            "SELECT * FROM \"_hatidata_memory_local\".agent_memories WHERE agent_id = 'a' AND (content ILIKE '%SKY%' OR content ILIKE '%sea%') AND memory_type = 'fact' AND importance >= 0.1 ORDER BY importance DESC, created_at DESC LIMIT 10").rowCount == 1)
        for _ in 0..<2 {
            try await session.query(
                """
                INSERT INTO "_hatidata_memory_local".agent_state (agent_id, key, value) VALUES ('a', 'k', '{"x": 1}') ON CONFLICT (agent_id, key) DO UPDATE
                SET value = EXCLUDED.value, version = "_hatidata_memory_local".agent_state.version + 1, updated_at = strftime(now(), '%Y-%m-%dT%H:%M:%SZ')
                """)
        }
        #expect(try await session.texts("SELECT value, version FROM \"_hatidata_memory_local\".agent_state WHERE agent_id = 'a' AND key = 'k'") == ["{\"x\": 1}|2"])
        #expect(try await session.query("DELETE FROM \"_hatidata_memory_local\".agent_memories WHERE memory_id = 'm1'").rowsAffected == 1)
        try await session.query(
            "INSERT INTO \"_hatidata_cot_local\".agent_traces (trace_id, session_id, agent_id, step_number, step_type, content, importance, metadata, prev_hash, hash) VALUES ('t', 's', 'a', 0, 'observation', 'it''s', 0.5, NULL, '', 'h')")
        #expect(try await session.texts("SELECT hash, step_number FROM \"_hatidata_cot_local\".agent_traces WHERE session_id = 's' ORDER BY step_number DESC LIMIT 1") == ["h|0"])
        #expect(try await session.query("SELECT * FROM \"_hatidata_cot_local\".agent_traces WHERE session_id = 's' ORDER BY step_number ASC").rowCount == 1)
        #expect(try await session.query(
            "SELECT session_id, agent_id, MIN(created_at) AS started_at, MAX(created_at) AS last_step_at, COUNT(*) AS step_count FROM \"_hatidata_cot_local\".agent_traces WHERE agent_id = 'a' AND created_at >= '2020-01-01' GROUP BY session_id, agent_id ORDER BY started_at DESC LIMIT 50").rowCount == 1)
        try await session.query("INSERT INTO \"_hatidata_triggers_local\".trigger_registry (trigger_id, name, concept, threshold, action_type, action_config) VALUES ('g', 'n', 'c', 0.7, 'flag_for_review', '{}')")
        try await session.query("UPDATE \"_hatidata_triggers_local\".trigger_registry SET enabled = FALSE, updated_at = strftime(now(), '%Y-%m-%dT%H:%M:%SZ') WHERE trigger_id = 'g'")
        #expect(try await session.query("SELECT * FROM \"_hatidata_triggers_local\".trigger_registry WHERE enabled = FALSE ORDER BY created_at DESC").rowCount == 1)
        try await session.query("SET hatidata_request_id = 'r'; SET hatidata_reasoning_step = '1'; SET hatidata_parent_request_id = 'p'; SET hatidata_request_id = ''")
        _ = try await session.query("SELECT * FROM (SELECT 1 AS a) AS _readonly")
        _ = try await session.query("SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema NOT IN ('information_schema', 'pg_catalog') ORDER BY table_schema, table_name")
        _ = try await session.query("SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = 'agent_state' ORDER BY ordinal_position")
        try await fixture.close()
    }

    @Test func otherBranchesAreShownWhenAskedFor() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER PRIMARY KEY, b VARCHAR)", dialect: .duckdb)
        let session = fixture.session
        let made = try await fixture.db.createBranch(BranchCreateRequest(name: "work"))
        let other = try await fixture.on("work", dialect: .duckdb)
        try await other.query("CREATE TABLE extra(x INTEGER); CREATE SCHEMA inner_one; CREATE TABLE inner_one.deep(y INTEGER)")
        let schema = made.schemaName
        // Not asked for: neither by nothing nor by a pattern that says nothing of branches.
        for filter in ["TRUE", "schema_name LIKE '%'", "schema_name NOT LIKE 'branch_%'", "schema_name <> '\(schema)'"] {
            #expect(!(try await session.texts("SELECT schema_name FROM information_schema.schemata WHERE \(filter)")).contains(schema), "\(filter)")
        }
        // Asked for, in every way.
        for filter in [
            "= '\(schema)'", "IN ('x', '\(schema)')", "= ANY(ARRAY['\(schema)'])", "LIKE 'branch%'", "ILIKE 'BRANCH_%'", "LIKE 'branch@_%' ESCAPE '@'", "LIKE '\(schema)'", "~ '^(\(schema))$'",
        ] {
            #expect(try await session.texts("SELECT schema_name FROM information_schema.schemata WHERE schema_name \(filter)") == [schema], "\(filter)")
            #expect(try await session.texts("SELECT table_name FROM information_schema.tables WHERE table_schema \(filter) ORDER BY 1") == ["extra", "t"], "\(filter)")
        }
        #expect(try await session.query("SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = $1 AND table_name = 'extra'", schema).values == [[.text("x"), .text("INTEGER")]])
        #expect(try await session.query("SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = $1 AND table_name = 'extra'", "main").rowCount == 0)
        #expect(try await session.texts("SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = '\(schema)' AND c.relkind = 'r' ORDER BY 1") == ["extra", "t"])
        #expect(try await session.texts("SELECT table_name FROM (SELECT * FROM information_schema.tables) AS q WHERE table_schema = '\(schema)' ORDER BY 1") == ["extra", "t"])
        // A branch that is made after the statement was first run.
        let count = "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'branch_%'"
        #expect(try await session.number(count) == 1)
        try await fixture.db.createBranch(BranchCreateRequest(name: "later"))
        #expect(try await session.number(count) == 2)
        try await fixture.close()
    }

    @Test func tablesHaveSizes() async throws {
        let fixture = try await Fixture("CREATE TABLE t(a INTEGER PRIMARY KEY, b VARCHAR CHECK (b <> '')); INSERT INTO t VALUES (1, 'x'), (2, 'y'); CREATE TABLE empty(a INTEGER); CREATE VIEW v AS SELECT * FROM t", dialect: .duckdb)
        let session = fixture.session
        // get_usage_stats, which names a column that DuckDB's function does not have.
        let stats = "SELECT table_schema, table_name, estimated_size, column_count FROM duckdb_tables() ORDER BY estimated_size DESC"
        #expect(try await session.texts(stats) == ["main|t|2|2", "main|empty|0|1"])
        try await session.query("INSERT INTO t VALUES (3, 'z')")
        #expect(try await session.texts(stats) == ["main|t|3|2", "main|empty|0|1"])
        #expect(try await session.texts("SELECT schema_name, table_name, index_count, check_constraint_count, has_primary_key FROM duckdb_tables() WHERE table_name = 't'") == ["main|t|1|1|true"])
        let columns = try await session.query("SELECT * FROM duckdb_tables()").columns.map(\.name)
        #expect(columns.contains("estimated_size") && !columns.contains("table_schema"))
        let made = try await fixture.db.createBranch(BranchCreateRequest(name: "work"))
        let other = try await fixture.on("work", dialect: .duckdb)
        try await other.query("DELETE FROM t")
        #expect(try await other.texts("SELECT table_schema, table_name, estimated_size FROM duckdb_tables() WHERE table_name = 't' ORDER BY estimated_size") == ["\(made.schemaName)|t|0", "main|t|3"])
        #expect(try await session.texts("SELECT estimated_size FROM duckdb_tables() WHERE schema_name = '\(made.schemaName)' AND table_name = 't'") == ["0"])
        try await fixture.close()
    }

    @Test func contextFunctionsFindRows() async throws {
        let fixture = try await Fixture(
            """
            CREATE TABLE docs(id INTEGER PRIMARY KEY, title VARCHAR, body VARCHAR, e DOUBLE[]);
            INSERT INTO docs VALUES (1, 'Enterprise accounts', 'large', [1.0, 0.0]), (2, 'Trial accounts', 'it''s 5%', [0.0, 1.0]), (3, 'Other', NULL, [0.6, 0.8]), (4, 'No vector', '', NULL), (5, 'Long', '', [1.0, 0.0, 0.0])
            """, dialect: .duckdb)
        let session = fixture.session
        // get_context: most words first, rows without any not at all.
        #expect(try await session.texts("SELECT id FROM hatidata_context('docs', 'ENTERPRISE accounts of', 10)") == ["1", "2"])
        #expect(try await session.texts("SELECT id, title FROM hatidata_context('main.docs', 'enterprise accounts', 1)") == ["1|Enterprise accounts"])
        #expect(try await session.texts("SELECT * EXCLUDE (e, body) FROM hatidata_context('docs', 'other', 3)") == ["3|Other"])
        #expect(try await session.texts("SELECT id FROM hatidata_context('docs', '', 3)") == [])
        // get_rag_context: by the cosine, vectors of another length left out.
        #expect(try await session.texts("SELECT id FROM hatidata_rag_context('docs', 'e', [0.0, 2.0], 10)") == ["2", "3", "1"])
        #expect(try await session.texts("SELECT c.id FROM hatidata_rag_context('docs', 'e', [1, 0], 2) AS c") == ["1", "3"])
        #expect(await code { try await session.query("SELECT * FROM hatidata_context('nothing', 'x', 3)") } == "BL_NO_SUCH_TABLE")
        #expect(await code { try await session.query("SELECT * FROM hatidata_context('docs')") } == "BL_BIND_ERROR")
        #expect(await code { try await session.query("SELECT * FROM hatidata_rag_context('docs', 'e', 'x', 3)") } == "BL_BIND_ERROR")
        try await fixture.close()
    }

    @Test func commentsAreInTheCatalogue() async throws {
        let fixture = try await Fixture(
            """
            CREATE TABLE t(a INTEGER PRIMARY KEY, "B" VARCHAR); CREATE SCHEMA s; CREATE TABLE s.u(x INTEGER); CREATE INDEX t_b ON t("B"); CREATE VIEW v AS SELECT a FROM t
            """, dialect: .duckdb)
        let session = fixture.session
        let described = "SELECT coalesce(obj_description(oid, 'pg_class'), '-') FROM pg_class WHERE relname = 't'"
        #expect(try await session.texts(described) == ["-"])
        #expect(try await session.number("SELECT count(*) FROM pg_description") == 0)
        try await session.query(
            "COMMENT ON TABLE t IS 'a table'; COMMENT ON COLUMN t.\"B\" IS 'it''s b'; COMMENT ON TABLE s.u IS 'inner'; COMMENT ON INDEX t_b IS 'an index'; COMMENT ON VIEW v IS 'a view'; COMMENT ON SCHEMA s IS 'a schema'")
        #expect(try await session.texts(described) == ["a table"])
        #expect(try await session.texts("SELECT col_description(oid, 2) FROM pg_class WHERE relname = 't'") == ["it's b"])
        #expect(try await session.texts("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 's'") == ["a schema"])
        #expect(try await session.texts("SELECT c.relname, d.description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid WHERE d.classoid = 1259 AND d.objsubid = 0 ORDER BY 1") == ["t|a table", "t_b|an index", "u|inner", "v|a view"])
        // On a branch: as it was, and then its own; main keeps its.
        try await fixture.db.createBranch(BranchCreateRequest(name: "work"))
        let other = try await fixture.on("work", dialect: .duckdb)
        let own = "SELECT obj_description(c.oid, 'pg_class') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 't' AND n.nspname = current_schema()"
        #expect(try await other.texts(own) == ["a table"])
        try await other.query("COMMENT ON TABLE t IS 'changed'")
        #expect(try await other.texts(own) == ["changed"])
        #expect(try await session.texts(described) == ["a table"])
        try await session.query("COMMENT ON TABLE t IS NULL")
        #expect(try await session.texts(described) == ["-"])
        // A live branch reads main's comments through.
        try await session.query("COMMENT ON TABLE t IS 'again'; CREATE BRANCH thin MODE live")
        let thin = try await fixture.on("thin", dialect: .duckdb)
        #expect(try await thin.texts(own) == ["again"])
        try await fixture.close()
    }
}
