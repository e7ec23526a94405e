"""One institution's own choice, exactly: which of its applications, how many units, within its won and its product
count.

    maximise   sum over chosen a of (s_a x units_a - k_a)
    subject to l_a <= units_a <= m_a,   sum of c_a x units_a <= won,   at most `seats` chosen
with s_a the profit per unit at given prices and k_a what a grant costs in places. Two prices (one per won, one per
seat) bound it from above; every option of every application then has a *loss* against that bound, and only
combinations whose losses add up to less than the distance to a known choice can be better (Martello and Toth 1990,
"Knapsack Problems", chapter 2). Applications left with a single option are settled; the others are combined one after
the other, and of the combinations only those are kept that no other one beats in won, seats and profit together
(Nemhauser and Ullmann 1969). All in whole numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

# A bound on work, not on time. Beyond it an institution is priced instead of solved; see docs/matching.md.
MOST_STATES = 400_000
DOMINANCE_FROM = 48


class Item(NamedTuple):
    """One application: `key` is the caller's name for it."""

    key: int
    slope: int
    fixed: int
    price: int
    least: int
    most: int


class Choice(NamedTuple):
    profit: int
    units: list[tuple[int, int]]


@dataclass(slots=True)
class Offer:
    """An item that can be granted with profit, at the most units that the institution's won allow."""

    item: Item
    most: int
    won: int
    profit: int


Order = Callable[[Offer], tuple[int, int]]
Option = tuple[int, int, int]  # units, won, profit
State = tuple[int, int, int]  # won and seats used, profit with the opposite sign: sorted, the better comes first


def best_choice(
    items: Sequence[Item], won: int, seats: int, hint: tuple[int, int] = (0, 0), most_states: int = MOST_STATES
) -> Choice | None:
    """The best choice, or nothing when it would take more than `most_states` combinations to prove one."""
    offers = _offers(items, won)
    if seats <= 0 or not offers:
        return Choice(0, [])
    offers.sort(key=_by_profit)
    top = offers[:seats]
    if sum(offer.won for offer in top) <= won:
        return Choice(sum(offer.profit for offer in top), [(offer.item.key, offer.most) for offer in top])
    known = _greedy(offers, won, seats, _by_density)
    bound, prices = _bound(offers, won, seats, 0, 0), (0, 0)
    for guess in _guesses(offers, won, seats, hint):
        value = _bound(offers, won, seats, *guess)
        if value < bound:
            bound, prices = value, guess
        choice = _greedy(offers, won, seats, partial(_by_gain, guess))
        if choice.profit > known.profit:
            known = choice
        if bound <= known.profit:
            return known
    return _combine(offers, won, seats, *prices, known, most_states)


def _offers(items: Sequence[Item], won: int) -> list[Offer]:
    offers = []
    for item in items:
        most = min(item.most, won // item.price)
        profit = item.slope * most - item.fixed
        if most >= item.least and profit > 0:
            offers.append(Offer(item, most, most * item.price, profit))
    return offers


def _by_profit(offer: Offer) -> tuple[int, int, int]:
    return -offer.profit, offer.won, offer.item.key


def _guesses(offers: list[Offer], won: int, seats: int, hint: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Prices per won and per seat with a low bound: the hint, then a few steps of one price for the other fixed."""
    yield hint
    per_seat = 0
    for _ in range(3):
        per_won = _critical_density(offers, won, per_seat)
        yield per_won, per_seat
        gains = sorted((offer.profit - per_won * offer.won for offer in offers), reverse=True)
        if seats >= len(gains) or gains[seats] <= 0:
            return
        per_seat = gains[seats]
        yield per_won, per_seat


def _critical_density(offers: list[Offer], won: int, per_seat: int) -> int:
    densities = sorted(((offer.profit - per_seat) // offer.won, offer.won) for offer in offers)
    left = won
    for density, taken in reversed(densities):
        left -= taken
        if left < 0:
            return max(0, density)
    return 0


def _bound(offers: list[Offer], won: int, seats: int, per_won: int, per_seat: int) -> int:
    return per_won * won + per_seat * seats + sum(_gain(offer, per_won, per_seat) for offer in offers)


def _gain(offer: Offer, per_won: int, per_seat: int) -> int:
    """The best this offer adds at these prices: nothing, its least or its most units (the profit is linear
    between).
    """
    slope = offer.item.slope - per_won * offer.item.price
    units = offer.most if slope > 0 else offer.item.least
    return max(0, slope * units - offer.item.fixed - per_seat)


def _by_gain(prices: tuple[int, int], offer: Offer) -> tuple[int, int]:
    return -(offer.profit - prices[0] * offer.won - prices[1]), offer.item.key


def _by_density(offer: Offer) -> tuple[int, int]:
    return -(offer.profit * 1_000_000 // offer.won), offer.item.key


def _greedy(offers: list[Offer], won: int, seats: int, key: Order) -> Choice:
    profit, units = 0, []
    for offer in sorted(offers, key=key):
        if not seats:
            break
        item = offer.item
        taken = min(offer.most, won // item.price)
        gain = item.slope * taken - item.fixed
        if taken >= item.least and gain > 0:
            profit += gain
            won -= taken * item.price
            seats -= 1
            units.append((item.key, taken))
    return Choice(profit, units)


def _options(offer: Offer, per_won: int, per_seat: int, distance: int) -> list[Option]:
    """Every number of units (0 among them) that loses less than `distance` against the bound."""
    item = offer.item
    best = _gain(offer, per_won, per_seat)
    options: list[Option] = [(0, 0, 0)] if best < distance else []
    slope = item.slope - per_won * item.price
    units = range(offer.most, item.least - 1, -1) if slope > 0 else range(item.least, offer.most + 1)
    for count in units:
        gain = item.slope * count - item.fixed
        if best - (slope * count - item.fixed - per_seat) >= distance:
            break
        options.append((count, count * item.price, gain))
    return options


def _combine(
    offers: list[Offer], won: int, seats: int, per_won: int, per_seat: int, known: Choice, most_states: int
) -> Choice | None:
    """Every combination that may still beat the known choice, application by application."""
    distance = _bound(offers, won, seats, per_won, per_seat) - known.profit
    if distance <= 0:
        return known
    choices = [(offer, _options(offer, per_won, per_seat, distance)) for offer in offers]
    choices.sort(key=lambda choice: (len(choice[1]), -choice[0].won))
    rests = _rests([offer for offer, _ in choices], per_won, per_seat)
    layers: list[list[State]] = [[(0, 0, 0)]]
    # What a state must be able to reach: better than the known choice, and no worse than any state so far.
    least, work = -known.profit - 1, 0
    for (_, options), rest in zip(choices, rests, strict=True):
        states = _grown(layers[-1], options, won, seats)
        work += len(states)
        if work > most_states:
            return None
        states = _promising(states, won, seats, per_won, per_seat, rest, least)
        if len(states) > DOMINANCE_FROM:
            states = _undominated(states, seats)
        least = min(least, min((state[2] for state in states), default=least))
        layers.append(states)
    best = min(layers[-1], key=lambda state: state[2], default=None)
    if best is None or -best[2] <= known.profit:
        return known
    return Choice(-best[2], _chosen(best, layers, choices))


def _rests(offers: list[Offer], per_won: int, per_seat: int) -> list[tuple[int, int, int]]:
    """After each application: the best priced gains of those that follow, and the won and seats they can use."""
    gains = won = 0
    rests = []
    for followers, offer in enumerate(reversed(offers)):
        rests.append((gains, won, followers))
        gains += _gain(offer, per_won, per_seat)
        won += offer.won
    return rests[::-1]


def _grown(states: list[State], options: list[Option], won: int, seats: int) -> list[State]:
    grown = []
    for units, cost, gain in options:
        room = won - cost
        if units:
            grown += [
                (used + cost, held + 1, profit - gain)
                for used, held, profit in states
                if used <= room and held < seats
            ]
        else:
            grown += states
    return grown


def _promising(
    states: list[State], won: int, seats: int, per_won: int, per_seat: int, rest: tuple[int, int, int], least: int
) -> list[State]:
    """States whose bound reaches `least`; what the rest cannot use of won and seats is worth nothing to them."""
    gains, usable, places = rest
    spare, idle = won - usable, seats - places
    limit = least + gains + per_won * won + per_seat * seats
    if spare <= 0 and idle <= 0:
        return [state for state in states if state[2] + per_won * state[0] + per_seat * state[1] <= limit]
    return [
        state
        for state in states
        if state[2] + per_won * max(state[0], spare) + per_seat * max(state[1], idle) <= limit
    ]


def _undominated(states: list[State], seats: int) -> list[State]:
    """Drop every state that another one equals or beats in won, seats and profit."""
    states.sort()
    best = [1] * (seats + 1)  # the lowest negative profit so far with at most that many seats
    kept = []
    for state in states:
        held, profit = state[1], state[2]
        if best[held] <= profit:
            continue
        kept.append(state)
        for count in range(held, seats + 1):
            if best[count] <= profit:
                break
            best[count] = profit
    return kept


def _chosen(
    best: State, layers: list[list[State]], choices: list[tuple[Offer, list[Option]]]
) -> list[tuple[int, int]]:
    """Walk back from the best state to what was chosen on the way."""
    units = []
    used, held, profit = best
    for (offer, options), before in zip(reversed(choices), reversed(layers[:-1]), strict=True):
        known = set(before)
        for count, cost, gain in options:
            state = (used - cost, held - (1 if count else 0), profit + gain)
            if state in known:
                used, held, profit = state
                if count:
                    units.append((offer.item.key, count))
                break
    return units[::-1]
