"""Blocks: small mixed-integer programs over parts of a round, solved apart from each other.

The contested applications (priced profit near zero, granted in part, or granted against their price) are cut into
blocks of neighbours: by institution in even rounds, by product in odd ones. Each block may use what its own
applications hold plus an equal whole share of every limit's slack:
    room of a block at a limit = what it holds + floor(slack / number of blocks that touch the limit)
so that any mixture of old and new blocks keeps every limit, whatever the order and the number of workers. Only
`min_institutions` could break in a merge: products close to it stay as they are, and a merge that breaks one is taken
back.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from matching.engine.award import fill
from matching.engine.instance import Flags, Whole
from matching.engine.milp import best_award, program
from matching.engine.presolve import Problem, objective_of
from matching.engine.prices import Prices, density
from matching.engine.repair import repair
from matching.engine.room import Room, summed

BLOCK = 2_000
NODES = 2
GAP = 5e-4
CONTESTED = 0.25
# Turns: as many as this number of blocks allows, within these limits, while they gain more than GAIN_PPM of the
# objective.
BLOCKS, FEWEST_TURNS, MOST_TURNS, GAIN_PPM = 60, 2, 24, 20
MULTIPLIER, MODULUS = 2_654_435_761, 4_294_967_291


@dataclass(frozen=True, slots=True)
class Task:
    """One block: its problem, its present award, and its order of density."""

    problem: Problem
    award: Whole
    order: Whole


def contested(problem: Problem, prices: Prices, award: Whole) -> Whole:
    """Applications whose grant is least certain at these prices, without those that a merge could break."""
    worth = density(problem, prices)
    doubt = np.abs(np.log(np.maximum(worth, 1e-9)))
    limit = np.quantile(doubt, CONTESTED) if problem.size else 0.0
    against = (award > 0) != (worth > 1.0)
    partly = (award > 0) & (award < problem.most)
    return np.flatnonzero(((doubt <= limit) | against | partly) & ~fragile(problem, award))


def blocks_of(problem: Problem, chosen: Whole, turn: int, size: int) -> list[Whole]:
    """Cut into blocks of about `size`, never through an institution (or, in odd turns, a product).

    Who shares a block changes with every turn by a fixed formula, so that no pair of owners stays apart for long.
    """
    owner = problem.institution if turn % 2 == 0 else problem.product
    shuffled = (owner + 1) * (MULTIPLIER * (2 * turn + 1)) % MODULUS
    chosen = chosen[np.lexsort((chosen, shuffled[chosen]))]
    owners = owner[chosen]
    starts = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]]) if len(chosen) else owners
    cuts, last = [], 0
    for start in starts.tolist():
        if start - last >= size:
            cuts.append(start)
            last = start
    return [np.sort(block) for block in np.split(chosen, cuts)]


def solve_block(task: Task) -> Whole:
    """The award of a block after HiGHS and repair; the present one where that is not better."""
    shortfall = Room(task.problem, task.award).shortfall()
    model = program(task.problem, shortfall)
    proposal = best_award(model, task.award, gap=GAP, nodes=NODES)
    if proposal.point is None:
        return task.award
    found = repair(task.problem, model.units_of(proposal.point), task.order)
    better = objective_of(task.problem, found) > objective_of(task.problem, task.award)
    return found if better and Room(task.problem, found).shortfall() <= shortfall else task.award


class Split:
    """One turn of blocks over an award."""

    def __init__(self, problem: Problem, award: Whole, blocks: list[Whole], turn: int) -> None:
        self.problem, self.award, self.blocks, self.turn = problem, award, blocks, turn
        self.room = Room(problem, award)
        products, institutions = len(problem.product_units), len(problem.institution_krw)
        self.product_turns, self.product_blocks = _touching(problem.product, blocks, products)
        self.institution_turns, self.institution_blocks = _touching(problem.institution, blocks, institutions)

    def tasks(self, rank: Whole) -> Iterator[Task]:
        """The blocks as problems of their own; `rank` is the order of density."""
        for number, members in enumerate(self.blocks):
            order = np.argsort(rank[members], kind="stable")
            yield Task(self._part(number, members), self.award[members], order)

    def _part(self, number: int, members: Whole) -> Problem:
        """A block with its products and institutions numbered from 0, and its share of every limit."""
        whole, room, blocks, own = self.problem, self.room, len(self.blocks), self.award[members]
        products, product = np.unique(whole.product[members], return_inverse=True)
        institutions, institution = np.unique(whole.institution[members], return_inverse=True)
        won, held = whole.price[members] * own, (own > 0).astype(np.int64)
        spent = summed(whole.track[members], won, len(whole.track_ceiling))
        young = int(won[whole.youth[members]].sum())

        def of_products(left: list[int], amount: Whole) -> Whole:
            sharing, turns = self.product_blocks[products], self.product_turns[number]
            return summed(product, amount, len(products)) + self._shares(left, products, sharing, turns)

        def of_institutions(left: list[int], amount: Whole) -> Whole:
            sharing, turns = self.institution_blocks[institutions], self.institution_turns[number]
            return summed(institution, amount, len(institutions)) + self._shares(left, institutions, sharing, turns)

        others = _picked(room.served, products) - summed(product, held, len(products))
        # A floor that is met may lose this block's share of what is above it; one that is missed may lose nothing.
        over = np.array([max(0, -missing) for missing in room.track_missing], np.int64) // blocks
        return replace(
            whole.only(members),
            product=product,
            institution=institution,
            budget=int(won.sum()) + room.budget // blocks,
            track_ceiling=spent + np.array(room.track, np.int64) // blocks,
            track_floor=np.where(whole.track_floor > 0, np.maximum(0, spent - over), 0),
            youth_floor=max(0, young - max(0, -room.youth_missing) // blocks) if whole.youth_floor else 0,
            product_units=of_products(room.product_units, own),
            product_seats=of_products(room.product_seats, held),
            # Where others serve the product too, one more institution is enough here.
            product_needs=np.where(others > 0, 1, whole.product_needs[products]),
            institution_krw=of_institutions(room.institution_krw, won),
            institution_seats=of_institutions(room.institution_seats, held),
        )

    def _shares(self, left: list[int], indices: Whole, sharing: Whole, turns: Whole) -> Whole:
        """Whole shares of what is left; the remainder goes round from turn to turn."""
        amount = _picked(left, indices)
        return amount // sharing + ((turns + self.turn) % sharing < amount % sharing)

    def merged(self, awards: Iterable[Whole]) -> Whole:
        """Put the blocks' awards together; blocks that leave a product with too few institutions are taken back."""
        merged = self.award.copy()
        for members, award in zip(self.blocks, awards, strict=True):
            merged[members] = award
        while True:
            short = Room(self.problem, merged).short_products()
            if not short:
                return merged
            hit = np.isin(self.problem.product, np.array(short))
            for members in self.blocks:
                if hit[members].any():
                    merged[members] = self.award[members]


def _picked(values: list[int], indices: Whole) -> Whole:
    return np.array([values[index] for index in indices.tolist()], np.int64)


def _touching(owner: Whole, blocks: list[Whole], count: int) -> tuple[list[Whole], Whole]:
    """For each block its place among the blocks that touch each of its owners, and how many touch each owner."""
    touching, places = np.zeros(count, np.int64), []
    for members in blocks:
        owners = np.unique(owner[members])
        places.append(touching[owners])
        touching[owners] += 1
    return places, touching


def fragile(problem: Problem, award: Whole) -> Flags:
    """Grants of products that serve hardly more institutions than they must: a merge could break them."""
    served = np.bincount(problem.product[award > 0], minlength=len(problem.product_units))
    tender = (problem.product_needs >= 2) & (served > 0) & (served <= problem.product_needs + 2)
    return tender[problem.product] & (award > 0)


def next_split(problem: Problem, prices: Prices, award: Whole, turn: int) -> Split:
    """The blocks of a turn; the same for everybody who has the award and the number of the turn."""
    return Split(problem, award, blocks_of(problem, contested(problem, prices, award), turn, BLOCK), turn)


def turns_for(block_count: int) -> int:
    """How many turns a round of so many blocks gets at most."""
    return max(FEWEST_TURNS, min(MOST_TURNS, BLOCKS // block_count))


def better_of(problem: Problem, order: Whole, before: Whole, merged: Whole) -> Whole:
    """A merged award after filling, where it is better and misses no more of the floors."""
    after = fill(problem, order, merged)
    gains = objective_of(problem, after) > objective_of(problem, before)
    return after if gains and Room(problem, after).shortfall() <= Room(problem, before).shortfall() else before


def gain_of(problem: Problem, before: Whole, after: Whole) -> int:
    """What a turn gained, in millionths of the objective."""
    old, new = objective_of(problem, before), objective_of(problem, after)
    return (new - old) * 1_000_000 // max(1, old)
