/// One of PostgreSQL's built-in types: what `pg_type` says of it, with PostgreSQL's own oids, which clients know by heart.
public struct PostgreSQLType: Sendable, Hashable {
    public let oid: UInt32
    /// As `pg_type.typname` has it: `int4`, `_text`.
    public let name: String
    /// The bytes of a value; -1: varying, -2: up to a zero byte.
    public let length: Int16
    public let isByValue: Bool
    /// `pg_type.typcategory`: `N` numbers, `S` text, `A` arrays, …
    public let category: Character
    public let isPreferred: Bool
    /// The type of the elements of an array (of `name`'s characters, of a vector's numbers); 0 for others.
    public let element: UInt32
    /// The type of arrays of it; 0 when there is none.
    public let array: UInt32
    public let alignment: Character
    public let storage: Character
    /// `b` base, `p` pseudo, `r` range, `m` multirange.
    public let kind: Character

    /// Whether it is an array type of another built-in type (`_int4`), not a vector.
    public var isArray: Bool { name.hasPrefix("_") }

    /// The type by its oid.
    public init?(oid: UInt32) {
        guard let found = PostgreSQLType.byOID[oid] else { return nil }
        self = found
    }

    /// The type by `pg_type`'s name for it or by its SQL name: `int4`, `integer`, `_int4`, `integer[]`, `timestamp with time zone`.
    /// Case does not matter; a qualifier `pg_catalog.` is taken off.
    public init?(name: String) {
        var key = foldedASCII(name)
        if key.hasPrefix("pg_catalog.") { key = String(key.dropFirst("pg_catalog.".count)) }
        if let found = PostgreSQLType.byName[key] ?? PostgreSQLType.bySQLName[key] {
            self = found
        } else if key.hasSuffix("[]"), let element = PostgreSQLType(name: String(key.dropLast(2))), let array = PostgreSQLType(oid: element.array) {
            self = array
        } else {
            return nil
        }
    }

    /// All of them, arrays included, in the order of their oids.
    public static let all: [PostgreSQLType] = {
        var types = lines.compactMap { PostgreSQLType(line: $0) }
        types += types.filter { $0.array != 0 }.map { PostgreSQLType(arrayOf: $0) }
        return types.sorted { $0.oid < $1.oid }
    }()

    private static let byOID: [UInt32: PostgreSQLType] = Dictionary(all.map { ($0.oid, $0) }, uniquingKeysWith: { first, _ in first })
    private static let byName: [String: PostgreSQLType] = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

    private init(
        oid: UInt32, name: String, length: Int16, isByValue: Bool, category: Character, isPreferred: Bool, element: UInt32, array: UInt32,
        alignment: Character, storage: Character, kind: Character
    ) {
        self.oid = oid
        self.name = name
        self.length = length
        self.isByValue = isByValue
        self.category = category
        self.isPreferred = isPreferred
        self.element = element
        self.array = array
        self.alignment = alignment
        self.storage = storage
        self.kind = kind
    }

    private init?(line: String) {
        let fields = line.split(separator: " ")
        guard fields.count == 11, let oid = UInt32(fields[0]), let length = Int16(fields[2]), let category = fields[4].first,
            let element = UInt32(fields[6]), let array = UInt32(fields[7]), let alignment = fields[8].first, let storage = fields[9].first,
            let kind = fields[10].first
        else { return nil }
        self.init(
            oid: oid, name: String(fields[1]), length: length, isByValue: fields[3] == "1", category: category, isPreferred: fields[5] == "1",
            element: element, array: array, alignment: alignment, storage: storage, kind: kind)
    }

    private init(arrayOf element: PostgreSQLType) {
        self.init(
            oid: element.array, name: "_" + element.name, length: -1, isByValue: false, category: element.kind == "p" ? "P" : "A", isPreferred: false,
            element: element.oid, array: 0, alignment: element.alignment == "d" ? "d" : "i", storage: "x", kind: element.kind == "p" ? "p" : "b")
    }

    /// `oid name length byValue category preferred element array alignment storage kind` of the types that are no arrays.
    private static let lines: [String] = [
        "16 bool 1 1 B 1 0 1000 c p b",
        "17 bytea -1 0 U 0 0 1001 i x b",
        "18 char 1 1 Z 0 0 1002 c p b",
        "19 name 64 0 S 0 18 1003 c p b",
        "20 int8 8 1 N 0 0 1016 d p b",
        "21 int2 2 1 N 0 0 1005 s p b",
        "22 int2vector -1 0 A 0 21 1006 i p b",
        "23 int4 4 1 N 0 0 1007 i p b",
        "24 regproc 4 1 N 0 0 1008 i p b",
        "25 text -1 0 S 1 0 1009 i x b",
        "26 oid 4 1 N 1 0 1028 i p b",
        "27 tid 6 0 U 0 0 1010 s p b",
        "28 xid 4 1 U 0 0 1011 i p b",
        "29 cid 4 1 U 0 0 1012 i p b",
        "30 oidvector -1 0 A 0 26 1013 i p b",
        "114 json -1 0 U 0 0 199 i x b",
        "142 xml -1 0 U 0 0 143 i x b",
        "194 pg_node_tree -1 0 Z 0 0 0 i x b",
        "600 point 16 0 G 0 701 1017 d p b",
        "601 lseg 32 0 G 0 600 1018 d p b",
        "602 path -1 0 G 0 0 1019 d x b",
        "603 box 32 0 G 0 600 1020 d p b",
        "604 polygon -1 0 G 0 0 1027 d x b",
        "628 line 24 0 G 0 701 629 d p b",
        "650 cidr -1 0 I 0 0 651 i m b",
        "700 float4 4 1 N 0 0 1021 i p b",
        "701 float8 8 1 N 1 0 1022 d p b",
        "705 unknown -2 0 X 0 0 0 c p p",
        "718 circle 24 0 G 0 0 719 d p b",
        "774 macaddr8 8 0 U 0 0 775 i p b",
        "790 money 8 1 N 0 0 791 d p b",
        "829 macaddr 6 0 U 0 0 1040 i p b",
        "869 inet -1 0 I 1 0 1041 i m b",
        "1033 aclitem 12 0 U 0 0 1034 i p b",
        "1042 bpchar -1 0 S 0 0 1014 i x b",
        "1043 varchar -1 0 S 0 0 1015 i x b",
        "1082 date 4 1 D 0 0 1182 i p b",
        "1083 time 8 1 D 0 0 1183 d p b",
        "1114 timestamp 8 1 D 0 0 1115 d p b",
        "1184 timestamptz 8 1 D 1 0 1185 d p b",
        "1186 interval 16 0 T 1 0 1187 d p b",
        "1266 timetz 12 0 D 0 0 1270 d p b",
        "1560 bit -1 0 V 0 0 1561 i x b",
        "1562 varbit -1 0 V 1 0 1563 i x b",
        "1700 numeric -1 0 N 0 0 1231 i m b",
        "1790 refcursor -1 0 U 0 0 2201 i x b",
        "2202 regprocedure 4 1 N 0 0 2207 i p b",
        "2203 regoper 4 1 N 0 0 2208 i p b",
        "2204 regoperator 4 1 N 0 0 2209 i p b",
        "2205 regclass 4 1 N 0 0 2210 i p b",
        "2206 regtype 4 1 N 0 0 2211 i p b",
        "2249 record -1 0 P 0 0 2287 d x p",
        "2275 cstring -2 0 P 0 0 1263 c p p",
        "2276 any 4 1 P 0 0 0 i p p",
        "2277 anyarray -1 0 P 0 0 0 d x p",
        "2278 void 4 1 P 0 0 0 i p p",
        "2279 trigger 4 1 P 0 0 0 i p p",
        "2283 anyelement 4 1 P 0 0 0 i p p",
        "2776 anynonarray 4 1 P 0 0 0 i p p",
        "2950 uuid 16 0 U 0 0 2951 c p b",
        "2970 txid_snapshot -1 0 U 0 0 2949 d x b",
        "3220 pg_lsn 8 1 U 0 0 3221 d p b",
        "3500 anyenum 4 1 P 0 0 0 i p p",
        "3614 tsvector -1 0 U 0 0 3643 i x b",
        "3615 tsquery -1 0 U 0 0 3645 i p b",
        "3642 gtsvector -1 0 U 0 0 3644 i p b",
        "3734 regconfig 4 1 N 0 0 3735 i p b",
        "3769 regdictionary 4 1 N 0 0 3770 i p b",
        "3802 jsonb -1 0 U 0 0 3807 i x b",
        "3831 anyrange -1 0 P 0 0 0 d x p",
        "3838 event_trigger 4 1 P 0 0 0 i p p",
        "3904 int4range -1 0 R 0 0 3905 i x r",
        "3906 numrange -1 0 R 0 0 3907 i x r",
        "3908 tsrange -1 0 R 0 0 3909 d x r",
        "3910 tstzrange -1 0 R 0 0 3911 d x r",
        "3912 daterange -1 0 R 0 0 3913 i x r",
        "3926 int8range -1 0 R 0 0 3927 d x r",
        "4072 jsonpath -1 0 U 0 0 4073 i x b",
        "4089 regnamespace 4 1 N 0 0 4090 i p b",
        "4096 regrole 4 1 N 0 0 4097 i p b",
        "4191 regcollation 4 1 N 0 0 4192 i p b",
        "4451 int4multirange -1 0 R 0 0 6150 i x m",
        "4532 nummultirange -1 0 R 0 0 6151 i x m",
        "4533 tsmultirange -1 0 R 0 0 6152 d x m",
        "4534 tstzmultirange -1 0 R 0 0 6153 d x m",
        "4535 datemultirange -1 0 R 0 0 6155 i x m",
        "4536 int8multirange -1 0 R 0 0 6157 d x m",
        "4537 anymultirange -1 0 P 0 0 0 d x p",
        "4538 anycompatiblemultirange -1 0 P 0 0 0 d x p",
        "5038 pg_snapshot -1 0 U 0 0 5039 d x b",
        "5069 xid8 8 1 U 0 0 271 d p b",
        "5077 anycompatible 4 1 P 0 0 0 i p p",
        "5078 anycompatiblearray -1 0 P 0 0 0 d x p",
        "5079 anycompatiblenonarray 4 1 P 0 0 0 i p p",
        "5080 anycompatiblerange -1 0 P 0 0 0 d x p",
    ]
}
