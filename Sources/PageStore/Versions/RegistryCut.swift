/// Objects in places of a list that keep while others come and go, so that it can be gone through in pieces.
struct PlaceList<Element: AnyObject> {
    private var items: [Element?] = []
    private var holes: [Int32] = []

    /// Places, used or not.
    var count: Int { items.count }

    subscript(_ place: Int) -> Element? { items[place] }

    mutating func add(_ element: Element) -> Int32 {
        if let hole = holes.popLast() {
            items[Int(hole)] = element
            return hole
        }
        items.append(element)
        return Int32(items.count - 1)
    }

    mutating func remove(_ place: Int32) {
        items[Int(place)] = nil
        holes.append(place)
    }
}

/// A branch as a checkpoint writes it.
struct BranchImage {
    var id: BranchID
    var head: LSN
    var generation: UInt64
    var metadata: [UInt8]
}

/// The registry as of one moment, gone through in pieces while records are published: what a piece not yet visited is about
/// to lose is put aside first. So taking it holds up nobody for longer than one piece, however many branches there are.
struct RegistryCut {
    let lsn: LSN
    /// Tells this cut from others.
    let serial: UInt64
    /// Branch places before this one have been visited.
    var visited = 0
    /// Branches that changed or went before they were visited, as they were.
    var aside: [BranchImage] = []
}

extension Registry {
    /// Branches or versions looked at while the lock is held once.
    private static let piece = 1024

    /// Begins a cut. The caller holds `lock` and has nobody drop versions until `endCut`.
    func beginCut() {
        cuts += 1
        cut = RegistryCut(lsn: published, serial: cuts)
    }

    func endCut() { lock.withLock { cut = nil } }

    /// Before a branch changes or goes. The caller holds `lock`.
    func willChange(_ branch: BranchState) {
        guard let lsn = cut?.lsn, let serial = cut?.serial, let visited = cut?.visited,
              branch.created <= lsn, Int(branch.place) >= visited, branch.asideOf != serial else { return }
        cut?.aside.append(BranchImage(id: branch.id, head: branch.head.id, generation: branch.generation, metadata: branch.metadata))
        branch.asideOf = serial
    }

    /// The branches of the cut, in no order. Call once.
    func branchesOfCut() -> [BranchImage] {
        var found: [BranchImage] = []
        var place = 0
        var more = true
        while more {
            lock.withLock {
                guard let lsn = cut?.lsn, let serial = cut?.serial else { return more = false }
                let end = min(branchPlaces.count, place + Registry.piece)
                for i in place ..< end {
                    guard let branch = branchPlaces[i], branch.created <= lsn, branch.asideOf != serial else { continue }
                    found.append(BranchImage(id: branch.id, head: branch.head.id, generation: branch.generation, metadata: branch.metadata))
                }
                place = end
                cut?.visited = end
                if place >= branchPlaces.count {
                    found += cut?.aside ?? []
                    more = false
                }
            }
        }
        return found
    }

    /// The versions of the cut, oldest first.
    func versionsOfCut() -> [Version] {
        var found: [Version] = []
        var place = 0
        var more = true
        while more {
            lock.withLock {
                guard let lsn = cut?.lsn else { return more = false }
                let end = min(versionPlaces.count, place + Registry.piece)
                for i in place ..< end {
                    if let version = versionPlaces[i], version.id <= lsn { found.append(version) }
                }
                place = end
                more = place < versionPlaces.count
            }
        }
        found.sort { $0.id < $1.id }
        return found
    }
}
