"""pandas over SQLAlchemy against the PostgreSQL door."""
import datetime as dt

import pytest
import sqlalchemy as sa

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")


@pytest.fixture(params=["psycopg2", "psycopg"])
def engine(request, dsn):
    made = sa.create_engine(dsn.replace("postgresql://", f"postgresql+{request.param}://"))
    yield made
    made.dispose()


FRAME = {
    "i8": np.array([-128, 0, 127], dtype="int8"), "i16": np.array([-32768, 0, 32767], dtype="int16"), "i32": np.array([-2**31, 0, 2**31 - 1], dtype="int32"),
    "i64": np.array([-2**63, 0, 2**63 - 1], dtype="int64"), "u8": np.array([0, 1, 255], dtype="uint8"), "u32": np.array([0, 1, 2**32 - 1], dtype="uint32"),
    "f32": np.array([0.5, np.nan, -1e30], dtype="float32"), "f64": np.array([0.1, np.nan, np.inf]), "b": np.array([True, False, True]),
    "s": ["it's \\ ☃", None, ""], "at": pd.to_datetime(["2024-02-29 01:02:03.456789", None, "1969-12-31 23:59:59"], format="ISO8601"),
    "tz": pd.to_datetime(["2024-07-01 12:00+02:00", None, "1969-12-31 23:59:59+00:00"], utc=True, format="ISO8601"),
    "d": [dt.date(2024, 2, 29), None, dt.date(1, 1, 1)], "t": [dt.time(1, 2, 3, 4), None, dt.time(0)], "raw": [b"\x00\xff", None, b""],
    "ni": pd.array([1, None, 2**40], dtype="Int64"), "nb": pd.array([True, None, False], dtype="boolean"), "ns": pd.array(["a", None, "c"], dtype="string"),
    "c": pd.Categorical(["x", "y", "x"]),
}
INTEGERS = ["i8", "i16", "i32", "i64", "u8", "u32"]


@pytest.mark.parametrize("column", FRAME)
def test_every_dtype_comes_back(engine, column):
    frame = pd.DataFrame({"n": [1, 2, 3], column: FRAME[column]})
    # pandas takes bytes for text unless it is told.
    kinds = {"raw": sa.LargeBinary} if column == "raw" else None
    assert frame.to_sql("t", engine, index=False, dtype=kinds) in (3, -1, -3)
    got = pd.read_sql("SELECT * FROM t ORDER BY n", engine)[column]
    sent = frame[column]
    missing = [False, True, False] if column not in [*INTEGERS, "b", "c"] else [False] * 3
    assert got.isna().tolist() == missing
    plain = lambda value: bytes(value) if isinstance(value, memoryview) else value
    here = [plain(value) for value, gone in zip(got, missing) if not gone]
    there = [value for value, gone in zip(sent, missing) if not gone]
    if column == "f32":
        here = [np.float32(value) for value in here]
    assert here == there
    expected = {"b": "bool", "f32": "float64", "f64": "float64", "at": "datetime64", "tz": "datetime64"} | {name: "int64" for name in INTEGERS}
    if column in expected:
        assert str(got.dtype).startswith(expected[column]), got.dtype
    if column == "tz":
        assert str(got.dt.tz) == "UTC"
    kinds = {"i16": "SMALLINT", "i64": "BIGINT", "f64": "DOUBLE_PRECISION", "b": "BOOLEAN", "at": "TIMESTAMP", "tz": "TIMESTAMP", "d": "DATE", "t": "TIME", "raw": "BYTEA"}
    if column in kinds:
        assert type(sa.inspect(engine).get_columns("t")[1]["type"]).__name__ == kinds[column]


def test_timedeltas_go_as_integers(engine):
    frame = pd.DataFrame({"span": pd.to_timedelta(["1 days", "2 hours"])})
    with pytest.warns(UserWarning, match="timedelta"):
        frame.to_sql("t", engine, index=False)
    back = pd.to_timedelta(pd.read_sql("t", engine)["span"], unit=np.datetime_data(frame["span"].dtype)[0])
    assert back.tolist() == frame["span"].tolist()


def test_chunks_multi_replace_and_append(engine):
    frame = pd.DataFrame({"n": range(1000), "s": [f"row {number}" for number in range(1000)], "f": np.linspace(0, 1, 1000)})
    frame.to_sql("t", engine, index=False, chunksize=300, method="multi")
    frame.to_sql("t", engine, index=False, chunksize=128, if_exists="append")
    assert pd.read_sql("SELECT count(*) AS n, count(DISTINCT n) AS d FROM t", engine).iloc[0].tolist() == [2000, 1000]
    with pytest.raises(ValueError, match="exists"):
        frame.to_sql("t", engine)
    frame.set_index("n").to_sql("t", engine, if_exists="replace", index=True)
    assert sa.inspect(engine).get_indexes("t")[0]["column_names"] == ["n"]
    got = pd.read_sql_table("t", engine, index_col="n").sort_index()
    pd.testing.assert_frame_equal(got, frame.set_index("n"), check_dtype=False, check_index_type=False)
    parts = list(pd.read_sql("SELECT * FROM t ORDER BY n", engine, chunksize=250))
    assert [len(part) for part in parts] == [250] * 4 and pd.concat(parts)["n"].tolist() == list(range(1000))
    one = pd.read_sql(sa.text("SELECT s FROM t WHERE n = :n"), engine, params={"n": 7})
    assert one["s"].tolist() == ["row 7"]
    assert pd.read_sql_query("SELECT s FROM t WHERE n < 0", engine).empty
