import PageStore

/// A record (the payload of a table or index cell) borrowed from the page or buffer it lies in.
///
/// Columns are decoded when asked for and nothing is allocated per column. A view is valid only until the cursor or
/// the diff it came from moves on; copy what must outlive that (``RecordView/values()``, ``RowView/copy()``).
public struct RecordView {
    /// SQLite's own limit on the length of a row in bytes (`SQLITE_MAX_LENGTH` can be at most this).
    public static let maximumLength = Int(Int32.max)

    /// All bytes of the record: header and body.
    public let bytes: UnsafeRawBufferPointer
    /// The page on which the record's cell lies; for error messages.
    public let page: PageNumber

    let headerStart: Int
    let headerEnd: Int

    /// Looks at the record's header length.
    ///
    /// - Throws: ``BTreeError/corrupt(page:detail:)`` when it does not fit the record.
    @inline(__always)
    public init(_ bytes: UnsafeRawBufferPointer, page: PageNumber = 0) throws(BTreeError) {
        self.bytes = bytes
        self.page = page
        var offset = 0
        guard let base = bytes.baseAddress,
              let length = Varint.read(base, &offset, end: bytes.count),
              length >= UInt64(offset), length <= UInt64(bytes.count)
        else { throw .corrupt(page: page, detail: "a record's header does not fit the record") }
        headerStart = offset
        headerEnd = Int(length)
    }

    /// Walks a record's columns in stored order.
    public struct Columns {
        let record: RecordView
        var header: Int
        var body: Int

        /// The next column, or nil after the last.
        ///
        /// - Throws: ``BTreeError/corrupt(page:detail:)`` when the header or the column runs past the record's end.
        @inline(__always)
        public mutating func next() throws(BTreeError) -> ColumnView? {
            guard header < record.headerEnd, let base = record.bytes.baseAddress else { return nil }
            guard let serialType = Varint.read(base, &header, end: record.headerEnd),
                  let length = ColumnView.bodyLength(serialType),
                  length <= record.bytes.count - body
            else { throw .corrupt(page: record.page, detail: "a column runs past the end of its record") }
            let column = ColumnView(
                serialType: serialType,
                bytes: UnsafeRawBufferPointer(start: length == 0 ? nil : base + body, count: length)
            )
            body += length
            return column
        }
    }

    /// The columns in stored order.
    @inline(__always)
    public var columns: Columns { Columns(record: self, header: headerStart, body: headerEnd) }

    /// The number of columns stored. A table may have more: those added later by ALTER TABLE are not in older rows.
    public func columnCount() throws(BTreeError) -> Int {
        var columns = columns
        var count = 0
        while try columns.next() != nil { count += 1 }
        return count
    }

    /// The column at `index` in stored order, or nil when the record has fewer.
    public func column(at index: Int) throws(BTreeError) -> ColumnView? {
        guard index >= 0 else { return nil }
        var columns = columns
        var position = 0
        while let column = try columns.next() {
            if position == index { return column }
            position += 1
        }
        return nil
    }

    /// All stored columns, copied.
    public func values() throws(BTreeError) -> [SQLiteValue] {
        var columns = columns
        var values: [SQLiteValue] = []
        while let column = try columns.next() { values.append(column.value) }
        return values
    }
}

extension [UInt8] {
    /// Calls `body` with these bytes as a record; the view is valid inside it only.
    ///
    /// - Throws: ``BTreeError/corrupt(page:detail:)`` when they are no record, and what `body` throws.
    public func withRecord<Value>(
        _ body: (RecordView) throws(BTreeError) -> Value
    ) throws(BTreeError) -> Value {
        let result: Result<Value, BTreeError> = withUnsafeBytes { bytes in
            do throws(BTreeError) { return .success(try body(RecordView(bytes))) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
