from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import InstitutionKind
from core.calendar import today
from core.errors import IllegalTransition, NotPermitted
from core.models import Notification
from feedback import selectors, services
from feedback.enums import CertificateStatus, Fact, Finding, Outcome, PurchaseStatus, TransferMethod, UseStatus
from feedback.errors import AlreadyDone, DateOutOfRange, NotEligible
from feedback.models import AssetTransfer, TrackRecordCertificate
from feedback.services.rules import last_day
from tests.accounts.factories import InstitutionFactory, InstitutionUserFactory, PpsUserFactory, SupplierUserFactory
from tests.feedback.factories import make_world

pytestmark = pytest.mark.django_db


def prepare(world, method=TransferMethod.FREE_TRANSFER, **values):
    return services.prepare_transfer(
        actor=world.reviewer, use_id=world.use.pk, method=method, assets="3대", book_value_krw=1, **values
    )


def test_the_institution_takes_the_asset_and_post_management_begins():
    world = make_world().transfer()

    assert world.use.status == UseStatus.MONITORING
    assert world.use.monitored_until == last_day(start=today(), months=36)


def test_central_bodies_get_a_management_transfer_and_others_a_free_one():
    central = InstitutionUserFactory(organization=InstitutionFactory(institution_kind=InstitutionKind.CENTRAL))
    for_central = make_world(institution=central).judge()
    for_local = make_world().judge()

    with pytest.raises(NotEligible):
        prepare(for_central, TransferMethod.FREE_TRANSFER)
    with pytest.raises(NotEligible):
        prepare(for_local, TransferMethod.MANAGEMENT_TRANSFER)
    assert prepare(for_central, TransferMethod.MANAGEMENT_TRANSFER).is_kept


def test_a_refusal_leads_to_another_method_that_pps_completes():
    world = make_world().judge()
    transfer = prepare(world)
    with pytest.raises(NotPermitted):
        services.complete_transfer(actor=world.reviewer, transfer_id=transfer.pk)
    services.refuse_transfer(actor=world.institution, transfer_id=transfer.pk, reason="운영비 없음")
    with pytest.raises(NotEligible):
        services.revise_transfer(actor=world.reviewer, transfer_id=transfer.pk, method=TransferMethod.RETURN)

    services.revise_transfer(
        actor=world.reviewer, transfer_id=transfer.pk, method=TransferMethod.RETURN, reason="운영비 없음"
    )
    services.complete_transfer(actor=world.reviewer, transfer_id=transfer.pk)

    assert world.reload().use.status == UseStatus.TRANSFERRED
    services.close_use(actor=world.reviewer, use_id=world.use.pk, reason="반환 완료")
    assert world.reload().use.status == UseStatus.CLOSED


def test_a_transfer_waits_for_the_verdict_and_is_prepared_once():
    world = make_world().accept()
    with pytest.raises(NotEligible):
        prepare(world)
    world.judge_line()
    prepare(world)
    with pytest.raises(AlreadyDone):
        prepare(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        AssetTransfer.objects.update(method=TransferMethod.DISPOSE)


def test_an_idle_product_has_to_be_explained_once():
    world = make_world().transfer()
    with pytest.raises(NotEligible):
        services.record_inspection(
            actor=world.reviewer, use_id=world.use.pk, inspected_on=today(), finding=Finding.IDLE
        )
    with pytest.raises(DateOutOfRange):
        services.record_inspection(
            actor=world.reviewer,
            use_id=world.use.pk,
            inspected_on=today() + timedelta(days=1),
            finding=Finding.IN_USE,
        )
    inspection = services.record_inspection(
        actor=world.reviewer, use_id=world.use.pk, inspected_on=today(), finding=Finding.IDLE, reason="창고 보관"
    )
    assert Notification.objects.filter(recipient=world.institution, kind=Fact.IDLE_FOUND).count() == 1

    services.explain_inspection(actor=world.institution, inspection_id=inspection.pk, explanation="이전 설치")

    with pytest.raises(AlreadyDone):
        services.explain_inspection(actor=world.institution, inspection_id=inspection.pk, explanation="또")
    with pytest.raises(NotPermitted):
        services.explain_inspection(actor=world.supplier, inspection_id=inspection.pk, explanation="남")


def purchase(actor, world, **values):
    return services.record_purchase(
        actor=actor,
        **{
            "product_id": world.use.product_id,
            "institution_id": world.use.institution_id,
            "purchased_on": today(),
            "units": 5,
            "amount_krw": 5_000_000,
            "channel": "shopping_mall",
            "document_no": "R25BK00000001",
            **values,
        },
    )


def test_both_sides_record_and_the_same_order_counts_once():
    world = make_world()
    row = purchase(world.supplier, world)
    with pytest.raises(AlreadyDone):
        purchase(world.institution, world)
    assert selectors.product_record(product_id=world.use.product_id).purchase_krw == 0

    services.confirm_purchase(actor=world.reviewer, purchase_id=row.pk)

    record = selectors.product_record(product_id=world.use.product_id)
    assert (record.purchase_count, record.purchase_krw, row.use) == (1, 5_000_000, world.use)
    with pytest.raises(IllegalTransition):
        services.reject_purchase(actor=world.reviewer, purchase_id=row.pk, reason="늦음")


def test_nobody_records_for_others_nor_in_the_future():
    world = make_world()

    with pytest.raises(NotPermitted):
        purchase(SupplierUserFactory(), world)
    with pytest.raises(NotPermitted):
        purchase(InstitutionUserFactory(), world)
    with pytest.raises(DateOutOfRange):
        purchase(world.supplier, world, purchased_on=today() + timedelta(days=1))


def test_a_rejected_record_says_why():
    world = make_world()
    row = purchase(world.institution, world)

    services.reject_purchase(actor=world.reviewer, purchase_id=row.pk, reason="주문 없음")

    row.refresh_from_db()
    assert (row.status, row.decision_reason) == (PurchaseStatus.REJECTED, "주문 없음")
    assert purchase(world.institution, world).status == PurchaseStatus.RECORDED


def test_a_success_is_certified_once_and_the_number_finds_it():
    world = make_world().judge()
    verdict = world.judge_product()

    certificate = services.issue_certificate(actor=world.supplier, verdict_id=verdict.pk)

    assert services.issue_certificate(actor=world.supplier, verdict_id=verdict.pk) == certificate
    assert selectors.certificate_by_code(code=certificate.code.replace("-", "").lower()) == certificate
    assert selectors.certificate_by_code(code="0000") is None
    assert certificate.body["institutions"] == [world.use.institution.name]
    assert selectors.fingerprint(body=certificate.body) == certificate.sha256


def test_a_certificate_never_names_a_security_site():
    world = make_world(security=True).judge()
    verdict = world.judge_product()

    body = services.issue_certificate(actor=world.supplier, verdict_id=verdict.pk).body

    assert (body["institutions"], body["institutions_en"], body["unnamed_institutions"]) == ([], [], 1)


def test_only_the_supplier_gets_a_certificate_and_only_for_a_success():
    world = make_world()
    verdict = world.insufficient_product().verdict

    with pytest.raises(NotEligible):
        services.issue_certificate(actor=world.supplier, verdict_id=verdict.pk)
    with pytest.raises(NotPermitted):
        services.issue_certificate(actor=SupplierUserFactory(), verdict_id=verdict.pk)
    assert verdict.outcome == Outcome.INSUFFICIENT


def test_a_revoked_certificate_stays_findable_and_a_new_one_may_follow():
    world = make_world().judge()
    verdict = world.judge_product()
    first = services.issue_certificate(actor=world.supplier, verdict_id=verdict.pk)
    with pytest.raises(NotPermitted):
        services.revoke_certificate(actor=PpsUserFactory(roles=["matcher"]), certificate_id=first.pk, reason="x")

    services.revoke_certificate(actor=world.approver, certificate_id=first.pk, reason="오류")
    second = services.issue_certificate(actor=world.supplier, verdict_id=verdict.pk)

    assert TrackRecordCertificate.objects.get(code=first.code).status == CertificateStatus.REVOKED
    assert second.code != first.code
