import Foundation
import PageStore

/// Point reads on a branch alone, and while a writer commits on it without a pause.
enum ReaderWriterRow {
    @MainActor static func run(_ bench: Bench) throws -> [Figure] {
        let scale = bench.scale
        return try bench.withStore(sync: .full, cacheKiB: scale.cacheKiB) { store in
            try bench.withStock { files in
                nonisolated(unsafe) let readers = try [store.connection(.main), RawConnection.stock(files[0], cacheKiB: scale.cacheKiB)]
                nonisolated(unsafe) let writers = try [store.connection(.main), RawConnection.stock(files[0], cacheKiB: scale.cacheKiB)]
                try UpdateRows.recycleWAL(writers[1], rows: scale.rows)
                func round(_ side: Int, writing: Bool, _ seed: Int) throws -> Spent {
                    nonisolated(unsafe) var reading = Spent()
                    let isOver = Flag()
                    _ = try Team.run(writing ? 2 : 1) { index, ready in
                        if index == 0 {
                            defer { isOver.set() }
                            let statement = try readers[side].prepare(BenchTable.select)
                            ready()
                            let (wall, processor) = (wallTime(), threadTime())
                            try statement.find(scale.lookups, seed: seed, rows: scale.rows)
                            reading = Spent(wall: wallTime() - wall, processor: threadTime() - processor)
                        } else {
                            let statement = try writers[side].prepare(BenchTable.update)
                            var keys = Keys(seed: seed + 1, rows: scale.rows)
                            ready()
                            while !isOver.isSet {
                                try statement.run(keys.next())
                            }
                        }
                    }
                    return reading
                }
                var seed = 0
                let series = try interleave(
                    rounds: scale.rounds, operations: scale.lookups,
                    [(0, false), (0, true), (1, false), (1, true)].map { side, writing in
                        { seed += 1; return try round(side, writing: writing, seed) }
                    })
                let ratio = series[0].middle / series[1].middle
                let peerRatio = series[2].middle / series[3].middle
                return [
                    Figure(
                        name: "reads of a branch while a writer commits on it (full), rate to that alone", value: ratio, unit: "×",
                        peer: "SQLite WAL, the same", peerValue: peerRatio, ratio: ratio / 0.9, target: "≥ 0.9×", met: ratio >= 0.9,
                        processorRatio: median(series[0].processor) / median(series[1].processor), bestRatio: series[0].best / series[1].best,
                        rounds: scale.rounds,
                        note: "µs per read: alone \(Figure.text(series[0].middle * 1e6)), with the writer \(Figure.text(series[1].middle * 1e6)), the peer's "
                            + "\(Figure.text(series[2].middle * 1e6)) and \(Figure.text(series[3].middle * 1e6)); cpu is the reader's thread"),
                ]
            }
        }
    }
}
