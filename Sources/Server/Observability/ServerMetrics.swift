import Foundation
import Synchronization

/// Counters of the running server in Prometheus' text format.
final class ServerMetrics: Sendable {
    /// Upper bounds in seconds of the duration histogram.
    static let buckets: [Double] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

    private struct Histogram {
        var counts = [UInt64](repeating: 0, count: ServerMetrics.buckets.count)
        var count: UInt64 = 0
        var sum = 0.0
    }

    private struct State {
        var calls: [Call: UInt64] = [:]
        var durations: [String: Histogram] = [:]
        var requests: [Int: UInt64] = [:]
        var openedSessions: [String: UInt64] = [:]
        var openSessions: [String: Int] = [:]
    }

    private struct Call: Hashable {
        let tool: String
        let outcome: String
    }

    private let state = Mutex(State())
    private let started = Date()

    /// - Parameter outcome: `ok` or the error's code.
    func toolCalled(_ tool: String, outcome: String, seconds: Double) {
        state.withLock { state in
            state.calls[Call(tool: tool, outcome: outcome), default: 0] += 1
            var histogram = state.durations[tool] ?? Histogram()
            for (index, bound) in Self.buckets.enumerated() where seconds <= bound { histogram.counts[index] += 1 }
            histogram.count += 1
            histogram.sum += seconds
            state.durations[tool] = histogram
        }
    }

    func requestAnswered(status: Int) { state.withLock { $0.requests[status, default: 0] += 1 } }

    func sessionOpened(door: String) {
        state.withLock {
            $0.openedSessions[door, default: 0] += 1
            $0.openSessions[door, default: 0] += 1
        }
    }

    func sessionClosed(door: String) { state.withLock { $0.openSessions[door, default: 0] -= 1 } }

    var uptimeSeconds: Double { Date().timeIntervalSince(started) }

    /// The text of `/metrics`.
    /// - Parameter branches: number of branches by status, when known.
    func prometheusText(branches: [String: Int]) -> String {
        let state = state.withLock { $0 }
        var text = ""
        func family(_ name: String, _ kind: String, _ help: String, _ samples: [(labels: String, value: String)]) {
            guard !samples.isEmpty else { return }
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n"
            for sample in samples { text += "\(name)\(sample.labels) \(sample.value)\n" }
        }
        family("branchlite_build_info", "gauge", "The server's version.", [("{version=\"\(ServerVersion.current)\"}", "1")])
        family("branchlite_uptime_seconds", "gauge", "Seconds since the server started.", [("", "\(uptimeSeconds)")])
        family(
            "process_start_time_seconds", "gauge", "Unix time the process started at.", [("", "\(started.timeIntervalSince1970)")])
        if let resident = Self.residentBytes() {
            family("process_resident_memory_bytes", "gauge", "Resident memory.", [("", "\(resident)")])
        }
        family(
            "branchlite_branches", "gauge", "Branches by status.",
            branches.sorted { $0.key < $1.key }.map { ("{status=\"\($0.key)\"}", "\($0.value)") })
        family(
            "branchlite_sessions", "gauge", "Sessions open now, by door.",
            state.openSessions.sorted { $0.key < $1.key }.map { ("{door=\"\($0.key)\"}", "\($0.value)") })
        family(
            "branchlite_sessions_opened_total", "counter", "Sessions opened, by door.",
            state.openedSessions.sorted { $0.key < $1.key }.map { ("{door=\"\($0.key)\"}", "\($0.value)") })
        family(
            "branchlite_http_requests_total", "counter", "HTTP requests answered, by status.",
            state.requests.sorted { $0.key < $1.key }.map { ("{status=\"\($0.key)\"}", "\($0.value)") })
        family(
            "branchlite_tool_calls_total", "counter", "Tool calls, by tool and outcome.",
            state.calls.sorted { ($0.key.tool, $0.key.outcome) < ($1.key.tool, $1.key.outcome) }
                .map { ("{tool=\"\($0.key.tool)\",outcome=\"\($0.key.outcome)\"}", "\($0.value)") })
        if !state.durations.isEmpty {
            let name = "branchlite_tool_duration_seconds"
            text += "# HELP \(name) Time a tool call took.\n# TYPE \(name) histogram\n"
            for (tool, histogram) in state.durations.sorted(by: { $0.key < $1.key }) {
                for (index, bound) in Self.buckets.enumerated() {
                    text += "\(name)_bucket{tool=\"\(tool)\",le=\"\(bound)\"} \(histogram.counts[index])\n"
                }
                text += "\(name)_bucket{tool=\"\(tool)\",le=\"+Inf\"} \(histogram.count)\n"
                text += "\(name)_sum{tool=\"\(tool)\"} \(histogram.sum)\n\(name)_count{tool=\"\(tool)\"} \(histogram.count)\n"
            }
        }
        return text
    }

    /// Resident memory from the kernel's own account; nil where there is none.
    static func residentBytes() -> Int? {
        guard let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
        let fields = statm.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
