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
    said = [row["application"] for row in rows]
    wanted = [name for name, row in matching.applications.items() if grants.get(name, 0) < row["requested_units"]]
    if said != sorted(wanted):
        return ["explanations: are not one row, in ascending order, for each application not granted in full"]
    faults = []
    for row in rows:
        name = row["application"]
        if row["granted"] != grants.get(name, 0):
            faults.append(f"explanations: {name} was granted {grants.get(name, 0)}, not {row['granted']}")
        blocking = blocking_limits(matching, matching.applications[name], row["granted"], totals)
        if row["blocking"] != blocking:
            faults.append(f"explanations: {name} is blocked by {blocking}, not {row['blocking']}")
        if row["scarcity"] not in LIMITS:
            faults.append(f"explanations: {name} names no limit as scarce: {row['scarcity']}")
    return faults


def blocking_limits(matching: Any, application: dict[str, Any], granted: int, totals: Any) -> list[str]:
    """The limits that one more unit, or the minimum where nothing was granted, would break."""
    product_id, institution_id = application["product"], application["institution"]
    product, institution = matching.products[product_id], matching.institutions[institution_id]
    track = product["track"]
    more, fresh = (1, 0) if granted else (application["min_units"], 1)
    won = more * product["unit_price_krw"]
    units, served = totals.units[product_id] + more, totals.served[product_id] + fresh
    broken = (
        totals.won + won > matching.budget,
        totals.track[track] + won > matching.tracks[track]["ceiling_krw"],
        units > product["max_units"],
        units * product["unit_price_krw"] > product["ceiling_krw"],
        fresh and served > product["max_institutions"],
        fresh and served < product["min_institutions"],
        totals.krw[institution_id] + won > institution["ceiling_krw"],
        fresh and totals.held[institution_id] + 1 > institution["max_products"],
    )
    return [name for name, flag in zip(LIMITS, broken, strict=True) if flag]
