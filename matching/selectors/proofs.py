"""Why an application got what it got, as tables for staff: every limit in numbers, and who else asked."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from core.money import format_krw
from matching.enums import LIMITS_IN_WON, Limit
from matching.models import Explanation
from matching.rules.limits import NextStep, next_step
from matching.selectors.counterfactuals import label_of
from matching.selectors.instances import result_document, run_document

RIVALS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class LimitLine:
    """A limit as the table shows it."""

    label: str
    allowed: str
    used: str
    left: str
    needed: str
    is_minimum: bool
    is_blocking: bool
    is_scarcest: bool


def award_proof(*, row: Explanation) -> dict[str, Any]:
    """The next step that the application could have had, every limit beside it, and the floors that its product helps
    to meet; empty where the application is not in the instance.
    """
    if not row.run.has_result:
        return {}
    label = label_of(run=row.run, application_id=row.application_id)
    document, result = run_document(run=row.run), result_document(run=row.run)
    application = next((one for one in document["applications"] if one["id"] == label), None)
    if application is None:
        return {}
    step = next_step(document, {one["application"]: one["units"] for one in result["grants"]}, label)
    product = next(one for one in document["products"] if one["id"] == application["product"])
    return {
        "step": step,
        "limit_lines": _lines(step, row) if step else [],
        "floors": priced_floors(certificate=result["certificate"], product=product),
    }


def priced_floors(*, certificate: dict[str, Any], product: dict[str, Any]) -> list[str]:
    """Floors with a price that the product counts for: they make money spent on it worth more than its scores."""
    floors = []
    if product["youth_startup"] and certificate.get("youth"):
        floors.append(_("the floor for youth startups"))
    if certificate.get("tracks", {}).get(product["track"], {}).get("floor"):
        floors.append(_("the floor of its track"))
    return floors


def _lines(step: NextStep, row: Explanation) -> list[LimitLine]:
    lines = []
    for use in step.limits:
        is_minimum = use.limit == Limit.PRODUCT_MIN_INSTITUTIONS
        show = format_krw if use.limit in LIMITS_IN_WON else "{:,}".format
        lines.append(
            LimitLine(
                label=str(Limit(use.limit).label),
                allowed=show(use.allowed),
                used=show(use.used),
                left="–" if is_minimum else show(use.left),
                needed=show(use.needed) if use.needed else "–",
                is_minimum=is_minimum,
                is_blocking=use.is_blocking,
                is_scarcest=use.limit == row.scarcity,
            )
        )
    return lines


def rivals_of(*, row: Explanation) -> QuerySet[Explanation]:
    """Every application for the same product in the run, this one too, the highest score first."""
    return (
        Explanation.objects.filter(run=row.run, application__plan=row.application.plan_id)
        .select_related("application__institution__province")
        .order_by(F("score").desc(), "application_id")[:RIVALS_SHOWN]
    )
