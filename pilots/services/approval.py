"""Inside one institution: an officer asks the approvers to submit, an approver sends the draft back with a remark."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.selectors import approvers_of, members_of
from core.audit import record
from core.errors import IllegalTransition, NotPermitted
from core.notifications import notify_all
from pilots.enums import ApplicationAction, ApplicationStatus, Fact
from pilots.errors import Gap, Incomplete
from pilots.models import PilotApplication
from pilots.perms import may_send_back
from pilots.selectors.applications import page_of
from pilots.services.completeness import application_gaps
from pilots.services.locking import lock_application
from pilots.workflow import APPLICATION_WORKFLOW

_WRITTEN = ["approval_requested_at", "approval_requested_by", "sent_back_at", "sent_back_by", "sent_back_remark"]


@transaction.atomic
def request_approval(*, actor: User, application_id: int) -> PilotApplication:
    """Ask the approvers of one's institution to submit a finished draft; an earlier remark is answered by it.

    Raises:
        NotPermitted, IllegalTransition: not the actor's, or not a draft.
        Incomplete: something is missing.
    """
    application = lock_application(application_id=application_id)
    if refusal := APPLICATION_WORKFLOW.refusal(application, ApplicationAction.SUBMIT, actor):
        raise refusal
    if gaps := application_gaps(application=application):
        raise Incomplete(gaps=gaps)
    application.approval_requested_at, application.approval_requested_by = timezone.now(), actor
    application.sent_back_at = application.sent_back_by = None
    application.sent_back_remark = ""
    application.save(update_fields=_WRITTEN)
    record(actor=actor, verb="request_approval", target=application)
    notify_all(
        recipients=approvers_of(organization_id=application.institution_id),
        kind=Fact.APPROVAL_REQUESTED,
        url=page_of(application=application),
        product=application.plan.product.name,
        round=application.round.number,
        officer=actor.name,
    )
    return application


@transaction.atomic
def send_back(*, actor: User, application_id: int, remark: str) -> PilotApplication:
    """Give a draft back to the officer who asked for the approval, with what should change.

    Raises:
        NotPermitted: the actor is no approver of the institution.
        IllegalTransition: nobody asked, somebody else sent it back already, or it is submitted.
        Incomplete: no remark.
    """
    application = lock_application(application_id=application_id)
    if not may_send_back(actor, application):
        raise NotPermitted(_("Only an approver of the institution can send the application back."))
    if application.status != ApplicationStatus.DRAFT or application.approval_requested_at is None:
        raise IllegalTransition(_("Nobody waits for an approval of this application any more."))
    if not remark.strip():
        raise Incomplete(gaps=[Gap(_("Write what the officer should change."), "remark")])
    application.approval_requested_at = None
    application.sent_back_at, application.sent_back_by = timezone.now(), actor
    application.sent_back_remark = remark.strip()
    application.save(update_fields=_WRITTEN)
    # Not as the reason: the case page of PPS shows reasons, and what colleagues tell each other is not for reviewers.
    record(actor=actor, verb="send_back", target=application, details={"remark": application.sent_back_remark})
    # The officer who asked; everybody of the institution where he has left it meanwhile.
    people = members_of(organization_id=application.institution_id)
    asked = people.filter(pk=application.approval_requested_by_id or 0)
    notify_all(
        recipients=asked if asked.exists() else people.exclude(pk=actor.pk),
        kind=Fact.APPROVAL_REFUSED,
        url=page_of(application=application),
        product=application.plan.product.name,
        round=application.round.number,
        approver=actor.name,
        remark=application.sent_back_remark,
    )
    return application
