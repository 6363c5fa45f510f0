// SQLDialect
