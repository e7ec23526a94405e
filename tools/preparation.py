"""The set-up: each step looks first whether there is anything to do."""

import importlib.util
import os
import sys
from pathlib import Path

from shell import ROOT, Refused, call, digest, done, finish, is_done, must, start, step

from core import embedded
from core.embedded.places import DATABASE, places
from core.embedded.wire import query

ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / "bin" / "python"
PIP = ["-m", "pip", "install", "--require-hashes", "--no-deps", "--disable-pip-version-check", "--no-input", "-qq"]
DATABASE_SOURCES = [
    "*/migrations/*.py",
    "*/models.py",
    "*/models/**/*.py",
    "*/enums.py",
    "core/*.py",
    "config/settings/*.py",
]
APPLIED = "SELECT md5(coalesce(string_agg(app || '.' || name, ' ' ORDER BY app, name), '')) FROM django_migrations"


def enter_environment() -> None:
    """Make .venv where it is missing or broken, then go on inside it as the same process."""
    if Path(sys.prefix) == ENVIRONMENT:
        return
    configuration = ENVIRONMENT / "pyvenv.cfg"
    if not (PYTHON.exists() and is_done("environment", _age(configuration))):
        if not (
            PYTHON.exists() and call([str(PYTHON), "-c", "import pip, sys; assert sys.version_info >= (3, 11)"]) == 0
        ):
            _make_environment()
        done("environment", _age(configuration))
    sys.stdout.flush()
    os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 (the same command, in the environment)


def _make_environment() -> None:
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise Refused(
            f"Python's module {missing[0]} is missing. On Debian or Ubuntu: apt install python{version}-venv "
            "(elsewhere: install a complete Python)."
        )
    with step("Python environment in .venv"):
        must([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], "The Python environment could not be made.")


def _age(configuration: Path) -> str:
    """Tell one environment from the next: a new one is empty, whatever the stamps say."""
    return str(configuration.stat().st_mtime_ns) if configuration.exists() else ""


def install(*names: str) -> None:
    """Install locked requirements, exactly and by hash."""
    for name in names:
        requirements = ROOT / "requirements" / f"{name}.txt"
        fingerprint = digest(requirements, _age(ENVIRONMENT / "pyvenv.cfg"))
        if is_done(f"packages-{name}", fingerprint):
            continue
        with step(f"Python packages ({requirements.relative_to(ROOT)})"):
            must(
                [str(PYTHON), *PIP, "--requirement", str(requirements)],
                "The packages could not be installed; pip says above why. Is the package registry reachable?",
            )
        done(f"packages-{name}", fingerprint)


def prepare_files() -> None:
    """Browser assets and message catalogues; the assets mostly wait for the network, so both go on at once."""
    with step("Browser assets and message catalogues"):
        assets = start([str(PYTHON), "tools/assets.py"])
        catalogues = start([str(PYTHON), "tools/catalogues.py"])
        if finish(catalogues) != 0:
            finish(assets)
            raise Refused("The message catalogues could not be made.")
        if finish(assets) != 0:
            raise Refused("The browser assets could not be made.")


def prepare_database(services: embedded.Services, *, demo: bool) -> None:
    """Apply migrations, and load the demonstration into a database without users; skipped when nothing changed."""
    fingerprint = _database_fingerprint(services)
    name = "database-demo" if demo else "database"
    if fingerprint and is_done(name, fingerprint):
        return
    with step("Database: migrations" + (" and demonstration data" if demo else "")):
        command = [str(PYTHON), "tools/database.py", *(["--demo"] if demo else [])]
        must(command, "The database could not be prepared; the message above says why.")
    done(name, _database_fingerprint(services))


def _database_fingerprint(services: embedded.Services) -> str:
    """Summarise what the database should be and which migrations it has seen; nothing for a server of others.

    Triggers are installed after every `migrate`, so the code that declares them counts too.
    """
    if os.environ.get("DATABASE_URL"):
        return ""
    files = sorted(path for pattern in DATABASE_SOURCES for path in ROOT.glob(pattern))
    try:
        applied = query(places(services.profile).postgres_socket, APPLIED, database=DATABASE)
    except OSError:
        return ""
    return digest(ROOT / "requirements" / "base.txt", *files, str([str(path) for path in files]), str(applied))


def start_services(*, watch: bool = False) -> embedded.Services:
    """Have database and broker running for as long as we do."""
    with step("Database and broker"):
        try:
            return embedded.ensure("dev", watch=watch)
        except embedded.EmbeddedError as error:
            raise Refused(str(error)) from error
