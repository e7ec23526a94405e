"""The result report: drafting, submitting, returning, accepting; and the moderation of what is public."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.calendar import add_working_days, today
from core.errors import NotPermitted
from core.models import Receipt
from core.receipts import issue_receipt
from core.uploads import attach_files
from feedback import perms
from feedback.enums import (
    Fact,
    PublicationAction,
    ReportAction,
    ReportStatus,
    UseAction,
)
from feedback.errors import AlreadyDone, ReportIncomplete
from feedback.models import (
    RATINGS,
    ImprovementRequest,
    PilotReport,
    ProductReview,
    ReportKpi,
    ServiceImprovement,
    SupplierReply,
)
from feedback.services.links import admin_url
from feedback.services.rules import rules_for
from feedback.services.use import locked_use, tell_institution, tell_staff, tell_supplier
from feedback.signals import report_accepted
from feedback.workflow import REPLY_WORKFLOW, REPORT_WORKFLOW, REVIEW_WORKFLOW, USE_WORKFLOW
from pilots import services as pilots

EDITABLE = (
    "used_days",
    "used_hours",
    "user_count",
    *(f"rating_{name}" for name in RATINGS),
    "satisfaction",
    "public_summary",
    "public_strengths",
    "public_limits",
    "private_defects",
    "private_notes",
    "purchase_intention",
    "purchase_units",
    "purchase_when",
    "purchase_budget_krw",
    "continue_plan",
    "continue_note",
    "may_publish",
    "signed_by_name",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """The end value of one agreed indicator, with how it was measured and the files that prove it."""

    value: Decimal | None
    note: str = ""
    file_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Improvement:
    """A public service before and after."""

    item: str
    before: Decimal
    after: Decimal
    unit: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportInput:
    """Everything the report form holds. ``answers`` are the plain fields, by name."""

    answers: Mapping[str, Any]
    kpis: Mapping[int, Measured] = field(default_factory=dict)
    improvements: Sequence[Improvement] = ()
    requests: Sequence[str] = ()
    stars: int | None = None
    review: str = ""
    photo_ids: Sequence[str] = ()


@transaction.atomic
def save_report(*, actor: User, report_id: int, content: ReportInput) -> PilotReport:
    """Keep the draft as it is, complete or not. ``content.kpis`` is keyed by the agreed indicator."""
    report = _locked_report(report_id)
    if not perms.may_write_report(actor, report):
        raise NotPermitted
    if report.status not in {ReportStatus.DRAFT, ReportStatus.RETURNED}:
        raise AlreadyDone(_("The report was submitted already and cannot be changed."))
    changed = [name for name in EDITABLE if name in content.answers]
    for name in changed:
        setattr(report, name, content.answers[name])
    report.save(update_fields=changed)
    _save_parts(actor, report, content)
    attach_files(actor=actor, file_ids=list(content.photo_ids), target=report, purpose="feedback.photo")
    record(actor=actor, verb="save", target=report)
    return report


def _save_parts(actor: User, report: PilotReport, content: ReportInput) -> None:
    for result in report.kpis.select_for_update(of=("self",)):
        measured = content.kpis.get(result.kpi_id)
        if measured is not None:
            result.measured, result.note = measured.value, measured.note
            result.save(update_fields=["measured", "note"])
            attach_files(actor=actor, file_ids=list(measured.file_ids), target=result, purpose="feedback.evidence")
    report.improvements.all().delete()
    ServiceImprovement.objects.bulk_create(
        ServiceImprovement(
            report=report, item=row.item, unit=row.unit, before=row.before, after=row.after, note=row.note
        )
        for row in content.improvements
    )
    report.requests.all().delete()
    ImprovementRequest.objects.bulk_create(ImprovementRequest(report=report, text=text) for text in content.requests)
    if content.stars:
        ProductReview.objects.update_or_create(
            report=report, defaults={"stars": content.stars, "body": content.review}
        )


def missing_parts(*, report: PilotReport) -> list[str]:
    """What a report still lacks, in the words of the form; empty when it can be submitted."""
    missing = [str(_label(report, f"rating_{name}")) for name in RATINGS if getattr(report, f"rating_{name}") is None]
    missing += [str(_label(report, name)) for name in ("used_days", "user_count") if getattr(report, name) is None]
    for name in ("public_summary", "purchase_intention", "continue_plan", "signed_by_name"):
        if not getattr(report, name):
            missing.append(str(_label(report, name)))
    unmeasured = ReportKpi.objects.filter(report=report, measured=None).select_related("kpi").order_by("kpi__order")
    missing += [result.kpi.name for result in unmeasured]
    review = ProductReview.objects.filter(report=report).first()
    if review is None or not review.body:
        missing.append(_("product review with stars"))
    return missing


def _label(report: PilotReport, name: str) -> object:
    return getattr(report._meta.get_field(name), "verbose_name", name)


@transaction.atomic
def submit_report(*, actor: User, report_id: int) -> Receipt:
    """Hand the report in and return its receipt."""
    report = _locked_report(report_id)
    if REPORT_WORKFLOW.refusal(report, ReportAction.SUBMIT, actor) is None and (lacks := missing_parts(report=report)):
        raise ReportIncomplete(_("The report still lacks: %(items)s.") % {"items": ", ".join(lacks)})
    before = REPORT_WORKFLOW.advance(report, ReportAction.SUBMIT, actor)
    report.submitted_by, report.submitted_at = actor, timezone.now()
    report.is_late = report.is_late or today() > report.due_on
    report.save(update_fields=["status", "submitted_by", "submitted_at", "is_late"])
    use = locked_use(use_id=report.use_id)
    use_before = USE_WORKFLOW.advance(use, UseAction.REPORT, actor)
    use.save(update_fields=["status"])
    record(actor=actor, verb=ReportAction.SUBMIT, target=report, before=before, after=report.status)
    record(actor=actor, verb=UseAction.REPORT, target=use, before=use_before, after=use.status)
    tell_staff(
        kind=Fact.REPORT_SUBMITTED,
        url=admin_url(model="pilotreport", pk=report.pk),
        product=use.product.name,
        institution=use.institution.name,
    )
    return issue_receipt(
        actor=actor,
        kind="feedback.report",
        target=report,
        title=_("Pilot-use result report"),
        lines=[
            (_("Product"), use.product.name),
            (_("Supplier"), use.supplier.name),
            (_("Institution"), use.institution.name),
            (_("Pilot use"), f"{use.started_on} – {use.ended_on}"),
            (_("Indicators measured"), report.kpis.count()),
            (_("Public part released"), _("Yes") if report.may_publish else _("No")),
        ],
    )


@transaction.atomic
def return_report(*, actor: User, report_id: int, reason: str) -> PilotReport:
    """Send a report back with what is missing, and a new due date."""
    report = _locked_report(report_id)
    before = REPORT_WORKFLOW.advance(report, ReportAction.RETURN, actor)
    report.return_reason = reason
    report.due_on = add_working_days(today(), rules_for(on=today()).returned_days)
    report.save(update_fields=["status", "return_reason", "due_on"])
    use = locked_use(use_id=report.use_id)
    use_before = USE_WORKFLOW.advance(use, UseAction.REOPEN_REPORT, actor)
    use.save(update_fields=["status"])
    record(actor=actor, verb=ReportAction.RETURN, target=report, before=before, after=report.status, reason=reason)
    record(actor=actor, verb=UseAction.REOPEN_REPORT, target=use, before=use_before, after=use.status, reason=reason)
    tell_institution(
        use=use,
        kind=Fact.REPORT_RETURNED,
        url=reverse("feedback:report_edit", args=[report.pk]),
        reason=reason,
        due_on=str(report.due_on),
    )
    return report


@transaction.atomic
def accept_report(*, actor: User, report_id: int) -> PilotReport:
    """Take the report; from now on the supplier reads it, and the public part shows where it was released."""
    report = _locked_report(report_id)
    before = REPORT_WORKFLOW.advance(report, ReportAction.ACCEPT, actor)
    report.decided_by, report.decided_at = actor, timezone.now()
    report.save(update_fields=["status", "decided_by", "decided_at"])
    use = report.use
    record(actor=actor, verb=ReportAction.ACCEPT, target=report, before=before, after=report.status)
    if not report.is_late:
        pilots.record_institution_standing(
            institution_id=use.institution_id,
            points=rules_for(on=today()).on_time_points,
            reason=_("Result report in time"),
            reference=f"feedback.report:{report.pk}:on_time",
        )
    tell_institution(use=use, kind=Fact.REPORT_ACCEPTED)
    tell_supplier(
        use=use,
        kind=Fact.FEEDBACK_RECEIVED,
        url=reverse("feedback:feedback_detail", args=[report.pk]),
        reply_by=str(reply_by(report=report)),
    )
    report_accepted.send(sender=PilotReport, report_id=report.pk)
    return report


def reply_by(*, report: PilotReport) -> date | None:
    """Until when the supplier is asked to reply; a later reply is still taken."""
    if report.decided_at is None:
        return None
    day = timezone.localdate(report.decided_at)
    return add_working_days(day, rules_for(on=day).reply_days)


@transaction.atomic
def hide_review(*, actor: User, review_id: int, reason: str) -> ProductReview:
    """Take a review off the public page, for instance because it names a person."""
    review = ProductReview.objects.select_for_update(of=("self",)).get(pk=review_id)
    before = REVIEW_WORKFLOW.advance(review, PublicationAction.HIDE, actor)
    review.hidden_reason = reason
    review.save(update_fields=["status", "hidden_reason"])
    record(actor=actor, verb=PublicationAction.HIDE, target=review, before=before, after=review.status, reason=reason)
    return review


@transaction.atomic
def show_review(*, actor: User, review_id: int) -> ProductReview:
    """Show a hidden review again."""
    review = ProductReview.objects.select_for_update(of=("self",)).get(pk=review_id)
    before = REVIEW_WORKFLOW.advance(review, PublicationAction.SHOW, actor)
    review.save(update_fields=["status"])
    record(actor=actor, verb=PublicationAction.SHOW, target=review, before=before, after=review.status)
    return review


@transaction.atomic
def hide_reply(*, actor: User, reply_id: int, reason: str) -> SupplierReply:
    """Take a reply off the public page."""
    reply = SupplierReply.objects.select_for_update(of=("self",)).get(pk=reply_id)
    before = REPLY_WORKFLOW.advance(reply, PublicationAction.HIDE, actor)
    reply.hidden_reason = reason
    reply.save(update_fields=["status", "hidden_reason"])
    record(actor=actor, verb=PublicationAction.HIDE, target=reply, before=before, after=reply.status, reason=reason)
    return reply


@transaction.atomic
def show_reply(*, actor: User, reply_id: int) -> SupplierReply:
    """Show a hidden reply again."""
    reply = SupplierReply.objects.select_for_update(of=("self",)).get(pk=reply_id)
    before = REPLY_WORKFLOW.advance(reply, PublicationAction.SHOW, actor)
    reply.save(update_fields=["status"])
    record(actor=actor, verb=PublicationAction.SHOW, target=reply, before=before, after=reply.status)
    return reply


def _locked_report(report_id: int) -> PilotReport:
    # the use is the parent, so it is locked first, as everywhere
    use_id = PilotReport.objects.values_list("use_id", flat=True).get(pk=report_id)
    use = locked_use(use_id=use_id)
    report = PilotReport.objects.select_for_update(of=("self",)).get(pk=report_id)
    report.use = use
    return report
