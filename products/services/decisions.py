"""Decisions: a proposal and its second person, rejection, appeals."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import calendar
from core.audit import record
from core.clock import database_now
from core.errors import NotPermitted
from products import perms
from products.enums import ApplicationAction, ApplicationStatus, Fact
from products.errors import DatesInvalid, SecondPersonNeeded
from products.models import DesignationApplication
from products.services.case import locked_application, remember, tell_supplier
from products.workflow import APPLICATION_WORKFLOW

A = ApplicationAction


@transaction.atomic
def propose_designation(
    *, actor: Any, application_id: int, council_session: str, council_held_on: date, reason: str
) -> DesignationApplication:
    """The first of two people: the council has resolved to designate. The state does not change yet.

    Raises:
        NotPermitted: not a case for deciding, or not at the council.
        DatesInvalid: the council meets in the future.
    """
    application = locked_application(application_id=application_id)
    if (
        not perms.may_decide(actor, application)
        or application.status != ApplicationStatus.COUNCIL_DELIBERATION
        or application.is_proposed
    ):
        raise NotPermitted(_("Only a case at the council that nobody has proposed yet can be proposed."))
    if council_held_on > calendar.today():
        raise DatesInvalid(_("The council's session cannot lie in the future."))
    application.council_session, application.council_held_on = council_session, council_held_on
    application.decision_reason = reason
    application.proposed_by, application.proposed_at = actor, database_now()
    application.save(
        update_fields=[
            "council_session",
            "council_held_on",
            "decision_reason",
            "proposed_by",
            "proposed_at",
            "updated_at",
        ]
    )
    record(
        actor=actor,
        verb="propose",
        target=application,
        before=application.status,
        after=application.status,
        reason=reason,
    )
    return application


@transaction.atomic
def take_back_proposal(*, actor: Any, application_id: int, reason: str) -> DesignationApplication:
    """Undo the proposal, for example because the second person found a mistake in it."""
    application = locked_application(application_id=application_id)
    if not perms.may_decide(actor, application) or not application.is_proposed or not application.is_in_review:
        raise NotPermitted(_("There is no proposal to take back."))
    application.proposed_by = application.proposed_at = None
    application.save(update_fields=["proposed_by", "proposed_at", "updated_at"])
    record(
        actor=actor,
        verb="take_back_proposal",
        target=application,
        before=application.status,
        after=application.status,
        reason=reason,
    )
    return application


def require_second_person(*, application: DesignationApplication, actor: Any) -> None:
    """Four eyes on a designation.

    Raises:
        SecondPersonNeeded: the actor is the one who proposed it.
    """
    if application.proposed_by_id == actor.pk:
        raise SecondPersonNeeded(
            _("You proposed this designation. A second person of the designation desk has to approve it.")
        )


def _decide(application: DesignationApplication, action: ApplicationAction, actor: Any, reason: str) -> None:
    before = APPLICATION_WORKFLOW.advance(application, action, actor)
    application.decided_by, application.decided_at = actor, database_now()
    application.decision_reason = reason
    application.save(update_fields=["status", "decided_by", "decided_at", "decision_reason", "updated_at"])
    remember(actor=actor, application=application, action=action, before=before, note=reason)
    tell_supplier(application=application, kind=Fact.APPLICATION_DECIDED, reason=reason)


@transaction.atomic
def reject_application(*, actor: Any, application_id: int, reason: str) -> DesignationApplication:
    """Not designated; the supplier reads the reason and may appeal once."""
    application = locked_application(application_id=application_id)
    _decide(application, A.REJECT, actor, reason)
    return application


@transaction.atomic
def declare_ineligible(*, actor: Any, application_id: int, reason: str) -> DesignationApplication:
    """The application does not meet the entry requirements."""
    application = locked_application(application_id=application_id)
    _decide(application, A.DECLARE_INELIGIBLE, actor, reason)
    return application


@transaction.atomic
def uphold_appeal(*, actor: Any, application_id: int, reason: str) -> DesignationApplication:
    """The appeal was right: the case is judged again from the document check."""
    application = locked_application(application_id=application_id)
    before = APPLICATION_WORKFLOW.advance(application, A.UPHOLD_APPEAL, actor)
    application.decided_by = application.decided_at = None
    application.decision_reason = ""
    application.proposed_by = application.proposed_at = None
    application.save(
        update_fields=[
            "status",
            "decided_by",
            "decided_at",
            "decision_reason",
            "proposed_by",
            "proposed_at",
            "updated_at",
        ]
    )
    remember(actor=actor, application=application, action=A.UPHOLD_APPEAL, before=before, note=reason)
    tell_supplier(application=application, kind=Fact.APPLICATION_MOVED)
    return application


@transaction.atomic
def dismiss_appeal(*, actor: Any, application_id: int, reason: str) -> DesignationApplication:
    """The decision stands."""
    application = locked_application(application_id=application_id)
    _decide(application, A.DISMISS_APPEAL, actor, reason)
    return application
