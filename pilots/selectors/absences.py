"""Who reviews whose cases today."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.calendar import today
from pilots.models import PilotApplication, ReviewerAbsence

WHOSE = {"mine": _("Mine, and covered by me"), "unassigned": _("Nobody's")}


def absences_today() -> dict[int, ReviewerAbsence]:
    """The absence of today by absent reviewer."""
    rows = ReviewerAbsence.objects.on(today()).select_related("reviewer", "cover").order_by("from_on", "pk")
    return {row.reviewer_id: row for row in rows}


def covered_reviewers(*, actor: Any) -> list[int]:
    """The reviewers whose cases the person has today besides their own."""
    return list(ReviewerAbsence.objects.on(today()).filter(cover_id=actor.pk).values_list("reviewer_id", flat=True))


def own_cases(*, actor: Any, prefix: str = "") -> Q:
    """The plans that wait for this reviewer: their own, and those of the colleagues they cover for today.

    Args:
        prefix: the way from the filtered model to the plan, for example ``plan__``.
    """
    return Q(**{f"{prefix}reviewer__in": [actor.pk, *covered_reviewers(actor=actor)]})


def cases_of(*, actor: Any, whose: str, prefix: str = "") -> Q:
    """The plans of one of the choices that pages of the review offer.

    Args:
        whose: ``mine`` for :func:`own_cases`, ``unassigned`` for what nobody has taken; anything else means all.
        prefix: as in :func:`own_cases`.
    """
    if whose == "mine":
        return own_cases(actor=actor, prefix=prefix)
    return Q(**{f"{prefix}reviewer": None}) if whose == "unassigned" else Q()


def covered_for(*, actor: User, reviewer_id: int | None) -> int | None:
    """The absent reviewer in whose place the person acts on a case today; None when it is not a matter of cover."""
    if reviewer_id is None or reviewer_id == actor.pk:
        return None
    absence = ReviewerAbsence.objects.on(today()).filter(reviewer_id=reviewer_id, cover_id=actor.pk)
    return reviewer_id if absence.exists() else None


def covered_name(*, actor: Any, application: PilotApplication) -> str:
    """The name of the absent reviewer in whose place the person works on an application; empty otherwise."""
    absence = absences_today().get(application.plan.reviewer_id or 0)
    return absence.reviewer.name if absence and absence.cover_id == actor.pk else ""
