import PageStore

/// The pages of one pinned version of a branch. Keeps the version pinned as long as it lives.
public struct SnapshotPages: PageReader {
    /// The version that is read.
    public let snapshot: Snapshot

    public init(_ snapshot: Snapshot) { self.snapshot = snapshot }

    public var pageSize: Int { snapshot.pageSize }
    public var pageCount: UInt32 { snapshot.pageCount }

    public func readPage(_ number: PageNumber, into destination: UnsafeMutableRawPointer) throws(BTreeError) {
        switch snapshot.read(number, into: destination) {
        case .ok, .absent:
            // A page that was never written reads as zeros, as a hole in a file does.
            return
        case .corrupt, .failed:
            if let failure = snapshot.failure(reading: number) { throw .store(failure) }
            // What failed a moment ago can be read now.
            guard snapshot.read(number, into: destination) == .ok else {
                throw .unreadable(page: number, detail: "reading failed twice for different reasons")
            }
        }
    }
}

extension DatabaseImage {
    /// The database as a snapshot shows it.
    ///
    /// - Throws: as ``init(_:)``; ``BTreeError/store(_:)`` when the store cannot read a page.
    public convenience init(_ snapshot: Snapshot) throws(BTreeError) {
        try self.init(SnapshotPages(snapshot))
    }
}

extension DatabaseDiff {
    /// The difference of two versions of one store: the page maps are compared, shared parts skipped.
    ///
    /// - Throws: ``BTreeError``; ``BTreeError/store(_:)`` when the page maps cannot be read.
    public convenience init(from old: Snapshot, to new: Snapshot) throws(BTreeError) {
        try self.init(
            old: DatabaseImage(old), new: DatabaseImage(new), changedPages: Self.changedPages(from: old, to: new)
        )
    }

    /// As ``init(from:to:)``, over images of the versions that are open already.
    public convenience init(
        old: (image: DatabaseImage, snapshot: Snapshot), new: (image: DatabaseImage, snapshot: Snapshot)
    ) throws(BTreeError) {
        try self.init(old: old.image, new: new.image, changedPages: Self.changedPages(from: old.snapshot, to: new.snapshot))
    }

    /// The pages whose image differs between two versions or that only one has, in ascending order.
    static func changedPages(from old: Snapshot, to new: Snapshot) throws(BTreeError) -> [PageNumber] {
        var pages: [PageNumber] = []
        do {
            try new.forEachChangedPage(since: old) { page in
                pages.append(page)
                return true
            }
        } catch let error as StoreError {
            throw .store(error)
        } catch {
            throw .unreadable(page: 0, detail: "\(error)")
        }
        return pages
    }
}
