import Glibc
import Testing

@testable import Engine

/// A short seeded run of the fuzz targets of SQLite's format. `make fuzz` runs them with libFuzzer for longer.
@Suite struct SQLiteFuzzTests {
    private func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// A database with tables, an index, overflow chains and free pages.
    private func image() throws -> [UInt8] {
        let database = try StockDatabase()
        try require(database.execute("""
            PRAGMA page_size=512; PRAGMA auto_vacuum=INCREMENTAL; CREATE TABLE t(k INTEGER PRIMARY KEY, v, w TEXT); CREATE INDEX i ON t(v);
            CREATE TABLE z(a TEXT COLLATE NOCASE, b, c, PRIMARY KEY(a, b DESC)) WITHOUT ROWID;
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) INSERT INTO t SELECT i, i * 1.5, hex(zeroblob(i * 9)) FROM n;
            INSERT INTO z SELECT w, v, k FROM t WHERE k < 30; DELETE FROM t WHERE k % 3 = 0
            """), "no database to start from")
        return database.image()
    }

    @Test(arguments: SQLiteFuzzTargets.all.map(\.name)) func anyInputIsSurvived(name: String) throws {
        let target = try #require(SQLiteFuzzTargets.all.first { $0.name == name })
        let seed = environment("BRANCHLITE_FUZZ_SEED").flatMap { UInt64($0) } ?? UInt64.random(in: 0 ... .max)
        let runs = environment("BRANCHLITE_FUZZ_RUNS").flatMap { Int($0) } ?? 60
        print("fuzz \(name): seed \(seed)") // before: a crash takes the process
        var random = SeededGenerator(seed: seed)
        let base = try image()
        target.run(base)
        for run in 0 ..< runs {
            if name == "record" || run % 10 == 0 {
                for _ in 0 ..< (name == "record" ? 50 : 1) {
                    target.run((0 ..< Int.random(in: 0 ... 2000, using: &random)).map { _ in UInt8.random(in: 0 ... 255, using: &random) })
                }
                continue
            }
            var bytes = base
            for _ in 0 ..< Int.random(in: 1 ... 12, using: &random) {
                // Mostly where pages keep their structure: headers and the first cells' offsets.
                let page = Int.random(in: 0 ..< bytes.count / 512, using: &random)
                let offset = Bool.random(using: &random) ? Int.random(in: 0 ..< 20, using: &random) : Int.random(in: 0 ..< 512, using: &random)
                bytes[page * 512 + offset] = [0, 1, 2, 5, 10, 13, 127, 128, 255, UInt8.random(in: 0 ... 255, using: &random)].randomElement(using: &random) ?? 0
            }
            target.run(bytes)
        }
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        #expect(usage.ru_maxrss < 3 << 20, "seed \(seed): \(usage.ru_maxrss) KiB")
    }
}
