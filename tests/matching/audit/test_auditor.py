import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from matching.audit.auditor import audit
from matching.audit.shapes import Refused
from matching.engine import InvalidInstance, solve
from matching.engine.certificate import certify
from matching.engine.instance import parse
from matching.engine.presolve import free_applications
from matching.engine.prices import Prices
from tests.matching.engine.faults import FAULTS
from tests.matching.engine.rounds import as_bytes, broken_rules, figures, random_round, sound

ROOT = Path(__file__).resolve().parents[3]
MUTATIONS = 2_000


@pytest.mark.parametrize("name", FAULTS)
def test_an_invalid_instance_is_refused_with_the_place_named(name):
    content, place = FAULTS[name]

    with pytest.raises(Refused) as refusal:
        audit(content, b"{}")

    assert any(place in line for line in refusal.value.lines)
    assert all("\n" not in line for line in refusal.value.lines)


def result_of(document):
    return json.loads(solve(as_bytes(document)).content)


def broken_lines(document, result):
    return audit(as_bytes(document), json.dumps(result).encode()).broken


def test_a_sound_result_passes_however_it_is_written():
    assert broken_lines(sound(), result_of(sound())) == []


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda r: r["grants"].pop(0), "objective"),
        (lambda r: r["grants"].reverse(), "ascending"),
        (lambda r: r["grants"].append(r["grants"][-1]), "ascending"),
        (lambda r: r["grants"].append({"application": "A9", "units": 1}), "no application A9"),
        (lambda r: r["grants"][0].update(units=0), "whole number from 1"),
        (lambda r: r["grants"][0].update(units=7), "above the 6 requested"),
        (lambda r: r["grants"][0].update(units=5), "below the minimum 6"),
        (lambda r: r["grants"][3].update(units=1), "pre-determined for 2 units"),
        (lambda r: r["grants"].insert(0, {"application": "A1", "units": 5}), "max_units"),
        (lambda r: r["grants"].pop(1), "min_institutions"),
        (lambda r: r.update(objective=r["objective"] + 1), "objective"),
        (lambda r: r.update(spent_krw=r["spent_krw"] - 1), "spent_krw"),
        (lambda r: r.update(bound=r["bound"] - 1), "bound"),
        (lambda r: r.update(bound=r["bound"] + 1), "bound"),
        (lambda r: r.update(gap_ppm=r["gap_ppm"] + 1), "gap_ppm"),
        (lambda r: r.update(gap_ppm=0.0), "gap_ppm"),
        (lambda r: r.update(objective=True), "objective"),
        (lambda r: r.update(instance_sha256="0" * 64), "instance_sha256"),
        (lambda r: r.update(format="pilot-matching-result/2"), "format"),
        (lambda r: r.update(note="x"), "note"),
        (lambda r: r.pop("engine"), "engine"),
        (lambda r: r["engine"].pop("solver_bound"), "solver_bound"),
        (lambda r: r["certificate"].update(scale=0), "scale"),
        (lambda r: r["certificate"].update(budget=-1), "budget"),
        (lambda r: r["certificate"].update(youth=1.5), "youth"),
        (lambda r: r["certificate"].update(colour=1), "colour"),
        (lambda r: r["certificate"]["product_units"].update(P9=1), "P9"),
        (lambda r: r["certificate"]["institution_krw"].update(I1=-5), "I1"),
        (lambda r: r["certificate"]["tracks"].update(none={"floor": 1}), "none"),
        (lambda r: r["certificate"]["tracks"].update(growth={"floors": 1}), "floors"),
        (lambda r: r["certificate"].update(product_institutions=[]), "product_institutions"),
        (lambda r: r["certificate"].update(priced_institutions={"I1": 1}), "priced_institutions"),
        (lambda r: r["certificate"].update(priced_institutions=["I1", 2]), "priced_institutions"),
        (lambda r: r["certificate"].update(priced_institutions=["I9"]), "no institution I9"),
        (lambda r: r["certificate"].update(priced_institutions=["I2", "I1"]), "ascending"),
        (lambda r: r["certificate"].update(priced_institutions=["I1", "I1"]), "names one twice"),
        (lambda r: r["floor_shortfalls"]["tracks"].update(growth=5), "floor_shortfalls.tracks"),
        (lambda r: r["floor_shortfalls"]["tracks"].pop("growth"), "floor_shortfalls.tracks"),
        (lambda r: r["floor_shortfalls"].update(youth_krw=1), "youth_krw"),
        (lambda r: r["explanations"].pop(), "explanations"),
        (lambda r: r["explanations"].append(r["explanations"][0]), "explanations"),
        (lambda r: r["explanations"][0].update(granted=1), "was granted 0"),
        (lambda r: r["explanations"][0].update(blocking=["budget"]), "is blocked by"),
        (lambda r: r["explanations"][0].update(scarcity="luck"), "luck"),
    ],
)
def test_a_changed_result_is_rejected_with_the_reason(change, line):
    result = result_of(sound())
    change(result)

    assert any(line in broken for broken in broken_lines(sound(), result))


def test_missing_prices_are_zero():
    result = result_of(sound())
    result["certificate"] = {"scale": 1}
    # Nothing shared has a price, so every institution takes all it asked for and has room for.
    result["bound"] = 5 * 1_746_000 + 8 * 800_000 + 6 * 1_516_666 + 4 * 1_750_000
    result["gap_ppm"] = -(-(result["bound"] - result["objective"]) * 1_000_000 // result["bound"])

    assert broken_lines(sound(), result) == []


def test_ceilings_are_checked_to_the_won():
    document = sound()
    result = result_of(document)
    spent = result["spent_krw"]

    lines = broken_lines(document | {"budget_krw": spent - 1}, result)

    assert lines[0] == f"budget_krw: {spent} is above the limit {spent - 1}"


def test_every_harmful_mutation_is_rejected():
    """Forgeries that fit together: every figure agrees with the changed grants, so that only the harm itself shows.

    Whether a forgery is harmful is decided without the auditor: a rule is broken, the objective is overstated, or the
    bound is below what the engine derives from the same prices.
    """
    chance, harms = random.Random(2026), Counter()
    while harms.total() < MUTATIONS or min(harms[harm] for harm in HARMS) < 20:
        document = random_round(chance, chance.randint(2, 9))
        try:
            result = result_of(document)
        except InvalidInstance:
            continue
        for _ in range(10):
            forged = forge(chance, document, result)
            harm = harm_of(document, forged)
            if harm:
                lines = broken_lines(document, forged)
                # The reasons given no longer fit the award either; that alone must not be what gives it away.
                assert [line for line in lines if not line.startswith("explanations")], (document, forged)
                harms[chance.choice(sorted(harm))] += 1


RULES = {
    *("predetermined", "requested_units", "min_units", "budget", "track", "max_units", "product_ceiling"),
    *("max_institutions", "min_institutions", "institution_ceiling", "max_products"),
}
HARMS = [*RULES, "objective", "bound"]


def forge(chance, document, result):
    """Another award, objective, bound or prices, with all other figures made to agree."""
    forged = json.loads(json.dumps(result))
    kind = chance.choice(["grants"] * 6 + ["objective", "bound", "prices", "prices"])
    if kind == "grants":
        forged |= figures(document, other_grants(chance, document, result))
    elif kind == "objective":
        forged["objective"] += chance.randint(1, 10 ** chance.randint(1, 7))
    elif kind == "bound":
        forged["bound"] -= min(forged["bound"], chance.randint(1, 10 ** chance.randint(1, 7)))
    else:
        cheaper(chance, forged["certificate"])
    forged["bound"] = max(forged["bound"], forged["objective"])
    forged["gap_ppm"] = (
        -(-(forged["bound"] - forged["objective"]) * 10**6 // forged["bound"]) if forged["bound"] else 0
    )
    return forged


def other_grants(chance, document, result):
    """The grants of the result with one to three of them changed."""
    grants = {row["application"]: row["units"] for row in result["grants"]}
    for _ in range(chance.randint(1, 3)):
        row = chance.choice(document["applications"])
        least, most = row["min_units"], row["requested_units"]
        grants[row["id"]] = chance.choice([0, 1, least, most, most, most + 1, chance.randint(least, most)])
    return grants


def cheaper(chance, certificate):
    """Change one price that there is, or put one where none was."""
    maps = [certificate[name] for name in sorted(certificate) if isinstance(certificate[name], dict)]
    maps += list(certificate["tracks"].values())
    places = [(prices, name) for prices in maps for name in sorted(prices) if isinstance(prices[name], int)]
    places += [(certificate, "budget"), (certificate, "youth")]
    prices, name = chance.choice(places)
    prices[name] = chance.choice([0, prices[name] // 2, prices[name] * 2, prices[name] + chance.randint(1, 10**9)])


def harm_of(document, forged):
    grants = {row["application"]: row["units"] for row in forged["grants"]}
    harm = broken_rules(document, grants)
    said = figures(document, grants)
    if forged["objective"] > said["objective"]:
        harm.add("objective")
    missing = said["floor_shortfalls"]
    if not harm and forged["bound"] < bound_of(document, forged["certificate"], missing):
        harm.add("bound")
    return harm


def bound_of(document, certificate, missing):
    """What the engine derives from these prices."""
    instance = parse(as_bytes(document))

    def column(rows, prices):
        return np.array([prices.get(row.id, 0) for row in rows], np.int64)

    tracks = [certificate["tracks"].get(row.id, {}) for row in instance.tracks]
    prices = Prices(
        certificate["scale"],
        certificate["budget"],
        certificate["youth"],
        np.array([track.get("ceiling", 0) for track in tracks], np.int64),
        np.array([track.get("floor", 0) for track in tracks], np.int64),
        column(instance.products, certificate["product_units"]),
        column(instance.products, certificate["product_institutions"]),
        column(instance.institutions, certificate["institution_krw"]),
        column(instance.institutions, certificate["institution_products"]),
    )
    shortfalls = [missing["tracks"][row.id] for row in instance.tracks], missing["youth_krw"]
    return certify(free_applications(instance), prices, shortfalls).bound


def test_it_runs_as_a_plain_file(tmp_path):
    (tmp_path / "instance.json").write_bytes(as_bytes(sound()))
    (tmp_path / "result.json").write_bytes(solve(as_bytes(sound())).content)
    (tmp_path / "wrong.json").write_bytes(b"[]")
    program = [sys.executable, "-E", "-S", str(ROOT / "matching" / "audit" / "auditor.py")]

    def run(*files):
        return subprocess.run([*program, *files], cwd=tmp_path, capture_output=True, text=True, check=False)

    sound_run, wrong_run = run("instance.json", "result.json"), run("instance.json", "wrong.json")

    assert (sound_run.returncode, sound_run.stderr) == (0, "")
    assert sound_run.stdout.startswith("feasible objective=")
    assert (wrong_run.returncode, wrong_run.stdout) == (1, "result: is not an object\n")
    assert run("wrong.json", "result.json").returncode == 2
    assert run("instance.json", "none.json").returncode == 2
