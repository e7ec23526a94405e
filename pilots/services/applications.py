"""The institution's application: drafted, submitted, changed until the closing time, withdrawn."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.perms import may_approve_for, organization_of
from core.audit import record
from core.clock import database_now
from core.errors import IllegalTransition, NotPermitted
from core.money import format_krw
from core.numbering import next_number
from core.receipts import issue_receipt
from pilots.enums import ApplicationAction, ApplicationStatus, Fact, PlanStatus, RoundStatus
from pilots.errors import Gap, Incomplete, RoundClosed
from pilots.models import ApplicationSite, PilotApplication, PilotRound, PilotUsePlan
from pilots.perms import may_apply, may_write_application
from pilots.selectors.applications import submission_needs_approver
from pilots.services.completeness import application_gaps
from pilots.services.editing import check_unchanged, take_files
from pilots.services.locking import lock_application, lock_institution, share_round
from pilots.services.telling import tell_institution
from pilots.workflow import APPLICATION_WORKFLOW

EDITABLE = (
    "requested_units",
    "min_units",
    "priority",
    "site_name",
    "site_address",
    "site_district",
    "site_province_id",
    "is_security_site",
    "problem",
    "use_plan",
    "expected_effect",
    "responsible_person",
    "operating_budget_krw",
    "follow_up_budget_krw",
    "follow_up_plan",
    "claims",
    "is_exempt",
    "exempt_reason",
    "letter_number",
    "letter_on",
    "has_pledged",
)
# What an earlier application cannot answer for another product, round or institution's order.
_NOT_COPIED = (
    "requested_units",
    "min_units",
    "priority",
    "claims",
    "is_exempt",
    "exempt_reason",
    "letter_number",
    "letter_on",
    "has_pledged",
)


def _taken_at(pilot_round: PilotRound) -> datetime:
    """The moment of the submission by the database's clock, read while the round's row is held; raises when shut.

    The same reading decides and is stored, so nothing is ever accepted with a time after the closing.
    """
    now = database_now()
    if pilot_round.status == RoundStatus.OPEN and now < pilot_round.opens_at:
        raise RoundClosed(_("The round opens later. Your draft is kept; submit it after the opening time."))
    if pilot_round.status != RoundStatus.OPEN or now >= pilot_round.closes_at:
        raise RoundClosed(_("The round is closed. Your draft is kept, but it cannot be submitted any more."))
    return now


@transaction.atomic
def start_application(*, actor: User, plan_id: int, copy_from_id: int | None = None) -> PilotApplication:
    """Begin an application for a product of an open round; an unfinished one is given back.

    Args:
        copy_from_id: an earlier application of the same institution whose texts are taken over.

    Raises:
        NotPermitted: the actor does not work for a confirmed institution.
        RoundClosed: the product cannot be applied for now.
    """
    organization = organization_of(actor)
    if not may_apply(actor) or organization is None:
        raise NotPermitted
    plan = PilotUsePlan.objects.select_for_update(of=("self",)).select_related("round", "product").get(pk=plan_id)
    existing = PilotApplication.objects.filter(plan=plan, institution=organization).exclude(
        status__in=[ApplicationStatus.WITHDRAWN, ApplicationStatus.INVALID]
    )
    if found := existing.first():
        return found
    if plan.status != PlanStatus.APPROVED or plan.round.status != RoundStatus.OPEN:
        raise RoundClosed(_("This product cannot be applied for at present. Look at the open rounds."))
    if database_now() >= plan.round.closes_at:
        raise RoundClosed(_("The round is closed, so no further application can be begun."))
    last = PilotApplication.objects.filter(round=plan.round, institution=organization).aggregate(last=Max("priority"))
    application = PilotApplication(
        round=plan.round,
        plan=plan,
        institution=organization,
        officer=actor,
        requested_units=plan.min_units,
        min_units=plan.min_units,
        priority=(last["last"] or 0) + 1,
        site_name=organization.name,
        site_address=organization.address,
        site_district=organization.district,
        site_province_id=organization.province_id,
        responsible_person=actor.name,
    )
    if copy_from_id is not None:
        _copy(application, actor, copy_from_id)
    application.save()
    record(actor=actor, verb="start", target=application, after=application.status)
    return application


def _copy(application: PilotApplication, actor: User, source_id: int) -> None:
    source = PilotApplication.objects.filter(pk=source_id).first()
    if source is None or not may_write_application(actor, source):
        raise NotPermitted
    for name in EDITABLE:
        if name not in _NOT_COPIED:
            setattr(application, name, getattr(source, name))


def _write(application: PilotApplication, values: Mapping[str, Any]) -> None:
    for name in EDITABLE:
        if name in values:
            setattr(application, name, values[name])
    if not application.is_exempt:
        application.exempt_reason = ""


def _write_sites(application: PilotApplication, sites: Sequence[Mapping[str, Any]] | None) -> None:
    if sites is None:
        return
    application.further_sites.all().delete()
    ApplicationSite.objects.bulk_create(
        ApplicationSite(application=application, order=order, **site) for order, site in enumerate(sites)
    )


@transaction.atomic
def save_application(
    *,
    actor: User,
    application_id: int,
    values: Mapping[str, Any],
    sites: Sequence[Mapping[str, Any]] | None = None,
    file_ids: Sequence[str] = (),
    drop_ids: Sequence[str] = (),
    seen: str = "",
) -> PilotApplication:
    """Keep a draft as it is now, complete or not, even after the round has closed.

    Args:
        sites: further places of use, which replace the earlier ones.
        drop_ids: attachments to take off.
        seen: the stamp the form was opened with.

    Raises:
        NotPermitted: it is another institution's.
        IllegalTransition: it was submitted already.
        EditConflict: a colleague saved it meanwhile.
    """
    application = lock_application(application_id=application_id)
    if not may_write_application(actor, application):
        raise NotPermitted
    if application.status != ApplicationStatus.DRAFT:
        raise IllegalTransition(_("The application was submitted. Change it there until the closing time."))
    check_unchanged(actor=actor, row=application, seen=seen)
    _write(application, values)
    application.officer = actor
    application.save()
    _write_sites(application, sites)
    take_files(actor=actor, row=application, file_ids=file_ids, drop_ids=drop_ids)
    record(actor=actor, verb="save", target=application, after=application.status)
    return application


def _check_priority(application: PilotApplication) -> None:
    """Among submitted applications of an institution every rank occurs once."""
    clash = (
        PilotApplication.objects.filter(
            round_id=application.round_id,
            institution_id=application.institution_id,
            priority=application.priority,
        )
        .counted()
        .exclude(pk=application.pk)
        .select_related("plan__product")
        .first()
    )
    if clash is not None:
        text = _("Priority %(rank)s is already taken by your application for “%(product)s”. Choose another.")
        values = {"rank": application.priority, "product": clash.plan.product.name}
        raise Incomplete(gaps=[Gap(text % values, "priority")])


def _receipt(actor: User, application: PilotApplication, *, title: str = "") -> None:
    plan = application.plan
    issue_receipt(
        actor=actor,
        kind="pilots.application",
        target=application,
        title=(title or _("Pilot-use application %(number)s")) % {"number": application.number},
        lines=[
            (_("Round"), application.round.number),
            (_("Product"), plan.product.name),
            (_("Institution"), application.institution.name),
            (_("Units asked for"), application.requested_units),
            (_("Fewest units"), application.min_units),
            (_("Priority"), application.priority),
            (_("Amount"), format_krw(application.requested_units * plan.unit_price_krw)),
            (_("Revision"), application.revision),
        ],
    )


@transaction.atomic
def submit_application(*, actor: User, application_id: int) -> PilotApplication:
    """Submit in time: the database's clock decides while the round's row is held. The draft survives a refusal.

    Raises:
        NotPermitted: not the actor's institution, or an approver has to submit.
        IllegalTransition: it was submitted already.
        RoundClosed: too early or too late.
        Incomplete: something is missing; the text says what.
    """
    application = _locked_to_submit(application_id)
    if refusal := APPLICATION_WORKFLOW.refusal(application, ApplicationAction.SUBMIT, actor):
        raise refusal
    if not may_apply(actor):
        raise NotPermitted(_("Your institution is not confirmed at present, so it cannot apply."))
    _check_approver(actor, application)
    submitted_at = _taken_at(application.round)
    if application.plan.status != PlanStatus.APPROVED:
        raise RoundClosed(_("This product has left the round. Your draft is kept."))
    if gaps := application_gaps(application=application):
        raise Incomplete(gaps=gaps)
    _check_priority(application)
    before = APPLICATION_WORKFLOW.advance(application, ApplicationAction.SUBMIT, actor)
    application.submitted_at = submitted_at
    application.revision = 1
    # The counter is a bottleneck of its own row, so it comes last before the write.
    number = next_number(f"pilots.application:{application.round.number}")
    application.number = f"AP-{application.round.number}-{number:05}"
    # What colleagues told each other about the draft stays in the institution's own history.
    application.sent_back_at, application.sent_back_by, application.sent_back_remark = None, None, ""
    sent_back = ["sent_back_at", "sent_back_by", "sent_back_remark"]
    application.save(update_fields=["status", "submitted_at", "revision", "number", *sent_back])
    record(actor=actor, verb=ApplicationAction.SUBMIT, target=application, before=before, after=application.status)
    _receipt(actor, application)
    tell_institution(application=application, fact=Fact.APPLICATION_SUBMITTED, units=application.requested_units)
    return application


def _locked_to_submit(application_id: int) -> PilotApplication:
    """Round shared, institution and application locked, in this order."""
    keys = PilotApplication.objects.values_list("round_id", "institution_id").get(pk=application_id)
    share_round(round_id=keys[0])
    lock_institution(organization_id=keys[1])
    return lock_application(application_id=application_id)


def _check_approver(actor: User, application: PilotApplication) -> None:
    if not may_approve_for(actor, application.institution_id) and submission_needs_approver(
        organization_id=application.institution_id
    ):
        raise NotPermitted(_("An approver of your institution has to submit this. Ask for the approval."))


@transaction.atomic
def change_application(
    *,
    actor: User,
    application_id: int,
    values: Mapping[str, Any],
    sites: Sequence[Mapping[str, Any]] | None = None,
    file_ids: Sequence[str] = (),
    drop_ids: Sequence[str] = (),
    seen: str = "",
) -> PilotApplication:
    """Change a submitted application until the closing time; the change gets a receipt of its own.

    Raises:
        NotPermitted, IllegalTransition: not the actor's, or not submitted.
        RoundClosed: the closing time has passed; what was submitted stays as it is.
        Incomplete: the change would leave something missing.
        EditConflict: a colleague changed it meanwhile.
    """
    application = _locked_to_submit(application_id)
    if not may_write_application(actor, application):
        raise NotPermitted
    _check_approver(actor, application)
    if application.status != ApplicationStatus.SUBMITTED:
        raise IllegalTransition(_("Only a submitted application can be changed, and only until the closing time."))
    if application.round.status != RoundStatus.OPEN or database_now() >= application.round.closes_at:
        raise RoundClosed(_("The round is closed. What you submitted before stays as it was."))
    check_unchanged(actor=actor, row=application, seen=seen)
    _write(application, values)
    _write_sites(application, sites)
    take_files(actor=actor, row=application, file_ids=file_ids, drop_ids=drop_ids)
    if gaps := application_gaps(application=application):
        raise Incomplete(gaps=gaps)
    _check_priority(application)
    application.revision += 1
    application.save()
    record(actor=actor, verb="change", target=application, details={"revision": application.revision})
    _receipt(actor, application)
    return application


@transaction.atomic
def withdraw_application(*, actor: User, application_id: int, reason: str = "") -> PilotApplication:
    """Take an application back before matching, or leave the waitlist.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
    """
    # The freeze takes the round's row: a withdrawal is either in time or sees that matching has begun.
    application = _locked_to_submit(application_id)
    before = APPLICATION_WORKFLOW.advance(application, ApplicationAction.WITHDRAW, actor)
    application.save(update_fields=["status"])
    record(
        actor=actor,
        verb=ApplicationAction.WITHDRAW,
        target=application,
        before=before,
        after=application.status,
        reason=reason,
    )
    _receipt(actor, application, title=_("Withdrawal of pilot-use application %(number)s"))
    tell_institution(application=application, fact=Fact.APPLICATION_WITHDRAWN, officer=actor.name)
    return application


@transaction.atomic
def discard_application(*, actor: User, application_id: int) -> None:
    """Throw a draft away; the audit log remembers that there was one.

    Raises:
        NotPermitted, IllegalTransition: not the actor's, or not a draft.
    """
    application = lock_application(application_id=application_id)
    if not may_write_application(actor, application):
        raise NotPermitted
    if application.status != ApplicationStatus.DRAFT:
        raise IllegalTransition(_("Only a draft can be thrown away. Withdraw a submitted application instead."))
    record(actor=actor, verb="discard", target=application, before=application.status)
    application.delete()


@transaction.atomic
def invalidate_application(*, actor: User, application_id: int, reason: str) -> PilotApplication:
    """Declare an application invalid (no official letter, institution closed, ...).

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        Incomplete: no reason.
    """
    application = _locked_to_submit(application_id)
    if not reason.strip():
        raise Incomplete(_("Say why the application is invalid."))
    before = APPLICATION_WORKFLOW.advance(application, ApplicationAction.INVALIDATE, actor)
    application.invalid_reason = reason
    application.save(update_fields=["status", "invalid_reason"])
    record(
        actor=actor,
        verb=ApplicationAction.INVALIDATE,
        target=application,
        before=before,
        after=application.status,
        reason=reason,
    )
    tell_institution(application=application, fact=Fact.APPLICATION_INVALID, reason=reason)
    return application
