"""Text functions, patterns and regular expressions."""

CASES = []


def case(expression, result="varchar", duck=None):
    CASES.append((expression, result, duck) if duck else (expression, result))


WORDS = ["'hello'", "'héllo wörld'", "''", "'👨‍👩‍👧a'", "'  pad  '", "'ÀÉîõ'", "'straße'", "'a,b,,c'", "'日本語テキスト'"]
for word in WORDS:
    for function, result in [("length", "int64"), ("strlen", "int64"), ("bit_length", "int64"), ("length_grapheme", "int64"), ("ascii", "int32"), ("unicode", "int32"),
                             ("lower", "varchar"), ("upper", "varchar"), ("reverse", "varchar"), ("strip_accents", "varchar"), ("trim", "varchar"), ("ltrim", "varchar"),
                             ("rtrim", "varchar"), ("md5", "varchar"), ("sha1", "varchar"), ("sha256", "varchar"), ("regexp_escape", "varchar"), ("url_encode", "varchar")]:
        case(f"bl_{function}({word})", result)
    case(f"bl_hex_varchar({word})")
    case(f"bl_bin_varchar({word})")
    for n in [-10, -2, -1, 0, 1, 2, 10]:
        case(f"bl_left({word}, {n})")
        case(f"bl_right({word}, {n})")
        case(f"bl_substr({word}, {n})")
        case(f"bl_left_grapheme({word}, {n})")
        case(f"bl_right_grapheme({word}, {n})")
        case(f"bl_lpad({word}, {n}, 'xy')")
        case(f"bl_rpad({word}, {n}, 'é')")
        case(f"bl_repeat({word}, {n})")
        case(f"bl_split_part({word}, ',', {n})")
        case(f"bl_split_part({word}, '', {n})")
        for m in [-3, 0, 2, 7]:
            case(f"bl_substr({word}, {n}, {m})")
    for needle in ["''", "'l'", "'llo'", "'ö'", "'zz'", "'a'"]:
        case(f"bl_starts_with({word}, {needle})", "bool")
        case(f"bl_ends_with({word}, {needle})", "bool")
        case(f"bl_contains({word}, {needle})", "bool")
        case(f"bl_strpos({word}, {needle})", "int64")
        case(f"bl_replace({word}, {needle}, 'XY')")
        case(f"bl_trim({word}, {needle})")
        case(f"bl_levenshtein({word}, {needle})", "int64")
        case(f"bl_damerau_levenshtein({word}, {needle})", "int64")
        case(f"bl_jaro_similarity({word}, {needle})", "double")
        case(f"bl_jaro_winkler_similarity({word}, {needle})", "double")
        case(f"bl_jaccard({word}, {needle})", "double")
    for pattern in ["%", "_", "h%", "%o", "%l%", "h_llo", "H%", "%Ö%", "", "hell", "__llo%d", "%%", "_____", "%,%,%"]:
        for function, operator in [("like", "LIKE"), ("ilike", "ILIKE")]:
            case(f"bl_{function}({word}, '{pattern}')", "bool", f"{word} {operator} '{pattern}'")
    for pattern in ["*", "?", "h*", "[a-z]*", "[!a-z]*", "*[dö]", "h?llo*", "", "[", "[]a]", "h\\*"]:
        case(f"bl_glob({word}, '{pattern}')", "bool", f"{word} GLOB '{pattern}'")
    case(f"bl_translate({word}, 'elöa', 'ip')")
    case(f"bl_overlay({word}, 'XX', 2)", "varchar")
    case(f"bl_overlay({word}, 'XX', 2, 3)", "varchar")
    case(f"bl_concat({word}, NULL, 'x')")
    case(f"bl_concat_ws('-', {word}, NULL, 'x')")
for pair in ["'kitten','sitting'", "'ab','ba'", "'duck','duckdb'", "'MARTHA','MARHTA'", "'ca','abc'", "'DIXON','DICKSONX'"]:
    for function, result in [("levenshtein", "int64"), ("damerau_levenshtein", "int64"), ("jaccard", "double"), ("jaro_similarity", "double"), ("jaro_winkler_similarity", "double"), ("hamming", "int64")]:
        case(f"bl_{function}({pair})", result)
case("bl_hamming('abc','abd')", "int64")
case("bl_concat_ws(NULL, 'a')")
case("bl_lpad('ab', 5, '')")
case("bl_ltrim('xyxa', 'xy')")
for text, pattern, escape in [("a%c", r"a\%c", "\\"), ("a%c", r"a\%c", ""), ("abc", "a$", "$"), ("a_c", "a$_c", "$"), ("abc", "a$_c", "$"), ("10%", "%$%", "$"), ("x", "x", "")]:
    case(f"bl_like('{text}', '{pattern}', '{escape}')", "bool", f"'{text}' LIKE '{pattern}' ESCAPE '{escape}'")
    case(f"bl_ilike('{text}', '{pattern}', '{escape}')", "bool", f"'{text}' ILIKE '{pattern}' ESCAPE '{escape}'")
for n in [0, 65, 233, 8364, 128512, 1114112, -1, 55296]:
    case(f"bl_chr({n})" if n else "bl_length(bl_chr(0))", "varchar" if n else "int64", None if n else "length(chr(0))")
for n in [0, 1, 255, -1, 1234567890123]:
    case(f"bl_hex_int64({n})", "varchar", f"hex({n}::BIGINT)")
    case(f"bl_bin_int64({n})", "varchar", f"bin({n}::BIGINT)")
    case(f"bl_to_base({n}, 16)")
    case(f"bl_to_base({n}, 2, 12)")
case("bl_to_base(5, 1)")
for text in ["616263", "616", "zz", "", "Ff"]:
    case(f"bl_unhex('{text}')", "blob")
for text in ["101", "10101010", "1", "", "12"]:
    case(f"bl_unbin('{text}')", "blob")
for text in ["", "a", "ab", "abc", r"\xFF\x00\x10"]:
    case(f"bl_to_base64(B('{text}'))", "varchar")
    case(f"bl_hex_blob(B('{text}'))", "varchar")
    case(f"bl_decode(B('{text}'))", "varchar")
    case(f"bl_md5(B('{text}'))", "varchar", None)
for text in ["YWJj", "YW==", "YWI=", "YW", "!!!!", "", "Y=Jj", "YWJjZA=="]:
    case(f"bl_from_base64('{text}')", "blob")
case("bl_encode('é')", "blob")
for text in ["a%20b", "%C3%A9", "%zz", "100%", "%FF"]:
    case(f"bl_url_decode('{text}')")
for n in [0, 1, 999, 1000, 1023, 1024, 16000, 1000000000, -16000, 9223372036854775807]:
    case(f"bl_format_bytes({n})")
    case(f"bl_format_bytes_decimal({n})", "varchar", f"formatReadableDecimalSize({n})")
for path in ["a/b.csv", "b.csv", "/b", "a/b/c.tar.gz", "a\\b.c", "", "a/", "/a/b"]:
    case(f"bl_parse_filename('{path}')")
    case(f"bl_parse_filename('{path}', 1)", "varchar", f"parse_filename('{path}', true)")
    case(f"bl_parse_dirname('{path}')")
    case(f"bl_parse_dirpath('{path}')")

# Regular expressions.
TEXTS = ["abc", "", "hello world", "foo.bar", "baaac", "2024-01-05", "été", "tab\tnew\nline", "αβγ", "foo@bar.com, baz@qux.org"]
PATTERNS = [r"b", r"^b", r".*", r"(\w+) (\w+)", r"\d+", r"a*", r"[a-c]+", r"[^a-c]+", r"(a|b)+c", r"a{2}", r"a{2,}", r"a{1,2}?", r"\bb", r"\Bb", r"^$", r"x|y|", r"(?i)ABC", r"(?i:B)c", r"\.",
            r"o\.b", r"\pL+", r"\p{Greek}+", r"\PL", r"^\w+$", r"[[:alpha:]]+", r"[[:^digit:]]+", r"(\d{4})-(\d\d)-(\d\d)", r"(?P<y>\d+)-(\d+)", r"a+?", r"(a*)(b*)", r"(a*)*", r"(a|aa)(a|aa)?", r"^(?:a|b)*?c$",
            r"\x61", r"\x{3b1}", r"\Qa.b\E", r"[\d\s]", r"[\w-]+@[\w.]+", r"\t", r"(?s)w.l", r"w.l", r"(?m)^line$", r"line$", r"\Al", r"c\z", r"[]a]", r"[a\]]", r"()", r"(|a)+", r"a||b", r"(?U)a+", r"\s+",
            r"[", r"(", r")", r"*", r"a**", r"(?=b)", r"(a)\1", r"a{1001}", r"[b-a]", r"\q", r"(?z)", r"a{,2}", r"a{", r"\\", r"[[:foo:]]", r"\p{Foo}"]
for pattern in PATTERNS:
    for text in TEXTS:
        if pattern in ("[", "(", ")", "*", "a**", "(?=b)", r"(a)\1", "a{1001}", "[b-a]", r"\q", "(?z)", "[[:foo:]]", r"\p{Foo}") and text != "abc":
            continue
        t, p = "'" + text + "'", "'" + pattern.replace("'", "''") + "'"
        case(f"bl_regexp_matches({t}, {p})", "bool")
        case(f"bl_regexp_full_match({t}, {p})", "bool")
        case(f"bl_regexp_extract({t}, {p}, 1)")
        case(f"bl_regexp_replace({t}, {p}, '<\\0>', 'g')")
for options in ["i", "g", "c", "s", "m", "n", "l", "ig", "z", "is", ""]:
    case(f"bl_regexp_replace('aXbxc.', 'x.', '_', '{options}')")
    case(f"bl_regexp_matches('aXbxc' || char(10) || 'd', 'X.*D', '{options}')", "bool", f"regexp_matches('aXbxc' || chr(10) || 'd', 'X.*D', '{options}')")
    case(f"bl_regexp_extract('aXb', 'x', 0, '{options}')")
case(r"bl_regexp_replace('hello', '(l+)(o)', '[\2\1\\]')")
case(r"bl_regexp_replace('hello', '(l+)', '\3')")
case(r"bl_regexp_extract('hello', 'h', 3)")
case("bl_similar_to('abc', 'a(b|c)+')", "bool", "'abc' SIMILAR TO 'a(b|c)+'")
case("bl_similar_to('abc', 'ab')", "bool", "'abc' SIMILAR TO 'ab'")

# format and printf.
for form, arguments in [("{} {}", "'a', 1"), ("{0} {1} {0}", "'a', 'b'"), ("{:5d}|{:<5}|{:>5}|{:^5}|", "1, 'a', 'b', 'c'"), ("{:05.2f}", "1.5::DOUBLE"), ("{:,}", "1234567"), ("{:x} {:X} {:o} {:b}", "255, 255, 8, 5"),
                        ("{:e}", "1234.5::DOUBLE"), ("{{}} {}", "1"), ("{:+d}", "5"), ("{:*^9}", "'mid'"), ("{:.3}", "'abcdef'"), ("{}", "1.5::DOUBLE"), ("{:.3f}|{:8.2f}", "3.14159::DOUBLE, 2.5::DOUBLE"), ("{", "1"), ("{} {}", "1"), ("{:_}", "1234567"), ("{:'}", "1234567")]:
    quoted = form.replace("'", "''")
    case(f"bl_format('{quoted}', {arguments.replace('::DOUBLE', '')})", "varchar", f"format('{quoted}', {arguments})")
for form, arguments in [("%d %s %.2f", "1, 'a', 1.5::DOUBLE"), ("%5d|%-5s|%05d", "1, 'a', 2"), ("%x %X %o", "255, 255, 8"), ("%e", "1234.5::DOUBLE"), ("%%", "1"), ("%+d", "5"), ("%10.3f|", "3.14159::DOUBLE"), ("%,d", "1234567"), ("%-8.2f|", "2.5::DOUBLE"), ("%c", "65"), ("%g", "0.0001::DOUBLE")]:
    case(f"bl_printf('{form}', {arguments.replace('::DOUBLE', '')})", "varchar", f"printf('{form}', {arguments})")
for x, low, high, width in [(5, 0, 10, 10), (0, 0, 10, 10), (10, 0, 10, 10), (3.3, 0, 10, 10), (15, 0, 10, 5), (-1, 0, 10, 5), (1, 0, 3, 8)]:
    case(f"bl_bar({x}, {low}, {high}, {width})", "varchar")
# JSON.
DOCUMENT = """'{"a": 1, "b": {"c": [1, "two", null, true, 2.5]}, "s": "x\\"y", "é": {}}'"""
for path in ["$.a", "$.b", "$.b.c", "$.b.c[1]", "$.b.c[#-1]", "$.b.c[-1]", "$.b.c[9]", "$.s", "a", "/b/c/0", "/b/c", "$", "$.zz", "$.\"a\"", "$.b.c[2]", "$.é", "b.c", "$.b.c[3]", "$.b.c[4]"]:
    for function in ["json_extract", "json_extract_string", "json_type", "json_exists", "json_array_length"]:
        result = {"json_extract": "json", "json_exists": "bool", "json_array_length": "int64"}.get(function, "varchar")
        case(f"bl_{function}({DOCUMENT}, '{path}')", result)
for text in ["[1,2,3]", "{}", "5", "\"x\"", "null", "true", "1.5", "-3", "[]", "{bad", "[[1]]"]:
    case(f"bl_json_valid('{text}')", "bool")
    case(f"bl_json_type('{text}')")
    case(f"bl_json_array_length('{text}')", "int64")
case("bl_json_extract('[1,[2,3]]', 1)", "json")
case("bl_json_extract_string('[1,\"a\"]', 1)")
