/// The functions of the dialect as `pg_proc` shows them.
enum CatalogFunctionList {
    struct Function: Sendable {
        var oid: UInt32
        var name: String
        /// `f` scalar, `a` aggregate, `w` window.
        var kind: Character
        var parameters: [PostgreSQLType]
        var result: PostgreSQLType

        var arguments: String { parameters.map { $0.formatted() }.joined(separator: ", ") }
    }

    private static let any = PostgreSQLType(oid: 2283) ?? .text

    /// Those whose types a table line tells, one for each overload, in the order of their names.
    static let all: [Function] = {
        var ids = ObjectIDs()
        var result: [Function] = []
        for (table, kind) in [(FunctionCatalog.scalar, "f"), (FunctionCatalog.aggregate, "a")] as [([String: [Overload]], Character)] {
            for (name, overloads) in table.sorted(by: { $0.key < $1.key }) {
                var seen: Set<[UInt32]> = []
                for overload in overloads {
                    let parameters = overload.parameters.map(type)
                    guard seen.insert(parameters.map(\.oid)).inserted else { continue }
                    let oid = ids.oid("function \(name)(\(parameters.map(\.name).joined(separator: ",")))")
                    result.append(Function(oid: oid, name: name, kind: kind, parameters: parameters, result: CatalogFunctionList.result(overload)))
                }
            }
        }
        for name in ioNames.sorted() {
            result.append(Function(oid: ids.oid("function \(name)"), name: name, kind: "f", parameters: [], result: .record))
        }
        return result
    }()

    /// The functions that read and write the built-in types, and those that access methods name.
    private static let ioNames: Set<String> = {
        let own = PostgreSQLType.all.flatMap { type in ["in", "out", "recv", "send"].map { type.functionName($0) } }
        return Set(own + ["array_subscript_handler", "heap_tableam_handler", "bthandler"])
    }()

    private static let oids: [String: UInt32] = Dictionary(all.map { ($0.name, $0.oid) }, uniquingKeysWith: { first, _ in first })

    /// The oid of the (first) function of a name; 0 when there is none.
    static func oid(of name: String) -> UInt32 { oids[name] ?? 0 }

    private static func type(_ parameter: Overload.Parameter) -> PostgreSQLType {
        switch parameter {
        case .exact(let type): PostgreSQLType(type)
        case .whole: .int8
        case .decimal: .numeric
        case .moment: .timestamp
        default: any
        }
    }

    private static func result(_ overload: Overload) -> PostgreSQLType {
        switch overload.result {
        case .exact(let type): PostgreSQLType(type)
        case .whole: .int8
        case .moment: .timestamp
        default: overload.parameters.first.map(type) ?? any
        }
    }
}
