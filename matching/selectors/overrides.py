"""Awards that people set, and why one would not fit."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Organization, User
from core.money import format_krw
from matching.enums import LIMITS_IN_WON, Limit
from matching.models import AwardOverride, Explanation, MatchingRun
from matching.rules.breaches import Breach
from matching.selectors.instances import labels_of
from pilots.models import PilotUsePlan, Track


def award_of(*, run: MatchingRun, application_id: int) -> int:
    """What a run grants an application; 0 where it has no row."""
    granted = Explanation.objects.filter(run=run, application_id=application_id).values_list("granted", flat=True)
    return granted.first() or 0


def overrides_of(*, run: MatchingRun) -> QuerySet[AwardOverride]:
    """Every award set by hand that stands in a run, in the order in which they were set."""
    return (
        AwardOverride.objects.filter(run=run)
        .select_related("application__institution", "application__plan__product", "made_by", "base_run")
        .order_by("made_at", "pk")
    )


def has_overridden(*, actor: User, run: MatchingRun) -> bool:
    """Whether this person set an award of the run: somebody else must approve it."""
    return AwardOverride.objects.filter(run=run, made_by=actor).exists()


def breach_sentences(*, run: MatchingRun, found: Iterable[Breach]) -> list[str]:
    """Broken limits in words: which one, of what, how much is used and how much there is."""
    breaches = list(found)
    names = _names(run, {breach.subject for breach in breaches if breach.subject})
    lines = []
    for breach in breaches:
        show = format_krw if breach.limit in LIMITS_IN_WON else "{:,}".format
        used, allowed = show(breach.used), show(breach.allowed)
        words = {
            "limit": Limit(breach.limit).label,
            "subject": names.get(breach.subject, breach.subject),
            "used": used,
            "allowed": allowed,
        }
        if breach.subject:
            lines.append(_("%(limit)s (%(subject)s): %(used)s, the limit is %(allowed)s.") % words)
        else:
            lines.append(_("%(limit)s: %(used)s, the limit is %(allowed)s.") % words)
    return lines


def _names(run: MatchingRun, subjects: set[str]) -> dict[str, str]:
    labels = {label: key for label, key in labels_of(run=run).items() if label in subjects}
    plans = PilotUsePlan.objects.select_related("product").in_bulk(
        [key for label, key in labels.items() if label.startswith("P")]
    )
    institutions = Organization.objects.in_bulk([key for label, key in labels.items() if label.startswith("I")])
    names = {track.code: track.name for track in Track.objects.filter(code__in=subjects)}
    for label, key in labels.items():
        names[label] = plans[key].product.name if label.startswith("P") else institutions[key].name
    return names
