/// SQLite's storage classes as `Statement.storageClass` gives them (https://www.sqlite.org/c3ref/c_blob.html), for those who
/// read columns without SQLite's header.
public enum StorageClass {
    public static let integer: Int32 = 1
    public static let real: Int32 = 2
    public static let text: Int32 = 3
    public static let blob: Int32 = 4
    public static let null: Int32 = 5
}
