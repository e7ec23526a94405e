import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from matching.audit.auditor import Refused, audit
from matching.engine import InvalidInstance, solve
from tests.matching.engine.faults import FAULTS
from tests.matching.engine.rounds import as_bytes, random_round, sound

ROOT = Path(__file__).resolve().parents[3]
MUTATIONS = 2_000


@pytest.mark.parametrize("name", FAULTS)
def test_an_invalid_instance_is_refused(name):
    content, _ = FAULTS[name]

    with pytest.raises(Refused) as refusal:
        audit(content, b"{}")

    assert refusal.value.lines


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
    """Changes that break a rule, overstate the objective or understate the bound, on many random rounds."""
    chance, rejected = random.Random(2026), 0
    while rejected < MUTATIONS:
        document = random_round(chance, chance.randint(2, 9))
        try:
            result = result_of(document)
        except InvalidInstance:
            continue
        for _ in range(10):
            mutated = json.loads(json.dumps(result))
            mutate(chance, document, mutated)
            assert mutated == result or broken_lines(document, mutated), (document, mutated)
            rejected += mutated != result


def mutate(chance, document, result):
    kind = chance.randrange(8)
    rows = document["applications"]
    grants = {row["application"]: row["units"] for row in result["grants"]}
    if kind == 0:
        result["objective"] += chance.randint(1, 10**6)
    elif kind == 1:
        result["bound"] -= chance.randint(1, max(1, result["bound"]))
    elif kind == 2:
        result["gap_ppm"] += chance.choice([-1, 1])
    elif kind == 3:
        result["certificate"]["budget"] += chance.randint(1, 10**9)
        result["bound"] -= 1
    elif kind == 4:
        result["spent_krw"] += chance.choice([-1, 1])
    elif kind == 5:
        row = chance.choice(rows)
        grants[row["id"]] = grants.get(row["id"], 0) + chance.randint(1, 3)
    elif kind == 6:
        row = chance.choice(rows)
        grants[row["id"]] = chance.randint(0, row["requested_units"])
        if row["predetermined"] or not grants[row["id"]]:
            grants.pop(row["id"])
    else:
        grants = {name: units for name, units in grants.items() if chance.random() < 0.5}
    result["grants"] = [{"application": name, "units": units} for name, units in sorted(grants.items()) if units]


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
