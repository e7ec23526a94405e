"""What goes out is read before it goes; nobody knows of a result before it is published."""

import hashlib
from datetime import timedelta

import pytest
from django.urls import reverse

from core.clock import database_now
from core.models import Notification
from core.notifications import render
from market.models import Notice
from matching import selectors, services
from matching.enums import Fact
from matching.errors import RoundNotReady
from matching.models import Allocation
from pilots.models import PilotApplication
from tests.matching.factories import approve, make_world, officer_of, publish, solve
from tests.pilots.factories import PlanFactory

pytestmark = pytest.mark.django_db
TO_APPLICANTS = [Fact.OFFER_MADE, Fact.WAITLISTED, Fact.NOT_MATCHED, Fact.LINE_UP_OFFERED, Fact.PRODUCT_UNMATCHED]


def told():
    return Notification.objects.filter(kind__in=TO_APPLICANTS)


def make_world_with_every_outcome():
    """One is granted, one reduced, one waits; a second product finds nobody."""
    world = make_world()
    world.plans.append(PlanFactory(round=world.pilot_round, approved=True))
    return world


def test_nobody_knows_of_an_approved_result_before_it_is_published(client, run_outbox):
    world = approve(make_world())
    run_outbox()
    offer = world.offers[0]
    client.force_login(officer_of(offer))

    assert told().count() == 0
    assert client.get(f"/my/matches/{offer.pk}/").status_code == 404
    with pytest.raises(RoundNotReady):
        services.accept_offer(actor=officer_of(offer), allocation_id=offer.pk)


def test_publishing_sends_the_letters_and_begins_the_time_to_answer(client, run_outbox):
    world = approve(make_world_with_every_outcome())
    Allocation.objects.update(respond_until=database_now() - timedelta(days=1))
    assert services.lapse_offers() == 0, "nobody could answer yet"

    services.publish_result(actor=world.approver, run_id=world.run.pk)
    run_outbox()

    kinds = sorted(told().values_list("kind", flat=True))
    assert kinds == sorted([Fact.OFFER_MADE] * 2 + [Fact.WAITLISTED, Fact.LINE_UP_OFFERED, Fact.PRODUCT_UNMATCHED])
    assert services.lapse_offers() == 0
    client.force_login(officer_of(world.offers[0]))
    assert client.get(f"/my/matches/{world.offers[0].pk}/").status_code == 200


def test_a_result_is_published_once():
    world = publish(make_world())

    with pytest.raises(RoundNotReady):
        services.publish_result(actor=world.approver, run_id=world.run.pk)


def test_the_preview_shows_the_notice_and_every_kind_of_letter_before_anything_goes_out(client, run_outbox):
    world = approve(make_world_with_every_outcome())
    client.force_login(world.matcher)
    url = reverse("admin:matching_matchingrun_do", args=[world.run.pk, "publish"])

    page = client.get(url)

    groups = page.context["letter_groups"]
    assert [group.letters for group in groups] == [1, 1, 1, 0, 1, 1]
    assert [group.people for group in groups] == [1, 1, 1, 0, 1, 1]
    notice = page.context["notices"][0]
    assert (world.pilot_round.title_ko in notice.title_ko, world.pilot_round.title_en in notice.title_en) == (
        True,
        True,
    )
    assert (told().count(), Notice.objects.filter(kind="match_result").count()) == (0, 0)

    client.post(url)
    run_outbox()

    assert (told().count(), Notice.objects.get(kind="match_result").title_ko) == (5, notice.title_ko)


def test_what_was_read_is_what_goes_out(run_outbox):
    world = approve(make_world_with_every_outcome())
    Allocation.objects.update(respond_until=database_now() - timedelta(days=3))
    groups = selectors.letters.letter_groups(run=world.run)
    read = {text for group in groups for sample in group.samples for texts in sample.texts for text in texts[1:]}

    services.publish_result(actor=world.approver, run_id=world.run.pk)
    run_outbox()

    sent = {render(row, part) for row in told() for part in ("subject", "body")}
    assert sent
    assert sent <= read


def test_letters_say_why_not_more(run_outbox):
    publish(make_world())

    run_outbox()

    reduced = Notification.objects.get(kind=Fact.OFFER_MADE, params__units=5)
    assert len(reduced.params["reasons"]) >= 1


def test_a_promotion_before_the_publication_is_told_with_the_letters(run_outbox):
    world = solve(make_world())
    first = world.applications[0]
    PilotApplication.objects.filter(pk=first.pk).update(status="invalid")
    services.propose_run(actor=world.matcher, run_id=world.run.pk)
    services.approve_run(actor=world.approver, run_id=world.run.pk)
    assert world.offer_of(world.applications[2]).origin == "waitlist"

    services.publish_result(actor=world.approver, run_id=world.run.pk)
    run_outbox()

    offers = told().filter(kind=Fact.OFFER_MADE)
    assert sorted(offers.values_list("params__application", flat=True)) == [
        world.applications[1].number,
        world.applications[2].number,
    ]
    assert told().get(kind=Fact.LINE_UP_OFFERED).params["institutions"] == 2


@pytest.mark.parametrize("name", ["instance", "result", "rules"])
def test_everything_to_check_a_public_result_can_be_downloaded_by_anybody(client, name):
    world = publish(make_world())
    hashes = {
        "instance": world.run.instance_sha256,
        "result": world.run.result_sha256,
        "rules": world.run.rule_set_sha256,
    }

    answer = client.get(f"/results/{world.pilot_round.pk}/files/{world.run.pk}/{name}.json")

    assert hashlib.sha256(answer.content).hexdigest() == hashes[name]
    page = client.get(f"/results/{world.pilot_round.pk}/").content.decode()
    assert hashes[name] in page
    assert world.applications[0].officer.name not in answer.content.decode()


def test_nothing_can_be_downloaded_before_the_publication(client):
    world = approve(make_world())

    assert client.get(f"/results/{world.pilot_round.pk}/files/{world.run.pk}/instance.json").status_code == 404
    assert client.get(f"/results/{world.pilot_round.pk}/files/{world.run.pk}/people.json").status_code == 404


def test_overrides_are_public_with_their_reason_and_without_a_name(client):
    world = solve(make_world())
    run = services.change_award(
        actor=world.matcher,
        run_id=world.run.pk,
        application_id=world.applications[0].pk,
        units=8,
        reason="설치 공간이 여덟 대뿐입니다.",
    )
    services.propose_run(actor=world.matcher, run_id=run.pk)
    services.approve_run(actor=world.approver, run_id=run.pk)
    services.publish_result(actor=world.approver, run_id=run.pk)

    page = client.get(f"/results/{world.pilot_round.pk}/").content.decode()

    assert "설치 공간이 여덟 대뿐입니다." in page
    assert world.matcher.name not in page
