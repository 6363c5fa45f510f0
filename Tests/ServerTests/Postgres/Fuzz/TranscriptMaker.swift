@testable import Server

/// Makes what clients send after the start-up, and damages it.
enum TranscriptMaker {
    struct Result {
        var bytes: [UInt8]
        /// Every message has its right length, and the last ones are CopyFail and Sync.
        var isFramed: Bool
        var damage: String
    }

    static func transcript(_ random: inout SeededGenerator) -> Result {
        var messages: [[UInt8]] = []
        for _ in 0..<Int.random(in: 2...8, using: &random) { messages += fragments.randomElement(using: &random) ?? [] }
        var damages: [String] = []
        for _ in 0..<Int.random(in: 0...4, using: &random) where !messages.isEmpty {
            let at = Int.random(in: 0..<messages.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                messages.remove(at: at)
                damages.append("\(at) left out")
            case 1:
                messages.insert(messages[at], at: Int.random(in: 0...messages.count, using: &random))
                damages.append("\(at) twice")
            case 2:
                messages.swapAt(at, Int.random(in: 0..<messages.count, using: &random))
                damages.append("\(at) elsewhere")
            case 3 where messages[at].count > 5:
                let place = Int.random(in: 5..<messages[at].count, using: &random)
                messages[at][place] = [0, 1, 0x22, 0x27, 0x28, 0x3B, 0x7F, 0xFF].randomElement(using: &random) ?? 0
                damages.append("byte \(place) of \(at)")
            default:
                messages[at][0] = Array("QPBDECSHdcfF".utf8).randomElement(using: &random) ?? 0
                damages.append("type of \(at)")
            }
        }
        messages += [Message.copyFail("the end"), Message.sync]
        var bytes = messages.flatMap { $0 }
        let isFramed = Int.random(in: 0..<4, using: &random) > 0
        if !isFramed {
            switch Int.random(in: 0..<3, using: &random) {
            case 0:
                bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
                damages.append("cut short")
            case 1:
                let at = Int.random(in: 0..<bytes.count, using: &random)
                bytes[at] = UInt8.random(in: 0...255, using: &random)
                damages.append("byte \(at) of all")
            default:
                bytes.insert(contentsOf: (0..<Int.random(in: 1...9, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) },
                    at: Int.random(in: 0..<bytes.count, using: &random))
                damages.append("bytes between")
            }
        }
        return Result(bytes: bytes, isFramed: isFramed, damage: damages.isEmpty ? "whole" : damages.joined(separator: ", "))
    }

    /// What belongs together, as drivers send it.
    private static let fragments: [[[UInt8]]] = [
        [Message.query("SELECT id, name FROM t ORDER BY id")],
        [Message.query("INSERT INTO t VALUES (10, 'ten'); SELECT count(*) AS n FROM t; DELETE FROM t WHERE id = 10")],
        [Message.query("SELECT nosuch FROM t")],
        [Message.query("")],
        [Message.query("BEGIN"), Message.query("UPDATE t SET name = 'x' WHERE id = 1"), Message.query("COMMIT")],
        [Message.query("BEGIN"), Message.query("SAVEPOINT s"), Message.query("SELECT 1 / x"), Message.query("ROLLBACK TO s"), Message.query("ROLLBACK")],
        [
            Message.parse("SELECT name FROM t WHERE id = $1", name: "s"), Message.describe("S", "s"), Message.sync,
            Message.bind(["1"], statement: "s"), Message.describe("P"), Message.execute(), Message.sync, Message.close("S", "s"), Message.sync,
        ],
        [Message.parse("INSERT INTO t VALUES ($1, $2)"), Message.bind(["20", nil]), Message.execute(), Message.sync],
        [Message.parse("INSERT INTO t VALUES ($1, $2)", types: [23, 25]), Message.bind(["21", "a"]), Message.execute(), Message.bind(["1", "b"]), Message.execute(), Message.sync],
        // A portal read in parts.
        [
            Message.query("BEGIN"), Message.parse("SELECT * FROM t ORDER BY id"), Message.bind(portal: "p"), Message.execute("p", rows: 1), Message.flush,
            Message.execute("p", rows: 1), Message.sync, Message.execute("p"), Message.close("P", "p"), Message.sync, Message.query("COMMIT"),
        ],
        // A cursor.
        [
            Message.query("BEGIN"), Message.query("DECLARE c CURSOR FOR SELECT id FROM t ORDER BY id"), Message.query("FETCH 2 FROM c"), Message.query("FETCH ALL FROM c"),
            Message.query("CLOSE c"), Message.query("COMMIT"),
        ],
        [Message.query("COPY t FROM STDIN"), Message.copyData("30\tthirty\n31\t\\N\n3"), Message.copyData("2\tx\n"), Message.copyDone],
        [Message.query("COPY t (id, name) FROM STDIN (FORMAT csv, HEADER)"), Message.copyData("id,name\n40,\"a,b\"\n"), Message.copyFail("no more")],
        [Message.query("COPY t FROM STDIN"), Message.copyData("wrong\tline\n"), Message.copyDone],
        [Message.parse("COPY t FROM STDIN"), Message.bind(), Message.execute(), Message.copyData("50\tfifty\n"), Message.copyDone, Message.sync],
        [Message.parse("COPY t TO STDOUT"), Message.bind(), Message.execute(), Message.sync],
        [Message.query("COPY (SELECT id, name FROM t ORDER BY id) TO STDOUT (FORMAT csv); SELECT 1 AS one")],
        [Message.query("CREATE TABLE IF NOT EXISTS u (a INTEGER); INSERT INTO u VALUES (1)"), Message.query("SELECT * FROM u"), Message.query("DROP TABLE IF EXISTS u")],
        [Message.query("SET application_name = 'fuzz'"), Message.query("SHOW application_name"), Message.query("DISCARD ALL")],
        [Message.sync], [Message.flush], [Message.copyDone],
    ]
}
