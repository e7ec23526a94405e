"""Freezing a round: the review is over and matching gets its instance, byte for byte."""

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from pilots.enums import ApplicationStatus, ObjectionStatus, PlanStatus, RoundAction
from pilots.errors import Incomplete, RuleBroken
from pilots.models import FrozenInstance, Objection, PilotApplication, PilotRound, PilotUsePlan, RoundTrack
from pilots.rules.instance import (
    ApplicationRow,
    Frozen,
    InstanceFault,
    PlanRow,
    RoundRow,
    TrackRow,
    freeze,
    youth_floor,
)
from pilots.rules.schema import parse
from pilots.selectors.rules import year_shares
from pilots.services.locking import lock_round
from pilots.signals import round_frozen
from pilots.workflow import ROUND_WORKFLOW


def _plan_row(plan: PilotUsePlan) -> PlanRow:
    return PlanRow(
        key=plan.pk,
        number=plan.number or "",
        track=plan.track.code,
        unit_price_krw=plan.unit_price_krw,
        max_units=plan.max_units,
        min_institutions=plan.min_institutions,
        max_institutions=plan.max_institutions,
        is_youth_startup=plan.supplier.is_youth_startup,
        ceiling_krw=plan.ceiling_krw,
        neighborhood_province=plan.neighborhood_province,
        neighborhood_district=plan.neighborhood_district,
    )


def _application_row(application: PilotApplication, awards: int) -> ApplicationRow:
    units = application.reviewed_units or application.requested_units
    if application.submitted_at is None:
        raise Incomplete(_("Application %(number)s has no time of submission.") % {"number": application.number})
    return ApplicationRow(
        key=application.pk,
        number=application.number or "",
        plan=application.plan_id,
        institution=application.institution_id,
        requested_units=units,
        min_units=units if application.is_exempt else min(application.min_units, units),
        score=application.review.score,
        is_predetermined=application.is_exempt,
        submitted_at=application.submitted_at,
        follow_up_budget_krw=application.follow_up_budget_krw,
        awards_this_year=awards,
        province=application.site_province_id or "",
        district=application.site_district,
    )


def _awards(pilot_round: PilotRound) -> dict[int, int]:
    """How many awards each institution has from other rounds of the year."""
    rows = (
        PilotApplication.objects.filter(
            round__year=pilot_round.year, status__in=[ApplicationStatus.MATCHED, ApplicationStatus.CONFIRMED]
        )
        .exclude(round=pilot_round)
        .values("institution_id")
        .annotate(count=Count("pk"))
        .order_by("institution_id")
    )
    return {row["institution_id"]: row["count"] for row in rows}


def build_instance(*, pilot_round: PilotRound) -> Frozen:
    """The instance of the round as it stands now, in a fixed number of queries.

    Raises:
        RuleBroken: applications that need no matching break a limit by themselves.
        Incomplete: nothing has passed the review.
    """
    rules = parse(pilot_round.rule_set.body)
    applications = list(
        PilotApplication.objects.filter(round=pilot_round).passed().select_related("review").order_by("pk")
    )
    if not applications:
        raise Incomplete(_("No application has passed the review, so there is nothing to match."))
    plans = list(
        PilotUsePlan.objects.filter(round=pilot_round, status=PlanStatus.APPROVED)
        .select_related("track", "supplier")
        .order_by("pk")
    )
    tracks = RoundTrack.objects.filter(round=pilot_round).select_related("track").order_by("track__code")
    before, before_youth = year_shares(year=pilot_round.year, but_round_id=pilot_round.pk)
    awards = _awards(pilot_round)
    try:
        return freeze(
            round_row=RoundRow(
                number=pilot_round.number,
                budget_krw=pilot_round.budget_krw,
                tracks=[TrackRow(row.track.code, row.floor_krw, row.budget_krw) for row in tracks],
                youth_floor_permille=youth_floor(
                    target=rules.youth_permille,
                    before_krw=before,
                    before_youth_krw=before_youth,
                    budget_krw=pilot_round.budget_krw,
                ),
            ),
            plans=[_plan_row(plan) for plan in plans],
            applications=[_application_row(row, awards.get(row.institution_id, 0)) for row in applications],
            rules=rules,
        )
    except InstanceFault as error:
        raise RuleBroken(_fault_text(error)) from error


def _fault_text(error: InstanceFault) -> str:
    words = {
        "product": _("Applications without matching exceed what a product may receive."),
        "institution": _("Applications without matching exceed what an institution may receive."),
        "track": _("Applications without matching exceed the budget of a track."),
        "budget": _("Applications without matching exceed the budget of the round."),
    }
    kinds = dict.fromkeys(code for code, _key in error.faults)
    plans = PilotUsePlan.objects.filter(pk__in=[key for code, key in error.faults if code == "product"])
    numbers = [plan.number or "" for plan in plans]
    applications = PilotApplication.objects.filter(pk__in=[key for code, key in error.faults if code == "institution"])
    numbers += [application.number or "" for application in applications.order_by("number")]
    tail = f" ({', '.join(filter(None, numbers))})" if numbers else ""
    return " ".join(words[kind] for kind in kinds) + tail


def _check_finished(pilot_round: PilotRound) -> None:
    counts = PilotApplication.objects.filter(round=pilot_round).aggregate(
        open=Count("pk", filter=Q(status__in=[ApplicationStatus.SUBMITTED, ApplicationStatus.UNDER_REVIEW]))
    )
    if counts["open"]:
        raise Incomplete(
            _("%(count)s applications are still under review. Decide them, then freeze the round.")
            % {"count": counts["open"]}
        )
    if waiting := Objection.objects.filter(application__round=pilot_round, status=ObjectionStatus.OPEN).count():
        raise Incomplete(_("%(count)s objections wait for a decision.") % {"count": waiting})


@transaction.atomic
def freeze_round(*, actor: User, round_id: int) -> FrozenInstance:
    """End the review and store what matching works on; the round goes to matching.

    Raises:
        NotPermitted, IllegalTransition: see the lifecycle.
        Incomplete, RuleBroken: something is undecided, or awards without matching do not fit.
    """
    pilot_round = lock_round(round_id=round_id)
    before = ROUND_WORKFLOW.advance(pilot_round, RoundAction.FREEZE, actor)
    _check_finished(pilot_round)
    frozen = build_instance(pilot_round=pilot_round)
    row = FrozenInstance.objects.create(
        round=pilot_round,
        body=frozen.packed,
        sha256=frozen.sha256,
        rule_set_sha256=pilot_round.rule_set.sha256,
        ids=frozen.ids,
        left_out=frozen.left_out,
        frozen_by=actor,
    )
    pilot_round.save(update_fields=["status"])
    record(
        actor=actor,
        verb=RoundAction.FREEZE,
        target=pilot_round,
        before=before,
        after=pilot_round.status,
        details={"sha256": frozen.sha256, "left_out": len(frozen.left_out)},
    )
    round_frozen.send(sender=PilotRound, round_id=pilot_round.pk)
    return row
