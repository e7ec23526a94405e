from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from core.errors import DomainError, IllegalTransition, NotPermitted
from core.models import Notification, Receipt
from market.models import Notice
from overseas import selectors, services
from overseas.errors import ApplicationIncomplete, CallNotOpen, DemonstrationRefused, SamePerson
from overseas.models import OverseasCall
from pilots.models import ProductHistory
from pilots.selectors import balances
from tests.accounts.factories import InstitutionUserFactory, PpsUserFactory, SupplierUserFactory
from tests.overseas import factories

pytestmark = pytest.mark.django_db


def test_a_company_submits_and_gets_a_receipt():
    world = factories.submitted()

    receipt = Receipt.objects.get()
    assert world.application.number.startswith("OA-")
    assert receipt.holder == world.supplier
    assert ["금액", "₩100,000,000"] in receipt.lines or ["Amount", "₩100,000,000"] in receipt.lines


def test_another_company_cannot_use_my_product():
    world = factories.open_world()
    with pytest.raises(ApplicationIncomplete):
        services.draft_application(
            actor=SupplierUserFactory(), call_id=world.call.pk, content=factories.content(world)
        )


def test_an_institution_cannot_apply():
    world = factories.open_world()
    with pytest.raises(NotPermitted):
        services.draft_application(
            actor=InstitutionUserFactory(), call_id=world.call.pk, content=factories.content(world)
        )


def test_above_the_ceiling_nothing_is_submitted_and_the_draft_stays():
    world = factories.open_world()
    draft = services.draft_application(
        actor=world.supplier, call_id=world.call.pk, content=factories.content(world, units=13)
    )
    with pytest.raises(ApplicationIncomplete, match="300,000,000"):
        services.submit_application(actor=world.supplier, application_id=draft.pk)
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_after_the_closing_the_draft_is_kept():
    world = factories.open_world()
    draft = services.draft_application(actor=world.supplier, call_id=world.call.pk, content=factories.content(world))
    OverseasCall.objects.filter(pk=world.call.pk).update(
        opens_at=timezone.now() - timedelta(days=2), closes_at=timezone.now() - timedelta(seconds=1)
    )
    with pytest.raises(CallNotOpen):
        services.submit_application(actor=world.supplier, application_id=draft.pk)
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_submitting_twice_is_refused():
    world = factories.submitted()
    with pytest.raises(IllegalTransition):
        services.submit_application(actor=world.supplier, application_id=world.application.pk)
    assert Receipt.objects.count() == 1


def test_whoever_proposed_does_not_decide():
    world = factories.submitted()
    both = PpsUserFactory()
    services.take_up_review(actor=both, application_id=world.application.pk)
    services.propose_application(actor=both, application_id=world.application.pk, reason="좋음")
    with pytest.raises(SamePerson):
        services.select_application(actor=both, application_id=world.application.pk)


def test_selection_invites_the_institution_abroad(run_outbox, mailoutbox):
    world = factories.selected()

    run_outbox()

    letters = [mail for mail in mailoutbox if mail.to == ["tran@example.org"]]
    assert len(letters) == 1
    assert f"/invitations/{world.token}/" in letters[0].body
    assert "test an innovative product" in letters[0].body


def test_the_contract_moves_money_in_the_overseas_track_only():
    world = factories.open_world(budget_krw=500_000_000)
    before = balances(round_id=world.call.round_id, track_id=world.call.track_id)

    factories.contracted(world)

    after = balances(round_id=world.call.round_id, track_id=world.call.track_id)
    assert (before.available - after.available, after.committed) == (100_000_000, 100_000_000)


def test_more_than_the_track_has_is_refused():
    world = factories.open_world(budget_krw=50_000_000)
    factories.selected(world)
    services.give_agreement(demonstration_id=world.demonstration.pk, name="T", agrees=True)
    with pytest.raises(DomainError):
        services.prepare_overseas_contract(
            actor=world.officer,
            demonstration_id=world.demonstration.pk,
            delivery_due_on=timezone.localdate() + timedelta(days=30),
        )


def test_declining_needs_a_reason_and_ends_the_demonstration():
    world = factories.selected()
    with pytest.raises(DemonstrationRefused):
        services.give_agreement(demonstration_id=world.demonstration.pk, name="T", agrees=False)
    ended = services.give_agreement(
        demonstration_id=world.demonstration.pk, name="T", agrees=False, reason="The plant was closed."
    )
    assert ended.status == "cancelled"


def test_nothing_can_be_inspected_before_delivery():
    world = factories.contracted()
    with pytest.raises(DemonstrationRefused):
        services.accept_delivery(demonstration_id=world.demonstration.pk, name="T", accepts=True)


def test_the_institution_abroad_gets_its_link_when_the_goods_arrive(run_outbox, mailoutbox):
    world = factories.delivered()
    run_outbox()

    _invitation, letter = [mail for mail in mailoutbox if mail.to == [world.demonstration.invitation.email]]
    assert letter.subject.startswith("Delivered, please inspect: ")
    assert f"/invitations/{world.token}/" in letter.body


def test_whoever_has_inspected_already_is_not_asked_again(run_outbox, mailoutbox):
    world = factories.in_use()
    run_outbox()

    to_guest = [mail.subject for mail in mailoutbox if mail.to == [world.demonstration.invitation.email]]
    assert not any(subject.startswith("Delivered") for subject in to_guest)


def test_a_rejected_delivery_can_be_delivered_again():
    world = factories.delivered()
    services.accept_delivery(demonstration_id=world.demonstration.pk, name="T", accepts=False, defects="Cable missing")
    world.demonstration.refresh_from_db()
    assert world.demonstration.status == "contracted"
    assert services.line_of(demonstration=world.demonstration).status == "rejected"


def test_a_report_is_handed_in_once():
    world = factories.reported()
    with pytest.raises(IllegalTransition):
        services.report_result(
            demonstration_id=world.demonstration.pk,
            used_from=timezone.localdate(),
            used_until=timezone.localdate(),
            summary="x",
            measured="x",
            rating=3,
            reporter_name="T",
        )


def test_a_use_that_has_not_ended_is_not_reported():
    world = factories.in_use()
    with pytest.raises(DemonstrationRefused):
        services.report_result(
            demonstration_id=world.demonstration.pk,
            used_from=timezone.localdate(),
            used_until=timezone.localdate() + timedelta(days=1),
            summary="x",
            measured="x",
            rating=3,
            reporter_name="T",
        )


def test_the_public_day_of_an_evaluation_is_the_day_in_seoul():
    demonstration = factories.evaluated().demonstration
    demonstration.evaluated_at = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert selectors.as_public(demonstration=demonstration).evaluated_on == date(2026, 3, 2)


def test_evaluation_is_remembered_as_history_and_told_to_the_company():
    world = factories.evaluated()

    history = ProductHistory.objects.get(kind="overseas")
    assert (history.product, history.outcome) == (world.product, "success")
    kinds = Notification.objects.filter(recipient=world.supplier).values_list("kind", flat=True)
    assert "overseas.demonstration_evaluated" in kinds


def test_the_selection_is_published_by_a_second_person_once_all_is_decided():
    world = factories.submitted()
    services.close_call(actor=world.reviewer, call_id=world.call.pk)
    with pytest.raises(DomainError):
        services.decide_call(actor=world.approver, call_id=world.call.pk)

    services.take_up_review(actor=world.reviewer, application_id=world.application.pk)
    services.reject_application(actor=world.reviewer, application_id=world.application.pk, reason="현지 수요 불명")
    services.decide_call(actor=world.approver, call_id=world.call.pk)

    assert set(Notice.objects.values_list("kind", flat=True)) >= {"overseas_call", "overseas_result"}


def test_calls_close_by_themselves():
    world = factories.open_world()
    OverseasCall.objects.filter(pk=world.call.pk).update(
        opens_at=timezone.now() - timedelta(days=2), closes_at=timezone.now() - timedelta(seconds=1)
    )
    assert services.close_due_calls() == 1
    assert services.close_due_calls() == 0
