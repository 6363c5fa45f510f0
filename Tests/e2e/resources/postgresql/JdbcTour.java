import java.io.*;
import java.math.BigDecimal;
import java.sql.*;
import java.time.*;
import java.util.*;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** Goes through what applications ask of the PostgreSQL JDBC driver and prints one line for each finding. */
class JdbcTour {
    static void say(String what, Object value) { System.out.println(what + "=" + value); }

    static String rows(ResultSet set, String... columns) throws SQLException {
        List<String> lines = new ArrayList<>();
        while (set.next()) {
            List<String> cells = new ArrayList<>();
            for (String column : columns) cells.add(String.valueOf(set.getObject(column)));
            lines.add(String.join(":", cells));
        }
        set.close();
        return String.join(" ", lines);
    }

    interface Step { void run() throws Exception; }

    static String state(Step step) throws Exception {
        try {
            step.run();
            return "none";
        } catch (SQLException error) {
            return error.getSQLState();
        }
    }

    public static void main(String[] arguments) throws Exception {
        try (Connection c = DriverManager.getConnection(arguments[0], "tester", "")) {
            types(c);
            metadata(c);
            transactions(c);
            prepared(c);
            copy(c);
        }
        say("end", "reached");
    }

    static void types(Connection c) throws Exception {
        try (Statement s = c.createStatement()) {
            s.execute("CREATE TABLE kinds (b boolean, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, n numeric(12,3), s text, y bytea, d date, t time, ts timestamp, tz timestamptz, u uuid)");
        }
        UUID id = UUID.fromString("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
        // Often enough for the driver to prepare on the server and to take binary results.
        for (int round = 0; round < 8; round++) {
            try (PreparedStatement p = c.prepareStatement("INSERT INTO kinds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
                p.setBoolean(1, true); p.setShort(2, (short) -7); p.setInt(3, round); p.setLong(4, Long.MIN_VALUE); p.setFloat(5, 0.5f); p.setDouble(6, 1e-300);
                p.setBigDecimal(7, new BigDecimal("-123456.789")); p.setString(8, "it's ☃ \\"); p.setBytes(9, new byte[] {0, -1, 92});
                p.setObject(10, LocalDate.of(2024, 2, 29)); p.setObject(11, LocalTime.of(1, 2, 3)); p.setObject(12, LocalDateTime.of(2024, 2, 29, 1, 2, 3, 456789000));
                p.setObject(13, OffsetDateTime.of(2024, 7, 1, 12, 0, 0, 0, ZoneOffset.ofHours(2))); p.setObject(14, id);
                p.executeUpdate();
            }
        }
        try (PreparedStatement p = c.prepareStatement("SELECT * FROM kinds WHERE i4 = ?")) {
            String first = null;
            for (int round = 0; round < 8; round++) {
                p.setInt(1, round);
                try (ResultSet r = p.executeQuery()) {
                    r.next();
                    List<String> seen = new ArrayList<>();
                    for (int column = 1; column <= 14; column++) {
                        Object value = r.getObject(column);
                        if (column == 3) continue;
                        seen.add(value.getClass().getSimpleName() + ":" + (value instanceof byte[] bytes ? Arrays.toString(bytes) : value));
                    }
                    seen.add(r.getObject("d", LocalDate.class).toString());
                    seen.add(r.getObject("ts", LocalDateTime.class).toString());
                    seen.add(r.getObject("tz", OffsetDateTime.class).toInstant().toString());
                    String line = String.join("|", seen);
                    if (first == null) { first = line; say("types", line); }
                    if (!first.equals(line)) say("types.round" + round, line);
                    ResultSetMetaData m = r.getMetaData();
                    if (round == 0) {
                        List<String> names = new ArrayList<>();
                        for (int column = 1; column <= m.getColumnCount(); column++) names.add(m.getColumnTypeName(column));
                        say("types.names", String.join(" ", names));
                        say("types.table", m.getTableName(1) + " " + m.getPrecision(7) + "," + m.getScale(7) + " " + m.isNullable(1));
                    }
                }
            }
        }
        try (PreparedStatement p = c.prepareStatement("INSERT INTO kinds (s, n, ts) VALUES (?, ?, ?)")) {
            p.setNull(1, Types.VARCHAR); p.setNull(2, Types.NUMERIC); p.setNull(3, Types.TIMESTAMP);
            say("types.nulls", p.executeUpdate());
        }
    }

    static void metadata(Connection c) throws Exception {
        try (Statement s = c.createStatement()) {
            s.execute("CREATE TABLE makers (id integer PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, worth numeric(10,2) DEFAULT 1.5)");
            s.execute("CREATE TABLE goods (a integer, b integer, maker integer NOT NULL, at timestamp, PRIMARY KEY (a, b), CONSTRAINT made_by FOREIGN KEY (maker) REFERENCES makers (id) ON DELETE CASCADE)");
            s.execute("CREATE INDEX goods_at ON goods (at)");
            s.execute("CREATE VIEW cheap AS SELECT id, name FROM makers WHERE worth < 2");
        }
        DatabaseMetaData m = c.getMetaData();
        say("product", m.getDatabaseProductName() + " " + (m.getDatabaseMajorVersion() >= 15));
        String schema = c.getSchema();
        say("schema.listed", rows(m.getSchemas(), "TABLE_SCHEM").contains(schema));
        say("catalog.listed", rows(m.getCatalogs(), "TABLE_CAT").contains(c.getCatalog()));
        say("tables", rows(m.getTables(null, schema, "%", new String[] {"TABLE"}), "TABLE_NAME", "TABLE_TYPE", "REMARKS"));
        say("views", rows(m.getTables(null, schema, "%", new String[] {"VIEW"}), "TABLE_NAME", "TABLE_TYPE"));
        say("columns", rows(m.getColumns(null, schema, "makers", "%"), "COLUMN_NAME", "DATA_TYPE", "TYPE_NAME", "COLUMN_SIZE", "DECIMAL_DIGITS", "NULLABLE", "ORDINAL_POSITION"));
        say("columns.default", rows(m.getColumns(null, schema, "makers", "worth"), "COLUMN_DEF"));
        say("primary", rows(m.getPrimaryKeys(null, schema, "goods"), "COLUMN_NAME", "KEY_SEQ", "PK_NAME"));
        say("imported", rows(m.getImportedKeys(null, schema, "goods"), "PKTABLE_NAME", "PKCOLUMN_NAME", "FKCOLUMN_NAME", "DELETE_RULE", "FK_NAME"));
        say("exported", rows(m.getExportedKeys(null, schema, "makers"), "FKTABLE_NAME", "FKCOLUMN_NAME"));
        say("indexes", rows(m.getIndexInfo(null, schema, "goods", false, false), "INDEX_NAME", "NON_UNIQUE", "COLUMN_NAME", "ORDINAL_POSITION"));
        String names = " " + rows(m.getTypeInfo(), "TYPE_NAME") + " ";
        say("typeinfo", names.contains(" int4 ") && names.contains(" text ") && names.contains(" timestamptz "));
        say("tabletypes", rows(m.getTableTypes(), "TABLE_TYPE").contains("TABLE"));
    }

    static void transactions(Connection c) throws Exception {
        try (Statement s = c.createStatement()) {
            c.setAutoCommit(false);
            s.execute("CREATE TABLE t (n integer PRIMARY KEY)");
            s.executeUpdate("INSERT INTO t VALUES (1)");
            Savepoint point = c.setSavepoint("here");
            say("tx.duplicate", state(() -> s.executeUpdate("INSERT INTO t VALUES (1)")));
            say("tx.failed", state(() -> s.executeQuery("SELECT 1")));
            c.rollback(point);
            s.executeUpdate("INSERT INTO t VALUES (2)");
            c.releaseSavepoint(point);
            c.commit();
            s.executeUpdate("INSERT INTO t VALUES (3)");
            c.rollback();
            c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            say("tx.isolation", c.getTransactionIsolation() == Connection.TRANSACTION_SERIALIZABLE);
            try (ResultSet r = s.executeQuery("SELECT count(*) FROM t")) { r.next(); say("tx.rows", r.getInt(1)); }
            c.commit();
            c.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            c.setReadOnly(true);
            say("tx.readonly", state(() -> s.executeUpdate("INSERT INTO t VALUES (9)")));
            c.rollback();
            c.setReadOnly(false);
            s.setQueryTimeout(1);
            say("tx.timeout", state(() -> s.executeQuery("SELECT count(*) FROM range(100000000000)")));
            c.rollback();
            c.setAutoCommit(true);
        }
    }

    static void prepared(Connection c) throws Exception {
        try (Statement s = c.createStatement()) {
            s.execute("CREATE TABLE numbered (id bigserial PRIMARY KEY, s text, n integer)");
        }
        try (PreparedStatement p = c.prepareStatement("INSERT INTO numbered (s, n) VALUES (?, ?)", Statement.RETURN_GENERATED_KEYS)) {
            for (int n = 0; n < 1000; n++) { p.setString(1, "row " + n); p.setInt(2, n); p.addBatch(); }
            int sum = 0;
            for (int count : p.executeBatch()) sum += count;
            say("batch", sum);
            ResultSet keys = p.getGeneratedKeys();
            int count = 0;
            long last = 0;
            while (keys.next()) { count++; last = keys.getLong(1); }
            say("batch.keys", count + ":" + last);
            p.setString(1, "one"); p.setInt(2, -1);
            p.executeUpdate();
            keys = p.getGeneratedKeys();
            keys.next();
            say("key", keys.getLong("id"));
        }
        try (PreparedStatement p = c.prepareStatement("INSERT INTO numbered (id, s) VALUES (?, 'x')")) {
            c.setAutoCommit(false);
            for (long id : new long[] {5000, 5001, 5}) { p.setLong(1, id); p.addBatch(); }
            try { p.executeBatch(); say("batch.error", "none"); } catch (BatchUpdateException error) { say("batch.error", error.getSQLState()); }
            c.rollback();
        }
        try (Statement s = c.createStatement()) {
            s.setFetchSize(100);
            int count = 0;
            long sum = 0;
            try (ResultSet r = s.executeQuery("SELECT n FROM numbered WHERE n >= 0 ORDER BY id")) { while (r.next()) { count++; sum += r.getInt(1); } }
            say("fetched", count + ":" + sum);
            c.commit();
            c.setAutoCommit(true);
        }
        // A statement that the driver has prepared on the server meets another schema.
        try (PreparedStatement p = c.prepareStatement("SELECT * FROM numbered WHERE id = ?"); Statement s = c.createStatement()) {
            StringBuilder seen = new StringBuilder();
            for (int round = 0; round < 9; round++) {
                if (round == 7) s.execute("ALTER TABLE numbered ADD COLUMN more integer DEFAULT 4");
                p.setLong(1, 2);
                try (ResultSet r = p.executeQuery()) { r.next(); seen.append(r.getMetaData().getColumnCount()).append(r.getString("s").equals("row 1") ? "" : "!"); }
            }
            say("schema.change", seen);
        }
    }

    static void copy(Connection c) throws Exception {
        try (Statement s = c.createStatement()) { s.execute("CREATE TABLE copied (n integer, s text)"); }
        CopyManager copies = c.unwrap(PGConnection.class).getCopyAPI();
        say("copy.in", copies.copyIn("COPY copied FROM STDIN WITH (FORMAT csv)", new StringReader("1,a\n2,\"b,c\"\n3,\n")));
        StringWriter out = new StringWriter();
        say("copy.out", copies.copyOut("COPY (SELECT * FROM copied ORDER BY n) TO STDOUT", out));
        say("copy.text", out.toString().replace("\n", "/").replace("\t", ","));
        say("copy.error", state(() -> copies.copyIn("COPY copied FROM STDIN", new StringReader("x\ty\n"))));
        try (Statement s = c.createStatement()) { say("copy.rows", rows(s.executeQuery("SELECT count(*) AS n FROM copied"), "n")); }
    }
}
