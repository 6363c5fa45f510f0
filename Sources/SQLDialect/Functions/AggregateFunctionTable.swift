/// Aggregates. `Overload` says how to read a line.
enum AggregateFunctionTable {
    static let lines = [
        "sum(whole) hugeint bl_sum_int", "sum(boolean) hugeint bl_sum_int", "sum(double) double bl_sum_double",
        "sum(interval) interval bl_sum_interval",
        "fsum,sumkahan,kahan_sum(double) double bl_fsum", "total(double) double total",
        "avg,mean(whole) double bl_avg_int", "avg,mean(double) double bl_avg_double", "avg,mean(interval) interval bl_avg_interval",
        "avg,mean(date) timestamp bl_avg_date", "avg,mean(timestamp) timestamp bl_avg_timestamp",
        "avg,mean(time) time bl_avg_time",
        "avg,mean(timestamptz) timestamptz bl_avg_timestamp", "favg(double) double bl_favg",
        "min(any) first min", "max(any) first max",
        "any_value,arbitrary(any) first bl_any_value", "first(any) first bl_first", "last(any) first bl_last",
        "arg_min,argmin,min_by(any,any) first bl_arg_min", "arg_max,argmax,max_by(any,any) first bl_arg_max",
        "arg_min_null(any,any) first bl_arg_min_null", "arg_max_null(any,any) first bl_arg_max_null",
        "median(double) double bl_median",
        "quantile_disc,quantile(any,double) first bl_quantile_disc",
        "quantile_cont,percentile_cont,approx_quantile(double,double) double bl_quantile_cont",
        "mode(any) first bl_mode", "mad(double) double bl_mad",
        "stddev,stddev_samp(double) double bl_stddev_samp", "stddev_pop(double) double bl_stddev_pop",
        "variance,var_samp(double) double bl_var_samp", "var_pop(double) double bl_var_pop", "sem(double) double bl_sem",
        "skewness(double) double bl_skewness", "kurtosis(double) double bl_kurtosis", "kurtosis_pop(double) double bl_kurtosis_pop",
        "entropy(any) double bl_entropy",
        "covar_pop(double,double) double bl_covar_pop", "covar_samp(double,double) double bl_covar_samp", "corr(double,double) double bl_corr",
        "regr_slope(double,double) double bl_regr_slope", "regr_intercept(double,double) double bl_regr_intercept",
        "regr_r2(double,double) double bl_regr_r2", "regr_count(double,double) uinteger bl_regr_count",
        "regr_avgx(double,double) double bl_regr_avgx", "regr_avgy(double,double) double bl_regr_avgy",
        "regr_sxx(double,double) double bl_regr_sxx", "regr_syy(double,double) double bl_regr_syy", "regr_sxy(double,double) double bl_regr_sxy",
        "bool_and,every(boolean) boolean bl_bool_and", "bool_or(boolean) boolean bl_bool_or",
        "bit_and(whole) whole bl_bit_and", "bit_or(whole) whole bl_bit_or", "bit_xor(whole) whole bl_bit_xor",
        "product(double) double bl_product", "approx_count_distinct(any) bigint bl_approx_count_distinct",
        "count_if,countif(boolean) hugeint bl_count_if",
    ]

    /// Aggregates that the binder treats one by one.
    static let special: Set<String> = [
        "count", "count_star", "sum", "avg", "mean", "string_agg", "group_concat", "listagg", "json_group_array", "json_group_object",
        "median", "quantile_cont", "percentile_cont", "percentile_disc", "array_agg", "list",
        "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg",
    ]

    static func contains(_ key: String) -> Bool { FunctionCatalog.aggregate[key] != nil || special.contains(key) }
}

/// Functions that need OVER.
enum WindowFunctionTable {
    static let names: Set<String> = [
        "row_number", "rank", "dense_rank", "rank_dense", "percent_rank", "cume_dist", "ntile", "lag", "lead", "first_value", "last_value",
        "nth_value",
    ]
}
