"""The places of an offer or a contract line, with the units that go to each."""

from collections import Counter
from dataclasses import dataclass

from matching.models import Allocation, ContractLine, LineSite
from matching.rules.places import spread


@dataclass(frozen=True, slots=True)
class PlaceUnits:
    """One place and the units it gets; of a line also its own row and what came there in the present attempt."""

    name: str
    address: str
    province_id: str | None
    units: int
    is_first: bool
    site: LineSite | None = None
    delivered: int = 0

    @property
    def owed(self) -> int:
        return self.units - self.delivered


def places_of_offer(*, offer: Allocation) -> list[PlaceUnits]:
    """Where the offered units go: the places of the application in its order, as far as the units reach."""
    application = offer.application
    further = sorted(application.further_sites.all(), key=lambda site: (site.order, site.pk))
    asked = [site.units for site in further]
    first, *rest = spread(units=offer.units, wanted=[application.requested_units - sum(asked), *asked])
    places = [PlaceUnits(application.site_name, application.site_address, application.site_province_id, first, True)]
    places += [
        PlaceUnits(site.name, site.address, site.province_id, units, False)
        for site, units in zip(further, rest, strict=True)
    ]
    return [place for place in places if place.units]


def places_of_line(*, line: ContractLine) -> list[PlaceUnits]:
    """Where the units of a line go, its own site first, and what came to each in the present attempt."""
    came: Counter[int | None] = Counter()
    for row in line.deliveries.all():
        if row.attempt == line.attempt:
            came[row.site_id] += row.units
    further = sorted(line.further_sites.all(), key=lambda site: site.order)
    own = line.units - sum(site.units for site in further)
    places = [PlaceUnits(line.site_name, line.site_address, line.site_province_id, own, True, None, came[None])]
    places += [
        PlaceUnits(site.name, site.address, site.province_id, site.units, False, site, came[site.pk])
        for site in further
    ]
    return [place for place in places if place.units]
