/// What functions of PostgreSQL's catalogue look up by oid: tables that only they see.
public enum CatalogLookup: String, Sendable, Hashable {
    case constraintDefinition = "_constraint_definition"
    /// A row for the whole index (number 0) and one for each of its keys.
    case indexDefinition = "_index_definition"
    case viewDefinition = "_view_definition"
    case triggerDefinition = "_trigger_definition"
    /// Relations, indexes included: their names as SQL would write them, and whether they need no qualifier.
    case relation = "_relation"
    /// What a comment can be about, by what a branch's table of comments calls it.
    case commentTarget = "_comment_target"
    case function = "_function"
    case keywords = "_keywords"
    /// Which sequence numbers a column: the table's name as SQL needs it, the column's, the sequence's with its schema.
    case serial = "_serial"
    /// The session's settings as SHOW has them.
    case settings = "_settings"

    var columns: [(name: String, type: DuckType)] {
        switch self {
        case .viewDefinition, .triggerDefinition: [("oid", .bigint), ("text", .varchar)]
        case .constraintDefinition: [("oid", .bigint), ("text", .varchar), ("pretty", .varchar)]
        case .indexDefinition: [("oid", .bigint), ("number", .bigint), ("text", .varchar), ("pretty", .varchar)]
        case .relation: [("oid", .bigint), ("text", .varchar), ("visible", .boolean)]
        case .settings: [("name", .varchar), ("text", .varchar)]
        case .serial: [("tbl", .varchar), ("col", .varchar), ("text", .varchar)]
        case .commentTarget:
            [
                ("branch", .varchar), ("holder", .varchar), ("tbl", .varchar), ("kind", .varchar), ("col", .varchar), ("objoid", .bigint), ("classoid", .bigint),
                ("objsubid", .bigint),
            ]
        case .keywords: [("word", .varchar), ("catcode", .varchar), ("barelabel", .boolean), ("catdesc", .varchar), ("baredesc", .varchar)]
        case .function: [("oid", .bigint), ("arguments", .varchar), ("result", .varchar), ("text", .varchar)]
        }
    }
}

extension CatalogRows {
    mutating func fill(_ lookup: CatalogLookup, branch: BranchKey?) throws(SQLError) {
        if lookup == .function {
            for function in CatalogFunctionList.all {
                let signature = function.parameters.map { $0.formatted() }.joined(separator: ",")
                add([
                    .number(function.oid), .text(function.arguments), .text(function.result.formatted()),
                    .text(Printer.quoteIfNeeded(function.name) + "(\(signature))"),
                ])
            }
            return
        }
        if lookup == .keywords {
            for word in DuckKeywords.words.sorted() { add([.text(word), .text("U"), .flag(true), .text("unreserved"), .text("can be bare label")]) }
            return
        }
        if lookup == .settings {
            for name in catalog.settingNames { if let text = catalog.setting(name) { add([.text(name), .text(text)]) } }
            return
        }
        let objects = try objects(branch)
        if lookup == .serial {
            for sequence in objects.sequences {
                guard let owner = sequence.owner else { continue }
                let schema = Printer.quoteIfNeeded(sequence.namespace.name) + "."
                let table = Printer.quoteIfNeeded(owner.table)
                let name = schema + Printer.quoteIfNeeded(sequence.name)
                add([.text(schema + table), .text(owner.column), .text(name)])
                if sequence.namespace.isVisible { add([.text(table), .text(owner.column), .text(name)]) }
            }
            return
        }
        if lookup == .commentTarget {
            addCommentTargets(objects)
            return
        }
        for relation in objects.relations {
            switch lookup {
            case .constraintDefinition:
                for constraint in relation.constraints {
                    add([.number(constraint.oid), .text(constraint.definition(of: relation)), .text(constraint.definition(of: relation, isPretty: true))])
                }
            case .indexDefinition:
                for index in relation.indexes {
                    let plain = relation.namespace.isVisible ? Printer.quoteIfNeeded(relation.name) : relation.qualifiedName
                    add([
                        .number(index.oid), .number(0), .text(index.shape.definition(on: relation.qualifiedName)),
                        .text(index.shape.definition(on: plain, isPretty: true)),
                    ])
                    for (number, key) in index.shape.keys.enumerated() {
                        add([.number(index.oid), .number(number + 1), .text(key.text), .text(key.text)])
                    }
                }
            case .viewDefinition: if relation.kind == "v" { add([.number(relation.oid), .text(CatalogRows.viewQuery(relation.shown.info))]) }
            case .triggerDefinition: for row in relation.triggers { add([.number(CatalogRows.triggerID(relation, row)), .text(row.sql)]) }
            case .relation:
                let isVisible = relation.namespace.isVisible
                add([.number(relation.oid), .text(isVisible ? Printer.quoteIfNeeded(relation.name) : relation.qualifiedName), .flag(isVisible)])
                // The dialect finds the session's tables without a schema all the same.
                if isPathEmpty, relation.namespace.branch == catalog.activeBranch, relation.namespace.name == catalog.activeBranch.schemaName {
                    add([.number(relation.oid), .text(Printer.quoteIfNeeded(relation.name)), .flag(false)])
                }
                for index in relation.indexes {
                    let name = Printer.quoteIfNeeded(index.shape.name)
                    add([
                        .number(index.oid), .text(isVisible ? name : Printer.quoteIfNeeded(relation.namespace.name) + "." + name), .flag(isVisible),
                    ])
                }
            case .function, .keywords, .serial, .settings, .commentTarget: break
            }
        }
        if lookup == .relation {
            for sequence in objects.sequences { add([.number(sequence.oid), .text(sequence.printedName), .flag(sequence.namespace.isVisible)]) }
        }
    }
}
