"""The demo agent on data it did not make, and the containers' files."""
import sqlite3
import subprocess
import sys

from conftest import ROOT, Server


def test_demo_on_any_sqlite_file(tmp_path):
    path = tmp_path / "library.sqlite"
    db = sqlite3.connect(path)
    db.executescript("""
        CREATE TABLE author (id INTEGER PRIMARY KEY, "full name" TEXT NOT NULL);
        CREATE TABLE book (isbn TEXT, author INTEGER REFERENCES author (id), pages INTEGER, price NUMERIC, cover BLOB, printed DATE);
        CREATE INDEX book_author ON book (author);
        CREATE VIEW thick AS SELECT * FROM book WHERE pages > 500;
        CREATE VIRTUAL TABLE words USING fts5(word);
    """)
    db.executemany("INSERT INTO author VALUES (?, ?)", [(i, f"Author {i}") for i in range(1, 21)])
    db.executemany("INSERT INTO book VALUES (?, ?, ?, ?, ?, ?)",
                   [(f"978-{i}", i % 20 + 1, i % 900, None if i % 7 == 0 else i / 4, bytes([i % 256]), f"20{i % 24:02d}-01-15") for i in range(3000)])
    db.commit()
    db.close()
    before = path.read_bytes()
    server = Server(tmp_path / "s.db")
    try:
        done = subprocess.run([sys.executable, str(ROOT / "demo" / "app.py"), "--url", server.url, "--database", str(path)], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "main is untouched" in done.stdout and "Done." in done.stdout
    finally:
        server.stop()
    assert path.read_bytes() == before


def test_container_files():
    done = subprocess.run([str(ROOT / "scripts" / "container-check.sh")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
