/// What comments can be about.
extension CatalogRows {
    /// Their oids, by what a branch's table of comments calls them.
    mutating func addCommentTargets(_ objects: CatalogObjects) {
        func target(_ branch: BranchKey, _ holder: BranchKey, _ kind: String, _ name: String, _ column: String, _ oid: UInt32, in table: String, _ number: Int) -> [Cell] {
            [
                .text(branch.hex), .text(holder.hex), .text(foldedASCII(name)), .text(kind), .text(foldedASCII(column)), .number(oid),
                .number(CatalogRelation.named(table, in: "pg_catalog")?.oid ?? 0), .number(number),
            ]
        }
        for namespace in objects.namespaces {
            let schema = namespace.name == namespace.branch.schemaName ? "main" : namespace.name
            add(target(namespace.branch, namespace.branch, "SCHEMA", SchemaNaming.marker(schema: schema), "", namespace.oid, in: "pg_namespace", 0))
        }
        for sequence in objects.sequences {
            let branch = sequence.namespace.branch
            let stored = SchemaNaming.encode(schema: sequence.namespace.name == branch.schemaName ? nil : sequence.namespace.name, name: sequence.name)
            add(target(branch, branch, "TABLE", stored, "", sequence.oid, in: "pg_class", 0))
        }
        for relation in objects.relations {
            let (branch, holder, name) = (relation.shown.branch, relation.shown.holder, relation.shown.info.name)
            add(target(branch, holder, "TABLE", name, "", relation.oid, in: "pg_class", 0))
            for (index, column) in columns(relation.shown).enumerated() { add(target(branch, holder, "TABLE", name, column.name, relation.oid, in: "pg_class", index + 1)) }
            for index in relation.indexes {
                let stored = SchemaNaming.encode(schema: SchemaNaming.decode(name).schema, name: index.shape.name)
                add(target(branch, holder, "INDEX", stored, "", index.oid, in: "pg_class", 0))
            }
        }
    }
}
