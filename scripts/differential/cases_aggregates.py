"""Aggregates, over a whole table, over groups and over moving windows."""

SETUP = """
CREATE TABLE t(id BIGINT, g BIGINT, i BIGINT, d DOUBLE, s VARCHAR, b BIGINT);
INSERT INTO t VALUES (1,1,1,1.5,'a',1),(2,1,2,2.5,'b',0),(3,1,2,NULL,'b',NULL),(4,2,NULL,4.0,NULL,1),(5,2,7,-3.25,'c',1),(6,2,7,0.125,'',1),(7,3,-5,100.5,'é',1),(8,3,12,3.75,'b',0),(9,3,7,2.25,'a',1),(10,4,NULL,NULL,NULL,NULL)
"""

CASES = []
DOUBLES = ["sum", "avg", "fsum", "favg", "median", "mad", "stddev_samp", "stddev_pop", "var_samp", "var_pop", "sem", "skewness", "kurtosis", "kurtosis_pop", "product"]
NAMES = {"sum": "sum_double", "avg": "avg_double"}
FILTERS = ["", " WHERE g = 1", " WHERE g = 2", " WHERE g = 4", " WHERE id = 1", " WHERE g < 3"]
for where in FILTERS:
    for function in DOUBLES:
        mine = f"bl_{NAMES.get(function, function)}"
        CASES.append((f"bl_round_double((SELECT {mine}(d) FROM t{where}), 10)", "double", f"round((SELECT {function}(d) FROM t{where}), 10)"))
    for function in ["covar_pop", "covar_samp", "regr_slope", "regr_intercept", "regr_r2", "regr_avgx", "regr_avgy", "regr_sxx", "regr_syy", "regr_sxy", "corr"]:
        if where in (" WHERE id = 1", " WHERE g = 4", " WHERE g = 2") and function in ("corr", "regr_slope", "regr_intercept"):
            continue  # DuckDB answers NaN, which SQLite cannot hold: NULL here
        CASES.append((f"bl_round_double((SELECT bl_{function}(i, d) FROM t{where}), 9)", "double", f"round((SELECT {function}(i, d) FROM t{where}), 9)"))
    CASES.append((f"(SELECT bl_regr_count(i, d) FROM t{where})", "int64", f"(SELECT regr_count(i, d) FROM t{where})"))
    for function, mine, argument, result in [
        ("sum", "bl_sum_int", "i", "int64"), ("avg", "bl_avg_int", "i", "double"), ("bit_and", "bl_bit_and", "i", "int64"), ("bit_or", "bl_bit_or", "i", "int64"),
        ("bit_xor", "bl_bit_xor", "i", "int64"), ("mode", "bl_mode", "s", "varchar"), ("mode", "bl_mode", "i", "int64"), 
        ("string_agg", "bl_string_agg", "s", "varchar"), ("string_agg", "bl_string_agg", "s, '--'", "varchar"), ("arg_min", "bl_arg_min", "s, i", "varchar"),
        ("arg_max", "bl_arg_max", "s, i", "varchar"), ("arg_max", "bl_arg_max", "d, i", "double"), ("arg_min_null", "bl_arg_min_null", "d, i", "double"),
        ("any_value", "bl_any_value", "d", "double"), ("first", "bl_first", "d", "double"), ("last", "bl_last", "s", "varchar"), ("median", "bl_median_any", "s", "varchar"),
        ("median", "bl_median", "i", "double"),
    ]:
        CASES.append((f"(SELECT {mine}({argument}) FROM t{where})", result, f"(SELECT {function}({argument}) FROM t{where})"))
    CASES.append((f"bl_round_double((SELECT bl_entropy(s) FROM t{where}), 12)", "double", f"round((SELECT entropy(s) FROM t{where}), 12)"))
    CASES.append((f"(SELECT bl_approx_count_distinct(s) FROM t{where})", "int64", f"(SELECT count(DISTINCT s) FROM t{where})"))
    CASES.append((f"(SELECT bl_count_if(i > 2) FROM t{where})", "int64", f"(SELECT count(*) FILTER (i > 2) FROM t{where})"))
    for function in ["bool_and", "bool_or"]:
        CASES.append((f"(SELECT bl_{function}(b) FROM t{where})", "bool", f"(SELECT {function}(b::BOOLEAN) FROM t{where})"))
    for q in [q for q in [0, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 1, -0.25, 1.5] if q <= 1 or "g = 4" not in where]:
        CASES.append((f"(SELECT bl_quantile_cont(d, {q}) FROM t{where})", "double", f"(SELECT quantile_cont(d, {q}) FROM t{where})"))
        CASES.append((f"(SELECT bl_quantile_disc(i, {q}) FROM t{where})", "int64", f"(SELECT quantile_disc(i, {q}) FROM t{where})"))
        CASES.append((f"(SELECT bl_quantile_disc(s, {q}) FROM t{where})", "varchar", f"(SELECT quantile_disc(s, {q}) FROM t{where})"))
        CASES.append((f"(SELECT bl_quantile_cont_decimal(i * 25, {q}) FROM t{where})", "decimal(10,2)", f"(SELECT quantile_cont((i * 0.25)::DECIMAL(10,2), {q}) FROM t{where})"))
    CASES.append((f"(SELECT bl_median_decimal(i * 25) FROM t{where})", "decimal(10,2)", f"(SELECT median((i * 0.25)::DECIMAL(10,2)) FROM t{where})"))
    CASES.append((f"(SELECT bl_avg_decimal(i * 25, 2) FROM t{where})", "double", f"(SELECT avg((i * 0.25)::DECIMAL(10,2)) FROM t{where})"))
    CASES.append((f"(SELECT bl_median_date(bl_date_add_int(D('2024-01-01'), i)) FROM t{where})", "timestamp", f"(SELECT median(DATE '2024-01-01' + i::INT) FROM t{where})"))
    CASES.append((f"(SELECT bl_median_timestamp(i * 1000001) FROM t{where})", "timestamp", f"(SELECT median(make_timestamp(i * 1000001)) FROM t{where})"))
    CASES.append((f"(SELECT bl_avg_timestamp(i * 1000001) FROM t{where})", "timestamp", f"(SELECT avg(make_timestamp(i * 1000001)) FROM t{where})"))
    CASES.append((f"(SELECT bl_avg_interval(bl_to_days(i)) FROM t{where})", "interval", f"(SELECT avg(to_days(i::INT)) FROM t{where})"))
for frame in ["ROWS BETWEEN 2 PRECEDING AND CURRENT ROW", "ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW", "ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING"]:
    over = f"OVER (ORDER BY id {frame})"
    windows = [("sum_int", "sum", "i"), ("avg_int", "avg", "i"), ("sum_double", "sum", "d"), ("avg_double", "avg", "d"), ("fsum", "fsum", "d"), ("median", "median", "d"), ("stddev_samp", "stddev_samp", "d"),
               ("var_pop", "var_pop", "d"), ("skewness", "skewness", "d"), ("product", "product", "d"), ("covar_pop", "covar_pop", "i, d"), ("regr_sxx", "regr_sxx", "i, d"), ("regr_count", "regr_count", "i, d"),
               ("bit_and", "bit_and", "i"), ("bit_xor", "bit_xor", "i"), ("quantile_cont", "quantile_cont", "d, 0.25"), ("quantile_disc", "quantile_disc", "i, 0.25"), ("mad", "mad", "d"), ("count_if", "sum", "b"), ("mode", "mode", "g")]
    for mine, function, arguments in windows:
        if mine == "count_if":
            duck = f"(count(*) FILTER (b = 1) {over})"
        else:
            duck = f"({function}({arguments}) {over})"
        CASES.append((
            f"(SELECT bl_string_agg(v, ';') FROM (SELECT coalesce(bl_cast_double_varchar(bl_round_double(bl_{mine}({arguments}) {over}, 8)), 'N') v FROM t ORDER BY id))", "varchar",
            f"(SELECT string_agg(v, ';') FROM (SELECT coalesce(round({duck}::DOUBLE, 8)::VARCHAR, 'N') v FROM t ORDER BY id))"))
    CASES.append((f"(SELECT bl_string_agg(v, ';') FROM (SELECT coalesce(bl_string_agg(s, '+') {over}, 'N') v FROM t ORDER BY id))", "varchar",
                  f"(SELECT string_agg(v, ';') FROM (SELECT coalesce(string_agg(s, '+') {over}, 'N') v FROM t ORDER BY id))"))
