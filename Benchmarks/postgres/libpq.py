"""PostgreSQL's own C client library through ctypes, and a reader that does nothing but read: clients that are not what is measured."""
import ctypes
import ctypes.util
import socket
import struct

_lib = ctypes.CDLL(ctypes.util.find_library("pq") or "libpq.so.5")
for _name, _result, _arguments in (
    ("PQconnectdb", ctypes.c_void_p, [ctypes.c_char_p]), ("PQstatus", ctypes.c_int, [ctypes.c_void_p]),
    ("PQerrorMessage", ctypes.c_char_p, [ctypes.c_void_p]), ("PQfinish", None, [ctypes.c_void_p]),
    ("PQexec", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]), ("PQresultStatus", ctypes.c_int, [ctypes.c_void_p]),
    ("PQclear", None, [ctypes.c_void_p]), ("PQgetvalue", ctypes.c_char_p, [ctypes.c_void_p, ctypes.c_int, ctypes.c_int]),
    ("PQntuples", ctypes.c_int, [ctypes.c_void_p]), ("PQnfields", ctypes.c_int, [ctypes.c_void_p]),
):
    _function = getattr(_lib, _name)
    _function.restype, _function.argtypes = _result, _arguments

COMMAND_OK, TUPLES_OK = 1, 2
# Notices (a table that IF EXISTS did not find) are nobody's business here.
_NOTICE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p)
_lib.PQsetNoticeProcessor.argtypes = [ctypes.c_void_p, _NOTICE, ctypes.c_void_p]
_lib.PQsetNoticeProcessor.restype = ctypes.c_void_p
_ignore = _NOTICE(lambda _, __: None)


class LibpqError(Exception):
    pass


class Connection:
    def __init__(self, settings):
        self._handle = _lib.PQconnectdb(settings.encode())
        if _lib.PQstatus(self._handle) != 0:
            message = _lib.PQerrorMessage(self._handle).decode()
            self.close()
            raise LibpqError(message)
        _lib.PQsetNoticeProcessor(self._handle, _ignore, None)

    def run(self, sql):
        """Runs statements; the rows of the last one as lists of texts."""
        result = _lib.PQexec(self._handle, sql.encode())
        try:
            if _lib.PQresultStatus(result) not in (COMMAND_OK, TUPLES_OK):
                raise LibpqError(_lib.PQerrorMessage(self._handle).decode())
            return [[_lib.PQgetvalue(result, row, column).decode() for column in range(_lib.PQnfields(result))] for row in range(_lib.PQntuples(result))]
        finally:
            _lib.PQclear(result)

    def close(self):
        if self._handle:
            _lib.PQfinish(self._handle)
            self._handle = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Reader:
    """Reads what a query answers into one buffer and looks at nothing but its end, so that the server is never waiting for it."""

    READY = b"Z\0\0\0\x05I"

    def __init__(self, port, database):
        self._socket = socket.create_connection(("127.0.0.1", port))
        body = struct.pack("!i", 196608) + b"".join(part.encode() + b"\0" for part in ("user", "bench", "database", database)) + b"\0"
        self._socket.sendall(struct.pack("!i", len(body) + 4) + body)
        self._buffer = bytearray(1 << 20)
        self._until_ready()

    def _until_ready(self):
        """How many bytes came, and the last of them."""
        count, tail, view = 0, b"", memoryview(self._buffer)
        while True:
            got = self._socket.recv_into(view)
            if got == 0:
                raise LibpqError("the connection ended: " + repr(tail))
            count += got
            tail = (tail + bytes(view[max(0, got - 64):got]))[-64:]
            if tail.endswith(self.READY):
                return count, tail

    def read(self, sql, rows):
        """Runs a query that gives so many rows; how many bytes they came in."""
        text = sql.encode() + b"\0"
        self._socket.sendall(b"Q" + struct.pack("!i", len(text) + 4) + text)
        count, tail = self._until_ready()
        if f" {rows}\0".encode() not in tail:
            raise LibpqError(f"{sql}: not {rows} rows but {tail!r}")
        return count

    def close(self):
        self._socket.sendall(b"X\0\0\0\x04")
        self._socket.close()
