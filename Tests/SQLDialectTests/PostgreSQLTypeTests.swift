import Testing

@testable import SQLDialect

@Suite struct PostgreSQLTypeTests {
    @Test func everyLineIsReadAndOidsAreUnique() {
        #expect(Set(PostgreSQLType.all.map(\.oid)).count == PostgreSQLType.all.count)
        #expect(Set(PostgreSQLType.all.map(\.name)).count == PostgreSQLType.all.count)
        for type in PostgreSQLType.all where type.array != 0 {
            #expect(PostgreSQLType(oid: type.array)?.element == type.oid, "\(type.name)")
        }
    }

    @Test(arguments: [
        (DuckType.boolean, 16, "boolean"), (.tinyint, 21, "smallint"), (.integer, 23, "integer"), (.uinteger, 20, "bigint"), (.hugeint, 1700, "numeric"),
        (.decimal(precision: 10, scale: 2), 1700, "numeric(10,2)"), (.varchar, 25, "text"), (.blob, 17, "bytea"), (.uuid, 2950, "uuid"),
        (.timestampTZ, 1184, "timestamp with time zone"), (.time, 1083, "time without time zone"), (.json, 114, "json"), (.dynamic, 25, "text"),
    ] as [(DuckType, UInt32, String)])
    func typesOfTheDialectHavePostgreSQLsOids(type: DuckType, oid: UInt32, name: String) {
        let found = PostgreSQLType(type)
        #expect(found.oid == oid)
        #expect(found.formatted(modifier: PostgreSQLType.modifier(of: type)) == name)
    }

    @Test func shapesOfDecimalsSurvive() {
        let type = DuckType.decimal(precision: 12, scale: 4)
        #expect(PostgreSQLType(type).duckType(modifier: PostgreSQLType.modifier(of: type)) == type)
        #expect(PostgreSQLType.numeric.duckType() == .defaultDecimal)
    }

    @Test(arguments: [
        ("int4", 23), ("INTEGER", 23), ("integer[]", 1007), ("_int4", 1007), ("pg_catalog.text", 25), ("timestamp with time zone", 1184), ("\"char\"", 18),
        ("char", 18), ("character varying", 1043), ("double precision[]", 1022), ("regclass", 2205),
    ] as [(String, UInt32)])
    func namesAreRead(name: String, oid: UInt32) { #expect(PostgreSQLType(name: name)?.oid == oid) }

    @Test func arraysPrintTheirElements() {
        #expect(PostgreSQLType(oid: 1009)?.formatted() == "text[]")
        #expect(PostgreSQLType(oid: 1015)?.formatted(modifier: 24) == "character varying(20)[]")
        #expect(PostgreSQLType(name: "nothing") == nil)
    }
}
