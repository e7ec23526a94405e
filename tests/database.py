"""A migrated template database, made once for each state of the migrations, from which test databases are copied.

Running every migration takes far longer than copying the result, and every worker of a parallel run needs a database.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import django
import psycopg2
from django.conf import settings
from django.db import connection

from core import embedded

ROOT = Path(settings.BASE_DIR)
PREFIX = "template_"


def fingerprint() -> str:
    """A name for the state of all migrations and of the libraries that carry some."""
    digest = hashlib.sha256(django.__version__.encode())
    for path in sorted(ROOT.glob("*/migrations/*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    digest.update((ROOT / "requirements/base.txt").read_bytes())
    return digest.hexdigest()[:16]


def ensure_template() -> str:
    """The name of a template database for the present migrations, made now if there is none."""
    name = f"{PREFIX}{fingerprint()}"
    folder = Path(settings.VAR_DIR) / "test"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = _databases()
        if name not in known:
            for stale in known:
                _run(f'DROP DATABASE IF EXISTS "{stale}"')
            _build(name)
    return name


def _build(name: str) -> None:
    """Migrate into a database of another name first, so that an interrupted build leaves no half template."""
    draft = f"draft_{name}"
    _run(f'DROP DATABASE IF EXISTS "{draft}"')
    _run(f'CREATE DATABASE "{draft}"')
    url = embedded.urls("test").database_url.rsplit("/", 1)[0] + f"/{draft}"
    base = os.environ.get("DATABASE_URL")
    if base:
        url = base.rsplit("/", 1)[0] + f"/{draft}"
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    _run(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')


def _databases() -> list[str]:
    return [row[0] for row in _run("SELECT datname FROM pg_database") if row[0].startswith(PREFIX)]


def _run(sql: str) -> list[tuple[str, ...]]:
    parameters = {**connection.get_connection_params(), "dbname": "postgres"}
    parameters.pop("cursor_factory", None)
    link = psycopg2.connect(**parameters)
    link.autocommit = True
    try:
        with link.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        link.close()
