"""Deadlines as calendar files (iCalendar, RFC 5545)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.perms import organization_of
from core.clock import database_now
from pilots.enums import ApplicationStatus, PlanStatus, RoundStatus
from pilots.models import PilotApplication, PilotRound, PilotUsePlan, ReviewQuestion
from pilots.selectors.applications import DECIDED, objection_due

LINE_OCTETS = 75


@dataclass(frozen=True, slots=True)
class Event:
    """A day or a moment to keep in mind, and the page where something is done about it."""

    uid: str
    title: str
    at: datetime | date
    path: str


def round_events(*, pilot_round: PilotRound) -> list[Event]:
    """The days of a round that everybody may know."""
    path = reverse("pilots:round_detail", args=[pilot_round.pk])
    days: list[tuple[str, str, datetime | date | None]] = [
        ("intake", _("Intake of pilot-use plans closes"), pilot_round.intake_closes_at),
        ("opens", _("Applications open"), pilot_round.opens_at),
        ("closes", _("Applications close"), pilot_round.closes_at),
        ("review", _("Review ends"), pilot_round.review_due_on),
        ("result", _("Result is published"), pilot_round.result_due_on),
    ]
    return [
        Event(f"round-{pilot_round.pk}-{name}", f"{title}: {pilot_round.title}", at, path)
        for name, title, at in days
        if at is not None
    ]


def own_events(*, actor: User) -> list[Event]:
    """What the person's organization has to do by when: plans to hand in, drafts, questions, objections."""
    organization = organization_of(actor)
    if organization is None:
        return []
    return [*_plan_events(organization.pk), *_application_events(organization.pk)]


def _plan_events(organization_id: int) -> Iterator[Event]:
    plans = PilotUsePlan.objects.of_supplier(organization_id).select_related("round", "product").order_by("pk")
    for plan in plans.filter(status__in=[PlanStatus.DRAFT, PlanStatus.RETURNED, PlanStatus.APPROVED]):
        path = reverse("pilots:plan_detail", args=[plan.pk])
        name = plan.product.name
        if plan.status == PlanStatus.RETURNED and plan.correction_due_on:
            title = _("Correct the plan: %(name)s") % {"name": name}
            yield Event(f"plan-{plan.pk}-correct", title, plan.correction_due_on, path)
        elif plan.status == PlanStatus.DRAFT and plan.round.status == RoundStatus.PLAN_INTAKE:
            title = _("Submit the plan: %(name)s") % {"name": name}
            yield Event(f"plan-{plan.pk}-submit", title, plan.round.intake_closes_at, path)
        elif plan.status == PlanStatus.APPROVED and plan.round.status in (RoundStatus.PLAN_INTAKE, RoundStatus.OPEN):
            title = _("Applications close: %(name)s") % {"name": name}
            yield Event(f"plan-{plan.pk}-closes", title, plan.round.closes_at, path)


def _application_events(organization_id: int) -> Iterator[Event]:
    rows = (
        PilotApplication.objects.of_institution(organization_id)
        .select_related("round__rule_set", "plan__product", "review")
        .order_by("pk")
    )
    for row in rows.filter(
        round__status=RoundStatus.OPEN, status__in=[ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED]
    ):
        path = reverse("pilots:application_detail", args=[row.pk])
        title = _("Last changes to the application: %(name)s")
        if row.status == ApplicationStatus.DRAFT:
            title = _("Submit the application: %(name)s")
        yield Event(f"application-{row.pk}-closes", title % {"name": row.plan.product.name}, row.round.closes_at, path)
    for row in rows.filter(round__status=RoundStatus.REVIEWING, status__in=DECIDED):
        if due := objection_due(application=row):
            title = _("Last day to object: %(name)s") % {"name": row.plan.product.name}
            path = reverse("pilots:application_detail", args=[row.pk])
            yield Event(f"application-{row.pk}-objection", title, due, path)
    questions = ReviewQuestion.objects.filter(application__institution_id=organization_id, answered_at=None)
    for question in questions.select_related("application__plan__product").order_by("pk"):
        title = _("Answer the reviewer: %(name)s") % {"name": question.application.plan.product.name}
        path = reverse("pilots:application_detail", args=[question.application_id])
        yield Event(f"question-{question.pk}", title, question.due_on, path)


def calendar_file(*, events: Iterable[Event], site: str) -> str:
    """The events as a file; each reminds a day ahead.

    Args:
        site: scheme and host that the paths are put behind.
    """
    now = _stamp(database_now())
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Innovation Market//Deadlines//KO", "CALSCALE:GREGORIAN"]
    for event in events:
        title = _escaped(event.title)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.uid}@innovation-market",
            f"DTSTAMP:{now}",
            *_when(event.at),
            f"SUMMARY:{title}",
            f"URL:{site}{event.path}",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{title}",
            "TRIGGER:-P1D",
            "END:VALARM",
            "END:VEVENT",
        ]
    return "\r\n".join(folded for line in [*lines, "END:VCALENDAR"] for folded in _folded(line)) + "\r\n"


def _when(at: datetime | date) -> list[str]:
    if isinstance(at, datetime):
        return [f"DTSTART:{_stamp(at)}"]
    return [f"DTSTART;VALUE=DATE:{at:%Y%m%d}", f"DTEND;VALUE=DATE:{at + timedelta(days=1):%Y%m%d}"]


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Lines of at most 75 octets; a continuation begins with a space and never splits a character."""
    part, size = "", 0
    for sign in line:
        width = len(sign.encode())
        if size + width > LINE_OCTETS:
            yield part
            part, size = " ", 1
        part, size = part + sign, size + width
    yield part
