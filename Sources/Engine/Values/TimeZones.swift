import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Named time zones from the system's zoneinfo files (RFC 8536).
enum TimeZones {
    /// The offsets of one zone through time.
    final class Zone: Sendable {
        /// Transition moments in seconds since 1970 UTC, ascending, and the offset (seconds east of UTC) from each on.
        private let moments: [Int64]
        private let offsets: [Int64]
        private let initialOffset: Int64

        init(moments: [Int64], offsets: [Int64], initialOffset: Int64) {
            self.moments = moments
            self.offsets = offsets
            self.initialOffset = initialOffset
        }

        /// Seconds east of UTC at a moment given in seconds since 1970 UTC.
        func offset(at seconds: Int64) -> Int64 {
            var low = 0
            var high = moments.count
            while low < high {
                let middle = (low + high) / 2
                if moments[middle] <= seconds { low = middle + 1 } else { high = middle }
            }
            return low == 0 ? initialOffset : offsets[low - 1]
        }

        /// The instant at which clocks of this zone show `local`. In a gap the reading before it counts on; of a repeated hour
        /// the first is taken.
        func utc(fromLocal local: Int64) -> Int64? {
            guard Calendar.isFiniteTimestamp(local) else { return local }
            let seconds = Calendar.floorDivide(local, Calendar.microsPerSecond)
            let early = offset(at: seconds - 86_400)
            let late = offset(at: seconds + 86_400)
            var chosen = early
            if early != late, offset(at: seconds - early) != early { chosen = offset(at: seconds - late) == late ? late : early }
            let (result, overflow) = local.subtractingReportingOverflow(chosen * Calendar.microsPerSecond)
            return overflow ? nil : result
        }

        /// What clocks of this zone show at an instant.
        func local(fromUTC micros: Int64) -> Int64? {
            guard Calendar.isFiniteTimestamp(micros) else { return micros }
            let offset = offset(at: Calendar.floorDivide(micros, Calendar.microsPerSecond))
            let (result, overflow) = micros.addingReportingOverflow(offset * Calendar.microsPerSecond)
            return overflow ? nil : result
        }
    }

    private static let cache = Mutex<[String: Zone]>([:])
    /// Zone files are a few kilobytes; anything larger is not one.
    private static let maximumFileSize = 1 << 20
    private static let maximumNameLength = 64
    private static let directory = "/usr/share/zoneinfo/"

    /// The zone of that name, `UTC`, or a fixed offset written `+02`, `+02:00`, `-05:30`. `nil` when there is none.
    static func zone(named name: String) -> Zone? {
        if let known = cache.withLock({ $0[name] }) { return known }
        guard let zone = fixed(name) ?? load(name) else { return nil }
        cache.withLock { $0[name] = zone }
        return zone
    }

    private static func fixed(_ name: String) -> Zone? {
        if name.uppercased() == "UTC" || name == "Z" { return Zone(moments: [], offsets: [], initialOffset: 0) }
        guard let sign = name.first, sign == "+" || sign == "-" else { return nil }
        let parts = name.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts.allSatisfy({ (1...2).contains($0.count) && $0.allSatisfy(\.isNumber) }),
              let hours = Int64(parts[0]), let minutes = parts.count == 2 ? Int64(parts[1]) : 0, hours <= 15, minutes < 60 else { return nil }
        let seconds = hours * 3600 + minutes * 60
        return Zone(moments: [], offsets: [], initialOffset: sign == "-" ? -seconds : seconds)
    }

    private static func load(_ name: String) -> Zone? {
        // Only names as the tz database has them: nothing that could climb out of its directory.
        let allowed: (UInt8) -> Bool = { byte in
            NumberText.isDigit(byte) || (97...122).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "+")
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "/")
        }
        guard !name.isEmpty, name.utf8.count <= maximumNameLength, name.utf8.allSatisfy(allowed), !name.hasPrefix("/") else { return nil }
        guard let file = fopen(directory + name, "rb") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        var content: [UInt8] = []
        while content.count < maximumFileSize {
            let count = fread(&bytes, 1, bytes.count, file)
            if count == 0 { break }
            content.append(contentsOf: bytes[..<count])
        }
        return parse(content)
    }

    /// Reads the 64-bit block of a version 2 file (the first block of a version 1 file has no such block and is refused).
    static func parse(_ bytes: [UInt8]) -> Zone? {
        func number(_ at: Int, _ size: Int) -> Int64? {
            guard at >= 0, at + size <= bytes.count else { return nil }
            var value: Int64 = size == 4 ? Int64(Int32(bitPattern: UInt32(bytes[at]) << 24)) >> 24 : Int64(Int8(bitPattern: bytes[at]))
            for index in (at + 1)..<(at + size) { value = value << 8 | Int64(bytes[index]) }
            return value
        }
        struct Header {
            var utcCount = 0, standardCount = 0, leapCount = 0, timeCount = 0, typeCount = 0, charCount = 0
        }
        func header(_ at: Int) -> Header? {
            guard at + 44 <= bytes.count, bytes[at..<(at + 4)].elementsEqual("TZif".utf8), bytes[at + 4] >= 50 else { return nil }
            var counts: [Int] = []
            for index in 0..<6 {
                guard let value = number(at + 20 + index * 4, 4), value >= 0, value < Int64(maximumFileSize) else { return nil }
                counts.append(Int(value))
            }
            return Header(
                utcCount: counts[0], standardCount: counts[1], leapCount: counts[2], timeCount: counts[3], typeCount: counts[4],
                charCount: counts[5]
            )
        }
        guard let first = header(0) else { return nil }
        let second = 44 + first.timeCount * 5 + first.typeCount * 6 + first.charCount + first.leapCount * 8 + first.standardCount
            + first.utcCount
        guard let counts = header(second), counts.typeCount > 0 else { return nil }
        let times = second + 44
        let indices = times + counts.timeCount * 8
        let types = indices + counts.timeCount
        guard types + counts.typeCount * 6 <= bytes.count else { return nil }
        func offset(ofType index: Int) -> Int64? { index < counts.typeCount ? number(types + index * 6, 4) : nil }
        var moments: [Int64] = []
        var offsets: [Int64] = []
        for index in 0..<counts.timeCount {
            guard let moment = number(times + index * 8, 8), let shift = offset(ofType: Int(bytes[indices + index])) else { return nil }
            moments.append(moment)
            offsets.append(shift)
        }
        guard let initial = offset(ofType: 0) else { return nil }
        return Zone(moments: moments, offsets: offsets, initialOffset: initial)
    }
}
