"""Set-up shared by all tests: our own database cluster, reference rows that survive, the outbox on demand."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pgtrigger
import pytest
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase

from core import embedded, outbox
from core.models import OutboxMessage
from tests.database import ensure_template

SHARED = Path(settings.BASE_DIR).parent / "shared"
# Playwright's synchronous interface runs an event loop in the test thread; the ORM is still used from one thread only.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


SERVICES: list[embedded.Services] = []


def pytest_unconfigure() -> None:
    """Let go of the cluster once everything is torn down."""
    while SERVICES:
        SERVICES.pop().close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Start the test cluster, or join it, and copy test databases from a migrated template."""
    SERVICES.append(embedded.ensure("test"))
    connection.settings_dict["TEST"]["TEMPLATE"] = ensure_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Remember the rows that migrations put in, so that transactional tests can leave them alone."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        REFERENCE.update(_reference_rows())
    TransactionTestCase._fixture_teardown = _truncate_what_tests_wrote
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        _end_other_sessions()


def _end_other_sessions() -> None:
    """Servers that tests started and killed may leave a session behind, which would keep the database from going."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


REFERENCE: dict[str, set[object]] = {}


def _tables() -> list[str]:
    return [name for name in connection.introspection.table_names() if name != "django_migrations"]


def _reference_rows() -> dict[str, set[object]]:
    found: dict[str, set[object]] = {}
    with connection.cursor() as cursor:
        for table in _tables():
            key = connection.introspection.get_primary_key_column(cursor, table)
            cursor.execute(f'SELECT "{key}" FROM "{table}"')
            if rows := {row[0] for row in cursor.fetchall()}:
                found[table] = rows
    return found


def _named_by_reference_rows() -> set[str]:
    """Tables that reference tables point to: truncating those would take the reference rows along."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE named(oid) AS (SELECT unnest(%s::regclass[]::oid[]) UNION "
            "SELECT confrelid FROM pg_constraint JOIN named ON conrelid = named.oid WHERE contype = 'f') "
            "SELECT relname FROM named JOIN pg_class USING (oid)",
            [[f'"{table}"' for table in REFERENCE]],
        )
        return {row[0] for row in cursor.fetchall()} - set(REFERENCE)


def _truncate_what_tests_wrote(self: TransactionTestCase) -> None:
    """Empty every table but the reference ones, and take added rows out of those."""
    named = _named_by_reference_rows()
    written = [table for table in _tables() if table not in REFERENCE and table not in named]
    with pgtrigger.ignore(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE {} RESTART IDENTITY CASCADE".format(", ".join(f'"{t}"' for t in written)))
        for table, keys in REFERENCE.items():
            key = connection.introspection.get_primary_key_column(cursor, table)
            cursor.execute(f'DELETE FROM "{table}" WHERE NOT ("{key}" = ANY(%s))', [list(keys)])
        for table in named:
            cursor.execute(f'DELETE FROM "{table}"')


@pytest.fixture
def run_outbox() -> Callable[[], int]:
    """Run every task that waits in the outbox, in this process, until none is left; returns how many ran."""

    current_app.loader.import_default_modules()

    def send(message: OutboxMessage) -> None:
        current_app.tasks[message.task].apply(kwargs=message.kwargs, task_id=str(message.pk)).get()

    def drain() -> int:
        count = 0
        while ran := outbox.relay(send=send):
            count += ran
        return count

    return drain


@pytest.fixture
def shared() -> Path:
    """The folder with real input beside the project; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared folder beside the project")
    return SHARED


@pytest.fixture(autouse=True)
def _media_in_a_folder_of_its_own(settings: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")  # type: ignore[attr-defined]
