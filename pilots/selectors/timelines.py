"""What has happened to a case, what happens next, who does it and by when."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from core.calendar import SEOUL
from pilots.enums import ApplicationStatus, ExemptReason, PlanStatus, RoundStatus
from pilots.models import PilotApplication, PilotRound, PilotUsePlan
from pilots.selectors.applications import objection_due

A, P = ApplicationStatus, PlanStatus


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a timeline: what, when, and whether it is ``done``, ``current`` or still ``todo``."""

    label: str
    state: str
    when: str = ""
    hint: str = ""


def _at(moment: datetime | date | None) -> str:
    if isinstance(moment, datetime):
        return f"{moment.astimezone(SEOUL):%Y-%m-%d %H:%M}"
    return moment.isoformat() if moment else ""


def _by(moment: datetime | date | None) -> str:
    return _("by %(day)s") % {"day": _at(moment)} if moment else ""


def _steps(stages: list[tuple[str, str]], at: int) -> list[Step]:
    return [
        Step(title, "done" if number < at else "current" if number == at else "todo", when)
        for number, (title, when) in enumerate(stages)
    ]


def round_timeline(*, pilot_round: PilotRound) -> list[Step]:
    """The course of a round with its days, the present step marked."""
    order: list[RoundStatus] = [status for status in RoundStatus if status != RoundStatus.CANCELLED]
    if pilot_round.status == RoundStatus.CANCELLED:
        return [Step(_("Cancelled"), "current", _at(pilot_round.cancelled_at), pilot_round.cancel_reason)]
    days = {
        RoundStatus.PLAN_INTAKE: f"{_at(pilot_round.intake_opens_at)} – {_at(pilot_round.intake_closes_at)}",
        RoundStatus.OPEN: f"{_at(pilot_round.opens_at)} – {_at(pilot_round.closes_at)}",
        RoundStatus.REVIEWING: _by(pilot_round.review_due_on),
        RoundStatus.MATCHING: _by(pilot_round.result_due_on),
        RoundStatus.RESULT_PUBLISHED: _at(pilot_round.result_published_at),
    }
    stages = [(str(status.label), days.get(status, "")) for status in order]
    steps = _steps(stages, order.index(RoundStatus(pilot_round.status)))
    hidden = (RoundStatus.PLANNED, RoundStatus.CLOSED)
    return [step for status, step in zip(order, steps, strict=True) if status not in hidden]


def _exempt_texts(application: PilotApplication) -> dict[ApplicationStatus, str]:
    """What differs for an institution that was determined beforehand."""
    day = _at(application.round.result_due_on)
    reason = ExemptReason(application.exempt_reason).label
    passed = _(
        "No matching takes place for this application, because your institution was determined beforehand "
        "(%(reason)s). Budget, ceilings and all other checks still apply. You are asked to accept by %(day)s."
    ) % {"reason": reason, "day": day}
    review = _(
        "The Public Procurement Service reviews amount and scale, and whether no matching is needed, by %(day)s."
    ) % {"day": _at(application.round.review_due_on)}
    return {A.UNDER_REVIEW: review, A.REVIEW_PASSED: passed, A.REVIEW_ADJUSTED: passed}


def next_step(*, application: PilotApplication) -> str:
    """What happens next with an application, who does it and by when."""
    pilot_round = application.round
    closes, review, result = _at(pilot_round.closes_at), _at(pilot_round.review_due_on), _at(pilot_round.result_due_on)
    texts = {
        A.DRAFT: _("Submit the application from %(opens)s until %(closes)s. Until then only your institution sees it.")
        % {"opens": _at(pilot_round.opens_at), "closes": closes},
        A.SUBMITTED: _("You may change or withdraw it until %(closes)s. After that the review follows by %(review)s.")
        % {"closes": closes, "review": review},
        A.UNDER_REVIEW: _("The Public Procurement Service reviews amount and scale by %(day)s.") % {"day": review},
        A.REVIEW_PASSED: _("The matching follows; its result is published by %(day)s.") % {"day": result},
        A.REVIEW_ADJUSTED: _("The matching follows with the changed quantity; its result is published by %(day)s.")
        % {"day": result},
        A.REVIEW_REJECTED: _("The application ends here. You may object to the decision until %(day)s.")
        % {"day": _at(objection_due(application=application))},
        A.MATCHED: _("Accept or decline the match in the matches of your institution."),
        A.WAITLISTED: _("If another institution declines, you are asked. You need not do anything."),
        A.NOT_MATCHED: _("The application ends here. You may apply again in the next round."),
        A.CONFIRMED: _("The Public Procurement Service concludes the contract with the supplier; delivery follows."),
        A.DECLINED: _("The application ends here."),
        A.WITHDRAWN: _("You withdrew this application."),
        A.INVALID: _("The application is invalid: %(reason)s") % {"reason": application.invalid_reason},
    }
    if application.is_exempt:
        texts |= _exempt_texts(application)
    if application.status == A.DRAFT and pilot_round.status != RoundStatus.OPEN:
        return _("The round is closed. The draft stays here and can be copied into an application of a later round.")
    if pilot_round.status == RoundStatus.CANCELLED:
        return _("The round was cancelled: %(reason)s") % {"reason": pilot_round.cancel_reason}
    return texts[A(application.status)]


def application_timeline(*, application: PilotApplication) -> list[Step]:
    """From draft to confirmed match, with the days that are known."""
    pilot_round, status = application.round, A(application.status)
    if status in (A.WITHDRAWN, A.INVALID):
        stages = [
            (_("Draft"), _at(application.created_at)),
            (_("Submitted"), _at(application.submitted_at)),
            (str(status.label), _at(application.updated_at)),
        ]
        return _steps(stages, 2)
    review = getattr(application, "review", None)
    reviewed = _at(review.reviewed_at) if review and not review.taken_back_at else _by(pilot_round.review_due_on)
    matching = _("No matching (determined beforehand)") if application.is_exempt else _("Matching")
    stages = [
        (_("Draft"), _at(application.created_at)),
        (_("Submitted"), _at(application.submitted_at) or _by(pilot_round.closes_at)),
        (_("Amount and scale review"), reviewed),
        (matching, _at(pilot_round.result_published_at) or _by(pilot_round.result_due_on)),
        (_("Acceptance by both sides"), ""),
        (_("Match confirmed"), ""),
    ]
    places = {
        A.DRAFT: 0,
        A.SUBMITTED: 1,
        A.UNDER_REVIEW: 2,
        A.REVIEW_REJECTED: 2,
        A.MATCHED: 4,
        A.DECLINED: 4,
        A.CONFIRMED: 5,
    }
    return _steps(stages, places.get(status, 3))


def plan_next_step(*, plan: PilotUsePlan) -> str:
    """What happens next with a pilot-use plan and by when."""
    pilot_round = plan.round
    texts = {
        P.DRAFT: _("Submit the plan by %(day)s.") % {"day": _at(pilot_round.intake_closes_at)},
        P.SUBMITTED: _("The Public Procurement Service decides before the round opens on %(day)s.")
        % {"day": _at(pilot_round.opens_at)},
        P.RETURNED: _("Correct what is named below and submit again by %(day)s.")
        % {"day": _at(plan.correction_due_on)},
        P.APPROVED: _approved_text(pilot_round),
        P.EXCLUDED: _("The product does not take part in this round: %(reason)s") % {"reason": plan.exclusion_reason},
        P.WITHDRAWN: _("You withdrew this plan."),
    }
    if plan.status == P.DRAFT and pilot_round.status != RoundStatus.PLAN_INTAKE:
        return _("The intake of plans has closed. The draft stays here, but it cannot be submitted in this round.")
    if pilot_round.status == RoundStatus.CANCELLED:
        return _("The round was cancelled: %(reason)s") % {"reason": pilot_round.cancel_reason}
    return texts[P(plan.status)]


def _approved_text(pilot_round: PilotRound) -> str:
    """What follows for a product that takes part, by how far the round has come."""
    texts = {
        RoundStatus.CLOSED: _("Applications are closed. Their review begins next."),
        RoundStatus.REVIEWING: _("The Public Procurement Service reviews the applications by %(day)s.")
        % {"day": _at(pilot_round.review_due_on)},
        RoundStatus.MATCHING: _("The matching runs; its result is published by %(day)s.")
        % {"day": _at(pilot_round.result_due_on)},
        RoundStatus.RESULT_PUBLISHED: _("The result is published. Answer your matches."),
        RoundStatus.EXECUTING: _("Contracts are concluded and products delivered."),
        RoundStatus.COMPLETED: _("The round is completed."),
    }
    before = _("Institutions may apply from %(opens)s to %(closes)s.") % {
        "opens": _at(pilot_round.opens_at),
        "closes": _at(pilot_round.closes_at),
    }
    return texts.get(RoundStatus(pilot_round.status), before)


def plan_timeline(*, plan: PilotUsePlan) -> list[Step]:
    """From draft to the result of the round, with the days that are known."""
    pilot_round, status = plan.round, P(plan.status)
    if status in (P.EXCLUDED, P.WITHDRAWN):
        stages = [(_("Draft"), _at(plan.created_at)), (_("Submitted"), _at(plan.submitted_at))]
        return _steps([*stages, (str(status.label), _at(plan.updated_at))], 2)
    decision = (_("Decision on the plan"), _at(plan.approved_at) or _by(pilot_round.opens_at))
    if status == P.RETURNED:
        decision = (_("Correction by the supplier"), _by(plan.correction_due_on))
    stages = [
        (_("Draft"), _at(plan.created_at)),
        (_("Submitted"), _at(plan.submitted_at) or _by(pilot_round.intake_closes_at)),
        decision,
        (_("Open to institutions"), f"{_at(pilot_round.opens_at)} – {_at(pilot_round.closes_at)}"),
        (_("Amount and scale review"), _by(pilot_round.review_due_on)),
        (_("Matching"), _by(pilot_round.result_due_on)),
        (_("Contracts and delivery"), ""),
    ]
    if status != P.APPROVED:
        return _steps(stages, {P.DRAFT: 0, P.SUBMITTED: 2, P.RETURNED: 2}[status])
    reached = {
        RoundStatus.CLOSED: 4,
        RoundStatus.REVIEWING: 4,
        RoundStatus.MATCHING: 5,
        RoundStatus.RESULT_PUBLISHED: 6,
        RoundStatus.EXECUTING: 6,
        RoundStatus.COMPLETED: 7,
    }
    return _steps(stages, reached.get(RoundStatus(pilot_round.status), 3))
