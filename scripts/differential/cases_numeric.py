"""Integer, decimal and double functions."""

CASES = []
TYPES = {"int8": ("TINYINT", 127), "int16": ("SMALLINT", 32767), "int32": ("INTEGER", 2147483647), "int64": ("BIGINT", 9223372036854775807), "uint8": ("UTINYINT", 255), "uint32": ("UINTEGER", 4294967295)}
SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "idiv": "//", "mod": "%"}
for word, (name, top) in TYPES.items():
    low = 0 if word.startswith("u") else -top - 1
    for function, symbol in SYMBOLS.items():
        for a, b in [(5, 3), (top, 1), (low, 1), (top, top), (7, 0), (100, 3), (0, 5)] + ([] if word.startswith("u") else [(-7, 2), (7, -2), (low + 1, -1)]):
            CASES.append((f"bl_{function}_{word}({a}, {b})", word, f"CAST('{a}' AS {name}) {symbol} CAST('{b}' AS {name})"))
    if low < 0:
        CASES.append((f"bl_neg_{word}({top})", word, f"-CAST('{top}' AS {name})"))
        CASES.append((f"bl_abs_{word}({low + 1})", word, f"abs(CAST('{low + 1}' AS {name}))"))
        CASES.append((f"bl_bit_count_{word}(-1)", "int8", f"bit_count(CAST('-1' AS {name}))"))
for a, b in [(1, 3), (1, 31), (1, 30), (1, 32), (1, 64), (0, 5), (-1, 1), (5, -1), (3, 29)]:
    CASES.append((f"bl_lshift_int32({a}, {b})", "int32", f"({a})::INT << ({b})::INT"))
    CASES.append((f"bl_rshift_int32({a}, {b})", "int32", f"({a})::INT >> ({b})::INT"))
for a, b in [(1, 62), (1, 63), (1, 64), (3, 61)]:
    CASES.append((f"bl_lshift_int64({a}, {b})", "int64", f"({a})::BIGINT << ({b})::BIGINT"))
CASES += [("bl_xor(5, 3)", "int64", "xor(5, 3)"), ("bl_gcd(12, 18)", "int64"), ("bl_gcd(-12, 18)", "int64"), ("bl_gcd(0, 0)", "int64"), ("bl_lcm(4, 6)", "int64"), ("bl_lcm(0, 6)", "int64"),
          ("bl_factorial(5)", "int64"), ("bl_factorial(20)", "int64"), ("bl_factorial(-1)", "int64"), ("bl_even_double(2.1)", "double"), ("bl_even_double(-2.1)", "double"), ("bl_even_double(3)", "double"),
          ("bl_sign_int64(-5)", "int8"), ("bl_sign_double(-2.5)", "int8"), ("bl_sign_double(0.0)", "int8"), ("bl_pi()", "double")]
for n in [15, -15, 14, 25, 149, 150, -150, 0]:
    for digits in [-1, -2, 0, 1, -19]:
        CASES.append((f"bl_round_int64({n}, {digits})", "int64", f"round({n}::BIGINT, {digits})"))
VALUES = ["2.5", "-2.5", "1234.567", "-0.4", "0", "2.675", "1e300", "0.5", "-0.5", "1.005", "99.995"]
for value in VALUES:
    for function in ["round", "floor", "ceil", "trunc", "sign"]:
        CASES.append((f"bl_{function}_double(F('{value}'))", "int8" if function == "sign" else "double"))
    for digits in [0, 1, 2, -1, -2, 10]:
        CASES.append((f"bl_round_double(F('{value}'), {digits})", "double"))
        CASES.append((f"bl_round_even_double(F('{value}'), {digits})", "double"))
for function in ["sqrt", "cbrt", "exp", "ln", "log", "log2", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "cot", "degrees", "radians", "gamma", "lgamma"]:
    for value in ["0.5", "1", "2", "10", "100"]:
        if (function in ("asin", "acos", "atanh") and float(value) > 1) or (function == "acosh" and float(value) < 1):
            continue
        CASES.append((f"bl_{function}(F('{value}'))", "double"))
CASES += [("bl_ln(0.0)", "double"), ("bl_cbrt(-27)", "double"), ("bl_power(2, 0.5)", "double", "power(2, 0.5::DOUBLE)"), ("bl_power(0, -1)", "double"), ("bl_power(2, 10)", "double"), ("bl_log(2, 8)", "double"), ("bl_log(10, 1000)", "double"), ("bl_log(3, 81)", "double"), ("bl_atan2(1, 1)", "double"),
          ("bl_nextafter(1.0, 2.0)", "double", "nextafter(1::DOUBLE, 2::DOUBLE)"), ("bl_signbit(-1.0)", "bool"), ("bl_isnan(1.0)", "bool"), ("bl_isinf(F('inf'))", "bool"), ("bl_isfinite(F('-inf'))", "bool"),
          ("bl_div_double(1, 0)", "double", "1/0"), ("bl_div_double(-1.0, 0)", "double", "-1.0/0"), ("bl_div_double(10, 4)", "double", "10/4"), ("bl_div_double(1, 3)", "double", "1/3"), ("bl_mod_double(5.5, 2)", "double", "fmod(5.5, 2)"), ("bl_mod_double(-5.5, 2)", "double", "-5.5::DOUBLE % 2::DOUBLE"), ("bl_fmod(-5.5, 2)", "double"), ("bl_fmod(5.5, -2)", "double"), ("bl_fmod(5.5, 2)", "double"),
          ("bl_add_float(F('0.1'), F('0.2'))", "float", "'0.1'::FLOAT + '0.2'::FLOAT"), ("bl_mul_float(F('0.1'), F('0.2'))", "float", "'0.1'::FLOAT * '0.2'::FLOAT")]
for a, b in [("1.25", "2.50"), ("99999.99", "0.01"), ("-1.00", "1.00"), ("12345.67", "12345.67")]:
    x, y = int(a.replace(".", "")), int(b.replace(".", ""))
    CASES.append((f"bl_add_decimal({x}, {y}, 8)", "decimal(8,2)", f"'{a}'::DECIMAL(7,2) + '{b}'::DECIMAL(7,2)"))
    CASES.append((f"bl_sub_decimal({x}, {y}, 8)", "decimal(8,2)", f"'{a}'::DECIMAL(7,2) - '{b}'::DECIMAL(7,2)"))
    CASES.append((f"bl_mul_decimal({x}, {y}, 14)", "decimal(14,4)", f"'{a}'::DECIMAL(7,2) * '{b}'::DECIMAL(7,2)"))
    CASES.append((f"bl_mod_decimal({x}, {y})", "decimal(7,2)", f"'{a}'::DECIMAL(7,2) % '{b}'::DECIMAL(7,2)"))
for text in ["1234.567", "-1234.567", "0.500", "-0.500", "1.500", "2.500", "-2.500", "999.999", "0.000", "0.001"]:
    raw = int(text.replace(".", ""))
    for digits in [-5, -2, -1, 0, 1, 2, 3, 5]:
        scale = max(0, min(3, digits))
        CASES.append((f"bl_round_decimal({raw}, 3, {digits})", f"decimal(7,{scale})", f"round('{text}'::DECIMAL(7,3), {digits})"))
    for function in ["floor", "ceil", "trunc"]:
        CASES.append((f"bl_{function}_decimal({raw}, 3)", "decimal(7,0)", f"{function}('{text}'::DECIMAL(7,3))"))
    CASES.append((f"bl_trunc_decimal({raw}, 3, 1)", "decimal(7,1)", f"trunc('{text}'::DECIMAL(7,3), 1)"))
    CASES.append((f"bl_round_even_decimal({raw}, 3, 0)", "decimal(7,0)", f"round_even('{text}'::DECIMAL(7,3), 0)"))
CASES += [("bl_greatest(1, NULL, 3)", "int32"), ("bl_least(4, 2, 3)", "int32"), ("bl_least(NULL, NULL)", "int32"), ("bl_greatest('a', 'B')", "varchar"), ("bl_least('b', 'ab', 'abc')", "varchar"), ("bl_greatest(1.5, 1)", "double", "greatest(1.5::DOUBLE, 1)")]
