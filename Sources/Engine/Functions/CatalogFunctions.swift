import CSQLite
import SQLDialect

extension FunctionList {
    /// Functions of PostgreSQL's catalogue that need no look at it.
    mutating func addCatalog() {
        // The oid of the type that a text names; NULL where there is none.
        scalar("bl_type_oid", 1) { context, count, arguments in
            guard let call = Call(context, count, arguments), let type = PostgreSQLType(written: call.string(0)) else { return }
            call.result(Int64(type.oid))
        }
        // format_type(oid, modifier): the modifier may be NULL.
        scalar("bl_format_type", 2) { context, count, arguments in
            guard let call = Call(any: context, count, arguments), !call.isNull(0) else { return }
            let oid = call.int(0)
            guard oid != 0 else { call.result(text: "-"); return }
            let modifier = call.isNull(1) ? nil : Int32(clamping: call.int(1))
            call.result(text: UInt32(exactly: oid).flatMap { PostgreSQLType(oid: $0) }?.formatted(modifier: modifier) ?? "???")
        }
    }
}
