"""Absences of reviewers: who has whose cases for how long."""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record
from core.errors import IllegalTransition, NotPermitted
from core.notifications import notify
from pilots.enums import Fact
from pilots.errors import Incomplete, RuleBroken
from pilots.models import ReviewerAbsence
from pilots.perms import may_record_absence, may_review


def _check_people(actor: User, reviewer: User, cover: User) -> None:
    if not may_record_absence(actor) or not may_review(reviewer):
        raise NotPermitted
    if not may_review(cover):
        raise RuleBroken(_("%(person)s does not review, so choose somebody else.") % {"person": cover.name})
    if reviewer.pk == cover.pk:
        raise Incomplete(_("Choose a colleague who takes the cases meanwhile."))


def _check_days(reviewer: User, cover: User, from_on: date, until_on: date) -> None:
    """Nobody is absent twice at a time, and no cover is away or has handed the cases on."""
    if until_on < from_on:
        raise Incomplete(_("The last day must not be before the first."))
    around = ReviewerAbsence.objects.touching(from_on, until_on).select_related("reviewer", "cover")
    for row in around.filter(Q(reviewer__in=[reviewer, cover]) | Q(cover=reviewer)).order_by("from_on", "pk"):
        days = {"from": row.from_on.isoformat(), "until": row.until_on.isoformat(), "person": row.reviewer.name}
        if row.reviewer_id == reviewer.pk:
            raise RuleBroken(_("%(person)s is already absent from %(from)s to %(until)s. Call that off first.") % days)
        if row.reviewer_id == cover.pk:
            raise RuleBroken(
                _("%(person)s is absent as well from %(from)s to %(until)s. Choose another cover.") % days
            )
        raise RuleBroken(
            _("%(absent)s covers for %(person)s from %(from)s to %(until)s. Give those cases to somebody else first.")
            % (days | {"absent": reviewer.name})
        )


@transaction.atomic
def record_absence(
    *, actor: User, reviewer: User, cover: User, from_on: date, until_on: date, reason: str = ""
) -> ReviewerAbsence:
    """Enter that a reviewer is away; the cases appear in the cover's queue on those days.

    Raises:
        NotPermitted: the actor does not keep absences, or the person does not review.
        Incomplete: the days are out of order, or nobody else covers.
        RuleBroken: the cover is away or does not review, or the reviewer is absent or covers then.
    """
    _check_people(actor, reviewer, cover)
    # Both people's rows, in one order, so that two entries about them cannot pass each other's checks.
    list(User.objects.select_for_update(of=("self",)).filter(pk__in=[reviewer.pk, cover.pk]).order_by("pk"))
    _check_days(reviewer, cover, from_on, until_on)
    absence = ReviewerAbsence.objects.create(
        reviewer=reviewer, cover=cover, from_on=from_on, until_on=until_on, reason=reason, created_by=actor
    )
    record(
        actor=actor,
        verb="record",
        target=absence,
        reason=reason,
        details={
            "reviewer": reviewer.pk,
            "cover": cover.pk,
            "from": from_on.isoformat(),
            "until": until_on.isoformat(),
        },
    )
    notify(
        recipient=cover,
        kind=Fact.ABSENCE_COVERED,
        url=reverse("admin:pilots_reviewerabsence_change", args=[absence.pk]),
        person=reviewer.name,
        first=from_on.isoformat(),
        last=until_on.isoformat(),
    )
    return absence


@transaction.atomic
def end_absence(*, actor: User, absence_id: int, reason: str = "") -> ReviewerAbsence:
    """Call an absence off, or end it early: the cases are the reviewer's own again at once.

    Raises:
        NotPermitted: the actor does not keep absences.
        IllegalTransition: it was called off already.
    """
    absence = (
        ReviewerAbsence.objects.select_for_update(of=("self",)).select_related("reviewer", "cover").get(pk=absence_id)
    )
    if not may_record_absence(actor):
        raise NotPermitted
    if absence.ended_at is not None:
        raise IllegalTransition(_("This absence was called off already."))
    absence.ended_at, absence.ended_by = timezone.now(), actor
    absence.save(update_fields=["ended_at", "ended_by"])
    record(actor=actor, verb="end", target=absence, reason=reason)
    notify(
        recipient=absence.cover,
        kind=Fact.ABSENCE_ENDED,
        url=reverse("admin:pilots_reviewerabsence_change", args=[absence.pk]),
        person=absence.reviewer.name,
    )
    return absence
