import Branching

/// The versions of a branch as a table; the head has a star.
func historyTable(_ history: HistoryResult) -> String {
    let columns = [
        ("", "VARCHAR"), ("version", "BIGINT"), ("time", "VARCHAR"), ("branch", "VARCHAR"), ("session", "VARCHAR"), ("rows", "BIGINT"),
        ("statement", "VARCHAR"),
    ].map { ResultColumn(name: $0.0, type: $0.1) }
    let cells: [[String?]] = history.versions.map { version in
        [
            version.isHead ? "*" : "", String(version.version), version.time, version.branch, version.session, version.rowsChanged.map { String($0) },
            version.statement.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") },
        ]
    }
    var text = TableRenderer(terminalWidth: Terminal.width, nullText: "").render(columns: columns, cells: cells)
    if let next = history.nextBefore { text += "older ones: --before \(next)\n" }
    return text
}
