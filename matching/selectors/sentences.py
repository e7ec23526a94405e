"""Explanations in words, for the person who applied; built in whatever language is active."""

from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from matching.enums import Limit
from matching.models import Explanation
from matching.selectors.instances import NEIGHBORHOOD, OUTSIDE

BLOCKING = {
    Limit.BUDGET: gettext_lazy("What is left of the round's budget is less than this would cost."),
    Limit.TRACK_CEILING: gettext_lazy("What is left in the product's track is less than this would cost."),
    Limit.PRODUCT_UNITS: gettext_lazy("The supplier's units in this round are taken."),
    Limit.PRODUCT_CEILING: gettext_lazy("The product has reached the amount that one product may receive in a round."),
    Limit.PRODUCT_INSTITUTIONS: gettext_lazy("The product has reached its largest number of institutions."),
    Limit.PRODUCT_MIN_INSTITUTIONS: gettext_lazy("Fewer institutions than the product needs could be served."),
    Limit.INSTITUTION_CEILING: gettext_lazy(
        "Your institution has reached the amount that one institution may receive in a round."
    ),
    Limit.INSTITUTION_PRODUCTS: gettext_lazy(
        "Your institution has reached the number of products that one institution may receive in a round."
    ),
}
SCARCE = {
    Limit.BUDGET: gettext_lazy("the budget of the round"),
    Limit.TRACK_CEILING: gettext_lazy("the money of the product's track"),
    Limit.PRODUCT_UNITS: gettext_lazy("the units of the product"),
    Limit.PRODUCT_CEILING: gettext_lazy("the amount one product may receive"),
    Limit.PRODUCT_INSTITUTIONS: gettext_lazy("the number of institutions for the product"),
    Limit.PRODUCT_MIN_INSTITUTIONS: gettext_lazy("the number of institutions the product needs"),
    Limit.INSTITUTION_CEILING: gettext_lazy("the amount your institution may receive"),
    Limit.INSTITUTION_PRODUCTS: gettext_lazy("the number of products your institution may receive"),
    "youth": gettext_lazy("the share kept for youth startups"),
    "youth_floor": gettext_lazy("the share kept for youth startups"),
    "track_floor": gettext_lazy("the share kept for another track"),
}


def moment(*, value: datetime) -> str:
    """A time as people read it here: Seoul, to the minute."""
    return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")


def reasons_in(*, language: str, row: Explanation) -> list[str]:
    """The reasons in the reader’s language rather than the writer’s."""
    with translation.override(language):
        return reasons_of(row=row)


def outcome_of(*, row: Explanation) -> str:
    """The first sentence: how much was granted."""
    if row.granted == 0:
        if row.waitlist_position:
            return _("No units could be granted; you are number %(position)s on the product's waitlist.") % {
                "position": row.waitlist_position
            }
        return _("No units could be granted.")
    if row.granted == row.requested_units:
        return ngettext(
            "The %(units)s unit you asked for is granted.", "All %(units)s units are granted.", row.granted
        ) % {"units": row.granted}
    return _("%(granted)s of %(requested)s units are granted.") % {
        "granted": row.granted,
        "requested": row.requested_units,
    }


def reasons_of(*, row: Explanation) -> list[str]:
    """Why not more, one sentence per limit, then what was scarcest; empty when everything was granted."""
    if row.override_reason:
        return [
            _("The Public Procurement Service set this award itself, for this reason: %(reason)s")
            % {"reason": row.override_reason}
        ]
    if row.granted == row.requested_units:
        return []
    if row.scarcity == NEIGHBORHOOD:
        return [_("This product goes to the area of its proposer first, and that area asked for all of it.")]
    if row.scarcity == OUTSIDE:
        return [_("The application did not take part any more: it was withdrawn, declined or declared invalid.")]
    lines = [str(BLOCKING[Limit(code)]) for code in row.blocking]
    if not lines:
        lines.append(
            _("No single limit stood in the way. With the same money other applications reached more points together.")
        )
    if row.scarcity in SCARCE:
        lines.append(_("What was scarcest for this application: %(limit)s.") % {"limit": SCARCE[row.scarcity]})
    return lines
