"""What the supplier does with feedback: the right of reply, and the answers to improvement requests."""

from datetime import date

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.errors import NotPermitted
from feedback import perms
from feedback.enums import Fact, ImprovementAction, ReportStatus
from feedback.errors import AlreadyDone, NotEligible
from feedback.models import ImprovementRequest, PilotReport, SupplierReply
from feedback.services.use import tell_institution
from feedback.workflow import IMPROVEMENT_WORKFLOW


@transaction.atomic
def reply_to_report(*, actor: User, report_id: int, body: str) -> SupplierReply:
    """Reply once to an accepted report; the reply is published beside the public part."""
    report = PilotReport.objects.select_for_update(of=("self",)).select_related("use__product").get(pk=report_id)
    if not perms.may_reply(actor, report):
        raise NotPermitted
    if report.status != ReportStatus.ACCEPTED:
        raise NotEligible(_("A reply is possible once the report is accepted."))
    try:
        with transaction.atomic():
            reply = SupplierReply.objects.create(report=report, body=body, written_by=actor)
    except IntegrityError as error:
        raise AlreadyDone(_("Your company replied already. The reply is shown with the report.")) from error
    record(actor=actor, verb="reply", target=report)
    tell_institution(use=report.use, kind=Fact.REPLY_RECEIVED, url=reverse("feedback:report_detail", args=[report.pk]))
    return reply


@transaction.atomic
def accept_request(*, actor: User, request_id: int, answer: str, owner_name: str, due_on: date) -> ImprovementRequest:
    """Take an improvement request on, with a person in charge and a date."""
    return _answer(actor, request_id, ImprovementAction.ACCEPT, answer, owner_name=owner_name, due_on=due_on)


@transaction.atomic
def complete_request(*, actor: User, request_id: int, answer: str) -> ImprovementRequest:
    """Say that the improvement is made."""
    return _answer(actor, request_id, ImprovementAction.COMPLETE, answer)


@transaction.atomic
def decline_request(*, actor: User, request_id: int, answer: str) -> ImprovementRequest:
    """Say why the improvement is not made."""
    return _answer(actor, request_id, ImprovementAction.DECLINE, answer)


def _answer(
    actor: User,
    request_id: int,
    action: ImprovementAction,
    answer: str,
    owner_name: str = "",
    due_on: date | None = None,
) -> ImprovementRequest:
    request = (
        ImprovementRequest.objects.select_for_update(of=("self",))
        .select_related("report__use__product")
        .get(pk=request_id)
    )
    if request.report.status != ReportStatus.ACCEPTED:
        raise NotEligible(_("Improvement requests are answered once the report is accepted."))
    before = IMPROVEMENT_WORKFLOW.advance(request, action, actor)
    request.answer, request.answered_at = answer, timezone.now()
    if action == ImprovementAction.ACCEPT:
        request.owner_name, request.due_on = owner_name, due_on
    request.save(update_fields=["status", "answer", "answered_at", "owner_name", "due_on"])
    record(actor=actor, verb=action, target=request, before=before, after=request.status, reason=answer)
    tell_institution(
        use=request.report.use,
        kind=Fact.REPLY_RECEIVED,
        url=reverse("feedback:report_detail", args=[request.report_id]),
    )
    return request
