// Made by scripts/differential/functions.py from DuckDB 2.0.1; do not edit.
// One case a line: our expression, DuckDB's answer as text (\N for NULL, !ERR for an error), DuckDB's expression.
enum FunctionsFixtureCasts {
    static let setup = #"""

"""#
    static let cases = #"""
bl_cast_int32_varchar(bl_cast_varchar_int32('12'))	12	('12'::VARCHAR)::INTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8(' 12 '))	12	(' 12 '::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16(' 12 '))	12	(' 12 '::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32(' 12 '))	12	(' 12 '::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64(' 12 '))	12	(' 12 '::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8(' 12 '))	12	(' 12 '::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16(' 12 '))	12	(' 12 '::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32(' 12 '))	12	(' 12 '::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('1.5'))	2	('1.5'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('1.5'))	2	('1.5'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('1.5'))	2	('1.5'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('1.5'))	2	('1.5'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('1.5'))	2	('1.5'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('1.5'))	2	('1.5'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('1.5'))	2	('1.5'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('2.5'))	3	('2.5'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('2.5'))	3	('2.5'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('2.5'))	3	('2.5'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('2.5'))	3	('2.5'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('2.5'))	3	('2.5'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('2.5'))	3	('2.5'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('2.5'))	3	('2.5'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('-1.5'))	-2	('-1.5'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('-1.5'))	-2	('-1.5'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('-1.5'))	-2	('-1.5'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('-1.5'))	-2	('-1.5'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('-1.5'))	!ERR	('-1.5'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('-1.5'))	!ERR	('-1.5'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('-1.5'))	!ERR	('-1.5'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('1e3'))	!ERR	('1e3'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('1e3'))	1000	('1e3'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('1e3'))	1000	('1e3'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('1e3'))	1000	('1e3'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('1e3'))	!ERR	('1e3'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('1e3'))	1000	('1e3'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('1e3'))	1000	('1e3'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('0x1F'))	31	('0x1F'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('0x1F'))	31	('0x1F'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('0x1F'))	31	('0x1F'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('0x1F'))	31	('0x1F'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('0x1F'))	31	('0x1F'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('0x1F'))	31	('0x1F'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('0x1F'))	31	('0x1F'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('0b101'))	5	('0b101'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('0b101'))	5	('0b101'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('0b101'))	5	('0b101'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('0b101'))	5	('0b101'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('0b101'))	5	('0b101'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('0b101'))	5	('0b101'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('0b101'))	5	('0b101'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('1_000'))	!ERR	('1_000'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('1_000'))	1000	('1_000'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('1_000'))	1000	('1_000'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('1_000'))	1000	('1_000'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('1_000'))	!ERR	('1_000'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('1_000'))	1000	('1_000'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('1_000'))	1000	('1_000'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('1__000'))	!ERR	('1__000'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('1__000'))	!ERR	('1__000'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('1__000'))	!ERR	('1__000'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('1__000'))	!ERR	('1__000'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('1__000'))	!ERR	('1__000'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('1__000'))	!ERR	('1__000'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('1__000'))	!ERR	('1__000'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('abc'))	!ERR	('abc'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('abc'))	!ERR	('abc'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('abc'))	!ERR	('abc'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('abc'))	!ERR	('abc'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('abc'))	!ERR	('abc'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('abc'))	!ERR	('abc'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('abc'))	!ERR	('abc'::VARCHAR)::UINTEGER
bl_cast_int32_varchar(bl_cast_varchar_int32(''))	!ERR	(''::VARCHAR)::INTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('300'))	!ERR	('300'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('300'))	300	('300'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('300'))	300	('300'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('300'))	300	('300'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('300'))	!ERR	('300'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('300'))	300	('300'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('300'))	300	('300'::VARCHAR)::UINTEGER
bl_cast_int32_varchar(bl_cast_varchar_int32('-1'))	-1	('-1'::VARCHAR)::INTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('127'))	127	('127'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('127'))	127	('127'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('127'))	127	('127'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('127'))	127	('127'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('127'))	127	('127'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('127'))	127	('127'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('127'))	127	('127'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('128'))	!ERR	('128'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('128'))	128	('128'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('128'))	128	('128'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('128'))	128	('128'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('128'))	128	('128'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('128'))	128	('128'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('128'))	128	('128'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('255'))	!ERR	('255'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('255'))	255	('255'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('255'))	255	('255'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('255'))	255	('255'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('255'))	255	('255'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('255'))	255	('255'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('255'))	255	('255'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('256'))	!ERR	('256'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('256'))	256	('256'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('256'))	256	('256'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('256'))	256	('256'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('256'))	!ERR	('256'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('256'))	256	('256'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('256'))	256	('256'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('32767'))	!ERR	('32767'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('32767'))	32767	('32767'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('32767'))	32767	('32767'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('32767'))	32767	('32767'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('32767'))	!ERR	('32767'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('32767'))	32767	('32767'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('32767'))	32767	('32767'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('32768'))	!ERR	('32768'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('32768'))	!ERR	('32768'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('32768'))	32768	('32768'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('32768'))	32768	('32768'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('32768'))	!ERR	('32768'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('32768'))	32768	('32768'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('32768'))	32768	('32768'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('65536'))	!ERR	('65536'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('65536'))	!ERR	('65536'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('65536'))	65536	('65536'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('65536'))	65536	('65536'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('65536'))	!ERR	('65536'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('65536'))	!ERR	('65536'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('65536'))	65536	('65536'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('2147483647'))	!ERR	('2147483647'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('2147483647'))	!ERR	('2147483647'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('2147483647'))	2147483647	('2147483647'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('2147483647'))	2147483647	('2147483647'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('2147483647'))	!ERR	('2147483647'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('2147483647'))	!ERR	('2147483647'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('2147483647'))	2147483647	('2147483647'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('2147483648'))	!ERR	('2147483648'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('2147483648'))	!ERR	('2147483648'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('2147483648'))	!ERR	('2147483648'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('2147483648'))	2147483648	('2147483648'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('2147483648'))	!ERR	('2147483648'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('2147483648'))	!ERR	('2147483648'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('2147483648'))	2147483648	('2147483648'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('4294967296'))	!ERR	('4294967296'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('4294967296'))	!ERR	('4294967296'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('4294967296'))	!ERR	('4294967296'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('4294967296'))	4294967296	('4294967296'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('4294967296'))	!ERR	('4294967296'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('4294967296'))	!ERR	('4294967296'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('4294967296'))	!ERR	('4294967296'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('9223372036854775807'))	!ERR	('9223372036854775807'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('9223372036854775807'))	!ERR	('9223372036854775807'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('9223372036854775807'))	!ERR	('9223372036854775807'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('9223372036854775807'))	9223372036854775807	('9223372036854775807'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('9223372036854775807'))	!ERR	('9223372036854775807'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('9223372036854775807'))	!ERR	('9223372036854775807'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('9223372036854775807'))	!ERR	('9223372036854775807'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('9223372036854775808'))	!ERR	('9223372036854775808'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('9223372036854775808'))	!ERR	('9223372036854775808'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('9223372036854775808'))	!ERR	('9223372036854775808'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('9223372036854775808'))	!ERR	('9223372036854775808'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('9223372036854775808'))	!ERR	('9223372036854775808'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('9223372036854775808'))	!ERR	('9223372036854775808'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('9223372036854775808'))	!ERR	('9223372036854775808'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('-9223372036854775808'))	!ERR	('-9223372036854775808'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('-9223372036854775808'))	!ERR	('-9223372036854775808'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('-9223372036854775808'))	!ERR	('-9223372036854775808'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('-9223372036854775808'))	-9223372036854775808	('-9223372036854775808'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('-9223372036854775808'))	!ERR	('-9223372036854775808'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('-9223372036854775808'))	!ERR	('-9223372036854775808'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('-9223372036854775808'))	!ERR	('-9223372036854775808'::VARCHAR)::UINTEGER
bl_cast_int32_varchar(bl_cast_varchar_int32('+5'))	5	('+5'::VARCHAR)::INTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('1.e2'))	100	('1.e2'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('1.e2'))	100	('1.e2'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('1.e2'))	100	('1.e2'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('1.e2'))	100	('1.e2'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('1.e2'))	100	('1.e2'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('1.e2'))	100	('1.e2'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('1.e2'))	100	('1.e2'::VARCHAR)::UINTEGER
bl_cast_int32_varchar(bl_cast_varchar_int32('.5'))	1	('.5'::VARCHAR)::INTEGER
bl_cast_int32_varchar(bl_cast_varchar_int32('5.'))	5	('5.'::VARCHAR)::INTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('-.5'))	-1	('-.5'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('-.5'))	-1	('-.5'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('-.5'))	-1	('-.5'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('-.5'))	-1	('-.5'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('-.5'))	!ERR	('-.5'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('-.5'))	!ERR	('-.5'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('-.5'))	!ERR	('-.5'::VARCHAR)::UINTEGER
bl_cast_int32_varchar(bl_cast_varchar_int32('-0'))	0	('-0'::VARCHAR)::INTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('1e-1'))	0	('1e-1'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('1e-1'))	0	('1e-1'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('1e-1'))	0	('1e-1'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('1e-1'))	0	('1e-1'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('1e-1'))	0	('1e-1'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('1e-1'))	0	('1e-1'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('1e-1'))	0	('1e-1'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('5e-1'))	1	('5e-1'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('5e-1'))	1	('5e-1'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('5e-1'))	1	('5e-1'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('5e-1'))	1	('5e-1'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('5e-1'))	1	('5e-1'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('5e-1'))	1	('5e-1'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('5e-1'))	1	('5e-1'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('1e30'))	!ERR	('1e30'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('1e30'))	!ERR	('1e30'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('1e30'))	!ERR	('1e30'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('1e30'))	!ERR	('1e30'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('1e30'))	!ERR	('1e30'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('1e30'))	!ERR	('1e30'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('1e30'))	!ERR	('1e30'::VARCHAR)::UINTEGER
bl_cast_int32_varchar(bl_cast_varchar_int32('-'))	!ERR	('-'::VARCHAR)::INTEGER
bl_cast_int32_varchar(bl_cast_varchar_int32('.'))	!ERR	('.'::VARCHAR)::INTEGER
bl_cast_int32_varchar(bl_cast_varchar_int32('1e'))	!ERR	('1e'::VARCHAR)::INTEGER
bl_cast_int32_varchar(bl_cast_varchar_int32('0x'))	!ERR	('0x'::VARCHAR)::INTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('12abc'))	!ERR	('12abc'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('12abc'))	!ERR	('12abc'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('12abc'))	!ERR	('12abc'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('12abc'))	!ERR	('12abc'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('12abc'))	!ERR	('12abc'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('12abc'))	!ERR	('12abc'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('12abc'))	!ERR	('12abc'::VARCHAR)::UINTEGER
bl_cast_int8_varchar(bl_cast_varchar_int8('1 2'))	!ERR	('1 2'::VARCHAR)::TINYINT
bl_cast_int16_varchar(bl_cast_varchar_int16('1 2'))	!ERR	('1 2'::VARCHAR)::SMALLINT
bl_cast_int32_varchar(bl_cast_varchar_int32('1 2'))	!ERR	('1 2'::VARCHAR)::INTEGER
bl_cast_int64_varchar(bl_cast_varchar_int64('1 2'))	!ERR	('1 2'::VARCHAR)::BIGINT
bl_cast_uint8_varchar(bl_cast_varchar_uint8('1 2'))	!ERR	('1 2'::VARCHAR)::UTINYINT
bl_cast_uint16_varchar(bl_cast_varchar_uint16('1 2'))	!ERR	('1 2'::VARCHAR)::USMALLINT
bl_cast_uint32_varchar(bl_cast_varchar_uint32('1 2'))	!ERR	('1 2'::VARCHAR)::UINTEGER
bl_cast_decimal_varchar(bl_cast_varchar_decimal('12.345', 5, 2), 2)	12.35	('12.345'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('12.345', 18, 6), 6)	12.345000	('12.345'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('12.355', 5, 2), 2)	12.36	('12.355'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('12.355', 18, 6), 6)	12.355000	('12.355'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('-12.345', 5, 2), 2)	-12.35	('-12.345'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('-12.345', 18, 6), 6)	-12.345000	('-12.345'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('1e2', 5, 2), 2)	100.00	('1e2'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('1e2', 18, 6), 6)	100.000000	('1e2'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('abc', 5, 2), 2)	!ERR	('abc'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('abc', 18, 6), 6)	!ERR	('abc'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('125', 5, 2), 2)	125.00	('125'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('125', 18, 6), 6)	125.000000	('125'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('0.005', 5, 2), 2)	0.01	('0.005'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('0.005', 18, 6), 6)	0.005000	('0.005'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('0.004', 5, 2), 2)	0.00	('0.004'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('0.004', 18, 6), 6)	0.004000	('0.004'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('-0.005', 5, 2), 2)	-0.01	('-0.005'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('-0.005', 18, 6), 6)	-0.005000	('-0.005'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('999.99', 5, 2), 2)	999.99	('999.99'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('999.99', 18, 6), 6)	999.990000	('999.99'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('999.995', 5, 2), 2)	!ERR	('999.995'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('999.995', 18, 6), 6)	999.995000	('999.995'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('1000', 5, 2), 2)	!ERR	('1000'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('1000', 18, 6), 6)	1000.000000	('1000'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal(' 1.5 ', 5, 2), 2)	1.50	(' 1.5 '::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal(' 1.5 ', 18, 6), 6)	1.500000	(' 1.5 '::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('1_0.5', 5, 2), 2)	10.50	('1_0.5'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('1_0.5', 18, 6), 6)	10.500000	('1_0.5'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('', 5, 2), 2)	!ERR	(''::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('', 18, 6), 6)	!ERR	(''::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('.5', 5, 2), 2)	0.50	('.5'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('.5', 18, 6), 6)	0.500000	('.5'::VARCHAR)::DECIMAL(18,6)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('5.', 5, 2), 2)	5.00	('5.'::VARCHAR)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_varchar_decimal('5.', 18, 6), 6)	5.000000	('5.'::VARCHAR)::DECIMAL(18,6)
bl_cast_double_varchar(bl_cast_varchar_double('inf'))	inf	('inf'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('inf'))	inf	('inf'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('-Infinity'))	-inf	('-Infinity'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('-Infinity'))	-inf	('-Infinity'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('INFINITY'))	inf	('INFINITY'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('INFINITY'))	inf	('INFINITY'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1.'))	1.0	('1.'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('1.'))	1.0	('1.'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('.5'))	0.5	('.5'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('.5'))	0.5	('.5'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1_000.5'))	1000.5	('1_000.5'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('1_000.5'))	1000.5	('1_000.5'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1e400'))	inf	('1e400'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('1e400'))	inf	('1e400'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('0x10'))	!ERR	('0x10'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('0x10'))	!ERR	('0x10'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('+1.5'))	1.5	('+1.5'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('+1.5'))	1.5	('+1.5'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double(' 1.5 '))	1.5	(' 1.5 '::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float(' 1.5 '))	1.5	(' 1.5 '::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1e'))	!ERR	('1e'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('1e'))	!ERR	('1e'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1e5'))	100000.0	('1e5'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('1e5'))	100000.0	('1e5'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('abc'))	!ERR	('abc'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('abc'))	!ERR	('abc'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double(''))	!ERR	(''::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float(''))	!ERR	(''::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('-'))	!ERR	('-'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('-'))	!ERR	('-'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1e-400'))	0.0	('1e-400'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('1e-400'))	0.0	('1e-400'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1.7976931348623157e308'))	1.7976931348623157e+308	('1.7976931348623157e308'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('1.7976931348623157e308'))	inf	('1.7976931348623157e308'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('5e-324'))	5e-324	('5e-324'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('5e-324'))	0.0	('5e-324'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('0.1'))	0.1	('0.1'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('0.1'))	0.1	('0.1'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('-0.5'))	-0.5	('-0.5'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('-0.5'))	-0.5	('-0.5'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('123456789.123456789'))	123456789.12345679	('123456789.123456789'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('123456789.123456789'))	123456790.0	('123456789.123456789'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1e15'))	1000000000000000.0	('1e15'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('1e15'))	1000000000000000.0	('1e15'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1e16'))	1e+16	('1e16'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('1e16'))	1e+16	('1e16'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('123456789012345680'))	1.2345678901234568e+17	('123456789012345680'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('123456789012345680'))	1.2345679e+17	('123456789012345680'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('0.0001'))	0.0001	('0.0001'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('0.0001'))	0.0001	('0.0001'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('0.00001'))	1e-05	('0.00001'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('0.00001'))	1e-05	('0.00001'::VARCHAR)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('-1e-7'))	-1e-07	('-1e-7'::VARCHAR)::DOUBLE
bl_cast_float_varchar(bl_cast_varchar_float('-1e-7'))	-1e-07	('-1e-7'::VARCHAR)::FLOAT
bl_cast_bool_varchar(bl_cast_varchar_bool('true'))	true	('true'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('t'))	true	('t'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('yes'))	true	('yes'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('y'))	true	('y'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('1'))	true	('1'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('on'))	!ERR	('on'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool(' true'))	!ERR	(' true'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('TRUE'))	true	('TRUE'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('2'))	!ERR	('2'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('0'))	false	('0'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('f'))	false	('f'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('no'))	false	('no'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('N'))	false	('N'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('False'))	false	('False'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool(''))	!ERR	(''::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('1.5'))	!ERR	('1.5'::VARCHAR)::BOOLEAN
bl_cast_bool_varchar(bl_cast_varchar_bool('off'))	!ERR	('off'::VARCHAR)::BOOLEAN
bl_cast_date_varchar(bl_cast_varchar_date('2024-01-01 10:00:00'))	2024-01-01	('2024-01-01 10:00:00'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('2024-1-5'))	2024-01-05	('2024-1-5'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('2024/01/05'))	2024-01-05	('2024/01/05'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('2024-01-05 (BC)'))	2024-01-05 (BC)	('2024-01-05 (BC)'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('20240105'))	!ERR	('20240105'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date(' 2024-01-05 '))	2024-01-05	(' 2024-01-05 '::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('2024-13-05'))	!ERR	('2024-13-05'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('2024-02-30'))	!ERR	('2024-02-30'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('2024-01-05abc'))	!ERR	('2024-01-05abc'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('epoch'))	1970-01-01	('epoch'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('infinity'))	infinity	('infinity'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('-infinity'))	-infinity	('-infinity'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('-5-01-01'))	0006-01-01 (BC)	('-5-01-01'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('99999-01-01'))	99999-01-01	('99999-01-01'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date(''))	!ERR	(''::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('abc'))	!ERR	('abc'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('2024-02-29'))	2024-02-29	('2024-02-29'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('2023-02-29'))	!ERR	('2023-02-29'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('0001-01-01'))	0001-01-01	('0001-01-01'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('2024-01-01T10:00:00'))	2024-01-01	('2024-01-01T10:00:00'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('2024 01 05'))	2024-01-05	('2024 01 05'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('2024-01/05'))	!ERR	('2024-01/05'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('1970-01-01'))	1970-01-01	('1970-01-01'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('1969-12-31'))	1969-12-31	('1969-12-31'::VARCHAR)::DATE
bl_cast_date_varchar(bl_cast_varchar_date('1900-02-28'))	1900-02-28	('1900-02-28'::VARCHAR)::DATE
bl_cast_time_varchar(bl_cast_varchar_time('10:00:00'))	10:00:00	('10:00:00'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('10:00'))	10:00:00	('10:00'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('25:00:00'))	!ERR	('25:00:00'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('24:00:00'))	24:00:00	('24:00:00'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('10:00:00.123456789'))	10:00:00.123456	('10:00:00.123456789'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('1:2:3'))	01:02:03	('1:2:3'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('10:00:00+02'))	10:00:00	('10:00:00+02'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('2024-01-01 10:00:00'))	10:00:00	('2024-01-01 10:00:00'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('-10:00:00'))	!ERR	('-10:00:00'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('24:00:01'))	!ERR	('24:00:01'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('23:59:60'))	!ERR	('23:59:60'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('10'))	!ERR	('10'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('10:00:00 PM'))	!ERR	('10:00:00 PM'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('00:00:00.5'))	00:00:00.5	('00:00:00.5'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('12:34:56.100'))	12:34:56.1	('12:34:56.100'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('abc'))	!ERR	('abc'::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time(''))	!ERR	(''::VARCHAR)::TIME
bl_cast_time_varchar(bl_cast_varchar_time('10:60:00'))	!ERR	('10:60:00'::VARCHAR)::TIME
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01'))	2024-01-01 00:00:00	('2024-01-01'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01'))	2024-01-01 00:00:00+00	('2024-01-01'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 10:00'))	2024-01-01 10:00:00	('2024-01-01 10:00'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 10:00'))	2024-01-01 10:00:00+00	('2024-01-01 10:00'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01T10:00:00Z'))	2024-01-01 10:00:00	('2024-01-01T10:00:00Z'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01T10:00:00Z'))	2024-01-01 10:00:00+00	('2024-01-01T10:00:00Z'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 10:00:00+02'))	2024-01-01 10:00:00	('2024-01-01 10:00:00+02'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 10:00:00+02'))	2024-01-01 08:00:00+00	('2024-01-01 10:00:00+02'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 10:00:00+02:30'))	2024-01-01 10:00:00	('2024-01-01 10:00:00+02:30'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 10:00:00+02:30'))	2024-01-01 07:30:00+00	('2024-01-01 10:00:00+02:30'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 10:00:00-0530'))	2024-01-01 10:00:00	('2024-01-01 10:00:00-0530'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 10:00:00-0530'))	2024-01-01 15:30:00+00	('2024-01-01 10:00:00-0530'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 10:00:00.1234567'))	2024-01-01 10:00:00.123456	('2024-01-01 10:00:00.1234567'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 10:00:00.1234567'))	2024-01-01 10:00:00.123456+00	('2024-01-01 10:00:00.1234567'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 10:00:00.100'))	2024-01-01 10:00:00.1	('2024-01-01 10:00:00.100'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 10:00:00.100'))	2024-01-01 10:00:00.1+00	('2024-01-01 10:00:00.100'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 10:00:00 UTC'))	2024-01-01 10:00:00	('2024-01-01 10:00:00 UTC'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 10:00:00 UTC'))	2024-01-01 10:00:00+00	('2024-01-01 10:00:00 UTC'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-07-01 10:00:00 Europe/Paris'))	2024-07-01 10:00:00	('2024-07-01 10:00:00 Europe/Paris'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-07-01 10:00:00 Europe/Paris'))	2024-07-01 08:00:00+00	('2024-07-01 10:00:00 Europe/Paris'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 24:00:00'))	2024-01-02 00:00:00	('2024-01-01 24:00:00'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 24:00:00'))	2024-01-02 00:00:00+00	('2024-01-01 24:00:00'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 10'))	!ERR	('2024-01-01 10'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 10'))	!ERR	('2024-01-01 10'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('abc'))	!ERR	('abc'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('abc'))	!ERR	('abc'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01  10:00:00'))	2024-01-01 10:00:00	('2024-01-01  10:00:00'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01  10:00:00'))	2024-01-01 10:00:00+00	('2024-01-01  10:00:00'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 10:00:00.'))	2024-01-01 10:00:00	('2024-01-01 10:00:00.'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 10:00:00.'))	2024-01-01 10:00:00+00	('2024-01-01 10:00:00.'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 1:2:3'))	2024-01-01 01:02:03	('2024-01-01 1:2:3'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 1:2:3'))	2024-01-01 01:02:03+00	('2024-01-01 1:2:3'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 10:60:00'))	!ERR	('2024-01-01 10:60:00'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 10:60:00'))	!ERR	('2024-01-01 10:60:00'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 10:00:00 '))	2024-01-01 10:00:00	('2024-01-01 10:00:00 '::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 10:00:00 '))	2024-01-01 10:00:00+00	('2024-01-01 10:00:00 '::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01T'))	!ERR	('2024-01-01T'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01T'))	!ERR	('2024-01-01T'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('0044-03-15 (BC) 10:00:00'))	0044-03-15 (BC) 10:00:00	('0044-03-15 (BC) 10:00:00'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('0044-03-15 (BC) 10:00:00'))	0044-03-15 (BC) 10:00:00+00	('0044-03-15 (BC) 10:00:00'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('infinity'))	infinity	('infinity'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('infinity'))	infinity	('infinity'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('-infinity'))	-infinity	('-infinity'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('-infinity'))	-infinity	('-infinity'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('epoch'))	1970-01-01 00:00:00	('epoch'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('epoch'))	1970-01-01 00:00:00+00	('epoch'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('1969-12-31 23:59:59.999999'))	1969-12-31 23:59:59.999999	('1969-12-31 23:59:59.999999'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('1969-12-31 23:59:59.999999'))	1969-12-31 23:59:59.999999+00	('1969-12-31 23:59:59.999999'::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp(''))	!ERR	(''::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz(''))	!ERR	(''::VARCHAR)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-01-01 10:00:00 nowhere/land'))	2024-01-01 10:00:00	('2024-01-01 10:00:00 nowhere/land'::VARCHAR)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-01-01 10:00:00 nowhere/land'))	!ERR	('2024-01-01 10:00:00 nowhere/land'::VARCHAR)::TIMESTAMPTZ
bl_cast_interval_varchar(bl_cast_varchar_interval('1 year 2 months 3 days 04:05:06'))	1 year 2 months 3 days 04:05:06	('1 year 2 months 3 days 04:05:06'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('-1 day'))	-1 day	('-1 day'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1 day -01:00:00'))	1 day -01:00:00	('1 day -01:00:00'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1.5 days'))	1 day 12:00:00	('1.5 days'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1 hour 30 minutes ago'))	-01:30:00	('1 hour 30 minutes ago'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1 week'))	7 days	('1 week'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('14 months'))	1 year 2 months	('14 months'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('-14 months'))	-1 year -2 months	('-14 months'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1 day 1.5 seconds'))	1 day 00:00:01.5	('1 day 1.5 seconds'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1.5 years'))	1 year 6 months	('1.5 years'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1.5 months'))	1 month 15 days	('1.5 months'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1.5 weeks'))	10 days 12:00:00	('1.5 weeks'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('0.5 hours'))	00:30:00	('0.5 hours'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1y 2mon 3d 4h 5m 6s'))	1 year 2 months 3 days 04:05:06	('1y 2mon 3d 4h 5m 6s'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1 yr'))	1 year	('1 yr'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('3 quarters'))	9 months	('3 quarters'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1 decade 2 centuries'))	210 years	('1 decade 2 centuries'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1 millennium'))	1000 years	('1 millennium'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('10:20'))	10:20:00	('10:20'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('10'))	00:00:10	('10'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1 day 10:20:30.5'))	1 day 10:20:30.5	('1 day 10:20:30.5'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('@ 1 day'))	1 day	('@ 1 day'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('-1.5 days'))	-1 day -12:00:00	('-1.5 days'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval(''))	!ERR	(''::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1 ms'))	00:00:00.001	('1 ms'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('5 us'))	00:00:00.000005	('5 us'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('-10:20:30'))	-10:20:30	('-10:20:30'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('100:20:30'))	100:20:30	('100:20:30'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('-1 month 1 day'))	-1 month 1 day	('-1 month 1 day'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('abc'))	!ERR	('abc'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1 fortnight'))	!ERR	('1 fortnight'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('10 20'))	!ERR	('10 20'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1.55 months'))	1 month 16 days 12:00:00	('1.55 months'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('2.5 quarters'))	7 months 15 days	('2.5 quarters'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1.000001 days'))	1 day 00:00:00.0864	('1.000001 days'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('0 days'))	00:00:00	('0 days'::VARCHAR)::INTERVAL
bl_cast_interval_varchar(bl_cast_varchar_interval('1 month 31 days 25:00:00'))	1 month 31 days 25:00:00	('1 month 31 days 25:00:00'::VARCHAR)::INTERVAL
bl_cast_varchar_uuid('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')	a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11	('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::VARCHAR)::UUID
bl_cast_varchar_uuid('A0EEBC999C0B4EF8BB6D6BB9BD380A11')	a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11	('A0EEBC999C0B4EF8BB6D6BB9BD380A11'::VARCHAR)::UUID
bl_cast_varchar_uuid('{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}')	a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11	('{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'::VARCHAR)::UUID
bl_cast_varchar_uuid('xyz')	!ERR	('xyz'::VARCHAR)::UUID
bl_cast_varchar_uuid('')	!ERR	(''::VARCHAR)::UUID
bl_cast_varchar_uuid('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1')	!ERR	('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1'::VARCHAR)::UUID
bl_cast_varchar_uuid('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111')	!ERR	('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111'::VARCHAR)::UUID
bl_cast_blob_varchar(bl_cast_varchar_blob('\\xAB\\x00a'))	\\xAB\\x00a	('\\xAB\\x00a'::VARCHAR)::BLOB
bl_cast_blob_varchar(bl_cast_varchar_blob('\\xZ'))	!ERR	('\\xZ'::VARCHAR)::BLOB
bl_cast_blob_varchar(bl_cast_varchar_blob('ü'))	!ERR	('ü'::VARCHAR)::BLOB
bl_cast_blob_varchar(bl_cast_varchar_blob('abc'))	abc	('abc'::VARCHAR)::BLOB
bl_cast_blob_varchar(bl_cast_varchar_blob(''))		(''::VARCHAR)::BLOB
bl_cast_blob_varchar(bl_cast_varchar_blob('\\xFF'))	\\xFF	('\\xFF'::VARCHAR)::BLOB
bl_cast_blob_varchar(bl_cast_varchar_blob('a~ b'))	a~ b	('a~ b'::VARCHAR)::BLOB
bl_cast_blob_varchar(bl_cast_varchar_blob('a\\b'))	!ERR	('a\\b'::VARCHAR)::BLOB
bl_cast_varchar_json('{"a": 1}')	{"a": 1}	('{"a": 1}'::VARCHAR)::JSON
bl_cast_varchar_json('{a')	!ERR	('{a'::VARCHAR)::JSON
bl_cast_varchar_json('5')	5	('5'::VARCHAR)::JSON
bl_cast_varchar_json('true')	true	('true'::VARCHAR)::JSON
bl_cast_varchar_json('null')	null	('null'::VARCHAR)::JSON
bl_cast_varchar_json('"x"')	"x"	('"x"'::VARCHAR)::JSON
bl_cast_varchar_json('[1, 2, 3]')	[1, 2, 3]	('[1, 2, 3]'::VARCHAR)::JSON
bl_cast_varchar_json('[1 2]')	!ERR	('[1 2]'::VARCHAR)::JSON
bl_cast_varchar_json('')	!ERR	(''::VARCHAR)::JSON
bl_cast_varchar_json('{"a": {"b": [1, null]}}')	{"a": {"b": [1, null]}}	('{"a": {"b": [1, null]}}'::VARCHAR)::JSON
bl_cast_varchar_json('"a\\u00e9"')	"a\\u00e9"	('"a\\u00e9"'::VARCHAR)::JSON
bl_cast_varchar_json('1.5e3')	1.5e3	('1.5e3'::VARCHAR)::JSON
bl_cast_varchar_json('abc')	!ERR	('abc'::VARCHAR)::JSON
bl_cast_varchar_json('[1')	!ERR	('[1'::VARCHAR)::JSON
bl_cast_varchar_json('{"a" 1}')	!ERR	('{"a" 1}'::VARCHAR)::JSON
bl_cast_int8_varchar(bl_cast_int64_int8(bl_cast_varchar_int64('0')))	0	('0'::BIGINT)::TINYINT
bl_cast_int16_varchar(bl_cast_int64_int16(bl_cast_varchar_int64('0')))	0	('0'::BIGINT)::SMALLINT
bl_cast_int32_varchar(bl_cast_int64_int32(bl_cast_varchar_int64('0')))	0	('0'::BIGINT)::INTEGER
bl_cast_uint8_varchar(bl_cast_int64_uint8(bl_cast_varchar_int64('0')))	0	('0'::BIGINT)::UTINYINT
bl_cast_uint16_varchar(bl_cast_int64_uint16(bl_cast_varchar_int64('0')))	0	('0'::BIGINT)::USMALLINT
bl_cast_uint32_varchar(bl_cast_int64_uint32(bl_cast_varchar_int64('0')))	0	('0'::BIGINT)::UINTEGER
bl_cast_bool_varchar(bl_cast_int64_bool(bl_cast_varchar_int64('0')))	false	('0'::BIGINT)::BOOLEAN
bl_cast_double_varchar(bl_cast_int64_double(bl_cast_varchar_int64('0')))	0.0	('0'::BIGINT)::DOUBLE
bl_cast_float_varchar(bl_cast_int64_float(bl_cast_varchar_int64('0')))	0.0	('0'::BIGINT)::FLOAT
bl_cast_int64_varchar(bl_cast_varchar_int64('0'))	0	('0'::BIGINT)::VARCHAR
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('0'), 5, 2), 2)	0.00	('0'::BIGINT)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('0'), 18, 0), 0)	0	('0'::BIGINT)::DECIMAL(18,0)
bl_cast_int8_varchar(bl_cast_int64_int8(bl_cast_varchar_int64('1')))	1	('1'::BIGINT)::TINYINT
bl_cast_int16_varchar(bl_cast_int64_int16(bl_cast_varchar_int64('1')))	1	('1'::BIGINT)::SMALLINT
bl_cast_int32_varchar(bl_cast_int64_int32(bl_cast_varchar_int64('1')))	1	('1'::BIGINT)::INTEGER
bl_cast_uint8_varchar(bl_cast_int64_uint8(bl_cast_varchar_int64('1')))	1	('1'::BIGINT)::UTINYINT
bl_cast_uint16_varchar(bl_cast_int64_uint16(bl_cast_varchar_int64('1')))	1	('1'::BIGINT)::USMALLINT
bl_cast_uint32_varchar(bl_cast_int64_uint32(bl_cast_varchar_int64('1')))	1	('1'::BIGINT)::UINTEGER
bl_cast_bool_varchar(bl_cast_int64_bool(bl_cast_varchar_int64('1')))	true	('1'::BIGINT)::BOOLEAN
bl_cast_double_varchar(bl_cast_int64_double(bl_cast_varchar_int64('1')))	1.0	('1'::BIGINT)::DOUBLE
bl_cast_float_varchar(bl_cast_int64_float(bl_cast_varchar_int64('1')))	1.0	('1'::BIGINT)::FLOAT
bl_cast_int64_varchar(bl_cast_varchar_int64('1'))	1	('1'::BIGINT)::VARCHAR
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('1'), 5, 2), 2)	1.00	('1'::BIGINT)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('1'), 18, 0), 0)	1	('1'::BIGINT)::DECIMAL(18,0)
bl_cast_int8_varchar(bl_cast_int64_int8(bl_cast_varchar_int64('-1')))	-1	('-1'::BIGINT)::TINYINT
bl_cast_int16_varchar(bl_cast_int64_int16(bl_cast_varchar_int64('-1')))	-1	('-1'::BIGINT)::SMALLINT
bl_cast_int32_varchar(bl_cast_int64_int32(bl_cast_varchar_int64('-1')))	-1	('-1'::BIGINT)::INTEGER
bl_cast_uint8_varchar(bl_cast_int64_uint8(bl_cast_varchar_int64('-1')))	!ERR	('-1'::BIGINT)::UTINYINT
bl_cast_uint16_varchar(bl_cast_int64_uint16(bl_cast_varchar_int64('-1')))	!ERR	('-1'::BIGINT)::USMALLINT
bl_cast_uint32_varchar(bl_cast_int64_uint32(bl_cast_varchar_int64('-1')))	!ERR	('-1'::BIGINT)::UINTEGER
bl_cast_bool_varchar(bl_cast_int64_bool(bl_cast_varchar_int64('-1')))	true	('-1'::BIGINT)::BOOLEAN
bl_cast_double_varchar(bl_cast_int64_double(bl_cast_varchar_int64('-1')))	-1.0	('-1'::BIGINT)::DOUBLE
bl_cast_float_varchar(bl_cast_int64_float(bl_cast_varchar_int64('-1')))	-1.0	('-1'::BIGINT)::FLOAT
bl_cast_int64_varchar(bl_cast_varchar_int64('-1'))	-1	('-1'::BIGINT)::VARCHAR
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('-1'), 5, 2), 2)	-1.00	('-1'::BIGINT)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('-1'), 18, 0), 0)	-1	('-1'::BIGINT)::DECIMAL(18,0)
bl_cast_int8_varchar(bl_cast_int64_int8(bl_cast_varchar_int64('127')))	127	('127'::BIGINT)::TINYINT
bl_cast_int16_varchar(bl_cast_int64_int16(bl_cast_varchar_int64('127')))	127	('127'::BIGINT)::SMALLINT
bl_cast_int32_varchar(bl_cast_int64_int32(bl_cast_varchar_int64('127')))	127	('127'::BIGINT)::INTEGER
bl_cast_uint8_varchar(bl_cast_int64_uint8(bl_cast_varchar_int64('127')))	127	('127'::BIGINT)::UTINYINT
bl_cast_uint16_varchar(bl_cast_int64_uint16(bl_cast_varchar_int64('127')))	127	('127'::BIGINT)::USMALLINT
bl_cast_uint32_varchar(bl_cast_int64_uint32(bl_cast_varchar_int64('127')))	127	('127'::BIGINT)::UINTEGER
bl_cast_bool_varchar(bl_cast_int64_bool(bl_cast_varchar_int64('127')))	true	('127'::BIGINT)::BOOLEAN
bl_cast_double_varchar(bl_cast_int64_double(bl_cast_varchar_int64('127')))	127.0	('127'::BIGINT)::DOUBLE
bl_cast_float_varchar(bl_cast_int64_float(bl_cast_varchar_int64('127')))	127.0	('127'::BIGINT)::FLOAT
bl_cast_int64_varchar(bl_cast_varchar_int64('127'))	127	('127'::BIGINT)::VARCHAR
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('127'), 5, 2), 2)	127.00	('127'::BIGINT)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('127'), 18, 0), 0)	127	('127'::BIGINT)::DECIMAL(18,0)
bl_cast_int8_varchar(bl_cast_int64_int8(bl_cast_varchar_int64('128')))	!ERR	('128'::BIGINT)::TINYINT
bl_cast_int16_varchar(bl_cast_int64_int16(bl_cast_varchar_int64('128')))	128	('128'::BIGINT)::SMALLINT
bl_cast_int32_varchar(bl_cast_int64_int32(bl_cast_varchar_int64('128')))	128	('128'::BIGINT)::INTEGER
bl_cast_uint8_varchar(bl_cast_int64_uint8(bl_cast_varchar_int64('128')))	128	('128'::BIGINT)::UTINYINT
bl_cast_uint16_varchar(bl_cast_int64_uint16(bl_cast_varchar_int64('128')))	128	('128'::BIGINT)::USMALLINT
bl_cast_uint32_varchar(bl_cast_int64_uint32(bl_cast_varchar_int64('128')))	128	('128'::BIGINT)::UINTEGER
bl_cast_bool_varchar(bl_cast_int64_bool(bl_cast_varchar_int64('128')))	true	('128'::BIGINT)::BOOLEAN
bl_cast_double_varchar(bl_cast_int64_double(bl_cast_varchar_int64('128')))	128.0	('128'::BIGINT)::DOUBLE
bl_cast_float_varchar(bl_cast_int64_float(bl_cast_varchar_int64('128')))	128.0	('128'::BIGINT)::FLOAT
bl_cast_int64_varchar(bl_cast_varchar_int64('128'))	128	('128'::BIGINT)::VARCHAR
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('128'), 5, 2), 2)	128.00	('128'::BIGINT)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('128'), 18, 0), 0)	128	('128'::BIGINT)::DECIMAL(18,0)
bl_cast_int8_varchar(bl_cast_int64_int8(bl_cast_varchar_int64('-128')))	-128	('-128'::BIGINT)::TINYINT
bl_cast_int16_varchar(bl_cast_int64_int16(bl_cast_varchar_int64('-128')))	-128	('-128'::BIGINT)::SMALLINT
bl_cast_int32_varchar(bl_cast_int64_int32(bl_cast_varchar_int64('-128')))	-128	('-128'::BIGINT)::INTEGER
bl_cast_uint8_varchar(bl_cast_int64_uint8(bl_cast_varchar_int64('-128')))	!ERR	('-128'::BIGINT)::UTINYINT
bl_cast_uint16_varchar(bl_cast_int64_uint16(bl_cast_varchar_int64('-128')))	!ERR	('-128'::BIGINT)::USMALLINT
bl_cast_uint32_varchar(bl_cast_int64_uint32(bl_cast_varchar_int64('-128')))	!ERR	('-128'::BIGINT)::UINTEGER
bl_cast_bool_varchar(bl_cast_int64_bool(bl_cast_varchar_int64('-128')))	true	('-128'::BIGINT)::BOOLEAN
bl_cast_double_varchar(bl_cast_int64_double(bl_cast_varchar_int64('-128')))	-128.0	('-128'::BIGINT)::DOUBLE
bl_cast_float_varchar(bl_cast_int64_float(bl_cast_varchar_int64('-128')))	-128.0	('-128'::BIGINT)::FLOAT
bl_cast_int64_varchar(bl_cast_varchar_int64('-128'))	-128	('-128'::BIGINT)::VARCHAR
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('-128'), 5, 2), 2)	-128.00	('-128'::BIGINT)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('-128'), 18, 0), 0)	-128	('-128'::BIGINT)::DECIMAL(18,0)
bl_cast_int8_varchar(bl_cast_int64_int8(bl_cast_varchar_int64('-129')))	!ERR	('-129'::BIGINT)::TINYINT
bl_cast_int16_varchar(bl_cast_int64_int16(bl_cast_varchar_int64('-129')))	-129	('-129'::BIGINT)::SMALLINT
bl_cast_int32_varchar(bl_cast_int64_int32(bl_cast_varchar_int64('-129')))	-129	('-129'::BIGINT)::INTEGER
bl_cast_uint8_varchar(bl_cast_int64_uint8(bl_cast_varchar_int64('-129')))	!ERR	('-129'::BIGINT)::UTINYINT
bl_cast_uint16_varchar(bl_cast_int64_uint16(bl_cast_varchar_int64('-129')))	!ERR	('-129'::BIGINT)::USMALLINT
bl_cast_uint32_varchar(bl_cast_int64_uint32(bl_cast_varchar_int64('-129')))	!ERR	('-129'::BIGINT)::UINTEGER
bl_cast_bool_varchar(bl_cast_int64_bool(bl_cast_varchar_int64('-129')))	true	('-129'::BIGINT)::BOOLEAN
bl_cast_double_varchar(bl_cast_int64_double(bl_cast_varchar_int64('-129')))	-129.0	('-129'::BIGINT)::DOUBLE
bl_cast_float_varchar(bl_cast_int64_float(bl_cast_varchar_int64('-129')))	-129.0	('-129'::BIGINT)::FLOAT
bl_cast_int64_varchar(bl_cast_varchar_int64('-129'))	-129	('-129'::BIGINT)::VARCHAR
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('-129'), 5, 2), 2)	-129.00	('-129'::BIGINT)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('-129'), 18, 0), 0)	-129	('-129'::BIGINT)::DECIMAL(18,0)
bl_cast_int8_varchar(bl_cast_int64_int8(bl_cast_varchar_int64('255')))	!ERR	('255'::BIGINT)::TINYINT
bl_cast_int16_varchar(bl_cast_int64_int16(bl_cast_varchar_int64('255')))	255	('255'::BIGINT)::SMALLINT
bl_cast_int32_varchar(bl_cast_int64_int32(bl_cast_varchar_int64('255')))	255	('255'::BIGINT)::INTEGER
bl_cast_uint8_varchar(bl_cast_int64_uint8(bl_cast_varchar_int64('255')))	255	('255'::BIGINT)::UTINYINT
bl_cast_uint16_varchar(bl_cast_int64_uint16(bl_cast_varchar_int64('255')))	255	('255'::BIGINT)::USMALLINT
bl_cast_uint32_varchar(bl_cast_int64_uint32(bl_cast_varchar_int64('255')))	255	('255'::BIGINT)::UINTEGER
bl_cast_bool_varchar(bl_cast_int64_bool(bl_cast_varchar_int64('255')))	true	('255'::BIGINT)::BOOLEAN
bl_cast_double_varchar(bl_cast_int64_double(bl_cast_varchar_int64('255')))	255.0	('255'::BIGINT)::DOUBLE
bl_cast_float_varchar(bl_cast_int64_float(bl_cast_varchar_int64('255')))	255.0	('255'::BIGINT)::FLOAT
bl_cast_int64_varchar(bl_cast_varchar_int64('255'))	255	('255'::BIGINT)::VARCHAR
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('255'), 5, 2), 2)	255.00	('255'::BIGINT)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('255'), 18, 0), 0)	255	('255'::BIGINT)::DECIMAL(18,0)
bl_cast_int8_varchar(bl_cast_int64_int8(bl_cast_varchar_int64('40000')))	!ERR	('40000'::BIGINT)::TINYINT
bl_cast_int16_varchar(bl_cast_int64_int16(bl_cast_varchar_int64('40000')))	!ERR	('40000'::BIGINT)::SMALLINT
bl_cast_int32_varchar(bl_cast_int64_int32(bl_cast_varchar_int64('40000')))	40000	('40000'::BIGINT)::INTEGER
bl_cast_uint8_varchar(bl_cast_int64_uint8(bl_cast_varchar_int64('40000')))	!ERR	('40000'::BIGINT)::UTINYINT
bl_cast_uint16_varchar(bl_cast_int64_uint16(bl_cast_varchar_int64('40000')))	40000	('40000'::BIGINT)::USMALLINT
bl_cast_uint32_varchar(bl_cast_int64_uint32(bl_cast_varchar_int64('40000')))	40000	('40000'::BIGINT)::UINTEGER
bl_cast_bool_varchar(bl_cast_int64_bool(bl_cast_varchar_int64('40000')))	true	('40000'::BIGINT)::BOOLEAN
bl_cast_double_varchar(bl_cast_int64_double(bl_cast_varchar_int64('40000')))	40000.0	('40000'::BIGINT)::DOUBLE
bl_cast_float_varchar(bl_cast_int64_float(bl_cast_varchar_int64('40000')))	40000.0	('40000'::BIGINT)::FLOAT
bl_cast_int64_varchar(bl_cast_varchar_int64('40000'))	40000	('40000'::BIGINT)::VARCHAR
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('40000'), 5, 2), 2)	!ERR	('40000'::BIGINT)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('40000'), 18, 0), 0)	40000	('40000'::BIGINT)::DECIMAL(18,0)
bl_cast_int8_varchar(bl_cast_int64_int8(bl_cast_varchar_int64('-32768')))	!ERR	('-32768'::BIGINT)::TINYINT
bl_cast_int16_varchar(bl_cast_int64_int16(bl_cast_varchar_int64('-32768')))	-32768	('-32768'::BIGINT)::SMALLINT
bl_cast_int32_varchar(bl_cast_int64_int32(bl_cast_varchar_int64('-32768')))	-32768	('-32768'::BIGINT)::INTEGER
bl_cast_uint8_varchar(bl_cast_int64_uint8(bl_cast_varchar_int64('-32768')))	!ERR	('-32768'::BIGINT)::UTINYINT
bl_cast_uint16_varchar(bl_cast_int64_uint16(bl_cast_varchar_int64('-32768')))	!ERR	('-32768'::BIGINT)::USMALLINT
bl_cast_uint32_varchar(bl_cast_int64_uint32(bl_cast_varchar_int64('-32768')))	!ERR	('-32768'::BIGINT)::UINTEGER
bl_cast_bool_varchar(bl_cast_int64_bool(bl_cast_varchar_int64('-32768')))	true	('-32768'::BIGINT)::BOOLEAN
bl_cast_double_varchar(bl_cast_int64_double(bl_cast_varchar_int64('-32768')))	-32768.0	('-32768'::BIGINT)::DOUBLE
bl_cast_float_varchar(bl_cast_int64_float(bl_cast_varchar_int64('-32768')))	-32768.0	('-32768'::BIGINT)::FLOAT
bl_cast_int64_varchar(bl_cast_varchar_int64('-32768'))	-32768	('-32768'::BIGINT)::VARCHAR
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('-32768'), 5, 2), 2)	!ERR	('-32768'::BIGINT)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('-32768'), 18, 0), 0)	-32768	('-32768'::BIGINT)::DECIMAL(18,0)
bl_cast_int8_varchar(bl_cast_int64_int8(bl_cast_varchar_int64('2147483647')))	!ERR	('2147483647'::BIGINT)::TINYINT
bl_cast_int16_varchar(bl_cast_int64_int16(bl_cast_varchar_int64('2147483647')))	!ERR	('2147483647'::BIGINT)::SMALLINT
bl_cast_int32_varchar(bl_cast_int64_int32(bl_cast_varchar_int64('2147483647')))	2147483647	('2147483647'::BIGINT)::INTEGER
bl_cast_uint8_varchar(bl_cast_int64_uint8(bl_cast_varchar_int64('2147483647')))	!ERR	('2147483647'::BIGINT)::UTINYINT
bl_cast_uint16_varchar(bl_cast_int64_uint16(bl_cast_varchar_int64('2147483647')))	!ERR	('2147483647'::BIGINT)::USMALLINT
bl_cast_uint32_varchar(bl_cast_int64_uint32(bl_cast_varchar_int64('2147483647')))	2147483647	('2147483647'::BIGINT)::UINTEGER
bl_cast_bool_varchar(bl_cast_int64_bool(bl_cast_varchar_int64('2147483647')))	true	('2147483647'::BIGINT)::BOOLEAN
bl_cast_double_varchar(bl_cast_int64_double(bl_cast_varchar_int64('2147483647')))	2147483647.0	('2147483647'::BIGINT)::DOUBLE
bl_cast_float_varchar(bl_cast_int64_float(bl_cast_varchar_int64('2147483647')))	2147483600.0	('2147483647'::BIGINT)::FLOAT
bl_cast_int64_varchar(bl_cast_varchar_int64('2147483647'))	2147483647	('2147483647'::BIGINT)::VARCHAR
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('2147483647'), 5, 2), 2)	!ERR	('2147483647'::BIGINT)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('2147483647'), 18, 0), 0)	2147483647	('2147483647'::BIGINT)::DECIMAL(18,0)
bl_cast_int8_varchar(bl_cast_int64_int8(bl_cast_varchar_int64('9223372036854775807')))	!ERR	('9223372036854775807'::BIGINT)::TINYINT
bl_cast_int16_varchar(bl_cast_int64_int16(bl_cast_varchar_int64('9223372036854775807')))	!ERR	('9223372036854775807'::BIGINT)::SMALLINT
bl_cast_int32_varchar(bl_cast_int64_int32(bl_cast_varchar_int64('9223372036854775807')))	!ERR	('9223372036854775807'::BIGINT)::INTEGER
bl_cast_uint8_varchar(bl_cast_int64_uint8(bl_cast_varchar_int64('9223372036854775807')))	!ERR	('9223372036854775807'::BIGINT)::UTINYINT
bl_cast_uint16_varchar(bl_cast_int64_uint16(bl_cast_varchar_int64('9223372036854775807')))	!ERR	('9223372036854775807'::BIGINT)::USMALLINT
bl_cast_uint32_varchar(bl_cast_int64_uint32(bl_cast_varchar_int64('9223372036854775807')))	!ERR	('9223372036854775807'::BIGINT)::UINTEGER
bl_cast_bool_varchar(bl_cast_int64_bool(bl_cast_varchar_int64('9223372036854775807')))	true	('9223372036854775807'::BIGINT)::BOOLEAN
bl_cast_double_varchar(bl_cast_int64_double(bl_cast_varchar_int64('9223372036854775807')))	9.223372036854776e+18	('9223372036854775807'::BIGINT)::DOUBLE
bl_cast_float_varchar(bl_cast_int64_float(bl_cast_varchar_int64('9223372036854775807')))	9.223372e+18	('9223372036854775807'::BIGINT)::FLOAT
bl_cast_int64_varchar(bl_cast_varchar_int64('9223372036854775807'))	9223372036854775807	('9223372036854775807'::BIGINT)::VARCHAR
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('9223372036854775807'), 5, 2), 2)	!ERR	('9223372036854775807'::BIGINT)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_int64_decimal(bl_cast_varchar_int64('9223372036854775807'), 18, 0), 0)	!ERR	('9223372036854775807'::BIGINT)::DECIMAL(18,0)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('1.5')))	2	('1.5'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('1.5')))	2	('1.5'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('1.5')))	2	('1.5'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('1.5')))	2	('1.5'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('1.5')))	true	('1.5'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('1.5')))	1.5	('1.5'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1.5'))	1.5	('1.5'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('1.5'), 5, 2), 2)	1.50	('1.5'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('1.5'), 18, 3), 3)	1.500	('1.5'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('2.5')))	2	('2.5'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('2.5')))	2	('2.5'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('2.5')))	2	('2.5'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('2.5')))	2	('2.5'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('2.5')))	true	('2.5'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('2.5')))	2.5	('2.5'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('2.5'))	2.5	('2.5'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('2.5'), 5, 2), 2)	2.50	('2.5'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('2.5'), 18, 3), 3)	2.500	('2.5'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('-1.5')))	-2	('-1.5'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('-1.5')))	-2	('-1.5'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('-1.5')))	-2	('-1.5'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('-1.5')))	!ERR	('-1.5'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('-1.5')))	true	('-1.5'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('-1.5')))	-1.5	('-1.5'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('-1.5'))	-1.5	('-1.5'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('-1.5'), 5, 2), 2)	-1.50	('-1.5'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('-1.5'), 18, 3), 3)	-1.500	('-1.5'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('-0.5')))	0	('-0.5'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('-0.5')))	0	('-0.5'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('-0.5')))	0	('-0.5'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('-0.5')))	0	('-0.5'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('-0.5')))	true	('-0.5'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('-0.5')))	-0.5	('-0.5'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('-0.5'))	-0.5	('-0.5'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('-0.5'), 5, 2), 2)	-0.50	('-0.5'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('-0.5'), 18, 3), 3)	-0.500	('-0.5'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('0')))	0	('0'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('0')))	0	('0'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('0')))	0	('0'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('0')))	0	('0'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('0')))	false	('0'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('0')))	0.0	('0'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('0'))	0.0	('0'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('0'), 5, 2), 2)	0.00	('0'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('0'), 18, 3), 3)	0.000	('0'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('127.4')))	127	('127.4'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('127.4')))	127	('127.4'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('127.4')))	127	('127.4'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('127.4')))	127	('127.4'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('127.4')))	true	('127.4'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('127.4')))	127.4	('127.4'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('127.4'))	127.4	('127.4'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('127.4'), 5, 2), 2)	127.40	('127.4'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('127.4'), 18, 3), 3)	127.400	('127.4'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('127.5')))	!ERR	('127.5'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('127.5')))	128	('127.5'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('127.5')))	128	('127.5'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('127.5')))	128	('127.5'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('127.5')))	true	('127.5'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('127.5')))	127.5	('127.5'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('127.5'))	127.5	('127.5'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('127.5'), 5, 2), 2)	127.50	('127.5'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('127.5'), 18, 3), 3)	127.500	('127.5'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('1e18')))	!ERR	('1e18'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('1e18')))	!ERR	('1e18'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('1e18')))	1000000000000000000	('1e18'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('1e18')))	!ERR	('1e18'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('1e18')))	true	('1e18'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('1e18')))	1e+18	('1e18'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1e18'))	1e+18	('1e18'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('1e18'), 5, 2), 2)	!ERR	('1e18'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('1e18'), 18, 3), 3)	!ERR	('1e18'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('9.3e18')))	!ERR	('9.3e18'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('9.3e18')))	!ERR	('9.3e18'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('9.3e18')))	!ERR	('9.3e18'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('9.3e18')))	!ERR	('9.3e18'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('9.3e18')))	true	('9.3e18'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('9.3e18')))	9.3e+18	('9.3e18'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('9.3e18'))	9.3e+18	('9.3e18'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('9.3e18'), 5, 2), 2)	!ERR	('9.3e18'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('9.3e18'), 18, 3), 3)	!ERR	('9.3e18'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('-9.3e18')))	!ERR	('-9.3e18'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('-9.3e18')))	!ERR	('-9.3e18'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('-9.3e18')))	!ERR	('-9.3e18'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('-9.3e18')))	!ERR	('-9.3e18'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('-9.3e18')))	true	('-9.3e18'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('-9.3e18')))	-9.3e+18	('-9.3e18'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('-9.3e18'))	-9.3e+18	('-9.3e18'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('-9.3e18'), 5, 2), 2)	!ERR	('-9.3e18'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('-9.3e18'), 18, 3), 3)	!ERR	('-9.3e18'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('1e20')))	!ERR	('1e20'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('1e20')))	!ERR	('1e20'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('1e20')))	!ERR	('1e20'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('1e20')))	!ERR	('1e20'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('1e20')))	true	('1e20'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('1e20')))	1e+20	('1e20'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1e20'))	1e+20	('1e20'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('1e20'), 5, 2), 2)	!ERR	('1e20'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('1e20'), 18, 3), 3)	!ERR	('1e20'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('0.1')))	0	('0.1'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('0.1')))	0	('0.1'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('0.1')))	0	('0.1'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('0.1')))	0	('0.1'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('0.1')))	true	('0.1'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('0.1')))	0.1	('0.1'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('0.1'))	0.1	('0.1'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('0.1'), 5, 2), 2)	0.10	('0.1'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('0.1'), 18, 3), 3)	0.100	('0.1'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('inf')))	!ERR	('inf'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('inf')))	!ERR	('inf'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('inf')))	!ERR	('inf'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('inf')))	!ERR	('inf'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('inf')))	true	('inf'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('inf')))	inf	('inf'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('inf'))	inf	('inf'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('inf'), 5, 2), 2)	!ERR	('inf'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('inf'), 18, 3), 3)	!ERR	('inf'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('1e300')))	!ERR	('1e300'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('1e300')))	!ERR	('1e300'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('1e300')))	!ERR	('1e300'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('1e300')))	!ERR	('1e300'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('1e300')))	true	('1e300'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('1e300')))	!ERR	('1e300'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('1e300'))	1e+300	('1e300'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('1e300'), 5, 2), 2)	!ERR	('1e300'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('1e300'), 18, 3), 3)	!ERR	('1e300'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('3.4e39')))	!ERR	('3.4e39'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('3.4e39')))	!ERR	('3.4e39'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('3.4e39')))	!ERR	('3.4e39'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('3.4e39')))	!ERR	('3.4e39'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('3.4e39')))	true	('3.4e39'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('3.4e39')))	!ERR	('3.4e39'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('3.4e39'))	3.4e+39	('3.4e39'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('3.4e39'), 5, 2), 2)	!ERR	('3.4e39'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('3.4e39'), 18, 3), 3)	!ERR	('3.4e39'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('12345.678')))	!ERR	('12345.678'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('12345.678')))	12346	('12345.678'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('12345.678')))	12346	('12345.678'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('12345.678')))	!ERR	('12345.678'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('12345.678')))	true	('12345.678'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('12345.678')))	12345.678	('12345.678'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('12345.678'))	12345.678	('12345.678'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('12345.678'), 5, 2), 2)	!ERR	('12345.678'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('12345.678'), 18, 3), 3)	12345.678	('12345.678'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('0.125')))	0	('0.125'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('0.125')))	0	('0.125'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('0.125')))	0	('0.125'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('0.125')))	0	('0.125'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('0.125')))	true	('0.125'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('0.125')))	0.125	('0.125'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('0.125'))	0.125	('0.125'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('0.125'), 5, 2), 2)	0.13	('0.125'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('0.125'), 18, 3), 3)	0.125	('0.125'::DOUBLE)::DECIMAL(18,3)
bl_cast_int8_varchar(bl_cast_double_int8(bl_cast_varchar_double('0.135')))	0	('0.135'::DOUBLE)::TINYINT
bl_cast_int32_varchar(bl_cast_double_int32(bl_cast_varchar_double('0.135')))	0	('0.135'::DOUBLE)::INTEGER
bl_cast_int64_varchar(bl_cast_double_int64(bl_cast_varchar_double('0.135')))	0	('0.135'::DOUBLE)::BIGINT
bl_cast_uint8_varchar(bl_cast_double_uint8(bl_cast_varchar_double('0.135')))	0	('0.135'::DOUBLE)::UTINYINT
bl_cast_bool_varchar(bl_cast_double_bool(bl_cast_varchar_double('0.135')))	true	('0.135'::DOUBLE)::BOOLEAN
bl_cast_float_varchar(bl_cast_double_float(bl_cast_varchar_double('0.135')))	0.135	('0.135'::DOUBLE)::FLOAT
bl_cast_double_varchar(bl_cast_varchar_double('0.135'))	0.135	('0.135'::DOUBLE)::VARCHAR
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('0.135'), 5, 2), 2)	0.14	('0.135'::DOUBLE)::DECIMAL(5,2)
bl_cast_decimal_varchar(bl_cast_double_decimal(bl_cast_varchar_double('0.135'), 18, 3), 3)	0.135	('0.135'::DOUBLE)::DECIMAL(18,3)
bl_cast_float_varchar(bl_cast_varchar_float('1.0'))	1.0	('1.0'::FLOAT)::VARCHAR
bl_cast_double_varchar(bl_cast_float_double(bl_cast_varchar_float('1.0')))	1.0	('1.0'::FLOAT)::DOUBLE
bl_cast_int32_varchar(bl_cast_float_int32(bl_cast_varchar_float('1.0')))	1	('1.0'::FLOAT)::INTEGER
bl_cast_int64_varchar(bl_cast_float_int64(bl_cast_varchar_float('1.0')))	1	('1.0'::FLOAT)::BIGINT
bl_cast_decimal_varchar(bl_cast_float_decimal(bl_cast_varchar_float('1.0'), 10, 2), 2)	1.00	('1.0'::FLOAT)::DECIMAL(10,2)
bl_cast_float_varchar(bl_cast_varchar_float('0.1'))	0.1	('0.1'::FLOAT)::VARCHAR
bl_cast_double_varchar(bl_cast_float_double(bl_cast_varchar_float('0.1')))	0.10000000149011612	('0.1'::FLOAT)::DOUBLE
bl_cast_int32_varchar(bl_cast_float_int32(bl_cast_varchar_float('0.1')))	0	('0.1'::FLOAT)::INTEGER
bl_cast_int64_varchar(bl_cast_float_int64(bl_cast_varchar_float('0.1')))	0	('0.1'::FLOAT)::BIGINT
bl_cast_decimal_varchar(bl_cast_float_decimal(bl_cast_varchar_float('0.1'), 10, 2), 2)	0.10	('0.1'::FLOAT)::DECIMAL(10,2)
bl_cast_float_varchar(bl_cast_varchar_float('16777216'))	16777216.0	('16777216'::FLOAT)::VARCHAR
bl_cast_double_varchar(bl_cast_float_double(bl_cast_varchar_float('16777216')))	16777216.0	('16777216'::FLOAT)::DOUBLE
bl_cast_int32_varchar(bl_cast_float_int32(bl_cast_varchar_float('16777216')))	16777216	('16777216'::FLOAT)::INTEGER
bl_cast_int64_varchar(bl_cast_float_int64(bl_cast_varchar_float('16777216')))	16777216	('16777216'::FLOAT)::BIGINT
bl_cast_decimal_varchar(bl_cast_float_decimal(bl_cast_varchar_float('16777216'), 10, 2), 2)	16777216.00	('16777216'::FLOAT)::DECIMAL(10,2)
bl_cast_float_varchar(bl_cast_varchar_float('1e10'))	10000000000.0	('1e10'::FLOAT)::VARCHAR
bl_cast_double_varchar(bl_cast_float_double(bl_cast_varchar_float('1e10')))	10000000000.0	('1e10'::FLOAT)::DOUBLE
bl_cast_int32_varchar(bl_cast_float_int32(bl_cast_varchar_float('1e10')))	!ERR	('1e10'::FLOAT)::INTEGER
bl_cast_int64_varchar(bl_cast_float_int64(bl_cast_varchar_float('1e10')))	10000000000	('1e10'::FLOAT)::BIGINT
bl_cast_decimal_varchar(bl_cast_float_decimal(bl_cast_varchar_float('1e10'), 10, 2), 2)	!ERR	('1e10'::FLOAT)::DECIMAL(10,2)
bl_cast_float_varchar(bl_cast_varchar_float('123456789'))	123456790.0	('123456789'::FLOAT)::VARCHAR
bl_cast_double_varchar(bl_cast_float_double(bl_cast_varchar_float('123456789')))	123456792.0	('123456789'::FLOAT)::DOUBLE
bl_cast_int32_varchar(bl_cast_float_int32(bl_cast_varchar_float('123456789')))	123456792	('123456789'::FLOAT)::INTEGER
bl_cast_int64_varchar(bl_cast_float_int64(bl_cast_varchar_float('123456789')))	123456792	('123456789'::FLOAT)::BIGINT
bl_cast_decimal_varchar(bl_cast_float_decimal(bl_cast_varchar_float('123456789'), 10, 2), 2)	!ERR	('123456789'::FLOAT)::DECIMAL(10,2)
bl_cast_float_varchar(bl_cast_varchar_float('1e16'))	1e+16	('1e16'::FLOAT)::VARCHAR
bl_cast_double_varchar(bl_cast_float_double(bl_cast_varchar_float('1e16')))	1.0000000272564224e+16	('1e16'::FLOAT)::DOUBLE
bl_cast_int32_varchar(bl_cast_float_int32(bl_cast_varchar_float('1e16')))	!ERR	('1e16'::FLOAT)::INTEGER
bl_cast_int64_varchar(bl_cast_float_int64(bl_cast_varchar_float('1e16')))	10000000272564224	('1e16'::FLOAT)::BIGINT
bl_cast_decimal_varchar(bl_cast_float_decimal(bl_cast_varchar_float('1e16'), 10, 2), 2)	!ERR	('1e16'::FLOAT)::DECIMAL(10,2)
bl_cast_float_varchar(bl_cast_varchar_float('1e-5'))	1e-05	('1e-5'::FLOAT)::VARCHAR
bl_cast_double_varchar(bl_cast_float_double(bl_cast_varchar_float('1e-5')))	9.999999747378752e-06	('1e-5'::FLOAT)::DOUBLE
bl_cast_int32_varchar(bl_cast_float_int32(bl_cast_varchar_float('1e-5')))	0	('1e-5'::FLOAT)::INTEGER
bl_cast_int64_varchar(bl_cast_float_int64(bl_cast_varchar_float('1e-5')))	0	('1e-5'::FLOAT)::BIGINT
bl_cast_decimal_varchar(bl_cast_float_decimal(bl_cast_varchar_float('1e-5'), 10, 2), 2)	0.00	('1e-5'::FLOAT)::DECIMAL(10,2)
bl_cast_float_varchar(bl_cast_varchar_float('3.4028235e38'))	3.4028235e+38	('3.4028235e38'::FLOAT)::VARCHAR
bl_cast_double_varchar(bl_cast_float_double(bl_cast_varchar_float('3.4028235e38')))	3.4028234663852886e+38	('3.4028235e38'::FLOAT)::DOUBLE
bl_cast_int32_varchar(bl_cast_float_int32(bl_cast_varchar_float('3.4028235e38')))	!ERR	('3.4028235e38'::FLOAT)::INTEGER
bl_cast_int64_varchar(bl_cast_float_int64(bl_cast_varchar_float('3.4028235e38')))	!ERR	('3.4028235e38'::FLOAT)::BIGINT
bl_cast_decimal_varchar(bl_cast_float_decimal(bl_cast_varchar_float('3.4028235e38'), 10, 2), 2)	!ERR	('3.4028235e38'::FLOAT)::DECIMAL(10,2)
bl_cast_float_varchar(bl_cast_varchar_float('-2.5'))	-2.5	('-2.5'::FLOAT)::VARCHAR
bl_cast_double_varchar(bl_cast_float_double(bl_cast_varchar_float('-2.5')))	-2.5	('-2.5'::FLOAT)::DOUBLE
bl_cast_int32_varchar(bl_cast_float_int32(bl_cast_varchar_float('-2.5')))	-2	('-2.5'::FLOAT)::INTEGER
bl_cast_int64_varchar(bl_cast_float_int64(bl_cast_varchar_float('-2.5')))	-2	('-2.5'::FLOAT)::BIGINT
bl_cast_decimal_varchar(bl_cast_float_decimal(bl_cast_varchar_float('-2.5'), 10, 2), 2)	-2.50	('-2.5'::FLOAT)::DECIMAL(10,2)
bl_cast_int8_varchar(bl_cast_decimal_int8(bl_cast_varchar_decimal('12.34', 5, 2), 2))	12	('12.34'::DECIMAL(5,2))::TINYINT
bl_cast_int32_varchar(bl_cast_decimal_int32(bl_cast_varchar_decimal('12.34', 5, 2), 2))	12	('12.34'::DECIMAL(5,2))::INTEGER
bl_cast_uint8_varchar(bl_cast_decimal_uint8(bl_cast_varchar_decimal('12.34', 5, 2), 2))	12	('12.34'::DECIMAL(5,2))::UTINYINT
bl_cast_bool_varchar(bl_cast_decimal_bool(bl_cast_varchar_decimal('12.34', 5, 2), 2))	true	('12.34'::DECIMAL(5,2))::BOOLEAN
bl_cast_double_varchar(bl_cast_decimal_double(bl_cast_varchar_decimal('12.34', 5, 2), 2))	12.34	('12.34'::DECIMAL(5,2))::DOUBLE
bl_cast_float_varchar(bl_cast_decimal_float(bl_cast_varchar_decimal('12.34', 5, 2), 2))	12.34	('12.34'::DECIMAL(5,2))::FLOAT
bl_cast_decimal_varchar(bl_cast_varchar_decimal('12.34', 5, 2), 2)	12.34	('12.34'::DECIMAL(5,2))::VARCHAR
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('12.34', 5, 2), 2, 5, 1), 1)	12.3	('12.34'::DECIMAL(5,2))::DECIMAL(5,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('12.34', 5, 2), 2, 4, 1), 1)	12.3	('12.34'::DECIMAL(5,2))::DECIMAL(4,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('12.34', 5, 2), 2, 3, 0), 0)	12	('12.34'::DECIMAL(5,2))::DECIMAL(3,0)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('12.34', 5, 2), 2, 18, 6), 6)	12.340000	('12.34'::DECIMAL(5,2))::DECIMAL(18,6)
bl_cast_int8_varchar(bl_cast_decimal_int8(bl_cast_varchar_decimal('-12.34', 5, 2), 2))	-12	('-12.34'::DECIMAL(5,2))::TINYINT
bl_cast_int32_varchar(bl_cast_decimal_int32(bl_cast_varchar_decimal('-12.34', 5, 2), 2))	-12	('-12.34'::DECIMAL(5,2))::INTEGER
bl_cast_uint8_varchar(bl_cast_decimal_uint8(bl_cast_varchar_decimal('-12.34', 5, 2), 2))	!ERR	('-12.34'::DECIMAL(5,2))::UTINYINT
bl_cast_bool_varchar(bl_cast_decimal_bool(bl_cast_varchar_decimal('-12.34', 5, 2), 2))	true	('-12.34'::DECIMAL(5,2))::BOOLEAN
bl_cast_double_varchar(bl_cast_decimal_double(bl_cast_varchar_decimal('-12.34', 5, 2), 2))	-12.34	('-12.34'::DECIMAL(5,2))::DOUBLE
bl_cast_float_varchar(bl_cast_decimal_float(bl_cast_varchar_decimal('-12.34', 5, 2), 2))	-12.34	('-12.34'::DECIMAL(5,2))::FLOAT
bl_cast_decimal_varchar(bl_cast_varchar_decimal('-12.34', 5, 2), 2)	-12.34	('-12.34'::DECIMAL(5,2))::VARCHAR
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('-12.34', 5, 2), 2, 5, 1), 1)	-12.3	('-12.34'::DECIMAL(5,2))::DECIMAL(5,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('-12.34', 5, 2), 2, 4, 1), 1)	-12.3	('-12.34'::DECIMAL(5,2))::DECIMAL(4,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('-12.34', 5, 2), 2, 3, 0), 0)	-12	('-12.34'::DECIMAL(5,2))::DECIMAL(3,0)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('-12.34', 5, 2), 2, 18, 6), 6)	-12.340000	('-12.34'::DECIMAL(5,2))::DECIMAL(18,6)
bl_cast_int8_varchar(bl_cast_decimal_int8(bl_cast_varchar_decimal('0.05', 5, 2), 2))	0	('0.05'::DECIMAL(5,2))::TINYINT
bl_cast_int32_varchar(bl_cast_decimal_int32(bl_cast_varchar_decimal('0.05', 5, 2), 2))	0	('0.05'::DECIMAL(5,2))::INTEGER
bl_cast_uint8_varchar(bl_cast_decimal_uint8(bl_cast_varchar_decimal('0.05', 5, 2), 2))	0	('0.05'::DECIMAL(5,2))::UTINYINT
bl_cast_bool_varchar(bl_cast_decimal_bool(bl_cast_varchar_decimal('0.05', 5, 2), 2))	true	('0.05'::DECIMAL(5,2))::BOOLEAN
bl_cast_double_varchar(bl_cast_decimal_double(bl_cast_varchar_decimal('0.05', 5, 2), 2))	0.05	('0.05'::DECIMAL(5,2))::DOUBLE
bl_cast_float_varchar(bl_cast_decimal_float(bl_cast_varchar_decimal('0.05', 5, 2), 2))	0.05	('0.05'::DECIMAL(5,2))::FLOAT
bl_cast_decimal_varchar(bl_cast_varchar_decimal('0.05', 5, 2), 2)	0.05	('0.05'::DECIMAL(5,2))::VARCHAR
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('0.05', 5, 2), 2, 5, 1), 1)	0.1	('0.05'::DECIMAL(5,2))::DECIMAL(5,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('0.05', 5, 2), 2, 4, 1), 1)	0.1	('0.05'::DECIMAL(5,2))::DECIMAL(4,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('0.05', 5, 2), 2, 3, 0), 0)	0	('0.05'::DECIMAL(5,2))::DECIMAL(3,0)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('0.05', 5, 2), 2, 18, 6), 6)	0.050000	('0.05'::DECIMAL(5,2))::DECIMAL(18,6)
bl_cast_int8_varchar(bl_cast_decimal_int8(bl_cast_varchar_decimal('-0.05', 5, 2), 2))	0	('-0.05'::DECIMAL(5,2))::TINYINT
bl_cast_int32_varchar(bl_cast_decimal_int32(bl_cast_varchar_decimal('-0.05', 5, 2), 2))	0	('-0.05'::DECIMAL(5,2))::INTEGER
bl_cast_uint8_varchar(bl_cast_decimal_uint8(bl_cast_varchar_decimal('-0.05', 5, 2), 2))	0	('-0.05'::DECIMAL(5,2))::UTINYINT
bl_cast_bool_varchar(bl_cast_decimal_bool(bl_cast_varchar_decimal('-0.05', 5, 2), 2))	true	('-0.05'::DECIMAL(5,2))::BOOLEAN
bl_cast_double_varchar(bl_cast_decimal_double(bl_cast_varchar_decimal('-0.05', 5, 2), 2))	-0.05	('-0.05'::DECIMAL(5,2))::DOUBLE
bl_cast_float_varchar(bl_cast_decimal_float(bl_cast_varchar_decimal('-0.05', 5, 2), 2))	-0.05	('-0.05'::DECIMAL(5,2))::FLOAT
bl_cast_decimal_varchar(bl_cast_varchar_decimal('-0.05', 5, 2), 2)	-0.05	('-0.05'::DECIMAL(5,2))::VARCHAR
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('-0.05', 5, 2), 2, 5, 1), 1)	-0.1	('-0.05'::DECIMAL(5,2))::DECIMAL(5,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('-0.05', 5, 2), 2, 4, 1), 1)	-0.1	('-0.05'::DECIMAL(5,2))::DECIMAL(4,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('-0.05', 5, 2), 2, 3, 0), 0)	0	('-0.05'::DECIMAL(5,2))::DECIMAL(3,0)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('-0.05', 5, 2), 2, 18, 6), 6)	-0.050000	('-0.05'::DECIMAL(5,2))::DECIMAL(18,6)
bl_cast_int8_varchar(bl_cast_decimal_int8(bl_cast_varchar_decimal('2.50', 5, 2), 2))	3	('2.50'::DECIMAL(5,2))::TINYINT
bl_cast_int32_varchar(bl_cast_decimal_int32(bl_cast_varchar_decimal('2.50', 5, 2), 2))	3	('2.50'::DECIMAL(5,2))::INTEGER
bl_cast_uint8_varchar(bl_cast_decimal_uint8(bl_cast_varchar_decimal('2.50', 5, 2), 2))	3	('2.50'::DECIMAL(5,2))::UTINYINT
bl_cast_bool_varchar(bl_cast_decimal_bool(bl_cast_varchar_decimal('2.50', 5, 2), 2))	true	('2.50'::DECIMAL(5,2))::BOOLEAN
bl_cast_double_varchar(bl_cast_decimal_double(bl_cast_varchar_decimal('2.50', 5, 2), 2))	2.5	('2.50'::DECIMAL(5,2))::DOUBLE
bl_cast_float_varchar(bl_cast_decimal_float(bl_cast_varchar_decimal('2.50', 5, 2), 2))	2.5	('2.50'::DECIMAL(5,2))::FLOAT
bl_cast_decimal_varchar(bl_cast_varchar_decimal('2.50', 5, 2), 2)	2.50	('2.50'::DECIMAL(5,2))::VARCHAR
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('2.50', 5, 2), 2, 5, 1), 1)	2.5	('2.50'::DECIMAL(5,2))::DECIMAL(5,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('2.50', 5, 2), 2, 4, 1), 1)	2.5	('2.50'::DECIMAL(5,2))::DECIMAL(4,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('2.50', 5, 2), 2, 3, 0), 0)	3	('2.50'::DECIMAL(5,2))::DECIMAL(3,0)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('2.50', 5, 2), 2, 18, 6), 6)	2.500000	('2.50'::DECIMAL(5,2))::DECIMAL(18,6)
bl_cast_int8_varchar(bl_cast_decimal_int8(bl_cast_varchar_decimal('3.50', 5, 2), 2))	4	('3.50'::DECIMAL(5,2))::TINYINT
bl_cast_int32_varchar(bl_cast_decimal_int32(bl_cast_varchar_decimal('3.50', 5, 2), 2))	4	('3.50'::DECIMAL(5,2))::INTEGER
bl_cast_uint8_varchar(bl_cast_decimal_uint8(bl_cast_varchar_decimal('3.50', 5, 2), 2))	4	('3.50'::DECIMAL(5,2))::UTINYINT
bl_cast_bool_varchar(bl_cast_decimal_bool(bl_cast_varchar_decimal('3.50', 5, 2), 2))	true	('3.50'::DECIMAL(5,2))::BOOLEAN
bl_cast_double_varchar(bl_cast_decimal_double(bl_cast_varchar_decimal('3.50', 5, 2), 2))	3.5	('3.50'::DECIMAL(5,2))::DOUBLE
bl_cast_float_varchar(bl_cast_decimal_float(bl_cast_varchar_decimal('3.50', 5, 2), 2))	3.5	('3.50'::DECIMAL(5,2))::FLOAT
bl_cast_decimal_varchar(bl_cast_varchar_decimal('3.50', 5, 2), 2)	3.50	('3.50'::DECIMAL(5,2))::VARCHAR
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('3.50', 5, 2), 2, 5, 1), 1)	3.5	('3.50'::DECIMAL(5,2))::DECIMAL(5,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('3.50', 5, 2), 2, 4, 1), 1)	3.5	('3.50'::DECIMAL(5,2))::DECIMAL(4,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('3.50', 5, 2), 2, 3, 0), 0)	4	('3.50'::DECIMAL(5,2))::DECIMAL(3,0)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('3.50', 5, 2), 2, 18, 6), 6)	3.500000	('3.50'::DECIMAL(5,2))::DECIMAL(18,6)
bl_cast_int8_varchar(bl_cast_decimal_int8(bl_cast_varchar_decimal('-2.50', 5, 2), 2))	-3	('-2.50'::DECIMAL(5,2))::TINYINT
bl_cast_int32_varchar(bl_cast_decimal_int32(bl_cast_varchar_decimal('-2.50', 5, 2), 2))	-3	('-2.50'::DECIMAL(5,2))::INTEGER
bl_cast_uint8_varchar(bl_cast_decimal_uint8(bl_cast_varchar_decimal('-2.50', 5, 2), 2))	!ERR	('-2.50'::DECIMAL(5,2))::UTINYINT
bl_cast_bool_varchar(bl_cast_decimal_bool(bl_cast_varchar_decimal('-2.50', 5, 2), 2))	true	('-2.50'::DECIMAL(5,2))::BOOLEAN
bl_cast_double_varchar(bl_cast_decimal_double(bl_cast_varchar_decimal('-2.50', 5, 2), 2))	-2.5	('-2.50'::DECIMAL(5,2))::DOUBLE
bl_cast_float_varchar(bl_cast_decimal_float(bl_cast_varchar_decimal('-2.50', 5, 2), 2))	-2.5	('-2.50'::DECIMAL(5,2))::FLOAT
bl_cast_decimal_varchar(bl_cast_varchar_decimal('-2.50', 5, 2), 2)	-2.50	('-2.50'::DECIMAL(5,2))::VARCHAR
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('-2.50', 5, 2), 2, 5, 1), 1)	-2.5	('-2.50'::DECIMAL(5,2))::DECIMAL(5,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('-2.50', 5, 2), 2, 4, 1), 1)	-2.5	('-2.50'::DECIMAL(5,2))::DECIMAL(4,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('-2.50', 5, 2), 2, 3, 0), 0)	-3	('-2.50'::DECIMAL(5,2))::DECIMAL(3,0)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('-2.50', 5, 2), 2, 18, 6), 6)	-2.500000	('-2.50'::DECIMAL(5,2))::DECIMAL(18,6)
bl_cast_int8_varchar(bl_cast_decimal_int8(bl_cast_varchar_decimal('999.99', 5, 2), 2))	!ERR	('999.99'::DECIMAL(5,2))::TINYINT
bl_cast_int32_varchar(bl_cast_decimal_int32(bl_cast_varchar_decimal('999.99', 5, 2), 2))	1000	('999.99'::DECIMAL(5,2))::INTEGER
bl_cast_uint8_varchar(bl_cast_decimal_uint8(bl_cast_varchar_decimal('999.99', 5, 2), 2))	!ERR	('999.99'::DECIMAL(5,2))::UTINYINT
bl_cast_bool_varchar(bl_cast_decimal_bool(bl_cast_varchar_decimal('999.99', 5, 2), 2))	true	('999.99'::DECIMAL(5,2))::BOOLEAN
bl_cast_double_varchar(bl_cast_decimal_double(bl_cast_varchar_decimal('999.99', 5, 2), 2))	999.99	('999.99'::DECIMAL(5,2))::DOUBLE
bl_cast_float_varchar(bl_cast_decimal_float(bl_cast_varchar_decimal('999.99', 5, 2), 2))	999.99	('999.99'::DECIMAL(5,2))::FLOAT
bl_cast_decimal_varchar(bl_cast_varchar_decimal('999.99', 5, 2), 2)	999.99	('999.99'::DECIMAL(5,2))::VARCHAR
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('999.99', 5, 2), 2, 5, 1), 1)	1000.0	('999.99'::DECIMAL(5,2))::DECIMAL(5,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('999.99', 5, 2), 2, 4, 1), 1)	!ERR	('999.99'::DECIMAL(5,2))::DECIMAL(4,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('999.99', 5, 2), 2, 3, 0), 0)	!ERR	('999.99'::DECIMAL(5,2))::DECIMAL(3,0)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('999.99', 5, 2), 2, 18, 6), 6)	999.990000	('999.99'::DECIMAL(5,2))::DECIMAL(18,6)
bl_cast_int8_varchar(bl_cast_decimal_int8(bl_cast_varchar_decimal('99.50', 5, 2), 2))	100	('99.50'::DECIMAL(5,2))::TINYINT
bl_cast_int32_varchar(bl_cast_decimal_int32(bl_cast_varchar_decimal('99.50', 5, 2), 2))	100	('99.50'::DECIMAL(5,2))::INTEGER
bl_cast_uint8_varchar(bl_cast_decimal_uint8(bl_cast_varchar_decimal('99.50', 5, 2), 2))	100	('99.50'::DECIMAL(5,2))::UTINYINT
bl_cast_bool_varchar(bl_cast_decimal_bool(bl_cast_varchar_decimal('99.50', 5, 2), 2))	true	('99.50'::DECIMAL(5,2))::BOOLEAN
bl_cast_double_varchar(bl_cast_decimal_double(bl_cast_varchar_decimal('99.50', 5, 2), 2))	99.5	('99.50'::DECIMAL(5,2))::DOUBLE
bl_cast_float_varchar(bl_cast_decimal_float(bl_cast_varchar_decimal('99.50', 5, 2), 2))	99.5	('99.50'::DECIMAL(5,2))::FLOAT
bl_cast_decimal_varchar(bl_cast_varchar_decimal('99.50', 5, 2), 2)	99.50	('99.50'::DECIMAL(5,2))::VARCHAR
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('99.50', 5, 2), 2, 5, 1), 1)	99.5	('99.50'::DECIMAL(5,2))::DECIMAL(5,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('99.50', 5, 2), 2, 4, 1), 1)	99.5	('99.50'::DECIMAL(5,2))::DECIMAL(4,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('99.50', 5, 2), 2, 3, 0), 0)	100	('99.50'::DECIMAL(5,2))::DECIMAL(3,0)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('99.50', 5, 2), 2, 18, 6), 6)	99.500000	('99.50'::DECIMAL(5,2))::DECIMAL(18,6)
bl_cast_int8_varchar(bl_cast_decimal_int8(bl_cast_varchar_decimal('0.00', 5, 2), 2))	0	('0.00'::DECIMAL(5,2))::TINYINT
bl_cast_int32_varchar(bl_cast_decimal_int32(bl_cast_varchar_decimal('0.00', 5, 2), 2))	0	('0.00'::DECIMAL(5,2))::INTEGER
bl_cast_uint8_varchar(bl_cast_decimal_uint8(bl_cast_varchar_decimal('0.00', 5, 2), 2))	0	('0.00'::DECIMAL(5,2))::UTINYINT
bl_cast_bool_varchar(bl_cast_decimal_bool(bl_cast_varchar_decimal('0.00', 5, 2), 2))	false	('0.00'::DECIMAL(5,2))::BOOLEAN
bl_cast_double_varchar(bl_cast_decimal_double(bl_cast_varchar_decimal('0.00', 5, 2), 2))	0.0	('0.00'::DECIMAL(5,2))::DOUBLE
bl_cast_float_varchar(bl_cast_decimal_float(bl_cast_varchar_decimal('0.00', 5, 2), 2))	0.0	('0.00'::DECIMAL(5,2))::FLOAT
bl_cast_decimal_varchar(bl_cast_varchar_decimal('0.00', 5, 2), 2)	0.00	('0.00'::DECIMAL(5,2))::VARCHAR
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('0.00', 5, 2), 2, 5, 1), 1)	0.0	('0.00'::DECIMAL(5,2))::DECIMAL(5,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('0.00', 5, 2), 2, 4, 1), 1)	0.0	('0.00'::DECIMAL(5,2))::DECIMAL(4,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('0.00', 5, 2), 2, 3, 0), 0)	0	('0.00'::DECIMAL(5,2))::DECIMAL(3,0)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('0.00', 5, 2), 2, 18, 6), 6)	0.000000	('0.00'::DECIMAL(5,2))::DECIMAL(18,6)
bl_cast_int8_varchar(bl_cast_decimal_int8(bl_cast_varchar_decimal('127.49', 5, 2), 2))	127	('127.49'::DECIMAL(5,2))::TINYINT
bl_cast_int32_varchar(bl_cast_decimal_int32(bl_cast_varchar_decimal('127.49', 5, 2), 2))	127	('127.49'::DECIMAL(5,2))::INTEGER
bl_cast_uint8_varchar(bl_cast_decimal_uint8(bl_cast_varchar_decimal('127.49', 5, 2), 2))	127	('127.49'::DECIMAL(5,2))::UTINYINT
bl_cast_bool_varchar(bl_cast_decimal_bool(bl_cast_varchar_decimal('127.49', 5, 2), 2))	true	('127.49'::DECIMAL(5,2))::BOOLEAN
bl_cast_double_varchar(bl_cast_decimal_double(bl_cast_varchar_decimal('127.49', 5, 2), 2))	127.49	('127.49'::DECIMAL(5,2))::DOUBLE
bl_cast_float_varchar(bl_cast_decimal_float(bl_cast_varchar_decimal('127.49', 5, 2), 2))	127.49	('127.49'::DECIMAL(5,2))::FLOAT
bl_cast_decimal_varchar(bl_cast_varchar_decimal('127.49', 5, 2), 2)	127.49	('127.49'::DECIMAL(5,2))::VARCHAR
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('127.49', 5, 2), 2, 5, 1), 1)	127.5	('127.49'::DECIMAL(5,2))::DECIMAL(5,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('127.49', 5, 2), 2, 4, 1), 1)	127.5	('127.49'::DECIMAL(5,2))::DECIMAL(4,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('127.49', 5, 2), 2, 3, 0), 0)	127	('127.49'::DECIMAL(5,2))::DECIMAL(3,0)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('127.49', 5, 2), 2, 18, 6), 6)	127.490000	('127.49'::DECIMAL(5,2))::DECIMAL(18,6)
bl_cast_int8_varchar(bl_cast_decimal_int8(bl_cast_varchar_decimal('127.50', 5, 2), 2))	!ERR	('127.50'::DECIMAL(5,2))::TINYINT
bl_cast_int32_varchar(bl_cast_decimal_int32(bl_cast_varchar_decimal('127.50', 5, 2), 2))	128	('127.50'::DECIMAL(5,2))::INTEGER
bl_cast_uint8_varchar(bl_cast_decimal_uint8(bl_cast_varchar_decimal('127.50', 5, 2), 2))	128	('127.50'::DECIMAL(5,2))::UTINYINT
bl_cast_bool_varchar(bl_cast_decimal_bool(bl_cast_varchar_decimal('127.50', 5, 2), 2))	true	('127.50'::DECIMAL(5,2))::BOOLEAN
bl_cast_double_varchar(bl_cast_decimal_double(bl_cast_varchar_decimal('127.50', 5, 2), 2))	127.5	('127.50'::DECIMAL(5,2))::DOUBLE
bl_cast_float_varchar(bl_cast_decimal_float(bl_cast_varchar_decimal('127.50', 5, 2), 2))	127.5	('127.50'::DECIMAL(5,2))::FLOAT
bl_cast_decimal_varchar(bl_cast_varchar_decimal('127.50', 5, 2), 2)	127.50	('127.50'::DECIMAL(5,2))::VARCHAR
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('127.50', 5, 2), 2, 5, 1), 1)	127.5	('127.50'::DECIMAL(5,2))::DECIMAL(5,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('127.50', 5, 2), 2, 4, 1), 1)	127.5	('127.50'::DECIMAL(5,2))::DECIMAL(4,1)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('127.50', 5, 2), 2, 3, 0), 0)	128	('127.50'::DECIMAL(5,2))::DECIMAL(3,0)
bl_cast_decimal_varchar(bl_cast_decimal_decimal(bl_cast_varchar_decimal('127.50', 5, 2), 2, 18, 6), 6)	127.500000	('127.50'::DECIMAL(5,2))::DECIMAL(18,6)
bl_cast_int32_varchar(bl_cast_bool_int32(bl_cast_varchar_bool('true')))	1	('true'::BOOLEAN)::INTEGER
bl_cast_int32_varchar(bl_cast_bool_int32(bl_cast_varchar_bool('false')))	0	('false'::BOOLEAN)::INTEGER
bl_cast_uint8_varchar(bl_cast_bool_uint8(bl_cast_varchar_bool('true')))	1	('true'::BOOLEAN)::UTINYINT
bl_cast_uint8_varchar(bl_cast_bool_uint8(bl_cast_varchar_bool('false')))	0	('false'::BOOLEAN)::UTINYINT
bl_cast_double_varchar(bl_cast_bool_double(bl_cast_varchar_bool('true')))	1.0	('true'::BOOLEAN)::DOUBLE
bl_cast_double_varchar(bl_cast_bool_double(bl_cast_varchar_bool('false')))	0.0	('false'::BOOLEAN)::DOUBLE
bl_cast_bool_varchar(bl_cast_varchar_bool('true'))	true	('true'::BOOLEAN)::VARCHAR
bl_cast_bool_varchar(bl_cast_varchar_bool('false'))	false	('false'::BOOLEAN)::VARCHAR
bl_cast_decimal_varchar(bl_cast_bool_decimal(bl_cast_varchar_bool('true'), 3, 1), 1)	1.0	('true'::BOOLEAN)::DECIMAL(3,1)
bl_cast_decimal_varchar(bl_cast_bool_decimal(bl_cast_varchar_bool('false'), 3, 1), 1)	0.0	('false'::BOOLEAN)::DECIMAL(3,1)
bl_cast_date_varchar(bl_cast_varchar_date('2024-02-29'))	2024-02-29	('2024-02-29'::DATE)::VARCHAR
bl_cast_timestamp_varchar(bl_cast_date_timestamp(bl_cast_varchar_date('2024-02-29')))	2024-02-29 00:00:00	('2024-02-29'::DATE)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_date_timestamptz(bl_cast_varchar_date('2024-02-29')))	2024-02-29 00:00:00+00	('2024-02-29'::DATE)::TIMESTAMPTZ
bl_cast_date_varchar(bl_cast_varchar_date('infinity'))	infinity	('infinity'::DATE)::VARCHAR
bl_cast_timestamp_varchar(bl_cast_date_timestamp(bl_cast_varchar_date('infinity')))	infinity	('infinity'::DATE)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_date_timestamptz(bl_cast_varchar_date('infinity')))	infinity	('infinity'::DATE)::TIMESTAMPTZ
bl_cast_date_varchar(bl_cast_varchar_date('0044-03-15 (BC)'))	0044-03-15 (BC)	('0044-03-15 (BC)'::DATE)::VARCHAR
bl_cast_timestamp_varchar(bl_cast_date_timestamp(bl_cast_varchar_date('0044-03-15 (BC)')))	0044-03-15 (BC) 00:00:00	('0044-03-15 (BC)'::DATE)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_date_timestamptz(bl_cast_varchar_date('0044-03-15 (BC)')))	0044-03-15 (BC) 00:00:00+00	('0044-03-15 (BC)'::DATE)::TIMESTAMPTZ
bl_cast_date_varchar(bl_cast_varchar_date('1969-12-31'))	1969-12-31	('1969-12-31'::DATE)::VARCHAR
bl_cast_timestamp_varchar(bl_cast_date_timestamp(bl_cast_varchar_date('1969-12-31')))	1969-12-31 00:00:00	('1969-12-31'::DATE)::TIMESTAMP
bl_cast_timestamptz_varchar(bl_cast_date_timestamptz(bl_cast_varchar_date('1969-12-31')))	1969-12-31 00:00:00+00	('1969-12-31'::DATE)::TIMESTAMPTZ
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('2024-02-29 10:11:12.5'))	2024-02-29 10:11:12.5	('2024-02-29 10:11:12.5'::TIMESTAMP)::VARCHAR
bl_cast_date_varchar(bl_cast_timestamp_date(bl_cast_varchar_timestamp('2024-02-29 10:11:12.5')))	2024-02-29	('2024-02-29 10:11:12.5'::TIMESTAMP)::DATE
bl_cast_time_varchar(bl_cast_timestamp_time(bl_cast_varchar_timestamp('2024-02-29 10:11:12.5')))	10:11:12.5	('2024-02-29 10:11:12.5'::TIMESTAMP)::TIME
bl_cast_timestamptz_varchar(bl_cast_timestamp_timestamptz(bl_cast_varchar_timestamp('2024-02-29 10:11:12.5')))	2024-02-29 10:11:12.5+00	('2024-02-29 10:11:12.5'::TIMESTAMP)::TIMESTAMPTZ
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('2024-02-29 10:11:12.5'))	2024-02-29 10:11:12.5+00	('2024-02-29 10:11:12.5'::TIMESTAMPTZ)::VARCHAR
bl_cast_date_varchar(bl_cast_timestamptz_date(bl_cast_varchar_timestamptz('2024-02-29 10:11:12.5')))	2024-02-29	('2024-02-29 10:11:12.5'::TIMESTAMPTZ)::DATE
bl_cast_timestamp_varchar(bl_cast_timestamptz_timestamp(bl_cast_varchar_timestamptz('2024-02-29 10:11:12.5')))	2024-02-29 10:11:12.5	('2024-02-29 10:11:12.5'::TIMESTAMPTZ)::TIMESTAMP
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('infinity'))	infinity	('infinity'::TIMESTAMP)::VARCHAR
bl_cast_date_varchar(bl_cast_timestamp_date(bl_cast_varchar_timestamp('infinity')))	infinity	('infinity'::TIMESTAMP)::DATE
bl_cast_time_varchar(bl_cast_timestamp_time(bl_cast_varchar_timestamp('infinity')))	!ERR	('infinity'::TIMESTAMP)::TIME
bl_cast_timestamptz_varchar(bl_cast_timestamp_timestamptz(bl_cast_varchar_timestamp('infinity')))	infinity	('infinity'::TIMESTAMP)::TIMESTAMPTZ
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('infinity'))	infinity	('infinity'::TIMESTAMPTZ)::VARCHAR
bl_cast_date_varchar(bl_cast_timestamptz_date(bl_cast_varchar_timestamptz('infinity')))	infinity	('infinity'::TIMESTAMPTZ)::DATE
bl_cast_timestamp_varchar(bl_cast_timestamptz_timestamp(bl_cast_varchar_timestamptz('infinity')))	infinity	('infinity'::TIMESTAMPTZ)::TIMESTAMP
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('1969-12-31 23:59:59.999999'))	1969-12-31 23:59:59.999999	('1969-12-31 23:59:59.999999'::TIMESTAMP)::VARCHAR
bl_cast_date_varchar(bl_cast_timestamp_date(bl_cast_varchar_timestamp('1969-12-31 23:59:59.999999')))	1969-12-31	('1969-12-31 23:59:59.999999'::TIMESTAMP)::DATE
bl_cast_time_varchar(bl_cast_timestamp_time(bl_cast_varchar_timestamp('1969-12-31 23:59:59.999999')))	23:59:59.999999	('1969-12-31 23:59:59.999999'::TIMESTAMP)::TIME
bl_cast_timestamptz_varchar(bl_cast_timestamp_timestamptz(bl_cast_varchar_timestamp('1969-12-31 23:59:59.999999')))	1969-12-31 23:59:59.999999+00	('1969-12-31 23:59:59.999999'::TIMESTAMP)::TIMESTAMPTZ
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('1969-12-31 23:59:59.999999'))	1969-12-31 23:59:59.999999+00	('1969-12-31 23:59:59.999999'::TIMESTAMPTZ)::VARCHAR
bl_cast_date_varchar(bl_cast_timestamptz_date(bl_cast_varchar_timestamptz('1969-12-31 23:59:59.999999')))	1969-12-31	('1969-12-31 23:59:59.999999'::TIMESTAMPTZ)::DATE
bl_cast_timestamp_varchar(bl_cast_timestamptz_timestamp(bl_cast_varchar_timestamptz('1969-12-31 23:59:59.999999')))	1969-12-31 23:59:59.999999	('1969-12-31 23:59:59.999999'::TIMESTAMPTZ)::TIMESTAMP
bl_cast_timestamp_varchar(bl_cast_varchar_timestamp('0044-03-15 (BC) 01:02:03'))	0044-03-15 (BC) 01:02:03	('0044-03-15 (BC) 01:02:03'::TIMESTAMP)::VARCHAR
bl_cast_date_varchar(bl_cast_timestamp_date(bl_cast_varchar_timestamp('0044-03-15 (BC) 01:02:03')))	0044-03-15 (BC)	('0044-03-15 (BC) 01:02:03'::TIMESTAMP)::DATE
bl_cast_time_varchar(bl_cast_timestamp_time(bl_cast_varchar_timestamp('0044-03-15 (BC) 01:02:03')))	01:02:03	('0044-03-15 (BC) 01:02:03'::TIMESTAMP)::TIME
bl_cast_timestamptz_varchar(bl_cast_timestamp_timestamptz(bl_cast_varchar_timestamp('0044-03-15 (BC) 01:02:03')))	0044-03-15 (BC) 01:02:03+00	('0044-03-15 (BC) 01:02:03'::TIMESTAMP)::TIMESTAMPTZ
bl_cast_timestamptz_varchar(bl_cast_varchar_timestamptz('0044-03-15 (BC) 01:02:03'))	0044-03-15 (BC) 01:02:03+00	('0044-03-15 (BC) 01:02:03'::TIMESTAMPTZ)::VARCHAR
bl_cast_date_varchar(bl_cast_timestamptz_date(bl_cast_varchar_timestamptz('0044-03-15 (BC) 01:02:03')))	0044-03-15 (BC)	('0044-03-15 (BC) 01:02:03'::TIMESTAMPTZ)::DATE
bl_cast_timestamp_varchar(bl_cast_timestamptz_timestamp(bl_cast_varchar_timestamptz('0044-03-15 (BC) 01:02:03')))	0044-03-15 (BC) 01:02:03	('0044-03-15 (BC) 01:02:03'::TIMESTAMPTZ)::TIMESTAMP
bl_cast_json_varchar(bl_cast_varchar_json('5'))	5	('5'::JSON)::VARCHAR
bl_cast_int32_varchar(bl_cast_json_int32(bl_cast_varchar_json('5')))	5	('5'::JSON)::INTEGER
bl_cast_double_varchar(bl_cast_json_double(bl_cast_varchar_json('5')))	5.0	('5'::JSON)::DOUBLE
bl_cast_bool_varchar(bl_cast_json_bool(bl_cast_varchar_json('5')))	true	('5'::JSON)::BOOLEAN
bl_cast_date_varchar(bl_cast_json_date(bl_cast_varchar_json('5')))	!ERR	('5'::JSON)::DATE
bl_cast_decimal_varchar(bl_cast_json_decimal(bl_cast_varchar_json('5'), 5, 2), 2)	5.00	('5'::JSON)::DECIMAL(5,2)
bl_cast_json_varchar(bl_cast_varchar_json('"5"'))	"5"	('"5"'::JSON)::VARCHAR
bl_cast_int32_varchar(bl_cast_json_int32(bl_cast_varchar_json('"5"')))	5	('"5"'::JSON)::INTEGER
bl_cast_double_varchar(bl_cast_json_double(bl_cast_varchar_json('"5"')))	5.0	('"5"'::JSON)::DOUBLE
bl_cast_bool_varchar(bl_cast_json_bool(bl_cast_varchar_json('"5"')))	!ERR	('"5"'::JSON)::BOOLEAN
bl_cast_date_varchar(bl_cast_json_date(bl_cast_varchar_json('"5"')))	!ERR	('"5"'::JSON)::DATE
bl_cast_decimal_varchar(bl_cast_json_decimal(bl_cast_varchar_json('"5"'), 5, 2), 2)	5.00	('"5"'::JSON)::DECIMAL(5,2)
bl_cast_json_varchar(bl_cast_varchar_json('true'))	true	('true'::JSON)::VARCHAR
bl_cast_int32_varchar(bl_cast_json_int32(bl_cast_varchar_json('true')))	1	('true'::JSON)::INTEGER
bl_cast_double_varchar(bl_cast_json_double(bl_cast_varchar_json('true')))	1.0	('true'::JSON)::DOUBLE
bl_cast_bool_varchar(bl_cast_json_bool(bl_cast_varchar_json('true')))	true	('true'::JSON)::BOOLEAN
bl_cast_date_varchar(bl_cast_json_date(bl_cast_varchar_json('true')))	!ERR	('true'::JSON)::DATE
bl_cast_decimal_varchar(bl_cast_json_decimal(bl_cast_varchar_json('true'), 5, 2), 2)	1.00	('true'::JSON)::DECIMAL(5,2)
bl_cast_json_varchar(bl_cast_varchar_json('"true"'))	"true"	('"true"'::JSON)::VARCHAR
bl_cast_int32_varchar(bl_cast_json_int32(bl_cast_varchar_json('"true"')))	!ERR	('"true"'::JSON)::INTEGER
bl_cast_double_varchar(bl_cast_json_double(bl_cast_varchar_json('"true"')))	!ERR	('"true"'::JSON)::DOUBLE
bl_cast_bool_varchar(bl_cast_json_bool(bl_cast_varchar_json('"true"')))	true	('"true"'::JSON)::BOOLEAN
bl_cast_date_varchar(bl_cast_json_date(bl_cast_varchar_json('"true"')))	!ERR	('"true"'::JSON)::DATE
bl_cast_decimal_varchar(bl_cast_json_decimal(bl_cast_varchar_json('"true"'), 5, 2), 2)	!ERR	('"true"'::JSON)::DECIMAL(5,2)
bl_cast_json_varchar(bl_cast_varchar_json('1.5'))	1.5	('1.5'::JSON)::VARCHAR
bl_cast_int32_varchar(bl_cast_json_int32(bl_cast_varchar_json('1.5')))	2	('1.5'::JSON)::INTEGER
bl_cast_double_varchar(bl_cast_json_double(bl_cast_varchar_json('1.5')))	1.5	('1.5'::JSON)::DOUBLE
bl_cast_bool_varchar(bl_cast_json_bool(bl_cast_varchar_json('1.5')))	true	('1.5'::JSON)::BOOLEAN
bl_cast_date_varchar(bl_cast_json_date(bl_cast_varchar_json('1.5')))	!ERR	('1.5'::JSON)::DATE
bl_cast_decimal_varchar(bl_cast_json_decimal(bl_cast_varchar_json('1.5'), 5, 2), 2)	1.50	('1.5'::JSON)::DECIMAL(5,2)
bl_cast_json_varchar(bl_cast_varchar_json('"2024-01-01"'))	"2024-01-01"	('"2024-01-01"'::JSON)::VARCHAR
bl_cast_int32_varchar(bl_cast_json_int32(bl_cast_varchar_json('"2024-01-01"')))	!ERR	('"2024-01-01"'::JSON)::INTEGER
bl_cast_double_varchar(bl_cast_json_double(bl_cast_varchar_json('"2024-01-01"')))	!ERR	('"2024-01-01"'::JSON)::DOUBLE
bl_cast_bool_varchar(bl_cast_json_bool(bl_cast_varchar_json('"2024-01-01"')))	!ERR	('"2024-01-01"'::JSON)::BOOLEAN
bl_cast_date_varchar(bl_cast_json_date(bl_cast_varchar_json('"2024-01-01"')))	2024-01-01	('"2024-01-01"'::JSON)::DATE
bl_cast_decimal_varchar(bl_cast_json_decimal(bl_cast_varchar_json('"2024-01-01"'), 5, 2), 2)	!ERR	('"2024-01-01"'::JSON)::DECIMAL(5,2)
bl_cast_json_varchar(bl_cast_varchar_json('null'))	null	('null'::JSON)::VARCHAR
bl_cast_int32_varchar(bl_cast_json_int32(bl_cast_varchar_json('null')))	\N	('null'::JSON)::INTEGER
bl_cast_double_varchar(bl_cast_json_double(bl_cast_varchar_json('null')))	\N	('null'::JSON)::DOUBLE
bl_cast_bool_varchar(bl_cast_json_bool(bl_cast_varchar_json('null')))	\N	('null'::JSON)::BOOLEAN
bl_cast_date_varchar(bl_cast_json_date(bl_cast_varchar_json('null')))	\N	('null'::JSON)::DATE
bl_cast_decimal_varchar(bl_cast_json_decimal(bl_cast_varchar_json('null'), 5, 2), 2)	\N	('null'::JSON)::DECIMAL(5,2)
bl_cast_json_varchar(bl_cast_varchar_json('{"a":1}'))	{"a":1}	('{"a":1}'::JSON)::VARCHAR
bl_cast_int32_varchar(bl_cast_json_int32(bl_cast_varchar_json('{"a":1}')))	!ERR	('{"a":1}'::JSON)::INTEGER
bl_cast_double_varchar(bl_cast_json_double(bl_cast_varchar_json('{"a":1}')))	!ERR	('{"a":1}'::JSON)::DOUBLE
bl_cast_bool_varchar(bl_cast_json_bool(bl_cast_varchar_json('{"a":1}')))	!ERR	('{"a":1}'::JSON)::BOOLEAN
bl_cast_date_varchar(bl_cast_json_date(bl_cast_varchar_json('{"a":1}')))	!ERR	('{"a":1}'::JSON)::DATE
bl_cast_decimal_varchar(bl_cast_json_decimal(bl_cast_varchar_json('{"a":1}'), 5, 2), 2)	!ERR	('{"a":1}'::JSON)::DECIMAL(5,2)
bl_cast_json_varchar(bl_cast_varchar_json('[1]'))	[1]	('[1]'::JSON)::VARCHAR
bl_cast_int32_varchar(bl_cast_json_int32(bl_cast_varchar_json('[1]')))	!ERR	('[1]'::JSON)::INTEGER
bl_cast_double_varchar(bl_cast_json_double(bl_cast_varchar_json('[1]')))	!ERR	('[1]'::JSON)::DOUBLE
bl_cast_bool_varchar(bl_cast_json_bool(bl_cast_varchar_json('[1]')))	!ERR	('[1]'::JSON)::BOOLEAN
bl_cast_date_varchar(bl_cast_json_date(bl_cast_varchar_json('[1]')))	!ERR	('[1]'::JSON)::DATE
bl_cast_decimal_varchar(bl_cast_json_decimal(bl_cast_varchar_json('[1]'), 5, 2), 2)	!ERR	('[1]'::JSON)::DECIMAL(5,2)
bl_cast_json_varchar(bl_cast_varchar_json('"abc"'))	"abc"	('"abc"'::JSON)::VARCHAR
bl_cast_int32_varchar(bl_cast_json_int32(bl_cast_varchar_json('"abc"')))	!ERR	('"abc"'::JSON)::INTEGER
bl_cast_double_varchar(bl_cast_json_double(bl_cast_varchar_json('"abc"')))	!ERR	('"abc"'::JSON)::DOUBLE
bl_cast_bool_varchar(bl_cast_json_bool(bl_cast_varchar_json('"abc"')))	!ERR	('"abc"'::JSON)::BOOLEAN
bl_cast_date_varchar(bl_cast_json_date(bl_cast_varchar_json('"abc"')))	!ERR	('"abc"'::JSON)::DATE
bl_cast_decimal_varchar(bl_cast_json_decimal(bl_cast_varchar_json('"abc"'), 5, 2), 2)	!ERR	('"abc"'::JSON)::DECIMAL(5,2)
bl_cast_json_varchar(bl_cast_varchar_json('-7'))	-7	('-7'::JSON)::VARCHAR
bl_cast_int32_varchar(bl_cast_json_int32(bl_cast_varchar_json('-7')))	-7	('-7'::JSON)::INTEGER
bl_cast_double_varchar(bl_cast_json_double(bl_cast_varchar_json('-7')))	-7.0	('-7'::JSON)::DOUBLE
bl_cast_bool_varchar(bl_cast_json_bool(bl_cast_varchar_json('-7')))	true	('-7'::JSON)::BOOLEAN
bl_cast_date_varchar(bl_cast_json_date(bl_cast_varchar_json('-7')))	!ERR	('-7'::JSON)::DATE
bl_cast_decimal_varchar(bl_cast_json_decimal(bl_cast_varchar_json('-7'), 5, 2), 2)	-7.00	('-7'::JSON)::DECIMAL(5,2)
bl_cast_json_varchar(bl_cast_varchar_json('1e2'))	1e2	('1e2'::JSON)::VARCHAR
bl_cast_int32_varchar(bl_cast_json_int32(bl_cast_varchar_json('1e2')))	100	('1e2'::JSON)::INTEGER
bl_cast_double_varchar(bl_cast_json_double(bl_cast_varchar_json('1e2')))	100.0	('1e2'::JSON)::DOUBLE
bl_cast_bool_varchar(bl_cast_json_bool(bl_cast_varchar_json('1e2')))	true	('1e2'::JSON)::BOOLEAN
bl_cast_date_varchar(bl_cast_json_date(bl_cast_varchar_json('1e2')))	!ERR	('1e2'::JSON)::DATE
bl_cast_decimal_varchar(bl_cast_json_decimal(bl_cast_varchar_json('1e2'), 5, 2), 2)	100.00	('1e2'::JSON)::DECIMAL(5,2)
bl_cast_uuid_varchar(bl_cast_varchar_uuid('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'))	a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11	('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID)::VARCHAR
bl_cast_blob_varchar(bl_cast_uuid_blob(bl_cast_varchar_uuid('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')))	\\xA0\\xEE\\xBC\\x99\\x9C\\x0BN\\xF8\\xBBmk\\xB9\\xBD8\\x0A\\x11	('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID)::BLOB
bl_cast_blob_varchar(bl_cast_varchar_blob('\\xFF'))	\\xFF	('\\xFF'::BLOB)::VARCHAR
bl_cast_blob_varchar(bl_cast_varchar_blob('a~\\x7f\\x20'))	a~\\x7F 	('a~\\x7f\\x20'::BLOB)::VARCHAR
bl_cast_blob_varchar(bl_cast_varchar_blob('a\\x27b\\x22'))	a\\x27b\\x22	('a\\x27b\\x22'::BLOB)::VARCHAR
bl_cast_int32_json(bl_cast_varchar_int32('5'))	5	('5'::INTEGER)::JSON
bl_cast_double_json(bl_cast_varchar_double('1.5'))	1.5	('1.5'::DOUBLE)::JSON
bl_cast_bool_json(bl_cast_varchar_bool('true'))	true	('true'::BOOLEAN)::JSON
bl_cast_date_json(bl_cast_varchar_date('2024-01-01'))	"2024-01-01"	('2024-01-01'::DATE)::JSON
bl_cast_timestamp_json(bl_cast_varchar_timestamp('2024-01-01 10:00:00'))	"2024-01-01 10:00:00"	('2024-01-01 10:00:00'::TIMESTAMP)::JSON
bl_cast_time_json(bl_cast_varchar_time('10:00:00'))	"10:00:00"	('10:00:00'::TIME)::JSON
bl_cast_interval_json(bl_cast_varchar_interval('1 day'))	"1 day"	('1 day'::INTERVAL)::JSON
bl_cast_blob_json(bl_cast_varchar_blob('abc'))	"abc"	('abc'::BLOB)::JSON
bl_cast_decimal_json(bl_cast_varchar_decimal('12.50', 5, 2), 2)	12.5	('12.50'::DECIMAL(5,2))::JSON
bl_cast_uuid_json(bl_cast_varchar_uuid('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'))	"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"	('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID)::JSON
bl_cast_timestamptz_json(bl_cast_varchar_timestamptz('2024-01-01 10:00:00'))	"2024-01-01 10:00:00+00"	('2024-01-01 10:00:00'::TIMESTAMPTZ)::JSON
bl_cast_int32_varchar(bl_try_cast_varchar_int32('abc'))	\N	TRY_CAST('abc' AS INT)
bl_cast_date_varchar(bl_try_cast_varchar_date('2024-13-01'))	\N	TRY_CAST('2024-13-01' AS DATE)
bl_cast_int8_varchar(bl_try_cast_int64_int8(300))	\N	TRY_CAST(300 AS TINYINT)
bl_cast_decimal_varchar(bl_try_cast_varchar_decimal('1.25', 5, 1), 1)	1.3	TRY_CAST('1.25' AS DECIMAL(5,1))
bl_to_json_varchar('a"b' || char(10) || '\\')	"a\\"b\\n\\\\"	to_json('a"b' || chr(10) || '\\')
"""#
}
