/// Where the columns of one record lie: decoded once, then any column is found at once. The memory is used again for the
/// next record, so that walking many rows allocates nothing.
///
/// Belongs to one thread; what it hands out is valid as long as the record's bytes.
final class RecordColumns {
    private struct Place {
        var serialType: UInt64
        var offset: Int
        var length: Int
    }

    private var places: UnsafeMutablePointer<Place>
    private var capacity: Int
    private var base: UnsafeRawPointer?
    /// Columns of the record read last.
    private(set) var count = 0

    init(capacity: Int = 16) {
        self.capacity = max(capacity, 4)
        places = .allocate(capacity: self.capacity)
    }

    deinit { places.deallocate() }

    /// Decodes where each column lies.
    ///
    /// - Throws: ``BTreeError/corrupt(page:detail:)`` when a column runs past the end of its record.
    func read(_ record: RecordView) throws(BTreeError) {
        count = 0
        base = record.bytes.baseAddress
        guard let base else { return }
        var header = record.headerStart
        var body = record.headerEnd
        while header < record.headerEnd {
            guard let serialType = Varint.read(base, &header, end: record.headerEnd),
                let length = ColumnView.bodyLength(serialType), length <= record.bytes.count - body
            else { throw .corrupt(page: record.page, detail: "a column runs past the end of its record") }
            if count == capacity { grow() }
            (places + count).initialize(to: Place(serialType: serialType, offset: body, length: length))
            count += 1
            body += length
        }
    }

    /// Column `index` of the record read last; nil when it stores fewer.
    @inline(__always)
    subscript(index: Int) -> ColumnView? {
        guard index >= 0, index < count, let base else { return nil }
        let place = places[index]
        return ColumnView(
            serialType: place.serialType,
            bytes: UnsafeRawBufferPointer(start: place.length == 0 ? nil : base + place.offset, count: place.length))
    }

    private func grow() {
        let larger = UnsafeMutablePointer<Place>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: places, count: count)
        places.deallocate()
        places = larger
        capacity *= 2
    }
}
