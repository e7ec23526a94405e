"""The matching engine beside others on invented rounds, each contender alone in a process of its own.

    make bench                                  # sizes S and M, two seeds, and the exactness of small rounds
    make bench ARGS="--sizes S M L XL --seeds 1 --limit 240 --record bench.jsonl"

Prints how far each objective is below the best bound known, the certified gap, seconds, cpu seconds and peak memory,
and writes benchmarks/results/matching.json and matching.md. Seconds depend on the machine; ratios and gaps do not.
With a record, a run that was interrupted goes on where it was.
"""

import argparse
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTENDERS
from benchmarks.generator import FIRST_SEED, SIZES, generate
from matching.engine import InvalidInstance, solve
from tests.matching.engine.rounds import Trial, as_bytes, near_tie, random_round

ROOT = Path(__file__).resolve().parent.parent
CP_SAT = "CP-SAT"
RESULTS = ROOT / "benchmarks" / "results"
# Beyond L a whole model needs more memory and time than anyone would give it.
WHOLE_MODELS = {"HiGHS cold", CP_SAT, "linear program"}
Row = dict[str, Any]


def other_python() -> Path | None:
    """The interpreter of the environment that holds CP-SAT, made on first use; nothing where it cannot be made."""
    home = ROOT / "var" / "benchmarks" / "ortools"
    python = home / "bin" / "python"
    ready = home / "ready"
    if not ready.exists():
        venv.create(home, with_pip=True, clear=True)
        pinned = ROOT / "benchmarks" / "requirements-ortools.txt"
        install = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", pinned]
        if subprocess.run(install, check=False).returncode:
            return None
        ready.touch()
    return python


class Record:
    """Rows that were measured already, by what was measured; in a file where there is one."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.rows: dict[str, Row] = {}
        if path and path.exists():
            self.rows = dict(json.loads(line) for line in path.read_text().splitlines())

    def row(self, measurement: list[str], command: list[str]) -> Row:
        name = " ".join(measurement)
        if name not in self.rows:
            self.rows[name] = measured(command)
            if self.path:
                with self.path.open("a") as file:
                    file.write(json.dumps([name, self.rows[name]]) + "\n")
        return self.rows[name]


def measured(command: list[str]) -> Row:
    """Run one contender; its line of JSON with seconds, cpu seconds and peak memory added."""
    began = time.monotonic()
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        said = child.stdout.read() if child.stdout else ""
        _, status, usage = os.wait4(child.pid, 0)
    except BaseException:
        child.kill()
        raise
    child.returncode = os.waitstatus_to_exitcode(status)
    row: Row = json.loads(said) if said and not child.returncode else {"note": f"ended with status {child.returncode}"}
    return row | {
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_mb": usage.ru_maxrss // 1024,
    }


def command_of(name: str, instance: Path, options: argparse.Namespace, cp_sat: Path | None) -> list[str]:
    if name == CP_SAT:
        return [str(cp_sat), "-m", "benchmarks.cpsat", str(instance), str(options.limit)]
    command = [sys.executable, "-m", "benchmarks.contenders", name, str(instance)]
    return [*command, "--limit", str(options.limit), "--workers", str(options.workers)]


def contest(size: str, seed: int, options: argparse.Namespace, cp_sat: Path | None, record: Record) -> list[Row]:
    """All contenders on one round."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        instance = Path(folder) / "instance.json"
        instance.write_bytes(generate(size, seed))
        for name in options.contenders:
            if (size == "XL" and name in WHOLE_MODELS) or (name == CP_SAT and cp_sat is None):
                continue
            command = command_of(name, instance, options, cp_sat)
            measurement = [size, str(seed), name, f"limit {options.limit}", f"workers {options.workers}"]
            rows.append({"size": size, "seed": seed, "contender": name} | record.row(measurement, command))
    compare(rows)
    for row in rows:
        print(line(row), flush=True)
    return rows


def compare(rows: list[Row]) -> None:
    """Add to the rows of one round how far each award is below the best bound of all, and below its own."""
    bounds = [row[key] for row in rows for key in ("bound", "solver_bound") if row.get(key)]
    for row in rows:
        if row.get("objective") is not None and bounds:
            row["behind_best_bound_percent"] = round(100 * (1 - row["objective"] / min(bounds)), 3)
            own = row.get("bound")
            row["own_gap_percent"] = round(100 * (1 - row["objective"] / own), 3) if own else None
        if row.get("solver_bound"):
            row["solver_gap_percent"] = round(100 * (1 - row["objective"] / row["solver_bound"]), 4)


def line(row: Row) -> str:
    behind = (
        f"{row['behind_best_bound_percent']:.3f} % behind" if "behind_best_bound_percent" in row else "no distance"
    )
    behind = "no award" if row.get("objective") is None else behind
    own = "" if row.get("own_gap_percent") is None else f", own bound {row['own_gap_percent']:.3f} %"
    solver = f", solver's bound {row['solver_gap_percent']:.4f} %" if "solver_gap_percent" in row else ""
    audit = f", audit {row['audit_seconds']} s" if "audit_seconds" in row else ""
    return (
        f"{row['size']:2} {row['seed']} {row['contender']:24} {behind}{own}{solver}, {row['seconds']} s, "
        f"cpu {row['cpu_seconds']} s, {row['peak_mb']} MB{audit} ({row['note']})"
    )


def exactness(rounds: int) -> Row:
    """Small rounds against every possible award, and near ties that tempt a solver to overspend."""
    equal = refused = 0
    for seed in range(rounds):
        chance = random.Random(seed)
        document = random_round(chance, chance.randint(0, 8))
        try:
            result = solve(as_bytes(document))
        except InvalidInstance:
            refused += 1
            continue
        missing = json.loads(result.content)["floor_shortfalls"]
        equal += (-sum(missing["tracks"].values()) - missing["youth_krw"], result.objective) == Trial(document).run()
    ties = [near_tie(random.Random(seed)) for seed in range(40)]
    over = sum(solve(as_bytes(tie)).spent_krw > tie["budget_krw"] for tie in ties)
    row = {"rounds": rounds, "equal": equal, "invalid": refused, "near_ties": len(ties), "overspent": over}
    print(f"exactness: {row}", flush=True)
    return row


def report(rows: list[Row], exact: Row | None) -> None:
    RESULTS.mkdir(exist_ok=True)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    command = "python -m benchmarks.bench_matching " + " ".join(sys.argv[1:])
    document = {"machine": machine, "command": command, "rows": rows, "exactness": exact}
    (RESULTS / "matching.json").write_text(json.dumps(document, indent=1) + "\n")
    text = [f"# Matching benchmark\n\n{machine}; `{command.strip()}`\n"]
    text += [f"- {line(row)}" for row in rows]
    text += [] if exact is None else [f"- exactness: {exact}"]
    (RESULTS / "matching.md").write_text("\n".join(text) + "\n")


def main() -> int:
    """Measure; 1 when an audit failed or a small round was not exact."""
    names = [*CONTENDERS, CP_SAT]
    parser = argparse.ArgumentParser(description="Compare the matching engine with others.")
    parser.add_argument("--sizes", nargs="+", default=["S", "M"], choices=SIZES)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--limit", type=float, default=60.0, help="cpu seconds for HiGHS and CP-SAT")
    parser.add_argument("--workers", type=int, default=1, help="processes of the engine")
    parser.add_argument("--rounds", type=int, default=10_000, help="small rounds compared with every award")
    parser.add_argument("--record", type=Path, help="a file of measurements, which a later run goes on from")
    parser.add_argument("--contenders", nargs="+", default=names, choices=names)
    options = parser.parse_args()
    cp_sat = other_python() if CP_SAT in options.contenders else None
    if cp_sat is None and CP_SAT in options.contenders:
        print("CP-SAT is left out: its environment could not be made.")
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # so that a contender ends with us
    record = Record(options.record)
    rows = []
    for size in options.sizes:
        for seed in range(FIRST_SEED, FIRST_SEED + options.seeds):
            rows += contest(size, seed, options, cp_sat, record)
    exact = exactness(options.rounds) if options.rounds else None
    report(rows, exact)
    broken = [row for row in rows if str(row["note"]).startswith(("BROKEN", "ended"))]
    inexact = exact is not None and (exact["equal"] + exact["invalid"] < exact["rounds"] or exact["overspent"])
    return 1 if broken or inexact else 0


if __name__ == "__main__":
    sys.exit(main())
