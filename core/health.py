"""Whether the portal can work: database, broker, migrations."""

from dataclasses import dataclass

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu import Connection
from kombu.exceptions import OperationalError

# A broker that takes the connection and then says nothing is away as well.
_PATIENCE = {"socket_timeout": 2, "socket_connect_timeout": 2}


@dataclass(frozen=True, slots=True)
class Health:
    """One line per dependency: ``ok`` or what is wrong."""

    checks: dict[str, str]

    @property
    def is_ok(self) -> bool:
        return set(self.checks.values()) == {"ok"}


def check() -> Health:
    """Ask each dependency once, with short time limits."""
    return Health({"database": _database(), "broker": _broker(), "migrations": _migrations()})


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "not reachable"
    return "ok"


def _broker() -> str:
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=2, transport_options=_PATIENCE) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OSError, OperationalError):
        return "not reachable"
    return "ok"


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "unknown"
    return f"{len(pending)} pending" if pending else "ok"
