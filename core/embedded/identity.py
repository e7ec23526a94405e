"""Who runs the database server: PostgreSQL refuses to run as root."""

import functools
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.embedded.errors import EmbeddedError

NAMESPACE = ("--user", "--map-user=1000", "--map-group=1000")
MODES = ("", "userns", "nobody")


@dataclass(frozen=True)
class Identity:
    """How a command is started so that it does not run as root; `uid` is set only where it changes user."""

    mode: str
    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def popen_arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of `subprocess` that change the user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@functools.lru_cache
def database_identity(root: Path) -> Identity:
    """Choose the identity of the database server: ourselves, or something less than root.

    A user namespace keeps every file in the project and owned by root. Where it is refused, as in many containers,
    or where root could not reach the project without its privileges, the server runs as `nobody`.
    """
    if os.geteuid() != 0:
        return Identity("self")
    mode = os.environ.get("EMBEDDED_ROOT_MODE", "")
    if mode not in MODES:
        raise EmbeddedError(f"EMBEDDED_ROOT_MODE is {mode!r}; it must be userns, nobody or empty.")
    if mode != "nobody":
        unshare = shutil.which("unshare")
        if unshare and _succeeds([unshare, *NAMESPACE, "test", "-x", str(root)]):
            return Identity("userns", prefix=(unshare, *NAMESPACE))
        if mode == "userns":
            raise EmbeddedError("EMBEDDED_ROOT_MODE is userns, but this machine refuses user namespaces.")
    return _nobody()


def _nobody() -> Identity:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Identity("nobody", uid=65534, gid=65534)
    return Identity("nobody", uid=entry.pw_uid, gid=entry.pw_gid)


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
