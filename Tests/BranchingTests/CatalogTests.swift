import Testing

@testable import Branching
import Engine
import SQLDialect

/// `pg_catalog` and `information_schema` over a schema with keys, checks, defaults, indexes, views and triggers.
@Suite struct CatalogTests {
    static let shop = """
        CREATE TABLE users (id integer PRIMARY KEY, name varchar(20) NOT NULL, email text UNIQUE, active boolean DEFAULT true,
          balance numeric(10,2) DEFAULT 0 CHECK (balance >= 0), created date, last_login timestamp);
        CREATE TABLE orders (id bigint PRIMARY KEY, user_id integer REFERENCES users(id) ON DELETE CASCADE, amount numeric(10,2) NOT NULL,
          status text DEFAULT 'new', placed_at timestamp DEFAULT CURRENT_TIMESTAMP);
        CREATE TABLE line_items (order_id bigint, line integer, sku text, PRIMARY KEY (order_id, line),
          CONSTRAINT li_order FOREIGN KEY (order_id) REFERENCES orders(id), CONSTRAINT li_line CHECK (line > 0 AND order_id > 0));
        CREATE INDEX orders_user ON orders (user_id DESC);
        CREATE UNIQUE INDEX orders_open ON orders (status) WHERE status <> 'done';
        CREATE VIEW active_users AS SELECT id, name, balance FROM users WHERE active;
        """

    static func fixture() async throws -> Fixture { try await Fixture(shop, dialect: .duckdb) }

    @Test func classesJoinTheirSchemasAndColumns() async throws {
        let fixture = try await Self.fixture()
        #expect(try await fixture.session.texts("""
            SELECT n.nspname, c.relname, c.relkind, c.relhasindex, c.relnatts FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'v') AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 2
            """) == ["main|active_users|v|false|3", "main|line_items|r|true|3", "main|orders|r|true|5", "main|users|r|true|7"])
        #expect(try await fixture.session.texts("""
            SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, t.typname,
              (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef)
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
            WHERE c.relname = 'users' AND a.attnum > 0 ORDER BY a.attnum
            """) == [
                "id|integer|true|int4|NULL", "name|character varying(20)|true|varchar|NULL", "email|text|false|text|NULL", "active|boolean|false|bool|true",
                "balance|numeric(10,2)|false|numeric|0", "created|date|false|date|NULL", "last_login|timestamp without time zone|false|timestamp|NULL",
            ])
        try await fixture.close()
    }

    /// DuckDB's side shows VARCHAR, as DuckDB itself does.
    @Test func declaredLengthsAreShown() async throws {
        let fixture = try await Fixture("CREATE TABLE t (a varchar(20), b char(3), c character varying(7) DEFAULT 'x', d text, e character(2)[], f varchar)", dialect: .duckdb)
        let session = fixture.session
        let lengths = "SELECT attname, format_type(atttypid, atttypmod), atttypmod FROM pg_attribute WHERE attrelid = 't'::regclass ORDER BY attnum"
        #expect(try await session.texts(lengths) == [
            "a|character varying(20)|24", "b|character(3)|7", "c|character varying(7)|11", "d|text|-1", "e|text[]|-1", "f|text|-1",
        ])
        #expect(try await session.texts("""
            SELECT column_name, data_type, udt_name, character_maximum_length, character_octet_length FROM information_schema.columns WHERE table_name = 't' AND column_name < 'e'
            ORDER BY 1
            """) == ["a|VARCHAR|varchar|20|80", "b|VARCHAR|bpchar|3|12", "c|VARCHAR|varchar|7|28", "d|VARCHAR|text|NULL|1073741824"])
        #expect(try await session.texts("SELECT column_name, column_type FROM (DESCRIBE t) WHERE column_name < 'e' ORDER BY 1") == ["a|VARCHAR", "b|VARCHAR", "c|VARCHAR", "d|VARCHAR"])
        try await session.query("INSERT INTO t (a, b) VALUES ('much longer than twenty characters', 'x')")
        #expect(try await session.texts("SELECT a, b || '.', length(b), typeof(b) FROM t") == ["much longer than twenty characters|x.|1|VARCHAR"])
        try await session.query("ALTER TABLE t ALTER a TYPE varchar(30); ALTER TABLE t ALTER b TYPE text; ALTER TABLE t ADD COLUMN g varchar(4); ALTER TABLE t DROP COLUMN e")
        #expect(try await session.texts(lengths) == [
            "a|character varying(30)|34", "b|text|-1", "c|character varying(7)|11", "d|text|-1", "f|text|-1", "g|character varying(4)|8",
        ])
        try await session.query("CREATE TABLE u AS SELECT a, upper(c) AS c FROM t; CREATE TABLE v (LIKE t)")
        #expect(try await session.texts("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid IN ('u'::regclass, 'v'::regclass) ORDER BY attrelid = 'v'::regclass, attnum")
            == ["character varying(30)", "text", "character varying(30)", "text", "character varying(7)", "text", "text", "character varying(4)"])
        try await fixture.close()
    }

    @Test func constraintsHaveTheirNamesOrPostgreSQLs() async throws {
        let fixture = try await Self.fixture()
        #expect(try await fixture.session.texts("""
            SELECT c.relname, k.conname, k.contype, k.conkey, k.confdeltype, pg_get_constraintdef(k.oid) FROM pg_constraint k
            JOIN pg_class c ON c.oid = k.conrelid ORDER BY 1, 2
            """) == [
                "line_items|li_line|c|[2, 1]||CHECK ((line > 0 AND order_id > 0))", "line_items|li_order|f|[1]|a|FOREIGN KEY (order_id) REFERENCES orders(id)",
                "line_items|line_items_pkey|p|[1, 2]||PRIMARY KEY (order_id, line)", "orders|orders_pkey|p|[1]||PRIMARY KEY (id)",
                "orders|orders_user_id_fkey|f|[2]|c|FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE",
                "users|users_balance_check|c|[5]||CHECK ((balance >= 0))", "users|users_email_key|u|[3]||UNIQUE (email)",
                "users|users_pkey|p|[1]||PRIMARY KEY (id)",
            ])
        #expect(try await fixture.session.texts("""
            SELECT r.constraint_name, r.unique_constraint_name, r.delete_rule, u.table_name, u.column_name FROM information_schema.referential_constraints r
            JOIN information_schema.constraint_column_usage u USING (constraint_name) ORDER BY 1
            """) == ["li_order|orders_pkey|NO ACTION|orders|id", "orders_user_id_fkey|users_pkey|CASCADE|users|id"])
        #expect(try await fixture.session.texts("""
            SELECT k.table_name, k.column_name, k.ordinal_position, t.constraint_type FROM information_schema.key_column_usage k
            JOIN information_schema.table_constraints t ON t.constraint_name = k.constraint_name AND t.table_name = k.table_name
            WHERE t.constraint_type = 'PRIMARY KEY' ORDER BY 1, 3
            """) == ["line_items|order_id|1|PRIMARY KEY", "line_items|line|2|PRIMARY KEY", "orders|id|1|PRIMARY KEY", "users|id|1|PRIMARY KEY"])
        try await fixture.close()
    }

    /// psql looks for foreign keys only where a table has triggers, by which PostgreSQL guards them on either side.
    @Test func tablesOnEitherSideOfAForeignKeyHaveTriggers() async throws {
        let fixture = try await Fixture(Self.shop + "CREATE TABLE alone (a int);", dialect: .duckdb)
        #expect(try await fixture.session.texts("SELECT relname, relhastriggers FROM pg_class WHERE relkind = 'r' AND oid >= 16384 ORDER BY 1")
            == ["alone|false", "line_items|true", "orders|true", "users|true"])
        try await fixture.close()
    }

    @Test func prettyDefinitionsHaveNoMoreThanAReaderNeeds() async throws {
        let fixture = try await Self.fixture()
        #expect(try await fixture.session.texts("SELECT pg_get_indexdef(oid, 0, true), pg_get_indexdef(oid, 0, relkind = 'x') FROM pg_class WHERE relname = 'orders_open'")
            == [
                "CREATE UNIQUE INDEX orders_open ON orders USING btree (status) WHERE status <> 'done'|"
                    + "CREATE UNIQUE INDEX orders_open ON main.orders USING btree (status) WHERE (status <> 'done')",
            ])
        #expect(try await fixture.session.texts("SELECT pg_get_constraintdef(oid, true), pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'users_balance_check'")
            == ["CHECK (balance >= 0)|CHECK ((balance >= 0))"])
        try await fixture.close()
    }

    @Test func rowsOfFunctionsHaveTheNameOfTheirAlias() async throws {
        let fixture = try await Self.fixture()
        #expect(try await fixture.session.texts("SELECT s, s.s FROM generate_series(1, 2) s") == ["1|1", "2|2"])
        #expect(try await fixture.session.texts("SELECT * FROM generate_series(1, 2) s ORDER BY s DESC") == ["2", "1"])
        #expect(try await fixture.session.texts("SELECT * FROM pg_options_to_table(ARRAY['fillfactor=70', 'user=a=b', 'plain'])")
            == ["fillfactor|70", "user|a=b", "plain|NULL"])
        #expect(try await fixture.session.texts("SELECT count(*), count(a.depth) FROM pg_partition_ancestors('users'::regclass) WITH ORDINALITY a (relid, depth)") == ["0|0"])
        #expect(try await fixture.session.texts("SELECT pg_partition_ancestors('users'::regclass)").isEmpty)
        try await fixture.close()
    }

    /// DECIMAL is stored as a whole number, which nobody wrote.
    @Test func numbersBesideDecimalsAreShownAsWritten() async throws {
        let fixture = try await Fixture(
            """
            CREATE TABLE p (id integer PRIMARY KEY, price numeric(10,2) DEFAULT 1.5 CHECK (price > 0.5), cost decimal(8,3) DEFAULT -0.125,
              CONSTRAINT few CHECK (price < 1000.25 AND (cost IS NULL OR cost BETWEEN -5 AND 7.125)), CONSTRAINT listed CHECK (price IN (1, 2.5, 3.75) OR 10.5 <= price),
              CONSTRAINT finer CHECK (price <> 0.505), CHECK (cost <> 9));
            CREATE INDEX big ON p (price) WHERE price > 10.5
            """, dialect: .duckdb)
        let session = fixture.session
        let checks = "SELECT conname, pg_get_constraintdef(oid, true) FROM pg_constraint WHERE contype = 'c' ORDER BY 1"
        #expect(try await session.texts(checks) == [
            "few|CHECK (price < 1000.25 AND (cost IS NULL OR cost BETWEEN -5 AND 7.125))", "finer|CHECK (price <> 0.505)", "listed|CHECK (price IN (1, 2.5, 3.75) OR 10.5 <= price)",
            "p_cost_check|CHECK (cost <> 9)", "p_price_check|CHECK (price > 0.5)",
        ])
        #expect(try await session.texts("SELECT check_clause FROM information_schema.check_constraints WHERE constraint_name IN ('finer', 'p_cost_check') ORDER BY 1")
            .map { $0.filter { $0 != "(" && $0 != ")" } } == ["cost <> 9", "price <> 0.505"])
        #expect(try await session.texts("SELECT pg_get_indexdef('big'::regclass, 0, true), pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = 'big'::regclass")
            == ["CREATE INDEX big ON p USING btree (price) WHERE price > 10.5|(price > 10.5)"])
        #expect(try await session.texts("SELECT column_name, column_default FROM information_schema.columns WHERE table_name = 'p' AND column_default IS NOT NULL ORDER BY 1")
            == ["cost|-0.125", "price|1.5"])
        #expect(try await session.texts("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef ORDER BY 1") == ["-0.125", "1.5"])
        // What holds is what was written.
        #expect(await code { try await session.query("INSERT INTO p (id, price) VALUES (1, 0.5)") } == "BL_CONSTRAINT_CHECK")
        try await session.query("INSERT INTO p (id, price) VALUES (2, 2.5); ALTER TABLE p ALTER price SET DEFAULT 2.25; ALTER TABLE p RENAME COLUMN price TO worth")
        #expect(try await session.texts("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef ORDER BY 1") == ["-0.125", "2.25"])
        let renamed = try await session.texts(checks).filter { $0.hasPrefix("finer") || $0.contains("> 0.5") }
        #expect(renamed == ["finer|CHECK (worth <> 0.505)", "p_worth_check|CHECK (worth > 0.5)"], "\(renamed)")
        try await fixture.close()
    }

    /// psql's `\d branch_x.t`: the name is asked for first, then everything by the oid that the answer gave.
    @Test(arguments: ["main", "third"]) func anotherBranchsTableIsAskedForByItsOid(branch: String) async throws {
        let fixture = try await Fixture("CREATE TABLE users (id integer PRIMARY KEY); CREATE BRANCH work; CREATE BRANCH third", dialect: .duckdb)
        let work = try await fixture.on("work", dialect: .duckdb)
        try await work.query("""
            CREATE TABLE items (id integer PRIMARY KEY, user_id integer REFERENCES users(id), label varchar(9) DEFAULT 'x' CHECK (label <> ''));
            CREATE INDEX items_label ON items (label); CREATE TABLE more (item integer REFERENCES items(id))
            """)
        await work.close()
        let schema = try await fixture.db.branch("work").schemaName
        let session = try await fixture.on(branch, dialect: .duckdb)
        #expect(try await session.texts("SELECT relname FROM pg_class WHERE relname = 'items'").isEmpty)
        let oid = try await session.number("""
            SELECT c.oid FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relname OPERATOR(pg_catalog.~) '^(items)$' COLLATE pg_catalog.default AND n.nspname OPERATOR(pg_catalog.~) '^(\(schema))$' COLLATE pg_catalog.default
            """) ?? 0
        for (sql, rows) in [
            ("SELECT relname, relkind, pg_table_is_visible(oid), oid::regclass FROM pg_class c WHERE c.oid = '\(oid)'", ["items|r|false|\(schema).items"]),
            ("""
            SELECT a.attname, format_type(a.atttypid, a.atttypmod),
              (SELECT pg_get_expr(d.adbin, d.adrelid, true) FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef)
            FROM pg_attribute a WHERE a.attrelid = '\(oid)' AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
            """, ["id|integer|NULL", "user_id|integer|NULL", "label|character varying(9)|'x'"]),
            ("""
            SELECT c2.relname, i.indisprimary, pg_get_indexdef(i.indexrelid, 0, true), pg_get_constraintdef(con.oid, true)
            FROM pg_class c, pg_class c2, pg_index i LEFT JOIN pg_constraint con ON (conrelid = i.indrelid AND conindid = i.indexrelid AND contype IN ('p','u','x'))
            WHERE c.oid = '\(oid)' AND c.oid = i.indrelid AND i.indexrelid = c2.oid ORDER BY 1
            """, [
                "items_label|false|CREATE INDEX items_label ON \(schema).items USING btree (label)|NULL",
                "items_pkey|true|CREATE UNIQUE INDEX items_pkey ON \(schema).items USING btree (id)|PRIMARY KEY (id)",
            ]),
            ("SELECT r.conname, pg_get_constraintdef(r.oid, true) FROM pg_constraint r WHERE r.conrelid = '\(oid)' AND r.contype = 'c'", ["items_label_check|CHECK (label <> '')"]),
            ("""
            SELECT conname, conrelid::regclass FROM pg_constraint c WHERE confrelid IN (SELECT pg_partition_ancestors('\(oid)') UNION ALL VALUES ('\(oid)'::regclass))
            AND contype = 'f'
            """, ["more_item_fkey|\(schema).more"]),
        ] {
            let found = try await session.texts(sql)
            #expect(found == rows, "\(sql): \(found)")
        }
        #expect(try await session.query("SELECT relname FROM pg_class WHERE oid = $1", oid).values == [[.text("items")]])
        // It is shown to nobody else, and not where nothing asks for it.
        #expect(try await session.texts("SELECT relname FROM pg_class WHERE relname = 'items'").isEmpty)
        let other = try await fixture.on("third", dialect: .duckdb)
        #expect(try await other.texts("SELECT relname FROM pg_class WHERE oid = \(oid)").isEmpty)
        await other.close()
        _ = try await fixture.db.discardBranch("work")
        #expect(try await session.texts("SELECT relname FROM pg_class WHERE oid = \(oid)").isEmpty)
        await session.close()
        try await fixture.close()
    }

    /// The catalogue's own relations are in it, in the schemas that programs leave out when they list tables.
    @Test func theCatalogueListsItself() async throws {
        let fixture = try await Fixture("CREATE TABLE t (a integer); CREATE BRANCH work", dialect: .duckdb)
        for branch in ["main", "work"] {
            let session = try await fixture.on(branch, dialect: .duckdb)
            #expect(try await session.texts("""
                SELECT n.nspname, c.relname, c.relkind, c.oid, c.relnatts, pg_table_is_visible(c.oid), c.oid::regclass FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE c.relname IN ('pg_class', 'pg_tables') OR (c.relname = 'columns' AND n.nspname = 'information_schema') ORDER BY 2
                """).map { $0.replacing(/\|1[23]\d\d\d\|/, with: "|12…|") } == [
                    "information_schema|columns|v|12…|44|false|information_schema.columns", "pg_catalog|pg_class|r|1259|33|true|pg_class",
                    "pg_catalog|pg_tables|v|12…|8|true|pg_tables",
                ])
            #expect(try await session.texts("""
                SELECT attname, format_type(atttypid, atttypmod), attnum FROM pg_attribute WHERE attrelid = 'pg_catalog.pg_am'::regclass ORDER BY attnum
                """) == ["oid|oid|1", "amname|name|2", "amhandler|regproc|3", "amtype|\"char\"|4"])
            #expect(try await session.texts("SELECT count(*) FROM pg_attribute WHERE attrelid = 'information_schema.columns'::regclass") == ["44"])
            // psql's way to look a name up, and patterns that stand for more.
            for (pattern, count) in [("^(t)$", 1), ("^(T)$", 0), ("^(pg_class)$", 1), ("^(pg_clas.)$", 1), ("^(pg_clas)$", 0), ("^(t|pg_class)$", 2), ("t", 20)] {
                let found = try await session.number("SELECT count(*) FROM pg_class c WHERE c.relname OPERATOR(pg_catalog.~) '\(pattern)' COLLATE pg_catalog.default AND pg_table_is_visible(c.oid)") ?? -1
                #expect(count == 20 ? found > 20 : found == count, "\(pattern)")
            }
            // Each has all its columns, and no oid is there twice.
            #expect(try await session.texts("SELECT count(*) FROM pg_class c WHERE relnatts <> (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid)") == ["0"])
            #expect(try await session.texts("SELECT count(*) - count(DISTINCT oid) FROM pg_class") == ["0"])
            // DuckDB's and the standard's lists are of what users made.
            #expect(try await session.texts("SELECT count(*) FROM information_schema.tables WHERE table_schema LIKE 'pg%' OR table_schema = 'information_schema'") == ["0"])
            #expect(try await session.texts("SELECT count(*) FROM pg_tables WHERE schemaname = 'pg_catalog'") == ["0"])
            await session.close()
        }
        try await fixture.close()
    }

    /// References to the catalogue compare and compute as oids and are shown as names.
    @Test func referencesAreOidsThatShowAsNames() async throws {
        let fixture = try await Fixture(Self.shop + "CREATE SCHEMA s; CREATE TABLE s.inner_t (a int); CREATE TABLE \"Odd Name\" (a int); CREATE BRANCH work", dialect: .duckdb)
        let session = fixture.session
        for (sql, rows) in [
            ("SELECT 'users'::regclass, 'main.users'::regclass, to_regclass('public.users'), '\"Odd Name\"'::regclass, to_regclass('odd name'), 's.inner_t'::regclass", ["users|users|users|\"Odd Name\"|NULL|s.inner_t"]),
            ("SELECT oid::regclass FROM pg_class WHERE relkind = 'v' AND oid >= 16384", ["active_users"]),
            ("SELECT c.oid = 'users'::regclass, c.oid::regclass = 'users', c.oid::regclass::oid = c.oid, c.oid::regclass::text FROM pg_class c WHERE relname = 'users'", ["true|true|true|users"]),
            ("SELECT 'users'::regclass::oid = oid, 'users'::regclass::text || '!', 'users'::regclass || '?', concat('users'::regclass) FROM pg_class WHERE relname = 'users'", ["true|users!|users?|users"]),
            ("SELECT count(*) FROM pg_attribute WHERE attrelid = 'users'::regclass", ["7"]),
            ("SELECT count(*) FROM pg_attribute WHERE attrelid IN ('users'::regclass, 'orders'::regclass)", ["12"]),
            ("SELECT count(*) FROM pg_attribute WHERE attrelid::regclass IN ('users', 'orders') AND attrelid = ANY (ARRAY['users'::regclass])", ["7"]),
            ("SELECT conrelid::regclass, count(*) FROM pg_constraint GROUP BY 1 ORDER BY 1", ["line_items|3", "orders|2", "users|3"]),
            ("SELECT DISTINCT confrelid::regclass FROM pg_constraint ORDER BY 1", ["-", "orders", "users"]),
            ("SELECT array_agg(conrelid::regclass ORDER BY conname) FROM pg_constraint WHERE contype = 'f'", ["[line_items, orders]"]),
            ("SELECT max(c) FROM (SELECT conrelid::regclass::text AS c FROM pg_constraint)", ["users"]),
            ("SELECT r, r::oid > 0 FROM (SELECT 'users'::regclass AS r)", ["users|true"]),
            ("WITH w AS (SELECT oid::regclass AS r FROM pg_class WHERE relkind = 'v') SELECT r FROM w WHERE r = 'active_users'", ["active_users"]),
            ("SELECT CASE WHEN true THEN 'users'::regclass ELSE 'orders'::regclass END, coalesce(NULL, 'users'::regclass), (SELECT 'orders'::regclass)", ["users|users|orders"]),
            ("SELECT 'users'::regclass UNION ALL SELECT 'orders'::regclass", ["users", "orders"]),
            ("SELECT pg_typeof('users'::regclass), pg_typeof(oid), pg_typeof(relname), pg_typeof('a'::varchar) FROM pg_class WHERE relname = 'users'", ["regclass|oid|name|text"]),
            ("SELECT 'int4'::regtype, 25::regtype, 'integer[]'::regtype, 'numeric'::regtype::oid, 'pg_catalog'::regnamespace, 11::regnamespace, 10::regrole", ["integer|text|integer[]|1700|pg_catalog|pg_catalog|branchlite"]),
            ("SELECT typinput, typinput = 'int4in'::regproc, typinput::oid > 0, 'int4in'::regproc, typarray::regtype FROM pg_type WHERE typname = 'int4'", ["int4in|true|true|int4in|integer[]"]),
            ("SELECT oid::regprocedure FROM pg_proc WHERE proname = 'int4in'", ["int4in()"]),
            ("SELECT 99::regclass, 0::regclass, NULL::regclass, 99::regtype", ["99|-|NULL|99"]),
            ("SELECT pg_get_indexdef('orders_user'::regclass), obj_description('users'::regclass)", ["CREATE INDEX orders_user ON main.orders USING btree (user_id DESC)|NULL"]),
        ] {
            #expect(try await session.texts(sql) == rows, "\(sql)")
        }
        #expect(try await session.query("SELECT count(*) FROM pg_attribute WHERE attrelid = $1::regclass", "users").values == [[.integer(7)]])
        #expect(try await session.query("SELECT count(*) FROM pg_attribute WHERE attrelid::regclass = $1", "users").values == [[.integer(7)]])
        // What is kept is the number.
        try await session.query("CREATE TABLE kept AS SELECT 'users'::regclass AS r")
        #expect(try await session.texts("SELECT r = 'users'::regclass FROM kept") == ["true"])
        // From another branch main's tables need their schema.
        let work = try await fixture.on("work", dialect: .duckdb)
        #expect(try await work.texts("SELECT 'users'::regclass, 'main.users'::regclass, 'main.users'::regclass = 'users'::regclass") == ["users|main.users|false"])
        await work.close()
        try await fixture.close()
    }

    @Test func typesAreFoundByQuotedNames() async throws {
        let fixture = try await Self.fixture()
        #expect(try await fixture.session.texts("""
            SELECT '"pg_catalog"."int8"'::regtype::text, ('"pg_catalog"."' || typname || '"')::regtype::text, typname::regtype::text
            FROM pg_type WHERE oid = 23
            """) == ["bigint|integer|integer"])
        try await fixture.close()
    }

    /// Clients that bind every value, as psycopg 3 does.
    @Test func functionsTakeParameters() async throws {
        let fixture = try await Self.fixture()
        let session = fixture.session
        #expect(try await session.query("SELECT current_setting($1)", "JIT").values == [[.text("off")]])
        #expect(try await session.query("SELECT current_setting($1, true)", "no.such").values == [[.null]])
        await #expect(throws: BranchLiteError.self) { try await session.query("SELECT current_setting($1)", "no.such") }
        #expect(try await session.query("SELECT to_regtype($1), to_regtype($2)", "integer[]", "no such type").values == [[.text("integer[]"), .null]])
        #expect(try await session.query("SELECT generate_subscripts(ARRAY['a', 'b'], $1)", 1).values == [[.integer(1)], [.integer(2)]])
        #expect(try await session.query("SELECT generate_subscripts(ARRAY['a', 'b'], $1)", 2).values.isEmpty)
        #expect(try await session.query("SELECT obj_description(oid, $1) FROM pg_class WHERE relname = 'users'", "pg_class").values == [[.null]])
        _ = try await session.query("SET jit = on")
        #expect(try await session.query("SELECT setting, current_setting(name) FROM pg_settings WHERE name = 'jit'").values == [[.text("on"), .text("on")]])
        try await fixture.close()
    }

    /// As pg_dump reads it.
    @Test func anEmptySearchPathQualifiesEveryName() async throws {
        let fixture = try await Self.fixture()
        _ = try await fixture.session.query("SELECT pg_catalog.set_config('search_path', '', false)")
        #expect(try await fixture.session.texts("SELECT pg_table_is_visible(oid), oid::regclass::text FROM pg_class WHERE relname = 'users'") == ["false|main.users"])
        #expect(try await fixture.session.texts("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'li_order'")
            == ["FOREIGN KEY (order_id) REFERENCES main.orders(id)"])
        #expect(try await fixture.session.texts("SELECT 'main.users'::regclass = 'users'::regclass") == ["true"])
        _ = try await fixture.session.query("RESET search_path")
        #expect(try await fixture.session.texts("SELECT pg_table_is_visible(oid), oid::regclass::text FROM pg_class WHERE relname = 'users'") == ["true|users"])
        try await fixture.close()
    }

    @Test func aSettingCanBeSetToWhatItIsInAQuery() async throws {
        let fixture = try await Self.fixture()
        #expect(try await fixture.session.texts("SELECT current_setting('jit'), set_config('jit', 'off', false)") == ["off|off"])
        #expect(try await fixture.session.texts("SELECT set_config(name, 'view', false) FROM pg_settings WHERE name = 'no such setting'").isEmpty)
        #expect(try await fixture.session.texts("SELECT 1, set_config('jit', 'on', false)") == ["1|on"])
        try await fixture.close()
    }

    @Test func indexesTellTheirKeys() async throws {
        let fixture = try await Self.fixture()
        #expect(try await fixture.session.texts("""
            SELECT x.relname, i.indisunique, i.indisprimary, i.indkey, i.indoption, pg_get_indexdef(i.indexrelid), pg_get_indexdef(i.indexrelid, 1, true)
            FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname = 'orders' ORDER BY 1
            """) == [
                "orders_open|true|false|[4]|[0]|CREATE UNIQUE INDEX orders_open ON main.orders USING btree (status) WHERE (status <> 'done')|status",
                "orders_pkey|true|true|[1]|[0]|CREATE UNIQUE INDEX orders_pkey ON main.orders USING btree (id)|id",
                "orders_user|false|false|[2]|[3]|CREATE INDEX orders_user ON main.orders USING btree (user_id DESC)|user_id",
            ])
        #expect(try await fixture.session.texts("SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'main' AND tablename = 'users' ORDER BY 2")
            == ["users|users_email_key", "users|users_pkey"])
        #expect(try await fixture.session.texts("SELECT pg_get_viewdef(oid), pg_get_viewdef('active_users') FROM pg_class WHERE relname = 'active_users'")
            == [" SELECT id, name, balance FROM users WHERE active;| SELECT id, name, balance FROM users WHERE active;"])
        try await fixture.close()
    }

    @Test func oidsStayFromSessionToSessionAndDifferByBranch() async throws {
        let fixture = try await Self.fixture()
        let sql = "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'users' AND n.nspname = current_schema()"
        let known = try await fixture.session.number(sql)
        let other = try await fixture.on("main", dialect: .duckdb)
        #expect(try await other.number(sql) == known)
        try await fixture.session.query("CREATE TABLE more (a integer)")
        #expect(try await other.number(sql) == known)
        let info = try await fixture.db.createBranch(BranchCreateRequest(name: "work"))
        let work = try await fixture.on("work", dialect: .duckdb)
        #expect(try await work.number(sql) != known)
        #expect(try await work.texts("SELECT relname FROM pg_class WHERE oid = '\(known ?? 0)'") == ["users"])
        #expect(try await work.texts("SELECT nspname FROM pg_namespace WHERE nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1")
            == [info.schemaName, "main"].sorted())
        await work.close()
        await other.close()
        try await fixture.close()
    }

    @Test func aBranchSeesItsOwnNamesWithoutAQualifier() async throws {
        let fixture = try await Self.fixture()
        let info = try await fixture.db.createBranch(BranchCreateRequest(name: "work"))
        let work = try await fixture.on("work", dialect: .duckdb)
        try await work.query("CREATE TABLE extra (id integer PRIMARY KEY, user_id integer REFERENCES users(id))")
        #expect(try await work.texts("""
            SELECT n.nspname, c.relname FROM pg_class c LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind = 'r' AND pg_table_is_visible(c.oid) AND n.nspname <> 'pg_catalog' ORDER BY 2
            """) == ["extra", "line_items", "orders", "users"].map { info.schemaName + "|" + $0 })
        #expect(try await work.texts("SELECT schemaname, count(*) FROM pg_tables GROUP BY 1 ORDER BY 2") == ["main|3", info.schemaName + "|4"])
        #expect(try await work.texts("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'extra_user_id_fkey'")
            == ["FOREIGN KEY (user_id) REFERENCES users(id)"])
        // Main's are named with their schema.
        #expect(try await work.texts("""
            SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace WHERE conname = 'li_order' AND nspname = 'main'
            """) == ["FOREIGN KEY (order_id) REFERENCES main.orders(id)"])
        #expect(try await fixture.session.texts("SELECT datname FROM pg_database WHERE datname IN ('main', 'work') ORDER BY 1") == ["main", "work"])
        #expect(try await fixture.session.texts("SELECT table_name FROM \"work\".information_schema.tables WHERE table_name = 'extra'") == ["extra"])
        await work.close()
        try await fixture.close()
    }

    @Test func whatChangesIsSeenAtOnce() async throws {
        let fixture = try await Self.fixture()
        let count = "SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname = 'orders'"
        #expect(try await fixture.session.number(count) == 5)
        try await fixture.session.query("ALTER TABLE orders ADD COLUMN note text")
        #expect(try await fixture.session.number(count) == 6)
        try await fixture.session.query("BEGIN; ALTER TABLE orders DROP COLUMN note")
        #expect(try await fixture.session.number(count) == 5)
        try await fixture.session.query("ROLLBACK")
        #expect(try await fixture.session.number(count) == 6)
        try await fixture.session.query("CREATE VIEW late AS SELECT note FROM orders")
        #expect(try await fixture.session.number("SELECT count(*) FROM pg_views") == 2)
        try await fixture.db.createBranch(BranchCreateRequest(name: "later"))
        #expect(try await fixture.session.number("SELECT count(*) FROM pg_database WHERE datname = 'later'") == 1)
        try await fixture.close()
    }

    @Test func aLiveBranchShowsWhatItReadsThrough() async throws {
        let fixture = try await Self.fixture()
        var request = BranchCreateRequest(name: "alive")
        request.mode = .live
        try await fixture.db.createBranch(request)
        let alive = try await fixture.on("alive", dialect: .duckdb)
        let own = "SELECT table_type FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'users'"
        #expect(try await alive.texts(own) == ["VIEW"])
        #expect(try await alive.texts("""
            SELECT c.relkind, k.conname FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
            WHERE c.relname = 'users' AND pg_table_is_visible(c.oid)
            """) == ["r|users_pkey"])
        try await alive.query("UPDATE users SET name = 'x'")
        #expect(try await alive.texts(own) == ["BASE TABLE"])
        await alive.close()
        try await fixture.close()
    }

    @Test func everyRelationCanBeReadWhole() async throws {
        let fixture = try await Self.fixture()
        for (name, relation) in CatalogRelation.all.sorted(by: { $0.key < $1.key }) {
            let result = try await fixture.session.query("SELECT * FROM \(name)")
            #expect(result.columns.map(\.name) == relation.columns.map(\.name), "\(name)")
            if relation.schema == "pg_catalog" {
                #expect(try await fixture.session.query("SELECT * FROM \(relation.name) LIMIT 1").columns.count == relation.columns.count, "\(name)")
            }
        }
        try await fixture.close()
    }

    @Test func typesAreFoundByNameAndOid() async throws {
        let fixture = try await Self.fixture()
        #expect(try await fixture.session.texts("SELECT oid, typarray, typlen, typtype FROM pg_type WHERE typname = 'int4'") == ["23|1007|4|b"])
        #expect(try await fixture.session.texts("""
            SELECT e.typname FROM pg_type t JOIN pg_type e ON e.oid = t.typelem WHERE t.oid = 1009
            """) == ["text"])
        #expect(try await fixture.session.texts("SELECT p.proname FROM pg_type t JOIN pg_proc p ON p.oid = t.typinput WHERE t.typname IN ('_int4', 'date', 'text') ORDER BY 1")
            == ["array_in", "date_in", "textin"])
        #expect(try await fixture.session.texts("SELECT format_type(1700, 655366), format_type(1043, 24), format_type(1009, NULL), format_type(NULL, 1)")
            == ["numeric(10,2)|character varying(20)|text[]|NULL"])
        try await fixture.close()
    }

    @Test func sequencesAndIdentityColumnsAreShown() async throws {
        let fixture = try await Fixture("""
            CREATE SEQUENCE tickets START 5 INCREMENT 2;
            CREATE TABLE notes (id integer PRIMARY KEY AUTOINCREMENT, body text);
            """, dialect: .duckdb)
        #expect(try await fixture.session.texts("""
            SELECT c.relname, s.seqstart, s.seqincrement FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid WHERE c.relkind = 'S' ORDER BY 1
            """) == ["notes_id_seq|1|1", "tickets|5|2"])
        #expect(try await fixture.session.texts("SELECT sequencename, start_value FROM pg_sequences ORDER BY 1") == ["notes_id_seq|1", "tickets|5"])
        #expect(try await fixture.session.texts("""
            SELECT a.attname, a.attidentity FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relname = 'notes' ORDER BY a.attnum
            """) == ["id|d", "body|"])
        #expect(try await fixture.session.texts("SELECT column_name, is_identity, identity_generation FROM information_schema.columns WHERE table_name = 'notes' ORDER BY 1")
            == ["body|NO|NULL", "id|YES|BY DEFAULT"])
        #expect(try await fixture.session.texts("""
            SELECT pg_get_serial_sequence(c.relname, a.attname) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            WHERE c.relname = 'notes' ORDER BY a.attnum
            """) == ["main.notes_id_seq", "NULL"])
        #expect(try await fixture.session.texts("SELECT count(*) FROM pg_depend d JOIN pg_class c ON c.oid = d.objid WHERE c.relkind = 'S' AND d.deptype = 'i'")
            == ["1"])
        try await fixture.close()
    }
}
