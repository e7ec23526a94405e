"""The steps by themselves, and the paths that middle and large rounds take, on rounds small enough for a test."""

import json
import os
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import generator
from matching.audit.auditor import audit
from matching.engine import Cancelled, shards, solve, steps
from matching.engine.award import award_by_density, by_density, fill
from matching.engine.certificate import certify
from matching.engine.floors import first_award, meet_floors
from matching.engine.improve import improve
from matching.engine.instance import parse
from matching.engine.knapsack import Item, best_choice
from matching.engine.presolve import free_applications, objective_of, presolve
from matching.engine.prices import Prices, relax, zero_prices
from matching.engine.repair import repair
from matching.engine.room import Room
from matching.engine.sharpen import sharpen
from matching.engine.smoothing import smooth_prices
from matching.engine.strict import InvalidInstance
from matching.engine.ties import prefer_smaller_ids
from tests.matching.engine.rounds import Trial, as_bytes, near_tie, random_round, sound

ROOT = Path(__file__).resolve().parents[3]


def quiet(_done, _total):
    """Nobody listens."""


@pytest.fixture(scope="module")
def middle():
    """Nine hundred applications: prices from the smoothed dual as well."""
    return generated((60, 90, 900, 9_000_000_000))


def generated(size, seed=generator.FIRST_SEED):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(generator.SIZES, "test", size)
        return generator.generate("test", seed)


def problem_of(content):
    return presolve(free_applications(parse(content)))


# The steps


def every_choice(items, won, seats):
    best = {(0, 0): 0}
    for item in items:
        for (used, taken), profit in list(best.items()):
            for units in range(item.least, item.most + 1):
                key = (used + units * item.price, taken + 1)
                if key[0] <= won and key[1] <= seats:
                    best[key] = max(best.get(key, 0), profit + item.slope * units - item.fixed)
    return max(best.values())


@pytest.mark.parametrize("part", range(4))
def test_an_institutions_choice_equals_trying_everything(part):
    for seed in range(part, 2_000, 4):
        chance = random.Random(seed)
        items = []
        for key in range(chance.randint(0, 8)):
            most = chance.randint(1, 4)
            slope, fixed = chance.randint(-5, chance.choice([5, 50])), chance.choice([0, 0, chance.randint(0, 40)])
            items.append(Item(key, slope, fixed, chance.randint(1, 9), chance.randint(1, most), most))
        won, seats = chance.randint(0, 60), chance.randint(0, 5)

        choice = best_choice(items, won, seats, (chance.randint(0, 8), chance.randint(0, 30)))

        units = dict(choice.units)
        chosen = [item for item in items if item.key in units]
        assert choice.profit == every_choice(items, won, seats), f"seed {seed}"
        assert choice.profit == sum(item.slope * units[item.key] - item.fixed for item in chosen)
        assert sum(item.price * units[item.key] for item in chosen) <= won
        assert len(chosen) <= seats


def test_many_alike_applications_do_not_explode():
    items = [Item(key, 997 * (10 + key % 3), 0, 10 + key % 3, 1, 9) for key in range(60)]

    assert best_choice(items, 1_500, 25).profit == 997 * 1_500


def test_any_prices_bound_the_best_award():
    bounded = 0
    for seed in range(150):
        chance = random.Random(seed)
        document = random_round(chance, chance.randint(1, 7))
        try:
            instance = parse(as_bytes(document))
        except InvalidInstance:
            continue
        missing, best = Trial(document).run()
        if missing:
            continue
        free = free_applications(instance)
        shape = zero_prices(free)
        drawn = [np.array([chance.randint(0, 3 * 10**6) for _ in column]) for column in columns_of(shape)]
        prices = Prices(1000, chance.randint(0, 10**8), chance.randint(0, 10**8), *drawn)
        tracks = len(instance.tracks)
        assert certify(free, prices, ([0] * tracks, 0)).bound >= best
        bounded += 1
    assert bounded > 30


def columns_of(prices):
    return (
        prices.track_ceiling,
        prices.track_floor,
        prices.product_units,
        prices.product_institutions,
        prices.institution_krw,
        prices.institution_products,
    )


def test_smoothed_prices_bound_as_well_as_the_linear_program(middle):
    free = free_applications(parse(middle))
    problem = presolve(free)
    met = ([0] * len(problem.track_ceiling), 0)

    smooth, linear = smooth_prices(problem, quiet), relax(problem).prices

    assert certify(free, smooth, met).bound <= certify(free, linear, met).bound * 1.002


def test_improvement_keeps_every_rule_and_gains(middle):
    problem = problem_of(middle)
    prices = smooth_prices(problem, quiet)
    order = by_density(problem, prices)
    award = fill(problem, order, award_by_density(problem, order))

    found = improve(problem, prices, award, order, quiet)

    assert not Room(problem, found).broken()
    assert ((found == 0) | ((found >= problem.least) & (found <= problem.most))).all()
    assert objective_of(problem, found) > objective_of(problem, award)


@pytest.mark.parametrize("seed", range(20))
def test_a_proposal_that_overspends_is_repaired(seed):
    document = near_tie(random.Random(seed))
    problem = problem_of(as_bytes(document))
    wanted = np.where(problem.value > 10**6, problem.most, 0)  # one to three won too much
    order = by_density(problem, zero_prices(problem))

    repaired = repair(problem, wanted, order)

    assert Room(problem, wanted).broken()
    assert not Room(problem, repaired).broken()
    assert (problem.price[repaired == 0] > Room(problem, repaired).budget).all()


def test_a_proposal_out_of_range_is_cut_to_what_was_asked():
    problem = problem_of(as_bytes(sound()))
    order = by_density(problem, zero_prices(problem))

    repaired = repair(problem, problem.most + 5, order)

    assert not Room(problem, repaired).broken()
    assert (repaired <= problem.most).all()


def test_floors_are_met_where_the_price_method_misses_them(middle):
    problem = problem_of(middle)
    order = by_density(problem, zero_prices(problem))
    nothing = np.zeros(problem.size, np.int64)
    needy = replace(problem, youth_floor=int((problem.price * problem.most)[problem.youth].sum() // 3))

    award = meet_floors(needy, nothing, order, lambda part: relax(part).prices)

    assert Room(needy, award).shortfall() < Room(needy, nothing).shortfall() // 10
    assert not Room(needy, award).broken()


def test_units_move_to_the_smaller_id_among_equals():
    problem = problem_of(as_bytes(sound()))
    twins = replace(problem, value=np.full_like(problem.value, 7))
    award = np.array([0, 6, 8, 4])  # A1 to A4; A1 and A2 are equals of one product

    assert prefer_smaller_ids(twins, award).tolist() == [0, 6, 8, 4]  # A1 asks for five at most, A2 for six or none
    alike = replace(twins, most=np.array([6, 6, 8, 4]))
    assert prefer_smaller_ids(alike, award).tolist() == [6, 0, 8, 4]


# The paths


@pytest.mark.parametrize("seed", [generator.FIRST_SEED, 7])
def test_a_round_of_two_hundred_is_solved_to_proof(seed):
    content = generator.generate("S", seed)

    result = solve(content)

    assert (result.solver_gap_ppm, audit(content, result.content).broken) == (0, [])
    assert solve(content, fast=True).objective <= result.objective <= result.bound


def test_a_middle_round_reaches_the_gap_asked_for(middle):
    result = solve(middle, gap_ppm=5_000)

    assert result.solver_gap_ppm <= 5_000
    assert audit(middle, result.content).broken == []


SMALL_BLOCKS = {"PROVEN": 100, "WHOLE": 200}, {"BLOCK": 60, "BLOCKS": 12}
IN_BLOCKS = f"""
import sys
from pathlib import Path
from matching.engine import shards, solve, steps
vars(steps).update({SMALL_BLOCKS[0]})
vars(shards).update({SMALL_BLOCKS[1]})
sys.stdout.buffer.write(solve(Path(sys.argv[1]).read_bytes(), workers=int(sys.argv[2])).content)
"""


@pytest.fixture
def in_blocks(monkeypatch):
    """Blocks for rounds of a size that tests can afford, several turns of them."""
    for module, numbers in zip((steps, shards), SMALL_BLOCKS, strict=True):
        for name, number in numbers.items():
            monkeypatch.setattr(module, name, number)


@pytest.mark.slow
def test_blocks_give_the_same_bytes_with_any_number_of_workers_and_any_hash_seed(middle, in_blocks, tmp_path):
    instance = tmp_path / "instance.json"
    instance.write_bytes(middle)

    contents = [
        subprocess.run(
            [sys.executable, "-c", IN_BLOCKS, str(instance), workers],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for workers, seed in (("1", "0"), ("2", "1"), ("4", "4711"))
    ]

    assert len({*contents}) == 1
    assert json.loads(contents[0])["objective"] > solve(middle, fast=True).objective
    assert audit(middle, contents[0]).broken == []


def shuffled(content):
    document = json.loads(content)
    for name in ("tracks", "products", "institutions", "applications"):
        random.Random(3).shuffle(document[name])
    return as_bytes(document)


def same_but_for_the_hash(first, second):
    return json.loads(first.content) | {"instance_sha256": ""} == json.loads(second.content) | {"instance_sha256": ""}


@pytest.mark.parametrize(("size", "options"), [("S", {}), ("M", {"fast": True}), ("M", {"gap_ppm": 3_000})])
def test_the_order_of_rows_changes_nothing_in_a_generated_round(size, options):
    content = generator.generate(size)

    assert same_but_for_the_hash(solve(content, **options), solve(shuffled(content), **options))


def test_the_order_of_rows_changes_nothing_in_a_round_of_blocks(middle, in_blocks):
    assert same_but_for_the_hash(solve(middle), solve(shuffled(middle)))


def test_nothing_in_the_engine_knows_the_time():
    """Stop rules are gaps, nodes, turns and iterations: no clock, no limit of seconds."""
    sources = {path.name: path.read_text() for path in (ROOT / "matching" / "engine").glob("*.py")}
    clocks = re.compile(r"^\s*(?:import|from) (?:time|datetime)\b|time_limit|monotonic|perf_counter", re.MULTILINE)

    assert [name for name, text in sources.items() if clocks.search(text)] == []
    assert len(sources) > 20


def test_sharper_prices_bound_more_sharply_and_no_less_truly(middle):
    free = free_applications(parse(middle))
    problem = presolve(free)
    met = ([0] * len(problem.track_ceiling), 0)
    start = certify(free, relax(problem).prices, met)
    best = solve(middle, gap_ppm=5_000).objective

    sharper = sharpen(free, start, met, best, 30, quiet)

    assert best <= sharper.bound < start.bound
    assert certify(free, sharper.prices, met) == sharper


def test_reheating_never_makes_an_award_worse(middle):
    problem = problem_of(middle)
    prices = smooth_prices(problem, quiet)
    order = by_density(problem, prices)
    award = first_award(problem, prices, order, lambda part: relax(part).prices)

    once, more = (improve(problem, prices, award, order, quiet, reheats) for reheats in (0, 4))

    assert objective_of(problem, once) < objective_of(problem, more)
    assert not Room(problem, more).broken()


def test_a_floor_that_is_missed_by_little_is_met_by_raising_its_price():
    problem = problem_of(generator.generate("M", generator.FIRST_SEED + 1))
    prices = smooth_prices(problem, quiet)
    order = by_density(problem, prices)
    plain = fill(problem, order, award_by_density(problem, order))
    asked = []

    met = first_award(problem, prices, order, lambda part: asked.append(part) or relax(part).prices)

    assert Room(problem, plain).shortfall() > 0
    assert Room(problem, met).shortfall() == 0
    assert not Room(problem, met).broken()
    assert asked == []  # nothing had to be awarded around the floor


@pytest.mark.parametrize("stage", ["prices", "award", "solve", "certify"])
def test_a_run_can_be_cancelled_at_every_stage(middle, stage):
    def cancel(now, done, total, gap_ppm):
        if now == stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        solve(middle, gap_ppm=0, progress=cancel)


def test_every_unfunded_application_is_blocked_by_something(middle):
    rows = json.loads(solve(middle, fast=True).content)["explanations"]

    assert rows
    assert [row for row in rows if not row["blocking"]] == []
