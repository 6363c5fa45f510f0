import SQLDialect
import Testing

@Suite struct SystemRowsTests {
    @Test func rowsAreFoundByWhatAColumnHolds() {
        let rows = SystemRows([[.number(1), .text("a"), .null], [.number(2), .text("b")], [.number(1), .text("c"), .number(7)]])
        #expect(rows.places(of: .number(1), in: 0) == [0, 2])
        #expect(rows.places(of: .text("b"), in: 1) == [1])
        #expect(rows.places(of: .number(7), in: 2) == [2])
        #expect(rows.places(of: .text("1"), in: 0).isEmpty)
        // NULL is equal to nothing.
        #expect(rows.places(of: .null, in: 2).isEmpty)
    }

    @Test func aNumberIsGoodWhileTheRowsAreKept() throws {
        var rows: SystemRows? = SystemRows([[.number(1)]])
        let number = try #require(rows?.number)
        #expect(SystemRows.numbered(number) === rows)
        rows = nil
        #expect(SystemRows.numbered(number) == nil)
    }

    @Test func noTableHasMoreColumnsThanTheRowsCanHave() {
        for relation in CatalogRelation.all.values { #expect(relation.columns.count < SystemRows.maximumColumns, "\(relation.name)") }
    }
}
