"""The reasons given for what was not granted, against the award itself. Standard library only."""

from typing import Any

LIMITS = (
    "budget",
    "track_ceiling",
    "product_units",
    "product_ceiling",
    "product_institutions",
    "product_min_institutions",
    "institution_ceiling",
    "institution_products",
)


def explanation_faults(matching: Any, rows: list[dict[str, Any]], grants: dict[str, int], totals: Any) -> list[str]:
    """One true row for every application not granted in full, in ascending order."""
    wanted = [
        (name, row, grants.get(name, 0))
        for name, row in matching.applications.items()
        if grants.get(name, 0) < row.requested_units
    ]
    wanted.sort()
    if [row["application"] for row in rows] != [name for name, _, _ in wanted]:
        return ["explanations: are not one row, in ascending order, for each application not granted in full"]
    left = Left(matching, totals)
    faults = []
    for row, (name, application, granted) in zip(rows, wanted, strict=True):
        if row["granted"] != granted:
            faults.append(f"explanations: {name} was granted {granted}, not {row['granted']}")
        blocking = left.blocking(application, granted)
        if row["blocking"] != blocking:
            faults.append(f"explanations: {name} is blocked by {blocking}, not {row['blocking']}")
        if row["scarcity"] not in LIMITS:
            faults.append(f"explanations: {name} names no limit as scarce: {row['scarcity']}")
    return faults


class Left:
    """What the award leaves of every limit: for a product in units, for an institution in won."""

    def __init__(self, matching: Any, totals: Any) -> None:
        budget = matching.budget - totals.won
        tracks = {name: row["ceiling_krw"] - totals.track[name] for name, row in matching.tracks.items()}
        self.names: dict[tuple[bool, ...], list[str]] = {}
        self.products = {}
        for name, row in matching.products.items():
            price, units, served = row["unit_price_krw"], totals.units[name], totals.served[name]
            self.products[name] = (
                price,
                budget // price,
                tracks[row["track"]] // price,
                row["max_units"] - units,
                row["ceiling_krw"] // price - units,
                served >= row["max_institutions"],
                served + 1 < row["min_institutions"],
            )
        self.institutions = {
            name: (row["ceiling_krw"] - totals.krw[name], totals.held[name] >= row["max_products"])
            for name, row in matching.institutions.items()
        }

    def blocking(self, application: Any, granted: int) -> list[str]:
        """The limits that one more unit, or the minimum where nothing was granted, would break."""
        product, institution, _, least, _, _ = application
        price, budget, track, units, ceiling, full, lonely = self.products[product]
        krw, busy = self.institutions[institution]
        more = 1 if granted else least
        broken = (
            more > budget,
            more > track,
            more > units,
            more > ceiling,
            full and not granted,
            lonely and not granted,
            more * price > krw,
            busy and not granted,
        )
        if broken not in self.names:
            self.names[broken] = [name for name, flag in zip(LIMITS, broken, strict=True) if flag]
        return self.names[broken]
