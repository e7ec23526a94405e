"""What the limits of a round leave, given the offers in force: the check before anybody is promoted."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Self

from matching.models import Allocation, MatchingRun
from matching.selectors.instances import run_document
from pilots.models import FrozenInstance


@dataclass(slots=True)
class Headroom:
    """The rest of every limit. ``fit`` asks, ``take`` uses it up."""

    products: dict[str, dict[str, Any]]
    institutions: dict[str, dict[str, Any]]
    applications: dict[int, dict[str, Any]]
    tracks: dict[str, int]
    budget_krw: int
    units: Counter[str]
    served: Counter[str]
    institution_krw: Counter[str]
    institution_products: Counter[str]

    @classmethod
    def of(cls, document: dict[str, Any], ids: dict[str, int]) -> Self:
        return cls(
            products={row["id"]: row for row in document["products"]},
            institutions={row["id"]: row for row in document["institutions"]},
            applications={ids[row["id"]]: row for row in document["applications"]},
            tracks={row["id"]: row["ceiling_krw"] for row in document["tracks"]},
            budget_krw=document["budget_krw"],
            units=Counter(),
            served=Counter(),
            institution_krw=Counter(),
            institution_products=Counter(),
        )

    def take(self, application_id: int, units: int) -> None:
        """Count an award of ``units``."""
        row = self.applications[application_id]
        product = self.products[row["product"]]
        amount = units * product["unit_price_krw"]
        self.units[row["product"]] += units
        self.served[row["product"]] += 1
        self.institution_krw[row["institution"]] += amount
        self.institution_products[row["institution"]] += 1
        self.tracks[product["track"]] -= amount
        self.budget_krw -= amount

    def fit(self, application_id: int) -> int:
        """The most units the limits allow for an application; 0 when its minimum does not fit."""
        row = self.applications.get(application_id)
        if row is None:
            return 0
        product = self.products[row["product"]]
        institution = self.institutions[row["institution"]]
        price: int = product["unit_price_krw"]
        if self.served[row["product"]] >= product["max_institutions"]:
            return 0
        if self.served[row["product"]] + 1 < product["min_institutions"]:
            return 0
        if self.institution_products[row["institution"]] >= institution["max_products"]:
            return 0
        left_krw = min(
            product["ceiling_krw"] - self.units[row["product"]] * price,
            institution["ceiling_krw"] - self.institution_krw[row["institution"]],
            self.tracks[product["track"]],
            self.budget_krw,
        )
        most: int = min(
            row["requested_units"], product["max_units"] - self.units[row["product"]], max(0, left_krw) // price
        )
        return most if most >= row["min_units"] else 0


def headroom(*, run: MatchingRun) -> Headroom:
    """The room that a result leaves beside the offers of its round that are unanswered or confirmed."""
    frozen = FrozenInstance.objects.only("ids").get(pk=run.frozen_id)
    room = Headroom.of(run_document(run=run), frozen.ids)
    in_force = Allocation.objects.filter(run__round_id=run.round_id).in_force().values_list("application_id", "units")
    for application_id, units in in_force:
        room.take(application_id, units)
    return room
