import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import InternalError, connection, transaction

from core import chains
from core.audit import record
from core.models import AuditEntry, Seal
from tests.accounts.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_entries():
    user = UserFactory()
    return [record(actor=user, verb=verb, target=user, reason="왜") for verb in ("one", "two", "three")]


def test_sealing_links_every_row_once(three_entries):
    assert chains.seal(name="audit") == 3
    assert chains.seal(name="audit") == 0
    assert list(Seal.objects.order_by("position").values_list("row_id", flat=True)) == [e.pk for e in three_entries]


def test_the_quick_pass_looks_near_the_end_only(three_entries, monkeypatch):
    chains.seal(name="audit", batch=0)
    monkeypatch.setattr(chains, "NEAR", 1)
    late, middle, last = three_entries
    with pgtrigger.ignore():
        AuditEntry.objects.filter(pk=late.pk).delete()
    chains.seal(name="audit")
    with pgtrigger.ignore():
        late.save(force_insert=True)

    assert chains.seal(name="audit", is_thorough=False) == 0
    assert chains.seal(name="audit") == 1
    assert Seal.objects.order_by("-position").first().row_id == late.pk
    assert middle.pk < last.pk


def test_verify_tells_sealed_from_not_yet_sealed(three_entries):
    chains.seal(name="audit", batch=2)

    verdict = chains.verify(name="audit")

    assert (verdict.sealed, verdict.unsealed, verdict.fault) == (2, 1, "")


def test_a_row_changed_behind_the_triggers_is_found_and_named(three_entries):
    chains.seal_all()
    with pgtrigger.ignore():
        AuditEntry.objects.filter(pk=three_entries[1].pk).update(reason="forged")

    with pytest.raises(CommandError, match=f"position 2, row {three_entries[1].pk}"):
        call_command("verify_ledger")


def test_a_row_taken_out_behind_the_triggers_is_found(three_entries):
    chains.seal_all()
    with pgtrigger.ignore():
        AuditEntry.objects.filter(pk=three_entries[2].pk).delete()

    assert "gone" in chains.verify(name="audit").fault


def test_a_seal_taken_out_breaks_the_chain(three_entries):
    chains.seal_all()
    with pgtrigger.ignore():
        Seal.objects.filter(position=1).delete()

    assert "position 1 is missing" in chains.verify(name="audit").fault


@pytest.mark.parametrize(
    "sql", ["UPDATE core_auditentry SET reason = 'x'", "DELETE FROM core_auditentry", "TRUNCATE core_auditentry"]
)
def test_the_database_refuses_to_change_the_log(three_entries, sql):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(InternalError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
