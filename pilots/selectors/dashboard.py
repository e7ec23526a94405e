"""What waits for whom: cards for suppliers and institutions, queues for PPS."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import PpsRole
from accounts.perms import has_pps_role, is_institution, is_supplier, may_approve_for, organization_of
from core.dashboard import Card, Queue
from pilots.enums import ApplicationStatus, CorrectionStatus, ObjectionStatus, PlanStatus, RoundStatus
from pilots.models import LedgerCorrection, Objection, PilotApplication, PilotRound, PilotUsePlan, ReviewQuestion
from pilots.selectors.absences import own_cases


def cards(*, actor: Any) -> list[Card]:
    """The cards of the organization that the person works for now."""
    if is_supplier(actor):
        return list(_supplier_cards(actor))
    return list(_institution_cards(actor)) if is_institution(actor) else []


def _supplier_cards(actor: Any) -> Iterator[Card]:
    organization = organization_of(actor)
    group = _("Pilot purchase")
    counts = PilotUsePlan.objects.filter(supplier=organization).aggregate(
        returned=Count("pk", filter=Q(status=PlanStatus.RETURNED)),
        draft=Count("pk", filter=Q(status=PlanStatus.DRAFT, round__status=RoundStatus.PLAN_INTAKE)),
    )
    url = reverse("pilots:plan_list")
    intakes = PilotRound.objects.filter(status=RoundStatus.PLAN_INTAKE).count()
    if intakes:
        yield Card(_("Rounds that take plans"), intakes, url, "info", _("File a plan for your product."), group)
    if counts["returned"]:
        yield Card(_("Plans to correct"), counts["returned"], f"{url}?status=returned", "warning", "", group)
    if counts["draft"]:
        yield Card(_("Plans not handed in yet"), counts["draft"], f"{url}?status=draft", "neutral", "", group)


def _institution_cards(actor: Any) -> Iterator[Card]:
    organization = organization_of(actor)
    group = _("Pilot purchase")
    draft = Q(status=ApplicationStatus.DRAFT, round__status=RoundStatus.OPEN)
    counts = PilotApplication.objects.filter(institution=organization).aggregate(
        draft=Count("pk", filter=draft),
        approval=Count("pk", filter=draft & Q(approval_requested_at__isnull=False)),
        sent_back=Count("pk", filter=draft & Q(sent_back_at__isnull=False)),
        reviewed=Count("pk", filter=Q(status__in=[ApplicationStatus.SUBMITTED, ApplicationStatus.UNDER_REVIEW])),
    )
    questions = ReviewQuestion.objects.filter(application__institution=organization, answered_at=None).count()
    url = reverse("pilots:application_list")
    open_rounds = PilotRound.objects.filter(status=RoundStatus.OPEN).count()
    if open_rounds:
        yield Card(
            _("Open rounds"), open_rounds, reverse("pilots:round_list"), "info", _("Apply for a product."), group
        )
    if questions:
        yield Card(_("Questions to answer"), questions, url, "warning", "", group)
    if counts["approval"] and organization is not None and may_approve_for(actor, organization.pk):
        hint = _("Your colleagues prepared them; you submit.")
        yield Card(_("Applications to approve"), counts["approval"], f"{url}?status=draft", "warning", hint, group)
    if counts["sent_back"]:
        hint = _("The approver's remark stands on the page of the application.")
        yield Card(_("Applications sent back"), counts["sent_back"], f"{url}?status=draft", "warning", hint, group)
    if counts["draft"]:
        yield Card(_("Applications not submitted yet"), counts["draft"], f"{url}?status=draft", "warning", "", group)
    if counts["reviewed"]:
        yield Card(_("Applications in progress"), counts["reviewed"], url, "neutral", "", group)


def _own_queue(actor: Any) -> Queue:
    """The applications that wait for this reviewer, those of absent colleagues included."""
    mine = PilotApplication.objects.under_review().filter(own_cases(actor=actor, prefix="plan__"))
    counts = mine.aggregate(
        count=Count("pk"), oldest=Min("submitted_at"), covered=Count("pk", filter=~Q(plan__reviewer=actor.pk))
    )
    hint = _("of which %(count)s for absent colleagues") % {"count": counts["covered"]} if counts["covered"] else ""
    return Queue(
        _("My applications to review"),
        counts["count"],
        f"{reverse('admin:pilots_pilotapplication_changelist')}?status__exact=under_review&whose=mine",
        counts["oldest"],
        frozenset({PpsRole.REVIEWER}),
        hint,
    )


def queues(*, actor: Any) -> list[Queue]:
    """The piles of the pilot purchase on the PPS home page."""
    if not has_pps_role(actor, PpsRole.REVIEWER, PpsRole.MATCHER, PpsRole.APPROVER, PpsRole.ADMIN):
        return []
    return [_own_queue(actor), *_review_queues(), *_round_queues(), _correction_queue()]


def _review_queues() -> Iterator[Queue]:
    roles = frozenset({PpsRole.REVIEWER})
    plans = PilotUsePlan.objects.waiting().aggregate(count=Count("pk"), oldest=Min("submitted_at"))
    yield Queue(
        _("Pilot-use plans to decide"),
        plans["count"],
        f"{reverse('admin:pilots_pilotuseplan_changelist')}?status__exact=submitted",
        plans["oldest"],
        roles,
    )
    reviews = PilotApplication.objects.under_review().aggregate(count=Count("pk"), oldest=Min("submitted_at"))
    yield Queue(
        _("Applications to review"),
        reviews["count"],
        f"{reverse('admin:pilots_pilotapplication_changelist')}?status__exact=under_review",
        reviews["oldest"],
        roles,
    )
    objections = Objection.objects.filter(status=ObjectionStatus.OPEN).aggregate(
        count=Count("pk"), oldest=Min("raised_at")
    )
    yield Queue(
        _("Objections to reviews"),
        objections["count"],
        f"{reverse('admin:pilots_objection_changelist')}?status__exact=open",
        objections["oldest"],
        frozenset({PpsRole.REVIEWER, PpsRole.APPROVER}),
    )


def _round_queues() -> Iterator[Queue]:
    url = reverse("admin:pilots_pilotround_changelist")
    counts = PilotRound.objects.aggregate(
        closed=Count("pk", filter=Q(status=RoundStatus.CLOSED)),
        closed_since=Min("closed_at", filter=Q(status=RoundStatus.CLOSED)),
        ready=Count("pk", filter=Q(status=RoundStatus.REVIEWING)),
        ready_at=Min("closed_at", filter=Q(status=RoundStatus.REVIEWING)),
    )
    yield Queue(
        _("Closed rounds to review"),
        counts["closed"],
        f"{url}?status__exact=closed",
        counts["closed_since"],
        frozenset({PpsRole.REVIEWER}),
    )
    yield Queue(
        _("Rounds to freeze for matching"),
        counts["ready"],
        f"{url}?status__exact=reviewing",
        counts["ready_at"],
        frozenset({PpsRole.MATCHER}),
    )


def _correction_queue() -> Queue:
    rows = LedgerCorrection.objects.filter(status=CorrectionStatus.PROPOSED).aggregate(
        count=Count("pk"), oldest=Min("proposed_at")
    )
    return Queue(
        _("Ledger corrections to decide"),
        rows["count"],
        f"{reverse('admin:pilots_ledgercorrection_changelist')}?status__exact=proposed",
        rows["oldest"],
        frozenset({PpsRole.APPROVER}),
    )
