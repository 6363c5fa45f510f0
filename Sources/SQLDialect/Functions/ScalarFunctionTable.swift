/// Scalar functions whose result type follows from the types of their arguments alone. `Overload` says how to read a line.
enum ScalarFunctionTable {
    static let lines: [String] = text + numbers + dates + documents + engine

    private static let text = [
        "lower,lcase(varchar) varchar bl_lower",
        "upper,ucase(varchar) varchar bl_upper",
        "initcap(varchar) varchar bl_initcap",
        "length,len,char_length,character_length(varchar) bigint bl_length",
        "length,len,octet_length(blob) bigint bl_length_blob",
        "octet_length,strlen(varchar) bigint bl_strlen",
        "bit_length(varchar) bigint bl_bit_length",
        "length_grapheme(varchar) bigint bl_length_grapheme",
        "reverse(varchar) varchar bl_reverse",
        "left(varchar,bigint) varchar bl_left",
        "right(varchar,bigint) varchar bl_right",
        "left_grapheme(varchar,bigint) varchar bl_left_grapheme",
        "right_grapheme(varchar,bigint) varchar bl_right_grapheme",
        "substr,substring,mid(varchar,bigint) varchar bl_substr",
        "substr,substring,mid(varchar,bigint,bigint) varchar bl_substr",
        "substring_grapheme(varchar,bigint) varchar bl_substring_grapheme",
        "substring_grapheme(varchar,bigint,bigint) varchar bl_substring_grapheme",
        "lpad(varchar,integer,varchar) varchar bl_lpad",
        "rpad(varchar,integer,varchar) varchar bl_rpad",
        "repeat(varchar,bigint) varchar bl_repeat",
        "split_part(varchar,varchar,bigint) varchar bl_split_part",
        "starts_with,startswith,prefix(varchar,varchar) boolean bl_starts_with",
        "ends_with,endswith,suffix(varchar,varchar) boolean bl_ends_with",
        "contains(varchar,varchar) boolean bl_contains",
        "strpos,instr(varchar,varchar) bigint bl_strpos",
        "replace(varchar,varchar,varchar) varchar bl_replace",
        "translate(varchar,varchar,varchar) varchar bl_translate",
        "trim,btrim(varchar) varchar bl_trim", "trim,btrim(varchar,varchar) varchar bl_trim",
        "ltrim(varchar) varchar bl_ltrim", "ltrim(varchar,varchar) varchar bl_ltrim",
        "rtrim(varchar) varchar bl_rtrim", "rtrim(varchar,varchar) varchar bl_rtrim",
        "overlay(varchar,varchar,bigint) varchar bl_overlay",
        "overlay(varchar,varchar,bigint,bigint) varchar bl_overlay",
        "like_escape(varchar,varchar,varchar) boolean bl_like",
        "ilike_escape(varchar,varchar,varchar) boolean bl_ilike",
        "regexp_matches,regexp_like,rlike(varchar,varchar) boolean bl_regexp_matches",
        "regexp_matches,regexp_like(varchar,varchar,varchar) boolean bl_regexp_matches",
        "regexp_full_match(varchar,varchar) boolean bl_regexp_full_match",
        "regexp_full_match(varchar,varchar,varchar) boolean bl_regexp_full_match",
        "regexp_replace(varchar,varchar,varchar) varchar bl_regexp_replace",
        "regexp_replace(varchar,varchar,varchar,varchar) varchar bl_regexp_replace",
        "regexp_extract,regexp_substr(varchar,varchar) varchar bl_regexp_extract",
        "regexp_extract(varchar,varchar,integer) varchar bl_regexp_extract",
        "regexp_extract(varchar,varchar,integer,varchar) varchar bl_regexp_extract",
        "regexp_escape(varchar) varchar bl_regexp_escape",
        "regexp_count(varchar,varchar) bigint bl_regexp_count",
        "chr,char(integer) varchar bl_chr",
        "ascii(varchar) integer bl_ascii",
        "unicode,ord(varchar) integer bl_unicode",
        "hex,to_hex(varchar) varchar bl_hex_varchar", "hex,to_hex(whole) varchar bl_hex_int64", "hex,to_hex(blob) varchar bl_hex_blob",
        "unhex,from_hex(varchar) blob bl_unhex",
        "bin,to_binary(whole) varchar bl_bin_int64", "bin,to_binary(varchar) varchar bl_bin_varchar",
        "unbin,from_binary(varchar) blob bl_unbin",
        "to_base(bigint,integer) varchar bl_to_base", "to_base(bigint,integer,integer) varchar bl_to_base",
        "to_base64,base64(blob) varchar bl_to_base64",
        "from_base64(varchar) blob bl_from_base64",
        "encode(varchar) blob bl_encode",
        "decode(blob) varchar bl_decode",
        "md5(varchar) varchar bl_md5", "md5(blob) varchar bl_md5",
        "sha1(varchar) varchar bl_sha1", "sha1(blob) varchar bl_sha1",
        "sha256(varchar) varchar bl_sha256", "sha256(blob) varchar bl_sha256",
        "hash(any) ubigint bl_hash",
        "levenshtein,editdist3(varchar,varchar) bigint bl_levenshtein",
        "damerau_levenshtein(varchar,varchar) bigint bl_damerau_levenshtein",
        "hamming,mismatches(varchar,varchar) bigint bl_hamming",
        "jaccard(varchar,varchar) double bl_jaccard",
        "jaro_similarity(varchar,varchar) double bl_jaro_similarity",
        "jaro_winkler_similarity(varchar,varchar) double bl_jaro_winkler_similarity",
        "strip_accents(varchar) varchar bl_strip_accents",
        "bar(double,double,double) varchar bl_bar", "bar(double,double,double,double) varchar bl_bar",
        "uuid,gen_random_uuid,uuidv4() uuid bl_uuid", "uuidv7() uuid bl_uuidv7",
        "url_encode(varchar) varchar bl_url_encode", "url_decode(varchar) varchar bl_url_decode",
        "format_bytes,formatreadablesize(bigint) varchar bl_format_bytes",
        "formatreadabledecimalsize(bigint) varchar bl_format_bytes_decimal",
        "parse_filename(varchar) varchar bl_parse_filename",
    ]

    private static let numbers = [
        "abs(whole) whole bl_abs_{w}", "abs(double) double bl_abs_double", "abs(dec) first bl_abs_int64",
        "round(double) double bl_round_double", "round(double,integer) double bl_round_double",
        "round(whole) whole =", "round(whole,integer) whole bl_round_int64",
        "round_even,roundbankers(double,integer) double bl_round_even_double",
        "floor(double) double bl_floor_double", "ceil,ceiling(double) double bl_ceil_double",
        "trunc(double) double bl_trunc_double", "trunc(whole) whole =",
        "sign(whole) tinyint bl_sign_int64", "sign(double) tinyint bl_sign_double", "sign(dec) tinyint bl_sign_int64",
        "sqrt(double) double bl_sqrt", "cbrt(double) double bl_cbrt", "exp(double) double bl_exp", "ln(double) double bl_ln",
        "log(double) double bl_log", "log(double,double) double bl_log", "log2(double) double bl_log2", "log10(double) double bl_log10",
        "power,pow(double,double) double bl_power",
        "sin(double) double bl_sin", "cos(double) double bl_cos", "tan(double) double bl_tan", "cot(double) double bl_cot",
        "asin(double) double bl_asin", "acos(double) double bl_acos", "atan(double) double bl_atan",
        "atan2(double,double) double bl_atan2", "sinh(double) double bl_sinh", "cosh(double) double bl_cosh", "tanh(double) double bl_tanh",
        "asinh(double) double bl_asinh", "acosh(double) double bl_acosh", "atanh(double) double bl_atanh",
        "degrees(double) double bl_degrees", "radians(double) double bl_radians",
        "gamma(double) double bl_gamma", "lgamma(double) double bl_lgamma", "pi() double bl_pi",
        "isnan(double) boolean bl_isnan", "isinf(double) boolean bl_isinf", "isfinite(double) boolean bl_isfinite",
        "isinf(date) boolean bl_isinf_date", "isfinite(date) boolean bl_isfinite_date",
        "isinf(timestamp) boolean bl_isinf_timestamp", "isfinite(timestamp) boolean bl_isfinite_timestamp",
        "signbit(double) boolean bl_signbit", "nextafter(double,double) double bl_nextafter",
        "even(double) double bl_even_double", "random() double bl_random", "setseed(double) any bl_setseed",
        "gcd,greatest_common_divisor(bigint,bigint) bigint bl_gcd", "lcm,least_common_multiple(bigint,bigint) bigint bl_lcm",
        "factorial(integer) hugeint bl_factorial", "bit_count(whole) tinyint bl_bit_count_{w}", "xor(whole,whole) whole bl_xor",
    ]

    private static let momentParts = [
        "year", "month", "day", "hour", "minute", "second", "millisecond", "microsecond", "quarter", "week", "dayofweek", "isodow",
        "dayofyear", "isoyear", "yearweek", "decade", "century", "millennium", "era",
    ]

    private static let partAliases = [
        "day": "day,dayofmonth", "dayofweek": "dayofweek,weekday", "week": "week,weekofyear",
    ]

    private static let dates: [String] =
        momentParts.map { "\(partAliases[$0] ?? $0)(moment) bigint bl_\($0)_{t}" }
        + ["year", "month", "day", "hour", "minute", "second", "millisecond", "microsecond", "quarter", "decade", "century", "millennium"]
        .map { "\($0)(interval) bigint bl_\($0)_interval" }
        + ["hour", "minute", "second", "millisecond", "microsecond"].map { "\($0)(time) bigint bl_\($0)_time" }
        + [
            "epoch(moment) double bl_epoch_{t}", "epoch(interval) double bl_epoch_interval", "epoch(time) double bl_epoch_time",
            "julian(moment) double bl_julian_{t}",
            "date_trunc,datetrunc(varchar,timestamp) timestamp bl_date_trunc_timestamp",
            "date_trunc,datetrunc(varchar,timestamptz) timestamptz bl_date_trunc_timestamp",
            "date_trunc,datetrunc(varchar,interval) interval bl_date_trunc_interval",
            "date_diff,datediff,timestampdiff(varchar,moment,moment) bigint bl_date_diff_{t}",
            "date_diff,datediff(varchar,time,time) bigint bl_date_diff_time",
            "date_sub,datesub(varchar,moment,moment) bigint bl_date_sub_{t}",
            "date_sub,datesub(varchar,time,time) bigint bl_date_sub_time",
            "strftime(moment,varchar) varchar bl_strftime_{t}",
            "strptime,to_timestamp(varchar,varchar) timestamp bl_strptime", "try_strptime(varchar,varchar) timestamp bl_try_strptime",
            "make_date(bigint,bigint,bigint) date bl_make_date", "make_time(bigint,bigint,double) time bl_make_time",
            "make_timestamp(bigint,bigint,bigint,bigint,bigint,double) timestamp bl_make_timestamp",
            "make_timestamp(bigint) timestamp bl_make_timestamp_micros",
            "epoch_ms(moment) bigint bl_epoch_ms_{t}", "epoch_us(moment) bigint bl_epoch_us_{t}", "epoch_ns(moment) bigint bl_epoch_ns_{t}",
            "epoch_ms(bigint) timestamp bl_epoch_ms_int64", "to_timestamp(double) timestamptz bl_to_timestamp",
            "age(timestamp,timestamp) interval bl_age_timestamp", "age(timestamp) interval bl_age_timestamp",
            "age(timestamptz,timestamptz) interval bl_age_timestamp", "age(timestamptz) interval bl_age_timestamp",
            "last_day(moment) date bl_last_day_{t}", "dayname(moment) varchar bl_dayname_{t}", "monthname(moment) varchar bl_monthname_{t}",
            "time_bucket(interval,date) date bl_time_bucket_date", "time_bucket(interval,date,date) date bl_time_bucket_date",
            "time_bucket(interval,date,interval) date bl_time_bucket_date",
            "time_bucket(interval,timestamp) timestamp bl_time_bucket_timestamp",
            "time_bucket(interval,timestamp,timestamp) timestamp bl_time_bucket_timestamp",
            "time_bucket(interval,timestamp,interval) timestamp bl_time_bucket_timestamp",
            "time_bucket(interval,timestamptz) timestamptz bl_time_bucket_timestamp",
            "now,get_current_timestamp,transaction_timestamp,statement_timestamp,current_timestamp,sysdate() timestamptz bl_now",
            "today,current_date() date bl_today", "get_current_time,current_time() time bl_current_time",
            "current_localtimestamp,localtimestamp() timestamp bl_current_localtimestamp",
            "current_localtime,localtime() time bl_current_time",
            "timezone(varchar,timestamp) timestamptz bl_timezone_timestamp",
            "timezone(varchar,timestamptz) timestamp bl_timezone_timestamptz",
        ]
        + ["millennia", "centuries", "decades", "years", "quarters", "months", "weeks", "days", "hours", "minutes"].map {
            "to_\($0)(bigint) interval bl_to_\($0)"
        }
        + [
            "to_seconds(double) interval bl_to_seconds", "to_milliseconds(double) interval bl_to_milliseconds",
            "to_microseconds(bigint) interval bl_to_microseconds",
        ]

    private static let documents = [
        "json_extract,json_extract_path(json,varchar) json bl_json_extract", "json_extract(json,bigint) json bl_json_extract",
        "json_extract_string,json_extract_path_text(json,varchar) varchar bl_json_extract_string",
        "json_extract_string(json,bigint) varchar bl_json_extract_string",
        "json_value(json,varchar) varchar bl_json_extract_string",
        "json_type(json) varchar bl_json_type", "json_type(json,varchar) varchar bl_json_type",
        "json_array_length(json) ubigint bl_json_array_length", "json_array_length(json,varchar) ubigint bl_json_array_length",
        "json_valid(varchar) boolean bl_json_valid", "json_valid(json) boolean bl_json_valid",
        "json(varchar) json bl_cast_varchar_json", "parse_json(varchar) json bl_cast_varchar_json",
        "json_quote(any) json json_quote", "json_patch,json_merge_patch(json,json) json json_patch",
    ]

    /// SQLite's own, which contradict nothing of DuckDB's.
    private static let engine = [
        "last_insert_rowid() bigint last_insert_rowid", "changes() bigint changes", "total_changes() bigint total_changes",
        "sqlite_version() varchar sqlite_version", "quote(any) varchar quote", "randomblob(bigint) blob randomblob",
        "zeroblob(bigint) blob zeroblob",
        "datetime(varchar) varchar datetime", "datetime(varchar,varchar) varchar datetime",
        "julianday(varchar) double julianday", "unixepoch(varchar) bigint unixepoch", "error(varchar) any bl_error",
    ]
}
