"""The bound that the prices of a certificate prove, in whole numbers (docs/matching.md, "The bound"). Standard
library only.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

VALUE_SCALE = 10_000
# Choices up to which looking for beaten ones costs more than it saves; so no institution takes more than FEW times the
# engine's work here (docs/matching.md, "Too hard").
FEW = 4
# Work allowed for one institution's exact choice: above FEW times what the engine does before it prices one.
MOST_STATES = 2_000_000

Pair = tuple[int, int]
# What one application can be granted with profit, at the most units that its institution's won allow. Highest profit,
# with the opposite sign, and the won that takes; its id; profit per unit, price of its place, won per unit, least and
# most units. So the best comes first where offers are sorted, the cheaper and the smaller id among equals.
Offer = tuple[int, int, str, int, int, int, int, int]
# Won, places and profit: of one application's option, and of a choice of several.
Option = tuple[int, int, int]
State = tuple[int, int, int]
PROFIT = itemgetter(2)


class TooHard(Exception):
    """An institution takes too many combinations to be solved exactly."""


def proven_bound(matching: Any, certificate: dict[str, Any], totals: Any) -> int:
    """Weak duality: no award that keeps the rules and these shortfalls is worth more than this, whatever the prices
    are.

    Raises `TooHard` where the certificate does not price an institution that it should.
    """
    taken, scale = matching.taken, certificate["scale"]
    budget, youth = certificate.get("budget", 0), certificate.get("youth", 0)
    of_tracks = certificate.get("tracks", {})
    track_shortfalls, youth_shortfall = totals.shortfalls()
    worth = budget * (matching.budget - taken.won)
    worth -= youth * max(0, matching.youth_floor - youth_shortfall - taken.youth)
    per_won = {}
    for name, row in matching.tracks.items():
        ceiling, floor = of_tracks.get(name, {}).get("ceiling", 0), of_tracks.get(name, {}).get("floor", 0)
        worth += ceiling * (row["ceiling_krw"] - taken.track[name])
        worth -= floor * max(0, row["floor_krw"] - track_shortfalls[name] - taken.track[name])
        per_won[name] = budget + ceiling - floor
    of_units, of_places = certificate.get("product_units", {}), certificate.get("product_institutions", {})
    priced = {}
    for name, row in matching.products.items():
        price, unit, place = row["unit_price_krw"], of_units.get(name, 0), of_places.get(name, 0)
        units = min(row["max_units"], row["ceiling_krw"] // price) - taken.units[name]
        worth += unit * units + place * (row["max_institutions"] - taken.served[name])
        won = per_won[row["track"]] - (youth if row["youth_startup"] else 0)
        priced[name] = (price, price * won + unit, place)
    total: int = worth + institutions_worth(matching, certificate, priced)
    return total // int(scale)


def institutions_worth(matching: Any, certificate: dict[str, Any], priced: dict[str, tuple[int, int, int]]) -> int:
    """The best priced profit of every institution, its own two limits kept exactly, or priced where the certificate
    says so.
    """
    of_krw, of_products = certificate.get("institution_krw", {}), certificate.get("institution_products", {})
    not_solved = set(certificate.get("priced_institutions", ()))
    total = 0
    left = {name: row["ceiling_krw"] - matching.taken.krw[name] for name, row in matching.institutions.items()}
    for name, offers in offers_by_institution(matching, certificate["scale"], priced, left).items():
        offers.sort()
        seats = matching.institutions[name]["max_products"] - matching.taken.held[name]
        prices = (of_krw.get(name, 0), of_products.get(name, 0))
        if name in not_solved:
            total += priced_value(offers, left[name], seats, *prices)
            continue
        try:
            total += best_profit(offers, left[name], seats, prices)
        except TooHard as fault:
            raise TooHard(f"certificate.priced_institutions: {name} is missing, and {fault}") from fault
    return total


def offers_by_institution(
    matching: Any, scale: int, priced: dict[str, tuple[int, int, int]], left: dict[str, int]
) -> dict[str, list[Offer]]:
    """What can be granted with profit at the prices; `left` is what the institutions have left in won."""
    offers: dict[str, list[Offer]] = defaultdict(list)
    for name, (product, institution, requested, least, score, is_fixed) in matching.applications.items():
        price, cost, place = priced[product]
        profit = VALUE_SCALE * score // requested * scale - cost
        if profit * requested <= place or is_fixed:
            continue
        most = min(requested, left[institution] // price)
        if most >= least and profit * most > place:
            offer = (place - profit * most, most * price, name, profit, place, price, least, most)
            offers[institution].append(offer)
    return offers


def best_profit(offers: list[Offer], won: int, seats: int, prices: Pair) -> int:
    """The exact best of one institution; its offers are sorted.

    Every choice falls short of the priced value by its losses and by what it leaves unused. Choices are built
    application by application, dropping those whose losses already exceed the distance to a known choice, and those
    that another choice beats in won, places and profit. More than MOST_STATES choices raise `TooHard`.
    """
    if seats <= 0 or sum([offer[1] for offer in offers[:seats]]) <= won:
        return -sum([offer[0] for offer in offers[: max(0, seats)]])
    by_density = sorted([(-(-offer[0] * 1_000_000 // offer[1]), offer[2], offer) for offer in offers])
    bound, known, pair = priced_value(offers, won, seats, 0, 0), first_fit(by_density, won, seats), (0, 0)
    for guess in guessed_prices(offers, won, seats, prices):
        per_won, per_seat = guess
        by_gain = sorted([(offer[0] + per_won * offer[1], offer[2], offer) for offer in offers])
        known = max(known, first_fit(by_gain, won, seats))
        value = priced_value(offers, won, seats, per_won, per_seat)
        if value < bound:
            bound, pair = value, guess
        if bound <= known:
            return known
    return max(known, combined(offers, won, seats, *pair, bound, known))


def gain(offer: Offer, per_won: int, per_seat: int) -> int:
    _, _, _, profit, place, price, least, most = offer
    slope = profit - per_won * price
    return max(0, slope * (most if slope > 0 else least) - place - per_seat)


def priced_value(offers: Sequence[Offer], won: int, seats: int, per_won: int, per_seat: int) -> int:
    total = per_won * won + per_seat * seats
    for _, _, _, profit, place, price, least, most in offers:  # `gain`, written out for speed
        slope = profit - per_won * price
        more = slope * (most if slope > 0 else least) - place - per_seat
        if more > 0:
            total += more
    return total


def guessed_prices(offers: list[Offer], won: int, seats: int, published: Pair) -> Iterator[Pair]:
    """The published prices of a won and of a place here, then others that may bound this institution more sharply."""
    yield published
    per_seat = 0
    for _ in range(3):
        left, per_won = won, 0
        for density, cost in sorted(
            [((-offer[0] - per_seat) // offer[1], offer[1]) for offer in offers], reverse=True
        ):
            left -= cost
            if left < 0:
                per_won = max(0, density)
                break
        yield per_won, per_seat
        rest = sorted([-offer[0] - per_won * offer[1] for offer in offers], reverse=True)
        if seats >= len(rest) or rest[seats] <= 0:
            return
        per_seat = rest[seats]
        yield per_won, per_seat


def first_fit(ranked: list[tuple[int, str, Offer]], won: int, seats: int) -> int:
    """The profit of a choice that is allowed, taken in this order: a floor for the best one."""
    total = 0
    for _, _, (_, _, _, profit, place, price, least, most) in ranked:
        units = min(most, won // price)
        if units >= least and profit * units > place:
            total += profit * units - place
            won -= units * price
            seats -= 1
            if not seats:
                break
    return total


def combined(offers: list[Offer], won: int, seats: int, per_won: int, per_seat: int, bound: int, known: int) -> int:
    """The best profit above `known` of the choices within `bound`; 0 where there is none."""
    choices = [(options_within(offer, per_won, per_seat, bound - known), offer) for offer in offers]
    settled = [options for options, _ in choices if len(options) < 2]
    if not all(settled):
        return 0
    used, taken, profit = (sum([options[0][part] for options in settled]) for part in range(3))
    if used > won or taken > seats:
        return 0
    choices = sorted([choice for choice in choices if len(choice[0]) > 1], key=fewest_options_first)
    # What those still to come can gain at the prices, and use of won and places.
    gains = sum([gain(offer, per_won, per_seat) for _, offer in choices])
    usable, places = sum([offer[1] for _, offer in choices]), len(choices)
    worth = per_won * won + per_seat * seats
    target, work = known, 0
    front = promising([(used, taken, profit)], won - usable, seats - places, per_won, per_seat, target - gains - worth)
    for options, offer in choices:
        gains, usable, places = gains - gain(offer, per_won, per_seat), usable - offer[1], places - 1
        grown: list[State] = []
        for cost, place, more in options:
            room, free = won - cost, seats - place
            grown += [
                (used + cost, taken + place, profit + more)
                for used, taken, profit in front
                if used <= room and taken <= free
            ]
        if not grown:
            return 0
        work += len(grown)
        if work > MOST_STATES:
            raise TooHard(f"takes more than {MOST_STATES} combinations")
        # A choice must still be able to reach the best one so far, with what the rest could do at most.
        target = max(target, max(map(PROFIT, grown)) - 1)
        front = promising(grown, won - usable, seats - places, per_won, per_seat, target - gains - worth)
        if len(front) > FEW:
            front = unbeaten(front, seats)
    return max(map(PROFIT, front), default=0)


def fewest_options_first(choice: tuple[list[Option], Offer]) -> Pair:
    return len(choice[0]), -choice[1][1]


def promising(
    states: list[State], spare_won: int, spare_seats: int, per_won: int, per_seat: int, needed: int
) -> list[State]:
    """Choices that can still win; what those still to come cannot use of won and places is worth nothing to them."""
    if spare_won <= 0 and spare_seats <= 0:
        return [
            (used, taken, profit)
            for used, taken, profit in states
            if profit - per_won * used - per_seat * taken > needed
        ]
    return [
        (used, taken, profit)
        for used, taken, profit in states
        if profit - per_won * max(used, spare_won) - per_seat * max(taken, spare_seats) > needed
    ]


def options_within(offer: Offer, per_won: int, per_seat: int, distance: int) -> list[Option]:
    """Cost, places and profit of each number of units that can still be part of a better choice."""
    _, _, _, profit, place, price, least, most = offer
    best = gain(offer, per_won, per_seat)
    options = [(0, 0, 0)] if best < distance else []
    units = range(most, least - 1, -1) if profit > per_won * price else range(least, most + 1)
    for count in units:
        more = profit * count - place
        if best - (more - per_won * price * count - per_seat) >= distance:
            break
        options.append((price * count, 1, more))
    return options


def unbeaten(front: list[State], seats: int) -> list[State]:
    """Choices that no other one equals or beats in won, places and profit."""
    kept = []
    best = [-1] * (seats + 1)
    for state in sorted(front, key=cheapest_first):
        taken, profit = state[1], state[2]
        if best[taken] < profit:
            kept.append(state)
            for places in range(taken, seats + 1):
                if best[places] >= profit:
                    break
                best[places] = profit
    return kept


def cheapest_first(state: State) -> State:
    return state[0], state[1], -state[2]
