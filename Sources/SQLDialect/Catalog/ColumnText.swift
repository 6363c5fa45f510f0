extension TableInfo {
    /// `ALTER TABLE … ADD COLUMN …` with a column's definition as its CREATE TABLE has it; nil when the text was not readable
    /// or has no such column.
    /// - Parameter table: the table that gets the column.
    public func addColumnStatement(_ column: String, to table: String) -> String? {
        guard case .definition(let columns, _)? = definition?.body,
            let found = columns.first(where: { equalIgnoringASCIICase($0.name.text, column) })
        else { return nil }
        let name = ObjectName(Identifier(table, quoted: true))
        return Printer.print(Statement(.alterTable(AlterTable(
            kind: .table, ifExists: false, name: name, actions: [.addColumn(found, ifNotExists: false)]))))
    }
}
