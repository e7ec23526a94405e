"""The engine beside the spreadsheet, on invented rounds, in one process.

    make bench                       # sizes S and M, two seeds
    make bench ARGS="--sizes S M L --seeds 1"

Prints ratios (each baseline as a share of the engine), the certified gap, cpu seconds and peak memory,
and writes them to benchmarks/results/matching.json. Seconds depend on the machine; ratios and gaps do not.
"""

import argparse
import json
import platform
import resource
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.baselines import greedy  # noqa: E402 the path comes first
from benchmarks.generator import FIRST_SEED, generate  # noqa: E402
from matching.audit.auditor import audit  # noqa: E402
from matching.engine import solve  # noqa: E402


def measure(size: str, seed: int, *, fast: bool) -> dict[str, Any]:
    """Solve one round, audit it, and compare."""
    content = generate(size, seed)
    began = time.process_time()
    result = solve(content, fast=fast)
    cpu = time.process_time() - began
    report = audit(content, result.content)
    document = json.loads(content)
    by_score, per_won = greedy(document, per_won=False), greedy(document, per_won=True)
    return {
        "size": size,
        "seed": seed,
        "method": "fast" if fast else "full",
        "objective": result.objective,
        "bound": result.bound,
        "gap_ppm": result.gap_ppm,
        "audit": "feasible" if not report.broken else report.broken[:3],
        "cpu_seconds": round(cpu, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "greedy_by_score_of_engine": round(by_score / result.objective, 4),
        "greedy_per_won_of_engine": round(per_won / result.objective, 4),
    }


def main() -> int:
    """Measure every size and seed; 1 when an audit failed."""
    parser = argparse.ArgumentParser(description="Compare the matching engine with the spreadsheet.")
    parser.add_argument("--sizes", nargs="+", default=["S", "M"], choices=["S", "M", "L", "XL"])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--fast", action="store_true", help="prices only, as what-if uses")
    options = parser.parse_args()
    rows = []
    for size in options.sizes:
        for seed in range(FIRST_SEED, FIRST_SEED + options.seeds):
            row = measure(size, seed, fast=options.fast)
            rows.append(row)
            print(
                f"{size} seed {seed}: certified gap {row['gap_ppm'] / 10_000:.3f} %, "
                f"greedy by score {row['greedy_by_score_of_engine']:.1%}, "
                f"per won {row['greedy_per_won_of_engine']:.1%} of the engine, "
                f"{row['cpu_seconds']} s cpu, {row['peak_mb']} MB, audit {row['audit']}"
            )
    target = ROOT / "benchmarks" / "results"
    target.mkdir(exist_ok=True)
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    (target / "matching.json").write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")
    return 0 if all(row["audit"] == "feasible" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
