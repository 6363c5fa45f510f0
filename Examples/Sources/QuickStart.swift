import Branching

/// The library's whole job: open a store, make a branch, change it, look at the difference, merge it.
public func quickStart(path: String) async throws -> [String] {
    let db = try await BranchLite.open(path)
    let session = try await db.session()
    try await session.query("CREATE TABLE users(id INTEGER PRIMARY KEY, name TEXT)")
    try await session.query("INSERT INTO users VALUES (?, ?), (?, ?)", 1, "Ann", 2, "Bob")

    try await db.branch("rename-bob", from: "main")
    let work = try await db.session(on: "rename-bob")
    try await work.query("UPDATE users SET name = ? WHERE id = ?", "Robert", 2)

    let difference = try await db.diff(DiffRequest(branch: "rename-bob"))
    print("changed:", difference.tables.map { "\($0.table) \($0.updated) updated" })
    try await db.merge(MergeRequest(branch: "rename-bob"))

    let names = try await session.query("SELECT name FROM users ORDER BY id").rows.compactMap { $0["name"]?.stringValue }
    await work.close()
    await session.close()
    try await db.close()
    return names
}
