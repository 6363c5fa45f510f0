extension CatalogRelation {
    /// The views of `pg_catalog` as PostgreSQL 15 has them, statistics aside. `CatalogRelation.init(schema:line:)` reads the form.
    static let views = """
        pg_available_extension_versions 0 v: name name, version text, installed bool, superuser bool, trusted bool, relocatable \
          bool, schema name, requires _name, comment text
        pg_available_extensions 0 v: name name, default_version text, installed_version text, comment text
        pg_config 0 v: name text, setting text
        pg_cursors 0 v: name text, statement text, is_holdable bool, is_binary bool, is_scrollable bool, creation_time \
          timestamptz
        pg_group 0 v: groname name, grosysid oid, grolist _oid
        pg_indexes 0 v: schemaname name, tablename name, indexname name, tablespace name, indexdef text
        pg_locks 0 v: locktype text, database oid, relation oid, page int4, tuple int2, virtualxid text, transactionid xid, \
          classid oid, objid oid, objsubid int2, virtualtransaction text, pid int4, mode text, granted bool, fastpath bool, \
          waitstart timestamptz
        pg_matviews 0 v: schemaname name, matviewname name, matviewowner name, tablespace name, hasindexes bool, ispopulated \
          bool, definition text
        pg_policies 0 v: schemaname name, tablename name, policyname name, permissive text, roles _name, cmd text, qual text, \
          with_check text
        pg_prepared_statements 0 v: name text, statement text, prepare_time timestamptz, parameter_types _regtype, from_sql bool, \
          generic_plans int8, custom_plans int8
        pg_prepared_xacts 0 v: transaction xid, gid text, prepared timestamptz, owner name, database name
        pg_publication_tables 0 v: pubname name, schemaname name, tablename name, attnames _name, rowfilter text
        pg_replication_slots 0 v: slot_name name, plugin name, slot_type text, datoid oid, database name, temporary bool, active \
          bool, active_pid int4, xmin xid, catalog_xmin xid, restart_lsn pg_lsn, confirmed_flush_lsn pg_lsn, wal_status text, \
          safe_wal_size int8, two_phase bool
        pg_roles 0 v: rolname name, rolsuper bool, rolinherit bool, rolcreaterole bool, rolcreatedb bool, rolcanlogin bool, \
          rolreplication bool, rolconnlimit int4, rolpassword text, rolvaliduntil timestamptz, rolbypassrls bool, rolconfig \
          _text, oid oid
        pg_rules 0 v: schemaname name, tablename name, rulename name, definition text
        pg_seclabels 0 v: objoid oid, classoid oid, objsubid int4, objtype text, objnamespace oid, objname text, provider text, \
          label text
        pg_sequences 0 v: schemaname name, sequencename name, sequenceowner name, data_type regtype, start_value int8, min_value \
          int8, max_value int8, increment_by int8, cycle bool, cache_size int8, last_value int8
        pg_settings 0 v: name text, setting text, unit text, category text, short_desc text, extra_desc text, context text, \
          vartype text, source text, min_val text, max_val text, enumvals _text, boot_val text, reset_val text, sourcefile text, \
          sourceline int4, pending_restart bool
        pg_shadow 0 v: usename name, usesysid oid, usecreatedb bool, usesuper bool, userepl bool, usebypassrls bool, passwd text, \
          valuntil timestamptz, useconfig _text
        pg_tables 0 v: schemaname name, tablename name, tableowner name, tablespace name, hasindexes bool, hasrules bool, \
          hastriggers bool, rowsecurity bool
        pg_timezone_abbrevs 0 v: abbrev text, utc_offset interval, is_dst bool
        pg_timezone_names 0 v: name text, abbrev text, utc_offset interval, is_dst bool
        pg_user 0 v: usename name, usesysid oid, usecreatedb bool, usesuper bool, userepl bool, usebypassrls bool, passwd text, \
          valuntil timestamptz, useconfig _text
        pg_user_mappings 0 v: umid oid, srvid oid, srvname name, umuser oid, usename name, umoptions _text
        pg_views 0 v: schemaname name, viewname name, viewowner name, definition text
        """
}
