"""CP-SAT on one round, in an environment of its own (benchmarks/requirements-ortools.txt):
`python -m benchmarks.cpsat INSTANCE SECONDS`.

Whole model and its defaults, but one search worker like the others, stopped after SECONDS of cpu. Prints the same line
of JSON as the other contenders.
"""

import json
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

from ortools.sat.python import cp_model

from benchmarks.telling import tell


def build(document):
    """The model and, per free application, its units, its grant and its value per unit."""
    model = cp_model.CpModel()
    products = {row["id"]: row for row in document["products"]}
    totals = defaultdict(list)  # terms of each limit
    chosen = {}
    for row in document["applications"]:
        product = products[row["product"]]
        price = product["unit_price_krw"]
        if row["predetermined"]:
            units, granted = row["requested_units"], 1
        else:
            domain = cp_model.Domain.from_intervals([[0, 0], [row["min_units"], row["requested_units"]]])
            units, granted = model.new_int_var_from_domain(domain, ""), model.new_bool_var("")
            model.add(units >= row["min_units"] * granted)
            model.add(units <= row["requested_units"] * granted)
            chosen[row["id"]] = (units, granted, 10_000 * row["score"] // row["requested_units"])
        totals["won", None].append(price * units)
        totals["track", product["track"]].append(price * units)
        if product["youth_startup"]:
            totals["youth", None].append(price * units)
        totals["units", product["id"]].append(units)
        totals["served", product["id"]].append(granted)
        if not row["predetermined"]:
            totals["free", product["id"]].append(granted)
        totals["krw", row["institution"]].append(price * units)
        totals["products", row["institution"]].append(granted)
    add_limits(model, document, products, totals)
    model.maximize(sum(value * units for units, _, value in chosen.values()))
    return model, chosen


def add_limits(model, document, products, totals):
    model.add(sum(totals["won", None]) <= document["budget_krw"])
    for row in document["tracks"]:
        spent = sum(totals["track", row["id"]])
        model.add(spent <= row["ceiling_krw"])
        model.add(spent >= row["floor_krw"])
    model.add(sum(totals["youth", None]) * 1000 >= document["youth_floor_permille"] * document["budget_krw"])
    for name, row in products.items():
        served = sum(totals["served", name])
        model.add(sum(totals["units", name]) <= min(row["max_units"], row["ceiling_krw"] // row["unit_price_krw"]))
        model.add(served <= row["max_institutions"])
        if row["min_institutions"] > 1 and totals["free", name]:
            is_open = model.new_bool_var("")
            for granted in totals["free", name]:
                model.add(granted <= is_open)
            model.add(served >= row["min_institutions"] * is_open)
    for row in document["institutions"]:
        model.add(sum(totals["krw", row["id"]]) <= row["ceiling_krw"])
        model.add(sum(totals["products", row["id"]]) <= row["max_products"])


def stop_after(solver, limit, ended):
    """Cpu seconds and not the clock's, so that a busy machine does not count against the contender."""
    began = time.process_time()
    while not ended.wait(0.2):
        if time.process_time() - began > limit:
            solver.stop_search()


def main():
    document = json.loads(Path(sys.argv[1]).read_bytes())
    model, chosen = build(document)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    ended = threading.Event()
    watch = threading.Thread(target=stop_after, args=(solver, float(sys.argv[2]), ended))
    watch.start()
    status = solver.solve(model)
    ended.set()
    watch.join()
    outcome = {"bound": int(solver.best_objective_bound), "note": solver.status_name(status)}
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        outcome["objective"] = sum(value * solver.value(units) for units, _, value in chosen.values())
    tell(outcome)


if __name__ == "__main__":
    main()
