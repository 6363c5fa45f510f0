// What Swift's importer cannot see of sqlite3.h: variadic functions and cast macros.
#ifndef BRANCHLITE_CSQLITE_SHIM_H
#define BRANCHLITE_CSQLITE_SHIM_H
#include <sqlite3.h>

static inline int csqlite_config_memstatus(int on) { return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, on); }
static inline int csqlite_config_multithread(void) { return sqlite3_config(SQLITE_CONFIG_MULTITHREAD); }
static inline int csqlite_db_config_flag(sqlite3 *db, int op, int on) { int now = 0; return sqlite3_db_config(db, op, on, &now); }
static inline int csqlite_db_config_lookaside(sqlite3 *db, int size, int count) { return sqlite3_db_config(db, SQLITE_DBCONFIG_LOOKASIDE, (void *)0, size, count); }
static inline sqlite3_destructor_type csqlite_transient(void) { return SQLITE_TRANSIENT; }
static inline sqlite3_destructor_type csqlite_static(void) { return SQLITE_STATIC; }

#endif
