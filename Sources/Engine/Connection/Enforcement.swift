import CSQLite

extension Connection {
    /// Runs `body` while foreign keys are not enforced and triggers do not fire, also inside a transaction: for table rebuilds,
    /// merges and copies that bring in a state which is consistent as a whole. Calls may nest.
    ///
    /// ALTER TABLE … RENAME then leaves what refers to the table as it is (SQLite's legacy rules), as a rebuild needs.
    public func withoutEnforcement<Result>(_ body: () throws(EngineError) -> Result) throws(EngineError) -> Result {
        setEnforcement(false)
        enforcementSuspensions += 1
        defer {
            enforcementSuspensions -= 1
            if enforcementSuspensions == 0 { setEnforcement(true) }
        }
        return try body()
    }

    private func setEnforcement(_ on: Bool) {
        _ = csqlite_db_config_flag(database, SQLITE_DBCONFIG_ENABLE_FKEY, on && options.enforcesForeignKeys ? 1 : 0)
        _ = csqlite_db_config_flag(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, on ? 1 : 0)
        _ = csqlite_db_config_flag(database, SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, on ? 0 : 1)
    }
}
