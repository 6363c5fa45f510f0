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
        // branch_merge
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
}
