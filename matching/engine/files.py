"""Reading and writing the files of a round; a name ending in `.gz` is gzip without time or name inside."""

import gzip
import os
import tempfile
import zlib
from pathlib import Path

from matching.engine.strict import InvalidInstance


def read_content(path: Path) -> bytes:
    """The bytes of a file, unzipped where its name says so."""
    content = path.read_bytes()
    if path.suffix != ".gz":
        return content
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInstance([f"{path.name}: is not a sound gzip file"]) from error


def write_content(path: Path, content: bytes) -> None:
    """Put the whole file in place at once, so that nobody ever reads half of one."""
    if path.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
