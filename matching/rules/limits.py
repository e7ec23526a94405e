"""What every limit leaves to one application in a finished award: the numbers behind its explanation.

The engine names the limits that block; this shows each limit with what it allows, what the award uses and what the
application's next step would take, so that a person can follow the verdict with a pencil.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matching.rules.breaches import usage


@dataclass(frozen=True, slots=True)
class LimitUse:
    """One limit beside one application. Won where the code says so, else units, institutions or products.

    Attributes:
        limit: a code of the format.
        allowed: the limit; for ``product_min_institutions`` how many institutions the product needs.
        used: what the award uses of it.
        needed: what the application's next step would add: its minimum if it got nothing, else one more unit.
    """

    limit: str
    allowed: int
    used: int
    needed: int

    @property
    def left(self) -> int:
        """What the award leaves of the limit; of a smallest number, how many institutions are still missing."""
        return max(0, self.allowed - self.used)

    @property
    def is_blocking(self) -> bool:
        """Whether the limit forbids the application's next step."""
        if self.limit == "product_min_institutions":
            return self.needed > 0 and self.used + self.needed < self.allowed
        return self.needed > self.left


@dataclass(frozen=True, slots=True)
class NextStep:
    """The smallest addition that an application could have had, and every limit beside it."""

    units: int
    amount_krw: int
    is_first: bool
    limits: list[LimitUse]


def next_step(document: Mapping[str, Any], grants: Mapping[str, int], application: str) -> NextStep | None:
    """The next step of an application in the award of ``grants`` (units by application).

    None where it has none: it is not in the instance, was granted in full, or stood before matching.
    """
    row = next((one for one in document["applications"] if one["id"] == application), None)
    granted = grants.get(application, 0)
    if row is None or row["predetermined"] or granted >= row["requested_units"]:
        return None
    product = next(one for one in document["products"] if one["id"] == row["product"])
    institution = next(one for one in document["institutions"] if one["id"] == row["institution"])
    track = next(one for one in document["tracks"] if one["id"] == product["track"])
    used = usage(document, grants)
    is_first = granted == 0
    units = row["min_units"] if is_first else 1
    won, place = units * product["unit_price_krw"], int(is_first)
    limits = [
        LimitUse("budget", document["budget_krw"], used.total_krw, won),
        LimitUse("track_ceiling", track["ceiling_krw"], used.track_krw[track["id"]], won),
        LimitUse("product_units", product["max_units"], used.units[product["id"]], units),
        LimitUse("product_ceiling", product["ceiling_krw"], used.product_krw[product["id"]], won),
        LimitUse("product_institutions", product["max_institutions"], used.served[product["id"]], place),
        LimitUse("product_min_institutions", product["min_institutions"], used.served[product["id"]], place),
        LimitUse("institution_ceiling", institution["ceiling_krw"], used.institution_krw[institution["id"]], won),
        LimitUse(
            "institution_products", institution["max_products"], used.institution_products[institution["id"]], place
        ),
    ]
    return NextStep(units, won, is_first, limits)
