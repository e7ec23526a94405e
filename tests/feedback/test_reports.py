import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import TestCase

from core.errors import IllegalTransition, NotPermitted
from core.models import AuditEntry, Notification, Receipt
from core.uploads import files_of, store_upload
from feedback import perms, services
from feedback.enums import Fact, ImprovementStatus, PublicationStatus, ReportStatus, UseStatus
from feedback.errors import AlreadyDone, NotEligible, ReportIncomplete
from feedback.models import ImprovementRequest, PilotReport, ProductReview
from feedback.services import Measured, ReportInput
from pilots.models import InstitutionStanding
from tests.accounts.factories import InstitutionUserFactory, SupplierUserFactory
from tests.feedback.factories import make_world, report_input

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def test_a_draft_may_be_incomplete_and_is_saved_over_and_over():
    world = make_world().end()
    kpi = world.use.kpis.first()
    partly = ReportInput(answers={"public_summary": "쓰는 중"}, kpis={kpi.pk: Measured(None)}, requests=["하나"])

    services.save_report(actor=world.institution, report_id=world.report.pk, content=partly)
    services.save_report(actor=world.institution, report_id=world.report.pk, content=partly)

    report = world.report
    assert (report.status, report.public_summary, report.requests.count()) == (ReportStatus.DRAFT, "쓰는 중", 1)


def test_an_incomplete_report_says_what_is_missing():
    world = make_world().end()

    with pytest.raises(ReportIncomplete, match="지표 1"):
        services.submit_report(actor=world.institution, report_id=world.report.pk)

    assert world.report.status == ReportStatus.DRAFT


def test_the_database_keeps_incomplete_reports_out_too():
    world = make_world().submit()

    with pytest.raises(IntegrityError), transaction.atomic():
        PilotReport.objects.filter(pk=world.report.pk).update(rating_price=None)


def test_submitting_gives_a_receipt_and_moves_the_use():
    world = make_world().submit()

    receipt = Receipt.objects.get(kind="feedback.report")
    assert receipt.holder_id == world.institution.pk
    assert (world.report.status, world.use.status) == (ReportStatus.SUBMITTED, UseStatus.REPORTED)
    assert Notification.objects.filter(recipient=world.reviewer, kind=Fact.REPORT_SUBMITTED).count() == 1
    entry = AuditEntry.objects.get(verb="submit", target_type="feedback.pilotreport")
    assert (entry.actor, entry.before, entry.after) == (world.institution, "draft", "submitted")


def test_a_second_click_meets_a_refusal_and_no_second_receipt():
    world = make_world().submit()

    with pytest.raises(IllegalTransition):
        services.submit_report(actor=world.institution, report_id=world.report.pk)

    assert Receipt.objects.filter(kind="feedback.report").count() == 1


@pytest.mark.parametrize("factory", [InstitutionUserFactory, SupplierUserFactory])
def test_strangers_neither_save_nor_submit(factory):
    world = make_world().end()
    stranger = factory()

    with pytest.raises(NotPermitted):
        services.save_report(actor=stranger, report_id=world.report.pk, content=report_input(world.use))
    with pytest.raises(NotPermitted):
        services.submit_report(actor=stranger, report_id=world.report.pk)


def test_a_submitted_report_cannot_be_changed():
    world = make_world().submit()

    with pytest.raises(AlreadyDone):
        services.save_report(actor=world.institution, report_id=world.report.pk, content=report_input(world.use))


def test_a_returned_report_goes_back_and_forth():
    world = make_world().submit()

    services.return_report(actor=world.reviewer, report_id=world.report.pk, reason="증빙 없음")
    assert (world.report.status, world.reload().use.status) == (ReportStatus.RETURNED, UseStatus.USE_ENDED)
    services.submit_report(actor=world.institution, report_id=world.report.pk)

    assert (world.report.status, world.reload().use.status) == (ReportStatus.SUBMITTED, UseStatus.REPORTED)


def test_only_pps_accepts():
    world = make_world().submit()

    for actor in (world.institution, world.supplier):
        with pytest.raises(NotPermitted):
            services.accept_report(actor=actor, report_id=world.report.pk)


def test_a_report_in_time_raises_the_institutions_standing_and_a_late_one_does_not():
    on_time = make_world().submit()
    late = make_world().end()
    PilotReport.objects.filter(use=late.use).update(due_on=late.use.ended_on)
    services.save_report(actor=late.institution, report_id=late.report.pk, content=report_input(late.use))
    services.submit_report(actor=late.institution, report_id=late.report.pk)

    for world in (on_time, late):
        services.accept_report(actor=world.reviewer, report_id=world.report.pk)

    points = dict(InstitutionStanding.objects.values_list("institution_id", "points"))
    assert points == {on_time.use.institution_id: 1}


def test_the_supplier_is_told_once_the_report_is_accepted_and_replies_once():
    world = make_world().submit()
    with pytest.raises(NotEligible):
        services.reply_to_report(actor=world.supplier, report_id=world.report.pk, body="감사합니다")
    services.accept_report(actor=world.reviewer, report_id=world.report.pk)
    assert Notification.objects.filter(recipient=world.supplier, kind=Fact.FEEDBACK_RECEIVED).count() == 1

    services.reply_to_report(actor=world.supplier, report_id=world.report.pk, body="감사합니다")

    with pytest.raises(AlreadyDone):
        services.reply_to_report(actor=world.supplier, report_id=world.report.pk, body="또")
    with pytest.raises(NotPermitted):
        services.reply_to_report(actor=SupplierUserFactory(), report_id=world.report.pk, body="남")


def test_improvement_requests_are_answered_one_by_one():
    from datetime import date

    world = make_world().accept()
    item = ImprovementRequest.objects.get(report=world.report)

    with pytest.raises(IllegalTransition):
        services.complete_request(actor=world.supplier, request_id=item.pk, answer="끝")
    services.accept_request(
        actor=world.supplier, request_id=item.pk, answer="합니다", owner_name="연구소", due_on=date(2027, 1, 1)
    )
    services.complete_request(actor=world.supplier, request_id=item.pk, answer="했습니다")

    item.refresh_from_db()
    assert (item.status, item.owner_name, item.answer) == (ImprovementStatus.DONE, "연구소", "했습니다")
    with pytest.raises(NotPermitted):
        services.decline_request(actor=world.institution, request_id=item.pk, answer="아니요")


def test_pps_hides_and_shows_a_review_with_a_reason():
    world = make_world().accept()
    review = ProductReview.objects.get(report=world.report)

    services.hide_review(actor=world.reviewer, review_id=review.pk, reason="개인정보")
    review.refresh_from_db()
    assert (review.status, review.hidden_reason) == (PublicationStatus.HIDDEN, "개인정보")
    services.show_review(actor=world.reviewer, review_id=review.pk)
    with pytest.raises(NotPermitted):
        services.hide_review(actor=world.supplier, review_id=review.pk, reason="나쁜 평")


def test_evidence_is_read_by_the_institution_and_pps_and_by_the_supplier_after_acceptance():
    world = make_world().end()
    kpi = world.use.kpis.first()
    stored = store_upload(
        actor=world.institution, upload=SimpleUploadedFile("증빙.pdf", PDF), purpose="feedback.evidence"
    )
    content = report_input(world.use)
    content = ReportInput(
        answers=content.answers,
        kpis={**content.kpis, kpi.pk: Measured(content.kpis[kpi.pk].value, "", (str(stored.pk),))},
        stars=4,
        review="좋습니다",
    )
    services.save_report(actor=world.institution, report_id=world.report.pk, content=content)
    result = world.report.kpis.get(kpi=kpi)
    assert list(files_of(target=result)) == [stored]

    def readers():
        return [
            perms.may_read_kpi_file(a, str(result.pk)) for a in (world.institution, world.reviewer, world.supplier)
        ]

    assert readers() == [True, True, False]
    services.submit_report(actor=world.institution, report_id=world.report.pk)
    assert readers() == [True, True, False]
    services.accept_report(actor=world.reviewer, report_id=world.report.pk)
    assert readers() == [True, True, True]
    assert perms.may_read_kpi_file(SupplierUserFactory(), str(result.pk)) is False


def test_the_notifications_of_the_way_all_have_their_letters():
    with TestCase.captureOnCommitCallbacks(execute=False):
        make_world().accept()

    from core.notifications import render

    for row in Notification.objects.filter(kind__startswith="feedback."):
        assert (bool(render(row, "subject")), bool(render(row, "body"))) == (True, True)
