"""The journey fails when any of its steps is left out.

Quickly, in every run: the walk with acts that only leave their traces, each step left out in turn. Thoroughly, on
demand (``make test ARGS="tests/e2e/test_skipped_steps.py -m thorough"``, about eight minutes): in the browser, where
before each step the ones after it are tried without it, on a copy of the database that is put back afterwards.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pgtrigger
import psycopg2
import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import expect

from core.audit import record
from core.models import AuditEntry
from tests.accounts.factories import UserFactory
from tests.e2e.cast import Journey, gather
from tests.e2e.pages import Person
from tests.e2e.steps import JOURNEY
from tests.e2e.walk import Step, left_so_far, not_taken, walk

NOBODY: Any = None


def traces_only(steps: Sequence[Step]) -> list[Step]:
    """The same steps without a browser: each writes what it leaves into the audit log, and does nothing else."""
    subject = UserFactory()

    def acting(each: Step) -> Callable[[Journey], None]:
        def act(_journey: Journey) -> None:
            for trace in each.leaves:
                kind, verb = trace.split(":")
                entry = record(actor=subject, verb=verb, target=subject)
                assert entry.pk
                _rename(entry, kind)

        return act

    return [replace(each, act=acting(each)) for each in steps]


def _rename(entry: AuditEntry, kind: str) -> None:
    """The log is append-only; a test may say otherwise."""
    with pgtrigger.ignore():
        AuditEntry.objects.filter(pk=entry.pk).update(target_type=kind)


@pytest.mark.django_db
def test_a_walk_that_takes_every_step_passes():
    walk(NOBODY, traces_only(JOURNEY), whole=JOURNEY)


@pytest.mark.django_db
@pytest.mark.parametrize("skipped", range(len(JOURNEY)), ids=[each.name for each in JOURNEY])
def test_a_walk_that_skips_a_step_fails(skipped: int):
    steps = traces_only(JOURNEY)
    del steps[skipped]

    with pytest.raises(AssertionError):
        walk(NOBODY, steps, whole=JOURNEY)


@pytest.mark.django_db
@pytest.mark.parametrize("idle", range(len(JOURNEY)), ids=[each.name for each in JOURNEY])
def test_a_walk_in_which_a_step_does_nothing_fails_and_names_it(idle: int):
    steps = traces_only(JOURNEY)
    steps[idle] = replace(steps[idle], act=lambda _journey: None)

    with pytest.raises(AssertionError, match=rf"{JOURNEY[idle].name} left only"):
        walk(NOBODY, steps, whole=JOURNEY)


def test_every_step_leaves_something_that_the_others_do_not_make_up_for():
    everything = sum((Counter(each.leaves) for each in JOURNEY), Counter())

    assert not_taken(JOURNEY, everything) == []
    for each in JOURNEY:
        assert each.leaves
        assert not_taken(JOURNEY, everything - Counter(each.leaves)) != []


# The thorough way

PATIENCE = 10_000
# Somebody does not find what they need: on the page, or in the database.
NOTICING = (AssertionError, BrowserError, ObjectDoesNotExist, AttributeError, KeyError)


class Copy:
    """The database as it was, and everybody's page with it."""

    def __init__(self, journey: Journey) -> None:
        self.journey = journey
        self.name = str(connection.settings_dict["NAME"])
        self.kept = f"{self.name}_before"

    def take(self) -> None:
        self.pages = {person: person.page.url for person in self.journey.people}
        self.facts = dict(self.journey.facts)
        self.receipts = list(self.journey.receipts)
        self.heard = {person: list(person.faults) for person in self.journey.people}
        self.languages = {person: person.language for person in self.journey.people}
        self._leave_pages()
        self._run(f'DROP DATABASE IF EXISTS "{self.kept}"', f'CREATE DATABASE "{self.kept}" TEMPLATE "{self.name}"')

    def put_back(self) -> None:
        self._leave_pages()
        self._run(f'DROP DATABASE "{self.name}" WITH (FORCE)', f'CREATE DATABASE "{self.name}" TEMPLATE "{self.kept}"')
        self.journey.facts, self.journey.receipts = dict(self.facts), list(self.receipts)
        for person, url in self.pages.items():
            person.language = self.languages[person]
            person.page.goto(url)
            person.faults[:] = self.heard[person]

    def drop(self) -> None:
        self._run(f'DROP DATABASE IF EXISTS "{self.kept}"')

    def _leave_pages(self) -> None:
        for person in self.journey.people:
            person.page.goto("about:blank")

    def _run(self, *statements: str) -> None:
        connection.close()
        parameters = {**connection.get_connection_params(), "dbname": "postgres"}
        parameters.pop("cursor_factory", None)
        link = psycopg2.connect(**parameters)
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [self.name],
            )
            for statement in statements:
                cursor.execute(statement)
        link.close()


def noticed_by(journey: Journey, rest: Sequence[Step]) -> str:
    """Go on without a step, and tell who notices; an empty text when nobody does."""
    for each in rest:
        try:
            each.act(journey)
        except NOTICING as error:
            first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
            return f"{each.name}: {first_line[:100]}"
    missing = not_taken(JOURNEY, left_so_far())
    return f"the audit log at the end: {', '.join(missing)}" if missing else ""


@pytest.mark.browser
@pytest.mark.thorough
@pytest.mark.timeout(3600)
def test_in_the_browser_somebody_notices_each_step_that_is_left_out(
    meet: Callable[..., Person], run_outbox: Callable[[], int], tmp_path: Path
) -> None:
    journey = gather(meet, run_outbox, tmp_path)
    copy = Copy(journey)
    unnoticed = []
    try:
        for number, each in enumerate(JOURNEY):
            copy.take()
            copy.put_back()
            _wait_at_most(journey, PATIENCE)
            who = noticed_by(journey, JOURNEY[number + 1 :])
            print(f"without {each.name}: {who or 'NOBODY NOTICED'}", flush=True)
            unnoticed += [] if who else [each.name]
            _wait_at_most(journey, 30_000)
            copy.put_back()
            each.act(journey)
    finally:
        copy.drop()
    assert unnoticed == []
    assert not_taken(JOURNEY, left_so_far()) == []


def _wait_at_most(journey: Journey, milliseconds: int) -> None:
    expect.set_options(timeout=milliseconds)
    for person in journey.people:
        person.page.set_default_timeout(milliseconds)
