"""Independent check of a matching result: every rule to the won, the objective, the bound, the reasons given.

    python auditor.py INSTANCE RESULT

Exit 0 and one line `feasible objective=... bound=... gap_ppm=...`; exit 1 and one line per broken rule; exit 2 and one
line per fault where the instance itself is not valid. Standard library only, whole numbers only: nothing here can
round or overflow. The formats, the rules and the mathematics of the bound are in docs/matching.md.
"""

import gc
import gzip
import hashlib
import json
import sys
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

try:
    from matching.audit.bound import TooHard, proven_bound
    from matching.audit.reasons import explanation_faults
except ModuleNotFoundError:  # run as a plain file, away from the project: its neighbours lie beside it
    from bound import TooHard, proven_bound  # type: ignore[import-not-found, no-redef]
    from reasons import explanation_faults  # type: ignore[import-not-found, no-redef]

INSTANCE_FORMAT = "pilot-matching/1"
RESULT_FORMAT = "pilot-matching-result/1"
VALUE_SCALE = 10_000

NUMBER, COUNT, TEXT, FLAG, LIST, OBJECT = "number", "count", "text", "flag", "list", "object"


Shape = dict[str, str]
Row = dict[str, Any]
Count = dict[str, int]
Say = Callable[[str], object]
TYPES: dict[str, type] = {NUMBER: int, COUNT: int, TEXT: str, FLAG: bool, LIST: list, OBJECT: dict}


def shape(**cells: str) -> Shape:
    """The keys of an object and what each may hold, from the keys of each kind."""
    return {name: kind for kind, names in cells.items() for name in names.split()}


SHAPES = {
    "instance": shape(
        text="format round",
        number="budget_krw youth_floor_permille",
        list="tracks products institutions applications",
    ),
    "tracks": shape(text="id", number="floor_krw ceiling_krw"),
    "products": shape(
        text="id track",
        count="unit_price_krw",
        number="max_units ceiling_krw min_institutions max_institutions",
        flag="youth_startup",
    ),
    "institutions": shape(text="id", number="ceiling_krw max_products"),
    "applications": shape(
        text="id product institution", count="requested_units min_units", number="score", flag="predetermined"
    ),
    "result": shape(
        text="format instance_sha256",
        number="objective spent_krw bound gap_ppm",
        list="grants explanations",
        object="engine floor_shortfalls certificate",
    ),
    "engine": shape(text="name version stop_rule", number="solver_bound solver_gap_ppm"),
    "grants": shape(text="application", count="units"),
    "floor_shortfalls": shape(object="tracks", number="youth_krw"),
    "explanations": shape(text="application scarcity", number="granted", list="blocking"),
}
CERTIFICATE_MAPS = {
    "product_units": "products",
    "product_institutions": "products",
    "institution_krw": "institutions",
    "institution_products": "institutions",
}


class Refused(Exception):
    """The file cannot be read as what it should be; `lines` says why."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class Twice(dict[str, Any]):
    """An object with a key given more than once."""


# Reading and shapes


def read_bytes(path: str) -> bytes:
    content = Path(path).read_bytes()
    return gzip.decompress(content) if str(path).endswith(".gz") else content


def read_json(content: bytes, what: str) -> Any:
    def keep(pairs: list[tuple[str, Any]]) -> Row:
        row = dict(pairs)
        return row if len(row) == len(pairs) else Twice(row)

    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=keep)
    except UnicodeDecodeError as error:
        raise Refused([f"{what}: byte {error.start} is not UTF-8"]) from error
    except json.JSONDecodeError as error:
        raise Refused([f"{what}: line {error.lineno} column {error.colno}: {error.msg}"]) from error
    except (RecursionError, ValueError) as error:
        raise Refused([f"{what}: cannot be read as JSON"]) from error


def fits(kind: str, value: object) -> bool:
    if kind == FLAG:
        return type(value) is bool
    if kind == TEXT:
        return type(value) is str and value != ""
    if kind == LIST:
        return type(value) is list
    if kind == OBJECT:
        return isinstance(value, dict) and type(value) is not Twice
    return type(value) is int and value >= (1 if kind == COUNT else 0)


WANTED = {
    FLAG: "true or false",
    TEXT: "text",
    LIST: "a list",
    OBJECT: "an object without repeated keys",
    COUNT: "a whole number from 1",
    NUMBER: "a whole number from 0",
}


def shape_faults(place: str, row: object, shape: Shape) -> list[str]:
    """What keeps `row` from having exactly these cells of these kinds."""
    if not isinstance(row, dict):
        return [f"{place}: is not an object"]
    faults = [f"{place}: a key is given twice"] if type(row) is Twice else []
    faults += [f"{place}.{name}: is not part of the format" for name in row if name not in shape]
    for name, kind in shape.items():
        if name not in row:
            faults.append(f"{place}.{name}: is missing")
        elif not fits(kind, row[name]):
            faults.append(f"{place}.{name}: {json.dumps(row[name])[:60]} is not {WANTED[kind]}")
    return faults


def list_faults(name: str, rows: list[Any]) -> list[str]:
    """Faults of all rows of a list; a million sound rows are passed column by column."""
    shape = SHAPES[name]
    if {type(row) for row in rows} <= {dict} and {len(row) for row in rows} <= {len(shape)}:
        try:
            if all(column_fits(kind, [row[key] for row in rows]) for key, kind in shape.items()):
                return []
        except KeyError:
            pass
    return [fault for place, row in enumerate(rows) for fault in shape_faults(f"{name}[{place}]", row, shape)]


def column_fits(kind: str, column: list[Any]) -> bool:
    if set(map(type, column)) - {TYPES[kind]}:
        return False
    if kind == TEXT:
        return "" not in column
    return kind not in {NUMBER, COUNT} or min(column, default=1) >= (1 if kind == COUNT else 0)


# The instance


class Round:
    """A valid instance with its rows by id, and what pre-determined awards take."""

    def __init__(self, content: bytes) -> None:
        document = read_json(content, "instance")
        faults = shape_faults("instance", document, SHAPES["instance"])
        if not faults:
            if document["format"] != INSTANCE_FORMAT:
                faults.append(f"instance.format: is not {INSTANCE_FORMAT}")
            for name in ("tracks", "products", "institutions", "applications"):
                faults += list_faults(name, document[name])
        if faults:
            raise Refused(faults)
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.budget = document["budget_krw"]
        self.youth_floor = -(-document["youth_floor_permille"] * self.budget // 1000)
        self.tracks = self._by_id(document, "tracks", faults)
        self.products = self._by_id(document, "products", faults)
        self.institutions = self._by_id(document, "institutions", faults)
        self.applications = self._by_id(document, "applications", faults)
        self._check_references(document, faults)
        if faults:
            raise Refused(faults)
        self.fixed = {name: row["requested_units"] for name, row in self.applications.items() if row["predetermined"]}
        self.taken: Totals = Totals(self, self.fixed)
        faults += [f"pre-determined awards alone break a limit: {line}" for line in self.taken.overdrawn()]
        if faults:
            raise Refused(faults)

    @staticmethod
    def _by_id(document: Row, name: str, faults: list[str]) -> dict[str, Row]:
        rows: dict[str, Row] = {}
        for place, row in enumerate(document[name]):
            if row["id"] in rows:
                faults.append(f"{name}[{place}].id: {row['id']} is used twice")
            rows[row["id"]] = row
        return rows

    def _check_references(self, document: Row, faults: list[str]) -> None:
        for place, row in enumerate(document["products"]):
            if row["track"] not in self.tracks:
                faults.append(f"products[{place}].track: there is no track {row['track']}")
        pairs = set()
        products, institutions = self.products, self.institutions
        for place, row in enumerate(document["applications"]):
            product, institution = row["product"], row["institution"]
            if product not in products:
                faults.append(f"applications[{place}].product: there is no product {product}")
            if institution not in institutions:
                faults.append(f"applications[{place}].institution: there is no institution {institution}")
            if row["min_units"] > row["requested_units"]:
                faults.append(f"applications[{place}].min_units: is above requested_units")
            pairs.add((product, institution))
        if len(pairs) != len(self.applications):
            faults += repeated_pairs(document["applications"])


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
        self.served: Count = defaultdict(int)
        self.chosen: Count = defaultdict(int)
        self.krw: Count = defaultdict(int)
        self.held: Count = defaultdict(int)
        applications = matching.applications
        price = {name: row["unit_price_krw"] for name, row in matching.products.items()}
        for name, units in grants.items():
            row = applications[name]
            product, institution = row["product"], row["institution"]
            self.units[product] += units
            self.served[product] += 1
            self.krw[institution] += units * price[product]
            self.held[institution] += 1
            if not row["predetermined"]:
                self.chosen[product] += 1
                self.value += VALUE_SCALE * row["score"] // row["requested_units"] * units
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
        result = read_json(result_content, "result")
    except Refused as refused:
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
    faults = shape_faults("result", result, SHAPES["result"])
    if faults:
        return faults
    if result["format"] != RESULT_FORMAT:
        faults.append(f"result.format: is not {RESULT_FORMAT}")
    faults += shape_faults("engine", result["engine"], SHAPES["engine"])
    faults += shape_faults("floor_shortfalls", result["floor_shortfalls"], SHAPES["floor_shortfalls"])
    return faults + list_faults("grants", result["grants"]) + list_faults("explanations", result["explanations"])


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
        if units > application["requested_units"]:
            broken.append(
                f"application {name}: {units} units are above the {application['requested_units']} requested"
            )
        elif units < application["min_units"]:
            broken.append(f"application {name}: {units} units are below the minimum {application['min_units']}")
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
    if not fits(COUNT, certificate.get("scale")):
        faults.append("certificate.scale: is not a whole number from 1")
    faults += [
        f"certificate.{name}: is not {WANTED[NUMBER]}"
        for name in ("budget", "youth")
        if not fits(NUMBER, certificate.get(name, 0))
    ]
    for name, owners in CERTIFICATE_MAPS.items():
        faults += price_faults(f"certificate.{name}", certificate.get(name, {}), getattr(matching, owners))
    faults += priced_faults(certificate.get("priced_institutions", []), matching.institutions)
    tracks = certificate.get("tracks", {})
    if not fits(OBJECT, tracks):
        return [*faults, "certificate.tracks: is not an object"]
    for name, prices in tracks.items():
        if name not in matching.tracks:
            faults.append(f"certificate.tracks.{name}: there is no such track")
        faults += price_faults(f"certificate.tracks.{name}", prices, ("ceiling", "floor"))
    return faults


def priced_faults(names: object, institutions: dict[str, Row]) -> list[str]:
    """Institutions that the certificate prices: a list of those that there are, in ascending order."""
    place = "certificate.priced_institutions"
    if not isinstance(names, list) or not all(fits(TEXT, name) for name in names):
        return [f"{place}: is not a list of institutions"]
    faults = [f"{place}: there is no institution {name}" for name in names if name not in institutions]
    if names != sorted(set(names)):
        faults.append(f"{place}: is not in ascending order or names one twice")
    return faults


def price_faults(place: str, prices: object, owners: Iterable[str]) -> list[str]:
    if not isinstance(prices, dict) or not fits(OBJECT, prices):
        return [f"{place}: is not an object"]
    faults = [f"{place}.{name}: has no place in the instance" for name in prices if name not in owners]
    return faults + [
        f"{place}.{name}: is not {WANTED[NUMBER]}" for name, price in prices.items() if not fits(NUMBER, price)
    ]


def main(arguments: list[str], say: Say = sys.stdout.write, complain: Say = sys.stderr.write) -> int:
    """Audit two files and report through two writers of text; returns the exit status."""
    if len(arguments) != 2:
        complain("usage: auditor.py INSTANCE RESULT\n")
        return 2
    try:
        instance, result = (read_bytes(path) for path in arguments)
        report = audit(instance, result)
    except Refused as refused:
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
