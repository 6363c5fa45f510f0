/// The number of a page in a SQLite database, counted from 1.
public typealias PageNumber = UInt32
