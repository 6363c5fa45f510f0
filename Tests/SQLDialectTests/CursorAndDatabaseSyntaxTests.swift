import Testing

@testable import SQLDialect

/// PostgreSQL's statements about cursors and databases, parsed and printed.
@Suite struct CursorAndDatabaseSyntaxTests {
    private func printed(_ sql: String) throws -> String {
        let statements = try Parser.parse(sql, dialect: .duckdb)
        let statement = try #require(statements.first)
        #expect(statements.count == 1)
        let text = Printer.print(statement)
        // What is printed means the same.
        let again = try #require(try Parser.parse(text, dialect: .duckdb).first)
        #expect(Printer.print(again) == text)
        return text
    }

    @Test(arguments: [
        ("declare c cursor for select 1", "DECLARE c CURSOR FOR SELECT 1"),
        ("DECLARE \"my c\" BINARY INSENSITIVE NO SCROLL CURSOR WITH HOLD FOR SELECT a FROM t", "DECLARE \"my c\" BINARY CURSOR WITH HOLD FOR SELECT a FROM t"),
        ("fetch c", "FETCH FORWARD 1 FROM c"), ("fetch next from c", "FETCH FORWARD 1 FROM c"), ("fetch forward 5 in c", "FETCH FORWARD 5 FROM c"),
        ("fetch all c", "FETCH ALL FROM c"), ("fetch 3 from c", "FETCH FORWARD 3 FROM c"), ("move forward all in c", "MOVE ALL FROM c"),
        ("close c", "CLOSE c"), ("close all", "CLOSE ALL"),
        ("create database d", "CREATE DATABASE d"), ("create database d with owner = me template dev encoding 'UTF8'", "CREATE DATABASE d TEMPLATE dev"),
        ("create database d template template0", "CREATE DATABASE d"), ("create database d template = dev@7", "CREATE DATABASE d TEMPLATE dev@7"),
        ("drop database if exists d with (force)", "DROP DATABASE IF EXISTS d WITH (FORCE)"), ("alter database a rename to b", "ALTER BRANCH a RENAME TO b"),
    ])
    func parses(sql: String, expected: String) throws {
        let text = try printed(sql)
        let wanted = try Printer.print(#require(try Parser.parse(expected, dialect: .duckdb).first))
        #expect(text == wanted)
    }

    @Test(arguments: ["FETCH PRIOR FROM c", "FETCH BACKWARD 2 FROM c", "MOVE ABSOLUTE 3 IN c", "FETCH FIRST FROM c"])
    func refusesToGoBack(sql: String) {
        #expect(throws: SQLError.self) { try Parser.parse(sql, dialect: .duckdb) }
    }
}
