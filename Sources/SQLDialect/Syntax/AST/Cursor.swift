/// PostgreSQL's SQL cursors (https://www.postgresql.org/docs/15/sql-declare.html). A door that knows portals runs them.
public enum CursorStatement: Sendable, Equatable {
    /// How many rows FETCH and MOVE go on; a cursor goes forward only.
    public enum Count: Sendable, Hashable {
        case rows(Int)
        case all
    }

    public struct Declaration: Sendable, Equatable {
        public var name: Identifier
        /// `BINARY`: rows come in the binary format.
        public var isBinary = false
        /// `WITH HOLD`: it outlives its transaction.
        public var isHeld = false
        public var query: Statement
    }

    case declare(Declaration)
    /// `isMove`: MOVE, which gives no rows.
    case fetch(Count, from: Identifier, isMove: Bool)
    /// nil: ALL.
    case close(Identifier?)
}
