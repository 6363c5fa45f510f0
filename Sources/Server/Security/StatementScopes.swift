import Branching
import SQLDialect

/// Keeps a key from doing in SQL what its scopes do not let it do by tool.
enum StatementScopes {
    /// - Throws: `BL_SCOPE` when `sql` holds a branch operation that `principal` may not run. What does not parse is left for the
    ///   session to report.
    static func check(_ sql: String, _ principal: Principal) throws(BranchLiteError) {
        if principal.allows(.branch), principal.allows(.merge) { return }
        // The session's own dialect is not known here; what either dialect reads as a branch operation counts.
        for dialect in Dialect.allCases {
            guard let statements = try? Parser.parse(sql, dialect: dialect) else { continue }
            for statement in statements {
                for (scope, thing) in needs(of: statement) where !principal.allows(scope) {
                    throw ToolDispatcher.missingScope(scope, principal, thing)
                }
            }
        }
    }

    private static func needs(of statement: Statement) -> [(scope: Scope, thing: String)] {
        var needs: [(scope: Scope, thing: String)] = []
        switch statement.node {
        case .branch(let branch):
            switch branch {
            case .create: needs.append((.branch, "CREATE BRANCH"))
            case .rename: needs.append((.branch, "ALTER BRANCH"))
            case .reset: needs.append((.branch, "RESET BRANCH"))
            case .drop: needs.append((.branch, "DROP BRANCH"))
            case .createDatabase: needs.append((.branch, "CREATE DATABASE"))
            case .dropDatabase: needs.append((.branch, "DROP DATABASE"))
            case .undrop, .restore(_, to: nil): needs.append((.branch, "taking a branch back"))
            // It may undo a merge, main's too.
            case .restore: needs += [(.branch, "RESTORE BRANCH"), (.merge, "RESTORE BRANCH")]
            case .merge: needs.append((.merge, "MERGE BRANCH"))
            case .use, .list, .current, .diff: break
            }
        case .createSchema(let create) where isBranch(create.name): needs.append((.branch, "CREATE SCHEMA of a branch"))
        case .drop(let drop) where drop.kind == .schema && drop.names.contains(where: isBranch): needs.append((.branch, "DROP SCHEMA of a branch"))
        case .explain(let explain): needs += self.needs(of: explain.statement)
        case .prepare(let prepare): needs += self.needs(of: prepare.statement)
        default: break
        }
        var calls: Set<String> = []
        // Visiting never throws: the rule does not.
        _ = try? statement.mapExpressions { expression in
            if case .call(let call) = expression.node { calls.insert(call.name.name.text.lowercased()) }
            return nil
        }
        for call in calls.sorted() {
            let name = call.hasPrefix("hati_") ? String(call.dropFirst("hati_".count)) : call
            switch name {
            case "branch_create", "branch_discard", "branch_reset", "branch_rename": needs.append((.branch, "\(call)()"))
            case "branch_restore": needs += [(.branch, "\(call)()"), (.merge, "\(call)()")]
            case "branch_merge": needs.append((.merge, "\(call)()"))
            default: break
            }
        }
        return needs
    }

    /// Schemas of this name are branches to clients of the DuckDB variant.
    private static func isBranch(_ name: ObjectName) -> Bool { name.name.text.lowercased().hasPrefix("branch_") }
}
