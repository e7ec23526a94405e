"""Objections to a result: filed in time, answered, and corrected without taking anything from anybody."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.enums import PpsRole
from core.calendar import today
from core.clock import database_now
from core.errors import IllegalTransition, NotPermitted
from core.models import Notification, Receipt
from core.uploads import files_of
from market.models import Notice
from matching import selectors, services
from matching.enums import AllocationOrigin, Fact
from matching.errors import ObjectionRefused, RoundNotReady, SamePerson
from matching.models import Allocation, MatchingRun, ResultObjection
from pilots.enums import ApplicationStatus, ObjectionStatus
from pilots.models import PilotApplication
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory, SupplierUserFactory
from tests.matching.factories import approve, make_world, officer_of, publish
from tests.pilots.factories import PlanFactory, account

pytestmark = pytest.mark.django_db
PRICE = 3_000_000


def file_objection(world, index=2, text="점수가 잘못되었습니다."):
    application = world.applications[index]
    objection, _receipt = services.object_as_institution(
        actor=application.officer, application_id=application.pk, text=text
    )
    return objection


def judge():
    return PpsUserFactory(roles=[PpsRole.APPROVER])


def uphold(objection, **correction):
    return services.uphold_result_objection(
        actor=judge(), objection_id=objection.pk, answer="이유가 있습니다.", correction=correction
    )


def correct(world, run_outbox):
    """Start, solve, propose, approve and publish a corrected run."""
    run = services.start_correction(actor=world.matcher, run_id=world.run.pk)
    run_outbox()
    run.refresh_from_db()
    services.propose_run(actor=world.matcher, run_id=run.pk)
    services.approve_run(actor=world.approver, run_id=run.pk)
    run = services.publish_result(actor=world.approver, run_id=run.pk)
    run_outbox()
    return run


def status_of(application):
    return PilotApplication.objects.get(pk=application.pk).status


def test_an_institution_objects_within_the_deadline_and_gets_a_receipt():
    world = publish(make_world())

    objection = file_objection(world)

    assert (objection.status, objection.run) == (ObjectionStatus.OPEN, world.run)
    assert Receipt.objects.get(kind="matching.result_objection").holder_id == world.applications[2].officer.pk
    told = Notification.objects.filter(kind=Fact.RESULT_OBJECTION_RAISED).values_list("recipient", flat=True)
    assert set(told) >= {world.matcher.pk, world.approver.pk}


def test_after_the_deadline_it_is_too_late():
    world = publish(make_world())
    MatchingRun.objects.filter(pk=world.run.pk).update(published_at=database_now() - timedelta(days=40))

    with pytest.raises(ObjectionRefused):
        file_objection(world)


def test_nothing_can_be_objected_to_before_the_publication():
    with pytest.raises(ObjectionRefused):
        file_objection(approve(make_world()))


def test_one_objection_waits_at_a_time():
    world = publish(make_world())
    file_objection(world)

    with pytest.raises(ObjectionRefused):
        file_objection(world)


@pytest.mark.parametrize("stranger", [InstitutionUserFactory, SupplierUserFactory, PpsUserFactory])
def test_nobody_else_objects(stranger):
    world = publish(make_world())

    with pytest.raises(NotPermitted):
        services.object_as_institution(actor=stranger(), application_id=world.applications[2].pk, text="이의")


def test_the_approver_of_the_result_does_not_decide_and_nothing_is_decided_twice():
    world = publish(make_world())
    objection = file_objection(world)

    with pytest.raises(NotPermitted):
        services.dismiss_result_objection(actor=world.approver, objection_id=objection.pk, answer="기각")
    services.dismiss_result_objection(actor=judge(), objection_id=objection.pk, answer="기각합니다.")
    with pytest.raises(IllegalTransition):
        uphold(objection, score=900)

    letter = Notification.objects.get(kind=Fact.RESULT_OBJECTION_DECIDED)
    assert (letter.recipient, letter.params["answer"]) == (world.applications[2].officer, "기각합니다.")


def test_an_upheld_objection_says_what_is_corrected():
    objection = file_objection(publish(make_world()))

    with pytest.raises(ObjectionRefused):
        uphold(objection)


def test_a_corrected_run_adds_what_the_limits_leave_and_takes_from_nobody(run_outbox):
    world = publish(make_world(wanted=((10, 4, 800), (10, 4, 700), (10, 4, 600), (10, 4, 500))))
    first, second = world.offers
    services.decline_offer(actor=officer_of(second), allocation_id=second.pk, reason="사정")
    # The third was moved up with 5 units; the fourth's score was wrong, but nothing is left for it.
    uphold(file_objection(world, 3), score=990)

    run = correct(world, run_outbox)

    held = dict(Allocation.objects.in_force().values_list("application_id", "units"))
    assert held == {world.applications[0].pk: 10, world.applications[2].pk: 5}
    assert (run.corrects, ResultObjection.objects.get().corrected_by) == (world.run, run)
    first.refresh_from_db()
    assert first.run == world.run


def test_a_refused_application_is_matched_by_a_correction(run_outbox):
    world = publish(make_world(rules={"waitlist_per_product": 0}))
    run_outbox()
    second = world.offers[1]
    services.decline_offer(actor=officer_of(second), allocation_id=second.pk, reason="사정")
    assert status_of(world.applications[2]) == ApplicationStatus.NOT_MATCHED
    uphold(file_objection(world), units=4)

    run = correct(world, run_outbox)

    offer = world.offer_of(world.applications[2])
    assert (offer.units, offer.origin, offer.run) == (4, AllocationOrigin.CORRECTION, run)
    assert status_of(world.applications[2]) == ApplicationStatus.MATCHED
    assert account(world.pilot_round, world.plans[0].track).reserved_krw == 14 * PRICE
    letters = Notification.objects.filter(kind=Fact.OFFER_MADE, url=f"/my/matches/{offer.pk}/")
    assert letters.count() == 1
    assert Notification.objects.filter(kind=Fact.OFFER_MADE).count() == 3, "the others are told nothing again"
    notice = Notice.objects.get(kind="match_result")
    assert [version.kind for version in notice.versions.order_by("sequence")] == ["original", "correction"]
    assert run.instance_sha256 in notice.body_ko
    services.accept_offer(actor=officer_of(offer), allocation_id=offer.pk)


def test_whoever_keeps_its_offer_in_a_correction_is_not_told_that_it_was_not_matched(run_outbox):
    world = publish(make_world())
    run_outbox()
    uphold(file_objection(world, 0), score=990)
    units = world.offer_of(world.applications[0]).units

    correct(world, run_outbox)

    told = Notification.objects.filter(recipient=world.applications[0].officer)
    assert world.offer_of(world.applications[0]).units == units
    assert not told.filter(kind__in=[Fact.NOT_MATCHED, Fact.WAITLISTED]).exists()
    assert told.filter(kind=Fact.RESULT_OBJECTION_DECIDED).count() == 1


def test_what_does_not_fit_beside_standing_offers_is_refused_in_words(run_outbox):
    world = publish(make_world())
    uphold(file_objection(world), units=4)

    with pytest.raises(ObjectionRefused) as caught:
        services.start_correction(actor=world.matcher, run_id=world.run.pk)

    assert "19" in str(caught.value)


def test_a_correction_needs_an_upheld_objection_and_a_public_result():
    world = publish(make_world())
    with pytest.raises(RoundNotReady):
        services.start_correction(actor=world.matcher, run_id=world.run.pk)


def test_a_correction_is_approved_by_a_second_person_and_refused_when_offers_moved(run_outbox):
    world = publish(make_world(wanted=((10, 4, 800), (5, 2, 700), (10, 4, 600), (3, 1, 500))))
    uphold(file_objection(world), score=990)
    run = services.start_correction(actor=world.matcher, run_id=world.run.pk)
    run_outbox()
    both = PpsUserFactory(roles=[PpsRole.MATCHER, PpsRole.APPROVER])
    services.propose_run(actor=both, run_id=run.pk)
    with pytest.raises(SamePerson):
        services.approve_run(actor=both, run_id=run.pk)
    first = world.offers[0]
    services.decline_offer(actor=officer_of(first), allocation_id=first.pk, reason="사정")
    assert world.offer_of(world.applications[2]).origin == AllocationOrigin.WAITLIST, "moved up in the meantime"

    with pytest.raises(RoundNotReady):
        services.approve_run(actor=world.approver, run_id=run.pk)


def test_after_a_correction_the_waitlist_goes_by_the_corrected_order(run_outbox):
    world = publish(make_world(wanted=((10, 4, 800), (5, 2, 700), (10, 4, 600), (10, 4, 500))))
    uphold(file_objection(world, 3), score=990)
    correct(world, run_outbox)
    first = world.offers[0]

    services.decline_offer(actor=officer_of(first), allocation_id=first.pk, reason="사정")

    assert world.offer_of(world.applications[3]).units == 10
    assert status_of(world.applications[2]) == ApplicationStatus.WAITLISTED


# The supplier's side


def unmatched_world():
    world = make_world()
    world.plans.append(PlanFactory(round=world.pilot_round, approved=True))
    return publish(world)


def test_a_supplier_whose_product_found_nobody_sees_why_and_objects(client):
    world = unmatched_world()
    plan = world.plans[1]
    client.force_login(plan.officer)
    assert plan.product.name in client.get("/my/matches/").content.decode()
    assert client.get(f"/my/matches/products/{plan.pk}/outcome/").status_code == 200

    answer = client.post(f"/my/objections/products/{plan.pk}/", {"text": "신청이 있었습니다."})

    assert answer.url.startswith("/receipts/")
    assert ResultObjection.objects.get().plan == plan


def test_a_supplier_with_offers_has_nothing_to_object_to(client):
    world = publish(make_world())
    client.force_login(world.plans[0].officer)

    assert client.get(f"/my/objections/products/{world.plans[0].pk}/").status_code == 404
    assert client.get(f"/my/matches/products/{world.plans[0].pk}/outcome/").status_code == 404


# Pages


def test_an_institution_files_with_an_attachment_and_reads_the_answer(client):
    world = publish(make_world())
    application = world.applications[2]
    client.force_login(application.officer)
    url = reverse("matching:object_to_application", args=[application.pk])
    assert client.get(url).status_code == 200
    paper = SimpleUploadedFile(
        "증빙.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )

    client.post(url, {"text": "점수가 다릅니다.", "attachments": paper})

    objection = ResultObjection.objects.get()
    assert [row.original_name for row in files_of(target=objection)] == ["증빙.pdf"]
    services.dismiss_result_objection(actor=judge(), objection_id=objection.pk, answer="계산을 다시 확인하였습니다.")
    assert "계산을 다시 확인하였습니다." in client.get(f"/my/objections/{objection.pk}/").content.decode()
    assert objection.number in client.get("/my/objections/").content.decode()
    client.force_login(world.applications[0].officer)
    assert client.get(f"/my/objections/{objection.pk}/").status_code == 404
    assert client.get(url).status_code == 404


def test_an_empty_objection_gets_its_message_beside_the_field(client):
    world = publish(make_world())
    application = world.applications[2]
    client.force_login(application.officer)

    page = client.post(reverse("matching:object_to_application", args=[application.pk]), {"text": " "})

    assert list(page.context["form"].errors) == ["text"]


def test_pps_upholds_with_the_explanation_beside_it_and_starts_the_correction(client):
    world = publish(make_world(rules={"waitlist_per_product": 0}))
    objection = file_objection(world)
    client.force_login(judge())
    url = reverse("admin:matching_resultobjection_do", args=[objection.pk, "dismiss"])
    assert selectors.sentences.BLOCKING["product_units"][:10] in str(client.get(url).context["form"].initial)
    url = reverse("admin:matching_resultobjection_do", args=[objection.pk, "uphold"])
    client.post(url, {"answer": "맞습니다.", "min_institutions": 1})
    objection.refresh_from_db()
    assert objection.status == ObjectionStatus.OPEN, "an application has no fewest institutions"

    client.post(url, {"answer": "맞습니다.", "score": "99.5"})

    objection.refresh_from_db()
    assert (objection.status, objection.correction) == (ObjectionStatus.UPHELD, {"score": 995})
    page = client.get(reverse("admin:matching_resultobjection_change", args=[objection.pk]))
    assert "정정 점수(점): 99.5" in page.content.decode()
    client.force_login(world.matcher)
    url = reverse("admin:matching_matchingrun_do", args=[world.run.pk, "correct"])
    assert "정정 점수(점): 99.5" in client.get(url).content.decode()
    client.post(url)
    assert MatchingRun.objects.get(corrects=world.run).requested_by == world.matcher


def test_the_last_day_counts_working_days_of_the_rule_set():
    world = publish(make_world())

    due = selectors.objection_due_on(run=selectors.current_run(round_id=world.pilot_round.pk))

    assert due > today() + timedelta(days=10)


@pytest.mark.parametrize("row_count", [1, 3])
def test_the_list_of_pps_costs_the_same_for_one_or_many(client, row_count, django_assert_num_queries):
    world = publish(make_world())
    for index in range(row_count):
        file_objection(world, index)
    client.force_login(world.matcher)
    url = reverse("admin:matching_resultobjection_changelist")
    client.get(url)  # content types are looked up once in the life of a process

    with django_assert_num_queries(9):
        assert len(client.get(url).context["cl"].result_list) == row_count
