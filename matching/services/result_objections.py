"""Objections to a published result: filed within the deadline, answered with the explanation."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.enums import PpsRole
from accounts.models import Organization, User
from accounts.perms import acts_for, organization_of
from accounts.selectors import members_of, pps_staff
from core.audit import record
from core.calendar import today
from core.clock import database_now
from core.errors import NotPermitted
from core.models import Receipt
from core.notifications import notify_all
from core.numbering import next_number
from core.receipts import issue_receipt
from core.uploads import attach_files
from matching.enums import Fact
from matching.errors import ObjectionRefused
from matching.models import MatchingRun, ResultObjection
from matching.selectors import current_run, objection_due_on, unmatched_plans
from matching.workflow import RESULT_OBJECTION_WORKFLOW
from pilots.enums import ApplicationStatus, ObjectionAction, ObjectionStatus
from pilots.models import PilotApplication

DECIDED_BY_MATCHING = frozenset(
    {
        ApplicationStatus.MATCHED,
        ApplicationStatus.WAITLISTED,
        ApplicationStatus.NOT_MATCHED,
        ApplicationStatus.CONFIRMED,
    }
)


@transaction.atomic
def object_as_institution(
    *, actor: User, application_id: int, text: str, file_ids: Sequence[str] = ()
) -> tuple[ResultObjection, Receipt]:
    """Object to what came of one's application.

    Raises:
        NotPermitted: another institution's application.
        ObjectionRefused: no reason, no public result, too late, or an objection waits already.
    """
    application = (
        PilotApplication.objects.select_for_update(of=("self",))
        .select_related("round__rule_set", "plan__product", "institution")
        .get(pk=application_id)
    )
    if not acts_for(actor, application.institution_id):
        raise NotPermitted
    if application.status not in DECIDED_BY_MATCHING:
        raise ObjectionRefused(_("There is no result of this application that could be objected to."))
    run = _open_result(application.round_id)
    return _file(actor, run, text, file_ids, application=application)


@transaction.atomic
def object_as_supplier(
    *, actor: User, plan_id: int, text: str, file_ids: Sequence[str] = ()
) -> tuple[ResultObjection, Receipt]:
    """Object to a result in which one's product found nobody.

    Raises:
        NotPermitted: another company's product.
        ObjectionRefused: as above, or the product did find institutions.
    """
    plan = unmatched_plans(actor=actor).filter(pk=plan_id).first()
    if plan is None or not acts_for(actor, plan.supplier_id):
        raise NotPermitted
    run = _open_result(plan.round_id)
    return _file(actor, run, text, file_ids, plan=plan)


def _open_result(round_id: int) -> MatchingRun:
    run = current_run(round_id=round_id)
    if run is None:
        raise ObjectionRefused(_("The result is not public yet."))
    due = objection_due_on(run=run)
    if today() > due:
        raise ObjectionRefused(_("Objections were possible until %(due)s.") % {"due": due.isoformat()})
    return run


def _file(
    actor: User, run: MatchingRun, text: str, file_ids: Sequence[str], **about: Any
) -> tuple[ResultObjection, Receipt]:
    if not text.strip():
        raise ObjectionRefused(_("Say what you object to and why."), field="text")
    if ResultObjection.objects.waiting().filter(**about).exists():
        raise ObjectionRefused(_("Your organization has objected already; the decision is awaited."))
    organization = organization_of(actor)
    if organization is None:
        raise NotPermitted
    pilot_round = run.round
    objection = ResultObjection.objects.create(
        number=f"RO-{pilot_round.number}-{next_number(f'matching.objection:{pilot_round.pk}'):04d}",
        run=run,
        organization=organization,
        raised_by=actor,
        raised_at=database_now(),
        text=text.strip(),
        **about,
    )
    files = attach_files(actor=actor, file_ids=file_ids, target=objection, purpose="matching.objection")
    record(actor=actor, verb="object", target=objection, after=objection.status, details={"files": len(files)})
    staff = pps_staff(role=PpsRole.MATCHER) | pps_staff(role=PpsRole.APPROVER)
    notify_all(
        recipients=staff.distinct(),
        kind=Fact.RESULT_OBJECTION_RAISED,
        url=f"/admin/matching/resultobjection/{objection.pk}/change/",
        number=objection.number,
        organization=organization.name,
        product=_product(objection),
    )
    return objection, _receipt(actor, objection, organization, len(files))


def _product(objection: ResultObjection) -> str:
    plan = objection.plan or (objection.application.plan if objection.application else None)
    return plan.product.name if plan else ""


def _receipt(actor: User, objection: ResultObjection, organization: Organization, file_count: int) -> Receipt:
    application = objection.application
    return issue_receipt(
        actor=actor,
        kind="matching.result_objection",
        target=objection,
        title=_("Objection to a matching result"),
        lines=[
            (_("Objection"), objection.number),
            (_("Organization"), organization.name),
            (_("Product"), _product(objection)),
            *([(_("Application"), application.number)] if application else []),
            (_("Files"), file_count),
        ],
    )


@transaction.atomic
def uphold_result_objection(
    *, actor: User, objection_id: int, answer: str, correction: Mapping[str, int]
) -> ResultObjection:
    """Agree with an objection and say what a corrected run is to change; nothing changes before that is approved.

    Raises:
        NotPermitted: the actor approved the result objected to, or has no say.
        IllegalTransition: it was decided already.
        ObjectionRefused: no answer, or nothing to correct.
    """
    if not correction:
        raise ObjectionRefused(_("Say what the corrected run changes: a score, units, or a limit of the product."))
    return _decide(actor, objection_id, ObjectionAction.UPHOLD, answer, dict(correction))


@transaction.atomic
def dismiss_result_objection(*, actor: User, objection_id: int, answer: str) -> ResultObjection:
    """Disagree with an objection, with the explanation. Raises as upholding does."""
    return _decide(actor, objection_id, ObjectionAction.DISMISS, answer, {})


def _decide(
    actor: User, objection_id: int, action: ObjectionAction, answer: str, correction: dict[str, int]
) -> ResultObjection:
    objection = (
        ResultObjection.objects.select_for_update(of=("self",))
        .select_related("run", "application__plan__product", "plan__product")
        .get(pk=objection_id)
    )
    if not answer.strip():
        raise ObjectionRefused(_("Give the answer. The organization reads it."), field="answer")
    before = RESULT_OBJECTION_WORKFLOW.advance(objection, action, actor)
    objection.answer, objection.correction = answer.strip(), correction
    objection.decided_by, objection.decided_at = actor, database_now()
    objection.save(update_fields=["status", "answer", "correction", "decided_by", "decided_at"])
    record(
        actor=actor,
        verb=action,
        target=objection,
        before=before,
        after=objection.status,
        reason=objection.answer,
        details={"correction": correction},
    )
    notify_all(
        recipients=members_of(organization_id=objection.organization_id),
        kind=Fact.RESULT_OBJECTION_DECIDED,
        url=f"/my/objections/{objection.pk}/",
        number=objection.number,
        product=_product(objection),
        upheld=objection.status == ObjectionStatus.UPHELD,
        answer=objection.answer,
    )
    return objection
