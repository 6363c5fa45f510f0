import PageStore

/// What a merge takes for its base. Where there are several best common ancestors (branches were merged both ways at once, a
/// criss-cross), they are merged with each other first, by their own common ancestors, as git's recursive strategy does.
indirect enum BaseTree {
    case version(VersionID)
    /// Two ancestors and what they are merged by; without a base, only what both hold alike is known.
    case merged(BaseTree, BaseTree, by: BaseTree?)

    /// Versions looked at for one merge, at most; beyond, what ancestors disagree in stays unknown.
    private static let versionLimit = 64

    /// - Parameters:
    ///   - versions: the best common ancestors, newest first.
    ///   - looksBack: false: they are not merged by their own ancestors, so only what all hold alike is known.
    init?(_ versions: [VersionID], in store: Store, looksBack: Bool) {
        var room = looksBack ? BaseTree.versionLimit : versions.count
        self.init(versions, in: store, &room)
    }

    private init?(_ versions: [VersionID], in store: Store, _ room: inout Int) {
        guard let first = versions.first, room > 0 else { return nil }
        room -= versions.count
        var tree = BaseTree.version(first)
        var merged = [first]
        for version in versions.dropFirst() {
            let common = merged.flatMap { store.mergeBases($0, version) }.filter { store.version($0)?.hasDatabase ?? false }
            let best = Set(common).filter { one in !common.contains { $0 != one && store.isAncestor(one, of: $0) } }
            tree = .merged(tree, .version(version), by: BaseTree(best.sorted(by: >), in: store, &room))
            merged.append(version)
        }
        self = tree
    }

    /// All versions it is made of, each once.
    var versions: [VersionID] {
        var found: [VersionID] = []
        func walk(_ tree: BaseTree) {
            switch tree {
            case .version(let version): if !found.contains(version) { found.append(version) }
            case .merged(let a, let b, let base):
                walk(a)
                walk(b)
                if let base { walk(base) }
            }
        }
        walk(self)
        return found
    }
}
