"""Independent check of a matching result: every rule to the won, the objective, the bound, the reasons given.

    python auditor.py INSTANCE RESULT

Exit 0 and one line `feasible objective=... bound=... gap_ppm=...`; exit 1 and one line per broken rule; exit 2 and one
line per fault where the instance itself is not valid. Standard library only, whole numbers only: nothing here can
round or overflow. The formats, the rules and the mathematics of the bound are in docs/matching.md.
"""

import gc
import hashlib
import json
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from operator import le
from typing import Any, NamedTuple

try:
    from matching.audit import shapes
    from matching.audit.bound import TooHard, proven_bound
    from matching.audit.reasons import explanation_faults
except ModuleNotFoundError:  # run as a plain file, away from the project: its neighbours lie beside it
    import shapes  # type: ignore[import-not-found, no-redef]
    from bound import TooHard, proven_bound  # type: ignore[import-not-found, no-redef]
    from reasons import explanation_faults  # type: ignore[import-not-found, no-redef]

INSTANCE_FORMAT = "pilot-matching/1"
RESULT_FORMAT = "pilot-matching-result/1"
VALUE_SCALE = 10_000
CERTIFICATE_MAPS = {
    "product_units": "products",
    "product_institutions": "products",
    "institution_krw": "institutions",
    "institution_products": "institutions",
}

Row = dict[str, Any]
Count = dict[str, int]
Say = Callable[[str], object]


# The instance


class Application(NamedTuple):
    product: str
    institution: str
    requested_units: int
    min_units: int
    score: int
    predetermined: bool


class Round:
    """A valid instance with its rows by id, and what pre-determined awards take."""

    def __init__(self, content: bytes) -> None:
        document = shapes.read_json(content, "instance")
        faults = shapes.shape_faults("instance", document, shapes.SHAPES["instance"])
        cells = {}
        if not faults:
            if document["format"] != INSTANCE_FORMAT:
                faults.append(f"instance.format: is not {INSTANCE_FORMAT}")
            for name in ("tracks", "products", "institutions"):
                faults += shapes.list_faults(name, document[name])
            cells = shapes.columns_of("applications", document["applications"])
            faults += [] if cells else shapes.row_faults("applications", document["applications"])
        if faults:
            raise shapes.Refused(faults)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.budget = document["budget_krw"]
        self.youth_floor = -(-document["youth_floor_permille"] * self.budget // 1000)
        self.tracks: dict[str, Row] = {row["id"]: row for row in document["tracks"]}
        self.products: dict[str, Row] = {row["id"]: row for row in document["products"]}
        self.institutions: dict[str, Row] = {row["id"]: row for row in document["institutions"]}
        # A million of them take less room, and are quicker to go through, as tuples that share their names.
        for key, rows in (("product", self.products), ("institution", self.institutions)):
            names = {name: name for name in rows}
            cells[key] = [names.get(name, name) for name in cells[key]]
        columns = (cells[key] for key in Application._fields)
        self.applications = dict(zip(cells["id"], map(Application._make, zip(*columns, strict=True)), strict=True))
        faults = self._reference_faults(document, cells)
        if faults:
            raise shapes.Refused(faults)
        self.fixed = {name: row.requested_units for name, row in self.applications.items() if row.predetermined}
        self.taken: Totals = Totals(self, self.fixed)
        faults += [f"pre-determined awards alone break a limit: {line}" for line in self.taken.overdrawn()]
        if faults:
            raise shapes.Refused(faults)

    def _reference_faults(self, document: Row, cells: dict[str, list[Any]]) -> list[str]:
        faults = []
        for name in ("tracks", "products", "institutions", "applications"):
            if len(getattr(self, name)) < len(document[name]):
                faults += repeated_ids(name, document[name])
        for place, row in enumerate(document["products"]):
            if row["track"] not in self.tracks:
                faults.append(f"products[{place}].track: there is no track {row['track']}")
        is_sound = (
            self.products.keys() >= set(cells["product"])
            and self.institutions.keys() >= set(cells["institution"])
            and all(map(le, cells["min_units"], cells["requested_units"]))
            and len(set(zip(cells["product"], cells["institution"], strict=True))) == len(cells["id"])
        )
        return faults if is_sound else faults + self._application_faults(document["applications"])

    def _application_faults(self, rows: list[Row]) -> list[str]:
        """The same faults one by one."""
        faults = []
        for place, row in enumerate(rows):
            if row["product"] not in self.products:
                faults.append(f"applications[{place}].product: there is no product {row['product']}")
            if row["institution"] not in self.institutions:
                faults.append(f"applications[{place}].institution: there is no institution {row['institution']}")
            if row["min_units"] > row["requested_units"]:
                faults.append(f"applications[{place}].min_units: is above requested_units")
        return faults + repeated_pairs(rows)


def repeated_ids(name: str, rows: list[Row]) -> list[str]:
    seen: set[str] = set()
    faults = []
    for place, row in enumerate(rows):
        if row["id"] in seen:
            faults.append(f"{name}[{place}].id: {row['id']} is used twice")
        seen.add(row["id"])
    return faults


def repeated_pairs(applications: list[Row]) -> list[str]:
    seen: set[tuple[str, str]] = set()
    faults = []
    for place, row in enumerate(applications):
        pair = (row["product"], row["institution"])
        if pair in seen:
            faults.append(f"applications[{place}]: {pair[1]} asks for {pair[0]} twice")
        seen.add(pair)
    return faults


class Totals:
    """What a set of grants (application id to units) takes of every limit."""

    def __init__(self, matching: Round, grants: dict[str, int]) -> None:
        self.matching = matching
        self.won = self.youth = self.value = 0
        self.track: Count = defaultdict(int)
        self.units: Count = defaultdict(int)
        self.krw: Count = defaultdict(int)
        granted = [matching.applications[name] for name in grants]
        self.served = Counter([row.product for row in granted])
        self.chosen = Counter([row.product for row in granted if not row.predetermined])
        self.held = Counter([row.institution for row in granted])
        price = {name: row["unit_price_krw"] for name, row in matching.products.items()}
        for (product, institution, requested, _, score, is_fixed), units in zip(granted, grants.values(), strict=True):
            self.units[product] += units
            self.krw[institution] += units * price[product]
            if not is_fixed:
                self.value += VALUE_SCALE * score // requested * units
        for product, units in self.units.items():
            sold = matching.products[product]
            won = units * sold["unit_price_krw"]
            self.won += won
            self.track[sold["track"]] += won
            self.youth += won if sold["youth_startup"] else 0

    def overdrawn(self) -> list[str]:
        """Rules 3 to 5: every ceiling that is exceeded."""
        matching = self.matching
        uses = [("budget_krw", self.won, matching.budget)]
        uses += [
            (f"track {name} ceiling_krw", won, matching.tracks[name]["ceiling_krw"])
            for name, won in self.track.items()
        ]
        for name, units in self.units.items():
            row = matching.products[name]
            uses.append((f"product {name} max_units", units, row["max_units"]))
            uses.append((f"product {name} ceiling_krw", units * row["unit_price_krw"], row["ceiling_krw"]))
            uses.append((f"product {name} max_institutions", self.served[name], row["max_institutions"]))
        for name, won in self.krw.items():
            row = matching.institutions[name]
            uses.append((f"institution {name} ceiling_krw", won, row["ceiling_krw"]))
            uses.append((f"institution {name} max_products", self.held[name], row["max_products"]))
        return [f"{place}: {used} is above the limit {limit}" for place, used, limit in uses if used > limit]

    def too_few(self) -> list[str]:
        """Rule 3: products that were granted beyond pre-determined awards and serve too few institutions."""
        least = {
            name: self.matching.products[name]["min_institutions"] for name, chosen in self.chosen.items() if chosen
        }
        return [
            f"product {name} min_institutions: {self.served[name]} is below {needed}"
            for name, needed in least.items()
            if self.served[name] < needed
        ]

    def shortfalls(self) -> tuple[dict[str, int], int]:
        tracks = {name: max(0, row["floor_krw"] - self.track[name]) for name, row in self.matching.tracks.items()}
        return tracks, max(0, self.matching.youth_floor - self.youth)


# The result


def audit(instance_content: bytes, result_content: bytes) -> "Report":
    """The report on a result: its broken rules (none for a sound result), objective, bound and gap as recomputed."""
    collecting = gc.isenabled()
    gc.disable()  # a million rows that all live to the end: collecting in between only costs time
    try:
        return report_on(Round(instance_content), result_content)
    finally:
        if collecting:
            gc.enable()


def report_on(matching: Round, result_content: bytes) -> "Report":
    try:
        result = shapes.read_json(result_content, "result")
    except shapes.Refused as refused:
        return Report(refused.lines)
    broken = result_shape_faults(result)
    if broken:
        return Report(broken)
    grants = read_grants(matching, result["grants"], broken)
    totals = Totals(matching, grants)
    broken += totals.overdrawn() + totals.too_few()
    broken += certificate_faults(matching, result["certificate"])
    bound = 0
    if not broken:
        try:
            bound = proven_bound(matching, result["certificate"], totals)
        except TooHard as fault:
            return Report([str(fault)], totals.value)
        broken += figure_faults(matching, result, totals, bound)
        broken += explanation_faults(matching, result["explanations"], grants, totals)
    return Report(broken, totals.value, bound)


class Report:
    def __init__(self, broken: list[str], objective: int = 0, bound: int = 0) -> None:
        self.broken, self.objective, self.bound = broken, objective, bound

    @property
    def gap_ppm(self) -> int:
        return gap_ppm(self.bound, self.objective)


def gap_ppm(bound: int, objective: int) -> int:
    return -(-(bound - objective) * 1_000_000 // bound) if bound else 0


def result_shape_faults(result: Any) -> list[str]:
    faults = shapes.shape_faults("result", result, shapes.SHAPES["result"])
    if faults:
        return faults
    if result["format"] != RESULT_FORMAT:
        faults.append(f"result.format: is not {RESULT_FORMAT}")
    faults += shapes.shape_faults("engine", result["engine"], shapes.SHAPES["engine"])
    faults += shapes.shape_faults("floor_shortfalls", result["floor_shortfalls"], shapes.SHAPES["floor_shortfalls"])
    return (
        faults
        + shapes.list_faults("grants", result["grants"])
        + shapes.list_faults("explanations", result["explanations"])
    )


def read_grants(matching: Round, rows: list[Row], broken: list[str]) -> dict[str, int]:
    """Grants by application, with rules 1 and 2 checked and unusable rows left out."""
    grants: dict[str, int] = {}
    last = ""
    for row in rows:
        name, units = row["application"], row["units"]
        application = matching.applications.get(name)
        if application is None:
            broken.append(f"grants: there is no application {name}")
            continue
        if name <= last:
            broken.append(f"grants: {name} is not in ascending order or is listed twice")
        last = name
        if units > application.requested_units:
            broken.append(f"application {name}: {units} units are above the {application.requested_units} requested")
        elif units < application.min_units:
            broken.append(f"application {name}: {units} units are below the minimum {application.min_units}")
        grants[name] = units
    for name, units in matching.fixed.items():
        if grants.get(name) != units:
            broken.append(f"application {name}: pre-determined for {units} units, granted {grants.get(name, 0)}")
    return grants


def figure_faults(matching: Round, result: Row, totals: Totals, bound: int) -> list[str]:
    """The published figures against the recomputed ones."""
    tracks, youth = totals.shortfalls()
    figures = [
        ("instance_sha256", result["instance_sha256"], matching.sha256),
        ("objective", result["objective"], totals.value),
        ("spent_krw", result["spent_krw"], totals.won),
        ("floor_shortfalls.tracks", result["floor_shortfalls"]["tracks"], tracks),
        ("floor_shortfalls.youth_krw", result["floor_shortfalls"]["youth_krw"], youth),
        ("bound", result["bound"], bound),
        ("gap_ppm", result["gap_ppm"], gap_ppm(bound, totals.value)),
    ]
    return [
        f"{name}: the result says {json.dumps(said)}, recomputed {json.dumps(found)}"
        for name, said, found in figures
        if json.dumps(said, sort_keys=True) != json.dumps(found, sort_keys=True)
    ]


# The certificate


def certificate_faults(matching: Round, certificate: Row) -> list[str]:
    """Prices must be whole, not negative, and belong to something in the instance; what is missing is 0."""
    known = {"scale", "budget", "youth", "tracks", "priced_institutions", *CERTIFICATE_MAPS}
    faults = [f"certificate.{name}: is not part of the format" for name in certificate if name not in known]
    if not shapes.fits(shapes.COUNT, certificate.get("scale")):
        faults.append("certificate.scale: is not a whole number from 1")
    faults += [
        f"certificate.{name}: is not {shapes.WANTED[shapes.NUMBER]}"
        for name in ("budget", "youth")
        if not shapes.fits(shapes.NUMBER, certificate.get(name, 0))
    ]
    for name, owners in CERTIFICATE_MAPS.items():
        faults += price_faults(f"certificate.{name}", certificate.get(name, {}), getattr(matching, owners))
    faults += priced_faults(certificate.get("priced_institutions", []), matching.institutions)
    tracks = certificate.get("tracks", {})
    if not shapes.fits(shapes.OBJECT, tracks):
        return [*faults, "certificate.tracks: is not an object"]
    for name, prices in tracks.items():
        if name not in matching.tracks:
            faults.append(f"certificate.tracks.{name}: there is no such track")
        faults += price_faults(f"certificate.tracks.{name}", prices, ("ceiling", "floor"))
    return faults


def priced_faults(names: object, institutions: dict[str, Row]) -> list[str]:
    """Institutions that the certificate prices: a list of those that there are, in ascending order."""
    place = "certificate.priced_institutions"
    if not isinstance(names, list) or not all(shapes.fits(shapes.TEXT, name) for name in names):
        return [f"{place}: is not a list of institutions"]
    faults = [f"{place}: there is no institution {name}" for name in names if name not in institutions]
    if names != sorted(set(names)):
        faults.append(f"{place}: is not in ascending order or names one twice")
    return faults


def price_faults(place: str, prices: object, owners: Iterable[str]) -> list[str]:
    if not isinstance(prices, dict) or not shapes.fits(shapes.OBJECT, prices):
        return [f"{place}: is not an object"]
    faults = [f"{place}.{name}: has no place in the instance" for name in prices if name not in owners]
    return faults + [
        f"{place}.{name}: is not {shapes.WANTED[shapes.NUMBER]}"
        for name, price in prices.items()
        if not shapes.fits(shapes.NUMBER, price)
    ]


def main(arguments: list[str], say: Say = sys.stdout.write, complain: Say = sys.stderr.write) -> int:
    """Audit two files and report through two writers of text; returns the exit status."""
    if len(arguments) != 2:
        complain("usage: auditor.py INSTANCE RESULT\n")
        return 2
    try:
        instance, result = (shapes.read_bytes(path) for path in arguments)
        report = audit(instance, result)
    except shapes.Refused as refused:
        complain("".join(f"{line}\n" for line in refused.lines))
        return 2
    except (OSError, EOFError, zlib.error) as error:
        complain(f"{error}\n")
        return 2
    if report.broken:
        say("".join(f"{line}\n" for line in report.broken))
        return 1
    say(f"feasible objective={report.objective} bound={report.bound} gap_ppm={report.gap_ppm}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
