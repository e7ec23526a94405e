"""Every letter of the way, in both languages, says what it must and leaves nothing open."""

import pytest
from django.core import mail
from django.utils import translation

from core.models import Notification
from core.notifications import render
from matching import services
from matching.enums import Fact
from tests.matching.factories import deliver, inspect, make_world, publish, sign

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["ko", "en"])
def test_letters_of_the_way_are_complete(language, run_outbox):
    world = make_world()
    contract = sign(world)
    line = contract.lines.get(units=10)
    deliver(line, world.plans[0].officer)
    inspect(line, line.application.officer, result="rejected", defects="파손 & 누락")
    services.request_termination(actor=world.officer, contract_id=contract.pk, reason="공급기업 폐업")
    services.terminate_contract(actor=world.approver, contract_id=contract.pk)
    run_outbox()

    rows = list(Notification.objects.filter(kind__startswith="matching."))
    assert {row.kind for row in rows} >= {
        Fact.RUN_SOLVED, Fact.RUN_PROPOSED, Fact.OFFER_MADE, Fact.LINE_UP_OFFERED, Fact.WAITLISTED,
        Fact.OFFER_CONFIRMED, Fact.CONTRACT_PREPARED, Fact.CONTRACT_SIGNED, Fact.DELIVERED, Fact.DELIVERY_REJECTED,
        Fact.CONTRACT_ENDED,
    }  # fmt: skip
    with translation.override(language):
        for row in rows:
            subject, body = render(row, "subject"), render(row, "body")
            assert subject
            assert row.url in body
            assert not [mark for mark in ("{{", "%(", "&amp;", "None") if mark in subject + body]
    assert len(mail.outbox) == len(rows)


def test_a_reason_is_written_in_the_language_of_the_reader(run_outbox):
    world = make_world()
    last = world.applications[2].officer
    last.language = "en"
    last.save(update_fields=["language"])
    publish(world)

    run_outbox()

    letter = next(letter for letter in mail.outbox if letter.to == [last.email])
    assert "The supplier's units in this round are taken." in letter.body
