"""PostgreSQL's JDBC driver against the door: the program in resources tells what it found."""
import pathlib
import shutil
import subprocess

import pytest

JAR = pathlib.Path("/usr/share/java/postgresql.jar")
PROGRAM = pathlib.Path(__file__).parent / "resources" / "postgresql" / "JdbcTour.java"
EXPECTED = {
    "types": "Boolean:true|Integer:-7|Long:-9223372036854775808|Float:0.5|Double:1.0E-300|BigDecimal:-123456.789|String:it's ☃ \\|byte[]:[0, -1, 92]"
             "|Date:2024-02-29|Time:01:02:03|Timestamp:2024-02-29 01:02:03.456789|Timestamp:2024-07-01 10:00:00.0|UUID:a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
             "|2024-02-29|2024-02-29T01:02:03.456789|2024-07-01T10:00:00Z",
    "types.names": "bool int2 int4 int8 float4 float8 numeric text bytea date time timestamp timestamptz uuid", "types.nulls": "1",
    "product": "PostgreSQL true", "schema.listed": "true", "catalog.listed": "true",
    "tables": "goods:TABLE:null kinds:TABLE:null makers:TABLE:null", "views": "cheap:VIEW",
    "primary": "a:1:goods_pkey b:2:goods_pkey", "imported": "makers:id:maker:0:made_by", "exported": "goods:maker", "typeinfo": "true", "tabletypes": "true",
    "indexes": "goods_pkey:false:a:1 goods_pkey:false:b:2 goods_at:true:at:1", "columns.default": "1.5",
    "tx.duplicate": "23505", "tx.failed": "25P02", "tx.isolation": "true", "tx.rows": "2", "tx.readonly": "25006", "tx.timeout": "57014",
    "batch": "1000", "batch.keys": "1000:1000", "key": "1001", "batch.error": "23505", "fetched": "1000:499500",
    "schema.change": "333333344", "copy.in": "3", "copy.out": "3", "copy.text": "1,a/2,b,c/3,\\N/", "copy.error": "22P02", "copy.rows": "3", "end": "reached",
}


@pytest.mark.skipif(shutil.which("java") is None or not JAR.exists(), reason="there is no Java or no PostgreSQL JDBC driver (libpostgresql-jdbc-java)")
def test_a_tour_of_jdbc(dsn):
    address = "jdbc:" + dsn.replace("tester@", "")
    done = subprocess.run(["java", "-Duser.timezone=UTC", "-Dfile.encoding=UTF-8", "-XX:TieredStopAtLevel=1", "-cp", str(JAR), str(PROGRAM), address],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    text = done.stdout.decode()
    found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    columns = found.pop("columns", "")
    assert {name: found.get(name) for name in EXPECTED} == EXPECTED, text
    assert done.returncode == 0, text
    assert [cell.split(":")[0] + ":" + cell.split(":")[1] for cell in columns.split()] == ["id:4", "name:12", "worth:2"], columns
    assert "worth:2:numeric:10:2:1:3" in columns.split() and columns.startswith("id:4:int4:10:0:0:1")
    # The table that a column comes from, its precision and scale, whether it may be NULL.
    assert found["types.table"].strip() == "kinds 12,3 1"
    # Text and binary results are the same.
    assert not [name for name in found if name.startswith("types.round")]
