"""Dates, times, timestamps, intervals."""

CASES = []
PARTS = ["year", "month", "day", "decade", "century", "millennium", "quarter", "week", "isoyear", "yearweek", "dow", "isodow", "doy", "era",
         "hour", "minute", "second", "millisecond", "microsecond"]
STAMPS = ["2024-02-15 10:11:12.345678", "2000-12-31 23:59:59.999999", "1969-12-31 12:00:00", "2024-12-30 00:00:00", "-0044-03-15 01:02:03", "1900-01-01 00:00:00", "infinity"]
for stamp in STAMPS:
    day = stamp.split(" ")[0]
    for part in PARTS:
        CASES.append((f"bl_date_part_timestamp('{part}', TS('{stamp}'))", "int64"))
        CASES.append((f"bl_date_part_date('{part}', D('{day}'))", "int64"))
    for part in ["epoch", "julian"]:
        CASES.append((f"bl_date_part_timestamp('{part}', TS('{stamp}'))", "double"))
        CASES.append((f"bl_date_part_date('{part}', D('{day}'))", "double"))
    for part in ["year", "month", "day", "decade", "century", "millennium", "quarter", "week", "isoyear", "yearweek", "dow", "doy", "hour", "minute", "second",
                 "millisecond", "microsecond", "epoch", "julian"]:
        CASES.append((f"bl_date_trunc_timestamp('{part}', TS('{stamp}'))", "timestamp"))
        CASES.append((f"bl_date_trunc_date('{part}', D('{day}'))", "timestamp"))
    for name in ["year", "month", "day", "hour", "minute", "second", "millisecond", "microsecond", "quarter", "week", "dayofweek", "isodow", "dayofyear", "isoyear",
                 "yearweek", "decade", "century", "millennium", "era", "epoch_ms", "epoch_us", "epoch_ns"]:
        CASES.append((f"bl_{name}_timestamp(TS('{stamp}'))", "int64"))
        CASES.append((f"bl_{name}_date(D('{day}'))", "int64"))
    for name in ["dayname", "monthname"]:
        CASES.append((f"bl_{name}_timestamp(TS('{stamp}'))", "varchar"))
    CASES.append((f"bl_last_day_timestamp(TS('{stamp}'))", "date"))
    CASES.append((f"bl_isfinite_timestamp(TS('{stamp}'))", "bool"))
    CASES.append((f"bl_isinf_date(D('{day}'))", "bool"))
for interval in ["1 year 2 months 40 days 25:00:01.5", "-14 months", "-25 hours -30 minutes", "500 years", "65.5 seconds", "5 months"]:
    for part in ["year", "month", "day", "decade", "century", "millennium", "quarter", "hour", "minute", "second", "millisecond", "microsecond", "week"]:
        CASES.append((f"bl_date_part_interval('{part}', IV('{interval}'))", "int64"))
        CASES.append((f"bl_date_trunc_interval('{part}', IV('{interval}'))", "interval"))
    CASES.append((f"bl_date_part_interval('epoch', IV('{interval}'))", "double"))
    CASES.append((f"bl_interval_neg(IV('{interval}'))", "interval", f"-(INTERVAL '{interval}')"))
    CASES.append((f"bl_interval_mul(IV('{interval}'), 2.5)", "interval", f"(INTERVAL '{interval}') * 2.5"))
    CASES.append((f"bl_interval_mul(IV('{interval}'), 3)", "interval", f"(INTERVAL '{interval}') * 3"))
    CASES.append((f"bl_interval_div(IV('{interval}'), 3)", "interval", f"(INTERVAL '{interval}') / 3"))
    CASES.append((f"bl_interval_div(IV('{interval}'), 0)", "interval", f"(INTERVAL '{interval}') / 0"))
    CASES.append((f"bl_interval_add(IV('{interval}'), IV('1 month -1 day'))", "interval", f"(INTERVAL '{interval}') + INTERVAL '1 month -1 day'"))
    CASES.append((f"bl_interval_sub(IV('{interval}'), IV('1 month -1 day'))", "interval", f"(INTERVAL '{interval}') - INTERVAL '1 month -1 day'"))
    CASES.append((f"bl_normalized_interval(IV('{interval}'))", "interval"))
    CASES.append((f"bl_epoch_ms_interval(IV('{interval}'))", "int64"))
    for stamp in ["2024-01-31 10:00:00", "2024-02-29 23:59:59.5", "1969-12-31 01:00:00", "infinity"]:
        CASES.append((f"bl_timestamp_add_interval(TS('{stamp}'), IV('{interval}'))", "timestamp", f"TIMESTAMP '{stamp}' + INTERVAL '{interval}'"))
        CASES.append((f"bl_timestamp_sub_interval(TS('{stamp}'), IV('{interval}'))", "timestamp", f"TIMESTAMP '{stamp}' - INTERVAL '{interval}'"))
    CASES.append((f"bl_date_add_interval(D('2024-01-31'), IV('{interval}'))", "timestamp", f"DATE '2024-01-31' + INTERVAL '{interval}'"))
    CASES.append((f"bl_date_sub_interval(D('2024-01-31'), IV('{interval}'))", "timestamp", f"DATE '2024-01-31' - INTERVAL '{interval}'"))
    CASES.append((f"bl_time_add_interval(T('10:00:00'), IV('{interval}'))", "time", f"TIME '10:00:00' + INTERVAL '{interval}'"))
    CASES.append((f"bl_time_sub_interval(T('10:00:00'), IV('{interval}'))", "time", f"TIME '10:00:00' - INTERVAL '{interval}'"))
PAIRS = [("2024-01-31 10:00:00", "2024-02-29 09:00:00"), ("2024-01-31 00:00:00", "2024-02-01 00:00:00"), ("2024-01-06 10:59:00", "2024-01-08 11:00:00"),
         ("2020-02-29 00:00:00", "2021-02-28 00:00:00"), ("2014-01-31 00:00:00", "2024-01-31 00:00:00"), ("1999-12-31 23:59:59.9", "2001-01-01 00:00:00"),
         ("1960-01-31 00:00:59.9", "1960-01-31 00:01:00"), ("2024-05-31 12:00:00", "2024-02-29 00:00:00"), ("2024-01-01 12:00:00", "2024-01-08 06:00:00"), ("infinity", "2024-01-01 00:00:00")]
for a, b in PAIRS:
    for part in ["year", "month", "day", "decade", "century", "millennium", "quarter", "week", "isoyear", "hour", "minute", "second", "millisecond", "microsecond", "dow"]:
        for x, y in [(a, b), (b, a)]:
            CASES.append((f"bl_date_diff_timestamp('{part}', TS('{x}'), TS('{y}'))", "int64"))
            CASES.append((f"bl_date_sub_timestamp('{part}', TS('{x}'), TS('{y}'))", "int64"))
        CASES.append((f"bl_date_diff_date('{part}', D('{a.split()[0]}'), D('{b.split()[0]}'))", "int64"))
    CASES.append((f"bl_age_timestamp(TS('{a}'), TS('{b}'))", "interval"))
    CASES.append((f"bl_age_timestamp(TS('{b}'), TS('{a}'))", "interval"))
    CASES.append((f"bl_timestamp_sub_timestamp(TS('{a}'), TS('{b}'))", "interval", f"TIMESTAMP '{a}' - TIMESTAMP '{b}'"))
for part in ["hour", "minute", "second", "millisecond", "microsecond"]:
    CASES.append((f"bl_date_diff_time('{part}', T('10:59:59.5'), T('11:00:00'))", "int64"))
    CASES.append((f"bl_date_sub_time('{part}', T('10:59:59.5'), T('12:00:00'))", "int64"))
    CASES.append((f"bl_date_part_time('{part}', T('10:59:59.5'))", "int64"))
CASES += [
    ("bl_date_part_time('epoch', T('10:00:00.5'))", "double"),
    ("bl_date_part_time('day', T('10:00:00.5'))", "int64"),
    ("bl_date_trunc_timestamp('foo', TS('2024-01-01'))", "timestamp"),
    ("bl_date_add_int(D('2024-01-31'), 5)", "date", "DATE '2024-01-31' + 5"),
    ("bl_date_sub_int(D('2024-01-31'), 31)", "date", "DATE '2024-01-31' - 31"),
    ("bl_date_add_int(D('infinity'), 1)", "date", "DATE 'infinity' + 1"),
    ("bl_date_add_int(D('5881580-07-10'), 1)", "date", "DATE '5881580-07-10' + 1"),
    ("bl_date_add_time(D('2024-01-01'), T('10:00:00'))", "timestamp", "DATE '2024-01-01' + TIME '10:00:00'"),
    ("bl_timestamp_add_interval(TS('290000-01-01'), IV('10000 years'))", "timestamp", "TIMESTAMP '290000-01-01' + INTERVAL '10000 years'"),
    ("bl_make_date(2024, 2, 29)", "date"), ("bl_make_date(2024, 2, 30)", "date"), ("bl_make_date(-44, 3, 15)", "date"),
    ("bl_make_time(1, 2, 3.5)", "time"), ("bl_make_time(24, 0, 0)", "time"), ("bl_make_time(25, 0, 0)", "time"),
    ("bl_make_timestamp(2024, 2, 3, 4, 5, 6.789)", "timestamp"), ("bl_make_timestamp(2024, 2, 3, 4, 5, 60)", "timestamp"), ("bl_make_timestamp_micros(1707000000000000)", "timestamp"),
    ("bl_epoch_ms_int64(1707000000123)", "timestamp", "epoch_ms(1707000000123)"), ("bl_to_timestamp(1707000000.5)", "timestamptz"), ("bl_to_timestamp(-1)", "timestamptz"),
    ("bl_epoch_time(T('10:00:00.25'))", "double"), ("bl_epoch_timestamp(TS('2024-02-05 13:04:05.5'))", "double"), ("bl_epoch_date(D('2024-02-05'))", "double"),
    ("bl_julian_date(D('2024-01-01'))", "double"),
    ("bl_to_days(5)", "interval"), ("bl_to_hours(5)", "interval"), ("bl_to_seconds(1.5)", "interval"), ("bl_to_weeks(2)", "interval"), ("bl_to_milliseconds(1500.5)", "interval"),
    ("bl_to_years(2)", "interval"), ("bl_to_quarters(2)", "interval"), ("bl_to_microseconds(7)", "interval"), ("bl_to_minutes(90)", "interval"), ("bl_to_decades(1)", "interval"),
    ("bl_interval_key(IV('1 month')) > bl_interval_key(IV('29 days'))", "bool", "INTERVAL '1 month' > INTERVAL '29 days'"),
    ("bl_interval_key(IV('1 month')) = bl_interval_key(IV('30 days'))", "bool", "INTERVAL '1 month' = INTERVAL '30 days'"),
    ("bl_interval_key(IV('1 day')) = bl_interval_key(IV('24 hours'))", "bool", "INTERVAL '1 day' = INTERVAL '24 hours'"),
    ("bl_timezone_timestamp('America/New_York', TS('2024-01-01 10:00:00'))", "timestamptz"), ("bl_timezone_timestamp('America/New_York', TS('2024-07-01 10:00:00'))", "timestamptz"),
    ("bl_timezone_timestamptz('Europe/Paris', TZ('2024-07-01 10:00:00'))", "timestamp"), ("bl_timezone_timestamptz('Asia/Kolkata', TZ('1999-07-01 10:00:00'))", "timestamp"),
    ("bl_timezone_timestamp('UTC', TS('2024-07-01 10:00:00'))", "timestamptz"),
]
for width, stamp, third in [("1 week", "2024-02-10", None), ("1 month", "2024-02-10", None), ("2 weeks", "2024-02-10 10:00:00", None), ("15 minutes", "2024-02-10 10:07:00", None),
                            ("15 minutes", "2024-02-10 10:07:00", "IV('5 minutes')"), ("15 minutes", "2024-02-10 10:07:00", "TS('2024-01-01 00:03:00')"),
                            ("3 months", "2024-02-10 10:07:00", "TS('2024-01-15 00:03:00')"), ("1 month 1 day", "2024-02-10", None), ("1 year", "2024-05-05", None),
                            ("5 months", "1999-05-05", None), ("3 days", "1999-05-05", None), ("1 month", "2024-05-05", "IV('3 days')"), ("-1 hour", "2024-05-05", None), ("1 hour", "infinity", None)]:
    CASES.append((f"bl_time_bucket_timestamp(IV('{width}'), TS('{stamp}')" + (f", {third})" if third else ")"), "timestamp"))
for width, day in [("1 week", "2024-02-10"), ("1 month", "2024-02-10"), ("1 hour", "2024-05-05"), ("7 days", "1969-05-05")]:
    CASES.append((f"bl_time_bucket_date(IV('{width}'), D('{day}'))", "date"))
for pattern in ["%Y-%m-%d %H:%M:%S.%f", "%a %A %b %B %d %-d %j %-j", "%U %W %V %u %w", "%p %I %-I %y %-y %%", "%g %n", "%z|%Z", "%G-%V", "%x %X %c", "%-m/%-d/%Y", "%-H:%-M:%-S", "%q", "%", "%-q", "plain"]:
    for stamp in ["2024-02-05 13:04:05.123456", "1999-12-31 00:59:59", "-0044-03-15 12:00:00", "0044-02-05 01:00:00"]:
        CASES.append((f"bl_strftime_timestamp(TS('{stamp}'), '{pattern}')", "varchar"))
    CASES.append((f"bl_strftime_date(D('2024-12-29'), '{pattern}')", "varchar"))
CASES += [("bl_strftime_timestamp(TS('infinity'), '%Y')", "varchar"), ("bl_strftime_timestamptz(TZ('2024-02-05 13:04:05'), '%Z %z')", "varchar")]
for text, pattern in [("2024-02-05 13:04", "%Y-%m-%d %H:%M"), ("5/2/2024 1:04 PM", "%-d/%-m/%Y %-I:%M %p"), ("Mon, 05 Feb 2024", "%a, %d %b %Y"), ("bad", "%Y"), ("2024-036", "%Y-%j"),
                      ("24-02-05", "%y-%m-%d"), ("2024-02-05 1:04:05.5", "%Y-%m-%d %-H:%M:%S.%f"), ("2024-02-05 1:04:05.5 ", "%Y-%m-%d %-H:%M:%S.%f"), (" 2024-02-05", "%Y-%m-%d"),
                      ("2024-2-5", "%Y-%m-%d"), ("february 5 2024", "%B %d %Y"), ("2024-02-30", "%Y-%m-%d"), ("12:30", "%H:%M"), ("2024-W06-1", "%G-W%V-%u"), ("70-01-01", "%y-%m-%d"),
                      ("68-01-01", "%y-%m-%d"), ("69-01-01", "%y-%m-%d"), ("2024-02-05 13 PM", "%Y-%m-%d %I %p"), ("2024-02-05 12 AM", "%Y-%m-%d %I %p"), ("2024-02-05T", "%Y-%m-%d"),
                      ("2024-02-05 123", "%Y-%m-%d %g"), ("100%", "%j%%"), ("2024-02-05 25", "%Y-%m-%d %H"), ("5 2024", "%U %Y"), ("5 1 2024", "%W %u %Y"), ("infinity", "%Y"), ("1.5", "%S.%f"),
                      ("Tue 2024-02-05", "%a %Y-%m-%d"), ("20240205", "%Y%m%d"), ("2024-02-05 13:04:05", "%x %X"), ("2024-02-05 13:04:05", "%c"), ("x", "%q")]:
    CASES.append((f"bl_strptime('{text}', '{pattern}')", "timestamp"))
    CASES.append((f"bl_try_strptime('{text}', '{pattern}')", "timestamp"))
CASES += [("bl_strptime('2024-02-05 13:04:05.123456+0200', '%Y-%m-%d %H:%M:%S.%f%z')", "timestamptz"), ("bl_strptime('2024-02-05 10:00 +02:00', '%Y-%m-%d %H:%M %z')", "timestamptz"),
          ("bl_strptime('2024-02-05 10 Europe/Paris', '%Y-%m-%d %H %Z')", "timestamptz")]
