import Branching
import Engine
import Testing

@testable import branchlite

@Suite struct RenderingTests {
    @Test func measuresWhatATerminalShows() {
        #expect(displayWidth("abc") == 3)
        #expect(displayWidth("日本") == 4)
        #expect(displayWidth("é") == 1)
        #expect(fitted("abcdef", to: 4, alignRight: false) == "abc…")
        #expect(fitted("7", to: 3, alignRight: true) == "  7")
        #expect(printable("a\u{1B}[31mb\n") == "a\\x1b[31mb\\n")
    }

    @Test func drawsColumnsAndAlignsNumbers() {
        let columns = [ResultColumn(name: "n", type: "BIGINT"), ResultColumn(name: "text", type: "VARCHAR")]
        let drawn = TableRenderer(terminalWidth: nil).render(columns: columns, cells: [["1", "a"], ["20", nil]])
        #expect(drawn == """
            ┌────┬──────┐
            │  n │ text │
            ├────┼──────┤
            │  1 │ a    │
            │ 20 │ NULL │
            └────┴──────┘

            """)
        let wide = TableRenderer(terminalWidth: 30).render(columns: columns, cells: [["1", String(repeating: "x", count: 200)]])
        #expect(wide.split(separator: "\n").allSatisfy { displayWidth(String($0)) <= 30 })
    }

    @Test func writesCSVAndJSON() {
        let result = QueryResult(
            columns: [ResultColumn(name: "a", type: "VARCHAR"), ResultColumn(name: "a", type: "BIGINT")],
            values: [[.text("x,\"y\""), .integer(1)], [.null, .integer(9_007_199_254_740_993)]], branch: "main", command: "SELECT")
        #expect(ResultWriter(format: .csv).text(result) == "a,a\r\n\"x,\"\"y\"\"\",1\r\n,9007199254740993\r\n")
        #expect(ResultWriter(format: .json).text(result) == "[{\"a\":\"x,\\\"y\\\"\",\"a_1\":1},\n{\"a\":null,\"a_1\":\"9007199254740993\"}]\n")
    }

    @Test func countsAsGitDoes() {
        let table = TableDifference(table: "t", inserted: 1, updated: 1, deleted: 0, columns: ["id", "v"], keyColumns: ["id"])
        let diff = DiffResult(branch: "b", base: "main", baseVersion: 1, branchVersion: 2, schema: [], tables: [table])
        #expect(DiffRenderer(paint: Paint(enabled: false)).statistics(diff) == " t | +1 ~1 -0\n 1 table changed, 2 rows, 0 schema changes\n")
        let empty = DiffResult(branch: "b", base: "main", baseVersion: 1, branchVersion: 2, schema: [], tables: [])
        #expect(DiffRenderer(paint: Paint(enabled: true)).statistics(empty) == "")
    }

    @Test func gathersStatements() {
        var gatherer = StatementGatherer()
        #expect(gatherer.add("SELECT ';'") == nil)
        #expect(gatherer.add(", 2;") == "SELECT ';'\n, 2;")
        #expect(gatherer.isEmpty)
        #expect(gatherer.add("CREATE TRIGGER t AFTER INSERT ON x BEGIN SELECT 1;") == nil)
        #expect(gatherer.add("END;") != nil)
        #expect(gatherer.add("   ") == nil && gatherer.isEmpty)
    }

    @Test func editsALine() {
        var line = EditedLine(prompt: "> ", history: ["first", "second"])
        for character in "SELECT" { #expect(line.accept(.character(character)) == nil) }
        _ = line.accept(.control("a"))
        _ = line.accept(.character("x"))
        _ = line.accept(.end)
        _ = line.accept(.backspace)
        #expect(String(line.text) == "xSELEC")
        _ = line.accept(.up)
        #expect(String(line.text) == "second")
        _ = line.accept(.down)
        #expect(String(line.text) == "xSELEC")
        _ = line.accept(.control("r"))
        _ = line.accept(.character("f"))
        #expect(String(line.text) == "first")
        #expect(line.accept(.enter) == .line("first"))
        #expect(line.accept(.control("c")) == .interrupted)
    }
}
