"""The review of amount and scale: decisions with scores, questions, objections."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.perms import organization_of
from core.audit import record
from core.calendar import add_working_days, today
from core.errors import IllegalTransition, NotPermitted
from core.receipts import issue_receipt
from pilots.enums import (
    ApplicationAction,
    ApplicationStatus,
    ExemptReason,
    Fact,
    ObjectionAction,
    ObjectionStatus,
    ReviewDecision,
    ReviewReason,
    RoundStatus,
)
from pilots.errors import Incomplete, RuleBroken
from pilots.models import Objection, PilotApplication, ReviewQuestion, ScaleReview
from pilots.perms import may_object, may_review, may_write_application
from pilots.rules.schema import Rules, parse
from pilots.rules.scoring import Part
from pilots.selectors.absences import covered_for, covered_reviewers
from pilots.selectors.applications import objection_due
from pilots.selectors.rules import computed_parts
from pilots.services.locking import lock_application, share_round
from pilots.services.telling import tell_institution, tell_reviewers, tell_supplier
from pilots.workflow import APPLICATION_WORKFLOW, OBJECTION_WORKFLOW

_STEPS = {
    ReviewDecision.PASS: (ApplicationAction.PASS, Fact.REVIEW_PASSED),
    ReviewDecision.ADJUST: (ApplicationAction.ADJUST, Fact.REVIEW_ADJUSTED),
    ReviewDecision.REJECT: (ApplicationAction.REJECT, Fact.REVIEW_REJECTED),
}
REASON_MAX = 300


def score_sheet(
    *, parts: Sequence[Part], overrides: Mapping[str, tuple[int, str]] | None = None
) -> tuple[list[dict[str, Any]], int]:
    """The parts as they are stored, with a reviewer's changes and their reasons, and the score.

    Raises:
        Incomplete: a changed part without a reason.
    """
    changes = overrides or {}
    sheet: list[dict[str, Any]] = []
    for part in parts:
        points, reason = changes.get(part.code, (part.points, ""))
        if points != part.points and not reason.strip():
            raise Incomplete(_("Say why the points of %(code)s differ from the computed ones.") % {"code": part.code})
        sheet.append(
            {
                "code": part.code,
                "computed": part.points,
                "points": points,
                "reason": reason.strip()[:REASON_MAX] if points != part.points else "",
            }
        )
    return sheet, max(0, sum(row["points"] for row in sheet))


def _round_of(application_id: int) -> int:
    return PilotApplication.objects.values_list("round_id", flat=True).get(pk=application_id)


def _reviewed_units(application: PilotApplication, decision: str, units: int | None) -> int | None:
    if decision == ReviewDecision.REJECT:
        return None
    if decision == ReviewDecision.PASS:
        return application.requested_units
    if units is None or units < application.plan.min_units or units >= application.requested_units:
        raise RuleBroken(
            _("The changed quantity must lie between %(low)s and %(high)s.")
            % {"low": application.plan.min_units, "high": application.requested_units - 1}
        )
    return units


_REVIEW_FACTS = (
    "reviewer",
    "covered_for",
    "decision",
    "reason_code",
    "message",
    "score_parts",
    "score",
    "reviewed_at",
    "taken_back_at",
)


def _review_facts(
    actor: User,
    decision: str,
    reason_code: str,
    message: str,
    sheet: list[dict[str, Any]],
    score: int,
    covered: int | None,
) -> dict[str, Any]:
    return {
        "reviewer": actor,
        "covered_for_id": covered,
        "decision": decision,
        "reason_code": reason_code,
        "message": message,
        "score_parts": sheet,
        "score": score,
        "reviewed_at": timezone.now(),
        "taken_back_at": None,
    }


@transaction.atomic
def decide_application(
    *,
    actor: User,
    application_id: int,
    decision: str,
    units: int | None = None,
    reason_code: str = ReviewReason.NONE,
    message: str = "",
    overrides: Mapping[str, tuple[int, str]] | None = None,
    keeps_exemption: bool = True,
) -> PilotApplication:
    """Pass an application, pass it with fewer units, or reject it; the score is computed from the rule set.

    Args:
        units: the quantity after an adjustment, at least what the supplier delivers.
        overrides: points of a part other than computed, each with a reason, by code.
        keeps_exemption: whether the institution's claim that it needs no matching is accepted.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        Incomplete: an adjustment or rejection without reason, a changed part without one.
        RuleBroken: the changed quantity is out of range.
    """
    share_round(round_id=_round_of(application_id))
    application = lock_application(application_id=application_id)
    action, fact = _STEPS[ReviewDecision(decision)]
    if refusal := APPLICATION_WORKFLOW.refusal(application, action, actor):
        raise refusal
    if decision != ReviewDecision.PASS and not reason_code:
        raise Incomplete(_("Choose a reason for this decision."))
    if decision == ReviewDecision.REJECT and not message.strip():
        raise Incomplete(_("Write to the institution why its application did not pass."))
    application.reviewed_units = _reviewed_units(application, decision, units)
    rules = parse(application.round.rule_set.body)
    parts = computed_parts(applications=[application], rules=rules, year=application.round.year)[application.pk]
    sheet, score = score_sheet(parts=parts, overrides=overrides)
    before = APPLICATION_WORKFLOW.advance(application, action, actor)
    loses_exemption = application.is_exempt and not keeps_exemption
    if loses_exemption:
        application.is_exempt, application.exempt_reason = False, ExemptReason.NONE
    application.save(update_fields=["status", "reviewed_units", "is_exempt", "exempt_reason"])
    covered = covered_for(actor=actor, reviewer_id=application.plan.reviewer_id)
    facts = _review_facts(actor, decision, reason_code, message, sheet, score, covered)
    ScaleReview.objects.update_or_create(application=application, defaults=facts)
    record(
        actor=actor,
        verb=action,
        target=application,
        before=before,
        after=application.status,
        reason=message,
        details={
            "units": application.reviewed_units,
            "score": score,
            "reason_code": str(reason_code),
            "covered_for": covered,
        },
    )
    tell_institution(
        application=application,
        fact=fact,
        units=application.reviewed_units or 0,
        asked=application.requested_units,
        message=message,
        objection_due=_objection_due(rules),
        loses_exemption=loses_exemption,
    )
    return application


def _objection_due(rules: Rules) -> str:
    return add_working_days(today(), rules.deadline("objection")).isoformat()


@transaction.atomic
def pass_all(*, actor: User, round_id: int, application_ids: Sequence[int]) -> list[PilotApplication]:
    """Pass several applications as they are, in one step; those no longer under review are left alone.

    A claim to need no matching is never accepted in bulk: such applications are left to a decision of their own.

    Raises:
        NotPermitted: the actor does not review.
        IllegalTransition: the round is not under review.
    """
    if not may_review(actor):
        raise NotPermitted
    pilot_round = share_round(round_id=round_id)
    if pilot_round.status != RoundStatus.REVIEWING:
        raise IllegalTransition(_("The round is not under review."))
    rules = parse(pilot_round.rule_set.body)
    applications = list(
        PilotApplication.objects.select_for_update(of=("self",))
        .filter(round=pilot_round, pk__in=application_ids, status=ApplicationStatus.UNDER_REVIEW, is_exempt=False)
        .select_related("round", "plan__product", "plan__track", "plan__supplier", "institution")
        .order_by("pk")
    )
    all_parts = computed_parts(applications=applications, rules=rules, year=pilot_round.year)
    due = _objection_due(rules)
    away = covered_reviewers(actor=actor)
    reviews = []
    for application in applications:
        before = APPLICATION_WORKFLOW.advance(application, ApplicationAction.PASS, actor)
        application.reviewed_units = application.requested_units
        sheet, score = score_sheet(parts=all_parts[application.pk])
        covered = application.plan.reviewer_id if application.plan.reviewer_id in away else None
        facts = _review_facts(actor, ReviewDecision.PASS, ReviewReason.NONE, "", sheet, score, covered)
        reviews.append(ScaleReview(application=application, **facts))
        record(
            actor=actor,
            verb=ApplicationAction.PASS,
            target=application,
            before=before,
            after=application.status,
            details={"units": application.reviewed_units, "score": score, "in_bulk": True, "covered_for": covered},
        )
        tell_institution(
            application=application,
            fact=Fact.REVIEW_PASSED,
            units=application.requested_units,
            asked=application.requested_units,
            message="",
            objection_due=due,
        )
    ScaleReview.objects.bulk_create(
        reviews, batch_size=500, update_conflicts=True, unique_fields=["application"], update_fields=_REVIEW_FACTS
    )
    PilotApplication.objects.bulk_update(applications, ["status", "reviewed_units"], batch_size=500)
    if applications:
        details = {"applications": [row.pk for row in applications]}
        record(actor=actor, verb="pass_all", target=pilot_round, details=details)
    return applications


@transaction.atomic
def take_back_decision(*, actor: User, application_id: int, reason: str) -> PilotApplication:
    """Undo a mistaken decision before the freeze; the earlier sheet stays in the history.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        Incomplete: no reason.
    """
    share_round(round_id=_round_of(application_id))
    application = lock_application(application_id=application_id)
    if not reason.strip():
        raise Incomplete(_("Say why the decision is taken back."))
    before = APPLICATION_WORKFLOW.advance(application, ApplicationAction.REOPEN, actor)
    application.reviewed_units = None
    application.save(update_fields=["status", "reviewed_units"])
    review = ScaleReview.objects.select_for_update(of=("self",)).get(application=application)
    review.taken_back_at = timezone.now()
    review.save(update_fields=["taken_back_at"])
    record(
        actor=actor,
        verb=ApplicationAction.REOPEN,
        target=application,
        before=before,
        after=application.status,
        reason=reason,
    )
    return application


@transaction.atomic
def ask_question(*, actor: User, application_id: int, question: str) -> ReviewQuestion:
    """Ask the institution something; the answer is due after the days of the rule set.

    Raises:
        NotPermitted: the actor does not review.
        IllegalTransition: the application is not under review.
        Incomplete: no question.
    """
    application = lock_application(application_id=application_id)
    if not may_review(actor, application):
        raise NotPermitted
    if application.status != ApplicationStatus.UNDER_REVIEW:
        raise IllegalTransition(_("Questions can be asked while the application is under review."))
    if not question.strip():
        raise Incomplete(_("Write the question."))
    due = add_working_days(today(), parse(application.round.rule_set.body).deadline("question"))
    row = ReviewQuestion.objects.create(application=application, asked_by=actor, question=question, due_on=due)
    record(actor=actor, verb="ask", target=application, details={"question": row.pk})
    tell_institution(application=application, fact=Fact.QUESTION_ASKED, question=question, due=due.isoformat())
    return row


@transaction.atomic
def answer_question(*, actor: User, question_id: int, answer: str) -> ReviewQuestion:
    """Answer a reviewer's question, once.

    Raises:
        NotPermitted: it was asked to another institution.
        IllegalTransition: it was answered already.
        Incomplete: no answer.
    """
    row = (
        ReviewQuestion.objects.select_for_update(of=("self",))
        .select_related("application__plan__product", "application__round", "asked_by")
        .get(pk=question_id)
    )
    if not may_write_application(actor, row.application):
        raise NotPermitted
    if row.answered_at is not None:
        raise IllegalTransition(_("This question was answered already."))
    if not answer.strip():
        raise Incomplete(_("Write the answer."))
    row.answer, row.answered_by, row.answered_at = answer, actor, timezone.now()
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    record(actor=actor, verb="answer", target=row.application, details={"question": row.pk})
    tell_reviewers(
        fact=Fact.QUESTION_ANSWERED,
        url=reverse("admin:pilots_pilotapplication_change", args=[row.application_id]),
        number=row.application.number,
        product=row.application.plan.product.name,
    )
    return row


@transaction.atomic
def raise_objection(*, actor: User, application_id: int, text: str) -> Objection:
    """Object to a review decision, as the institution or as the supplier, within the deadline.

    Raises:
        NotPermitted: the actor is of neither side.
        IllegalTransition: nothing was decided, the deadline has passed, or an objection waits already.
        Incomplete: no text.
    """
    application = lock_application(application_id=application_id)
    organization = organization_of(actor)
    sides = {application.institution_id, application.plan.supplier_id}
    if not may_object(actor, application) or organization is None or organization.pk not in sides:
        raise NotPermitted
    if not text.strip():
        raise Incomplete(_("Say what you object to and why."))
    due = objection_due(application=application)
    if due is None or application.round.status != RoundStatus.REVIEWING:
        raise IllegalTransition(_("There is no decision of the review that could be objected to now."))
    if today() > due:
        raise IllegalTransition(_("Objections were possible until %(due)s.") % {"due": due.isoformat()})
    if application.objections.filter(organization=organization, status=ObjectionStatus.OPEN).exists():
        raise IllegalTransition(_("Your organization has objected already; the decision is awaited."))
    objection = Objection.objects.create(
        application=application, organization=organization, raised_by=actor, text=text
    )
    record(actor=actor, verb="object", target=objection, after=objection.status)
    issue_receipt(
        actor=actor,
        kind="pilots.objection",
        target=objection,
        title=_("Objection about application %(number)s") % {"number": application.number},
        lines=[
            (_("Round"), application.round.number),
            (_("Product"), application.plan.product.name),
            (_("Objection"), text),
        ],
    )
    tell_reviewers(
        fact=Fact.OBJECTION_RAISED,
        url=reverse("admin:pilots_objection_change", args=[objection.pk]),
        number=application.number,
        product=application.plan.product.name,
    )
    return objection


@transaction.atomic
def decide_objection(*, actor: User, objection_id: int, uphold: bool, text: str) -> Objection:
    """Answer an objection; upholding takes the decision back so that it is reviewed anew.

    Raises:
        NotPermitted: the actor made the decision objected to, or does not review.
        Incomplete: no reasons given.
        IllegalTransition: it was decided already, or the round was frozen.
    """
    objection = (
        Objection.objects.select_for_update(of=("self",))
        .select_related("application__review", "application__plan", "raised_by")
        .get(pk=objection_id)
    )
    if not text.strip():
        raise Incomplete(_("Give the reasons of the decision."))
    action = ObjectionAction.UPHOLD if uphold else ObjectionAction.DISMISS
    before = OBJECTION_WORKFLOW.advance(objection, action, actor)
    objection.decision_text, objection.decided_by, objection.decided_at = text, actor, timezone.now()
    objection.save(update_fields=["status", "decision_text", "decided_by", "decided_at"])
    record(actor=actor, verb=action, target=objection, before=before, after=objection.status, reason=text)
    application = lock_application(application_id=objection.application_id)
    if uphold and application.status != ApplicationStatus.UNDER_REVIEW:
        take_back_decision(actor=actor, application_id=application.pk, reason=text)
    _answer(objection, application)
    return objection


def _answer(objection: Objection, application: PilotApplication) -> None:
    """Tell the side that objected, and only that side."""
    told = {"outcome": str(objection.status), "message": objection.decision_text}
    if objection.organization_id == application.institution_id:
        tell_institution(application=application, fact=Fact.OBJECTION_DECIDED, **told)
    else:
        tell_supplier(plan=application.plan, fact=Fact.OBJECTION_DECIDED, **told)


def uphold_objection(*, actor: User, objection_id: int, text: str) -> Objection:
    """Agree with an objection. Raises as :func:`decide_objection`."""
    return decide_objection(actor=actor, objection_id=objection_id, uphold=True, text=text)


def dismiss_objection(*, actor: User, objection_id: int, text: str) -> Objection:
    """Reject an objection. Raises as :func:`decide_objection`."""
    return decide_objection(actor=actor, objection_id=objection_id, uphold=False, text=text)
