"""The result in the format `pilot-matching-result/1`, as canonical bytes.

Sorted keys, no spaces, one newline at the end; nothing in it tells the time, the machine or the number of workers. The
two long lists are written row by row: a million rows as Python objects would not fit beside the instance.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

import numpy as np

from matching.engine.certificate import Certificate
from matching.engine.explain import LIMITS, Explanations
from matching.engine.instance import Instance, Whole

FORMAT = "pilot-matching-result/1"
NAME = "innovation-market"
VERSION = "3"
CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class Result:
    """The numbers of a result, and the file itself in `content`."""

    objective: int
    spent_krw: int
    bound: int
    gap_ppm: int
    solver_bound: int
    solver_gap_ppm: int
    stop_rule: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything that goes into a result; `units` has one entry per application of the instance."""

    units: Whole
    objective: int
    spent_krw: int
    shortfalls: tuple[list[int], int]
    certificate: Certificate
    solver_bound: int
    stop_rule: str
    explanations: Explanations


def gap_ppm(bound: int, objective: int) -> int:
    """Distance to the bound in millionths of the bound, rounded up."""
    return -(-(bound - objective) * 1_000_000 // bound) if bound > 0 else 0


def write(instance: Instance, outcome: Outcome) -> Result:
    bound = outcome.certificate.bound
    gap, solver_gap = (gap_ppm(one, outcome.objective) for one in (bound, outcome.solver_bound))
    tracks, youth = outcome.shortfalls
    parts: dict[str, str | Iterator[str]] = {
        "bound": str(bound),
        "certificate": canonical(certificate_document(instance, outcome.certificate)),
        "engine": canonical(
            {
                "name": NAME,
                "version": VERSION,
                "stop_rule": outcome.stop_rule,
                "solver_bound": outcome.solver_bound,
                "solver_gap_ppm": solver_gap,
            }
        ),
        "explanations": _explanation_rows(instance, outcome.explanations),
        "floor_shortfalls": canonical(
            {
                "tracks": {track.id: missing for track, missing in zip(instance.tracks, tracks, strict=True)},
                "youth_krw": youth,
            }
        ),
        "format": canonical(FORMAT),
        "gap_ppm": str(gap),
        "grants": _grant_rows(instance, outcome.units),
        "instance_sha256": canonical(instance.sha256),
        "objective": str(outcome.objective),
        "spent_krw": str(outcome.spent_krw),
    }
    return Result(
        objective=outcome.objective,
        spent_krw=outcome.spent_krw,
        bound=bound,
        gap_ppm=gap,
        solver_bound=outcome.solver_bound,
        solver_gap_ppm=solver_gap,
        stop_rule=outcome.stop_rule,
        content=_joined(parts),
    )


def _joined(parts: dict[str, str | Iterator[str]]) -> bytes:
    """The object of these parts, put together in one buffer: a second copy would not fit beside the instance."""
    out = io.BytesIO()
    opening = "{"
    for name in sorted(parts):
        out.write(f'{opening}"{name}":'.encode())
        part, opening = parts[name], ","
        if isinstance(part, str):
            out.write(part.encode())
            continue
        out.write(b"[")
        comma = ""
        while rows := list(islice(part, CHUNK)):
            out.write(f"{comma}{','.join(rows)}".encode())
            comma = ","
        out.write(b"]")
    out.write(b"}\n")
    return out.getvalue()


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def certificate_document(instance: Instance, certificate: Certificate) -> dict[str, object]:
    """Prices by id; a price of 0 is left out, which the format reads as 0, and so is a list of nobody."""
    prices = certificate.prices
    tracks = {
        track.id: {"ceiling": ceiling, "floor": floor}
        for track, ceiling, floor in zip(
            instance.tracks, prices.track_ceiling.tolist(), prices.track_floor.tolist(), strict=True
        )
    }
    products = [product.id for product in instance.products]
    institutions = [institution.id for institution in instance.institutions]
    document: dict[str, object] = {
        "scale": prices.scale,
        "budget": prices.budget,
        "youth": prices.youth,
        "tracks": tracks,
        "product_units": _priced(products, prices.product_units),
        "product_institutions": _priced(products, prices.product_institutions),
        "institution_krw": _priced(institutions, prices.institution_krw),
        "institution_products": _priced(institutions, prices.institution_products),
    }
    if certificate.priced:
        document["priced_institutions"] = sorted(institutions[place] for place in certificate.priced)
    return document


def _priced(names: list[str], prices: Whole) -> dict[str, int]:
    return {names[place]: int(prices[place]) for place in np.flatnonzero(prices).tolist()}


def _grant_rows(instance: Instance, units: Whole) -> Iterator[str]:
    ids = instance.applications.ids
    granted = np.flatnonzero(units)
    for row, count in zip(granted.tolist(), units[granted].tolist(), strict=True):
        yield f'{{"application":{canonical(ids[row])},"units":{count}}}'


@cache
def _blocking(bits: int) -> str:
    return canonical([name for place, name in enumerate(LIMITS) if bits >> place & 1])


def _explanation_rows(instance: Instance, explanations: Explanations) -> Iterator[str]:
    ids = instance.applications.ids
    columns = (explanations.index, explanations.granted, explanations.blocking, explanations.scarcity)
    for row, granted, bits, scarce in zip(*(column.tolist() for column in columns), strict=True):
        yield (
            f'{{"application":{canonical(ids[row])},"blocking":{_blocking(bits)},'
            f'"granted":{granted},"scarcity":"{LIMITS[scarce]}"}}'
        )
