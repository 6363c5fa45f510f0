import CSQLite

extension FunctionList {
    /// Distances and similarities of two texts. All compare code points, as DuckDB does.
    mutating func addSimilarities() {
        scalar("bl_levenshtein", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let a = UTF8Text.scalars(call.text(0))
            let b = UTF8Text.scalars(call.text(1))
            // A call cannot be interrupted: bounded, so that it ends within seconds.
            guard a.count * b.count <= Similarity.maximumSteps else {
                call.fail("BL_OUT_OF_RANGE: the texts are too long for levenshtein")
                return
            }
            call.result(Similarity.levenshtein(a, b))
        }
        scalar("bl_damerau_levenshtein", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let a = UTF8Text.scalars(call.text(0))
            let b = UTF8Text.scalars(call.text(1))
            // The full table is kept: bounded, so that two long texts cannot take the memory of the process.
            guard a.count * b.count <= Similarity.maximumTable else {
                call.fail("BL_OUT_OF_RANGE: the texts are too long for damerau_levenshtein")
                return
            }
            call.result(Similarity.damerauLevenshtein(a, b))
        }
        scalar("bl_hamming", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let a = UTF8Text.scalars(call.text(0))
            let b = UTF8Text.scalars(call.text(1))
            guard a.count == b.count else { call.fail("BL_INVALID_INPUT: Mismatch Function: Strings must be of equal length!"); return }
            guard !a.isEmpty else { call.fail("BL_INVALID_INPUT: Mismatch Function: Strings must be of length > 0!"); return }
            call.result(zip(a, b).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) })
        }
        scalar("bl_jaccard", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let a = Set(UTF8Text.scalars(call.text(0)))
            let b = Set(UTF8Text.scalars(call.text(1)))
            guard !a.isEmpty, !b.isEmpty else { call.fail("BL_INVALID_INPUT: Jaccard Function: An argument too short!"); return }
            call.result(Double(a.intersection(b).count) / Double(a.union(b).count))
        }
        scalar("bl_jaro_similarity", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            call.result(Similarity.jaro(UTF8Text.scalars(call.text(0)), UTF8Text.scalars(call.text(1))))
        }
        scalar("bl_jaro_winkler_similarity", 2) { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            let a = UTF8Text.scalars(call.text(0))
            let b = UTF8Text.scalars(call.text(1))
            let jaro = Similarity.jaro(a, b)
            var common = 0
            while common < min(4, a.count, b.count), a[common] == b[common] { common += 1 }
            call.result(jaro > 0.7 ? jaro + Double(common) * 0.1 * (1 - jaro) : jaro)
        }
    }
}

enum Similarity {
    /// Cells of the largest table that is laid out whole.
    static let maximumTable = 64 << 20
    /// Comparisons that one call may take where no table is kept.
    static let maximumSteps = 4 << 30

    static func levenshtein(_ a: [UInt32], _ b: [UInt32]) -> Int {
        if a.isEmpty { return b.count }
        var row = Array(0...b.count)
        for i in 0..<a.count {
            var diagonal = row[0]
            row[0] = i + 1
            for j in 0..<b.count {
                let above = row[j + 1]
                row[j + 1] = min(diagonal + (a[i] == b[j] ? 0 : 1), above + 1, row[j] + 1)
                diagonal = above
            }
        }
        return row[b.count]
    }

    static func damerauLevenshtein(_ a: [UInt32], _ b: [UInt32]) -> Int {
        let far = a.count + b.count
        let width = b.count + 2
        var table = [Int](repeating: 0, count: (a.count + 2) * width)
        table[0] = far
        for i in 0...a.count {
            table[(i + 1) * width] = far
            table[(i + 1) * width + 1] = i
        }
        for j in 0...b.count {
            table[j + 1] = far
            table[width + j + 1] = j
        }
        var lastRow: [UInt32: Int] = [:]
        for i in stride(from: 1, through: a.count, by: 1) {
            var lastColumn = 0
            for j in stride(from: 1, through: b.count, by: 1) {
                let k = lastRow[b[j - 1]] ?? 0
                let l = lastColumn
                let same = a[i - 1] == b[j - 1]
                if same { lastColumn = j }
                table[(i + 1) * width + j + 1] = min(
                    table[i * width + j] + (same ? 0 : 1), table[(i + 1) * width + j] + 1, table[i * width + j + 1] + 1,
                    table[k * width + l] + (i - k - 1) + 1 + (j - l - 1))
            }
            lastRow[a[i - 1]] = i
        }
        return table[(a.count + 1) * width + b.count + 1]
    }

    static func jaro(_ a: [UInt32], _ b: [UInt32]) -> Double {
        let window = max(0, max(a.count, b.count) / 2 - 1)
        var matchedA = [Bool](repeating: false, count: a.count)
        var matchedB = [Bool](repeating: false, count: b.count)
        var matches = 0
        for i in 0..<a.count {
            let low = max(0, i - window)
            let high = min(b.count, i + window + 1)
            guard low < high else { continue }
            for j in low..<high where !matchedB[j] && a[i] == b[j] {
                matchedA[i] = true
                matchedB[j] = true
                matches += 1
                break
            }
        }
        if matches == 0 { return 0 }
        var transposed = 0
        var j = 0
        for i in 0..<a.count where matchedA[i] {
            while !matchedB[j] { j += 1 }
            if a[i] != b[j] { transposed += 1 }
            j += 1
        }
        let m = Double(matches)
        return (m / Double(a.count) + m / Double(b.count) + (m - Double(transposed / 2)) / m) / 3
    }
}
