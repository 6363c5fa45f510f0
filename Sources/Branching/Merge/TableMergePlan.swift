import Engine
import SQLDialect

/// What becomes of one table of the target.
struct TableMergePlan {
    enum Action {
        /// The target keeps its definition.
        case keep
        /// The target gets the table as the source has it.
        case create
        /// The target's table goes and the source's comes.
        case replace
        /// The target's table goes.
        case drop
        /// The target's table gets these columns: texts of `ALTER TABLE … ADD COLUMN`.
        case addColumns([String])
        /// The target's table is made anew, keeping the rows.
        case rebuild(TableRebuild)
    }

    enum Rows {
        /// Rows stay as they are.
        case none
        /// All of the source's rows are inserted.
        case all
        /// Rows are merged by these columns.
        case merge([ColumnTrack])
        /// The rows of a virtual table, which only its module can read, are merged.
        case mergeVirtual
    }

    /// As the target has or gets it.
    var name: String
    var action: Action
    var rows: Rows
}

/// One column of the merged table and what it is called on each side that has it.
struct ColumnTrack: Hashable {
    var name: String
    var base: String?
    var source: String?
    var target: String?
}

/// How a table gets a new definition that ALTER TABLE cannot give it.
struct TableRebuild {
    /// The definition to come.
    var sql: String
    /// A definition without the constraints that the target's rows need not meet before the source's changes are in; nil when
    /// no constraint is new.
    var relaxed: String?
}

/// An index, view, trigger (or a table in the way of one) that the target gets or loses.
struct ObjectMergePlan {
    var type: SchemaChange.ObjectType
    var name: String
    /// The target's definition is removed.
    var drops: Bool
    /// The source's text, nil when the object is only dropped.
    var sql: String?
}

/// The three-way merge of two schemas: what to do with each table and object, and the conflicts that nobody has settled.
struct SchemaMergePlan {
    var tables: [TableMergePlan] = []
    var objects: [ObjectMergePlan] = []
    var changes: [SchemaChange] = []
    var unsettled: [MergeConflict] = []
    /// Ids of all conflicts of definitions, settled or not.
    var conflictIDs: Set<String> = []
    /// Number of conflicts by folded table name.
    var settled = 0
}
