"""Where the embedded services keep their data, sockets and logs. Nothing here touches the disk."""

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.embedded.identity import Identity, database_identity

Profile = Literal["dev", "test"]

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "innovation_market"
# The kernel keeps a socket's path in 108 bytes on Linux and 104 elsewhere, the closing zero included.
LONGEST_SOCKET_PATH = 103
POSTGRES_SOCKET = ".s.PGSQL.5432"


@dataclass(frozen=True)
class Places:
    """The directories of one set of services."""

    base: Path
    run: Path
    postgres_home: Path
    postgres_run: Path
    durable: bool
    identity: Identity

    @property
    def keeper_socket(self) -> Path:
        return self.run / "keeper.sock"

    @property
    def valkey_socket(self) -> Path:
        return self.run / "valkey.sock"

    @property
    def postgres_socket(self) -> Path:
        return self.postgres_run / POSTGRES_SOCKET

    @property
    def valkey_home(self) -> Path:
        return self.base / "valkey"

    @property
    def logs(self) -> Path:
        return self.base / "log"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def places(profile: Profile = "dev", *, base: Path | None = None) -> Places:
    """Return the directories of a profile; the same answer in every process of the same user and environment."""
    chosen = (base or ROOT / ("var" if profile == "dev" else "var/test")).absolute()
    identity = database_identity(ROOT)
    run = _short(chosen / "run", chosen, "")
    home, postgres_run = chosen, run
    if identity.uid is not None:
        # The server runs as somebody who may not be able to enter the project, so its files live outside of it.
        home = _persistent_temporary() / f"innovation-market-nobody-{_mark(chosen)}"
        postgres_run = _short(home / "run", chosen, "-nobody")
    return Places(chosen, run, home, postgres_run, durable=profile == "dev", identity=identity)


def _short(wanted: Path, base: Path, suffix: str) -> Path:
    if len(os.fsencode(wanted / POSTGRES_SOCKET)) <= LONGEST_SOCKET_PATH:
        return wanted
    return _temporary() / f"innovation-market-{os.geteuid()}{suffix}-{_mark(base)}"


def _mark(base: Path) -> str:
    return hashlib.sha256(os.fsencode(base)).hexdigest()[:12]


def _temporary() -> Path:
    # Not TMPDIR where it can be helped: it differs between a terminal and a service of the same user.
    shared = Path("/tmp")  # noqa: S108 (a directory of our own is made in it, and its owner and mode are checked)
    return shared if os.access(shared, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def _persistent_temporary() -> Path:
    kept = Path("/var/tmp")  # noqa: S108 (as above; this one survives a reboot)
    return kept if os.access(kept, os.W_OK | os.X_OK) else _temporary()
