"""Just enough of two wire protocols to ask a server whether it is ready and to create a database."""

import socket
import struct
from pathlib import Path
from typing import BinaryIO, cast

PROTOCOL_3 = 196608


class ServerRefused(ConnectionError):
    """The server answered, but with an error, such as that it is still starting."""


def query(
    socket_path: Path, sql: str, *, database: str = "postgres", timeout: float = 5
) -> list[tuple[str | None, ...]]:
    """Run one statement as the superuser over a local socket and return its rows as text."""
    with _connected(socket_path, timeout) as connection:
        parameters = b"user\0postgres\0database\0" + database.encode() + b"\0\0"
        connection.sendall(struct.pack("!ii", len(parameters) + 8, PROTOCOL_3) + parameters)
        with connection.makefile("rb") as file:
            stream = cast("BinaryIO", file)
            _collect(stream)
            statement = sql.encode() + b"\0"
            connection.sendall(b"Q" + struct.pack("!i", len(statement) + 4) + statement)
            rows = _collect(stream)
        connection.sendall(b"X" + struct.pack("!i", 4))
        return rows


def valkey_answers(socket_path: Path, *, timeout: float = 2) -> bool:
    """Tell whether the broker serves commands; while it loads its data it does not."""
    try:
        with _connected(socket_path, timeout) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def _connected(path: Path, timeout: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        raise
    return connection


def _collect(stream: BinaryIO) -> list[tuple[str | None, ...]]:
    rows: list[tuple[str | None, ...]] = []
    refusal = ""
    while True:
        kind, body = _message(stream)
        if kind == b"E":
            refusal = _error_text(body)
            if refusal.startswith("FATAL"):
                raise ServerRefused(refusal)
        elif kind == b"R" and struct.unpack("!i", body[:4])[0] != 0:
            raise ServerRefused("FATAL: the server asks for a password")
        elif kind == b"D":
            rows.append(_row(body))
        elif kind == b"Z":
            if refusal:
                raise ServerRefused(refusal)
            return rows


def _message(stream: BinaryIO) -> tuple[bytes, bytes]:
    head = stream.read(5)
    if len(head) < 5:
        raise ConnectionResetError("the server closed the connection")
    (length,) = struct.unpack("!i", head[1:])
    return head[:1], stream.read(length - 4)


def _error_text(body: bytes) -> str:
    fields = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
    return f"{fields.get(b'V', 'ERROR')}: {fields.get(b'M', '')}"


def _row(body: bytes) -> tuple[str | None, ...]:
    (count,) = struct.unpack("!h", body[:2])
    values: list[str | None] = []
    at = 2
    for _ in range(count):
        (length,) = struct.unpack("!i", body[at : at + 4])
        at += 4
        if length < 0:
            values.append(None)
            continue
        values.append(body[at : at + length].decode())
        at += length
    return tuple(values)
