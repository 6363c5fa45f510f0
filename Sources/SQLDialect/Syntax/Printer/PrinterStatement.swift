// Statements that read and write data, transactions, branches.
extension Printer {
    mutating func statement(_ statement: Statement) {
        switch statement.node {
        case .select(let select): self.select(select)
        case .insert(let insert): self.insert(insert)
        case .update(let update): self.update(update)
        case .delete(let delete): self.delete(delete)
        case .truncate(let truncate):
            write("TRUNCATE TABLE ")
            objectNames(truncate.names)
            if truncate.restartsIdentity { write(" RESTART IDENTITY") }
            if truncate.cascades { write(" CASCADE") }
        case .createTable, .createIndex, .createView, .createTrigger, .createVirtualTable, .createSchema, .createSequence,
             .createType, .drop, .alterTable, .comment:
            schemaStatement(statement.node)
        case .transaction(let transaction): self.transaction(transaction)
        case .branch(let branch): self.branch(branch)
        default: utility(statement.node)
        }
    }

    mutating func objectNames(_ names: [ObjectName]) {
        list(names) { printer, name in printer.objectName(name) }
    }

    // MARK: Data

    private mutating func target(_ target: WriteTarget) {
        objectName(target.name)
        if let alias = target.alias {
            write(" AS ")
            identifier(alias)
        }
        indexHint(target.indexHint)
    }

    private mutating func insert(_ insert: Insert) {
        if let with = insert.with { self.with(with) }
        write("INSERT ")
        if let conflict = insert.conflict { write("OR \(conflict.rawValue) ") }
        write("INTO ")
        target(insert.target)
        if !insert.columns.isEmpty {
            write(" ")
            identifiers(insert.columns)
        }
        if insert.isByName { write(" BY NAME") }
        if let overriding = insert.overriding { write(overriding == .system ? " OVERRIDING SYSTEM VALUE" : " OVERRIDING USER VALUE") }
        if let source = insert.source {
            write(" ")
            select(insert.upserts.isEmpty || target == .duckdb ? source : Self.withClearEnd(source))
        } else {
            write(" DEFAULT VALUES")
        }
        for upsert in insert.upserts { self.upsert(upsert) }
        returning(insert.returning)
    }

    /// SQLite would take the ON of ON CONFLICT for a join's unless something stands between FROM and it.
    static func withClearEnd(_ select: Select) -> Select {
        guard select.orderBy == nil, select.limit == nil, select.offset == nil else { return select }
        var result = select
        switch select.body {
        case .core(let core): result.body = .core(withClearEnd(core))
        case .compound(let first, var terms):
            if let last = terms.indices.last, case .core(let core) = terms[last].body { terms[last].body = .core(withClearEnd(core)) }
            result.body = .compound(first, terms)
        default: break
        }
        return result
    }

    private static func withClearEnd(_ core: SelectCore) -> SelectCore {
        guard !core.from.isEmpty, core.filter == nil, core.groupBy == nil, core.having == nil, core.windows.isEmpty else { return core }
        var core = core
        core.filter = .boolean(true)
        return core
    }

    private mutating func upsert(_ upsert: Upsert) {
        write(" ON CONFLICT")
        switch upsert.target {
        case .columns(let columns, let filter)?:
            write(" ")
            indexedColumns(columns)
            self.filter(filter)
        case .constraint(let name)?:
            write(" ON CONSTRAINT ")
            identifier(name)
        case nil: break
        }
        switch upsert.action {
        case .nothing: write(" DO NOTHING")
        case .update(let assignments, let filter):
            write(" DO UPDATE SET ")
            self.assignments(assignments)
            self.filter(filter)
        }
    }

    private mutating func assignments(_ assignments: [Assignment]) {
        list(assignments) { printer, assignment in
            if assignment.isRow { printer.identifiers(assignment.columns) } else { printer.path(assignment.columns) }
            printer.write(" = ")
            printer.expr(assignment.value)
        }
    }

    private mutating func update(_ update: Update) {
        if let with = update.with { self.with(with) }
        write("UPDATE ")
        if let conflict = update.conflict { write("OR \(conflict.rawValue) ") }
        target(update.target)
        write(" SET ")
        assignments(update.assignments)
        if !update.from.isEmpty {
            write(" FROM ")
            tables(update.from)
        }
        filter(update.filter)
        returning(update.returning)
        writeTail(update.orderBy, update.limit, update.offset)
    }

    private mutating func delete(_ delete: Delete) {
        if let with = delete.with { self.with(with) }
        write("DELETE FROM ")
        target(delete.target)
        if !delete.using.isEmpty {
            write(" USING ")
            tables(delete.using)
        }
        filter(delete.filter)
        returning(delete.returning)
        writeTail(delete.orderBy, delete.limit, delete.offset)
    }

    private mutating func writeTail(_ orderBy: [OrderTerm], _ limit: Expr?, _ offset: Expr?) {
        if !orderBy.isEmpty {
            write(" ORDER BY ")
            orderTerms(orderBy)
        }
        if let limit {
            write(" LIMIT ")
            expr(limit)
        }
        if let offset {
            write(" OFFSET ")
            expr(offset)
        }
    }

    // MARK: Transactions

    private mutating func transaction(_ transaction: TransactionStatement) {
        switch transaction {
        case .begin(let lock, let characteristics):
            write("BEGIN")
            if let lock { write(" \(lock.rawValue)") }
            self.characteristics(characteristics)
        case .commit(let chain): write(chain ? "COMMIT AND CHAIN" : "COMMIT")
        case .rollback(let chain): write(chain ? "ROLLBACK AND CHAIN" : "ROLLBACK")
        case .rollbackTo(let name):
            write("ROLLBACK TO ")
            identifier(name)
        case .savepoint(let name):
            write("SAVEPOINT ")
            identifier(name)
        case .release(let name):
            write("RELEASE ")
            identifier(name)
        case .setCharacteristics(let characteristics, let session):
            write(session ? "SET SESSION CHARACTERISTICS AS TRANSACTION" : "SET TRANSACTION")
            self.characteristics(characteristics)
        }
    }

    private mutating func characteristics(_ characteristics: TransactionStatement.Characteristics) {
        if let isolation = characteristics.isolation { write(" ISOLATION LEVEL \(isolation.rawValue)") }
        if let isReadOnly = characteristics.isReadOnly { write(isReadOnly ? " READ ONLY" : " READ WRITE") }
        if let isDeferrable = characteristics.isDeferrable { write(isDeferrable ? " DEFERRABLE" : " NOT DEFERRABLE") }
    }

    // MARK: Branches

    private mutating func branchName(_ name: BranchName) { write(Self.quote(name.text)) }

    private mutating func branchPoint(_ point: BranchPoint) {
        branchName(point.branch)
        switch point.moment {
        case .version(let number)?: write("@\(number)")
        case .timestamp(let text)?:
            write("@")
            string(text)
        case nil: break
        }
    }

    private mutating func branch(_ branch: BranchStatement) {
        switch branch {
        case .create(let create): createBranch(create)
        case .use(let name):
            write("USE BRANCH ")
            branchName(name)
        case .list: write("SHOW BRANCHES")
        case .current: write("SHOW BRANCH")
        case .rename(let name, let new):
            write("ALTER BRANCH ")
            branchName(name)
            write(" RENAME TO ")
            branchName(new)
        case .reset(let name, let to):
            write("RESET BRANCH ")
            branchName(name)
            if let to {
                write(" TO ")
                branchPoint(to)
            }
        case .diff(let name, let against, let table):
            write("DIFF BRANCH ")
            branchName(name)
            if let against {
                write(" AGAINST ")
                branchPoint(against)
            }
            if let table {
                write(" TABLE ")
                objectName(table)
            }
        case .merge(let name, let into, let strategy, let dryRun):
            write("MERGE BRANCH ")
            branchName(name)
            if let into {
                write(" INTO ")
                branchName(into)
            }
            if let strategy { write(" STRATEGY \(Self.quote(strategy.text))") }
            if dryRun { write(" DRY RUN") }
        case .drop(let name, let ifExists, let force):
            write(ifExists ? "DROP BRANCH IF EXISTS " : "DROP BRANCH ")
            branchName(name)
            if force { write(" FORCE") }
        case .createDatabase(let create):
            write(create.ifNotExists ? "CREATE DATABASE IF NOT EXISTS " : "CREATE DATABASE ")
            if let name = create.name { branchName(name) }
            if let from = create.from {
                write(" TEMPLATE ")
                branchPoint(from)
            }
        case .dropDatabase(let name, let ifExists, let force):
            write(ifExists ? "DROP DATABASE IF EXISTS " : "DROP DATABASE ")
            branchName(name)
            if force { write(" WITH (FORCE)") }
        case .undrop(let name):
            write("UNDROP BRANCH ")
            branchName(name)
        case .restore(let name, let moment):
            write("RESTORE BRANCH ")
            branchName(name)
            switch moment {
            case .version(let number)?: write(" TO VERSION \(number)")
            case .timestamp(let text)?:
                write(" TO TIMESTAMP ")
                string(text)
            case nil: break
            }
        }
    }

    private mutating func createBranch(_ create: BranchStatement.Create) {
        write(create.ifNotExists ? "CREATE BRANCH IF NOT EXISTS" : "CREATE BRANCH")
        if let name = create.name {
            write(" ")
            branchName(name)
        }
        if let from = create.from {
            write(" FROM ")
            branchPoint(from)
        }
        if let mode = create.mode { write(" MODE \(mode.rawValue)") }
        if let ttl = create.ttl {
            write(" TTL ")
            string(ttl)
        }
        if let description = create.description {
            write(" DESCRIPTION ")
            string(description)
        }
    }
}
