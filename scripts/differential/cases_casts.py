"""Casts: (literal, from, to)."""

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"]

CASTS = []
for text in ["12", " 12 ", "1.5", "2.5", "-1.5", "1e3", "0x1F", "0b101", "1_000", "1__000", "abc", "", "300", "-1", "127", "128", "255",
             "256", "32767", "32768", "65536", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808",
             "-9223372036854775808", "+5", "1.e2", ".5", "5.", "-.5", "-0", "1e-1", "5e-1", "1e30", "-", ".", "1e", "0x", "12abc", "1 2"]:
    for target in INTEGERS if len(text) > 2 else ["int32"]:
        CASTS.append((f"'{text}'", "varchar", target))
for text in ["12.345", "12.355", "-12.345", "1e2", "abc", "125", "0.005", "0.004", "-0.005", "999.99", "999.995", "1000", " 1.5 ", "1_0.5", "", ".5", "5."]:
    CASTS.append((f"'{text}'", "varchar", "decimal(5,2)"))
    CASTS.append((f"'{text}'", "varchar", "decimal(18,6)"))
for text in ["inf", "-Infinity", "INFINITY", "1.", ".5", "1_000.5", "1e400", "0x10", "+1.5", " 1.5 ", "1e", "1e5", "abc", "", "-", "1e-400",
             "1.7976931348623157e308", "5e-324", "0.1", "-0.5", "123456789.123456789", "1e15", "1e16", "123456789012345680", "0.0001", "0.00001", "-1e-7"]:
    CASTS += [(f"'{text}'", "varchar", "double"), (f"'{text}'", "varchar", "float")]
for text in ["true", "t", "yes", "y", "1", "on", " true", "TRUE", "2", "0", "f", "no", "N", "False", "", "1.5", "off"]:
    CASTS.append((f"'{text}'", "varchar", "bool"))
for text in ["2024-01-01 10:00:00", "2024-1-5", "2024/01/05", "2024-01-05 (BC)", "20240105", " 2024-01-05 ", "2024-13-05", "2024-02-30",
             "2024-01-05abc", "epoch", "infinity", "-infinity", "-5-01-01", "99999-01-01", "", "abc", "2024-02-29", "2023-02-29", "0001-01-01",
             "2024-01-01T10:00:00", "2024 01 05", "2024-01/05", "1970-01-01", "1969-12-31", "1900-02-28"]:
    CASTS += [(f"'{text}'", "varchar", "date")]
for text in ["10:00:00", "10:00", "25:00:00", "24:00:00", "10:00:00.123456789", "1:2:3", "10:00:00+02", "2024-01-01 10:00:00", "-10:00:00", "24:00:01",
             "23:59:60", "10", "10:00:00 PM", "00:00:00.5", "12:34:56.100", "abc", "", "10:60:00"]:
    CASTS += [(f"'{text}'", "varchar", "time")]
for text in ["2024-01-01", "2024-01-01 10:00", "2024-01-01T10:00:00Z", "2024-01-01 10:00:00+02", "2024-01-01 10:00:00+02:30", "2024-01-01 10:00:00-0530",
             "2024-01-01 10:00:00.1234567", "2024-01-01 10:00:00.100", "2024-01-01 10:00:00 UTC", "2024-07-01 10:00:00 Europe/Paris",
             "2024-01-01 24:00:00", "2024-01-01 10", "abc", "2024-01-01  10:00:00", "2024-01-01 10:00:00.", "2024-01-01 1:2:3", "2024-01-01 10:60:00",
             "2024-01-01 10:00:00 ", "2024-01-01T", "0044-03-15 (BC) 10:00:00", "infinity", "-infinity", "epoch", "1969-12-31 23:59:59.999999", "", "2024-01-01 10:00:00 nowhere/land"]:
    CASTS += [(f"'{text}'", "varchar", "timestamp"), (f"'{text}'", "varchar", "timestamptz")]
for text in ["1 year 2 months 3 days 04:05:06", "-1 day", "1 day -01:00:00", "1.5 days", "1 hour 30 minutes ago", "1 week", "14 months", "-14 months",
             "1 day 1.5 seconds", "1.5 years", "1.5 months", "1.5 weeks", "0.5 hours", "1y 2mon 3d 4h 5m 6s", "1 yr", "3 quarters", "1 decade 2 centuries",
             "1 millennium", "10:20", "10", "1 day 10:20:30.5", "@ 1 day", "-1.5 days", "", "1 ms", "5 us", "-10:20:30", "100:20:30", "-1 month 1 day", "abc",
             "1 fortnight", "10 20", "1.55 months", "2.5 quarters", "1.000001 days", "0 days", "1 month 31 days 25:00:00"]:
    CASTS += [(f"'{text}'", "varchar", "interval")]
for text in ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC999C0B4EF8BB6D6BB9BD380A11", "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}", "xyz", "",
             "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111"]:
    CASTS += [(f"'{text}'", "varchar", "uuid")]
for text in [r"\xAB\x00a", r"\xZ", "ü", "abc", "", r"\xFF", "a~ b", r"a\b"]:
    CASTS += [(f"'{text}'", "varchar", "blob")]
for text in ['{"a": 1}', "{a", "5", "true", "null", '"x"', "[1, 2, 3]", "[1 2]", "", '{"a": {"b": [1, null]}}', '"a\\u00e9"', "1.5e3", "abc", "[1", '{"a" 1}']:
    CASTS += [(f"'{text}'", "varchar", "json")]

for value in ["0", "1", "-1", "127", "128", "-128", "-129", "255", "40000", "-32768", "2147483647", "9223372036854775807"]:
    for target in INTEGERS + ["bool", "double", "float", "varchar", "decimal(5,2)", "decimal(18,0)"]:
        if target != "int64":
            CASTS.append((value, "int64", target))
for value in ["1.5", "2.5", "-1.5", "-0.5", "0", "127.4", "127.5", "1e18", "9.3e18", "-9.3e18", "1e20", "0.1", "inf", "1e300", "3.4e39", "12345.678", "0.125", "0.135"]:
    for target in ["int8", "int32", "int64", "uint8", "bool", "float", "varchar", "decimal(5,2)", "decimal(18,3)"]:
        CASTS.append((value, "double", target))
for value in ["1.0", "0.1", "16777216", "1e10", "123456789", "1e16", "1e-5", "3.4028235e38", "-2.5"]:
    CASTS += [(value, "float", target) for target in ["varchar", "double", "int32", "int64", "decimal(10,2)"]]
for value in ["12.34", "-12.34", "0.05", "-0.05", "2.50", "3.50", "-2.50", "999.99", "99.50", "0.00", "127.49", "127.50"]:
    for target in ["int8", "int32", "uint8", "bool", "double", "float", "varchar", "decimal(5,1)", "decimal(4,1)", "decimal(3,0)", "decimal(18,6)"]:
        CASTS.append((value, "decimal(5,2)", target))
for target in ["int32", "uint8", "double", "varchar", "decimal(3,1)"]:
    CASTS += [("true", "bool", target), ("false", "bool", target)]
for value in ["2024-02-29", "infinity", "0044-03-15 (BC)", "1969-12-31"]:
    CASTS += [(value, "date", target) for target in ["varchar", "timestamp", "timestamptz"]]
for value in ["2024-02-29 10:11:12.5", "infinity", "1969-12-31 23:59:59.999999", "0044-03-15 (BC) 01:02:03"]:
    CASTS += [(value, "timestamp", target) for target in ["varchar", "date", "time", "timestamptz"]]
    CASTS += [(value, "timestamptz", target) for target in ["varchar", "date", "timestamp"]]
for value in ['5', '"5"', 'true', '"true"', '1.5', '"2024-01-01"', 'null', '{"a":1}', '[1]', '"abc"', '-7', '1e2']:
    CASTS += [(value, "json", target) for target in ["varchar", "int32", "double", "bool", "date", "decimal(5,2)"]]
CASTS += [("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "uuid", target) for target in ["varchar", "blob"]]
CASTS += [(r"\xFF", "blob", "varchar"), (r"a~\x7f\x20", "blob", "varchar"), (r"a\x27b\x22", "blob", "varchar")]
for value, source in [("5", "int32"), ("1.5", "double"), ("true", "bool"), ("2024-01-01", "date"), ("2024-01-01 10:00:00", "timestamp"), ("10:00:00", "time"),
                      ("1 day", "interval"), ("abc", "blob"), ("12.50", "decimal(5,2)"), ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "uuid"), ("2024-01-01 10:00:00", "timestamptz")]:
    CASTS.append((value, source, "json"))

CASES = [
    ("bl_try_cast_varchar_int32('abc')", "int32", "TRY_CAST('abc' AS INT)"),
    ("bl_try_cast_varchar_date('2024-13-01')", "date", "TRY_CAST('2024-13-01' AS DATE)"),
    ("bl_try_cast_int64_int8(300)", "int8", "TRY_CAST(300 AS TINYINT)"),
    ("bl_try_cast_varchar_decimal('1.25', 5, 1)", "decimal(5,1)", "TRY_CAST('1.25' AS DECIMAL(5,1))"),
    ("bl_to_json_varchar('a\"b' || char(10) || '\\')", "json", "to_json('a\"b' || chr(10) || '\\')"),
]
