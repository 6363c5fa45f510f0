import Foundation

/// Where a setting's value came from.
public enum SettingSource: Sendable, Hashable, CustomStringConvertible {
    case builtIn
    case file(path: String, line: Int?)
    case environment(variable: String)
    case flag(String)

    public var description: String {
        switch self {
        case .builtIn: "default"
        case .file(let path, let line): line.map { "\(path):\($0)" } ?? path
        case .environment(let variable): "environment \(variable)"
        case .flag(let flag): "flag \(flag)"
        }
    }
}

/// A setting with its effective value.
public struct SettingValue: Sendable, Hashable {
    public let setting: Setting
    public let text: String
    public let source: SettingSource

    /// What `branchlite config` prints.
    public var display: String { setting.isSecret && !text.isEmpty ? "(set)" : text }
}

/// All settings with their effective values.
public struct EffectiveConfiguration: Sendable {
    /// In the order of ``Setting/all``.
    public let values: [SettingValue]
    private let byKey: [String: SettingValue]

    init(values: [SettingValue]) {
        self.values = values
        byKey = Dictionary(values.map { ($0.setting.key, $0) }, uniquingKeysWith: { $1 })
    }

    public subscript(key: String) -> SettingValue? { byKey[key] }
    /// The value as written; empty for an unknown key.
    public func text(_ key: String) -> String { byKey[key]?.text ?? "" }
    public func flag(_ key: String) -> Bool { Setting.boolean(text(key)) ?? false }
    public func integer(_ key: String) -> Int { Int(text(key)) ?? 0 }
    public func duration(_ key: String) -> Duration { Measures.duration(text(key)) ?? .zero }
    /// A number of bytes; nil when it is empty.
    public func bytes(_ key: String) -> UInt64? { Measures.bytes(text(key)) }

    /// The part that concerns the library.
    public func library() -> Configuration {
        var configuration = Configuration()
        configuration.branchingEnabled = flag("branch_isolation")
        configuration.shadowEnabled = flag("shadow_mode")
        configuration.maxBranches = integer("max_branches")
        configuration.defaultMode = BranchMode(rawValue: text("branch_mode").lowercased()) ?? configuration.defaultMode
        configuration.mergeStrategy = MergeStrategy(rawValue: text("merge_strategy").lowercased()) ?? configuration.mergeStrategy
        configuration.branchTTL = duration("branch_ttl")
        configuration.collectionInterval = duration("gc_interval")
        configuration.globalIDs = flag("global_ids")
        configuration.history = duration("history")
        configuration.historyBytes = Measures.bytes(text("history_bytes"))
        configuration.trash = duration("trash")
        configuration.sync = SyncMode(rawValue: text("sync").lowercased()) ?? configuration.sync
        configuration.maxConnections = integer("max_connections")
        configuration.queryTimeout = duration("query_timeout")
        configuration.idleTransactionTimeout = duration("idle_transaction_timeout")
        configuration.busyTimeout = duration("busy_timeout")
        return configuration
    }
}

/// Puts the effective configuration together: defaults, then the config file, then the environment, then flags.
public enum ConfigurationLoader {
    /// - Parameters:
    ///   - file: path of a config file (`key = value` lines, `#` comments; or one JSON object), nil = none.
    ///   - environment: variables by name.
    ///   - flags: values by key, flag or variable name (`max-branches`, `--max-branches`, `max_branches`).
    /// - Throws: `BL_BAD_CONFIGURATION` naming the setting, its source and what it must look like.
    public static func load(
        file: String? = nil, environment: [String: String] = ProcessInfo.processInfo.environment, flags: [String: String] = [:]
    ) throws(BranchLiteError) -> EffectiveConfiguration {
        var found: [String: (text: String, source: SettingSource)] = [:]
        if let file {
            for entry in try entries(ofFile: file) {
                guard let setting = Setting.find(entry.key) else { throw unknown(entry.key, .file(path: file, line: entry.line)) }
                found[setting.key] = (entry.value, .file(path: file, line: entry.line))
            }
        }
        for setting in Setting.all {
            // An empty variable counts as not set, as compose files and shells leave them.
            if let variable = setting.environment.first(where: { !(environment[$0] ?? "").isEmpty }), let text = environment[variable] {
                found[setting.key] = (text, .environment(variable: variable))
            }
        }
        for (spelling, text) in flags.sorted(by: { $0.key < $1.key }) {
            guard let setting = Setting.find(spelling) else { throw unknown(spelling, .flag(spelling)) }
            found[setting.key] = (text, .flag(setting.flag))
        }
        var values: [SettingValue] = []
        for setting in Setting.all {
            let (text, source) = found[setting.key] ?? (setting.defaultValue, .builtIn)
            if let fault = setting.fault(in: text) {
                throw BranchLiteError(
                    "BL_BAD_CONFIGURATION", "\(setting.key) \(fault), not '\(text)'", hint: "it was set by \(source)",
                    details: ["setting": .string(setting.key), "source": .string(source.description)])
            }
            values.append(SettingValue(setting: setting, text: text, source: source))
        }
        return EffectiveConfiguration(values: values)
    }

    private static func unknown(_ spelling: String, _ source: SettingSource) -> BranchLiteError {
        let nearest = NearestName.of(spelling, among: Setting.all.map(\.key))
        return BranchLiteError(
            "BL_BAD_CONFIGURATION", "there is no setting '\(spelling)' (\(source))", hint: nearest.map { "did you mean '\($0)'?" })
    }

    private static func entries(ofFile path: String) throws(BranchLiteError) -> [(key: String, value: String, line: Int?)] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BranchLiteError("BL_BAD_CONFIGURATION", "cannot read the config file '\(path)'")
        }
        let text = String(decoding: data, as: UTF8.self)
        if text.first(where: { !$0.isWhitespace }) == "{" {
            guard let object = try? JSONDecoder().decode([String: JSONValue].self, from: data) else {
                throw BranchLiteError("BL_BAD_CONFIGURATION", "the config file '\(path)' is not a JSON object")
            }
            var entries: [(key: String, value: String, line: Int?)] = []
            for (key, value) in object.sorted(by: { $0.key < $1.key }) {
                guard let text = scalarText(value) else {
                    throw BranchLiteError("BL_BAD_CONFIGURATION", "'\(key)' in '\(path)' must be a string, a number or a boolean")
                }
                entries.append((key, text, nil))
            }
            return entries
        }
        var entries: [(key: String, value: String, line: Int?)] = []
        for (index, rawLine) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = rawLine.trimmed()
            if line.isEmpty || line.first == "#" || line.first == ";" { continue }
            guard let equals = line.firstIndex(of: "=") else {
                throw BranchLiteError("BL_BAD_CONFIGURATION", "line \(index + 1) of '\(path)' is not 'key = value'")
            }
            let key = line[..<equals].trimmed()
            var value = line[line.index(after: equals)...].trimmed()
            if value.count >= 2, let quote = value.first, quote == "\"" || quote == "'", value.last == quote {
                value = value.dropFirst().dropLast()
            }
            entries.append((String(key), String(value), index + 1))
        }
        return entries
    }

    private static func scalarText(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .double(let number): String(number)
        case .bool(let flag): String(flag)
        case .null: ""
        case .array, .object: nil
        }
    }
}

extension WallClock {
    /// The operating system's clock.
    public static let system = WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
    }
}
