"""The institution's application: drafted, submitted, changed until the closing time, withdrawn."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.perms import may_approve_for, organization_of
from accounts.selectors import approvers_of
from core.audit import record
from core.clock import database_now
from core.errors import IllegalTransition, NotPermitted
from core.money import format_krw
from core.notifications import notify_all
from core.numbering import next_number
from core.receipts import issue_receipt
from core.uploads import attach_files, files_of
from pilots.enums import ApplicationAction, ApplicationStatus, Fact, PlanStatus, RoundStatus
from pilots.errors import Incomplete, RoundClosed
from pilots.models import Interest, PilotApplication, PilotRound, PilotUsePlan
from pilots.perms import may_apply, may_write_application
from pilots.rules.schema import parse
from pilots.selectors.applications import page_of, submission_needs_approver
from pilots.selectors.rules import suits
from pilots.services.locking import lock_application, lock_institution, share_round
from pilots.services.telling import tell_institution
from pilots.services.wording import label_of
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
    "has_pledged",
)
_TEXTS = ("site_name", "site_address", "problem", "use_plan", "responsible_person")


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
        if name not in ("requested_units", "min_units", "priority", "is_exempt", "exempt_reason", "has_pledged"):
            setattr(application, name, getattr(source, name))


def _write(application: PilotApplication, values: Mapping[str, Any]) -> None:
    for name in EDITABLE:
        if name in values:
            setattr(application, name, values[name])
    if not application.is_exempt:
        application.exempt_reason = ""


@transaction.atomic
def save_application(
    *, actor: User, application_id: int, values: Mapping[str, Any], file_ids: Sequence[str] = ()
) -> PilotApplication:
    """Keep a draft as it is now, complete or not, even after the round has closed.

    Raises:
        NotPermitted: it is another institution's.
        IllegalTransition: it was submitted already.
    """
    application = lock_application(application_id=application_id)
    if not may_write_application(actor, application):
        raise NotPermitted
    if application.status != ApplicationStatus.DRAFT:
        raise IllegalTransition(_("The application was submitted. Change it there until the closing time."))
    _write(application, values)
    application.officer = actor
    application.save()
    if file_ids:
        attach_files(actor=actor, file_ids=file_ids, target=application, purpose="pilots.application")
    record(actor=actor, verb="save", target=application, after=application.status)
    return application


def application_gaps(*, application: PilotApplication) -> list[str]:
    """What is missing before the application can be submitted, each said so that it can be mended."""
    plan = application.plan
    rules = parse(application.round.rule_set.body)
    gaps = []
    if application.min_units < plan.min_units:
        gaps.append(_("The supplier delivers at least %(count)s units.") % {"count": plan.min_units})
    if application.requested_units > plan.max_units:
        gaps.append(_("The supplier offers at most %(count)s units.") % {"count": plan.max_units})
    if application.min_units > application.requested_units:
        gaps.append(_("The fewest units must not be above the units asked for."))
    if reason := suits(
        plan=plan, institution=application.institution, province_code=application.site_province_id or ""
    ):
        gaps.append(reason)
    if application.site_province_id is None:
        gaps.append(_("Choose the province of the site."))
    gaps += [
        _("Fill in “%(field)s”.") % {"field": label_of(row=application, name=name)}
        for name in _TEXTS
        if not getattr(application, name).strip()
    ]
    if application.claims and not files_of(target=application).exists():
        gaps.append(_("Attach the evidence for your claims."))
    if application.is_exempt and not application.exempt_reason:
        gaps.append(_("Say why no matching is needed."))
    if application.priority > rules.max_rank:
        gaps.append(_("Priorities go from 1 to %(count)s.") % {"count": rules.max_rank})
    if not application.has_pledged:
        gaps.append(_("Agree to the pledge to use the product, report and keep it."))
    return gaps


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
        raise Incomplete(
            _("Priority %(rank)s is already taken by your application for “%(product)s”. Choose another.")
            % {"rank": application.priority, "product": clash.plan.product.name}
        )


def _receipt(actor: User, application: PilotApplication) -> None:
    plan = application.plan
    issue_receipt(
        actor=actor,
        kind="pilots.application",
        target=application,
        title=_("Pilot-use application %(number)s") % {"number": application.number},
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
        raise Incomplete(" ".join(gaps))
    _check_priority(application)
    before = APPLICATION_WORKFLOW.advance(application, ApplicationAction.SUBMIT, actor)
    application.submitted_at = submitted_at
    application.revision = 1
    # The counter is a bottleneck of its own row, so it comes last before the write.
    number = next_number(f"pilots.application:{application.round.number}")
    application.number = f"AP-{application.round.number}-{number:05}"
    application.save(update_fields=["status", "submitted_at", "revision", "number"])
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
def request_approval(*, actor: User, application_id: int) -> PilotApplication:
    """Ask the approvers of one's institution to submit a finished draft.

    Raises:
        NotPermitted, IllegalTransition: not the actor's, or not a draft.
        Incomplete: something is missing.
    """
    application = lock_application(application_id=application_id)
    if refusal := APPLICATION_WORKFLOW.refusal(application, ApplicationAction.SUBMIT, actor):
        raise refusal
    if gaps := application_gaps(application=application):
        raise Incomplete(" ".join(gaps))
    application.approval_requested_at = timezone.now()
    application.save(update_fields=["approval_requested_at"])
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
def change_application(
    *, actor: User, application_id: int, values: Mapping[str, Any], file_ids: Sequence[str] = ()
) -> PilotApplication:
    """Change a submitted application until the closing time; the change gets a receipt of its own.

    Raises:
        NotPermitted, IllegalTransition: not the actor's, or not submitted.
        RoundClosed: the closing time has passed; what was submitted stays as it is.
        Incomplete: the change would leave something missing.
    """
    application = _locked_to_submit(application_id)
    if not may_write_application(actor, application):
        raise NotPermitted
    _check_approver(actor, application)
    if application.status != ApplicationStatus.SUBMITTED:
        raise IllegalTransition(_("Only a submitted application can be changed, and only until the closing time."))
    if application.round.status != RoundStatus.OPEN or database_now() >= application.round.closes_at:
        raise RoundClosed(_("The round is closed. What you submitted before stays as it was."))
    _write(application, values)
    if file_ids:
        attach_files(actor=actor, file_ids=file_ids, target=application, purpose="pilots.application")
    if gaps := application_gaps(application=application):
        raise Incomplete(" ".join(gaps))
    _check_priority(application)
    application.revision += 1
    application.save()
    record(actor=actor, verb="change", target=application, details={"revision": application.revision})
    _receipt(actor, application)
    return application


@transaction.atomic
def rank_applications(*, actor: User, round_id: int, order: Sequence[int]) -> list[PilotApplication]:
    """Put the institution's applications of an open round into a new order of priority, all in one step.

    Args:
        order: application ids, the most wanted first; those not named keep their order behind them.

    Raises:
        NotPermitted: the actor does not apply.
        RoundClosed: the closing time has passed.
    """
    organization = organization_of(actor)
    if not may_apply(actor) or organization is None:
        raise NotPermitted
    pilot_round = share_round(round_id=round_id)
    lock_institution(organization_id=organization.pk)
    if pilot_round.status != RoundStatus.OPEN or database_now() >= pilot_round.closes_at:
        raise RoundClosed(_("The round is closed, so the order can no longer be changed."))
    wanted = {pk: position for position, pk in enumerate(order)}
    rows = list(
        PilotApplication.objects.select_for_update(of=("self",))
        .filter(
            round=pilot_round,
            institution=organization,
            status__in=[ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED],
        )
        .order_by("priority", "pk")
    )
    rows.sort(key=lambda row: wanted.get(row.pk, len(wanted)))
    for rank, row in enumerate(rows, 1):
        row.priority = rank
    PilotApplication.objects.bulk_update(rows, ["priority"])
    record(actor=actor, verb="rank", target=pilot_round, details={"order": [row.pk for row in rows]})
    return rows


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


@transaction.atomic
def express_interest(*, actor: User, plan_id: int) -> bool:
    """Note (or, the second time, unnote) that the institution would like this product; True when noted.

    Raises:
        NotPermitted: the actor does not work for a confirmed institution.
    """
    organization = organization_of(actor)
    if not may_apply(actor) or organization is None:
        raise NotPermitted
    plan = PilotUsePlan.objects.select_for_update(of=("self",)).get(pk=plan_id)
    row, created = Interest.objects.get_or_create(plan=plan, institution=organization, defaults={"officer": actor})
    if not created:
        row.delete()
    record(actor=actor, verb="interest" if created else "no_interest", target=plan)
    return created
