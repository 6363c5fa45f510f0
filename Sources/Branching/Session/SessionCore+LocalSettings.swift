import SQLDialect

/// Settings and transactions, as PostgreSQL has them (https://www.postgresql.org/docs/15/sql-set.html): what SET LOCAL sets ends with
/// the transaction, and a transaction or savepoint that is rolled back takes its SETs with it.
///
/// The dialect is no part of it: it says how the ROLLBACK itself is read.
extension SessionCore {
    /// The settings at one moment.
    struct SettingsMark {
        let settings: SessionSettings
        let defaults: TransactionTraits
        let local: [String: String?]
    }

    var settingsMark: SettingsMark { SettingsMark(settings: settings, defaults: defaultTraits, local: transaction?.localSettings ?? [:]) }

    func restoreSettings(_ mark: SettingsMark) {
        settings = mark.settings
        defaultTraits = mark.defaults
        transaction?.localSettings = mark.local
    }

    /// SET, for the session or for the transaction only. Without a transaction SET LOCAL does nothing.
    func set(_ name: String, _ values: [Constant], isLocal: Bool, _ limits: RunLimits) throws(BranchLiteError) -> QueryResult {
        let key = name.lowercased()
        guard isLocal, !["branch", "branchlite.branch", "dialect", "branchlite.dialect"].contains(key) else {
            transaction?.localSettings.removeValue(forKey: key)
            return try set(name, values, limits)
        }
        guard transaction != nil else { return done("SET") }
        let before = settings.values[key]
        let result = try set(name, values, limits)
        // The first of several counts. An optional in an optional: what was not set is to be unset.
        if transaction?.localSettings.index(forKey: key) == nil { transaction?.localSettings.updateValue(before, forKey: key) }
        return result
    }

    /// Takes back what SET LOCAL has set in a transaction that was committed.
    func endLocalSettings(of transaction: OpenTransaction) {
        for (name, value) in transaction.localSettings {
            settings.put(name, value)
            if name.hasPrefix("default_transaction_"), let mark = transaction.settings { defaultTraits = mark.defaults }
        }
    }

    /// Whether statements only read: always, or by `default_transaction_read_only` where each is a transaction of its own.
    var onlyReads: Bool { isReadOnly || transaction == nil && defaultTraits.isReadOnly == true }

    /// SET SESSION CHARACTERISTICS: what it does not name stays.
    func setDefaults(_ traits: TransactionTraits) {
        if let isolation = traits.isolation {
            defaultTraits.isolation = isolation
            settings.set("default_transaction_isolation", isolation.rawValue.lowercased())
        }
        if let isReadOnly = traits.isReadOnly {
            defaultTraits.isReadOnly = isReadOnly
            settings.set("default_transaction_read_only", isReadOnly ? "on" : "off")
        }
    }
}
