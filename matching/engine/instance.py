"""The instance: what a round asks to be decided, in the format `pilot-matching/1`.

Rows may come in any order; here everything is sorted by id (code points), so that the order in the file can never
matter. Applications are columns, since a round of the whole procurement market has a million of them.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from matching.engine.strict import FLAG, TEXT, InvalidInstance, Kind, complaint, read, row_faults, shown

FORMAT = "pilot-matching/1"
# Scores are tenths of a point; up to here every sum of score x 10000 stays exact in 64 bits for a million
# applications.
LARGEST_SCORE = 10**8

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Track(NamedTuple):
    id: str
    floor_krw: int
    ceiling_krw: int


class Product(NamedTuple):
    id: str
    track: str
    unit_price_krw: int
    max_units: int
    ceiling_krw: int
    min_institutions: int
    max_institutions: int
    youth_startup: bool


class Institution(NamedTuple):
    id: str
    ceiling_krw: int
    max_products: int


@dataclass(frozen=True, slots=True)
class Applications:
    """One entry per application in ascending id; `product` and `institution` are positions in the sorted lists."""

    ids: list[str]
    product: Whole
    institution: Whole
    requested_units: Whole
    min_units: Whole
    score: Whole
    predetermined: Flags


@dataclass(frozen=True, slots=True)
class Instance:
    sha256: str
    round: str
    budget_krw: int
    youth_floor_permille: int
    tracks: list[Track]
    products: list[Product]
    institutions: list[Institution]
    applications: Applications

    @property
    def youth_floor_krw(self) -> int:
        return -(-self.youth_floor_permille * self.budget_krw // 1000)

    @property
    def track_position(self) -> dict[str, int]:
        return {track.id: position for position, track in enumerate(self.tracks)}


TRACK: dict[str, Kind] = {"id": TEXT, "floor_krw": 0, "ceiling_krw": 0}
PRODUCT: dict[str, Kind] = {
    "id": TEXT,
    "track": TEXT,
    "unit_price_krw": 1,
    "max_units": 0,
    "ceiling_krw": 0,
    "min_institutions": 0,
    "max_institutions": 0,
    "youth_startup": FLAG,
}
INSTITUTION: dict[str, Kind] = {"id": TEXT, "ceiling_krw": 0, "max_products": 0}
APPLICATION: dict[str, Kind] = {
    "id": TEXT,
    "product": TEXT,
    "institution": TEXT,
    "requested_units": 1,
    "min_units": 1,
    "score": 0,
    "predetermined": FLAG,
}
LISTS = ("tracks", "products", "institutions", "applications")
HEAD: dict[str, Kind] = {"format": TEXT, "round": TEXT, "budget_krw": 0, "youth_floor_permille": 0}

_cells_of_application = itemgetter(*APPLICATION)
Cells = tuple[Any, ...]
Row = TypeVar("Row")


def parse(content: bytes) -> Instance:
    """Read an instance, or raise `InvalidInstance` with every fault found."""
    document = read(content, compact=_compact_rows())
    faults = _head_faults(document)
    if not isinstance(document, dict):
        raise InvalidInstance(faults)
    tracks = _rows(document, "tracks", TRACK, Track._make, faults)
    products = _rows(document, "products", PRODUCT, Product._make, faults)
    institutions = _rows(document, "institutions", INSTITUTION, Institution._make, faults)
    known = _named(document, "tracks")
    faults += [
        f"products[{place}].track: there is no track {shown(product.track)}"
        for place, product in enumerate(products)
        if product.track not in known
    ]
    rows = _application_rows(document, faults)
    if faults:
        raise InvalidInstance(faults)
    instance = Instance(
        sha256=hashlib.sha256(content).hexdigest(),
        round=document["round"],
        budget_krw=document["budget_krw"],
        youth_floor_permille=document["youth_floor_permille"],
        tracks=sorted(tracks),
        products=sorted(products),
        institutions=sorted(institutions),
        applications=_columns(rows, sorted(products), sorted(institutions)),
    )
    faults = predetermined_faults(instance)
    if faults:
        raise InvalidInstance(faults)
    return instance


def _compact_rows() -> Callable[[dict[str, Any]], Any]:
    """An application becomes a tuple at once, with product and institution ids kept once."""
    kept: dict[str, str] = {}

    def compact(row: dict[str, Any]) -> Any:
        if len(row) != len(APPLICATION) or "requested_units" not in row:
            return row
        try:
            name, product, institution, *rest = _cells_of_application(row)
            return (name, kept.setdefault(product, product), kept.setdefault(institution, institution), *rest)
        except (KeyError, TypeError):
            return row

    return compact


def _head_faults(document: object) -> list[str]:
    if not isinstance(document, dict):
        return ["document: is not an object"]
    faults = row_faults("", document, HEAD | dict.fromkeys(LISTS, TEXT))
    lists = [f"{name}: " for name in LISTS if name in document]
    faults = [fault for fault in faults if not fault.startswith(tuple(lists)) or fault.endswith("given twice")]
    faults += [f"{name}: is not a list" for name in LISTS if name in document and type(document[name]) is not list]
    if type(document.get("format")) is str and document["format"] != FORMAT:
        faults.append(f"format: {shown(document['format'])} is not {FORMAT}")
    return faults


def _listed(document: dict[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return value if type(value) is list else []


def _rows(
    document: dict[str, Any], name: str, kinds: dict[str, Kind], make: Callable[[Any], Row], faults: list[str]
) -> list[Row]:
    """The sound rows of one of the short lists; what is wrong with the others goes to `faults`."""
    rows: list[Row] = []
    first: dict[str, int] = {}
    for place, value in enumerate(_listed(document, name)):
        row = dict(zip(APPLICATION, value, strict=True)) if type(value) is tuple else value
        wrong = row_faults(f"{name}[{place}]", row, kinds)
        faults += wrong
        if wrong:
            continue
        if row["id"] in first:
            faults.append(f"{name}[{place}].id: {shown(row['id'])} is already the id of {name}[{first[row['id']]}]")
        first.setdefault(row["id"], place)
        rows.append(make([row[key] for key in kinds]))
    return rows


def _named(document: dict[str, Any], name: str) -> set[str]:
    """The ids that a list gives, those of faulty rows too: a reference to one of them is not a fault of its own."""
    ids = (row.get("id") for row in _listed(document, name) if isinstance(row, dict))
    return {value for value in ids if type(value) is str}


def _application_rows(document: dict[str, Any], faults: list[str]) -> list[Cells]:
    product_ids, institution_ids = _named(document, "products"), _named(document, "institutions")
    ids: dict[str, int] = {}
    pairs: dict[tuple[str, str], int] = {}
    rows: list[Cells] = []
    for place, value in enumerate(_listed(document, "applications")):
        wrong = _application_faults(place, value)
        if wrong:
            faults += wrong
            continue
        name, product, institution = value[:3]
        at = f"applications[{place}]"
        if ids.setdefault(name, place) != place:
            faults.append(f"{at}.id: {shown(name)} is already the id of applications[{ids[name]}]")
        if product not in product_ids:
            faults.append(f"{at}.product: there is no product {shown(product)}")
        if institution not in institution_ids:
            faults.append(f"{at}.institution: there is no institution {shown(institution)}")
        if pairs.setdefault((institution, product), place) != place:
            other = pairs[institution, product]
            faults.append(
                f"{at}: institution {shown(institution)} asks for {shown(product)} in applications[{other}] too"
            )
        rows.append(value)
    return rows


def _application_faults(place: int, value: object) -> list[str]:
    at = f"applications[{place}]"
    if type(value) is not tuple:
        return row_faults(at, value, APPLICATION) or [f"{at}: is not an application"]
    faults = [
        f"{at}.{name}: {reason}"
        for (name, kind), cell in zip(APPLICATION.items(), value, strict=True)
        if (reason := complaint(kind, cell)) is not None
    ]
    if faults:
        return faults
    if value[4] > value[3]:
        return [f"{at}.min_units: {value[4]} is above requested_units {value[3]}"]
    if value[5] > LARGEST_SCORE:
        return [f"{at}.score: {value[5]} is above {LARGEST_SCORE}"]
    return []


def _columns(rows: list[Cells], products: list[Product], institutions: list[Institution]) -> Applications:
    rows.sort(key=itemgetter(0))
    product_at = {product.id: position for position, product in enumerate(products)}
    institution_at = {institution.id: position for position, institution in enumerate(institutions)}
    count = len(rows)

    def column(place: int) -> Whole:
        return np.fromiter((row[place] for row in rows), np.int64, count)

    return Applications(
        ids=[row[0] for row in rows],
        product=np.fromiter((product_at[row[1]] for row in rows), np.int64, count),
        institution=np.fromiter((institution_at[row[2]] for row in rows), np.int64, count),
        requested_units=column(3),
        min_units=column(4),
        score=column(5),
        predetermined=np.fromiter((row[6] for row in rows), np.bool_, count),
    )


@dataclass(slots=True)
class Taken:
    """What the pre-determined awards take of every limit."""

    won: int
    youth_krw: int
    track_krw: list[int]
    product_units: list[int]
    product_served: list[int]
    institution_krw: list[int]
    institution_products: list[int]


def taken_before(instance: Instance) -> Taken:
    """Pre-determined awards (rule 1) in plain integers; they are few, so a loop is enough."""
    tracks, products = instance.tracks, instance.products
    taken = Taken(
        won=0,
        youth_krw=0,
        track_krw=[0] * len(tracks),
        product_units=[0] * len(products),
        product_served=[0] * len(products),
        institution_krw=[0] * len(instance.institutions),
        institution_products=[0] * len(instance.institutions),
    )
    rows, track_position = instance.applications, instance.track_position
    for row in np.flatnonzero(rows.predetermined).tolist():
        at, institution, units = int(rows.product[row]), int(rows.institution[row]), int(rows.requested_units[row])
        product = products[at]
        won = units * product.unit_price_krw
        taken.won += won
        taken.youth_krw += won if product.youth_startup else 0
        taken.track_krw[track_position[product.track]] += won
        taken.product_units[at] += units
        taken.product_served[at] += 1
        taken.institution_krw[institution] += won
        taken.institution_products[institution] += 1
    return taken


def predetermined_faults(instance: Instance) -> list[str]:
    """Limits that the pre-determined awards break all by themselves: no award can mend that."""
    taken = taken_before(instance)
    uses = [("budget_krw", taken.won, instance.budget_krw)]
    uses += [
        (f"track {shown(track.id)} ceiling_krw", won, track.ceiling_krw)
        for track, won in zip(instance.tracks, taken.track_krw, strict=True)
    ]
    for product, units, served in zip(instance.products, taken.product_units, taken.product_served, strict=True):
        at = f"product {shown(product.id)}"
        uses.append((f"{at} max_units", units, product.max_units))
        uses.append((f"{at} ceiling_krw", units * product.unit_price_krw, product.ceiling_krw))
        uses.append((f"{at} max_institutions", served, product.max_institutions))
    for institution, won, count in zip(
        instance.institutions, taken.institution_krw, taken.institution_products, strict=True
    ):
        at = f"institution {shown(institution.id)}"
        uses.append((f"{at} ceiling_krw", won, institution.ceiling_krw))
        uses.append((f"{at} max_products", count, institution.max_products))
    return [
        f"{place}: pre-determined awards take {used}, the limit is {limit}"
        for place, used, limit in uses
        if used > limit
    ]
