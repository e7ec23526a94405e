"""Every lifecycle, every pair of states: the table says what passes, and the database agrees."""

import pytest
from django.db import InternalError, connection, transaction

from core.errors import IllegalTransition, NotPermitted
from core.workflow import REGISTRY, SYSTEM, pairs_of
from feedback import enums
from feedback.enums import Outcome
from feedback.models import (
    Appeal,
    AssetTransfer,
    CorrectiveAction,
    FollowUpPurchase,
    ImprovementRequest,
    Incident,
    PilotReport,
    PilotUse,
    ProductReview,
    SupplierReply,
    TrackRecordCertificate,
    UseExtension,
    Verdict,
)

pytestmark = pytest.mark.django_db

# The legal pairs, by hand: a change of the table is a change of this list, on purpose.
LEGAL = {
    PilotUse: {
        ("awaiting", "in_use"),
        ("in_use", "suspended"),
        ("suspended", "in_use"),
        ("in_use", "use_ended"),
        ("suspended", "use_ended"),
        ("use_ended", "reported"),
        ("reported", "use_ended"),
        ("reported", "evaluated"),
        ("evaluated", "transferred"),
        ("transferred", "monitoring"),
        ("transferred", "closed"),
        ("monitoring", "closed"),
    },
    UseExtension: {("requested", "approved"), ("requested", "declined")},
    Incident: {("open", "resolved")},
    PilotReport: {
        ("draft", "submitted"),
        ("returned", "submitted"),
        ("submitted", "returned"),
        ("submitted", "accepted"),
    },
    ImprovementRequest: {
        ("open", "accepted"),
        ("accepted", "done"),
        ("open", "declined"),
        ("accepted", "declined"),
    },
    ProductReview: {("visible", "hidden"), ("hidden", "visible")},
    SupplierReply: {("visible", "hidden"), ("hidden", "visible")},
    Verdict: {
        ("proposed", "approved"),
        ("proposed", "rejected"),
        ("approved", "withdrawn"),
        ("approved", "superseded"),
    },
    Appeal: {("filed", "upheld"), ("filed", "dismissed")},
    CorrectiveAction: {
        ("requested", "planned"),
        ("planned", "evidenced"),
        ("evidenced", "planned"),
        ("evidenced", "corrected"),
        ("requested", "not_corrected"),
        ("planned", "not_corrected"),
        ("evidenced", "not_corrected"),
        ("requested", "cancelled"),
        ("planned", "cancelled"),
        ("evidenced", "cancelled"),
    },
    AssetTransfer: {("prepared", "completed"), ("prepared", "refused"), ("refused", "prepared")},
    FollowUpPurchase: {("recorded", "confirmed"), ("recorded", "rejected")},
    TrackRecordCertificate: {("valid", "revoked")},
}
MODELS = list(LEGAL)


def states(model):
    return [value for value, _label in model._meta.get_field("status").choices]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_the_table_is_the_one_we_agreed(model):
    assert set(pairs_of(REGISTRY[model._meta.label].edges)) == LEGAL[model]


@pytest.fixture
def scratch():
    """Tables of the lifecycles without their check constraints and keys, so that only the triggers decide."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def bare_table(model):
    """A copy of the table's status column with the model's lifecycle triggers on it."""
    table = f"scratch_{model._meta.db_table}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE {table} (id serial PRIMARY KEY, status text)")
        cursor.execute(
            "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger "
            "WHERE tgrelid = %s::regclass AND NOT tgisinternal AND (tgname LIKE %s OR tgname LIKE %s)",
            [model._meta.db_table, "%edges%", "%first%"],
        )
        definitions = [row[1] for row in cursor.fetchall()]
        assert len(definitions) == 2
        for definition in definitions:
            before, after = definition.split(" ON public.", 1)
            cursor.execute(f"{before} ON {table} {after.split(' ', 1)[1]}")
    return table


def passes(sql, values):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, values)
    except InternalError:
        return False
    return True


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_the_database_takes_exactly_the_legal_moves(model, scratch):
    table = bare_table(model)
    taken = set()
    for source in states(model):
        for target in states(model):
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                cursor.execute(f"TRUNCATE {table}")
                cursor.execute(f"INSERT INTO {table} (status) VALUES (%s)", [source])
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            if source != target and passes(f"UPDATE {table} SET status = %s", [target]):
                taken.add((source, target))
    assert taken == LEGAL[model]


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_rows_start_in_the_first_state_only(model, scratch):
    table = bare_table(model)
    started = {state for state in states(model) if passes(f"INSERT INTO {table} (status) VALUES (%s)", [state])}
    assert started == {model._meta.get_field("status").default}


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.__name__)
def test_a_stranger_may_do_nothing_and_no_state_allows_what_the_table_does_not(model):
    workflow = REGISTRY[model._meta.label]
    for action, (sources, _target) in workflow.edges.items():
        for state in states(model):
            obj = model(status=state)
            if state not in sources:
                with pytest.raises((NotPermitted, IllegalTransition)):
                    workflow.advance(obj, action, SYSTEM)
            assert obj.status == state


def test_the_enum_of_outcomes_has_the_three_the_programme_knows():
    assert set(Outcome.values) == {"success", "insufficient", "failure"}
    assert enums.UseStatus.values[0] == "awaiting"
