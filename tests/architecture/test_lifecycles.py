"""Every lifecycle against the real database: illegal edges fail whichever way the row is written, legal ones pass.

The cases are made from the tables themselves. A bare row is all that is needed, so the other constraints of the table
are taken off inside the test's transaction, which puts them back when it rolls back.
"""

import uuid
from itertools import permutations

import pgtrigger
import pytest
from django.apps import apps
from django.contrib import admin
from django.db import InternalError, connection, transaction
from django.test import RequestFactory

from core.lifecycle_docs import pages
from core.workflow import REGISTRY, pairs_of
from tests.architecture.sources import ROOT

pytestmark = pytest.mark.django_db
NAMES = sorted(REGISTRY)


def states_of(model):
    return [value for value, _label in model._meta.get_field("status").flatchoices]


def run(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def bare(request):
    """The model of a workflow with a table that takes rows of nothing but a key and a status."""
    model = apps.get_model(request.param)
    table = model._meta.db_table
    constraints = run(
        "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'f')", [table]
    )
    for (name,) in constraints:
        run(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')
    for field in model._meta.local_concrete_fields:
        if not field.primary_key:
            run(f'ALTER TABLE "{table}" ALTER COLUMN "{field.column}" DROP NOT NULL')
    triggers = run("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
    for (name,) in triggers:
        if "_edges" not in name and "_first" not in name:
            run(f'ALTER TABLE "{table}" DISABLE TRIGGER "{name}"')
    return model


def key_of(model):
    return uuid.UUID(int=1) if model._meta.pk.get_internal_type() == "UUIDField" else 1


def put(model, state):
    """A row in ``state``, whatever the lifecycle says."""
    table, pk = model._meta.db_table, model._meta.pk.column
    with pgtrigger.ignore():
        run(f'DELETE FROM "{table}"')
        run(f'INSERT INTO "{table}" ("{pk}", status) VALUES (%s, %s)', [str(key_of(model)), state])


def by_save(model, state):
    row = model(pk=key_of(model))
    setattr(row, "status", state)  # noqa: B010 only the workflow may assign it in the code; this is the attack
    row.save(update_fields=["status"])


def by_update(model, state):
    model._base_manager.filter(pk=key_of(model)).update(status=state)


def by_sql(model, state):
    run(f'UPDATE "{model._meta.db_table}" SET status = %s', [state])


def by_admin(model, state):
    """A bulk action on the list of the admin, as somebody might add one."""

    def force(_admin, _request, queryset):
        queryset.update(status=state)

    class Bulk(admin.ModelAdmin):
        actions = [force]

        def get_queryset(self, request):
            return model._base_manager.all()

    request = RequestFactory().post("/", {"action": "force", "_selected_action": [str(key_of(model))], "index": "0"})
    request.user = type("Anybody", (), {"is_active": True, "is_staff": True, "has_perm": lambda *_args: True})()
    site = admin.AdminSite()
    bulk = Bulk(model, site)
    bulk.response_action(request, bulk.get_queryset(request))


WAYS = {"save": by_save, "update": by_update, "sql": by_sql, "admin": by_admin}


def passes(way, model, before, after):
    put(model, before)
    try:
        with transaction.atomic():
            WAYS[way](model, after)
            reached = model._base_manager.values_list("status", flat=True).get()
            transaction.set_rollback(True)
    except InternalError:
        return False
    return reached == after


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("bare", NAMES, indirect=True)
def test_only_the_edges_of_the_table_pass(bare, way):
    workflow = REGISTRY[bare._meta.label]
    pairs = list(permutations(states_of(bare), 2))

    assert [pair for pair in pairs if passes(way, bare, *pair)] == [p for p in pairs if p in pairs_of(workflow.edges)]


@pytest.mark.parametrize("bare", NAMES, indirect=True)
def test_rows_begin_only_where_the_lifecycle_begins(bare):
    table, pk = bare._meta.db_table, bare._meta.pk.column
    reachable = {after for _before, after in pairs_of(REGISTRY[bare._meta.label].edges)}
    begun = set()
    for state in states_of(bare):
        try:
            with transaction.atomic():
                run(f'INSERT INTO "{table}" ("{pk}", status) VALUES (%s, %s)', [str(key_of(bare)), state])
                begun.add(state)
                transaction.set_rollback(True)
        except InternalError:
            continue
    assert begun
    assert set(states_of(bare)) - reachable <= begun, "a state that no edge reaches must be a first state"
    assert begun != set(states_of(bare)), "not every state can be the first"


def test_the_documentation_shows_the_tables_as_they_are():
    folder = ROOT / "docs" / "lifecycles"
    written = {path.name: path.read_text() for path in folder.glob("*.md")}
    assert written == pages(), "run manage.py write_lifecycles"
