"""The audit log speaks to people in words, and to machines in codes."""

import ast
import csv
import io

import pytest
from django.urls import reverse

from accounts.enums import PpsRole
from core import history
from core.models import AuditEntry
from core.workflow import REGISTRY
from tests.accounts.factories import PpsUserFactory
from tests.architecture.sources import SOURCES
from tests.matching.factories import make_world, solve

LIST = reverse("admin:core_auditentry_changelist")


def verbs_written():
    """Every action that the code writes into the log under a name of its own."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record":
                for keyword in node.keywords:
                    if keyword.arg == "verb" and isinstance(keyword.value, ast.Constant):
                        yield keyword.value.value


def test_every_action_has_words():
    known = {str(action) for workflow in REGISTRY.values() for action in workflow.edges} | set(history.VERBS)

    found = set(verbs_written())

    assert len(found) > 60
    assert sorted(found - known) == []


@pytest.fixture
def run():
    return solve(make_world()).run


@pytest.fixture
def auditor(client):
    client.force_login(PpsUserFactory(roles=[PpsRole.AUDITOR]))
    return client


@pytest.mark.django_db
def test_the_log_is_read_in_words_and_filtered_by_them(auditor, run):
    page = auditor.get(LIST, {"kind": "matching.matchingrun", "did": "solve"})

    (row,) = page.context["cl"].result_list
    text = page.content.decode()
    assert (row.verb, row.target_id) == ("solve", str(run.pk))
    for word in ("매칭 실행", "시스템", "검증된 결과 수용", "산출·검증 완료"):
        assert word in text
    assert "matching.matchingrun</td>" not in text


@pytest.mark.django_db
def test_an_entry_leads_to_its_case_and_keeps_its_codes(auditor, run):
    entry = AuditEntry.objects.get(target_type="matching.matchingrun", verb="solve")

    page = auditor.get(reverse("admin:core_auditentry_change", args=[entry.pk])).content.decode()

    assert f'href="{reverse("admin:matching_matchingrun_change", args=[run.pk])}"' in page
    assert "matching.matchingrun" in page


@pytest.mark.django_db
def test_the_download_has_both(auditor, run):
    answer = auditor.get(reverse("admin:core_auditentry_export"), {"kind": "matching.matchingrun"})

    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert {row["작업(부호)"] for row in rows} == {"start", "begin", "solve"}
    assert "검증된 결과 수용" in {row["작업"] for row in rows}


@pytest.mark.django_db
@pytest.mark.parametrize("entries", [1, 5])
def test_the_log_costs_the_same_for_one_or_many(auditor, django_assert_num_queries, entries):
    officer = PpsUserFactory(roles=[PpsRole.ADMIN])
    AuditEntry.objects.bulk_create(
        AuditEntry(verb="sign_up", target_type="accounts.user", target_id=str(officer.pk)) for _n in range(entries)
    )

    with django_assert_num_queries(9):
        auditor.get(LIST)
