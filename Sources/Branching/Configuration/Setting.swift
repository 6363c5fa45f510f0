/// What a setting's text must look like.
public enum SettingKind: Sendable, Hashable {
    case boolean
    /// A whole number of at least `minimum`.
    case integer(minimum: Int)
    case duration
    /// A number of bytes, or empty for "worked out".
    case size
    case text
    case choice([String])
    /// `host:port`.
    case address
    /// `host:port`, or `off`.
    case optionalAddress
}

/// One thing that can be configured: its key in the config file, its environment variables and its flag.
public struct Setting: Sendable, Hashable {
    /// The key in the config file; the flag is `--` + the key with hyphens.
    public let key: String
    /// Environment variables, the first that is set counts.
    public let environment: [String]
    public let kind: SettingKind
    public let defaultValue: String
    /// One line of help.
    public let summary: String
    /// True: `branchlite config` prints that it is set, not what it is.
    public let isSecret: Bool

    public var flag: String { "--" + key.split(separator: "_").joined(separator: "-") }

    init(_ key: String, _ environment: [String], _ kind: SettingKind, _ defaultValue: String, _ summary: String, isSecret: Bool = false) {
        self.key = key
        self.environment = environment
        self.kind = kind
        self.defaultValue = defaultValue
        self.summary = summary
        self.isSecret = isSecret
    }

    /// Every setting, in the order `branchlite config` prints them.
    public static let all: [Setting] = [
        Setting("branch_isolation", ["BRANCH_ISOLATION_ENABLED"], .boolean, "true", "false: every branch operation is refused"),
        Setting("shadow_mode", ["HATIDATA_SHADOW_MODE_ENABLED"], .boolean, "true", "false: shadow queries are refused"),
        Setting("dev_mode", ["HATIDATA_DEV_MODE"], .boolean, "true", "no authentication; the server listens on loopback only"),
        Setting("store", ["BRANCHLITE_STORE"], .text, "./branchlite.db", "path of the store, or :memory:"),
        Setting(
            "pg_listen", ["BRANCHLITE_PG_LISTEN", "HATIDATA_LISTEN_ADDR"], .optionalAddress, "127.0.0.1:5439",
            "address of the PostgreSQL door; off = no such door, port 0 = any free port"),
        Setting("http_listen", ["BRANCHLITE_HTTP_LISTEN"], .address, "127.0.0.1:5440", "address of the MCP and console door"),
        Setting("max_branches", ["BRANCHLITE_MAX_BRANCHES"], .integer(minimum: 0), "100", "living branches besides main"),
        Setting("branch_mode", ["BRANCHLITE_BRANCH_MODE"], .choice(BranchMode.allCases.map(\.rawValue)), "snapshot", "mode of a new branch"),
        Setting(
            "merge_strategy", ["BRANCHLITE_MERGE_STRATEGY"], .choice(MergeStrategy.allCases.map(\.rawValue)), "manual",
            "what a merge does with conflicts"),
        Setting("branch_ttl", ["BRANCHLITE_BRANCH_TTL"], .duration, "24h", "time since last use until a branch may be collected; 0 = never"),
        Setting("gc_interval", ["BRANCHLITE_GC_INTERVAL"], .duration, "5m", "time between two runs of the collector"),
        Setting("global_ids", ["BRANCHLITE_GLOBAL_IDS"], .boolean, "true", "AUTOINCREMENT and sequences allocate store-wide"),
        Setting("history", ["BRANCHLITE_HISTORY"], .duration, "24h", "how long older versions stay"),
        Setting("history_bytes", ["BRANCHLITE_HISTORY_BYTES"], .size, "", "budget for older versions and the trash (empty: 25 % of live data, at least 256 MB)"),
        Setting("trash", ["BRANCHLITE_TRASH"], .duration, "24h", "how long a discarded branch can be taken back"),
        Setting("sync", ["BRANCHLITE_SYNC"], .choice(SyncMode.allCases.map(\.rawValue)), "full", "when a commit is on disk"),
        Setting("max_connections", ["BRANCHLITE_MAX_CONNECTIONS"], .integer(minimum: 1), "500", "sessions open at a time"),
        Setting("pg_idle_timeout", ["BRANCHLITE_PG_IDLE_TIMEOUT"], .duration, "0", "a PostgreSQL session without a message for this long ends; 0 = never"),
        Setting("auth_timeout", ["BRANCHLITE_AUTH_TIMEOUT"], .duration, "60s", "how long a PostgreSQL connection may take to log in"),
        Setting("max_message", ["BRANCHLITE_MAX_MESSAGE"], .size, "64MB", "the longest message the PostgreSQL door takes"),
        Setting("tls", ["BRANCHLITE_TLS"], .choice(["auto", "off", "prefer", "require"]), "auto", "TLS on the PostgreSQL door; auto = prefer when there is a certificate"),
        Setting("tls_cert", ["BRANCHLITE_TLS_CERT"], .text, "", "PEM file of the certificate, followed by those that signed it"),
        Setting("tls_key", ["BRANCHLITE_TLS_KEY"], .text, "", "PEM file of the certificate's private key"),
        Setting("query_timeout", ["BRANCHLITE_QUERY_TIMEOUT"], .duration, "300s", "the longest a statement may run; 0 = no limit"),
        Setting(
            "idle_transaction_timeout", ["BRANCHLITE_IDLE_TRANSACTION_TIMEOUT"], .duration, "60s",
            "an open transaction without a statement for this long is rolled back"),
        Setting("busy_timeout", ["BRANCHLITE_BUSY_TIMEOUT"], .duration, "5s", "how long a writer waits for another writer of the same branch"),
        Setting("files_dir", ["BRANCHLITE_FILES_DIR"], .text, "", "the only directory that COPY, read_csv and the like may touch (empty: none)"),
        Setting("api_keys", ["BRANCHLITE_API_KEYS"], .text, "", "API keys with their scopes", isSecret: true),
        Setting(
            "login_failures", ["BRANCHLITE_LOGIN_FAILURES"], .integer(minimum: 0), "10",
            "failed PostgreSQL logins an address may have within the login window; 0 = no limit"),
        Setting("login_window", ["BRANCHLITE_LOGIN_WINDOW"], .duration, "60s", "how long failed logins are remembered"),
    ]

    public static func named(_ key: String) -> Setting? { byKey[key] }
    private static let byKey: [String: Setting] = Dictionary(uniqueKeysWithValues: all.map { ($0.key, $0) })

    /// A key as people write it: `max_branches`, `max-branches`, `--max-branches` or an environment variable's name.
    static func find(_ spelling: String) -> Setting? {
        let key = spelling.drop { $0 == "-" }.lowercased().split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_")
        if let setting = byKey[key] { return setting }
        let variable = spelling.uppercased()
        return all.first { $0.environment.contains(variable) }
    }

    /// What is wrong with `text` as this setting's value; nil when it is good.
    func fault(in text: String) -> String? {
        switch kind {
        case .boolean: Setting.boolean(text) == nil ? "must be true or false" : nil
        case .integer(let minimum):
            if let number = Int(text), number >= minimum { nil } else { "must be a whole number of at least \(minimum)" }
        case .duration: Measures.duration(text) == nil ? "must be a duration such as 24h, 5m or 300s" : nil
        case .size: text.isEmpty || Measures.bytes(text) != nil ? nil : "must be a size such as 256MB"
        case .text: nil
        case .choice(let words): words.contains(text.lowercased()) ? nil : "must be one of " + words.joined(separator: ", ")
        case .address: Setting.port(of: text) == nil ? "must be HOST:PORT" : nil
        case .optionalAddress: text.lowercased() == "off" || Setting.port(of: text) != nil ? nil : "must be HOST:PORT or off"
        }
    }

    static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "1", "yes", "on": true
        case "false", "0", "no", "off": false
        default: nil
        }
    }

    private static func port(of address: String) -> UInt16? {
        guard let colon = address.lastIndex(of: ":") else { return nil }
        return UInt16(address[address.index(after: colon)...])
    }
}
