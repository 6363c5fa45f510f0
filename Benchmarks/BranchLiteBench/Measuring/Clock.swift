import Foundation

/// What some work took, in seconds: on the wall, and of all the process's threads on the processors.
struct Spent {
    var wall = 0.0
    var processor = 0.0
}

private func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Seconds on a clock that only goes forward.
func wallTime() -> Double { seconds(of: CLOCK_MONOTONIC) }
/// Processor seconds of all threads of the process, the store's own threads included.
func processorTime() -> Double { seconds(of: CLOCK_PROCESS_CPUTIME_ID) }
/// Processor seconds of the calling thread.
func threadTime() -> Double { seconds(of: CLOCK_THREAD_CPUTIME_ID) }

func spent(_ body: () throws -> Void) rethrows -> Spent {
    let (wall, processor) = (wallTime(), processorTime())
    try body()
    return Spent(wall: wallTime() - wall, processor: processorTime() - processor)
}

/// Seconds that `body` takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = wallTime()
    try body()
    return wallTime() - start
}

func seconds(isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Void) async rethrows -> Double {
    let start = wallTime()
    try await body()
    return wallTime() - start
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// The value that the given share of the values does not exceed.
func percentile(_ values: [Double], _ share: Double) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    return sorted[min(sorted.count - 1, Int((Double(sorted.count) * share).rounded(.up)) - 1)]
}

/// Progress, on standard error.
func note(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
