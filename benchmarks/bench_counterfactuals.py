"""Counterfactuals at M: for applicants without an award, does the stated change flip the outcome, one step less not?

Every stated change is proven once more from the instance alone: the derived instance is made anew, written to bytes,
solved by the fast method, and so is the one with a step less.

    make bench ARGS="counterfactuals --count 200 --processes 2"
"""

import argparse
import hashlib
import json
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.generator import FIRST_SEED, generate
from matching.engine.counterfactual import METHOD, ask, canonical
from matching.engine.solve import solve

FIELDS = {"score": "score", "request": "requested_units", "minimum": "min_units"}


def units_with(content, application, kind, value):
    """What the fast method grants the application when one of its numbers is another."""
    document = json.loads(content)
    row = next(row for row in document["applications"] if row["id"] == application)
    row[FIELDS[kind]] = value
    row["min_units"] = min(row["min_units"], row["requested_units"])
    changed = canonical(document)
    grants = json.loads(solve(changed, fast=True).content)["grants"]
    return next((row["units"] for row in grants if row["application"] == application), 0), changed


def examine(content, base, every, application):
    """For each kind that was tried: does it help, and does what it states hold when it is repeated?"""
    answer = ask(content, application, kinds=("request", "minimum", "score"), is_one_enough=not every, base=base)
    return application, {finding.kind: verdict(content, application, finding) for finding in answer.findings}


def verdict(content, application, finding):
    """`idle` where the furthest change has no effect, else `holds` or `broken`."""
    if finding.less is None:
        return "idle"
    step = 1 if finding.kind == "score" else -1
    units, changed = units_with(content, application, finding.kind, finding.trial.value)
    less, _ = units_with(content, application, finding.kind, finding.trial.value - step)
    named = hashlib.sha256(changed).hexdigest() == finding.trial.instance_sha256
    return "holds" if units == finding.trial.units > 0 and less == 0 and named else "broken"


def chosen(content, base, count, seed):
    """Applicants that the fast method gives nothing, drawn by lot."""
    granted = {row["application"] for row in json.loads(base)["grants"]}
    without = [row["id"] for row in json.loads(content)["applications"] if row["id"] not in granted]
    return sorted(random.Random(seed).sample(without, min(count, len(without))))


def options_given():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="M")
    parser.add_argument("--seed", type=int, default=FIRST_SEED)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--every-kind", action="store_true", help="do not stop at the first kind that helps")
    parser.add_argument("--record", type=Path, help="a file of verdicts, which a later run goes on from")
    return parser.parse_args()


def verdicts(options, content):
    """The verdicts by applicant, those of an earlier run included."""
    base = solve(content, fast=True).content
    applicants = chosen(content, base, options.count, options.seed)
    found = {}
    if options.record and options.record.exists():
        found = dict(json.loads(line) for line in options.record.read_text().splitlines())
    missing = [application for application in applicants if application not in found]
    with ProcessPoolExecutor(options.processes) as pool:
        for row in pool.map(partial(examine, content, base, options.every_kind), missing):
            found[row[0]] = row[1]
            if options.record:
                with options.record.open("a") as record:
                    record.write(json.dumps(row) + "\n")
    return {application: found[application] for application in applicants}


def main():
    options = options_given()
    content, began = generate(options.size, options.seed), time.monotonic()
    found = verdicts(options, content)
    counts = Counter((kind, word) for row in found.values() for kind, word in row.items())
    stated = [row for row in found.values() if {"holds", "broken"} & set(row.values())]
    sound = [row for row in stated if "broken" not in row.values()]
    print(f"{options.size}, seed {options.seed}, method {METHOD}: {len(found)} applicants without an award")
    print("  all kinds are tried" if options.every_kind else "  kinds are tried until one helps")
    for kind in FIELDS:
        holds, broken, idle = (counts[kind, word] for word in ("holds", "broken", "idle"))
        print(f"  {kind}: stated {holds + broken}, held {holds}, tried to the end without effect {idle}")
    print(f"  applicants with a stated change: {len(stated)}, all of whose changes hold: {len(sound)}")
    print(f"  {time.monotonic() - began:.0f} s in {options.processes} processes")


if __name__ == "__main__":
    main()
