import Engine
import SQLDialect

/// What an export as an ordinary SQLite file makes of a column's values (see `ReadableExport`): a patch and a changeset are
/// for such files and write values as they stand there.
enum ExportedForm: Hashable {
    case asStored, date, time, timestamp, timestampTZ
    case decimal(scale: Int)

    init(_ column: ColumnInfo?) {
        guard let column, column.storage == .duckdb, column.generated == .no else {
            self = .asStored
            return
        }
        self =
            switch column.type {
            case .date: .date
            case .time: .time
            case .timestamp: .timestamp
            case .timestampTZ: .timestampTZ
            case .decimal(_, let scale) where scale > 0: .decimal(scale: Int(scale))
            default: .asStored
            }
    }

    private var call: String? {
        switch self {
        case .asStored: nil
        case .date: "bl_export_date(?1)"
        case .time: "bl_export_time(?1)"
        case .timestamp: "bl_export_timestamp(?1)"
        case .timestampTZ: "bl_export_timestamptz(?1)"
        case .decimal(let scale): "bl_export_decimal(?1, \(scale))"
        }
    }

    /// The value as the export has it, by the export's own functions.
    func value(_ exact: SQLiteValue, _ connection: Connection) throws(BranchLiteError) -> SQLiteValue {
        // Only integers have another form.
        guard let call, case .integer = exact else { return exact }
        let row = try mapEngine { () throws(EngineError) in try connection.query("SELECT \(call)", [exact]).first }
        return row?.first ?? exact
    }
}
